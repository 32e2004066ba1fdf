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

/* Parts of lines of the kernel log that are no audit records; the first that is found counts. */
extern const struct explanation kernel_messages[];
extern const size_t kernel_message_count;

#endif
