/* SPDX-License-Identifier: MIT */
/* The extended attributes of an open file. */
#include "attributes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TRIES 5                      /* against another process that sets the same */

void close_descriptor(int *descriptor)
{
	if (*descriptor >= 0)
		(void)close(*descriptor);
}

int attribute_read(int file, const char *name, struct value *value)
{
	ssize_t size = fgetxattr(file, name, value->data, sizeof(value->data));

	value->size = size > 0 ? (size_t)size : 0;
	if (size < 0 && errno == ERANGE) {
		value->data[0] = 0;
		value->size = 1;
		return 0;
	}
	/* Without support for attributes there is none, either. */
	if (size < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return -errno;
	return 0;
}

static int write_one(int file, const char *name, const struct value *value)
{
	if (value->size > 0)
		return fsetxattr(file, name, value->data, value->size, 0) < 0 ? -errno : 0;
	return fremovexattr(file, name) < 0 && errno != ENODATA ? -errno : 0;
}

int capability_write(int file, const struct value *capability)
{
	struct value now;
	int error = capability->size == 0 ? 0 : attribute_read(file, XATTR_CAPABILITY, &now);

	if (error != 0 || capability->size == 0 ||
	    (now.size == capability->size && memcmp(now.data, capability->data, now.size) == 0))
		return error;
	return write_one(file, XATTR_CAPABILITY, capability);
}

static int write_pair(int file, const struct value *ima, const struct value *evm,
		      const struct value *old_ima)
{
	int error = write_one(file, XATTR_IMA, ima);

	if (error != 0)
		return error;
	error = write_one(file, XATTR_EVM, evm);
	/* There is room for it: it was there. */
	if (error != 0 && old_ima)
		(void)write_one(file, XATTR_IMA, old_ima);
	return error;
}

static bool has(int file, const char *name, const struct value *value)
{
	struct value now;

	return attribute_read(file, name, &now) == 0 && now.size == value->size &&
		memcmp(now.data, value->data, now.size) == 0;
}

int attributes_write(int file, const struct value *ima, const struct value *evm,
		     const struct value *old_ima)
{
	struct stat status;

	/*
	 * fakeroot makes an entry of its own for a file whose attributes are set, and
	 * gets owner and type right only if it knew the file before.
	 */
	if (getenv("FAKEROOTKEY") &&
	    (fstat(file, &status) < 0 || fchmod(file, status.st_mode & 07777) < 0))
		return -errno;
	for (unsigned tries = 0; tries < TRIES; tries++) {
		int error = write_pair(file, ima, evm, old_ima);

		if (error != 0)
			return error;
		/* Where none is set, a kernel that has the HMAC key writes one. */
		if (has(file, XATTR_IMA, ima) && (evm->size == 0 || has(file, XATTR_EVM, evm)))
			return 0;
	}
	return -EBUSY;
}
