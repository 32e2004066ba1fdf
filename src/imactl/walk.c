/* SPDX-License-Identifier: MIT */
/*
 * The regular files of a tree, one after the other. fts(3) would read and keep a
 * whole directory before it gives the first file.
 */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "tree.h"

struct walk {
	bool complains;
	walk_function *found;
	walk_wants *wants;
	void *data;
	dev_t device;                /* of the tree */
	void *inodes;                /* tsearch(): files with more than one name */
	bool stopped;
	unsigned errors;
};

static void failed(struct walk *walk, const char *path, int error)
{
	if (walk->complains)
		complain(path, "read", "%s", strerror(error));
	walk->errors++;
}

static void *checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

struct inode {
	dev_t device;
	ino_t number;
};

static int compare_inodes(const void *a, const void *b)
{
	const struct inode *left = a, *right = b;

	if (left->device != right->device)
		return left->device < right->device ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

static bool met_before(struct walk *walk, const struct stat *status)
{
	if (status->st_nlink < 2)
		return false;
	struct inode *inode = checked(malloc(sizeof(*inode)));

	*inode = (struct inode){ status->st_dev, status->st_ino };
	struct inode **found = checked(tsearch(inode, &walk->inodes, compare_inodes));

	if (*found == inode)
		return false;
	free(inode);
	return true;
}

/*
 * Mounted over what is in the tree. The device says little: a bind mount may have
 * the tree's own, and overlayfs has several.
 */
static bool is_mounted(int directory, const char *name)
{
	struct statx more;

	return statx(directory, name, AT_SYMLINK_NOFOLLOW, 0, &more) == 0 &&
	       (more.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static void meet_file(struct walk *walk, const char *path, const struct stat *status)
{
	if (status->st_nlink > 1 && walk->wants && !walk->wants(walk->data, path))
		return;
	if (!met_before(walk, status))
		walk->stopped = !walk->found(walk->data, path, status);
}

/* Names of directories that are still to be walked. */
struct names {
	char **list;
	size_t count;
};

static void add_name(struct names *names, const char *name)
{
	/* Room for 1, 2, 4, 8... */
	if ((names->count & (names->count - 1)) == 0)
		names->list = checked(realloc(names->list, 2 * (names->count + 1) * sizeof(*names->list)));
	names->list[names->count++] = checked(strdup(name));
}

static char *join(const char *directory, const char *name)
{
	size_t length = strlen(directory);
	char *path = checked(malloc(length + strlen(name) + 2));

	memcpy(path, directory, length);
	if (length > 0 && path[length - 1] != '/')
		path[length++] = '/';
	(void)strcpy(path + length, name);
	return path;
}

static void meet(struct walk *walk, const char *directory, int descriptor, const char *name,
		 struct names *below)
{
	struct stat status;
	char *path = join(directory, name);

	if (fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		failed(walk, path, errno);
	else if (S_ISDIR(status.st_mode) && !is_mounted(descriptor, name))
		add_name(below, name);
	else if (S_ISREG(status.st_mode) && !is_mounted(descriptor, name))
		meet_file(walk, path, &status);
	free(path);
}

/* The files of one directory; the directories in it are noted, so that one at a time is open. */
static void read_directory(struct walk *walk, const char *path, int descriptor, struct names *below)
{
	DIR *directory = checked(fdopendir(descriptor));
	struct dirent *entry;

	while (!walk->stopped && (errno = 0, entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			meet(walk, path, descriptor, entry->d_name, below);
	if (!walk->stopped && errno != 0)
		failed(walk, path, errno);
	(void)closedir(directory);
}

static void walk_directory(struct walk *walk, const char *path, int flags)
{
	struct names below = { NULL, 0 };
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC | flags);

	if (descriptor < 0 || fstat(descriptor, &status) < 0) {
		failed(walk, path, errno);
		if (descriptor >= 0)
			(void)close(descriptor);
		return;
	}
	if (flags == 0)
		walk->device = status.st_dev;
	if (status.st_dev != walk->device) {
		(void)close(descriptor);
		return;
	}
	read_directory(walk, path, descriptor, &below);
	for (size_t i = 0; i < below.count; i++) {
		char *inside = join(path, below.list[i]);

		if (!walk->stopped)
			walk_directory(walk, inside, O_NOFOLLOW);
		free(inside);
		free(below.list[i]);
	}
	free(below.list);
}

unsigned walk(const char *tree, bool complains, walk_function *found, walk_wants *wants, void *data)
{
	struct walk walk = {
		.complains = complains, .found = found, .wants = wants, .data = data,
	};
	struct stat status;

	if (lstat(tree, &status) < 0) {
		failed(&walk, tree, errno);
	} else if (S_ISREG(status.st_mode)) {
		meet_file(&walk, tree, &status);
	} else if (S_ISDIR(status.st_mode)) {
		walk_directory(&walk, tree, 0);
	}
	tdestroy(walk.inodes, free);
	return walk.errors;
}
