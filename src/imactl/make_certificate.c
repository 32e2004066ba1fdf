/* SPDX-License-Identifier: MIT */
/* New keys, and certificates by the profiles of keys/. */
#include "make_certificate.h"

#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "input.h"
#include "kernels.h"
#include "key_source.h"
#include "report.h"

#define SERIAL_BITS 159      /* at most 20 bytes with the sign (RFC 5280) */
#define DAY         86400
/* 16 MiB and some 50 ms a passphrase: what OpenSSL reads without being told to allow more. */
#define SCRYPT_N    16384
#define SCRYPT_R    8
#define SCRYPT_P    1

static const struct {
	const char *name;
	int bits;                    /* RSA */
	const char *curve;           /* or this */
} types[] = {
	{ "rsa2048", 2048, NULL }, { "rsa3072", 3072, NULL }, { "rsa4096", 4096, NULL },
	{ "p256", 0, "P-256" }, { "p384", 0, "P-384" },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static const char *openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : "OpenSSL refused";
}

bool is_key_type(const char *type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].name, type) == 0)
			return true;
	return false;
}

EVP_PKEY *make_key(const char *type)
{
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].name, type) == 0)
			key = types[i].curve ? EVP_EC_gen(types[i].curve)
					     : EVP_RSA_gen((unsigned)types[i].bits);
	if (!key)
		complain(type, "make key", "%s", openssl_reason());
	return key;
}

/* The digest is as strong as the key that signs. */
static const EVP_MD *digest_for(EVP_PKEY *key)
{
	return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

static bool set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool set = number &&
		BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
		BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));

	BN_free(number);
	return set;
}

static bool set_names(X509 *certificate, const struct certificate_request *request)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					  (const unsigned char *)request->common_name, -1, -1,
					  0) == 1 &&
		X509_set_issuer_name(certificate,
				     request->issuer ? X509_get_subject_name(request->issuer)
						     : name) == 1;
}

static bool add_extensions(X509 *certificate, const struct certificate_request *request)
{
	CONF *profile = NCONF_new(NULL);
	X509V3_CTX context;
	long line = 0;

	X509V3_set_ctx(&context, request->issuer ? request->issuer : certificate, certificate, NULL,
		       NULL, 0);
	FILE *in = input_stream(request->profile);
	int error = in ? 0 : errno;
	bool read = in && profile && NCONF_load_fp(profile, in, &line) == 1;

	if (in)
		(void)fclose(in);
	if (!read) {
		if (error != 0)
			complain(request->profile, "read profile", "%s", input_reason(error));
		else if (line > 0)
			complain(request->profile, "read profile", "line %ld: %s", line,
				 openssl_reason());
		else
			complain(request->profile, "read profile", "%s", openssl_reason());
		NCONF_free(profile);
		return false;
	}
	X509V3_set_nconf(&context, profile);
	bool added = X509V3_EXT_add_nconf(profile, &context, request->section, certificate) == 1;

	if (!added)
		complain(request->profile, "read profile", "section %s: %s", request->section,
			 openssl_reason());
	NCONF_free(profile);
	return added;
}

/* What the kernel would not take, or not find again; NULL: nothing. */
static const char *why_unfit(X509 *certificate, const struct certificate_request *request)
{
	static char reason[KERNELS_REASON];
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(certificate);

	if (!skid || ASN1_STRING_length(skid) < 4)
		return "it gives no subject key identifier, by which the kernel finds the key of a signature";
	if (request->issuer && !X509_get0_authority_key_id(certificate))
		return "it gives no authority key identifier, by which the kernel finds the CA";
	if (!kernels_take_certificate(request->kernels, certificate, reason) ||
	    !kernels_take_key(request->kernels, certificate, reason))
		return reason;
	if (!request->is_ca)
		return kernels_take_signer(request->kernels, certificate, reason) ? NULL : reason;
	return X509_check_ca(certificate) == 1
		? NULL
		: "it gives no CA: basicConstraints CA:TRUE, keyUsage keyCertSign";
}

X509 *make_certificate(const struct certificate_request *request)
{
	EVP_PKEY *signer = request->issuer ? request->issuer_key : request->key;
	char query[64];
	X509 *certificate = X509_new_ex(NULL, key_source_query(signer, query, sizeof(query)));
	/* A day back: the clocks of build hosts differ, and the kernel does not look at it. */
	bool made = certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
		set_serial(certificate) && set_names(certificate, request) &&
		X509_set_pubkey(certificate, request->key) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY) &&
		X509_time_adj_ex(X509_getm_notAfter(certificate), request->days, 0, NULL);

	if (!made)
		complain(request->common_name, "make certificate", "%s", openssl_reason());
	if (made && !add_extensions(certificate, request))
		made = false;
	else if (made && X509_sign(certificate, signer, digest_for(signer)) == 0) {
		complain(request->common_name, "sign certificate", "%s", openssl_reason());
		made = false;
	}
	const char *unfit = made ? why_unfit(certificate, request) : NULL;

	if (unfit) {
		complain(request->profile, "make certificate", "section %s: %s", request->section,
			 unfit);
		made = false;
	}
	if (!made) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

bool write_private_key(BIO *bio, EVP_PKEY *key, const char *passphrase, int length)
{
	if (!passphrase)
		return PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;

	PKCS8_PRIV_KEY_INFO *clear = EVP_PKEY2PKCS8(key);
	X509_ALGOR *method = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N,
						   SCRYPT_R, SCRYPT_P);
	X509_SIG *encrypted = clear && method ? PKCS8_set0_pbe(passphrase, length, clear, method)
					      : NULL;
	bool written = encrypted && PEM_write_bio_PKCS8(bio, encrypted) == 1;

	/* The method is the encrypted key's, once there is one. */
	if (!encrypted)
		X509_ALGOR_free(method);
	X509_SIG_free(encrypted);
	PKCS8_PRIV_KEY_INFO_free(clear);
	return written;
}
