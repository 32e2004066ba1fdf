/* SPDX-License-Identifier: MIT */
/* A file, line by line, whatever its size. */
#include "lines.h"

#include "kernel_fs.h"

void lines_start(struct lines *lines, int descriptor)
{
	lines->descriptor = descriptor;
	lines->error = 0;
	lines->next = lines->end = 0;
	lines->ended_in_newline = true;
}

static bool next_byte(struct lines *lines, char *byte)
{
	if (lines->next == lines->end) {
		ssize_t count = read_all(lines->descriptor, lines->buffer, sizeof(lines->buffer));

		if (count < 0)
			lines->error = (int)-count;
		if (count <= 0)
			return false;
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
