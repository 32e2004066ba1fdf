/* SPDX-License-Identifier: MIT */
/* What imactl says on standard error, and how names from a disk are written. */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_SIZE 4 * 4096

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

void complain(const char *object, const char *action, const char *format, ...)
{
	char name[NAME_SIZE];
	char reason[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	/* One line, also from several threads. */
	flockfile(stderr);
	clear_line();
	fprintf(stderr, "imactl: %s: %s: %s\n", escape_name(object, name, sizeof(name)), action,
		reason);
	funlockfile(stderr);
}

enum exit_code usage_error(const char *command, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	clear_line();
	fprintf(stderr, "imactl %s: %s; see imactl %s --help\n", command, message, command);
	return EXIT_USAGE;
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

const char *escape_name(const char *name, char *text, size_t size)
{
	size_t used = 0;

	while (*name) {
		const unsigned char *byte = (const unsigned char *)name;
		size_t length = character_length(byte);

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

void print_json(const json_t *json)
{
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
