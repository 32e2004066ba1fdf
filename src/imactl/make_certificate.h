/* SPDX-License-Identifier: MIT */
/* New keys, and certificates by the profiles of keys/. */
#ifndef IMACTL_MAKE_CERTIFICATE_H
#define IMACTL_MAKE_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/** make_key() - @type: rsa2048, rsa3072, rsa4096, p256 or p384; NULL with a line */
EVP_PKEY *make_key(const char *type);

/** is_key_type() - whether make_key() knows it */
bool is_key_type(const char *type);

struct certificate_request {
	const char *profile;         /* path of an OpenSSL configuration */
	const char *section;         /* of it, with the extensions */
	const char *common_name;
	int days;
	EVP_PKEY *key;
	X509 *issuer;                /* NULL: self-signed */
	EVP_PKEY *issuer_key;
};

/** make_certificate() - NULL with a line that names the profile and what is wrong */
X509 *make_certificate(const struct certificate_request *request);

#endif
