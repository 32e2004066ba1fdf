/* SPDX-License-Identifier: MIT */
/*
 * A sidecar: the signatures of an archive that has no room for them, as text in the
 * format of `getfattr --dump -e hex`. imactl pack writes it.
 */
#ifndef IMA_INIT_SIDECAR_H
#define IMA_INIT_SIDECAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "lines.h"

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
	struct lines lines;
	unsigned line;               /* that was read last, from 1 */
	const char *wrong;           /* what is wrong with it; NULL: nothing */
	unsigned files;              /* taken so far */
	char path[LIMIT_RESTORED_PATH]; /* relative and plain: no ".", "..", "//" */
	struct sidecar_value values[SIDECAR_NAMES];
};

/** sidecar_start() - read from where the descriptor is */
void sidecar_start(struct sidecar_reader *sidecar, int descriptor);

/**
 * sidecar_next() - take the next file: ->path and ->values
 *
 * Return: false at the end, or with ->wrong set; an end without any file is wrong.
 */
bool sidecar_next(struct sidecar_reader *sidecar);

#endif
