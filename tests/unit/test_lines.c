/* SPDX-License-Identifier: MIT */
/* A file line by line, and once more from its beginning. */
#include "init/lines.c"

#include <stdlib.h>

#include "tap.h"

/* The numbers of the lines, from first on, as they are taken until the end. */
static bool has_numbers(struct lines *lines, int first, int count)
{
	for (int i = first; i < count; i++)
		if (!lines_next(lines) || atoi(lines->text) != i || !lines->ended_in_newline)
			return false;
	return !lines_next(lines) && lines->error == 0;
}

static void read_twice(const char *name, int count)
{
	static struct lines lines;
	char path[] = "/tmp/test_lines.XXXXXX";
	int file = mkstemp(path);

	(void)unlink(path);
	for (int i = 0; i < count; i++)
		dprintf(file, "%d\n", i);
	(void)lseek(file, 0, SEEK_SET);
	lines_start(&lines, file);
	ok(has_numbers(&lines, 0, count), name);
	ok(!lines_next(&lines), "  its end stays the end");
	ok(lines_rewind(&lines) && has_numbers(&lines, 0, count), "  and again from its beginning");
	ok(lines_rewind(&lines) && (count == 0 || lines_next(&lines)) && lines_rewind(&lines) &&
	   has_numbers(&lines, 0, count), "  and from the middle");
	(void)close(file);
}

int main(void)
{
	static struct lines lines;
	int ends[2];

	read_twice("an empty file", 0);
	read_twice("one that the buffer holds", 100);
	read_twice("one that it does not hold", 10000);
	if (pipe(ends) < 0)
		abort();
	dprintf(ends[1], "a\nb\n");
	lines_start(&lines, ends[0]);
	ok(lines_next(&lines) && !lines_rewind(&lines) && lines.error == ESPIPE, "what cannot be read again says so");
	return tap_done();
}
