/* SPDX-License-Identifier: MIT */
/*
 * The manifest binds names, which no signature of the kernel's does: a line
 * for each file, with the value of its security.ima. The kernel ties a file's
 * content to that value when it lets the file be opened.
 */
#ifndef FORMAT_MANIFEST_H
#define FORMAT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

struct manifest_entry {
	const char *xattr;           /* security.ima in lower-case hex, NUL-terminated */
	const char *path;            /* absolute, NUL-terminated */
	int opened;                  /* ima-init: compared, and kept for a later step; 0: not */
};

struct manifest {
	size_t count;                /* 0 until the manifest was read */
	struct manifest_entry entries[LIMIT_MANIFEST_FILES];
	char text[LIMIT_MANIFEST + 1];
};

/**
 * manifest_parse() - read ->text, which is changed and pointed into
 * @length: of the text, which is terminated
 * @line: set to the line that is wrong; 0: the manifest as a whole
 *
 * Return: what is wrong, or NULL. The entries before the wrong line are filled in.
 */
const char *manifest_parse(struct manifest *manifest, size_t length, unsigned *line);

/** manifest_find() - the entry of a path; NULL: there is none */
struct manifest_entry *manifest_find(struct manifest *manifest, const char *path);

/** manifest_lists() - whether there is a line for @path */
bool manifest_lists(const struct manifest *manifest, const char *path);

/** manifest_lists_below() - whether there is one for any file whose path begins with @directory */
bool manifest_lists_below(const struct manifest *manifest, const char *directory);

/**
 * manifest_add() - in an initramfs: list a file that is there
 * @path: that path_wrong() takes; copied
 *
 * Return: what is wrong, or NULL.
 */
const char *manifest_add(struct manifest *manifest, const char *path);

/** manifest_needs_no_line() - the manifest itself, and the canaries */
bool manifest_needs_no_line(const char *path);

/**
 * manifest_limit() - the largest size that a file may have, in bytes
 * @path: absolute, below /ima
 */
uint64_t manifest_limit(const char *path);

/** is_pinned() - whether a file that is listed lies outside /ima */
bool is_pinned(const struct manifest_entry *entry);

#endif
