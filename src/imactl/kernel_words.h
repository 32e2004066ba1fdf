/* SPDX-License-Identifier: MIT */
/* What the kernel and imactl say in a word, in plain words. */
#ifndef IMACTL_KERNEL_WORDS_H
#define IMACTL_KERNEL_WORDS_H

#include <stddef.h>

struct explanation {
	const char *word;            /* a cause, or a part of a message */
	const char *meaning;
	const char *remedy;
};

/* cause= of audit records 1800 to 1807 (AUDIT_INTEGRITY_*), security/integrity, Linux 6.1. */
extern const struct explanation kernel_causes[];
extern const size_t kernel_cause_count;

struct kernel_message {
	const char *word;            /* a part of a line */
	const char *also;            /* another part, after it; NULL: any */
	int error;                   /* a positive errno that the line has; 0: any, or none */
	const char *meaning;
	const char *remedy;
};

/* Lines of a log that are not audit records; the first row that fits counts. */
extern const struct kernel_message kernel_messages[];
extern const size_t kernel_message_count;

struct kernel_error {
	int number;
	const char *word, *meaning, *remedy;
};

/* Errnos as IMA, EVM and the keyrings use them. */
extern const struct kernel_error kernel_errors[];
extern const size_t kernel_error_count;

#endif
