/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "sidecar.h"

struct text_row {
	const char *name;
	const char *text;
	unsigned long line;          /* that is wrong; 0: accepted */
	size_t files;
};

static const struct text_row text_rows[] = {
	{ "hex", "# file: a\nsecurity.ima=0x0302\n\n", 0, 1 },
	{ "  an odd number of digits", "# file: a\nsecurity.ima=0x030\n\n", 2, 1 },
	{ "  a letter that is none", "# file: a\nsecurity.ima=0x03g0\n\n", 2, 1 },
	{ "  no digit", "# file: a\nsecurity.ima=0x\n\n", 2, 1 },
	{ "base64", "# file: a\nsecurity.ima=0sAwI=\n\n", 0, 1 },
	{ "  not filled up", "# file: a\nsecurity.ima=0sAwI\n\n", 2, 1 },
	{ "  filled up in the midst", "# file: a\nsecurity.ima=0sAw==AwI=\n\n", 2, 1 },
	{ "  nothing but what fills up", "# file: a\nsecurity.ima=0s=\n\n", 2, 1 },
	{ "text", "# file: a\nsecurity.ima=\"a\"\n\n", 2, 1 },
	{ "two files", "# file: a\nsecurity.ima=0x03\n\n# file: b\nsecurity.ima=0x03\n\n", 0, 2 },
	{ "  the same", "# file: a\nsecurity.ima=0x03\n\n# file: ./a\nsecurity.ima=0x03\n\n", 4, 1 },
	{ "both attributes", "# file: a\nsecurity.ima=0x03\nsecurity.evm=0x05\n\n", 0, 1 },
	{ "  one twice", "# file: a\nsecurity.ima=0x03\nsecurity.ima=0x03\n\n", 3, 1 },
	{ "  security.evm alone", "# file: a\nsecurity.evm=0x05\n\n", 3, 1 },
	{ "  another", "# file: a\nuser.a=0x05\n\n", 2, 1 },
	{ "an escape", "# file: a\\012b\nsecurity.ima=0x03\n\n", 0, 1 },
	{ "  of two digits", "# file: a\\12\nsecurity.ima=0x03\n\n", 1, 0 },
	{ "  of a NUL", "# file: a\\000\nsecurity.ima=0x03\n\n", 1, 0 },
	{ "a path with dots in a name", "# file: a..b/..c\nsecurity.ima=0x03\n\n", 0, 1 },
	{ "  ..", "# file: a/../b\nsecurity.ima=0x03\n\n", 1, 0 },
	{ "  .. by an escape", "# file: a/.\\056/b\nsecurity.ima=0x03\n\n", 1, 0 },
	{ "  nothing", "# file: \nsecurity.ima=0x03\n\n", 1, 0 },
	{ "a value without a file", "security.ima=0x03\n\n", 1, 0 },
	{ "no newline at the end", "# file: a\nsecurity.ima=0x03", 2, 1 },
};

static void is_parsed(void **state)
{
	const struct text_row *row = *state;
	struct sidecar *sidecar = sidecar_new();
	FILE *in = fmemopen((void *)row->text, strlen(row->text), "r");
	unsigned long line;
	const char *wrong = sidecar_parse(sidecar, in, &line);

	assert_int_equal(wrong != NULL, row->line != 0);
	if (wrong)
		assert_int_equal(line, row->line);
	assert_int_equal(sidecar_count(sidecar), row->files);
	(void)fclose(in);
	sidecar_free(sidecar);
}

int main(void)
{
	ADD_ROWS(text_rows, is_parsed);
	return run_table("sidecar");
}
