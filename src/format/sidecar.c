/* SPDX-License-Identifier: MIT */
/* A sidecar, line by line: of one file at a time, whatever its size. */
#include "sidecar.h"

#include <string.h>

#include "path.h"
#include "text.h"
#include "xattr_format.h"

const char *const sidecar_names[SIDECAR_NAMES] = {
	[SIDECAR_CAPABILITY] = XATTR_CAPABILITY,
	[SIDECAR_IMA] = XATTR_IMA,
	[SIDECAR_EVM] = XATTR_EVM,
};

void sidecar_start(struct sidecar_reader *sidecar)
{
	sidecar->line = sidecar->files = 0;
	sidecar->open = false;
	sidecar->path[0] = '\0';
}

/* \ooo back into bytes, in place: what getfattr writes for a newline, a CR and a backslash. */
bool sidecar_unescape(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		unsigned number = 0;

		if (*in != '\\') {
			*out++ = *in;
			continue;
		}
		for (int digit = 0; digit < 3; digit++) {
			if (*++in < '0' || *in > '7')
				return false;
			number = number * 8 + (unsigned)(*in - '0');
		}
		if (number == 0 || number > 255)
			return false;
		*out++ = (char)number;
	}
	*out = '\0';
	return true;
}

static const char *begin_file(struct sidecar_reader *sidecar, char *line)
{
	char *path = line + strlen(SIDECAR_FILE_WORD);

	if (!text_starts(line, SIDECAR_FILE_WORD))
		return "does not begin with \"" SIDECAR_FILE_WORD "\"";
	if (!sidecar_unescape(path))
		return "has an escape in its path that is not \\ and three octal digits";
	if (!path_is_plain(path))
		return "has a path that does not stay below the root: no / ahead, no . and no ..";
	if (strlen(path) >= sizeof(sidecar->path))
		return "has a path of " TEXT_OF(LIMIT_RESTORED_PATH) " bytes or more";
	/* So that a file that is there twice is seen without keeping any. */
	if (strcmp(sidecar->path, path) >= 0)
		return "is not sorted by path, or names a file again";
	memcpy(sidecar->path, path, strlen(path) + 1);
	for (size_t i = 0; i < SIDECAR_NAMES; i++)
		sidecar->values[i].size = 0;
	sidecar->open = true;
	return NULL;
}

static bool decode(const char *digits, struct sidecar_value *value)
{
	size_t length = strlen(digits);

	if (length == 0 || length % 2 != 0 || length > 2 * sizeof(value->bytes))
		return false;
	for (size_t i = 0; i < length / 2; i++) {
		uint32_t byte;

		if (!text_hex(digits + 2 * i, 2, &byte))
			return false;
		value->bytes[i] = (uint8_t)byte;
	}
	value->size = length / 2;
	return true;
}

static const char *read_value(struct sidecar_reader *sidecar, const char *line)
{
	for (size_t i = 0; i < SIDECAR_NAMES; i++) {
		size_t length = strlen(sidecar_names[i]);

		if (!text_starts(line, sidecar_names[i]) || line[length] != '=')
			continue;
		if (sidecar->values[i].size > 0)
			return "is there already for this file";
		if (!text_starts(line + length, "=0x") ||
		    !decode(line + length + strlen("=0x"), &sidecar->values[i]))
			return "has a value that is not 0x and lower-case hex of 1 to "
			       TEXT_OF(LIMIT_XATTR) " bytes";
		return NULL;
	}
	return "is none of security.ima, security.evm and security.capability";
}

static const char *end_file(struct sidecar_reader *sidecar)
{
	const struct sidecar_value *evm = &sidecar->values[SIDECAR_EVM];

	if (sidecar->values[SIDECAR_IMA].size == 0)
		return "ends a file without security.ima";
	/* Every other is bound to an inode, or made by another running kernel. */
	if (evm->size > 0 && evm->bytes[0] != XATTR_TYPE_PORTABLE)
		return "ends a file whose security.evm is no portable signature";
	sidecar->open = false;
	sidecar->files++;
	return NULL;
}

const char *sidecar_line(struct sidecar_reader *sidecar, char *text, size_t length, bool ended)
{
	sidecar->line++;
	if (!ended)
		return "does not end in a newline: the file was cut off";
	if (length >= LIMIT_LINE)
		return "has " TEXT_OF(LIMIT_LINE) " bytes or more";
	if (strlen(text) != length)
		return "has a NUL byte";
	if (!sidecar->open)
		return begin_file(sidecar, text);
	return *text ? read_value(sidecar, text) : end_file(sidecar);
}

const char *sidecar_end(const struct sidecar_reader *sidecar)
{
	if (sidecar->open)
		return "has no empty line behind it: the file was cut off";
	return sidecar->files > 0 ? NULL : "there is no file in it";
}
