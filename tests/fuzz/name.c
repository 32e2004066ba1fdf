/* SPDX-License-Identifier: MIT */
/* A file name as imactl prints it: nothing in it is obeyed by a terminal. */
#include "imactl/report.c"

#include "lib/input.h"

static void check(const char *name, size_t size)
{
	char *text = malloc(size);
	const unsigned char *byte = (const unsigned char *)escape_name(name, text, size);

	REQUIRE(strlen(text) < size);
	for (; *byte; byte++) {
		REQUIRE(*byte >= ' ' && *byte != 0x7f);
		REQUIRE(!(byte[0] == 0xc2 && byte[1] < 0xa0));
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = input_text(data, size);

	check(name, 4 * size + 8);
	check(name, 8 + size / 2);
	free(name);
	return 0;
}
