/* SPDX-License-Identifier: MIT */
#include "format/canary.h"

#include <string.h>

#include "layout.h"

static const char *wrong_signature(const struct canary *canary, const char *digest)
{
	if (canary->ima_size != CANARY_XATTR_SIZE ||
	    memcmp(canary->ima, digest, CANARY_XATTR_SIZE) != 0)
		return "does not have the SHA-256 digest of its content as security.ima";
	/* A running kernel with an HMAC key adds an HMAC to every file that is labelled. */
	if (canary->evm_size != 0 &&
	    (canary->evm_size != XATTR_HMAC_SIZE || canary->evm[0] != XATTR_TYPE_HMAC))
		return "has a security.evm that is not an HMAC";
	return NULL;
}

const char *canary_wrong(const struct canary *canary)
{
	if (canary->size != 0)
		return "is not empty";
	if ((canary->mode & 07777) != CANARY_MODE)
		return "does not have mode 0400";
	if (canary->gid != 0)
		return "does not belong to group 0";
	return wrong_signature(canary, CANARY_XATTR);
}

const char *canary_exec_wrong(const struct canary *canary)
{
	if (canary->size != CANARY_EXEC_SIZE)
		return "does not have 4096 bytes";
	if ((canary->mode & 07777) != CANARY_EXEC_MODE)
		return "does not have mode 0555";
	if (canary->gid != CANARY_EXEC_UID)
		return "does not belong to group 1000";
	return wrong_signature(canary, CANARY_EXEC_XATTR);
}
