/* SPDX-License-Identifier: MIT */
/* How a step says that it failed, and what happens then. */
#ifndef IMA_INIT_FAILURE_H
#define IMA_INIT_FAILURE_H

#include <stdnoreturn.h>

#include "boot.h"

/**
 * fail() - word what happened, for the step to return
 * @code: why the boot stops
 * @format: as text_format(); names the file, the line, the limit or the errno
 *
 * Return: @code
 */
__attribute__((format(printf, 3, 4)))
enum failure_code fail(struct boot *boot, enum failure_code code, const char *format, ...);

/**
 * fail_line() - the same for a text that a reader of src/format refused
 * @path: of the file
 * @line: that is wrong; 0: the file as a whole
 */
enum failure_code fail_line(struct boot *boot, enum failure_code code, const char *path,
			    unsigned line, const char *wrong);

/**
 * fail_boot() - write the one line of a failure and do what init.conf says
 *
 * Before init.conf was read that is always a panic. A panic is PID 1's exit:
 * what the kernel does then is panic='s to say.
 */
noreturn void fail_boot(struct boot *boot, enum failure_code code);

#endif
