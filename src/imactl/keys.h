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
	bool has_id;             /* without one the kernel finds it for no signature */
	char *name;              /* path or URI, for messages */
};

void key_free(struct key *key);

/* What is done with each certificate of a file; it is freed afterwards. */
typedef void certificate_function(void *data, X509 *certificate);

/**
 * certificates_read() - all certificates of a file: one in DER form, or any number in PEM form
 *
 * Return: how many, or -1 after a line that says what is wrong.
 */
int certificates_read(const char *path, certificate_function *found, void *data);

/**
 * certificate_identifier() - its subject key identifier, whatever else is wrong with its extensions
 * @size: set to its length
 *
 * Return: in the certificate, or NULL.
 */
const uint8_t *certificate_identifier(const X509 *certificate, int *size);

/**
 * key_read_loaded() - as key_read_certificate(), of a file that the kernel loads: DER alone, and with
 * or without an identifier
 */
int key_read_loaded(struct key *key, const char *path);

/** key_of_certificate() - of one that was read, with or without an identifier; it keeps a reference */
int key_of_certificate(struct key *key, X509 *certificate, const char *name);

/**
 * key_read_certificate() - a certificate, PEM or DER, and its public key; of several, the first
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

#endif
