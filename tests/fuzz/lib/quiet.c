/* SPDX-License-Identifier: MIT */
/* In place of src/imactl/report.c: most of what a fuzzer makes is wrong, and nobody reads why. */
#include "imactl/report.h"

void complain(const char *object, const char *action, const char *format, ...)
{
	(void)object;
	(void)action;
	(void)format;
}

enum exit_code usage_error(const char *command, const char *format, ...)
{
	(void)command;
	(void)format;
	return EXIT_USAGE;
}

void begin_line(void)
{
}

void clear_line(void)
{
}

const char *escape_name(const char *name, char *text, size_t size)
{
	(void)snprintf(text, size, "%s", name);
	return text;
}

void print_json(const json_t *json)
{
	(void)json;
}

bool use_colour(FILE *stream)
{
	(void)stream;
	return false;
}

enum exit_code flush_output(enum exit_code code)
{
	return code;
}

const char *escape_text(const char *given, char *text, size_t size)
{
	return escape_name(given, text, size);
}

json_t *json_text(const char *text)
{
	return json_string(text);
}
