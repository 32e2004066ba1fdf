/* SPDX-License-Identifier: MIT */
/* Private keys and certificates: read, matched, and checked for what kernels demand. */
#include "keys.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "key_source.h"
#include "report.h"

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
	uint8_t data[KEY_FILE_MAX];
	ssize_t length = key_file_read(path, data, sizeof(data));

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

int key_read_private(struct key *key, const char *path, const struct passphrase *passphrase)
{
	EVP_PKEY *private_key = key_source_load(path, passphrase);

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
