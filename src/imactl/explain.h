/* SPDX-License-Identifier: MIT */
/* What a word, a number or a line of a log means. */
#ifndef IMACTL_EXPLAIN_H
#define IMACTL_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel_words.h"

#define EXPLAIN_TEXT 1024    /* bytes of a part of a line, terminated */

/* What was found out of a word or line. */
struct answer {
	const char *kind;            /* such as "failure code", "verdict" or "cause" */
	const char *word;
	const char *meaning;
	const char *remedy;
	char file[EXPLAIN_TEXT];     /* that the line is about, or "" */
	char detail[EXPLAIN_TEXT];   /* what happened, as the line has it, or "" */
};

extern const struct explanation failures[], verdicts[], findings[];
extern const size_t failure_count, verdict_count, finding_count;

/**
 * explain() - say what a word, a number or a line means
 * @answer: filled; all zero where nothing is known
 * @line: as dmesg, journalctl, ausearch, syslog or /dev/kmsg have it, without a newline
 *
 * Return: whether it is known.
 */
bool explain(struct answer *answer, const char *line);

#endif
