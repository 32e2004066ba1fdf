/* SPDX-License-Identifier: MIT */
/* Where a private key comes from: a file, a PKCS#11 token, or a TPM. */
#ifndef IMACTL_KEY_SOURCE_H
#define IMACTL_KEY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/evp.h>

#define KEY_FILE_MAX (64 * 1024)     /* bytes of a key or a certificate */

/* Where a passphrase or PIN comes from; all unset: a prompt on /dev/tty. */
struct passphrase {
	const char *file;
	int descriptor;          /* -1: none */
};

/**
 * passphrase_read() - the passphrase, from where it comes from
 * @text, @size: filled, not terminated
 * @verify: it is new: asked for twice on a terminal
 *
 * Return: its length, or -1, for a file after a line that says what is wrong.
 */
int passphrase_read(const struct passphrase *passphrase, char *text, int size, bool verify);

/**
 * key_file_read() - a small file, whole; the caller cleanses it
 *
 * Return: its length, or -1 after a line that says what is wrong: @size bytes
 * or more, or not a regular file.
 */
ssize_t key_file_read(const char *path, uint8_t *data, size_t size);

/**
 * key_source_load() - a private key
 * @name: a PEM or DER file, also of a TPM's key (TSS2 PRIVATE KEY); a pkcs11:
 *        URI (OpenSSL's engine "pkcs11"); a handle: or object: URI (OpenSSL's
 *        provider "tpm2"; with ?pass behind it the password is asked for)
 * @passphrase: of an encrypted file, a token (its PIN) or a TPM's key
 *
 * Return: the key, for the caller to free; or NULL after a line that says what is wrong.
 */
EVP_PKEY *key_source_load(const char *name, const struct passphrase *passphrase);

/**
 * key_source_lock() - have a key to oneself, for one signature; nothing but for a TPM's
 *
 * tpm2-openssl 1.1.1 mixes up what two threads say to the TPM.
 */
void key_source_lock(const EVP_PKEY *key);
void key_source_unlock(const EVP_PKEY *key);

/**
 * key_source_query() - the property query by which OpenSSL signs where the key is
 * @text, @size: filled
 *
 * Without it a key of the provider "tpm2" is exported to the default one, its
 * public half alone, and cannot sign there (OpenSSL 3.0).
 *
 * Return: @text, or NULL: no provider has the key.
 */
const char *key_source_query(const EVP_PKEY *key, char *text, size_t size);

#endif
