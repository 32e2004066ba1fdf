/* SPDX-License-Identifier: MIT */
/* The EVM master key and the EVM HMAC key, without the machine or by a running kernel. */
#include "evm_keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <keyutils.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "attributes.h"
#include "report.h"
#include "tree.h"

#define HEAD        "default\0user:" KMK_DESCRIPTION "\0" "32"   /* C strings, the NULs included */
#define TEXT_HEAD   "default user:" KMK_DESCRIPTION " 32 "
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
		complain(path, "read", "%s",
			 file == -EINVAL ? "not a regular file" : strerror(-file));
		return false;
	}
	ssize_t size = read(file, keys->master, sizeof(keys->master));

	if (size < 0) {
		complain(path, "read", "%s", strerror(errno));
		return false;
	}
	if (size < KMK_MIN || size > LIMIT_KMK) {
		complain(path, "use as master key", "%lld bytes; it has %d to %d",
			 (long long)status.st_size, KMK_MIN, LIMIT_KMK);
		return false;
	}
	if (status.st_mode & 077)
		complain(path, "use as master key", "warning: others may read it, its mode is %04o",
			 (unsigned)status.st_mode & 07777);
	keys->master_size = (size_t)size;
	return true;
}

/*
 * get_derived_key(): the SHA-256 of a label with its NUL and the master key, in a
 * buffer that is always as long as the longer label needs.
 */
static bool derive(const struct evm_keys *keys, const char *label, uint8_t key[HMAC_SIZE])
{
	static const uint8_t zeros[sizeof("AUTH_KEY")];
	size_t length = strlen(label) + 1;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool derived = context && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1 &&
		       EVP_DigestUpdate(context, label, length) == 1 &&
		       EVP_DigestUpdate(context, keys->master, keys->master_size) == 1 &&
		       EVP_DigestUpdate(context, zeros, sizeof(zeros) - length) == 1 &&
		       EVP_DigestFinal_ex(context, key, NULL) == 1;

	EVP_MD_CTX_free(context);
	return derived;
}

/* Over the head and the body, by a key of its own. */
static bool authenticate(const struct evm_keys *keys, const uint8_t *covered, size_t size,
			 uint8_t hmac[HMAC_SIZE])
{
	uint8_t key[HMAC_SIZE];
	size_t length = 0;
	bool made = derive(keys, "AUTH_KEY", key) &&
		    EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof(key), covered,
			      size, hmac, HMAC_SIZE, &length);

	OPENSSL_cleanse(key, sizeof(key));
	return made && length == HMAC_SIZE;
}

bool read_evm_key(struct evm_keys *keys, const char *path)
{
	struct stat status;
	AUTO_CLOSE int file = tree_open(path, &status);
	ssize_t size = file < 0 ? -1 : read(file, keys->evm_key, sizeof(keys->evm_key) - 1);

	if (size < 0) {
		complain(path, "read", "%s", file == -EINVAL ? "not a regular file" :
			 strerror(file < 0 ? -file : errno));
		return false;
	}
	keys->evm_key[size] = '\0';
	return true;
}

static bool decrypt(const struct evm_keys *keys, const uint8_t body[BODY_SIZE],
		    uint8_t key[EVM_KEY_SIZE])
{
	uint8_t derived[HMAC_SIZE];
	int length = 0;
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool done = context && derive(keys, "ENC_KEY", derived) &&
		EVP_DecryptInit_ex2(context, EVP_aes_256_cbc(), derived, body, NULL) == 1 &&
		EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
		EVP_DecryptUpdate(context, key, &length, body + VECTOR_SIZE + 1, CIPHER_SIZE) ==
			1 &&
		length == EVM_KEY_SIZE;

	OPENSSL_cleanse(derived, sizeof(derived));
	EVP_CIPHER_CTX_free(context);
	return done;
}

bool open_evm_key(const struct evm_keys *keys, const char *path, uint8_t key[EVM_KEY_SIZE])
{
	uint8_t covered[HEAD_SIZE + BODY_SIZE], blob[BODY_SIZE + HMAC_SIZE], hmac[HMAC_SIZE];
	size_t size = 0;
	const char *hex = keys->evm_key + strlen(TEXT_HEAD);

	if (strncmp(keys->evm_key, TEXT_HEAD, strlen(TEXT_HEAD)) != 0 ||
	    OPENSSL_hexstr2buf_ex(blob, sizeof(blob), &size, hex, '\0') != 1 ||
	    size != sizeof(blob)) {
		ERR_clear_error();
		complain(path, "use as EVM key",
			 "it is no encrypted key of 32 bytes under user:kmk");
		return false;
	}
	memcpy(covered, HEAD, HEAD_SIZE);
	memcpy(covered + HEAD_SIZE, blob, BODY_SIZE);
	if (authenticate(keys, covered, sizeof(covered), hmac) &&
	    CRYPTO_memcmp(hmac, blob + BODY_SIZE, HMAC_SIZE) == 0 && decrypt(keys, blob, key))
		return true;
	complain(path, "use as EVM key", "it is not under this kmk");
	return false;
}

/* An evm-key taken apart: "[default ]MASTER LENGTH HEX". */
struct blob {
	const char *master, *digits, *hex;
	size_t master_size, digit_count, hex_size;
	unsigned length;
	bool has_format;
};

static const char *next_word(const char *text, const char **word, size_t *size)
{
	*word = text + strspn(text, " \t");
	*size = strcspn(*word, " \t");
	return *word + *size;
}

static void take_apart(const char *text, struct blob *blob)
{
	static const char format[] = "default";

	text = next_word(text, &blob->master, &blob->master_size);
	blob->has_format = blob->master_size == strlen(format) &&
		memcmp(blob->master, format, strlen(format)) == 0;
	if (blob->has_format)
		text = next_word(text, &blob->master, &blob->master_size);
	text = next_word(text, &blob->digits, &blob->digit_count);
	blob->hex = text + strspn(text, " \t");
	blob->hex_size = strlen(blob->hex);
	blob->length = 0;
	for (size_t i = 0; i < blob->digit_count && blob->length <= EVM_KEY_MAX; i++)
		blob->length = 10 * blob->length + (unsigned)(blob->digits[i] - '0');
}

bool evm_key_is_under(const char *text, const uint8_t *master, size_t master_size)
{
	static struct evm_keys keys;
	uint8_t covered[64 + VECTOR_SIZE + 1 + EVM_KEY_MAX + 16 + HMAC_SIZE], hmac[HMAC_SIZE];
	struct blob blob;
	size_t size;

	take_apart(text, &blob);
	/* Without it the kernel authenticates another text (6.1, 6.12). */
	if (!blob.has_format)
		return false;
	int head = snprintf((char *)covered, 64, "default%c%.*s%c%.*s%c", '\0', (int)blob.master_size,
			    blob.master, '\0', (int)blob.digit_count, blob.digits, '\0');

	if (head < 0 || head >= 64 || master_size > sizeof(keys.master) ||
	    OPENSSL_hexstr2buf_ex(covered + head, sizeof(covered) - 64, &size, blob.hex, '\0') != 1)
		return false;
	memcpy(keys.master, master, master_size);
	keys.master_size = master_size;
	size += (size_t)head - HMAC_SIZE;
	bool is_under = authenticate(&keys, covered, size, hmac) &&
		CRYPTO_memcmp(hmac, covered + size, HMAC_SIZE) == 0;

	OPENSSL_cleanse(&keys, sizeof(keys));
	return is_under;
}

bool make_evm_key(struct evm_keys *keys)
{
	uint8_t covered[HEAD_SIZE + BODY_SIZE], blob[BODY_SIZE + HMAC_SIZE];

	memcpy(covered, HEAD, HEAD_SIZE);
	bool made = RAND_priv_bytes(covered + HEAD_SIZE, BODY_SIZE) == 1;

	/* The kernel's arithmetic leaves room for one byte behind the vector. */
	covered[HEAD_SIZE + VECTOR_SIZE] = 0;
	memcpy(blob, covered + HEAD_SIZE, BODY_SIZE);
	if (!made || !authenticate(keys, covered, sizeof(covered), blob + BODY_SIZE)) {
		complain(EVM_KEY_DESCRIPTION, "make key", "OpenSSL refused");
		return false;
	}
	int used = sprintf(keys->evm_key, TEXT_HEAD);

	for (size_t i = 0; i < sizeof(blob); i++)
		used += sprintf(keys->evm_key + used, "%02x", blob[i]);
	return true;
}

static bool kernel_refused(const char *type, const char *action)
{
	const char *reason = strerror(errno);
	bool is_trusted = strcmp(type, "trusted") == 0;

	if (errno == ENODEV && is_trusted)
		reason = "the running kernel has no such key type, or nothing that could seal it "
			 "(CONFIG_TRUSTED_KEYS, a TPM)";
	else if (errno == ENODEV)
		reason = "the running kernel has no such key type (CONFIG_ENCRYPTED_KEYS)";
	/* What a TPM answers is in the kernel's log only. */
	else if (errno == EPERM && is_trusted)
		reason = "the TPM refused it (\"A TPM error\" in dmesg; is there a key at the keyhandle?), "
			 "or a container forbids keyrings";
	else if (errno == ENOSYS || errno == EPERM)
		reason = "no keyrings here: the running kernel has none (CONFIG_KEYS), or a container "
			 "forbids them";
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
		return add_key(type, KMK_DESCRIPTION, keys->master, keys->master_size,
			       KEY_SPEC_PROCESS_KEYRING);
	int length = snprintf(command, sizeof(command), "new 32%s%s", options ? " " : "",
			      options ? options : "");

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
		evm_key = add_key("encrypted", EVM_KEY_DESCRIPTION, command, (size_t)size,
				  KEY_SPEC_PROCESS_KEYRING);
		made = evm_key >= 0 || kernel_refused("encrypted", "make key");
	}
	made = made &&
		read_key(evm_key, "encrypted", keys->evm_key, sizeof(keys->evm_key) - 1, &length);
	keys->evm_key[made ? length : 0] = '\0';
	if (made && strcmp(type, "user") != 0)
		made = read_key(master, type, keys->master, LIMIT_KMK, &keys->master_size);
	if (evm_key >= 0)
		(void)keyctl_unlink(evm_key, KEY_SPEC_PROCESS_KEYRING);
	if (master >= 0)
		(void)keyctl_unlink(master, KEY_SPEC_PROCESS_KEYRING);
	return made;
}
