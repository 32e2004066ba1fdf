/* SPDX-License-Identifier: MIT */
/* What imactl says on standard error, and how names from a disk are written. */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_SIZE   (4 * 4096)
#define REASON_SIZE 1024

/* The line of a progress is on the terminal, and what comes next would stand behind it. */
static atomic_bool line_begun;

void begin_line(void)
{
	atomic_store(&line_begun, true);
}

void clear_line(void)
{
	if (atomic_exchange(&line_begun, false))
		fputs("\r\033[K", stderr);
}

/* The length of the UTF-8 character at @text, 1 for plain ASCII, 0 for anything else. */
static size_t character_length(const unsigned char *text)
{
	size_t length = text[0] < 0x80              ? 1
		: text[0] >= 0xc2 && text[0] < 0xe0 ? 2
		: text[0] >= 0xe0 && text[0] < 0xf0 ? 3
		: text[0] >= 0xf0 && text[0] < 0xf5 ? 4
						    : 0;

	if (length == 1)
		return text[0] >= ' ' && text[0] != 0x7f && text[0] != '\\';
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009F are controls that a terminal may obey. */
	if (length == 2 && text[0] == 0xc2 && text[1] < 0xa0)
		return 0;
	/* Too long for the character, half of a pair, too large: no writer of JSON takes these. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] >= 0xa0) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] >= 0x90))
		return 0;
	return length;
}

/* With or without the backslash, which a text may have from escape_name(). */
static const char *escape(const char *name, char *text, size_t size, bool with_backslash)
{
	size_t used = 0;

	while (*name) {
		const unsigned char *byte = (const unsigned char *)name;
		size_t length = *byte == '\\' && !with_backslash ? 1 : character_length(byte);

		if (used + 4 + sizeof("...") > size) {
			(void)strcpy(text + used, "...");
			return text;
		}
		if (length == 0) {
			used += (size_t)sprintf(text + used, "\\%03o", *byte);
			length = 1;
		} else {
			memcpy(text + used, name, length);
			used += length;
		}
		name += length;
	}
	text[used] = '\0';
	return text;
}

const char *escape_name(const char *name, char *text, size_t size)
{
	return escape(name, text, size, true);
}

const char *escape_text(const char *given, char *text, size_t size)
{
	return escape(given, text, size, false);
}

/* For print_json_error(); written with standard error locked. */
static char last_line[NAME_SIZE];
static bool has_document;

static void remember(const char *name, const char *action, const char *reason)
{
	(void)snprintf(last_line, sizeof(last_line), "%.4000s: %.200s: %.4000s", name, action, reason);
}

void complain(const char *object, const char *action, const char *format, ...)
{
	char name[NAME_SIZE], text[REASON_SIZE], reason[4 * REASON_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)escape_name(object, name, sizeof(name));
	(void)escape(text, reason, sizeof(reason), false);
	/* One line, also from several threads. */
	flockfile(stderr);
	clear_line();
	remember(name, action, reason);
	fprintf(stderr, "imactl: %s: %s: %s\n", name, action, reason);
	funlockfile(stderr);
}

enum exit_code usage_error(const char *command, const char *format, ...)
{
	char text[REASON_SIZE], message[4 * REASON_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)escape(text, message, sizeof(message), false);
	clear_line();
	remember("imactl", command, message);
	fprintf(stderr, "imactl %s: %s; see imactl %s --help\n", command, message, command);
	return EXIT_USAGE;
}

json_t *json_text(const char *text)
{
	char escaped[NAME_SIZE];
	json_t *string = json_string(text);

	return string ? string : json_string(escape_name(text, escaped, sizeof(escaped)));
}

void print_json_error(enum exit_code code)
{
	if (has_document)
		return;
	json_t *document = json_pack("{s:o, s:i}", "error", json_text(last_line), "status", (int)code);

	print_json(document);
	json_decref(document);
}

void print_json(const json_t *json)
{
	has_document = true;
	/* What cannot be written is found by flush_output(). */
	(void)json_dumpf(json, stdout, JSON_INDENT(2));
	(void)putchar('\n');
}

bool use_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(fileno(stream)) == 1 && (!no_color || !*no_color);
}

enum exit_code flush_output(enum exit_code code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("standard output", "write", "%s", strerror(errno));
	return EXIT_FAILED;
}
