/* SPDX-License-Identifier: MIT */
/* tests/boot/format.t shows kernels such policies. */
#include "table.h"

#include "policy_match.h"

#define IMASIG " appraise_type=imasig\n"

struct policy_row {
	const char *name;
	const char *text;
	enum policy_verdict on_disk; /* BPRM_CHECK of a file of uid 1000 */
	unsigned line;
	enum policy_verdict on_tmpfs;
};

#define DEMANDS POLICY_DEMANDS_SIGNATURE
#define LEAVES  POLICY_LEAVES_OUT
#define UNKNOWN POLICY_UNKNOWN

static const struct policy_row policy_rows[] = {
	{ "nothing", "", LEAVES, 0, LEAVES },
	{ "a comment", "# appraise\n", LEAVES, 0, LEAVES },
	{ "every file", "appraise" IMASIG, DEMANDS, 1, DEMANDS },
	{ "  of another action", "measure" IMASIG, LEAVES, 0, LEAVES },
	{ "  by its digest", "appraise\n", POLICY_DEMANDS_DIGEST, 1, POLICY_DEMANDS_DIGEST },
	{ "the hook", "# x\n \tappraise func=BPRM_CHECK" IMASIG, DEMANDS, 2, DEMANDS },
	{ "  another", "appraise func=MMAP_CHECK" IMASIG, LEAVES, 0, LEAVES },
	{ "an owner", "appraise fowner=1000" IMASIG, DEMANDS, 1, DEMANDS },
	{ "  another", "appraise fowner=0" IMASIG, LEAVES, 0, LEAVES },
	{ "  larger", "appraise fowner>999" IMASIG, DEMANDS, 1, DEMANDS },
	{ "  not larger", "appraise fowner>1000" IMASIG, LEAVES, 0, LEAVES },
	{ "  smaller", "appraise fowner<1001" IMASIG, DEMANDS, 1, DEMANDS },
	{ "  not smaller", "appraise fowner<1000" IMASIG, LEAVES, 0, LEAVES },
	{ "root", "appraise uid=0 euid=0 gid=0" IMASIG, DEMANDS, 1, DEMANDS },
	{ "  another user", "appraise euid=7" IMASIG, LEAVES, 0, LEAVES },
	{ "execution", "appraise mask=^MAY_EXEC" IMASIG, DEMANDS, 1, DEMANDS },
	{ "  reading", "appraise mask=MAY_READ" IMASIG, LEAVES, 0, LEAVES },
	{ "a condition that is not known here", "appraise obj_type=x" IMASIG, UNKNOWN, 0, UNKNOWN },
	{ "  ahead of a rule for all", "dont_appraise obj_type=x\nappraise" IMASIG, UNKNOWN, 2, UNKNOWN },
	{ "  of the same kind", "appraise obj_type=x\nappraise" IMASIG, DEMANDS, 2, DEMANDS },
	{ "  the other way round", "appraise obj_type=x\ndont_appraise\n", UNKNOWN, 2, UNKNOWN },
	{ "the first rule decides", "dont_appraise fowner=1000\nappraise" IMASIG, LEAVES, 1, LEAVES },
	{ "  the other way round", "appraise fowner=1000" IMASIG "dont_appraise\n", DEMANDS, 1, DEMANDS },
	{ "proc by its number", "dont_appraise fsmagic=0x9fa0\nappraise" IMASIG, DEMANDS, 2, DEMANDS },
	{ "  a tmpfs", "dont_appraise fsmagic=0x1021994\nappraise" IMASIG, DEMANDS, 2, LEAVES },
	{ "  an ext4", "dont_appraise fsmagic=0xef53\nappraise" IMASIG, UNKNOWN, 2, DEMANDS },
	{ "a tmpfs by its name", "dont_appraise fsname=tmpfs\nappraise" IMASIG, DEMANDS, 2, LEAVES },
	{ "  an ext4", "dont_appraise fsname=ext4\nappraise" IMASIG, UNKNOWN, 2, DEMANDS },
	{ "what is demanded is no condition", "appraise digest_type=verity appraise_algos=sha256" IMASIG, DEMANDS, 1, DEMANDS },
};

static void is_judged(void **state)
{
	const struct policy_row *row = *state;
	struct policy_access access = { "BPRM_CHECK", 1000, ACCESS_ON_DISK };
	unsigned line;

	assert_int_equal(policy_match(row->text, &access, &line), row->on_disk);
	if (row->on_disk != UNKNOWN)
		assert_int_equal(line, row->line);
	access.place = ACCESS_ON_TMPFS;
	assert_int_equal(policy_match(row->text, &access, &line), row->on_tmpfs);
}

static void a_hook_has_two_names(void **state)
{
	const struct policy_access access = { "MMAP_CHECK", 0, ACCESS_ON_DISK };
	unsigned line;

	(void)state;
	assert_int_equal(policy_match("appraise func=FILE_MMAP" IMASIG, &access, &line), DEMANDS);
	assert_int_equal(policy_match("appraise func=FILE_CHECK" IMASIG, &access, &line), LEAVES);
}

static void a_rootfs_is_a_ramfs_or_a_tmpfs(void **state)
{
	const struct policy_access access = { "MMAP_CHECK", 0, ACCESS_ON_ROOTFS };
	unsigned line;

	(void)state;
	assert_int_equal(policy_match("dont_appraise fsname=rootfs\nappraise" IMASIG, &access, &line), LEAVES);
	assert_int_equal(policy_match("dont_appraise fsmagic=0x858458f6\nappraise" IMASIG, &access, &line), UNKNOWN);
	assert_int_equal(policy_match("dont_appraise fsmagic=0x9fa0\nappraise" IMASIG, &access, &line), DEMANDS);
}

int main(void)
{
	ADD_ROWS(policy_rows, is_judged);
	add_test("a hook has two names", a_hook_has_two_names, NULL);
	add_test("a rootfs is a ramfs or a tmpfs", a_rootfs_is_a_ramfs_or_a_tmpfs, NULL);
	return run_table("policy_match");
}
