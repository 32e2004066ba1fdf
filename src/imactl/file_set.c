/* SPDX-License-Identifier: MIT */
/* New files of one directory, made aside and put in place together. */
#include "file_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "report.h"
#include "tree.h"

static bool join(char *path, const char *directory, const char *name)
{
	char inside[TREE_PATH_SIZE];

	(void)snprintf(inside, sizeof(inside), "/%.255s", name);
	return path_join(path, directory, inside);
}

bool file_set_start(struct file_set *set, const char *directory)
{
	*set = (struct file_set){ .directory = directory };
	set->made = mkdir(directory, 0700) == 0;
	if (!set->made && errno != EEXIST) {
		complain(directory, "make directory", "%s", strerror(errno));
		return false;
	}
	if (!join(set->aside, directory, ".new.XXXXXX"))
		return false;
	if (!mkdtemp(set->aside)) {
		complain(directory, "write", "%s", strerror(errno));
		set->aside[0] = '\0';
		return false;
	}
	return true;
}

bool file_set_refuses(const struct file_set *set, const char *name)
{
	char path[TREE_PATH_SIZE];
	struct stat status;

	if (!join(path, set->directory, name) || lstat(path, &status) == 0) {
		complain(path, "write", "it exists, and is not overwritten");
		return true;
	}
	return false;
}

bool file_set_add(struct file_set *set, const char *name, mode_t mode, const void *data, size_t size)
{
	char path[TREE_PATH_SIZE];

	errno = 0;
	if (set->count == FILE_SET_MAX || !join(path, set->aside, name))
		return false;
	AUTO_CLOSE int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	set->names[set->count++] = name;
	bool written = file >= 0 && write(file, data, size) == (ssize_t)size && fchmod(file, mode) == 0 &&
		       fsync(file) == 0;

	if (!written) {
		complain(path, "write", "%s", errno ? strerror(errno) : strerror(ENOSPC));
		return false;
	}
	return true;
}

bool file_set_place(struct file_set *set)
{
	char from[TREE_PATH_SIZE], to[TREE_PATH_SIZE];

	for (size_t i = 0; i < set->count; i++) {
		/* link(2) never overwrites. */
		if (join(from, set->aside, set->names[i]) && join(to, set->directory, set->names[i]) &&
		    link(from, to) == 0)
			continue;
		complain(to, "write", "%s", errno == EEXIST ? "it exists, and is not overwritten" : strerror(errno));
		while (i-- > 0)
			if (join(to, set->directory, set->names[i]))
				(void)unlink(to);
		return false;
	}
	return true;
}

void file_set_end(struct file_set *set)
{
	char path[TREE_PATH_SIZE];

	if (!set->aside[0])
		return;
	for (size_t i = 0; i < set->count; i++)
		if (join(path, set->aside, set->names[i]))
			(void)unlink(path);
	if (rmdir(set->aside) < 0)
		complain(set->aside, "remove", "%s", strerror(errno));
	/* Only where nothing came into it. */
	if (set->made)
		(void)rmdir(set->directory);
}
