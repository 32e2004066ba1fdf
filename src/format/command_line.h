/* SPDX-License-Identifier: MIT */
/* The kernel's command line, split as the kernel splits it. */
#ifndef FORMAT_COMMAND_LINE_H
#define FORMAT_COMMAND_LINE_H

#include <stdbool.h>

struct word {
	char *name;
	char *value;      /* NULL: no `=` */
};

/**
 * command_line_word() - take the next word off a command line
 * @line: moved behind the word; the text is changed
 *
 * As next_arg() in the kernel's lib/cmdline.c: quotes join blanks, and are
 * taken off around a word or a value.
 *
 * Return: false at the end, and at "--": what follows is init's own.
 */
bool command_line_word(char **line, struct word *word);

/** is_parameter() - whether a name is @name to the kernel, to which `-` is `_` */
bool is_parameter(const char *word, const char *name);

/**
 * names_appraise_tcb() - whether a value of ima_policy= names appraise_tcb among its policies
 *
 * default_policy_setup() in ima_policy.c
 */
bool names_appraise_tcb(const char *value);

#endif
