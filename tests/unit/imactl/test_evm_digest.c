/* SPDX-License-Identifier: MIT */
/*
 * The message is put together here by hand, from evm_calc_hmac_or_hash() of
 * Linux 6.1; the boot tests ask a kernel. The attributes of the file are made up:
 * setting most of security.* needs root and a file system that takes it.
 */
#include "table.h"

#include <errno.h>
#include <sys/xattr.h>

#include "evm_digest.h"
#include "options.h"

static const struct attribute {
	const char *name, *value;
} *attributes;                       /* of the row at hand, ended by a name that is NULL */
static int list_error;

ssize_t flistxattr(int file, char *list, size_t size)
{
	size_t used = 0;

	(void)file;
	if (list_error) {
		errno = list_error;
		return -1;
	}
	for (const struct attribute *a = attributes; a && a->name; a++) {
		assert_true(used + strlen(a->name) + 1 <= size);
		strcpy(list + used, a->name);
		used += strlen(a->name) + 1;
	}
	return (ssize_t)used;
}

ssize_t fgetxattr(int file, const char *name, void *value, size_t size)
{
	(void)file;
	for (const struct attribute *a = attributes; a && a->name; a++)
		if (strcmp(a->name, name) == 0) {
			assert_true(strlen(a->value) <= size);
			memcpy(value, a->value, strlen(a->value));
			return (ssize_t)strlen(a->value);
		}
	errno = ENODATA;
	return -1;
}

/* struct h_misc: inode number, generation, uid, gid, mode, and padding to its alignment. */
#define MISC_64 "\0\0\0\0\0\0\0\0" MISC
#define MISC_32 "\0\0\0\0" MISC
#define MISC "\0\0\0\0" "\xe8\x03\0\0" "\x01\x02\0\0" "\xed\x81" "\0\0"
#define BYTES(text) text, sizeof(text) - 1

struct digest_row {
	const char *name;
	struct attribute attributes[4];
	const char *more[4];         /* --evm-xattr */
	bool is_32_bit;
	const char *message;
	size_t size;
};

static const struct digest_row digest_rows[] = {
	{ "security.ima and the metadata", { { NULL, NULL } }, { NULL }, false, BYTES("IMA" MISC_64) },
	{ "  on a machine of 32 bits", { { NULL, NULL } }, { NULL }, true, BYTES("IMA" MISC_32) },
	{ "attributes in the order of the kernel, not of the file",
	  { { "security.capability", "CAP" }, { "security.SMACK64", "SMACK" }, { "security.selinux", "SE" } },
	  { NULL }, false, BYTES("SE" "SMACK" "IMA" "CAP" MISC_64) },
	{ "what is not protected counts for nothing",
	  { { "user.a", "A" }, { "security.evm", "EVM" }, { "security.other", "O" } },
	  { NULL }, false, BYTES("IMA" MISC_64) },
	{ "security.ima is what is given, not what is there", { { "security.ima", "OLD" } },
	  { NULL }, false, BYTES("IMA" MISC_64) },
	{ "more names, behind the kernel's, in their order",
	  { { "security.a", "A" }, { "security.b", "B" }, { "security.selinux", "SE" } },
	  { "security.b", "security.a" }, false, BYTES("SE" "IMA" "B" "A" MISC_64) },
	{ "a name more that the file has not", { { "security.b", "B" } },
	  { "security.a" }, false, BYTES("IMA" MISC_64) },
	{ "a name twice is one to the kernel", { { "security.a", "A" } },
	  { "security.a", "security.a" }, false, BYTES("IMA" "A" MISC_64) },
	{ "  and so is one that it protects already", { { "security.selinux", "SE" } },
	  { "security.selinux", "security.ima" }, false, BYTES("SE" "IMA" MISC_64) },
};

static const struct stat status = { .st_uid = 1000, .st_gid = 0x201, .st_mode = S_IFREG | 0755 };
static const struct value ima = { .data = "IMA", .size = 3 };

static void is_digest_of_message(void **state)
{
	const struct digest_row *row = *state;
	struct evm_xattrs more = { .count = 0 };
	struct evm_target target = { .is_32_bit = row->is_32_bit, .more = more.names };
	struct hasher hasher = { .context = NULL };
	uint8_t digest[DIGEST_MAX], expected[DIGEST_MAX];
	size_t size;

	for (size_t i = 0; i < COUNT(row->more) && row->more[i]; i++)
		assert_int_equal(evm_xattrs_add(&more, "sign", row->more[i]), EXIT_OK);
	attributes = row->attributes;
	assert_int_equal(evm_digest(&hasher, hash_by_id(4), -1, &status, &ima, &target, digest), 0);
	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, row->message, row->size, expected, &size), 1);
	assert_memory_equal(digest, expected, size);
	hasher_free(&hasher);
	attributes = NULL;
}

/* printf 'IMA...' | sha256sum, of the first row's message. */
static void is_known(void **state)
{
	static const uint8_t known[] = {
		0xf2, 0x4e, 0x5d, 0xc1, 0x69, 0x03, 0xa4, 0x32, 0x3e, 0xaa, 0xda,
		0xc4, 0x53, 0xdd, 0xe6, 0x42, 0x8a, 0x05, 0xa3, 0xe4, 0x80, 0xec,
		0x54, 0xdf, 0x17, 0x4d, 0x1c, 0x79, 0x0a, 0x76, 0x16, 0xcb,
	};
	struct hasher hasher = { .context = NULL };
	struct evm_target target = { .more = NULL };
	uint8_t digest[DIGEST_MAX];

	(void)state;
	assert_int_equal(evm_digest(&hasher, hash_by_id(4), -1, &status, &ima, &target, digest), 0);
	assert_memory_equal(digest, known, sizeof(known));
	hasher_free(&hasher);
}

static void an_error_is_none_of_a_file_system_without(void **state)
{
	struct hasher hasher = { .context = NULL };
	struct evm_target target = { .more = NULL };
	uint8_t digest[DIGEST_MAX];

	(void)state;
	list_error = EOPNOTSUPP;
	assert_int_equal(evm_digest(&hasher, hash_by_id(4), -1, &status, &ima, &target, digest), 0);
	list_error = EIO;
	assert_int_equal(evm_digest(&hasher, hash_by_id(4), -1, &status, &ima, &target, digest), -EIO);
	list_error = 0;
	hasher_free(&hasher);
}

int main(void)
{
	add_test("a digest that sha256sum made", is_known, NULL);
	ADD_ROWS(digest_rows, is_digest_of_message);
	add_test("a list of attributes that cannot be read", an_error_is_none_of_a_file_system_without, NULL);
	return run_table("evm_digest");
}
