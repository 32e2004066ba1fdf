/* SPDX-License-Identifier: MIT */
/* The names that imactl gives to what is not finished, and what keeps two runs apart. */
#include "temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layout.h"
#include "remove_tree.h"
#include "report.h"
#include "tree.h"

#define LOCK_TRIES 100

static bool is_first(const char *below, const char *name)
{
	size_t length = strlen(name);

	return strncmp(below, name, length) == 0 && (!below[length] || below[length] == '/');
}

bool is_temporary(const char *below)
{
	size_t length = strlen(TEMPORARY_PREFIX);

	if (is_first(below, TEMPORARY_IMA) || is_first(below, TEMPORARY_IMA_LOCK))
		return true;
	for (const char *name = below; name; name = strchr(name, '/')) {
		name += *name == '/';
		if (strncmp(name, TEMPORARY_PREFIX, length) == 0)
			return true;
	}
	return false;
}

bool temporary_beside(char *path, const char *finished)
{
	const char *slash = strrchr(finished, '/');
	int before = slash ? (int)(slash - finished) + 1 : 0;
	int length = snprintf(path, TREE_PATH_SIZE, "%.*s" TEMPORARY_PREFIX "%s", before, finished,
			      finished + before);

	if (length >= 0 && length < TREE_PATH_SIZE)
		return true;
	complain(finished, "write", "%s", strerror(ENAMETOOLONG));
	return false;
}

/* Those of 0.1 had names of their own. */
static bool is_left_over(const char *name)
{
	return (strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0 &&
		strcmp(name, TEMPORARY_LOCK) != 0) ||
		strcmp(name, ".manifest.new") == 0 || strcmp(name, ".probe.new") == 0;
}

int temporary_clear(int directory)
{
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
	DIR *names = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;

	if (!names)
		return -errno;
	while (error == 0 && (entry = readdir(names)))
		if (is_left_over(entry->d_name))
			error = remove_tree(directory, entry->d_name);
	(void)closedir(names);
	return error;
}

/* Whether a descriptor is still what has that name. */
static bool is_named(int directory, const char *name, int file)
{
	struct stat named, opened;

	return fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		fstat(file, &opened) == 0 && named.st_dev == opened.st_dev &&
		named.st_ino == opened.st_ino;
}

int lock_take(int directory, const char *name)
{
	for (unsigned tries = 0; tries < LOCK_TRIES; tries++) {
		if (mkdirat(directory, name, 0700) < 0 && errno != EEXIST)
			return -errno;
		int lock = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int error = lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;

		if (error == 0 && is_named(directory, name, lock))
			return lock;
		if (lock >= 0)
			(void)close(lock);
		/* Else: whoever had it has removed it. */
		if (error != 0 && error != -ENOENT)
			return error;
	}
	return -EWOULDBLOCK;
}

void lock_release(int directory, const char *name, int lock)
{
	if (lock < 0)
		return;
	(void)unlinkat(directory, name, AT_REMOVEDIR);
	(void)close(lock);
}
