/* SPDX-License-Identifier: MIT */
/* A file, line by line, whatever its size. */
#include "lines.h"

#include <errno.h>
#include <unistd.h>

void lines_start(struct lines *lines, int descriptor)
{
	lines->descriptor = descriptor;
	lines->error = 0;
	lines->next = lines->end = 0;
	lines->fills = 0;
	lines->ended = false;
	lines->ended_in_newline = true;
}

bool lines_rewind(struct lines *lines)
{
	/* All of it is still there. */
	if (lines->ended && lines->fills == 1) {
		lines->next = 0;
		return true;
	}
	if (lseek(lines->descriptor, 0, SEEK_SET) < 0) {
		lines->error = errno;
		return false;
	}
	lines_start(lines, lines->descriptor);
	return true;
}

static bool next_byte(struct lines *lines, char *byte)
{
	if (lines->next == lines->end) {
		ssize_t count = lines->ended ? 0 :
			read(lines->descriptor, lines->buffer, sizeof(lines->buffer));

		if (count < 0)
			lines->error = errno;
		lines->ended = count == 0;
		if (count <= 0)
			return false;
		lines->fills++;
		lines->next = 0;
		lines->end = (size_t)count;
	}
	*byte = lines->buffer[lines->next++];
	return true;
}

bool lines_next(struct lines *lines)
{
	size_t length = 0, taken = 0;
	char byte = '\0';

	lines->cut = false;
	while (next_byte(lines, &byte)) {
		taken++;
		if (byte == '\n')
			break;
		if (length < sizeof(lines->text) - 1)
			lines->text[length++] = byte;
		else
			lines->cut = true;
	}
	lines->text[length] = '\0';
	lines->length = length;
	if (taken > 0)
		lines->ended_in_newline = byte == '\n';
	return taken > 0 && lines->error == 0;
}
