/* SPDX-License-Identifier: MIT */
/*
 * The master key and EVM's key that this device has made itself. Nothing signs them: what
 * is looked at is where they are and whose, and that the TPM of this device has sealed them.
 */
#include "device_keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "failure.h"
#include "kernel_fs.h"
#include "secure_open.h"
#include "format/text.h"

#define ATTRIBUTES (sizeof(DEVICE_KEYS_ATTRIBUTES) - 1)

static enum failure_code read_variable(struct boot *boot, char *text, size_t size)
{
	AUTO_CLOSE int variables = kernel_fs_open("efivarfs");
	ssize_t length = variables < 0 ? variables
				       : kernel_fs_read(variables, DEVICE_KEYS_VARIABLE, text, size);

	if (length < 0)
		return fail(boot, length == -ENOENT ? FAIL_DEVICE_KEYS_MISSING : FAIL_DEVICE_KEYS_INVALID,
			    "device-keys: efivarfs: " ERRNO_FORMAT, ERRNO((int)-length));
	/* A variable of other attributes is not there at run time, or not the caller's to write. */
	memmove(text, text + ATTRIBUTES, size - ATTRIBUTES);
	text[(size_t)length > ATTRIBUTES ? (size_t)length - ATTRIBUTES : 0] = '\0';
	return FAIL_NONE;
}

static enum failure_code read_file(struct boot *boot, char *text, size_t size)
{
	static const char path[] = PATH_DEVICE_KEYS;
	struct file_facts facts;
	AUTO_CLOSE int found = -1, file = -1;
	size_t length;
	enum failure_code code = secure_find(boot, path, &facts, &found);

	if (code == FAIL_NONE &&
	    (facts.uid != DEVICE_KEYS_UID || (facts.mode & 07777) != DEVICE_KEYS_MODE))
		code = fail(boot, FAIL_DEVICE_KEYS_INVALID, "%s is not of uid %d and mode 0400",
			    path, DEVICE_KEYS_UID);
	if (code == FAIL_NONE)
		code = open_found(boot, found, &facts, path, LIMIT_DEVICE_KEYS, &file);
	if (code == FAIL_NONE)
		code = secure_read(boot, file, path, text, size, &length);
	return code == FAIL_FILE_MISSING ? FAIL_DEVICE_KEYS_MISSING : code;
}

enum failure_code device_keys_read(struct boot *boot, char *text, size_t size)
{
	enum failure_code code =
		(boot->conf.device_keys == DEVICE_KEYS_ROOT ? read_file : read_variable)(boot, text, size);

	if (code != FAIL_NONE)
		return code;
	char *end = strchr(text, '\n'), *last = end ? strchr(end + 1, '\n') : NULL;

	if (!last || last[1] != '\0')
		return fail(boot, FAIL_DEVICE_KEYS_INVALID, "device-keys: not two lines");
	*end = *last = '\0';
	return FAIL_NONE;
}
