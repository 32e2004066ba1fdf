/* SPDX-License-Identifier: MIT */
/* The digests that the kernel knows by number, and digests of files. */
#include "hash.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xattr_format.h"

#define BUFFER_SIZE (256 * 1024)

/* SHA-1 and SHA-224 are still met in the field, SHA-3 is newer: nothing is signed with them here. */
static const struct hash hashes[] = {
	{ 2, "sha1", 20 },
	{ HASH_ALGORITHM_SHA256, "sha256", 32 },
	{ HASH_ALGORITHM_SHA384, "sha384", 48 },
	{ HASH_ALGORITHM_SHA512, "sha512", 64 },
	{ 7, "sha224", 28 },
	{ 20, "sha3-256", 32 },
	{ 21, "sha3-384", 48 },
	{ 22, "sha3-512", 64 },
};
#define HASHES (sizeof(hashes) / sizeof(hashes[0]))

const struct hash *hash_by_id(unsigned id)
{
	for (size_t i = 0; i < HASHES; i++)
		if (hashes[i].id == id)
			return &hashes[i];
	return NULL;
}

const struct hash *hash_by_name(const char *name)
{
	for (size_t i = 0; i < HASHES; i++)
		if (strcmp(hashes[i].name, name) == 0 && hashes[i].id >= HASH_ALGORITHM_SHA256 &&
		    hashes[i].id <= HASH_ALGORITHM_SHA512)
			return &hashes[i];
	return NULL;
}

void hasher_free(struct hasher *hasher)
{
	for (size_t i = 0; i < sizeof(hasher->algorithms) / sizeof(hasher->algorithms[0]); i++)
		EVP_MD_free(hasher->algorithms[i]);
	EVP_MD_CTX_free(hasher->context);
	free(hasher->buffer);
	memset(hasher, 0, sizeof(*hasher));
}

int hasher_start(struct hasher *hasher, const struct hash *hash)
{
	EVP_MD **algorithm = &hasher->algorithms[hash->id];

	if (!hasher->context)
		hasher->context = EVP_MD_CTX_new();
	if (!*algorithm)
		*algorithm = EVP_MD_fetch(NULL, hash->name, NULL);
	if (!hasher->context)
		return -ENOMEM;
	if (!*algorithm || EVP_DigestInit_ex2(hasher->context, *algorithm, NULL) != 1)
		return -ENOTSUP;
	return 0;
}

int hasher_add(struct hasher *hasher, const void *data, size_t size)
{
	return EVP_DigestUpdate(hasher->context, data, size) == 1 ? 0 : -ENOTSUP;
}

int hasher_end(struct hasher *hasher, uint8_t digest[DIGEST_MAX])
{
	return EVP_DigestFinal_ex(hasher->context, digest, NULL) == 1 ? 0 : -ENOTSUP;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

int file_unchanged(int file, const struct stat *before, bool attributes)
{
	struct stat after;

	if (fstat(file, &after) < 0)
		return -errno;
	if (after.st_size != before->st_size || !same_time(after.st_mtim, before->st_mtim))
		return -ESTALE;
	return attributes && !same_time(after.st_ctim, before->st_ctim) ? -ESTALE : 0;
}

int hash_file(struct hasher *hasher, const struct hash *hash, int file, const struct stat *before,
	      uint8_t digest[DIGEST_MAX])
{
	off_t at = 0;
	int error = hasher_start(hasher, hash);

	if (!hasher->buffer)
		hasher->buffer = malloc(BUFFER_SIZE);
	if (!hasher->buffer)
		return -ENOMEM;
	while (error == 0) {
		ssize_t count = pread(file, hasher->buffer, BUFFER_SIZE, at);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		at += count;
		error = hasher_add(hasher, hasher->buffer, (size_t)count);
	}
	if (error == 0)
		error = hasher_end(hasher, digest);
	if (error == 0)
		error = at == before->st_size ? file_unchanged(file, before, true) : -ESTALE;
	return error;
}
