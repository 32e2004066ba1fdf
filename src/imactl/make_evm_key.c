/* SPDX-License-Identifier: MIT */
/* The EVM master key and the EVM HMAC key, without the machine or by a running kernel. */
#include "make_evm_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <keyutils.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "attributes.h"
#include "report.h"
#include "tree.h"

#define HEAD        "default\0user:" KMK_DESCRIPTION "\0" "32"   /* C strings, the NULs included */
#define HEAD_SIZE   sizeof(HEAD)
#define VECTOR_SIZE 16
#define CIPHER_SIZE 32
#define BODY_SIZE   (VECTOR_SIZE + 1 + CIPHER_SIZE)
#define HMAC_SIZE   32

bool make_master_key(struct evm_keys *keys)
{
	keys->master_size = KMK_MIN;
	if (RAND_priv_bytes(keys->master, KMK_MIN) == 1)
		return true;
	complain(KMK_DESCRIPTION, "make key", "no random bytes");
	return false;
}

bool read_master_key(struct evm_keys *keys, const char *path)
{
	struct stat status;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0) {
		complain(path, "read", "%s", file == -EINVAL ? "not a regular file" : strerror(-file));
		return false;
	}
	ssize_t size = read(file, keys->master, sizeof(keys->master));

	if (size < 0) {
		complain(path, "read", "%s", strerror(errno));
		return false;
	}
	if (size < KMK_MIN || size > LIMIT_KMK) {
		complain(path, "use as master key", "%lld bytes; it has %d to %d", (long long)status.st_size, KMK_MIN,
			 LIMIT_KMK);
		return false;
	}
	if (status.st_mode & 077)
		complain(path, "use as master key", "warning: others may read it, its mode is %04o",
			 (unsigned)status.st_mode & 07777);
	keys->master_size = (size_t)size;
	return true;
}

/* get_derived_key(): the SHA-256 of a label, padded to nothing but its NUL, and the master key. */
static bool derive(const struct evm_keys *keys, uint8_t key[HMAC_SIZE])
{
	static const char label[] = "AUTH_KEY";
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool derived = context && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1 &&
		       EVP_DigestUpdate(context, label, sizeof(label)) == 1 &&
		       EVP_DigestUpdate(context, keys->master, keys->master_size) == 1 &&
		       EVP_DigestFinal_ex(context, key, NULL) == 1;

	EVP_MD_CTX_free(context);
	return derived;
}

bool make_evm_key(struct evm_keys *keys)
{
	uint8_t covered[HEAD_SIZE + BODY_SIZE], blob[BODY_SIZE + HMAC_SIZE], key[HMAC_SIZE];
	size_t length = 0;

	memcpy(covered, HEAD, HEAD_SIZE);
	bool made = RAND_priv_bytes(covered + HEAD_SIZE, BODY_SIZE) == 1 && derive(keys, key);

	/* The kernel's arithmetic leaves room for one byte behind the vector. */
	covered[HEAD_SIZE + VECTOR_SIZE] = 0;
	memcpy(blob, covered + HEAD_SIZE, BODY_SIZE);
	made = made && EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof(key), covered, sizeof(covered),
				 blob + BODY_SIZE, HMAC_SIZE, &length) && length == HMAC_SIZE;
	OPENSSL_cleanse(key, sizeof(key));
	if (!made) {
		complain(EVM_KEY_DESCRIPTION, "make key", "OpenSSL refused");
		return false;
	}
	int used = sprintf(keys->evm_key, "default user:" KMK_DESCRIPTION " 32 ");

	for (size_t i = 0; i < sizeof(blob); i++)
		used += sprintf(keys->evm_key + used, "%02x", blob[i]);
	return true;
}

static bool kernel_refused(const char *type, const char *action)
{
	const char *reason = strerror(errno);

	if (errno == ENODEV)
		reason = strcmp(type, "trusted") == 0 ?
			 "the running kernel has no such key type, or nothing that could seal it (CONFIG_TRUSTED_KEYS, a TPM)" :
			 "the running kernel has no such key type (CONFIG_ENCRYPTED_KEYS)";
	else if (errno == ENOSYS || errno == EPERM)
		reason = "no keyrings here: the running kernel has none (CONFIG_KEYS), or a container forbids them";
	complain(type, action, "%s", reason);
	return false;
}

/* A key as keyctl_read() gives it: what its type loads again. */
static bool read_key(key_serial_t id, const char *type, void *data, size_t size, size_t *length)
{
	/* Straight into memory that is wiped; it says how much there is, and copies only what fits. */
	long count = keyctl_read(id, data, size);

	if (count < 0)
		return kernel_refused(type, "read key");
	if ((size_t)count > size) {
		complain(type, "read key", "%ld bytes; at most %zu are known", count, size);
		return false;
	}
	*length = (size_t)count;
	return true;
}

static key_serial_t add_master_key(struct evm_keys *keys, const char *type, const char *options)
{
	char command[LIMIT_KMK];

	if (strcmp(type, "user") == 0)
		return add_key(type, KMK_DESCRIPTION, keys->master, keys->master_size, KEY_SPEC_PROCESS_KEYRING);
	int length = snprintf(command, sizeof(command), "new 32%s%s", options ? " " : "", options ? options : "");

	return add_key(type, KMK_DESCRIPTION, command, (size_t)length, KEY_SPEC_PROCESS_KEYRING);
}

bool make_live_keys(struct evm_keys *keys, const char *type, const char *options)
{
	char command[64];
	size_t length = 0;
	/*
	 * The process keyring is new, found before the session's, where another key
	 * of this name may be, and goes with this process.
	 */
	key_serial_t evm_key = -1, master = add_master_key(keys, type, options);
	int size = snprintf(command, sizeof(command), "new %s:%s 32", type, KMK_DESCRIPTION);
	bool made = master >= 0 || kernel_refused(type, "make key");

	if (made) {
		evm_key = add_key("encrypted", EVM_KEY_DESCRIPTION, command, (size_t)size, KEY_SPEC_PROCESS_KEYRING);
		made = evm_key >= 0 || kernel_refused("encrypted", "make key");
	}
	made = made && read_key(evm_key, "encrypted", keys->evm_key, sizeof(keys->evm_key) - 1, &length);
	keys->evm_key[made ? length : 0] = '\0';
	if (made && strcmp(type, "user") != 0)
		made = read_key(master, type, keys->master, LIMIT_KMK, &keys->master_size);
	if (evm_key >= 0)
		(void)keyctl_unlink(evm_key, KEY_SPEC_PROCESS_KEYRING);
	if (master >= 0)
		(void)keyctl_unlink(master, KEY_SPEC_PROCESS_KEYRING);
	return made;
}
