/* SPDX-License-Identifier: MIT */
/* A program for the firmware: its sections are in it, or it is refused. */
#include "imactl/uki.c"

#include "lib/input.h"

/* What a section has can be read, all of it. */
static void read_section(const struct program *program, const char *name)
{
	const uint8_t *bytes = NULL;
	size_t size = 0;
	unsigned count = find_section(program, name, &bytes, &size);

	REQUIRE(count <= program->count);
	if (count == 0 || size == 0)
		return;
	REQUIRE(bytes >= program->bytes && size <= program->size);
	REQUIRE(bytes + size <= program->bytes + program->size);
	for (size_t i = 0; i < size; i++)
		REQUIRE(bytes[i] == program->bytes[(size_t)(bytes - program->bytes) + i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct program program = { .bytes = data, .size = size };

	if (!read_program(&program))
		return 0;
	REQUIRE(free_page(&program) % PAGE == 0);
	for (enum part part = 0; part < PARTS; part++)
		read_section(&program, part_names[part]);
	return 0;
}
