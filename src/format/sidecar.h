/* SPDX-License-Identifier: MIT */
/*
 * A sidecar: the signatures of an archive that has no room for them, as text in the
 * format of `getfattr --dump -e hex`. imactl pack writes it.
 */
#ifndef FORMAT_SIDECAR_H
#define FORMAT_SIDECAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

/* In the order in which they are set: each of the later two is made over those before it. */
enum sidecar_name {
	SIDECAR_CAPABILITY,
	SIDECAR_IMA,
	SIDECAR_EVM,
	SIDECAR_NAMES
};

extern const char *const sidecar_names[SIDECAR_NAMES];

struct sidecar_value {
	uint8_t bytes[LIMIT_XATTR];
	size_t size;                 /* 0: not there */
};

struct sidecar_reader {
	unsigned line;               /* that was taken last, from 1 */
	unsigned files;              /* taken so far */
	bool open;                   /* a file has begun, and no empty line has ended it */
	char path[LIMIT_RESTORED_PATH]; /* relative and plain: no ".", "..", "//" */
	struct sidecar_value values[SIDECAR_NAMES];
};

/** sidecar_start() - nothing was taken yet */
void sidecar_start(struct sidecar_reader *sidecar);

/**
 * sidecar_line() - take the next line
 * @text: terminated, without its newline; changed
 * @length: of it: more than strlen() where the line has a NUL byte
 * @ended: it had a newline
 *
 * Where the line is the empty one that ends a file, ->open is false, and ->path and ->values
 * are of that file.
 *
 * Return: what is wrong, or NULL.
 */
const char *sidecar_line(struct sidecar_reader *sidecar, char *text, size_t length, bool ended);

/** sidecar_end() - what is wrong with all that was taken, or NULL; one without a file is */
const char *sidecar_end(const struct sidecar_reader *sidecar);

/* What begins the line that names a file. */
#define SIDECAR_FILE_WORD "# file: "

/** sidecar_unescape() - \ooo back into bytes, in place; false: not as getfattr writes it */
bool sidecar_unescape(char *text);

#endif
