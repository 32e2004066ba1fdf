/* SPDX-License-Identifier: MIT */
/* The HMAC that a machine itself writes into security.evm, checked with its keys. */
#ifndef IMACTL_EVM_HMAC_H
#define IMACTL_EVM_HMAC_H

#include "evm_digest.h"

#define EVM_HMAC_SIZE 20         /* HMAC-SHA-1 */

/* The HMAC key; wiped by whoever read it. */
struct evm_hmac_key {
	uint8_t bytes[128];          /* MAX_KEY_SIZE in evm_crypto.c: zeros behind the key count */
};

/**
 * evm_hmac_read_key() - kmk and evm-key of a directory, as `imactl keygen evm-key` makes them
 *
 * Return: false with a line; evm-key is not under this kmk, for one.
 */
bool evm_hmac_read_key(struct evm_hmac_key *key, const char *directory);

/**
 * evm_hmac() - what security.evm of a file should hold behind its type byte
 *
 * Return: 0; -errno; -EOPNOTSUPP: the file system does not tell its UUID or the
 * file's generation.
 */
int evm_hmac(const struct evm_hmac_key *key, int file, const struct stat *status,
	     const struct value *ima, const struct evm_target *target, uint8_t hmac[EVM_HMAC_SIZE]);

#endif
