/* SPDX-License-Identifier: MIT */
/* Lines for the kernel log, or for the console where there is none. */
#include "log.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "format/text.h"

/* A record of the kernel log is 1,024 bytes with its prefix (LOG_LINE_MAX in printk.c). */
#define LINE_MAX_BYTES 960

void log_line(struct boot *boot, enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list arguments;
	const size_t level_length = strlen("<5>");
	size_t length = text_format(line, sizeof(line), "<%c>ima-init: ", level);

	/* One byte is kept for the newline. */
	va_start(arguments, format);
	length += text_format_list(line + length, sizeof(line) - length - 1, format, arguments);
	va_end(arguments);
	line[length++] = '\n';

	/* Without a kernel log, and for whoever starts us by hand, the console. */
	if (boot->kmsg >= 0 && write(boot->kmsg, line, length) == (ssize_t)length)
		return;
	(void)!write(STDERR_FILENO, line + level_length, length - level_length);
}
