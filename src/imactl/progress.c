/* SPDX-License-Identifier: MIT */
/* How far a long run is, on a terminal. */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "report.h"

#define INTERVAL_MS 200

void progress_start(struct progress *progress, const char *what, bool quiet)
{
	*progress =
		(struct progress){ .what = what, .shown = !quiet && isatty(STDERR_FILENO) == 1 };
	(void)clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

void progress_expect(struct progress *progress, const char *tree)
{
	if (!progress->shown)
		return;
	struct tree_totals totals = tree_count(tree);

	progress->all.files += totals.files;
	progress->all.bytes += totals.bytes;
}

static uint64_t elapsed_ms(const struct progress *progress)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec - progress->start.tv_sec) * 1000 +
	       (uint64_t)((now.tv_nsec - progress->start.tv_nsec) / 1000000);
}

/* The remaining time goes by bytes and files alike: small files cost a signature, large ones a digest. */
static void show(const struct progress *progress, uint64_t ms)
{
	uint64_t files = progress->files, bytes = progress->bytes;
	double done = progress->all.files == 0 ? 0 :
		((double)files / (double)progress->all.files +
		 (double)(bytes + 1) / (double)(progress->all.bytes + 1)) / 2;
	double seconds = (double)ms / 1000;

	flockfile(stderr);
	begin_line();
	fprintf(stderr, "\r\033[K%s: %llu of %llu files, %.1f of %.1f MB, %.0f files/s",
		progress->what, (unsigned long long)files, (unsigned long long)progress->all.files,
		(double)bytes / 1e6, (double)progress->all.bytes / 1e6, (double)files / seconds);
	if (done > 0.01 && done < 1)
		fprintf(stderr, ", %.0f s left", seconds / done - seconds);
	funlockfile(stderr);
}

void progress_add(struct progress *progress, uint64_t bytes)
{
	progress->files++;
	progress->bytes += bytes;
	if (!progress->shown)
		return;
	uint64_t ms = elapsed_ms(progress), next = progress->next_ms;

	/* One thread of those that come at the same time draws the line. */
	if (ms >= next &&
	    atomic_compare_exchange_strong(&progress->next_ms, &next, ms + INTERVAL_MS))
		show(progress, ms + 1);
}

double progress_end(struct progress *progress)
{
	clear_line();
	return (double)elapsed_ms(progress) / 1000;
}
