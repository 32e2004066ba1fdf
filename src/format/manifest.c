/* SPDX-License-Identifier: MIT */
/* The manifest: which files /ima holds, and which bytes their signatures have. */
#include "manifest.h"

#include <string.h>

#include "path.h"
#include "text.h"

#define TOO_MANY "more than " TEXT_OF(LIMIT_MANIFEST_FILES) " files"

struct manifest_entry *manifest_find(struct manifest *manifest, const char *path)
{
	size_t low = 0, high = manifest->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(path, manifest->entries[middle].path);

		if (order == 0)
			return &manifest->entries[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool manifest_lists(const struct manifest *manifest, const char *path)
{
	return manifest_find((struct manifest *)manifest, path) != NULL;
}

bool manifest_lists_below(const struct manifest *manifest, const char *directory)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (text_starts(manifest->entries[i].path, directory))
			return true;
	return false;
}

/* One line, already terminated, to one entry. */
static const char *parse_line(char *line, const struct manifest_entry *last,
			      struct manifest_entry *entry)
{
	size_t digits = strcspn(line, " ");

	if (digits < 4 || digits % 2 != 0 || digits > 2 * LIMIT_XATTR || !text_is_hex(line, digits))
		return "does not begin with security.ima in lower-case hex";
	if (line[digits] != ' ' || line[digits + 1] != ' ')
		return "has no two blanks after security.ima";
	entry->xattr = line;
	entry->path = line + digits + 2;
	entry->opened = 0;
	if (path_wrong(entry->path))
		return path_wrong(entry->path);
	if (last && strcmp(last->path, entry->path) >= 0)
		return "is not sorted, or names a path again";
	line[digits] = '\0';
	return NULL;
}

/* Any but the first. */
static const char *add_line(struct manifest *manifest, char *line)
{
	size_t count = manifest->count;

	if (count == LIMIT_MANIFEST_FILES)
		return TOO_MANY;
	const char *wrong = parse_line(line, count ? &manifest->entries[count - 1] : NULL,
				       &manifest->entries[count]);

	manifest->count += !wrong;
	return wrong;
}

const char *manifest_parse(struct manifest *manifest, size_t length, unsigned *line)
{
	char *next = manifest->text;

	manifest->count = 0;
	*line = 0;
	if (strlen(next) != length)
		return "has a NUL byte";
	while (*next) {
		char *text = next, *end = strchr(text, '\n');
		const char *wrong = NULL;

		++*line;
		if (!end)
			return "does not end in a newline";
		*end = '\0';
		next = end + 1;
		if (*line > 1)
			wrong = add_line(manifest, text);
		else if (strcmp(text, MANIFEST_FIRST_LINE) != 0)
			wrong = "is not \"" MANIFEST_FIRST_LINE "\"";
		if (wrong)
			return wrong;
	}
	*line = 0;
	return manifest_lists(manifest, PATH_INIT) ? NULL : "has no line for " PATH_INIT;
}

/* In its place among those that are there, since they are looked up by halves. */
const char *manifest_add(struct manifest *manifest, const char *path)
{
	size_t at = manifest->count, used = 0;

	for (size_t i = 0; i < manifest->count; i++)
		used += strlen(manifest->entries[i].path) + 1;
	if (manifest->count == LIMIT_MANIFEST_FILES ||
	    used + strlen(path) + 1 > sizeof(manifest->text))
		return TOO_MANY;
	char *name = memcpy(manifest->text + used, path, strlen(path) + 1);

	for (; at > 0 && strcmp(manifest->entries[at - 1].path, path) > 0; at--)
		manifest->entries[at] = manifest->entries[at - 1];
	manifest->entries[at] = (struct manifest_entry){ "", name, 0 };
	manifest->count++;
	return NULL;
}

bool manifest_needs_no_line(const char *path)
{
	return strcmp(path, PATH_MANIFEST) == 0 || strcmp(path, PATH_CANARY) == 0 ||
	       strcmp(path, PATH_CANARY_EXEC) == 0;
}

bool is_pinned(const struct manifest_entry *entry)
{
	return !text_starts(entry->path, ROOT_DIR "/");
}

uint64_t manifest_limit(const char *path)
{
	if (strcmp(path, PATH_MANIFEST) == 0)
		return LIMIT_MANIFEST;
	if (strcmp(path, PATH_CONF) == 0)
		return LIMIT_CONF;
	if (strcmp(path, PATH_POLICY) == 0)
		return LIMIT_POLICY;
	if (strcmp(path, PATH_KMK) == 0 || strcmp(path, PATH_EVM_KEY) == 0)
		return LIMIT_KMK;
	return text_starts(path, DIR_KEYS) ? LIMIT_CERTIFICATE : LIMIT_PROGRAM;
}
