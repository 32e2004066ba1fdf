/* SPDX-License-Identifier: MIT */
/* What the kernel wrote into its log of late (syslog(2), no device needed). */
#include "kernel_log.h"

#include <string.h>
#include <sys/klog.h>

#define SYSLOG_ACTION_READ_ALL 3   /* include/linux/syslog.h */

static char text[8192 + 1];

void kernel_log_read(void)
{
	int length = klogctl(SYSLOG_ACTION_READ_ALL, text, sizeof(text) - 1);

	text[length > 0 ? length : 0] = '\0';
}

/* Behind "<6>[    1.234567][    T1] ": printk.time, CONFIG_PRINTK_CALLER. */
static const char *skip_prefix(const char *line)
{
	if (*line == '<')
		line += strcspn(line, ">\n");
	line += *line == '>';
	while (*line == '[') {
		line += strcspn(line, "]\n");
		line += *line == ']';
	}
	return line + (*line == ' ');
}

const char *kernel_log_next(const char *message, size_t *length)
{
	const char *line = text;

	if (message) {
		line = message + strcspn(message, "\n");
		line += *line == '\n';
	}
	if (!*line)
		return NULL;
	message = skip_prefix(line);
	*length = strcspn(message, "\n");
	return message;
}
