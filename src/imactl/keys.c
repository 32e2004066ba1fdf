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

/* The only one in DER form: the kernel reads one, and does not look at what is behind it. */
static X509 *decode_der(const uint8_t *data, size_t length)
{
	return d2i_X509(NULL, &data, (long)length);
}

int certificates_read(const char *path, certificate_function *found, void *data)
{
	uint8_t bytes[KEY_FILE_MAX];
	ssize_t length = key_file_read(path, bytes, sizeof(bytes));
	BIO *bio = length < 0 ? NULL : BIO_new_mem_buf(bytes, (int)length);
	X509 *certificate;
	int count = 0;

	if (length < 0)
		return -1;
	while (bio && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL))) {
		found(data, certificate);
		X509_free(certificate);
		count++;
	}
	BIO_free(bio);
	unsigned long error = ERR_peek_last_error();

	/* A bundle that is cut off, or has one that is damaged, is not half a bundle. */
	if (count > 0 && ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
		complain(path, "read certificate", "after %d that are right: %s", count, openssl_reason());
		return -1;
	}
	if (count == 0 && (certificate = decode_der(bytes, (size_t)length))) {
		found(data, certificate);
		X509_free(certificate);
		count++;
	}
	if (count == 0)
		complain(path, "read certificate", "neither PEM nor DER: %s", openssl_reason());
	ERR_clear_error();
	return count > 0 ? count : -1;
}

const uint8_t *certificate_identifier(const X509 *certificate, int *size)
{
	int at = X509_get_ext_by_NID(certificate, NID_subject_key_identifier, -1);
	const ASN1_OCTET_STRING *value =
		at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	const uint8_t *data = value ? ASN1_STRING_get0_data(value) : NULL;

	/* An OCTET STRING in the extension's own. */
	if (!data || ASN1_STRING_length(value) < 3 || data[0] != V_ASN1_OCTET_STRING ||
	    data[1] != ASN1_STRING_length(value) - 2)
		return NULL;
	*size = data[1];
	return data + 2;
}

int key_of_certificate(struct key *key, X509 *certificate, const char *name)
{
	int size = 0;
	const uint8_t *identifier = certificate_identifier(certificate, &size);

	memset(key, 0, sizeof(*key));
	key->name = OPENSSL_strdup(name);
	X509_up_ref(certificate);
	key->certificate = certificate;
	key->key = X509_get_pubkey(certificate);
	if (!key->key) {
		complain(name, "read certificate", "its key: %s", openssl_reason());
		return -1;
	}
	key->has_id = identifier && size >= 4;
	if (key->has_id)
		memcpy(key->id, identifier + size - 4, 4);
	return 0;
}

static void keep_first(void *data, X509 *certificate)
{
	X509 **first = data;

	if (*first)
		return;
	X509_up_ref(certificate);
	*first = certificate;
}

int key_read_certificate(struct key *key, const char *path)
{
	X509 *certificate = NULL;

	memset(key, 0, sizeof(*key));
	if (certificates_read(path, keep_first, &certificate) < 0) {
		X509_free(certificate);
		return -1;
	}
	int result = key_of_certificate(key, certificate, path);

	X509_free(certificate);
	if (result == 0 && !key->has_id) {
		complain(path, "read certificate",
			 "it has no subject key identifier of at least 4 bytes, by which the kernel finds "
			 "the key of a signature");
		return -1;
	}
	return result;
}

int key_read_loaded(struct key *key, const char *path)
{
	uint8_t data[KEY_FILE_MAX];
	ssize_t length = key_file_read(path, data, sizeof(data));
	X509 *certificate = length < 0 ? NULL : decode_der(data, (size_t)length);

	memset(key, 0, sizeof(*key));
	if (length >= 0 && !certificate)
		complain(path, "read certificate", "not in DER form: %s", openssl_reason());
	int result = certificate ? key_of_certificate(key, certificate, path) : -1;

	X509_free(certificate);
	return result;
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
