/* SPDX-License-Identifier: MIT */
/* The kernel's command line: its words, against a second reader that looks for ends only. */
#include "imactl/kernel_command_line.h"
#include "lib/input.h"

/* The bytes of a word with its quotes: blanks inside a pair of quotes do not end it. */
static size_t raw_length(const char *text)
{
	size_t length = 0;

	for (bool quoted = false; text[length]; length++) {
		if (text[length] == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" \t\n\r\v\f\xa0", text[length]))
			break;
	}
	return length;
}

/* What is left of one without its quotes must be what was read. */
static void compare(const char *raw, size_t length, const struct word *word)
{
	size_t name = strlen(word->name), value = word->value ? strlen(word->value) : 0;
	bool begins = raw[0] == '"';
	const char *equals = length > (size_t)begins + 1
		? memchr(raw + begins + 1, '=', length - (size_t)begins - 1) : NULL;

	REQUIRE(strncmp(raw + begins, word->name, name) == 0);
	REQUIRE(!equals == !word->value);
	if (!equals) {
		REQUIRE(name + begins == length || (begins && name + 2 == length && raw[length - 1] == '"'));
		return;
	}
	REQUIRE(raw + begins + name == equals);
	const char *start = equals + 1 + (equals + 1 < raw + length && equals[1] == '"');
	size_t left = (size_t)(raw + length - start);

	REQUIRE(value <= left && left <= value + 1 && strncmp(start, word->value, value) == 0);
	REQUIRE(left == value || raw[length - 1] == '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_command_line line;
	char *text = input_text(data, size);
	const char *next = text;

	REQUIRE(kernel_command_line_parse(&line, text) == 0);
	for (size_t i = 0; i < line.count; i++) {
		next += strspn(next, " \t\n\r\v\f\xa0");
		size_t length = raw_length(next);

		REQUIRE(length > 0);
		compare(next, length, &line.words[i]);
		next += length;
		(void)names_appraise_tcb(line.words[i].value ? line.words[i].value : "");
		(void)kernel_word_is_environment(&line.words[i]);
	}
	next += strspn(next, " \t\n\r\v\f\xa0");
	REQUIRE(*next == '\0' || strcmp(next, "\"") == 0 || strncmp(next, "--", 2) == 0 ||
		strncmp(next, "\"--", 3) == 0);
	const char *create = kernel_command_line_value(&line, "dm_mod.create");
	const char *root = kernel_command_line_value(&line, "root");

	if (create && root)
		(void)kernel_root_is_verity(create, root);
	kernel_command_line_free(&line);
	free(text);
	return 0;
}
