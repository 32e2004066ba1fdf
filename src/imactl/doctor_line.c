/* SPDX-License-Identifier: MIT */
/* The checks of imactl doctor on a command line. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "layout.h"
#include "report.h"

static void show_word(struct finding *finding, const char *name, const char *value)
{
	char text[1024];

	if (value)
		(void)snprintf(finding->found, sizeof(finding->found), "%s%s", name,
			       escape_name(value, text, sizeof(text)));
	else
		(void)snprintf(finding->found, sizeof(finding->found), "no %s", name);
}

const char *word_value(const struct doctor *doctor, const char *name)
{
	return kernel_command_line_value(&doctor->line, name);
}

static bool starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void judge_length(const struct doctor *doctor, struct finding *finding)
{
	(void)snprintf(finding->found, sizeof(finding->found), "command line of %zu bytes",
		       doctor->line.length);
	if (doctor->line.length >= LIMIT_CMDLINE)
		finding->verdict = VERDICT_WRONG;
}

static void judge_init(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "init");

	show_word(finding, "init=", value);
	if (!value || strcmp(value, PATH_INIT) != 0)
		finding->verdict = VERDICT_WRONG;
}

static void judge_rdinit(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "rdinit");

	show_word(finding, "rdinit=", value);
	if (!value || strcmp(value, PATH_INIT) != 0)
		finding->verdict = VERDICT_WRONG;
}

/* Several names in one word, and several words: policy_setup() in ima_policy.c. */
static void judge_policy(const struct doctor *doctor, struct finding *finding)
{
	show_word(finding, "ima_policy=", word_value(doctor, "ima_policy"));
	finding->verdict = VERDICT_WRONG;
	for (size_t i = 0; i < doctor->line.count; i++) {
		const struct word *word = &doctor->line.words[i];
		bool old_name = is_parameter(word->name, "ima_appraise_tcb");

		if (!old_name &&
		    !(word->value && is_parameter(word->name, "ima_policy") &&
		      names_appraise_tcb(word->value)))
			continue;
		show_word(finding, old_name ? "ima_appraise_tcb" : "ima_policy=",
			  old_name ? "" : word->value);
		finding->verdict = VERDICT_OK;
		return;
	}
}

/* ima_appraise_parse_cmdline() goes by the first letters, and leaves "enforce" for a word that it does not know. */
static void judge_appraise(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "ima_appraise");

	show_word(finding, "ima_appraise=", value);
	if (!value || starts(value, "enforce"))
		return;
	bool weak = starts(value, "log") || starts(value, "fix") || starts(value, "off");
	bool obeyed = !doctor->has_config || option_has(doctor, "IMA_APPRAISE_BOOTPARAM", "y");

	finding->verdict = weak && obeyed ? VERDICT_WRONG : VERDICT_ADVICE;
}

bool asks_for_built_in_rules(const struct doctor *doctor)
{
	struct finding policy = { .verdict = VERDICT_OK }, appraise = { .verdict = VERDICT_OK };

	judge_policy(doctor, &policy);
	judge_appraise(doctor, &appraise);
	return policy.verdict == VERDICT_OK && appraise.verdict != VERDICT_WRONG;
}

/* ima-init refuses it wherever it stands: no canary can show it. */
static void judge_evm(const struct doctor *doctor, struct finding *finding)
{
	show_word(finding, "evm=fix", NULL);
	for (size_t i = 0; i < doctor->line.count; i++) {
		const struct word *word = &doctor->line.words[i];

		if (!word->value || !is_parameter(word->name, "evm") || !starts(word->value, "fix"))
			continue;
		show_word(finding, "evm=", word->value);
		finding->verdict = VERDICT_WRONG;
		return;
	}
}

/* What name_to_dev_t() in init/do_mounts.c does not know, or what has no security.* attributes. */
static void judge_root(const struct doctor *doctor, struct finding *finding)
{
	static const char *const unfit[] = { "UUID=",      "LABEL=",   "/dev/mapper/",
					     "/dev/disk/", "/dev/nfs", "/dev/cifs" };
	const char *value = word_value(doctor, "root");

	show_word(finding, "root=", value);
	if (!value || !*value)
		finding->verdict = VERDICT_WRONG;
	for (size_t i = 0; value && i < sizeof(unfit) / sizeof(unfit[0]); i++)
		if (starts(value, unfit[i]))
			finding->verdict = VERDICT_WRONG;
}

static void judge_ram_root(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "root");

	show_word(finding, "root=", value);
	if (!value || (strcmp(value, "/dev/ram0") != 0 && strcmp(value, "/dev/ram") != 0))
		finding->verdict = VERDICT_WRONG;
}

static void judge_initrd(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "initrd");
	bool ignored = doctor->has_config &&
		(!option_has(doctor, "BLK_DEV_INITRD", "y") ||
		 option_has(doctor, "INITRAMFS_FORCE", "y"));

	show_word(finding, "initrd=", value);
	if (value && !ignored)
		finding->verdict = VERDICT_WRONG;
}

static void judge_lsm(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "lsm");
	unsigned version = doctor->config.version;
	bool listed = version == 0 || version < KERNEL_VERSION_OF(6, 9);

	show_word(finding, "lsm=", value);
	if (value && listed && !names_module(value, "integrity"))
		finding->verdict = VERDICT_WRONG;
}

/*
 * It answers "there is an attribute" to security_inode_init_security(), and gives
 * none: evm_inode_init_security() follows the null pointer (6.1.192).
 */
static void judge_bpf(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "lsm");
	unsigned version = doctor->config.version;
	bool old = version == 0 || version < KERNEL_VERSION_OF(6, 6);
	bool has = doctor->has_config && option_has(doctor, "BPF_LSM", "y");

	show_word(finding, "lsm=", value);
	if (has && old && names_module(value ? value : kernel_config_value(&doctor->config, "LSM"), "bpf"))
		finding->verdict = VERDICT_WRONG;
}

/* The kernel has its own copy open for writing when it mounts it (6.12; the option is of 6.8). */
static void judge_ram_disk(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "bdev_allow_write_mounted");
	bool allowed = value && *value && (strchr("1yYtT", *value) || strcmp(value, "on") == 0);

	show_word(finding, "bdev_allow_write_mounted=", value);
	if (doctor->has_config && doctor->config.version >= KERNEL_VERSION_OF(6, 8) &&
	    (value ? !allowed : !option_has(doctor, "BLK_DEV_WRITE_MOUNTED", "y")))
		finding->verdict = VERDICT_WRONG;
}

static void judge_panic(const struct doctor *doctor, struct finding *finding)
{
	const char *value = word_value(doctor, "panic");
	const char *built_in = kernel_config_value(&doctor->config, "PANIC_TIMEOUT");

	show_word(finding, "panic=", value);
	if (!value && (!built_in || strcmp(built_in, "0") == 0))
		finding->verdict = VERDICT_ADVICE;
}

static void judge_bootconfig(const struct doctor *doctor, struct finding *finding)
{
	bool there = kernel_command_line_has(&doctor->line, "bootconfig");

	show_word(finding, "bootconfig", there ? "" : NULL);
	if (there && (!doctor->has_config || option_has(doctor, "BOOT_CONFIG", "y")))
		finding->verdict = VERDICT_ADVICE;
}

/* Their names only: a value may be a secret. */
static void judge_environment(const struct doctor *doctor, struct finding *finding)
{
	char name[256];
	size_t used = 0, size = sizeof(finding->found);

	(void)snprintf(finding->found, size, "no variables");
	for (size_t i = 0; i < doctor->line.count; i++) {
		if (!kernel_word_is_environment(&doctor->line.words[i]))
			continue;
		finding->verdict = VERDICT_ADVICE;
		(void)escape_name(doctor->line.words[i].name, name, sizeof(name));
		/* Behind it there must be room for the end. */
		if (used + strlen(", ") + strlen(name) + strlen("=") + sizeof(", ...") > size) {
			(void)strcpy(finding->found + used, ", ...");
			return;
		}
		used += (size_t)sprintf(finding->found + used, "%s%s=", used > 0 ? ", " : "", name);
	}
}

const struct line_check line_checks[] = {
	{ "command line", ALWAYS, judge_length, "ima-init reads fewer than 8192 bytes",
	  "make it shorter", false },
	{ "init=", KERNEL_MOUNTS, judge_init,
	  "the program that the kernel executes; the last such word counts", "init=/ima/init", false },
	{ "rdinit=", INITRAMFS_MOUNTS, judge_rdinit,
	  "the program of the initramfs that the kernel executes; the last such word counts",
	  "rdinit=/ima/init", false },
	{ "ima_policy=", WITH_OWN_CA, judge_policy,
	  "the built-in rules, by which /ima/init is appraised", "ima_policy=appraise_tcb", false },
	{ "ima_appraise=", ALWAYS, judge_appraise,
	  "what is not rightly signed is refused; the last such word counts",
	  "ima_appraise=enforce", false },
	{ "evm=", ALWAYS, judge_evm,
	  "evm=fix lets files with a wrong security.evm through, and ima-init refuses it",
	  "take it away", true },
	{ "root=", NO_INITRAMFS, judge_root,
	  "the kernel mounts it by itself: a local device by name, number or partition",
	  "root=/dev/NAME, root=PARTUUID=ID or root=PARTLABEL=NAME", false },
	{ "root=", INITRD_IMAGE, judge_ram_root, "the image is the root file system",
	  "root=/dev/ram0", false },
	{ "bdev_allow_write_mounted=", INITRD_IMAGE, judge_ram_disk,
	  "from Linux 6.8 a kernel without CONFIG_BLK_DEV_WRITE_MOUNTED cannot mount the RAM disk",
	  "bdev_allow_write_mounted=1, or CONFIG_BLK_DEV_WRITE_MOUNTED=y", true },
	{ "initrd=", NO_INITRAMFS, judge_initrd,
	  "a cpio archive there brings its own /init, which comes before init=",
	  "take it away, or CONFIG_BLK_DEV_INITRD=n", true },
	{ "lsm=", ALWAYS, judge_lsm,
	  "before Linux 6.9 a list without integrity takes IMA and EVM away",
	  "add integrity to the list, or take it away", true },
	{ "lsm= and bpf", EVM_HMAC, judge_bpf,
	  "before Linux 6.6 a kernel with EVM's HMACs and the module bpf ends at the first new file "
	  "(seen on Debian's 6.1)",
	  "lsm= with the list of CONFIG_LSM without bpf, or evm = x509 or none in init.conf", true },
	{ "bootconfig", ALWAYS, judge_bootconfig,
	  "the end of an initrd adds words that are not seen here",
	  "take it away, or have the initrd verified", true },
	{ "panic=", ALWAYS, judge_panic,
	  "what follows a failure: 0 waits for ever, other values reboot",
	  "panic=SECONDS, or -1 for at once", false },
	{ "environment", ALWAYS, judge_environment,
	  "words that land in the environment of process 1; ima-init drops them",
	  "take them away, or name them by env in init.conf", true },
};
const size_t line_check_count = sizeof(line_checks) / sizeof(line_checks[0]);
