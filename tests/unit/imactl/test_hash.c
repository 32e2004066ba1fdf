/* SPDX-License-Identifier: MIT */
/* The digests of "abc" are those of FIPS 180-4's examples. */
#include "scratch.h"

#include <errno.h>

#include "hash.h"

struct vector_row {
	const char *name;
	unsigned id;
	bool signs;                  /* it is found by its name, too */
	const char *digest;
};

static const struct vector_row vector_rows[] = {
	{ "sha1", 2, false, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "sha224", 7, false, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ "sha256", 4, true, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "sha384", 5, true, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			     "8086072ba1e7cc2358baeca134c825a7" },
	{ "sha512", 6, true, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static const char *hex(const uint8_t *bytes, size_t size)
{
	static char text[2 * DIGEST_MAX + 1];

	for (size_t i = 0; i < size; i++)
		(void)sprintf(text + 2 * i, "%02x", bytes[i]);
	return text;
}

static void is_known(void **state)
{
	const struct vector_row *row = *state;
	const struct hash *hash = hash_by_id(row->id);
	struct hasher hasher = { .context = NULL };
	uint8_t digest[DIGEST_MAX];
	struct stat status;
	int file = open(scratch_file("abc", "abc", 3), O_RDONLY | O_CLOEXEC);

	assert_non_null(hash);
	assert_string_equal(hash->name, row->name);
	assert_ptr_equal(hash_by_name(row->name), row->signs ? hash : NULL);
	assert_int_equal(hasher_start(&hasher, hash), 0);
	assert_int_equal(hasher_add(&hasher, "a", 1), 0);
	assert_int_equal(hasher_add(&hasher, "bc", 2), 0);
	assert_int_equal(hasher_end(&hasher, digest), 0);
	assert_string_equal(hex(digest, hash->size), row->digest);
	assert_int_equal(fstat(file, &status), 0);
	assert_int_equal(hash_file(&hasher, hash, file, &status, digest), 0);
	assert_string_equal(hex(digest, hash->size), row->digest);
	(void)close(file);
	hasher_free(&hasher);
}

static void others_are_unknown(void **state)
{
	(void)state;
	assert_null(hash_by_id(0));
	assert_null(hash_by_id(1));
	assert_null(hash_by_id(8));
	assert_null(hash_by_id(260));
	assert_null(hash_by_name("SHA256"));
	assert_null(hash_by_name("sha256 "));
	assert_null(hash_by_name(""));
}

struct change_row {
	const char *name;
	off_t size;
	long mtime, ctime;           /* nanoseconds later */
	int result;
};

static const struct change_row change_rows[] = {
	{ "a file that stays as it was", 0, 0, 0, 0 },
	{ "  that grew", 1, 0, 0, -ESTALE },
	{ "  that shrank", -1, 0, 0, -ESTALE },
	{ "  that was written", 0, 1, 0, -ESTALE },
	{ "  whose owner, mode or attributes changed", 0, 0, 1, -ESTALE },
};

/* What was known before differs from what is there by so much. */
static void notices_a_change(void **state)
{
	const struct change_row *row = *state;
	struct hasher hasher = { .context = NULL };
	uint8_t digest[DIGEST_MAX];
	struct stat before;
	int file = open(scratch_file("file", "content", 7), O_RDONLY | O_CLOEXEC);

	assert_int_equal(fstat(file, &before), 0);
	before.st_size -= row->size;
	before.st_mtim.tv_nsec -= row->mtime;
	before.st_ctim.tv_nsec -= row->ctime;
	assert_int_equal(hash_file(&hasher, hash_by_id(4), file, &before, digest), row->result);
	(void)close(file);
	hasher_free(&hasher);
}

static void a_directory_is_an_error(void **state)
{
	struct hasher hasher = { .context = NULL };
	uint8_t digest[DIGEST_MAX];
	struct stat status;
	int file = open(scratch, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(fstat(file, &status), 0);
	assert_int_equal(hash_file(&hasher, hash_by_id(4), file, &status, digest), -EISDIR);
	(void)close(file);
	assert_int_equal(hash_file(&hasher, hash_by_id(4), -1, &status, digest), -EBADF);
	hasher_free(&hasher);
}

int main(void)
{
	make_scratch();
	ADD_ROWS(vector_rows, is_known);
	add_test("other numbers and names are unknown", others_are_unknown, NULL);
	ADD_ROWS(change_rows, notices_a_change);
	add_test("what cannot be read is an error", a_directory_is_an_error, NULL);
	return run_table("hash");
}
