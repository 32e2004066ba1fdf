/* SPDX-License-Identifier: MIT */
/*
 * The sidecar that ima-init-initramfs restores signatures from, as src/init/sidecar.c and
 * restore.c take it: more strictly than setfattr does, and than imactl where it reads one.
 */
#include "restored_sidecar.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "tree.h"
#include "xattr_format.h"
#include "format/sidecar.h"

#define FILE_WORD  "# file: "
#define LOWER_HEX  "0123456789abcdef"

enum { CAPABILITY, IMA, EVM, NAMES };

static const char *const names[NAMES] = {
	[CAPABILITY] = XATTR_CAPABILITY "=0x",
	[IMA] = XATTR_IMA "=0x",
	[EVM] = XATTR_EVM "=0x",
};

/* What a file with several names has got by those that came before. */
struct linked {
	dev_t device;
	ino_t inode;
	struct value values[NAMES];
};

struct reading {
	const char *root;
	bool needs_evm;
	char path[LIMIT_RESTORED_PATH];
	bool open;                   /* a file that no empty line has ended yet */
	struct value values[NAMES];
	size_t files;
	void *linked;                /* tsearch() */
};

static bool is_plain(const char *path)
{
	for (;; path++) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += length;
		if (!*path)
			return true;
	}
}

static const char *begin_file(struct reading *reading, char *line)
{
	char *path = line + strlen(FILE_WORD);

	if (strncmp(line, FILE_WORD, strlen(FILE_WORD)) != 0)
		return "does not begin with \"" FILE_WORD "\"";
	if (!sidecar_unescape(path))
		return "has an escape in its path that is not \\ and three octal digits";
	if (!is_plain(path))
		return "has a path that does not stay below the root: no / ahead, no . and no ..";
	if (strlen(path) >= sizeof(reading->path))
		return "has a path of more than 1023 bytes";
	if (strcmp(reading->path, path) >= 0)
		return "is not sorted by path, or names a file again";
	(void)strcpy(reading->path, path);
	for (int i = 0; i < NAMES; i++)
		reading->values[i].size = 0;
	reading->open = true;
	return NULL;
}

static const char *read_value(struct reading *reading, const char *line)
{
	for (int i = 0; i < NAMES; i++) {
		size_t name = strlen(names[i]) - strlen("0x"), digits = strlen(line) - name - 2;
		struct value *value = &reading->values[i];

		if (strncmp(line, names[i], name) != 0)
			continue;
		if (value->size > 0)
			return "is there already for this file";
		if (strncmp(line, names[i], name + 2) != 0 || digits == 0 || digits % 2 != 0 ||
		    digits > 2 * LIMIT_XATTR || strspn(line + name + 2, LOWER_HEX) != digits)
			return "has a value that is not 0x and lower-case hex of 1 to 1024 bytes";
		for (size_t at = 0; at < digits / 2; at++) {
			char byte[3] = { line[name + 2 + 2 * at], line[name + 3 + 2 * at] };

			value->data[at] = (uint8_t)strtoul(byte, NULL, 16);
		}
		value->size = digits / 2;
		return NULL;
	}
	return "is none of security.ima, security.evm and security.capability";
}

static bool is_canary(const char *path)
{
	return strcmp(path, PATH_CANARY + 1) == 0 || strcmp(path, PATH_CANARY_EXEC + 1) == 0;
}

static int compare_linked(const void *a, const void *b)
{
	const struct linked *one = a, *other = b;

	if (one->device != other->device)
		return one->device < other->device ? -1 : 1;
	return one->inode == other->inode ? 0 : one->inode < other->inode ? -1 : 1;
}

static struct linked *find_linked(struct reading *reading, const struct stat *status)
{
	struct linked *made = calloc(1, sizeof(*made));

	if (!made)
		abort();
	made->device = status->st_dev;
	made->inode = status->st_ino;
	struct linked **found = tsearch(made, &reading->linked, compare_linked);

	if (!found)
		abort();
	if (*found != made)
		free(made);
	return *found;
}

/*
 * As set_value() of ima-init: what is there is not changed. The kernel lets nobody add a
 * capability where EVM is on and the signature is there.
 */
static const char *set_linked(struct reading *reading, const struct stat *status)
{
	struct linked *linked = find_linked(reading, status);
	bool is_first = linked->values[IMA].size == 0;

	for (int i = 0; i < NAMES; i++) {
		const struct value *value = &reading->values[i];
		struct value *now = &linked->values[i];
		bool is_same = now->size == value->size &&
			memcmp(now->data, value->data, now->size) == 0;
		bool is_free = is_first || i == EVM || now->size == 0;

		if (value->size == 0 || is_same)
			continue;
		if (!is_free || (!is_first && reading->needs_evm))
			return "another name of the same file has another value";
		*now = *value;
	}
	return NULL;
}

/* No symlink is followed on the way. */
static const char *look_up(struct reading *reading)
{
	char inside[LIMIT_RESTORED_PATH + 1], path[TREE_PATH_SIZE];
	struct stat status;

	(void)snprintf(inside, sizeof(inside), "/%s", reading->path);
	for (char *slash = inside; (slash = strchr(slash + 1, '/')); *slash = '/') {
		*slash = '\0';
		if (!path_join(path, reading->root, inside) || lstat(path, &status) < 0)
			return strerror(errno);
		if (!S_ISDIR(status.st_mode))
			return strerror(ENOTDIR);
	}
	if (!path_join(path, reading->root, inside) || lstat(path, &status) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "no regular file";
	return status.st_nlink > 1 ? set_linked(reading, &status) : NULL;
}

static const char *end_file(struct reading *reading, struct sidecar *sidecar)
{
	static const char ima[] = ROOT_DIR "/";
	const struct value *evm = &reading->values[EVM];

	reading->open = false;
	reading->files++;
	if (reading->values[IMA].size == 0)
		return "ends a file without security.ima";
	if (evm->size > 0 && evm->data[0] != XATTR_TYPE_PORTABLE)
		return "ends a file whose security.evm is no portable signature";
	if (evm->size == 0 && reading->needs_evm && !is_canary(reading->path))
		return "ends a file without security.evm, and EVM is on";
	(void)signatures_write(sidecar, -1, reading->path, &reading->values[IMA], evm, NULL);
	sidecar_set_capability(sidecar, reading->path, &reading->values[CAPABILITY]);
	/* These stay behind. */
	if (strncmp(reading->path, ima + 1, strlen(ima + 1)) == 0 && !is_canary(reading->path))
		return NULL;
	return look_up(reading);
}

static const char *read_line(struct reading *reading, struct sidecar *sidecar, char *line)
{
	if (!reading->open)
		return begin_file(reading, line);
	return *line ? read_value(reading, line) : end_file(reading, sidecar);
}

bool restored_sidecar_read(struct sidecar *sidecar, FILE *in, const char *root, bool needs_evm,
			   unsigned *line, char *wrong, size_t wrong_size)
{
	static struct reading reading;
	const char *why = NULL;
	char *text = NULL;
	size_t size = 0;
	ssize_t length;

	reading = (struct reading){ .root = root, .needs_evm = needs_evm };
	for (*line = 0; !why && (length = getline(&text, &size, in)) > 0;) {
		++*line;
		if (text[length - 1] != '\n') {
			why = "does not end in a newline: the file was cut off";
			break;
		}
		text[--length] = '\0';
		why = length >= LIMIT_LINE ? "is longer than 4095 bytes"
			: strlen(text) != (size_t)length ? "has a NUL byte"
			: read_line(&reading, sidecar, text);
	}
	if (!why && ferror(in))
		why = strerror(errno);
	if (!why && reading.open)
		why = "has no empty line behind it: the file was cut off";
	if (!why && reading.files == 0)
		why = "there is no file in it";
	free(text);
	tdestroy(reading.linked, free);
	if (why)
		(void)snprintf(wrong, wrong_size, "%s%s%s", reading.path, *reading.path ? ": " : "", why);
	return !why;
}
