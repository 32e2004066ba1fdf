/* SPDX-License-Identifier: MIT */
/* New keys, and certificates by the profiles of keys/. */
#ifndef IMACTL_MAKE_CERTIFICATE_H
#define IMACTL_MAKE_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "kernels.h"

/** make_key() - @type: rsa2048, rsa3072, rsa4096, p256 or p384; NULL with a line */
EVP_PKEY *make_key(const char *type);

/** is_key_type() - whether make_key() knows it */
bool is_key_type(const char *type);

struct certificate_request {
	const char *profile;         /* path of an OpenSSL configuration */
	const char *section;         /* of it, with the extensions */
	bool is_ca;
	const char *common_name;
	int days;
	EVP_PKEY *key;
	X509 *issuer;                /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	const struct kernels *kernels;  /* that it is for */
};

/**
 * make_certificate() - by the profile, signed, and fit for the keyring that it is for
 *
 * A profile of one's own may lack what the kernel wants; that is found here and
 * not at the boot.
 *
 * Return: NULL with a line that names the profile and what is wrong.
 */
X509 *make_certificate(const struct certificate_request *request);

/**
 * write_private_key() - as PKCS#8 in PEM form
 * @passphrase, @length: with one it is encrypted: AES-256, scrypt; or NULL
 *
 * Return: false without a line.
 */
bool write_private_key(BIO *bio, EVP_PKEY *key, const char *passphrase, int length);

#endif
