/* SPDX-License-Identifier: MIT */
/* The kernel's command line: ima-init and imactl must read the same words. */
#include "format/command_line.h"

#include "imactl/kernel_command_line.h"
#include "lib/input.h"

static bool same_value(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

static void compare(char *rest, const struct kernel_command_line *line)
{
	struct word word;
	size_t count = 0;

	for (; command_line_word(&rest, &word); count++) {
		REQUIRE(count < line->count);
		REQUIRE(strcmp(word.name, line->words[count].name) == 0);
		REQUIRE(same_value(word.value, line->words[count].value));
		REQUIRE(is_parameter(word.name, "ima_appraise") ==
			kernel_word_is(&line->words[count], "ima_appraise"));
		(void)names_appraise_tcb(word.value ? word.value : "");
		(void)kernel_word_is_environment(&line->words[count]);
	}
	REQUIRE(count == line->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_command_line line;
	char *text = input_text(data, size);

	REQUIRE(kernel_command_line_parse(&line, text) == 0);
	compare(text, &line);
	const char *create = kernel_command_line_value(&line, "dm_mod.create");
	const char *root = kernel_command_line_value(&line, "root");

	if (create && root)
		(void)kernel_root_is_verity(create, root);
	kernel_command_line_free(&line);
	free(text);
	return 0;
}
