/* SPDX-License-Identifier: MIT */
/* The digests that the kernel knows by number, and digests of files. */
#ifndef IMACTL_HASH_H
#define IMACTL_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#define DIGEST_MAX 64        /* SHA-512 */

struct hash {
	uint8_t id;          /* enum hash_algo, include/uapi/linux/hash_info.h */
	const char *name;    /* as the kernel and OpenSSL write it */
	size_t size;
};

/** hash_by_id() - one of those that can be verified, or NULL */
const struct hash *hash_by_id(unsigned id);

/** hash_by_name() - one of those that can be signed with (SHA-256, 384, 512), or NULL */
const struct hash *hash_by_name(const char *name);

/* Digests for one thread; the algorithms are looked up once. Zero it before use. */
struct hasher {
	EVP_MD *algorithms[23];
	EVP_MD_CTX *context;
	uint8_t *buffer;
};

void hasher_free(struct hasher *hasher);

/** hasher_start(), hasher_add(), hasher_end() - 0, or -ENOMEM / -ENOTSUP of OpenSSL's making */
int hasher_start(struct hasher *hasher, const struct hash *hash);
int hasher_add(struct hasher *hasher, const void *data, size_t size);
int hasher_end(struct hasher *hasher, uint8_t digest[DIGEST_MAX]);

/**
 * hash_file() - the digest of what an open file holds
 * @before: its fstat()
 *
 * Return: 0, -errno, or -ESTALE: it changed while it was read.
 */
int hash_file(struct hasher *hasher, const struct hash *hash, int file, const struct stat *before,
	      uint8_t digest[DIGEST_MAX]);

/**
 * file_unchanged() - whether a file is as it was when it was opened
 * @attributes: its metadata, too, and not only its content
 *
 * Return: 0, -ESTALE or -errno.
 */
int file_unchanged(int file, const struct stat *before, bool attributes);

#endif
