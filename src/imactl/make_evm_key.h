/* SPDX-License-Identifier: MIT */
/* The EVM master key and the EVM HMAC key, made without the machine. */
#ifndef IMACTL_MAKE_EVM_KEY_H
#define IMACTL_MAKE_EVM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MASTER_KEY_SIZE 32
#define EVM_KEY_TEXT    256   /* "default user:kmk 32 " and 162 digits */

/** make_master_key() - random bytes; false with a line */
bool make_master_key(uint8_t key[MASTER_KEY_SIZE]);

/**
 * make_evm_key() - an encrypted key of 32 bytes in the kernel's own form
 * @master, @size: the user key `kmk`
 * @text: filled and terminated, without a newline
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
bool make_evm_key(const uint8_t *master, size_t size, char text[EVM_KEY_TEXT]);

#endif
