/* SPDX-License-Identifier: MIT */
/* What the kernel wrote into its log of late (syslog(2), no device needed). */
#ifndef IMA_INIT_KERNEL_LOG_H
#define IMA_INIT_KERNEL_LOG_H

#include <stddef.h>

/** kernel_log_read() - take in the last 8 KiB of the log; an empty one if it cannot be read */
void kernel_log_read(void);

/**
 * kernel_log_next() - the next message of what was taken in
 * @message: NULL for the first; otherwise the one before
 * @length: set to the message's length, without prefix, stamp and newline
 *
 * Return: the message, not terminated, or NULL behind the last.
 */
const char *kernel_log_next(const char *message, size_t *length);

#endif
