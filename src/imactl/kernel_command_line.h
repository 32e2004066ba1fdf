/* SPDX-License-Identifier: MIT */
/* The words of a command line, all at once. */
#ifndef IMACTL_KERNEL_COMMAND_LINE_H
#define IMACTL_KERNEL_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "format/command_line.h"

/* Bytes of a text that is looked at; ima-init itself takes less (LIMIT_CMDLINE). */
#define LIMIT_KERNEL_COMMAND_LINE 65536

struct kernel_command_line {
	char *text;                  /* what the words point into */
	size_t length;               /* bytes, before it was split */
	struct word *words;
	size_t count;
};

/**
 * kernel_command_line_parse() - the words up to "--", behind which all is init's
 * @text: any bytes up to a NUL; copied
 *
 * Return: 0; or -ENOMEM.
 */
int kernel_command_line_parse(struct kernel_command_line *line, const char *text);

/** kernel_command_line_free() - also for a line that is all zero */
void kernel_command_line_free(struct kernel_command_line *line);

/** kernel_command_line_has() - whether a word, with or without a value, has that name */
bool kernel_command_line_has(const struct kernel_command_line *line, const char *name);

/** kernel_command_line_value() - the value of the last NAME=value; NULL: there is none */
const char *kernel_command_line_value(const struct kernel_command_line *line, const char *name);

/**
 * kernel_word_is_environment() - whether a word lands in the environment of process 1
 *
 * Every NAME=value without a dot in NAME does that no kernel code knows. Which
 * names a kernel knows is not written down anywhere; but next to none has a
 * capital letter, and the variables that a program obeys have nothing else.
 */
bool kernel_word_is_environment(const struct word *word);

/**
 * kernel_root_is_verity() - whether dm-mod.create= makes the root, and verifies it
 * @create: value of dm-mod.create=
 * @root: value of root=
 *
 * @root must be /dev/dm-N, all of that device under the target verity, and no
 * damage ignored (ignore_corruption).
 */
bool kernel_root_is_verity(const char *create, const char *root);

#endif
