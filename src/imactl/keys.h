/* SPDX-License-Identifier: MIT */
/* Private keys and certificates: read, matched, and checked for what kernels demand. */
#ifndef IMACTL_KEYS_H
#define IMACTL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "key_source.h"

struct key {
	EVP_PKEY *key;           /* private where it signs */
	X509 *certificate;
	uint8_t id[4];           /* of the certificate: the last four bytes of its SKID */
	char *name;              /* path or URI, for messages */
};

void key_free(struct key *key);

/**
 * key_read_certificate() - a certificate, PEM or DER, and its public key
 *
 * Return: 0, or -1 after a line that says what is wrong; no SKID is wrong: the
 * kernel finds the key of a signature by it.
 */
int key_read_certificate(struct key *key, const char *path);

/**
 * key_read_private() - the private key of a certificate that was read
 * @key: replaced in it is the public key
 * @path: as of key_source_load()
 *
 * Return: 0, or -1 after a line that says what is wrong.
 */
int key_read_private(struct key *key, const char *path, const struct passphrase *passphrase);

/**
 * key_unfit() - why a kernel would not take a certificate into .ima or .evm
 *
 * Linux 6.12 takes only certificates with digitalSignature, and none that is a
 * CA or may sign certificates; 6.1 takes any (crypto/asymmetric_keys/restrict.c).
 *
 * Return: the reason, or NULL.
 */
const char *key_unfit(const struct key *key);

#endif
