/* SPDX-License-Identifier: MIT */
/* A kernel configuration (.config, /proc/config.gz), read as kconfig reads it. */
#ifndef IMACTL_KERNEL_CONFIG_H
#define IMACTL_KERNEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes. Debian's is 280 KB with 10,000 lines, the longest of 300 bytes. */
#define LIMIT_KERNEL_CONFIG      8388608   /* unpacked */
#define LIMIT_KERNEL_CONFIG_LINE 65536

struct kernel_option {
	const char *name;            /* without CONFIG_ */
	const char *value;           /* a string without its quotes; NULL: n */
};

struct kernel_config {
	char *text;                  /* what the options point into */
	struct kernel_option *options;   /* sorted by name, each once */
	size_t count;
	unsigned version;            /* KERNEL_VERSION_OF(6, 1), from the heading; 0: not there */
};

#define KERNEL_VERSION_OF(major, minor) ((major) * 1000 + (minor))

/**
 * kernel_text_read() - the text of a file that may be compressed with gzip
 * @limit: bytes of text that are taken
 * @text: set to the text, with a NUL behind it, for the caller to free
 *
 * Opens only what is a regular file, and never waits for a FIFO.
 *
 * Return: 0; or -errno, after a line on standard error: EFBIG more than @limit,
 * EBADMSG binary, or gzip that is damaged or cut off, EINVAL no regular file.
 * @text is then as it was.
 */
int kernel_text_read(const char *path, size_t limit, char **text);

/**
 * kernel_config_parse() - the options of a configuration
 * @name: what the text is called in messages
 * @text: from malloc(); taken, and changed
 *
 * As kconfig does, the last word on an option counts, and a line that is none
 * says nothing.
 *
 * Return: 0; or -errno, after a line on standard error: EBADMSG no line sets an
 * option, EFBIG a line of LIMIT_KERNEL_CONFIG_LINE bytes or more, ENOMEM.
 * @text is then freed and @config empty.
 */
int kernel_config_parse(struct kernel_config *config, const char *name, char *text);

/** kernel_config_read() - kernel_text_read() and kernel_config_parse() */
int kernel_config_read(struct kernel_config *config, const char *path);

/** kernel_config_value() - the value of an option; NULL: n, not set, or not there */
const char *kernel_config_value(const struct kernel_config *config, const char *name);

/** kernel_config_free() - also for a config that is all zero */
void kernel_config_free(struct kernel_config *config);

#endif
