/* SPDX-License-Identifier: MIT */
/* imactl doctor: whether a kernel, and its command line, can start a chain of trust. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

#include "command.h"
#include "doctor.h"
#include "format/conf.h"
#include "layout.h"
#include "options.h"
#include "report.h"

#define FRAGMENT_OPTIONS 400 /* the smallest full configurations have 600 */

static const char help[] =
"usage: imactl doctor [--config FILE] [--cmdline TEXT | --cmdline-file FILE | --running] [OPTION...]\n"
"\n"
"Checks a kernel's configuration, its command line, or the running system against\n"
"what ima-init needs. The first line says which answer the system has to an\n"
"unsigned /ima/init of another owner than root: a, ima-init inside the verified\n"
"kernel image; b, a dm-verity root that the kernel sets up; c, a kernel whose\n"
"signed-init rules cover every owner; or none. Then a line a check: ok; WRONG, it\n"
"will not boot or is not safe; advice; unknown.\n"
"\n"
"  --config FILE        a .config, plain or gzip (where no command line is named either:\n"
"                       /proc/config.gz, then /boot/config-RELEASE of the running kernel)\n"
"  --cmdline TEXT       the command line, as the boot loader will give it; that of\n"
"                       CONFIG_CMDLINE is joined to it\n"
"  --cmdline-file FILE  the same from a file\n"
"  --running            the kernel that runs: its configuration, /proc/cmdline, /proc/keys,\n"
"                       and what securityfs shows; as root\n"
"  --cert CERT          whether the kernel can use this certificate of /ima\n"
"  --policy FILE        what the rules of this policy leave out of what the kernel loads\n"
"                       (modules, firmware, kexec), and whether it knows modsig\n"
"  --way WAY            no-initramfs (default), embedded, uki, initrd-image, cpio or distribution\n"
"  --evm MODE           hmac (default), x509 or none, as in init.conf\n"
"  --kmk TYPE           user (default) or trusted, as in init.conf\n"
"  --keys TYPE[,TYPE]   rsa (default), ecdsa: of the signing keys\n"
"  --fs NAME[,NAME...]  ext4, squashfs, erofs, btrfs, xfs, f2fs, ubifs, overlay, tmpfs: what\n"
"                       holds signed files (default: rootfstype= of the command line, or ext4)\n"
"  --json               the answer and the checks as JSON\n"
"\n"
"exit: 0 all that is needed is there, 1 something is WRONG, 2 wrong usage,\n"
"3 something could not be read\n"
"\n"
"example:\n"
"  imactl doctor --config .config --cmdline 'root=/dev/vda ro init=/ima/init\n"
"                ima_policy=appraise_tcb ima_appraise=enforce'\n";

static const struct {
	const char *letter, *text;
} answers[] = {
	{ "a", "ima-init is inside the kernel image, and no other initramfs is taken" },
	{ "a",
	  "ima-init is inside the kernel image, and no other initramfs is taken; the command line, which is not "
	  "known, must say rdinit=/ima/init" },
	{ "a",
	  "ima-init is inside an image that Secure Boot has verified as a whole (UKI), and so is the command line if "
	  "the image has one, .cmdline" },
	{ "b",
	  "the root is under dm-verity, set up by the kernel itself, as far as the command line is verified" },
	{ "c",
	  "the kernel's signed-init rules cover every owner "
	  "(CONFIG_IMA_APPRAISE_SIGNED_INIT_ANY_OWNER); they bind no name: whatever the key of "
	  "/ima has signed can still stand in the place of /ima/init" },
	{ "c",
	  "the kernel's signed-init rules cover every owner "
	  "(CONFIG_IMA_APPRAISE_SIGNED_INIT_ANY_OWNER); the command line, which is not known, must "
	  "say ima_policy=appraise_tcb. They bind no name: whatever the key of /ima has signed can "
	  "still stand in the place of /ima/init" },
};
#define ANSWER_A 0
#define ANSWER_A_BY_CONFIG 1
#define ANSWER_A_UKI 2
#define ANSWER_B 3
#define ANSWER_C 4
#define ANSWER_C_BY_CONFIG 5

static const char no_answer[] =
	"an unsigned /ima/init of another owner than root is run as process 1, if somebody can write to the disk while "
	"the machine is off. Have ima-init inside the verified kernel image (a), or a dm-verity root by dm-mod.create= "
	"(b), or a kernel whose signed-init rules cover every owner (c, "
	"CONFIG_IMA_APPRAISE_SIGNED_INIT_ANY_OWNER, a patch in packaging/kernel)";

static const struct {
	unsigned way;
	const char *text;
} no_answer_shows[] = {
	{ EMBEDDED,
	  "neither configuration nor command line shows that only the verified initramfs is taken. With "
	  "CONFIG_INITRAMFS_SOURCE and CONFIG_INITRAMFS_FORCE it would be answer a; so it is if the boot "
	  "loader verifies kernel and initramfs together (--way uki)" },
	{ UKI,
	  "a configuration and a command line do not show that the firmware verifies the image. It is answer a if the "
	  "image is signed for Secure Boot; in the running system --running says so, where systemd-stub has started it" },
	{ IN_AN_INITRD,
	  "neither configuration nor command line shows that the initrd is verified. It is answer a only "
	  "if the boot loader verifies the whole file, together with the kernel (UKI)" },
};

/* The index in answers[], or -1. */
static int find_answer(const struct doctor *doctor)
{
	const char *rdinit = word_value(doctor, "rdinit"), *root = word_value(doctor, "root");
	const char *create = word_value(doctor, "dm_mod.create");
	bool inside = doctor->has_config && (doctor->chosen & EMBEDDED) &&
		option_has(doctor, "BLK_DEV_INITRD", "y") &&
		option_has(doctor, "INITRAMFS_SOURCE", "*") &&
		option_has(doctor, "INITRAMFS_FORCE", "y");
	bool can_verify = !doctor->has_config ||
		(option_has(doctor, "BLK_DEV_DM", "y") && option_has(doctor, "DM_VERITY", "y") &&
		 option_has(doctor, "DM_INIT", "y"));
	bool any_owner = doctor->has_config && (doctor->chosen & NO_INITRAMFS) &&
		option_has(doctor, "IMA_APPRAISE_SIGNED_INIT", "y") &&
		option_has(doctor, "IMA_APPRAISE_SIGNED_INIT_ANY_OWNER", "y");

	if (inside && !doctor->has_line)
		return ANSWER_A_BY_CONFIG;
	if (inside && rdinit && strcmp(rdinit, PATH_INIT) == 0)
		return ANSWER_A;
	if ((doctor->chosen & UKI) && doctor->runs_verified && rdinit && strcmp(rdinit, PATH_INIT) == 0)
		return ANSWER_A_UKI;
	if ((doctor->chosen & NO_INITRAMFS) && can_verify && create && root &&
	    kernel_root_is_verity(create, root))
		return ANSWER_B;
	if (any_owner && !doctor->has_line)
		return ANSWER_C_BY_CONFIG;
	if (any_owner && asks_for_built_in_rules(doctor))
		return ANSWER_C;
	return -1;
}

static json_t *print_answer(const struct doctor *doctor)
{
	int answer = find_answer(doctor);
	const char *letter = answer < 0 ? "none" : answers[answer].letter;
	const char *text = answer < 0 ? no_answer : answers[answer].text;

	for (size_t i = 0; answer < 0 && i < sizeof(no_answer_shows) / sizeof(no_answer_shows[0]);
	     i++)
		if (doctor->chosen & no_answer_shows[i].way)
			text = no_answer_shows[i].text;
	if (doctor->json)
		return json_pack("{s:s, s:s}", "answer", letter, "explanation", text);
	printf("answer: %s: ", letter);
	print_wrapped(text, strlen("answer: none: "));
	return NULL;
}

struct options {
	const char *config, *cmdline, *cmdline_file, *policy, *cert;
	bool running, evm_given;
	struct doctor doctor;
};

/* The words of an option, with commas between them where it takes more than one. */
static enum exit_code choose(struct doctor *doctor, const char *option, const char *text)
{
	bool several = strcmp(option, "keys") == 0 || strcmp(option, "fs") == 0;
	unsigned chosen = 0;

	for (const char *word = text; word; word = strchr(word, ','), word += word != NULL) {
		size_t length = strcspn(word, ","), i = 0;

		while (i < subject_word_count && (strcmp(subject_words[i].option, option) != 0 ||
					   strlen(subject_words[i].word) != length ||
					   memcmp(subject_words[i].word, word, length) != 0))
			i++;
		if (i == subject_word_count || (chosen != 0 && !several))
			return usage_error("doctor", "--%s %s: not among its values", option, text);
		chosen |= subject_words[i].bit;
	}
	doctor->chosen = (doctor->chosen & ~subject_mask(option)) | chosen;
	return EXIT_OK;
}

/* rootfstype= may list several; the first that is known here. */
static void choose_file_system(struct doctor *doctor)
{
	const char *types = word_value(doctor, "rootfstype");
	char type[32];

	if (doctor->chosen & subject_mask("fs"))
		return;
	doctor->chosen |= FS_EXT4;
	if (!types || strcspn(types, ",") >= sizeof(type))
		return;
	(void)snprintf(type, sizeof(type), "%.*s", (int)strcspn(types, ","), types);
	for (size_t i = 0; i < subject_word_count; i++)
		if (strcmp(subject_words[i].option, "fs") == 0 &&
		    strcmp(subject_words[i].word, type) == 0)
			doctor->chosen = (doctor->chosen & ~(unsigned)FS_EXT4) |
				subject_words[i].bit;
}

static enum exit_code read_config(struct doctor *doctor, const char *path)
{
	static char own[sizeof("/boot/config-") + sizeof(((struct utsname *)0)->release)];
	struct utsname system;

	if (!path && access("/proc/config.gz", F_OK) == 0)
		path = "/proc/config.gz";
	if (!path && uname(&system) == 0) {
		(void)snprintf(own, sizeof(own), "/boot/config-%s", system.release);
		path = own;
	}
	doctor->config_name = path ? path : "configuration";
	doctor->has_config = kernel_config_read(&doctor->config, doctor->config_name) == 0;
	/* Each configuration that kconfig has written in full names its compiler. */
	if (doctor->has_config && doctor->config.version == 0 && doctor->config.count < FRAGMENT_OPTIONS &&
	    !kernel_config_value(&doctor->config, "CC_VERSION_TEXT") &&
	    !option_has(doctor, "CC_IS_GCC", "y") && !option_has(doctor, "CC_IS_CLANG", "y")) {
		complain(doctor->config_name, "read",
			 "a fragment or a defconfig (%zu options), not a full configuration: give the "
			 ".config that make olddefconfig makes of it", doctor->config.count);
		kernel_config_free(&doctor->config);
		doctor->has_config = false;
	}
	return doctor->has_config ? EXIT_OK : EXIT_UNCHECKED;
}

/*
 * CONFIG_CMDLINE: alone (x86: OVERRIDE, others: FORCE), before the boot loader's
 * (x86), behind it (EXTEND), or in its place where the boot loader gives none.
 * What is not alone is only a part where the boot loader's line is not known.
 */
static int join_lines(const struct doctor *doctor, const char *given, char **line)
{
	const char *inside = kernel_config_value(&doctor->config, "CMDLINE");
	bool alone = option_has(doctor, "CMDLINE_OVERRIDE", "y") ||
		option_has(doctor, "CMDLINE_FORCE", "y");
	bool before = option_has(doctor, "CMDLINE_BOOL", "y"),
	     behind = option_has(doctor, "CMDLINE_EXTEND", "y");

	if (!inside)
		inside = "";
	if (*inside && (alone || (given && !*given)))
		return asprintf(line, "%s", inside);
	if (!given)
		return 0;
	if (!*inside || !(before || behind))
		return asprintf(line, "%s", given);
	return asprintf(line, "%s %s", before ? inside : given, before ? given : inside);
}

/* /proc/cmdline is the whole line already. */
static enum exit_code read_line(struct options *options)
{
	struct doctor *doctor = &options->doctor;
	const char *path = options->running ? "/proc/cmdline" : options->cmdline_file;
	char *text = NULL, *line = NULL;

	if (path && kernel_text_read(path, LIMIT_KERNEL_COMMAND_LINE, &text) < 0)
		return EXIT_UNCHECKED;
	if (!options->running) {
		int length = join_lines(doctor, path ? text : options->cmdline, &line);

		free(text);
		text = length < 0 ? NULL : line;
		if (length < 0)
			abort();
	}
	if (text && kernel_command_line_parse(&doctor->line, text) < 0)
		abort();
	doctor->has_line = text != NULL;
	free(text);
	return EXIT_OK;
}

static void print_summary(const struct doctor *doctor, json_t *answer)
{
	if (doctor->json) {
		for (int i = 0; i < VERDICT_COUNT; i++)
			(void)json_object_set_new(answer, doctor_verdict_word((enum verdict)i),
						  json_integer((json_int_t)doctor->counts[i]));
		(void)json_object_set(answer, "checks", doctor->checks);
		print_json(answer);
		json_decref(answer);
		return;
	}
	char name[1024], text[2048];
	const char *separator = "; checked for ";
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (!out)
		abort();
	fprintf(out, "%u ok, %u WRONG, %u advice, %u unknown", doctor->counts[VERDICT_OK],
		doctor->counts[VERDICT_WRONG], doctor->counts[VERDICT_ADVICE],
		doctor->counts[VERDICT_UNKNOWN]);
	for (size_t i = 0; i < subject_word_count; i++) {
		if (!(doctor->chosen & subject_words[i].bit))
			continue;
		fprintf(out, "%s--%s %s", separator, subject_words[i].option, subject_words[i].word);
		separator = " ";
	}
	if (doctor->has_config)
		fprintf(out, "; %s", escape_name(doctor->config_name, name, sizeof(name)));
	if (doctor->has_config && doctor->config.version > 0)
		fprintf(out, " of Linux %u.%u", doctor->config.version / 1000,
			doctor->config.version % 1000);
	(void)fclose(out);
	print_wrapped(text, 0);
}

/* The machine's own choice, where no --evm makes one; what is wrong with it ima-init says. */
static void choose_evm(struct doctor *doctor)
{
	static const unsigned bits[] = {
		[EVM_MODE_HMAC] = EVM_HMAC, [EVM_MODE_KERNEL] = EVM_HMAC, [EVM_MODE_X509] = EVM_X509,
		[EVM_MODE_X509_METADATA_WRITES] = EVM_X509, [EVM_MODE_NONE] = EVM_NONE,
	};
	struct conf conf;
	char *text;
	unsigned line;

	if (access(PATH_CONF, R_OK) < 0 || kernel_text_read(PATH_CONF, LIMIT_CONF, &text) < 0)
		return;
	conf_defaults(&conf);
	if (!conf_parse(&conf, text, strlen(text), &line))
		doctor->chosen = (doctor->chosen & ~subject_mask("evm")) | bits[conf.evm];
	free(text);
}

static enum exit_code examine(struct options *options)
{
	struct doctor *doctor = &options->doctor;
	bool wants_line = options->cmdline || options->cmdline_file || options->running;
	enum exit_code code = EXIT_OK;

	if (options->running && !options->evm_given)
		choose_evm(doctor);
	if (options->config || options->running || !wants_line)
		code = read_config(doctor, options->config);
	if (code == EXIT_OK || options->running) {
		enum exit_code line_code = read_line(options);

		code = code == EXIT_OK ? line_code : code;
	}
	if (code != EXIT_OK && !options->running)
		return code;
	choose_file_system(doctor);
	if (word_value(doctor, "dm_mod.create"))
		doctor->chosen |= DM_CREATE;
	doctor->runs_verified = options->running && runs_verified_image();
	json_t *answer = print_answer(doctor);

	if (doctor->has_config)
		doctor_check_config(doctor);
	if (doctor->has_line)
		doctor_run(doctor, line_checks, line_check_count);
	if (options->running)
		doctor_run(doctor, running_checks, running_check_count);
	if (options->cert && doctor_check_certificate(doctor, options->cert) < 0)
		code = EXIT_UNCHECKED;
	if (options->policy && doctor_check_policy(doctor, options->policy) < 0)
		code = EXIT_UNCHECKED;
	if (!doctor->has_config)
		doctor_print(doctor,
			     &(struct finding){ VERDICT_UNKNOWN, "no configuration",
						"configuration", "what the kernel was built with",
						"--config FILE", false });
	if (!doctor->has_line)
		doctor_print(doctor,
			     &(struct finding){ VERDICT_UNKNOWN, "no command line", "command line",
						"what the boot loader gives the kernel",
						"--cmdline TEXT", false });
	print_summary(doctor, answer);
	if (code == EXIT_OK && doctor->counts[VERDICT_WRONG] > 0)
		code = EXIT_FAILED;
	return code;
}

enum {
	OPTION_CONFIG = 1000, OPTION_CMDLINE, OPTION_CMDLINE_FILE, OPTION_RUNNING, OPTION_JSON,
	OPTION_WAY, OPTION_EVM, OPTION_KMK, OPTION_KEYS, OPTION_FS, OPTION_POLICY,
	OPTION_CERT,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "cmdline", required_argument, NULL, OPTION_CMDLINE },
	{ "cmdline-file", required_argument, NULL, OPTION_CMDLINE_FILE },
	{ "running", no_argument, NULL, OPTION_RUNNING },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "policy", required_argument, NULL, OPTION_POLICY },
	{ "cert", required_argument, NULL, OPTION_CERT },
	{ "way", required_argument, NULL, OPTION_WAY },
	{ "evm", required_argument, NULL, OPTION_EVM },
	{ "kmk", required_argument, NULL, OPTION_KMK },
	{ "keys", required_argument, NULL, OPTION_KEYS },
	{ "fs", required_argument, NULL, OPTION_FS },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_CONFIG:       options->config = value; break;
	case OPTION_CMDLINE:      options->cmdline = value; break;
	case OPTION_CMDLINE_FILE: options->cmdline_file = value; break;
	case OPTION_RUNNING:      options->running = true; break;
	case OPTION_JSON:         options->doctor.json = true; break;
	case OPTION_POLICY:       options->policy = value; break;
	case OPTION_CERT:         options->cert = value; break;
	case OPTION_WAY:          return choose(&options->doctor, "way", value);
	case OPTION_EVM:
		options->evm_given = true;
		return choose(&options->doctor, "evm", value);
	case OPTION_KMK:          return choose(&options->doctor, "kmk", value);
	case OPTION_KEYS:         return choose(&options->doctor, "keys", value);
	case OPTION_FS:           return choose(&options->doctor, "fs", value);
	}
	return EXIT_OK;
}

static enum exit_code check_options(const struct options *options, const char *argument)
{
	if (argument)
		return usage_error("doctor", "%s: a file is named by --config", argument);
	if (!!options->cmdline + !!options->cmdline_file + options->running > 1)
		return usage_error("doctor",
				   "--cmdline, --cmdline-file and --running exclude each other");
	if (options->cmdline && strlen(options->cmdline) > LIMIT_KERNEL_COMMAND_LINE)
		return usage_error("doctor", "--cmdline has more than %d bytes, the limit",
				   LIMIT_KERNEL_COMMAND_LINE);
	return EXIT_OK;
}

enum exit_code cmd_doctor(int argc, char **argv)
{
	struct options options = {
		.doctor.chosen = NO_INITRAMFS | EVM_HMAC | KMK_USER | KEYS_RSA,
	};
	bool helped;
	enum exit_code code =
		options_parse(help, long_options, argc, argv, set_option, &options, &helped);

	if (code == EXIT_OK && !helped)
		code = check_options(&options, argv[optind]);
	if (code != EXIT_OK || helped)
		return code;
	options.doctor.checks = json_array();
	code = examine(&options);
	json_decref(options.doctor.checks);
	kernel_config_free(&options.doctor.config);
	kernel_command_line_free(&options.doctor.line);
	return code;
}
