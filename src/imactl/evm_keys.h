/* SPDX-License-Identifier: MIT */
/* The EVM master key and the EVM HMAC key, without the machine or by a running kernel. */
#ifndef IMACTL_EVM_KEYS_H
#define IMACTL_EVM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

#define EVM_KEY_SIZE 32
#define EVM_KEY_TEXT 256   /* "default trusted:kmk 32 " and 162 digits */

/* Wiped by whoever made it. */
struct evm_keys {
	uint8_t master[LIMIT_KMK + 1];   /* what the file kmk holds */
	size_t master_size;
	char evm_key[EVM_KEY_TEXT];      /* terminated, without a newline */
};

/** make_master_key() - 32 random bytes as master key; false with a line */
bool make_master_key(struct evm_keys *keys);

/**
 * read_master_key() - an existing master key, a regular file of KMK_MIN to LIMIT_KMK bytes
 *
 * Warns where others may read it.
 *
 * Return: false with a line.
 */
bool read_master_key(struct evm_keys *keys, const char *path);

/**
 * make_evm_key() - an encrypted key of 32 bytes in the kernel's own form
 * @keys: with a master key, the user key `kmk`; evm_key is filled
 *
 * security/keys/encrypted-keys/encrypted.c (6.1): format, master key and length,
 * then in hex the initialisation vector with a zero byte, the ciphertext, and an
 * HMAC over all of it. The kernel decrypts the ciphertext with AES-256-CBC under
 * a key derived from the master key, and takes what comes out as HMAC key. A
 * random ciphertext decrypts to a random key: so nothing is encrypted here, and
 * the HMAC key is never in this program's hands.
 *
 * Return: false with a line.
 */
bool make_evm_key(struct evm_keys *keys);

/** read_evm_key() - an existing evm-key, under a user key; false with a line */
bool read_evm_key(struct evm_keys *keys, const char *path);

/**
 * open_evm_key() - the HMAC key itself
 * @keys: with master key and evm-key
 * @path: of evm-key, for messages
 *
 * Return: false with a line: it is not under this master key.
 */
bool open_evm_key(const struct evm_keys *keys, const char *path, uint8_t key[EVM_KEY_SIZE]);

/** evm_key_is_under() - whether an evm-key of right form was made with this user key as kmk */
bool evm_key_is_under(const char *text, const uint8_t *master, size_t master_size);

/**
 * make_live_keys() - by the running kernel, in this process's own keyring
 * @type: "user": the master key of @keys is used; "trusted": the kernel makes one,
 *	sealed by this machine's TPM or what it has instead, and @keys gets the blob
 * @options: for a trusted key, what comes behind "new 32", or NULL
 *
 * Return: false with a line.
 */
bool make_live_keys(struct evm_keys *keys, const char *type, const char *options);

#endif
