/* SPDX-License-Identifier: MIT */
/* A whole log: each thing once, and what only several lines together say. */
#ifndef IMACTL_EXPLAIN_LOG_H
#define IMACTL_EXPLAIN_LOG_H

#include "explain.h"

struct log_answer {
	struct answer answer;
	unsigned times;
};

struct explain_log {
	struct log_answer *answers;
	size_t count;
	unsigned known, left_out;    /* lines; left_out: beyond the limit of LOG_ANSWERS */
	size_t boot;                 /* the first answer of the boot that is being read */
	bool ima_init_ran;           /* it has written a line, or the kernel has tried to start it */
	bool not_named;              /* the command line has no init=/ima/init, nor rdinit= */
	char other_init[128];        /* that the kernel has started instead; "" */
	char certificate[128];       /* where the kernel loads one from at the moment */
};

#define LOG_ANSWERS 1000

/** explain_log_read() - explain standard input; false, after a line, where it cannot be read */
bool explain_log_read(struct explain_log *log);

/** explain_log_free() - what explain_log_read() has made */
void explain_log_free(struct explain_log *log);

#endif
