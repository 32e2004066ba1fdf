/* SPDX-License-Identifier: MIT */
/* How far a long run is, on a terminal. */
#ifndef IMACTL_PROGRESS_H
#define IMACTL_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "tree.h"

struct progress {
	bool shown;                  /* standard error is a terminal */
	const char *what;
	struct tree_totals all;      /* how much there is to do */
	struct timespec start;
	_Atomic uint64_t files, bytes, next_ms;
};

/** progress_start() - @quiet: never show any */
void progress_start(struct progress *progress, const char *what, bool quiet);

/** progress_expect() - count a tree ahead; does nothing when no progress is shown */
void progress_expect(struct progress *progress, const char *tree);

/** progress_add() - a file is done; from any thread */
void progress_add(struct progress *progress, uint64_t bytes);

/** progress_end() - take the line away; the seconds since the start */
double progress_end(struct progress *progress);

#endif
