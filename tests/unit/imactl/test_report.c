/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "report.h"

struct escape_row {
	const char *name;
	const char *text, *escaped;
	size_t size;
};

static const struct escape_row escape_rows[] = {
	{ "plain text", "/a b~", "/a b~", 64 },
	{ "a backslash", "a\\b", "a\\134b", 64 },
	{ "what a terminal obeys", "\x1b[1m\n\x7f", "\\033[1m\\012\\177", 64 },
	{ "UTF-8", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 64 },
	{ "  cut off", "\xe2\x82", "\\342\\202", 64 },
	{ "  a control character of two bytes", "\xc2\x9bm", "\\302\\233m", 64 },
	{ "  the first behind them", "\xc2\xa0m", "\xc2\xa0m", 64 },
	{ "  in two bytes what needs one", "\xc0\xaf", "\\300\\257", 64 },
	{ "what just fits", "abcd", "abcd", 11 },
	{ "  and what does not", "abcd", "abc...", 10 },
};

static void is_escaped(void **state)
{
	const struct escape_row *row = *state;
	char *text = malloc(row->size);

	assert_ptr_equal(escape_name(row->text, text, row->size), text);
	assert_string_equal(text, row->escaped);
	free(text);
}

int main(void)
{
	ADD_ROWS(escape_rows, is_escaped);
	return run_table("report");
}
