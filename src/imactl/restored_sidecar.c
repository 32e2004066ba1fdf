/* SPDX-License-Identifier: MIT */
/*
 * The sidecar that ima-init-initramfs restores signatures from, and whether it fits a tree: more
 * strictly than setfattr takes it, and than imactl where it reads one.
 */
#include "restored_sidecar.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "tree.h"
#include "format/sidecar.h"
#include "format/text.h"

/* What a file with several names has got by those that came before. */
struct linked {
	dev_t device;
	ino_t inode;
	struct sidecar_value values[SIDECAR_NAMES];
};

struct reading {
	const char *root;
	bool needs_evm;
	struct sidecar_reader reader;
	void *linked;                /* tsearch() */
};

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
	bool is_first = linked->values[SIDECAR_IMA].size == 0;

	for (enum sidecar_name i = 0; i < SIDECAR_NAMES; i++) {
		const struct sidecar_value *value = &reading->reader.values[i];
		struct sidecar_value *now = &linked->values[i];
		bool is_same = now->size == value->size &&
			memcmp(now->bytes, value->bytes, now->size) == 0;
		bool is_free = is_first || i == SIDECAR_EVM || now->size == 0;

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

	(void)snprintf(inside, sizeof(inside), "/%s", reading->reader.path);
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
		return "is no regular file";
	return status.st_nlink > 1 ? set_linked(reading, &status) : NULL;
}

static struct value value_of(const struct sidecar_value *from)
{
	struct value value = { .size = from->size };

	memcpy(value.data, from->bytes, from->size);
	return value;
}

/* As restore_one() of ima-init-initramfs. */
static const char *take_file(struct reading *reading, struct sidecar *sidecar)
{
	static const char behind[] = ROOT_DIR "/";
	const char *path = reading->reader.path;
	const struct sidecar_value *values = reading->reader.values;
	const struct value ima = value_of(&values[SIDECAR_IMA]), evm = value_of(&values[SIDECAR_EVM]),
			   capability = value_of(&values[SIDECAR_CAPABILITY]);

	if (evm.size == 0 && reading->needs_evm && !is_canary(path))
		return "has no security.evm, and EVM is on";
	(void)signatures_write(sidecar, -1, path, &ima, &evm, NULL);
	sidecar_set_capability(sidecar, path, &capability);
	/* Those stay behind. */
	if (text_starts(path, behind + 1) && !is_canary(path))
		return NULL;
	return look_up(reading);
}

bool restored_sidecar_read(struct sidecar *sidecar, FILE *in, const char *root, bool needs_evm,
			   unsigned *line, char *wrong, size_t wrong_size)
{
	static struct reading reading;
	struct sidecar_reader *reader = &reading.reader;
	const char *why = NULL, *path = "";
	char *text = NULL;
	size_t size = 0;
	ssize_t length;

	reading = (struct reading){ .root = root, .needs_evm = needs_evm };
	sidecar_start(reader);
	while (!why && (length = getline(&text, &size, in)) > 0) {
		bool ended = text[length - 1] == '\n';

		length -= ended;
		text[length] = '\0';
		why = sidecar_line(reader, text, (size_t)length, ended);
		if (!why && !reader->open) {
			why = take_file(&reading, sidecar);
			path = why ? reader->path : "";
		}
	}
	if (!why)
		why = ferror(in) ? strerror(errno) : sidecar_end(reader);
	*line = reader->line;
	free(text);
	tdestroy(reading.linked, free);
	if (why)
		(void)snprintf(wrong, wrong_size, "%s%s%s", path, *path ? ": " : "", why);
	return !why;
}
