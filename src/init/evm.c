/* SPDX-License-Identifier: MIT */
/* EVM: load the HMAC key, set the bits, close the node, drop the keys. */
#include "evm.h"

#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <string.h>
#include <unistd.h>

#include "device_keys.h"
#include "failure.h"
#include "kernel_fs.h"
#include "keyrings.h"
#include "log.h"
#include "manifest.h"
#include "format/evm_key.h"
#include "format/text.h"
#include "tpm.h"

#define EVM_NODE    "evm"
#define XATTRS_NODE "integrity/evm/evm_xattrs"

#define LOAD "load "

static const char path_kmk[] = PATH_KMK, path_evm_key[] = PATH_EVM_KEY;

/*
 * The key material at hand, kmk and then evm-key; wiped by drop_keys(). The words ahead
 * are those of add_key().
 */
static char secret[sizeof(LOAD) + LIMIT_KMK + LIMIT_CONF + sizeof(" policyhandle=0x03000000")];
static size_t secret_used;           /* what of it may hold any; wiping all would touch all */
static char device_keys[LIMIT_DEVICE_KEYS + 1];  /* both, as device_keys_read() has them */
_Static_assert(LIMIT_EVM_KEY == LIMIT_KMK, "one size for both");

static int read_bits(int node)
{
	char text[16];
	int bits = 0;
	ssize_t length = node_read(node, text, sizeof(text));

	if (length < 0)
		return (int)length;
	for (const char *digit = text; *digit >= '0' && *digit <= '9' && bits < 1000000; digit++)
		bits = bits * 10 + (*digit - '0');
	return bits;
}

int evm_read_bits(struct boot *boot)
{
	AUTO_CLOSE int node = openat(boot->securityfs, EVM_NODE, O_RDONLY | O_CLOEXEC);

	return node < 0 ? -errno : read_bits(node);
}

static int write_bits(int node, unsigned bits)
{
	char text[16];
	size_t length = text_format(text, sizeof(text), "%u", bits);

	return node_write(node, text, length);
}

/* A closed node answers EPERM to anything, an open one EINVAL to a 0. */
static enum failure_code prove_closed(struct boot *boot, int node)
{
	int error = -write_bits(node, 0);

	if (error != EPERM)
		return fail(boot, FAIL_EVM_NOT_SET, "securityfs/evm is still open: a write of 0 gives "
			    ERRNO_FORMAT, ERRNO(error));
	return FAIL_NONE;
}

static bool has_line(const char *text, const char *line, size_t length)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") == length && memcmp(text, line, length) == 0)
			return true;
	return false;
}

/* The names that init.conf gives are in the list that the kernel shows. */
static enum failure_code read_back_xattrs(struct boot *boot, int node)
{
	char now[4096];
	const char *names = boot->conf.evm_xattrs;
	size_t length;

	if (node_read(node, now, sizeof(now)) < 0)
		return fail(boot, FAIL_EVM_XATTRS, "the list cannot be read back");
	for (const char *name; (name = text_word(&names, &length));)
		if (!has_line(now, name, length))
			return fail(boot, FAIL_EVM_XATTRS, "evm-xattrs = %s: not all are in the list",
				    boot->conf.evm_xattrs);
	return FAIL_NONE;
}

/* security/integrity/evm/evm_secfs.c: one name a write, "." locks the list. */
static enum failure_code set_xattrs(struct boot *boot)
{
	const char *names = boot->conf.evm_xattrs;
	bool has_names = names[strspn(names, " \t")] != '\0';
	size_t length;
	AUTO_CLOSE int node = openat(boot->securityfs, XATTRS_NODE, O_RDWR | O_CLOEXEC);

	if (node < 0 && errno == ENOENT) {
		if (!has_names)
			return FAIL_NONE;
		return fail(boot, FAIL_EVM_XATTRS, "evm-xattrs = %s: securityfs has no evm_xattrs",
			    names);
	}
	for (const char *name; (name = text_word(&names, &length));) {
		int error = -node_write(node, name, length);

		/* EEXIST: the kernel protects it already. */
		if (error != 0 && error != EEXIST)
			return fail(boot, FAIL_EVM_XATTRS, "evm-xattrs = %s: " ERRNO_FORMAT,
				    boot->conf.evm_xattrs, ERRNO(error));
	}
	int error = -node_write(node, ".", 1);

	if (error != 0)
		return fail(boot, FAIL_EVM_XATTRS, "the list cannot be locked: " ERRNO_FORMAT,
			    ERRNO(error));
	if (node_write(node, ".", 1) != -EPERM)
		return fail(boot, FAIL_EVM_XATTRS, "the list is still open after it was locked");
	return has_names ? read_back_xattrs(boot, node) : FAIL_NONE;
}

/* What is in secret becomes the key. */
static enum failure_code add_kmk(struct boot *boot, size_t length)
{
	const char *type = boot->conf.kmk_options ? "trusted" : "user";

	if (add_key(type, KMK_DESCRIPTION, secret, length, KEY_SPEC_PROCESS_KEYRING) >= 0)
		return FAIL_NONE;
	return fail(boot, FAIL_KMK_REFUSED, PATH_KMK " as a %s key: " ERRNO_FORMAT, type, ERRNO(errno));
}

/* The first of two failures is the one that is told. */
static enum failure_code first_failure(struct boot *boot, enum failure_code code,
				       enum failure_code (*last)(struct boot *boot))
{
	char what[sizeof(boot->what)];

	memcpy(what, boot->what, sizeof(what));
	enum failure_code second = last(boot);

	if (code == FAIL_NONE)
		return second;
	memcpy(boot->what, what, sizeof(what));
	return code;
}

/* Sealed to PCRs: the kernel needs a session of the TPM that knows them. */
static enum failure_code add_kmk_with_policy(struct boot *boot, size_t length)
{
	enum failure_code code = tpm_begin_policy(boot, secret + strlen(LOAD));

	if (code == FAIL_NONE) {
		length += text_format(secret + length, sizeof(secret) - length,
				      " policyhandle=0x%x", boot->tpm_session);
		code = add_kmk(boot, length);
	}
	return first_failure(boot, code, tpm_end_policy);
}

/* A key of this release's, or of this device's, behind the words that go ahead of it. */
static enum failure_code read_secret(struct boot *boot, const char *path, size_t ahead, size_t *length)
{
	enum failure_code code = FAIL_NONE;
	size_t before = secret_used;

	secret_used = sizeof(secret);
	if (boot->conf.device_keys == DEVICE_KEYS_NONE) {
		code = manifest_read(boot, path, secret + ahead, LIMIT_KMK + 1, length);
	} else {
		const char *key = text_at(device_keys, path != path_kmk);

		*length = strlen(key);
		memcpy(secret + ahead, key, *length + 1);
	}
	if (code == FAIL_NONE)
		secret_used = ahead + *length > before ? ahead + *length : before;
	return code;
}

/* What is wrong with the form of one. */
static enum failure_code wrong_form(struct boot *boot, enum failure_code code, const char *path,
				    const char *what)
{
	if (boot->conf.device_keys != DEVICE_KEYS_NONE) {
		code = FAIL_DEVICE_KEYS_INVALID;
		path += strlen(DIR_KEYS);
	}
	return fail(boot, code, "%s: %s", path, what);
}

/*
 * Everything is checked for form first: the encrypted and trusted key types
 * write a parameter that they do not understand into the kernel log, in clear.
 */
static enum failure_code load_kmk(struct boot *boot)
{
	const char *options = boot->conf.kmk_options;
	char *data = secret;
	size_t ahead = options ? strlen(LOAD) : 0;
	size_t length;
	enum failure_code code = read_secret(boot, path_kmk, ahead, &length);

	if (code != FAIL_NONE)
		return code;
	if (options) {
		if (length % 2 != 0 || !text_is_hex(data + ahead, length))
			return wrong_form(boot, FAIL_KMK_INVALID, path_kmk,
					  "a trusted key blob is lower-case hex and nothing else");
		memcpy(data, LOAD, ahead);
		length += ahead;
		length += text_format(data + length, sizeof(secret) - length, " %s", options);
	} else if (length < KMK_MIN) {
		return fail(boot, FAIL_KMK_INVALID, PATH_KMK ": %u bytes, at least %d are needed",
			    (unsigned)length, KMK_MIN);
	}
	return (boot->conf.kmk_pcrs ? add_kmk_with_policy : add_kmk)(boot, length);
}

static enum failure_code load_evm_key(struct boot *boot)
{
	size_t length;
	char *blob = secret + strlen(LOAD);
	enum failure_code code = read_secret(boot, path_evm_key, strlen(LOAD), &length);

	if (code != FAIL_NONE)
		return code;
	const char *wrong = evm_key_wrong(blob, length, boot->conf.kmk_options != NULL);

	if (wrong)
		return wrong_form(boot, FAIL_EVM_KEY_INVALID, path_evm_key, wrong);
	memcpy(secret, LOAD, strlen(LOAD));
	if (add_key("encrypted", EVM_KEY_DESCRIPTION, secret, strlen(LOAD) + length,
		    KEY_SPEC_PROCESS_KEYRING) < 0)
		return fail(boot, FAIL_EVM_KEY_REFUSED, PATH_EVM_KEY ": " ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

enum failure_code drop_keys(struct boot *boot)
{
	explicit_bzero(secret, secret_used);
	secret_used = 0;
	if (boot->conf.device_keys != DEVICE_KEYS_NONE)
		explicit_bzero(device_keys, sizeof(device_keys));
	/* Nothing but our two keys was ever linked to it; where it is not there it is made, empty. */
	if (keyctl_clear(KEY_SPEC_PROCESS_KEYRING) < 0 ||
	    keyctl_read(KEY_SPEC_PROCESS_KEYRING, NULL, 0) != 0)
		return fail(boot, FAIL_KEYS_LEFT, "the process keyring: " ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

/* What the node has to say afterwards. */
static enum failure_code set_bits(struct boot *boot, unsigned wanted)
{
	AUTO_CLOSE int node = openat(boot->securityfs, EVM_NODE, O_RDWR | O_CLOEXEC);
	/* Loading the HMAC key completes the setup by itself; one that is there cannot be loaded. */
	unsigned written = boot->conf.evm == EVM_MODE_HMAC ? wanted :
		(boot->conf.evm == EVM_MODE_KERNEL ? wanted & ~EVM_INIT_HMAC : wanted) |
		EVM_SETUP_COMPLETE;
	int error = node < 0 ? errno : -write_bits(node, written);

	if (error != 0)
		return fail(boot, FAIL_EVM_NOT_SET, "writing 0x%x to securityfs/evm: " ERRNO_FORMAT,
			    written, ERRNO(error));
	boot->evm_bits = read_bits(node);
	if (boot->evm_bits < 0 || (unsigned)boot->evm_bits != wanted)
		return fail(boot, FAIL_EVM_NOT_SET, "securityfs/evm says %d, not %u", boot->evm_bits,
			    wanted);
	return prove_closed(boot, node);
}

static enum failure_code load_hmac(struct boot *boot, unsigned wanted)
{
	enum failure_code code = load_kmk(boot);

	if (code == FAIL_NONE)
		code = load_evm_key(boot);
	if (code == FAIL_NONE)
		code = set_bits(boot, wanted | EVM_INIT_HMAC);
	/* They go in any case. */
	return first_failure(boot, code, drop_keys);
}

/*
 * Those of a device that has none yet are made under the rules of a site, by a program of
 * it: so the boot goes on, with signatures only, where init.conf allows it.
 */
static enum failure_code find_device_keys(struct boot *boot)
{
	enum failure_code code = device_keys_read(boot, device_keys, sizeof(device_keys));

	if (code != FAIL_DEVICE_KEYS_MISSING || !boot->conf.provision)
		return code;
	boot->conf.evm = EVM_MODE_X509;
	log_line(boot, LOG_NOTICE, "device-keys: none yet; no HMAC key on this boot");
	return FAIL_NONE;
}

enum failure_code load_evm(struct boot *boot)
{
	enum failure_code code = FAIL_NONE;

	if (boot->conf.device_keys != DEVICE_KEYS_NONE)
		code = find_device_keys(boot);
	if (code != FAIL_NONE)
		return code;
	if (boot->evm_at_entry < 0) {
		if (boot->conf.evm == EVM_MODE_NONE)
			return FAIL_NONE;
		return fail(boot, FAIL_KERNEL_LACKS,
			    "securityfs has no evm (CONFIG_EVM), and evm is not none");
	}
	enum evm_mode mode = boot->conf.evm;
	int keys = keyring_count(boot, ".evm");

	code = set_xattrs(boot);
	if (code != FAIL_NONE)
		return code;
	if ((mode == EVM_MODE_X509 || mode == EVM_MODE_X509_METADATA_WRITES) && keys <= 0)
		return fail(boot, FAIL_KEYRING_EMPTY, "evm = x509, but .evm holds no key");

	/* Bits that were set before us stay, as they would in any case: all but one, under HMAC. */
	unsigned wanted = (unsigned)boot->evm_at_entry;

	if (mode != EVM_MODE_NONE && keys > 0)
		wanted |= EVM_INIT_X509;
	if (mode == EVM_MODE_HMAC)
		return load_hmac(boot, wanted & ~EVM_ALLOW_METADATA_WRITES);
	if (mode == EVM_MODE_KERNEL && !(wanted & EVM_INIT_HMAC))
		return fail(boot, FAIL_EVM_NOT_SET, "evm = kernel, but the kernel has set no HMAC key");
	if (mode == EVM_MODE_KERNEL)
		return set_bits(boot, wanted & ~EVM_ALLOW_METADATA_WRITES);
	if (mode == EVM_MODE_X509_METADATA_WRITES)
		wanted |= EVM_ALLOW_METADATA_WRITES;
	else if (wanted & EVM_ALLOW_METADATA_WRITES)
		return fail(boot, FAIL_EVM_NOT_SET, "metadata writes were allowed before us");
	return set_bits(boot, wanted);
}
