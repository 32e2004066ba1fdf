/* SPDX-License-Identifier: MIT */
/* POSIX ACLs. */
#include "acl.h"

#include <string.h>

#include "bytes.h"

#define VERSION      2               /* POSIX_ACL_XATTR_VERSION */
#define VERSION_EXT4 1               /* EXT4_ACL_VERSION */
#define ENTRY        8               /* tag, permissions, id */
#define ENTRY_SHORT  4               /* the same of ext4, without an id */

enum { TAG_USER = 2, TAG_GROUP_OBJ = 4, TAG_GROUP = 8, TAG_MASK = 16 };

bool is_acl(const char *name)
{
	return strcmp(name, ACL_ACCESS) == 0 || strcmp(name, ACL_DEFAULT) == 0;
}

int acl_group_bits(const uint8_t *acl, size_t size)
{
	int bits = -1, mask = 7;

	if (size < 4 || get32(acl) != VERSION || (size - 4) % ENTRY != 0)
		return -1;
	for (size_t at = 4; at < size; at += ENTRY) {
		unsigned tag = get16(acl + at), permissions = get16(acl + at + 2) & 7;

		if (tag == TAG_GROUP_OBJ)
			bits = (int)permissions;
		else if (tag == TAG_MASK)
			mask = (int)permissions;
	}
	return bits < 0 ? -1 : bits & mask;
}

size_t acl_from_ext4(const uint8_t *bytes, size_t size, uint8_t *acl)
{
	static const uint8_t version[] = { VERSION, 0, 0, 0 };
	size_t used = sizeof(version);

	if (size < 4 || get32(bytes) != VERSION_EXT4)
		return 0;
	memcpy(acl, version, sizeof(version));
	for (size_t at = 4; at < size;) {
		unsigned tag = size - at < ENTRY_SHORT ? 0 : get16(bytes + at);
		bool has_id = tag == TAG_USER || tag == TAG_GROUP;
		size_t length = has_id ? ENTRY : ENTRY_SHORT;

		if (size - at < length || ACL_SIZE_MAX - used < ENTRY)
			return 0;
		/* ACL_UNDEFINED_ID. */
		memset(acl + used, 0xff, ENTRY);
		memcpy(acl + used, bytes + at, length);
		at += length;
		used += ENTRY;
	}
	return used;
}
