/* SPDX-License-Identifier: MIT */
/* Private keys and certificates: read, matched, and checked for what kernels demand. */

/* PKCS#11 comes by an engine: Debian 12 has no provider for it. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/decoder.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ui.h>
#include <openssl/x509v3.h>

#include "report.h"

#define FILE_MAX       (64 * 1024)   /* of a key or a certificate */
#define PASSPHRASE_MAX 1024

/* OpenSSL's last word on what went wrong. */
static const char *openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : "unknown error";
}

void key_free(struct key *key)
{
	EVP_PKEY_free(key->key);
	X509_free(key->certificate);
	OPENSSL_free(key->name);
	memset(key, 0, sizeof(*key));
}

/* A small file, whole; the caller cleanses it. */
static ssize_t read_file(const char *path, uint8_t *data, size_t size)
{
	/* O_NONBLOCK: a FIFO must not hang us. */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	size_t length = 0;
	int error = file < 0 || fstat(file, &status) < 0 ? errno
		: S_ISREG(status.st_mode)                ? 0
							 : EINVAL;

	while (error == 0 && length < size) {
		ssize_t count = read(file, data + length, size - length);

		if (count < 0 && errno != EINTR)
			error = errno;
		if (count == 0)
			break;
		if (count > 0)
			length += (size_t)count;
	}
	if (file >= 0)
		(void)close(file);
	if (error == 0 && length == size)
		error = EFBIG;
	if (error != 0) {
		complain(path, "read", "%s",
			 error == EINVAL ? "not a regular file" : strerror(error));
		return -1;
	}
	return (ssize_t)length;
}

/* Without this OpenSSL would ask for the passphrase of PEM that claims to be encrypted. */
static int no_passphrase(char *text, int size, int writes, void *data)
{
	(void)text;
	(void)size;
	(void)writes;
	(void)data;
	return -1;
}

static X509 *decode_certificate(const uint8_t *data, size_t length)
{
	BIO *bio = BIO_new_mem_buf(data, (int)length);
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	if (!certificate) {
		const uint8_t *next = data;

		certificate = d2i_X509(NULL, &next, (long)length);
		/* The kernel refuses a certificate with something behind it (x509_cert_parser.c). */
		if (certificate && next != data + length) {
			X509_free(certificate);
			certificate = NULL;
		}
	}
	return certificate;
}

int key_read_certificate(struct key *key, const char *path)
{
	uint8_t data[FILE_MAX];
	ssize_t length = read_file(path, data, sizeof(data));

	memset(key, 0, sizeof(*key));
	if (length < 0)
		return -1;
	key->name = OPENSSL_strdup(path);
	key->certificate = decode_certificate(data, (size_t)length);
	if (!key->certificate) {
		complain(path, "read certificate", "neither PEM nor DER: %s", openssl_reason());
		return -1;
	}
	ERR_clear_error();
	key->key = X509_get_pubkey(key->certificate);
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(key->certificate);

	if (!key->key) {
		complain(path, "read certificate", "its key: %s", openssl_reason());
		return -1;
	}
	if (!skid || ASN1_STRING_length(skid) < 4) {
		complain(path, "read certificate",
			 "it has no subject key identifier, by which the kernel finds the key of a signature");
		return -1;
	}
	memcpy(key->id, ASN1_STRING_get0_data(skid) + ASN1_STRING_length(skid) - 4, 4);
	return 0;
}

/* The first line of a file or descriptor. */
static int read_passphrase(int descriptor, char *text, int size)
{
	int length = 0;
	ssize_t count = 0;

	while (length < size && (count = read(descriptor, text + length, 1)) == 1 &&
	       text[length] != '\n')
		length++;
	return count < 0 ? -1 : length;
}

/* OpenSSL would otherwise ask on standard input. */
static bool has_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (terminal < 0)
		return false;
	(void)close(terminal);
	return true;
}

int passphrase_read(const struct passphrase *passphrase, char *text, int size, bool verify)
{
	int length = -1;

	if (passphrase->file) {
		int file = open(passphrase->file, O_RDONLY | O_CLOEXEC);

		length = file < 0 ? -1 : read_passphrase(file, text, size);
		if (length < 0)
			complain(passphrase->file, "read passphrase", "%s", strerror(errno));
		if (file >= 0)
			(void)close(file);
	} else if (passphrase->descriptor >= 0) {
		length = read_passphrase(passphrase->descriptor, text, size);
	} else if (size > 0 && has_terminal()) {
		const char *prompt = verify ? "Passphrase for the new keys: "
					    : "Passphrase of the key: ";

		length = EVP_read_pw_string(text, size, prompt, verify) == 0 ? (int)strlen(text)
									     : -1;
	}
	return length;
}

/* pem_password_cb: -1 ends the decoding. */
static int give_passphrase(char *text, int size, int writes, void *data)
{
	(void)writes;
	return passphrase_read(data, text, size, false);
}

static EVP_PKEY *decode_private(const uint8_t *data, size_t length,
				const struct passphrase *passphrase)
{
	EVP_PKEY *key = NULL;
	OSSL_DECODER_CTX *context = OSSL_DECODER_CTX_new_for_pkey(&key, NULL, NULL, NULL,
								  EVP_PKEY_KEYPAIR, NULL, NULL);
	const unsigned char *next = data;

	if (!context ||
	    OSSL_DECODER_CTX_set_pem_password_cb(context, give_passphrase, (void *)passphrase) !=
		    1 ||
	    OSSL_DECODER_from_data(context, &next, &length) != 1)
		key = NULL;
	OSSL_DECODER_CTX_free(context);
	return key;
}

/* A URI may have the PIN in it (RFC 7512): up to there it says enough. */
static const char *without_pin(const char *uri, char *text, size_t size)
{
	static const char pin[] = "pin-value=";
	const char *found = strstr(uri, pin);

	(void)snprintf(text, size, "%.*s%s", found ? (int)(found - uri) : (int)strlen(uri), uri,
		       found ? "pin-value=..." : "");
	return text;
}

static EVP_PKEY *private_from_engine(const char *uri)
{
	char name[512];
	ENGINE *engine = ENGINE_by_id("pkcs11");
	EVP_PKEY *key = NULL;

	if (!engine) {
		ERR_clear_error();
		complain(without_pin(uri, name, sizeof(name)), "open key",
			 "OpenSSL has no engine \"pkcs11\" (package libengine-pkcs11-openssl)");
		return NULL;
	}
	if (ENGINE_init(engine) == 1) {
		key = ENGINE_load_private_key(engine, uri, NULL, NULL);
		(void)ENGINE_finish(engine);
	}
	ENGINE_free(engine);
	if (!key)
		complain(without_pin(uri, name, sizeof(name)), "open key", "%s", openssl_reason());
	return key;
}

static EVP_PKEY *private_from_file(const char *path, const struct passphrase *passphrase)
{
	uint8_t data[FILE_MAX];
	ssize_t length = read_file(path, data, sizeof(data));

	if (length < 0)
		return NULL;
	EVP_PKEY *key = decode_private(data, (size_t)length, passphrase);

	OPENSSL_cleanse(data, sizeof(data));
	if (!key)
		complain(path, "read key",
			 "no private key in PEM or DER form, or not its passphrase");
	ERR_clear_error();
	return key;
}

int key_read_private(struct key *key, const char *path, const struct passphrase *passphrase)
{
	EVP_PKEY *private_key = strncmp(path, "pkcs11:", 7) == 0
		? private_from_engine(path)
		: private_from_file(path, passphrase);

	if (!private_key)
		return -1;
	if (X509_check_private_key(key->certificate, private_key) != 1) {
		ERR_clear_error();
		complain(key->name, "use certificate",
			 "the key that is given is not its key; the kernel would refuse every signature");
		EVP_PKEY_free(private_key);
		return -1;
	}
	EVP_PKEY_free(key->key);
	key->key = private_key;
	return 0;
}

const char *key_unfit(const struct key *key)
{
	uint32_t flags = X509_get_extension_flags(key->certificate);
	uint32_t usage = X509_get_key_usage(key->certificate);

	if (flags & EXFLAG_INVALID)
		return "its extensions cannot be read";
	if (flags & EXFLAG_CA)
		return "it is a CA's; newer kernels take no CA into this keyring";
	if (!(flags & EXFLAG_KUSAGE) || !(usage & KU_DIGITAL_SIGNATURE))
		return "its key usage lacks digitalSignature; newer kernels demand it";
	if (usage & KU_KEY_CERT_SIGN)
		return "its key may sign certificates; newer kernels refuse that here";
	return NULL;
}
