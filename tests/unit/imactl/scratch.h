/* SPDX-License-Identifier: MIT */
/* A directory for the files of a test, which is removed at the end. */
#ifndef TESTS_UNIT_IMACTL_SCRATCH_H
#define TESTS_UNIT_IMACTL_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table.h"

static char scratch[64];

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void remove_scratch(void)
{
	(void)nftw(scratch, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_scratch(void)
{
	strcpy(scratch, "/tmp/imactl-unit-XXXXXX");
	if (!mkdtemp(scratch)) {
		perror(scratch);
		exit(1);
	}
	atexit(remove_scratch);
}

/* The path of a name in it, until the next but three. */
static const char *scratch_path(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

static const char *scratch_file(const char *name, const void *data, size_t size)
{
	const char *path = scratch_path(name);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	assert_true(write(file, data, size) == (ssize_t)size);
	assert_int_equal(close(file), 0);
	return path;
}

#endif
