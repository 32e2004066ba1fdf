/* SPDX-License-Identifier: MIT */
/*
 * Signatures in security.ima and security.evm: their form (xattr_format.h),
 * making and verifying them. A comparison of OpenSSL's with 1 stands only here.
 */
#ifndef IMACTL_SIGNATURE_H
#define IMACTL_SIGNATURE_H

#include <stdbool.h>

#include "hash.h"
#include "keys.h"
#include "layout.h"
#include "xattr_format.h"

/* The value of an attribute. */
struct value {
	uint8_t data[LIMIT_XATTR];
	size_t size;                 /* 0: the attribute is not there */
};

/*
 * Version 2 signs a digest. Version 3 signs the digest of struct ima_file_id: the
 * type of the attribute, the number of the algorithm and that digest, so that no
 * signature of one kind can be taken for another's. Linux reads it in type 6
 * since 5.19 (calc_file_id_hash() in ima_appraise.c), in types 3 and 5 since 7.1.
 */
#define SIGNATURE_V2 2
#define SIGNATURE_V3 3

/* A value that is a signature, taken apart; the pointer is into the value. */
struct signature {
	enum xattr_type type;
	uint8_t version;             /* SIGNATURE_V2 or SIGNATURE_V3 */
	const struct hash *hash;
	uint8_t key_id[4];
	const uint8_t *bytes;
	size_t size;
};

/* What a value is; the order is that of the checks. */
enum signature_form {
	FORM_SIGNATURE,
	FORM_NONE,                   /* the attribute is not there */
	FORM_DIGEST,                 /* types 1 and 4 */
	FORM_HMAC,                   /* type 2 */
	FORM_OTHER_TYPE,             /* a type that does not belong into this attribute */
	FORM_VERSION,                /* a version that no kernel reads in this type */
	FORM_HASH,                   /* a digest that cannot be verified */
	FORM_SIZE,                   /* cut off, or bytes behind the end */
};

/**
 * signature_parse() - take a value apart
 * @type: the type of signature that the attribute may hold
 * @signature: set for FORM_SIGNATURE only
 */
enum signature_form signature_parse(const struct value *value, enum xattr_type type,
				    struct signature *signature);

/** signature_form_word() - a form in words, such as "unsigned" */
const char *signature_form_word(enum signature_form form);

/* A key at work in one thread. */
struct signer {
	const struct key *key;
	EVP_PKEY_CTX *context;
	const struct hash *hash;     /* that the context is set up for */
	bool signs;
};

void signer_free(struct signer *signer);

/**
 * signature_make() - sign a digest
 * @signer: its key is set; the rest is zero or of an earlier call
 * @type: XATTR_TYPE_DIGSIG, XATTR_TYPE_PORTABLE, or XATTR_TYPE_VERITY with version 3
 * @version: SIGNATURE_V2 or SIGNATURE_V3
 * @value: filled
 *
 * RSA: PKCS#1 v1.5 with the digest's identifier; ECDSA: DER; as evmctl's
 * sign_hash_v2() and the kernel's asymmetric_verify() have it.
 *
 * Return: true, or false with a line that says why not.
 */
bool signature_make(struct signer *signer, enum xattr_type type, uint8_t version,
		    const struct hash *hash, const uint8_t *digest, struct value *value);

/** signature_right() - whether a signature is that of a digest by the signer's key */
bool signature_right(struct signer *signer, const struct signature *signature,
		     const uint8_t *digest);

#endif
