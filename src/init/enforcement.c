/* SPDX-License-Identifier: MIT */
/*
 * The proofs that the kernel enforces signatures, made before any file of ours
 * is believed. Whoever holds the disk can make a proof fail, but not succeed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "boot.h"
#include "evm.h"
#include "failure.h"
#include "format/canary.h"
#include "kernel_fs.h"
#include "keyrings.h"
#include "log.h"
#include "own_rings.h"
#include "root.h"
#include "rules.h"
#include "secure_open.h"
#include "signature.h"
#include "format/text.h"

enum failure_code note_evm(struct boot *boot)
{
	int bits = evm_read_bits(boot);

	if (bits < 0 && bits != -ENOENT)
		return fail(boot, FAIL_EVM_NOT_SET, "securityfs/evm: " ERRNO_FORMAT, ERRNO(-bits));
	boot->evm_at_entry = boot->evm_bits = bits < 0 ? -1 : bits;
	return FAIL_NONE;
}

static bool evm_is_on(const struct boot *boot)
{
	return boot->evm_at_entry > 0;
}

static enum failure_code prove_ring(struct boot *boot, const char *name)
{
	int count = keyring_count(boot, name);

	if (count == -ENOENT)
		return fail(boot, FAIL_KEYRING_EMPTY,
			    "the kernel has no keyring %s (CONFIG_INTEGRITY_TRUSTED_KEYRING)", name);
	if (count < 0)
		return fail(boot, FAIL_KEYRING_EMPTY, "%s: " ERRNO_FORMAT, name, ERRNO(-count));
	if (count == 0)
		return fail(boot, FAIL_KEYRING_EMPTY, "%s holds no key", name);
	return FAIL_NONE;
}

enum failure_code prove_rings(struct boot *boot)
{
	/* Those that PID 1 makes are proved when they are filled, by a file: own_rings.c. */
	if (!boot->conf.trusted_keyrings)
		return FAIL_NONE;
	enum failure_code code = prove_ring(boot, ".ima");

	if (code == FAIL_NONE && evm_is_on(boot))
		code = prove_ring(boot, ".evm");
	return code;
}

static const char *explain(const struct boot *boot, const char *otherwise)
{
	return boot->weak_word[0] ? boot->weak_word : otherwise;
}

#define NAMES_UNKNOWN "its security.%s names the key %x, which is not in .%s"

/*
 * A digest in security.ima counts as a signature for the kernel (since 5.14)
 * when a portable signature in security.evm covers it.
 */
static enum failure_code prove_own_signature(struct boot *boot, int self)
{
	uint32_t key_id;
	enum signature_kind evm = SIGNATURE_OTHER;

	if (evm_is_on(boot)) {
		evm = signature_read(self, XATTR_EVM, XATTR_TYPE_PORTABLE, &key_id);
		if (evm != SIGNATURE_SIGNED)
			return fail(boot, FAIL_SELF_UNSIGNED,
				    "its security.evm is no portable signature");
		if (!keyring_holds(boot, ".evm", key_id))
			return fail(boot, FAIL_SELF_UNSIGNED,
				    NAMES_UNKNOWN, "evm", key_id, "evm");
	}
	switch (signature_read(self, XATTR_IMA, XATTR_TYPE_DIGSIG, &key_id)) {
	case SIGNATURE_SIGNED:
		if (keyring_holds(boot, ".ima", key_id))
			return FAIL_NONE;
		return fail(boot, FAIL_SELF_UNSIGNED,
			    NAMES_UNKNOWN, "ima", key_id, "ima");
	case SIGNATURE_DIGEST:
		if (evm == SIGNATURE_SIGNED)
			return FAIL_NONE;
		return fail(boot, FAIL_SELF_UNSIGNED, "its security.ima is a digest");
	case SIGNATURE_NONE:
		return fail(boot, FAIL_SELF_UNSIGNED, "it has no security.ima");
	default:
		return fail(boot, FAIL_SELF_UNSIGNED, "its security.ima is no signature");
	}
}

enum failure_code prove_self(struct boot *boot)
{
	struct file_facts facts;
	AUTO_CLOSE int self = openat(boot->proc, "self/exe", O_RDONLY | O_CLOEXEC);

	if (self < 0 || file_facts(self, &facts) < 0)
		return fail(boot, FAIL_SELF_UNSIGNED, "/proc/self/exe: " ERRNO_FORMAT, ERRNO(errno));
	enum failure_code code = check_facts(boot, &facts, "the running program", S_IFREG,
					     facts.mount);

	if (code == FAIL_NONE)
		code = prove_own_signature(boot, self);
	return code;
}

/* An O_PATH descriptor has no attributes of its own, and opening is the proof itself. */
static int read_attribute(struct boot *boot, int found, const char *name, uint8_t *value,
			  size_t size)
{
	char link[32];

	(void)text_format(link, sizeof(link), "self/fd/%d", found);
	if (fchdir(boot->proc) < 0)
		return -errno;
	ssize_t length = getxattr(link, name, value, size);
	int error = errno;

	if (chdir("/") < 0)
		return -errno;
	return length < 0 ? -error : (int)length;
}

static void read_canary(struct boot *boot, int found, const struct file_facts *facts,
			struct canary *canary)
{
	canary->gid = facts->gid;
	canary->mode = facts->mode;
	canary->size = facts->size;
	canary->ima_size = read_attribute(boot, found, XATTR_IMA, canary->ima, sizeof(canary->ima));
	canary->evm_size = read_attribute(boot, found, XATTR_EVM, canary->evm, sizeof(canary->evm));
	if (canary->evm_size == -ENODATA || canary->evm_size == -EOPNOTSUPP)
		canary->evm_size = 0;
}

/* FILE_REFUSED: it is as it must be, and the kernel refuses it. */
static enum failure_code open_canary(struct boot *boot, int *opened)
{
	struct file_facts facts;
	struct canary canary;
	AUTO_CLOSE int found = -1;
	enum failure_code code = secure_find(boot, PATH_CANARY, &facts, &found);

	if (code == FAIL_FILE_MISSING)
		code = fail(boot, FAIL_CANARY_UNFIT, PATH_CANARY " is not there");
	if (code == FAIL_NONE)
		code = check_facts(boot, &facts, PATH_CANARY, S_IFREG, boot->ima_mount);
	if (code != FAIL_NONE)
		return code;
	read_canary(boot, found, &facts, &canary);
	const char *wrong = canary_wrong(&canary);

	if (wrong)
		return fail(boot, FAIL_CANARY_UNFIT, PATH_CANARY " %s", wrong);
	return open_found(boot, found, &facts, PATH_CANARY, 0, opened);
}

enum failure_code prove_canary(struct boot *boot)
{
	AUTO_CLOSE int opened = -1;
	enum failure_code code = open_canary(boot, &opened);

	if (code == FAIL_NONE)
		return fail(boot, FAIL_NOT_ENFORCING, PATH_CANARY " can be opened (%s)",
			    explain(boot, "the kernel takes digests for signatures"));
	return code == FAIL_FILE_REFUSED ? FAIL_NONE : code;
}

void report_enforcement(struct boot *boot, const char *trials)
{
	log_line(boot, LOG_NOTICE, "enforcement: proved by the keyrings, %s%s", trials,
		 boot->rules_proved ? " and the rules in force" : "; the rules cannot be read");
}

enum failure_code prove_rules(struct boot *boot)
{
	enum rules_state state = read_rules(boot, &boot->rules_at_entry);

	if (!boot->conf.trusted_keyrings)
		return FAIL_NONE;
	if (state == RULES_DEMAND_NOTHING)
		return fail(boot, FAIL_NOT_ENFORCING,
			    "the rules in force have no \"appraise fowner=0 appraise_type=imasig\" (%s)",
			    explain(boot, "CONFIG_IMA_APPRAISE_SIGNED_INIT"));
	/* Nothing can be tried on a rootfs; what shows early that a later trial will fail. */
	if (boot->in_initramfs && boot->weak_word[0])
		return fail(boot, FAIL_NOT_ENFORCING, "the command line (%s)", boot->weak_word);
	boot->rules_proved = state == RULES_DEMAND_SIGNATURES;
	boot->enforcement_proved = true;
	if (!boot->in_initramfs)
		report_enforcement(boot, "our own signature, the canary");
	return FAIL_NONE;
}

/*
 * A policy by fowner= says nothing of a file of uid 1000, and a chown needs no
 * signature: after the policy is in, such a file must not become code. It is
 * opened before, when no rule looks at it: a policy that refuses to open it says
 * nothing about executing it. What it holds is checked now, since executing it
 * is tried; no signature binds it.
 */
static enum failure_code read_canary_exec(struct boot *boot, int file)
{
	char *content = boot->scratch.lines.buffer;

	_Static_assert(CANARY_EXEC_SIZE <= sizeof(boot->scratch.lines.buffer), "room for it");
	if (read_all(file, content, CANARY_EXEC_SIZE) != CANARY_EXEC_SIZE)
		return fail(boot, FAIL_CANARY_EXEC_UNFIT, PATH_CANARY_EXEC " cannot be read whole");
	for (size_t i = 0; i < CANARY_EXEC_SIZE; i++)
		if (content[i] != 0)
			return fail(boot, FAIL_CANARY_EXEC_UNFIT,
				    PATH_CANARY_EXEC " holds something else than zero bytes");
	return FAIL_NONE;
}

enum failure_code open_canary_exec(struct boot *boot)
{
	struct file_facts facts;
	struct canary canary;
	AUTO_CLOSE int found = -1;

	if (!boot->conf.prove_exec)
		return FAIL_NONE;
	enum failure_code code = secure_find(boot, PATH_CANARY_EXEC, &facts, &found);

	if (code == FAIL_FILE_MISSING)
		return fail(boot, FAIL_CANARY_EXEC_UNFIT, PATH_CANARY_EXEC " is not there");
	if (code != FAIL_NONE)
		return code;
	if (facts.uid != CANARY_EXEC_UID)
		return fail(boot, FAIL_CANARY_EXEC_UNFIT, PATH_CANARY_EXEC " belongs to uid %u, not %d",
			    facts.uid, CANARY_EXEC_UID);
	read_canary(boot, found, &facts, &canary);
	const char *wrong = canary_exec_wrong(&canary);

	if (wrong)
		return fail(boot, FAIL_CANARY_EXEC_UNFIT, PATH_CANARY_EXEC " %s", wrong);
	code = open_found(boot, found, &facts, PATH_CANARY_EXEC, CANARY_EXEC_SIZE,
			  &boot->canary_exec);
	return code == FAIL_NONE ? read_canary_exec(boot, boot->canary_exec) : code;
}

enum failure_code prove_exec(struct boot *boot)
{
	static char name[] = PATH_CANARY_EXEC;
	char *argv[] = { name, NULL };
	char *envp[] = { NULL };

	/* Where PID 1 has made the keyrings, or there is no root, this was proved on a tmpfs. */
	if (!boot->conf.prove_exec || !boot->conf.trusted_keyrings || hands_over_rootfs(boot))
		return FAIL_NONE;
	if (mmap(NULL, CANARY_EXEC_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, boot->canary_exec, 0) !=
	    MAP_FAILED)
		return fail(boot, FAIL_POLICY_ESCAPED, PATH_CANARY_EXEC " of uid %d can be mapped executable",
			    CANARY_EXEC_UID);
	/* EPERM, for one, is a file system that is mounted noexec: it proves nothing. */
	if (errno != EACCES)
		return fail(boot, FAIL_CANARY_EXEC_UNFIT, PATH_CANARY_EXEC
			    ": mapping it executable: " ERRNO_FORMAT, ERRNO(errno));

	/* Zero bytes are no program: where the rules allow it, the answer is ENOEXEC, and we go on. */
	(void)syscall(SYS_execveat, boot->canary_exec, "", argv, envp, AT_EMPTY_PATH);
	if (errno == ENOEXEC)
		return fail(boot, FAIL_POLICY_ESCAPED, PATH_CANARY_EXEC " of uid %d can be executed",
			    CANARY_EXEC_UID);
	if (errno != EACCES)
		return fail(boot, FAIL_CANARY_EXEC_UNFIT, PATH_CANARY_EXEC ": executing it: "
			    ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

/*
 * A file of root's, beside that of uid 1000 above, and also where init.conf leaves
 * that one out. A policy need not say who may read: what counts is that nothing
 * unsigned becomes code, on this file system as well.
 */
static enum failure_code map_canary(struct boot *boot)
{
	AUTO_CLOSE int opened = -1;
	enum failure_code code = open_canary(boot, &opened);

	if (code != FAIL_NONE)
		return code == FAIL_FILE_REFUSED ? FAIL_NONE : code;
	if (mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, opened, 0) != MAP_FAILED)
		return fail(boot, FAIL_POLICY_EXEMPTS, PATH_CANARY
			    " on the tmpfs can be opened and mapped executable");
	if (errno != EACCES)
		return fail(boot, FAIL_CANARY_UNFIT,
			    PATH_CANARY ": mapping it executable: " ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

/* The canary is no program: rules may look at what is mapped, and not at what is executed. */
static enum failure_code refuse_unsigned(struct boot *boot)
{
	enum failure_code code = map_canary(boot);

	return code == FAIL_NONE ? execute_unsigned(boot) : code;
}

enum failure_code prove_restored(struct boot *boot)
{
	return boot->conf.restore ? on_new_root(boot, refuse_unsigned) : FAIL_NONE;
}
