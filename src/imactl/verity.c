/* SPDX-License-Identifier: MIT */
/* The fs-verity digest of a file. */
#include "verity.h"

#include <errno.h>
#include <linux/fsverity.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libfsverity.h>

bool verity_has(const struct hash *hash)
{
	return libfsverity_find_hash_alg_by_name(hash->name) != 0;
}

/* What the kernel says of a file that has it: 0, -ENODATA: it has not, -EINVAL: by another algorithm. */
static int measure(const struct hash *hash, int file, uint8_t digest[DIGEST_MAX])
{
	union {
		struct fsverity_digest head;
		uint8_t space[sizeof(struct fsverity_digest) + DIGEST_MAX];
	} measured = { .head.digest_size = DIGEST_MAX };

	if (ioctl(file, FS_IOC_MEASURE_VERITY, &measured) < 0)
		return -ENODATA;
	if (measured.head.digest_algorithm != libfsverity_find_hash_alg_by_name(hash->name) ||
	    measured.head.digest_size != hash->size)
		return -EINVAL;
	memcpy(digest, measured.head.digest, hash->size);
	return 0;
}

struct reading {
	int file;
	off_t at;
};

static int read_block(void *data, void *buffer, size_t count)
{
	struct reading *reading = data;

	while (count > 0) {
		ssize_t length = pread(reading->file, buffer, count, reading->at);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return length < 0 ? -errno : -ESTALE;
		reading->at += length;
		buffer = (uint8_t *)buffer + length;
		count -= (size_t)length;
	}
	return 0;
}

static int compute(const struct hash *hash, int file, const struct stat *before,
		   uint8_t digest[DIGEST_MAX])
{
	struct reading reading = { file, 0 };
	const struct libfsverity_merkle_tree_params parameters = {
		.version = 1, .hash_algorithm = libfsverity_find_hash_alg_by_name(hash->name),
		.file_size = (uint64_t)before->st_size, .block_size = 4096,
	};
	struct libfsverity_digest *computed = NULL;
	int error = libfsverity_compute_digest(&reading, read_block, &parameters, &computed);

	if (error == 0)
		memcpy(digest, computed->digest, hash->size);
	free(computed);
	return error;
}

int verity_digest(const struct hash *hash, int file, const struct stat *before,
		  uint8_t digest[DIGEST_MAX])
{
	int error = verity_has(hash) ? measure(hash, file, digest) : -EINVAL;

	if (error != -ENODATA)
		return error;
	error = compute(hash, file, before, digest);
	return error != 0 ? error : file_unchanged(file, before, true);
}
