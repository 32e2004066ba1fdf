/* SPDX-License-Identifier: MIT */
/* The fs-verity digest of a file (Documentation/filesystems/fsverity.rst). */
#ifndef IMACTL_VERITY_H
#define IMACTL_VERITY_H

#include "hash.h"

/**
 * verity_digest() - the file's own where fs-verity is enabled; else the one that it
 * will have when it is enabled with blocks of 4096 bytes and without a salt
 * @before: its fstat()
 *
 * Return: 0; -errno; -ESTALE: it changed while it was read; -EINVAL: fs-verity has
 * no such algorithm, or the file's own is another.
 */
int verity_digest(const struct hash *hash, int file, const struct stat *before,
		  uint8_t digest[DIGEST_MAX]);

/** verity_has() - whether fs-verity has an algorithm (SHA-256 and SHA-512) */
bool verity_has(const struct hash *hash);

#endif
