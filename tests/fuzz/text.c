/* SPDX-License-Identifier: MIT */
/* Words, hexadecimal digits and log lines of PID 1. */
#include "format/text.h"

#include "lib/input.h"

static void read_words(const char *text)
{
	const char *next = text, *word;
	size_t length;

	while ((word = text_word(&next, &length))) {
		REQUIRE(length > 0 && word + length == next && next <= text + strlen(text));
		REQUIRE(!memchr(word, ' ', length) && !memchr(word, '\t', length));
	}
}

static void read_hex(const char *text, size_t size)
{
	uint32_t value;
	char again[9];

	if (!text_hex(text, size, &value))
		return;
	(void)snprintf(again, sizeof(again), "%0*x", (int)size, value);
	REQUIRE(strlen(again) == size && memcmp(again, text, size) == 0);
}

/* What comes from a disk is printable in a log, and is cut where it does not fit. */
static void format(const char *text, size_t size)
{
	char *line = malloc(size + 4);
	size_t length = text_format(line, size + 4, "%s: %d", text, (int)size);

	REQUIRE(length == strlen(line) && length < size + 4);
	for (size_t i = 0; i < length; i++)
		REQUIRE(line[i] >= ' ' && line[i] <= '~');
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = input_text(data, size);

	read_words(text);
	read_hex((const char *)data, size);
	format(text, size);
	free(text);
	return 0;
}
