/* SPDX-License-Identifier: MIT */
/* imactl provision: this device makes its own master key and EVM key, once. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "attributes.h"
#include "command.h"
#include "evm_keys.h"
#include "layout.h"
#include "layout_verify.h"
#include "options.h"
#include "report.h"
#include "temporary.h"

static const char help[] =
"usage: imactl provision [--force] [--ima DIR]\n"
"       imactl provision --print-policy [--ima DIR]\n"
"\n"
"Has the kernel of this device make a master key that its TPM seals, and EVM's HMAC key\n"
"under it, and puts both where device-keys in init.conf says; run it as root, on a boot\n"
"whose init.conf says provision = yes. From the next boot on they are loaded.\n"
"\n"
"  --force          where there are keys already: files with HMACs of those are\n"
"                   refused from then on\n"
"  --print-policy   only print the digest of the policy that kmk-pcrs makes now\n"
"  --ima DIR        the directory with init.conf (default: /ima)\n"
"\n"
"example:\n"
"  imactl provision && reboot\n";

#define EFIVARFS   "/sys/firmware/efi/efivars"
#define PCRS       "/sys/class/tpm/tpm0/pcr-sha256"
#define DIGEST     32
#define ATTRIBUTES (sizeof(DEVICE_KEYS_ATTRIBUTES) - 1)
#define NEW        DIR_DEVICE_KEYS "/" TEMPORARY_PREFIX "keys"

struct options {
	bool force, prints_policy;
	const char *ima;
};

static bool complain_errno(const char *object, const char *action)
{
	complain(object, action, "%s", strerror(errno));
	return false;
}

/* ---- the policy of PCRs ---- */

static bool read_pcr(unsigned pcr, uint8_t value[DIGEST])
{
	char path[64], text[2 * DIGEST + 1] = "";
	size_t size = 0;

	(void)snprintf(path, sizeof(path), PCRS "/%u", pcr);
	AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return complain_errno(path, "open");
	if (read(file, text, 2 * DIGEST) != 2 * DIGEST ||
	    OPENSSL_hexstr2buf_ex(value, DIGEST, &size, text, '\0') != 1 || size != DIGEST) {
		complain(path, "read", "it is no SHA-256 digest");
		return false;
	}
	return true;
}

/* Trusted Platform Module Library 2.0, Part 3, TPM2_PolicyPCR: of what they hold, in one digest. */
static bool make_policy(uint32_t pcrs, uint8_t digest[DIGEST])
{
	uint8_t covered[DIGEST + 14 + DIGEST] = { 0 }, values[(LIMIT_PCR + 1) * DIGEST];
	uint8_t *select = covered + DIGEST + 11;
	size_t size = 0;

	memcpy(covered + DIGEST, "\0\0\x01\x7f\0\0\0\x01\0\x0b\x03", 11);
	for (unsigned pcr = 0; pcr <= LIMIT_PCR; pcr++) {
		if (!(pcrs & 1U << pcr))
			continue;
		select[pcr / 8] |= (uint8_t)(1 << pcr % 8);
		if (!read_pcr(pcr, values + size))
			return false;
		size += DIGEST;
	}
	if (EVP_Q_digest(NULL, "SHA256", NULL, values, size, covered + DIGEST + 14, NULL) == 1 &&
	    EVP_Q_digest(NULL, "SHA256", NULL, covered, sizeof(covered), digest, NULL) == 1)
		return true;
	complain("kmk-pcrs", "use", "OpenSSL refused");
	return false;
}

/* What stands behind "new 32"; @words has the policy's digest at its end, where there is one. */
static bool make_options(const struct conf *conf, char *words, size_t size)
{
	uint8_t digest[DIGEST];
	int used = snprintf(words, size, "%s", conf->kmk_options);

	if (!conf->kmk_pcrs)
		return true;
	if (!make_policy(conf->kmk_pcrs, digest))
		return false;
	used += snprintf(words + used, size - (size_t)used, "%shash=sha256 policydigest=", used ? " " : "");
	for (size_t i = 0; i < DIGEST; i++)
		used += snprintf(words + used, size - (size_t)used, "%02x", digest[i]);
	return true;
}

/* ---- where they go ---- */

static bool write_whole(int file, const char *path, const char *text, size_t size)
{
	ssize_t done = write(file, text, size);

	if (done >= 0 && (size_t)done != size)
		errno = ENOSPC;
	return (size_t)done == size || complain_errno(path, "write");
}

/* The directory, which has to be where PID 1 looks: on the root file system itself. */
static bool make_directory(void)
{
	struct stat root, directory;
	char above[] = DIR_DEVICE_KEYS;

	*strrchr(above, '/') = '\0';
	if ((mkdir(above, 0755) < 0 && errno != EEXIST) ||
	    (mkdir(DIR_DEVICE_KEYS, 0700) < 0 && errno != EEXIST))
		return complain_errno(DIR_DEVICE_KEYS, "make directory");
	if (stat("/", &root) < 0 || lstat(DIR_DEVICE_KEYS, &directory) < 0)
		return complain_errno(DIR_DEVICE_KEYS, "look at");
	if (!S_ISDIR(directory.st_mode) || directory.st_dev != root.st_dev) {
		complain(DIR_DEVICE_KEYS, "use", "it is no directory of the root file system, where ima-init looks");
		return false;
	}
	return chmod(DIR_DEVICE_KEYS, 0700) == 0 || complain_errno(DIR_DEVICE_KEYS, "change mode");
}

/* Made aside, with its owner before it has content, and then named. */
static bool write_file(const char *text, size_t size, bool force)
{
	if (!make_directory())
		return false;
	(void)unlink(NEW);
	AUTO_CLOSE int file = open(NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, DEVICE_KEYS_MODE);

	if (file < 0)
		return complain_errno(NEW, "make");
	bool made = (fchown(file, DEVICE_KEYS_UID, 0) == 0 && fchmod(file, DEVICE_KEYS_MODE) == 0) ||
		complain_errno(NEW, "give away");

	made = made && write_whole(file, NEW, text, size) &&
		(fsync(file) == 0 || complain_errno(NEW, "write"));
	made = made && (renameat2(AT_FDCWD, NEW, AT_FDCWD, PATH_DEVICE_KEYS, force ? 0 : RENAME_NOREPLACE) == 0 ||
			complain_errno(PATH_DEVICE_KEYS, "name"));
	if (!made)
		(void)unlink(NEW);
	AUTO_CLOSE int directory = open(DIR_DEVICE_KEYS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return made && ((directory >= 0 && fsync(directory) == 0) || complain_errno(DIR_DEVICE_KEYS, "write"));
}

/* One write is one variable: the firmware has the old or the new one. */
static bool write_variable(const char *text, size_t size, bool force)
{
	static const char path[] = EFIVARFS "/" DEVICE_KEYS_VARIABLE;
	char value[ATTRIBUTES + LIMIT_DEVICE_KEYS];
	AUTO_CLOSE int old = force ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	int flags;

	/* efivarfs makes each immutable that no standard has. */
	if (old >= 0 && ioctl(old, FS_IOC_GETFLAGS, &flags) == 0) {
		flags &= ~FS_IMMUTABLE_FL;
		(void)ioctl(old, FS_IOC_SETFLAGS, &flags);
	}
	AUTO_CLOSE int file = open(path, O_WRONLY | O_CREAT | (force ? 0 : O_EXCL) | O_CLOEXEC, 0600);

	if (file < 0)
		return complain_errno(path, "make");
	memcpy(value, DEVICE_KEYS_ATTRIBUTES, ATTRIBUTES);
	memcpy(value + ATTRIBUTES, text, size);
	bool made = write_whole(file, path, value, ATTRIBUTES + size);

	OPENSSL_cleanse(value, sizeof(value));
	return made;
}

/* ---- the command ---- */

static bool is_allowed(const struct conf *conf, bool only_policy)
{
	const char *wrong = conf->evm != EVM_MODE_HMAC ? "evm is not hmac" :
		!conf->kmk_options ? "kmk is not trusted" :
		only_policy ? (conf->kmk_pcrs ? NULL : "kmk-pcrs is not given") :
		conf->device_keys == DEVICE_KEYS_NONE ? "device-keys is not given" :
		!conf->provision ? "provision = yes is not said" : NULL;

	if (wrong)
		complain("init.conf", "provision", "%s", wrong);
	return !wrong;
}

static bool provision(const struct conf *conf, const struct options *options, const char *words)
{
	static struct evm_keys keys;
	static char text[LIMIT_DEVICE_KEYS];
	bool in_file = conf->device_keys == DEVICE_KEYS_ROOT;
	const char *place = in_file ? PATH_DEVICE_KEYS : EFIVARFS "/" DEVICE_KEYS_VARIABLE;

	if (!options->force && access(place, F_OK) == 0) {
		complain(place, "provision", "the keys are there; --force makes others, and refuses what these vouch for");
		return false;
	}
	/* Before the keys are made, which takes a TPM its time. */
	if (!in_file && access(EFIVARFS, W_OK) < 0)
		return complain_errno(EFIVARFS, "use");
	bool made = make_live_keys(&keys, "trusted", *words ? words : NULL);
	int size = made ? snprintf(text, sizeof(text), "%.*s\n%s\n", (int)keys.master_size,
				   (const char *)keys.master, keys.evm_key) : 0;

	if (made && (size_t)size >= sizeof(text)) {
		complain(place, "write", "%d bytes; at most %d are read", size, LIMIT_DEVICE_KEYS - 1);
		made = false;
	}
	made = made && (in_file ? write_file : write_variable)(text, (size_t)size, options->force);
	OPENSSL_cleanse(&keys, sizeof(keys));
	OPENSSL_cleanse(text, sizeof(text));
	if (made)
		printf("%s: kmk and evm-key of this device, %d bytes; the next boot loads them\n", place, size);
	return made;
}

static void tell_finding(void *data, const char *path, const char *word, const char *reason)
{
	(void)data;
	complain(path, word, "%s", reason);
}

enum { OPTION_FORCE = 1000, OPTION_POLICY, OPTION_IMA };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "print-policy", no_argument, NULL, OPTION_POLICY },
	{ "ima", required_argument, NULL, OPTION_IMA },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_FORCE:  options->force = true; break;
	case OPTION_POLICY: options->prints_policy = true; break;
	case OPTION_IMA:    options->ima = value; break;
	default:
		return usage_error("provision", "wrong option");
	}
	return EXIT_OK;
}

enum exit_code cmd_provision(int argc, char **argv)
{
	static struct site_conf site;
	struct options options = { .ima = ROOT_DIR };
	char words[LIMIT_CONF + 128];
	bool helped;
	enum exit_code code =
		options_parse(help, long_options, argc, argv, set_option, &options, &helped);

	if (helped || code != EXIT_OK)
		return code;
	if (optind != argc)
		return usage_error("provision", "no argument is taken");
	if (options.force && options.prints_policy)
		return usage_error("provision", "--force and --print-policy exclude each other");
	if (layout_read_conf(options.ima, &site, tell_finding, NULL) > 0 ||
	    !is_allowed(&site.conf, options.prints_policy) || !make_options(&site.conf, words, sizeof(words)))
		return EXIT_FAILED;
	if (options.prints_policy) {
		printf("%s\n", strrchr(words, '=') + 1);
		return EXIT_OK;
	}
	return provision(&site.conf, &options, words) ? EXIT_OK : EXIT_FAILED;
}
