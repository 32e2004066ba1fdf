/* SPDX-License-Identifier: MIT */
/* Lines for the kernel log, or for the console where there is none. */
#ifndef IMA_INIT_LOG_H
#define IMA_INIT_LOG_H

#include "boot.h"

/*
 * printk levels: <linux/kern_levels.h>. KERN_EMERG is the only one that reaches every
 * console with `loglevel=1`, the lowest level that the kernel accepts.
 */
enum log_level {
	LOG_FAILURE = '0',
	LOG_NOTICE = '5',
};

/**
 * log_line() - write "ima-init: " and a line
 * @format: as text_format(), without a newline
 *
 * /dev/kmsg takes 10 lines in 5 s from one writer, a good boot has at most 8.
 * A line that cannot be written is lost: there is nobody to tell.
 */
__attribute__((format(printf, 3, 4)))
void log_line(struct boot *boot, enum log_level level, const char *format, ...);

#endif
