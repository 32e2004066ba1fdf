/* SPDX-License-Identifier: MIT */
/* A file, line by line, whatever its size. */
#ifndef IMA_INIT_LINES_H
#define IMA_INIT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "layout.h"

struct lines {
	int descriptor;
	int error;               /* errno of a read that failed, 0 */
	size_t next, end;        /* what of buffer is not yet taken */
	bool ended_in_newline;   /* of the last line that was taken */
	bool cut;                /* it was longer than text holds */
	size_t length;           /* of text: more than strlen() where the line has a NUL byte */
	unsigned fills;          /* of buffer */
	bool ended;              /* there was nothing left to fill it with */
	char buffer[4096];
	char text[LIMIT_LINE];   /* the line, terminated, without its newline */
};

/** lines_start() - read from where the descriptor is */
void lines_start(struct lines *lines, int descriptor);

/** lines_rewind() - once more from the beginning of the file; false with ->error set */
bool lines_rewind(struct lines *lines);

/**
 * lines_next() - take the next line
 *
 * Return: false at the end, or with ->error set. A line that does not fit into
 * text is cut there: its first words are what a caller looks at.
 */
bool lines_next(struct lines *lines);

#endif
