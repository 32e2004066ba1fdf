/* SPDX-License-Identifier: MIT */
/* What security.ima and security.evm of a file claim. */
#include "signature.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "layout.h"

enum signature_kind signature_read(int file, const char *attribute, enum xattr_type type,
				   uint32_t *key_id)
{
	uint8_t value[LIMIT_XATTR];
	struct signature_header header;
	ssize_t length = fgetxattr(file, attribute, value, sizeof(value));

	if (length < 0)
		return errno == ENODATA ? SIGNATURE_NONE : SIGNATURE_OTHER;
	if (length > 0 && (value[0] == XATTR_TYPE_DIGEST || value[0] == XATTR_TYPE_DIGEST_NG))
		return SIGNATURE_DIGEST;
	if ((size_t)length <= sizeof(header))
		return SIGNATURE_OTHER;
	memcpy(&header, value, sizeof(header));

	size_t size = (size_t)header.signature_size[0] << 8 | header.signature_size[1];

	if (header.type != type || (header.version != 2 && header.version != 3) ||
	    size != (size_t)length - sizeof(header))
		return SIGNATURE_OTHER;
	*key_id = (uint32_t)header.key_id[0] << 24 | (uint32_t)header.key_id[1] << 16 |
		  (uint32_t)header.key_id[2] << 8 | header.key_id[3];
	return SIGNATURE_SIGNED;
}
