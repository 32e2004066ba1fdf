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

#include "attributes.h"
#include "report.h"
#include "temporary.h"

struct walk {
	const struct walk_tree *tree;
	bool complains;
	walk_function *found;
	walk_wants *wants;
	void *data;
	void *inodes;                /* tsearch(): files with more than one name */
	bool stopped;
	struct walk_totals totals;
};

static void failed(struct walk *walk, const char *path, int error)
{
	if (walk->complains)
		complain(path, "read", "%s", error == ELOOP || error == ENOTDIR || error == EXDEV
			 ? "it was a directory and is another now; run it again when nothing "
			   "writes to the tree"
			 : strerror(error));
	walk->totals.errors++;
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

static void leave_out(struct walk *walk, const char *path)
{
	if (walk->complains)
		complain(path, "leave out", WALK_MOUNTED);
	walk->totals.mounts++;
}

bool walk_is_mounted(int directory, const char *name)
{
	struct statx more;

	return statx(directory, name, AT_SYMLINK_NOFOLLOW, 0, &more) == 0 &&
	       (more.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

struct tree_file walk_file(const struct walk_tree *tree, const char *path)
{
	const char *below = path + strlen(tree->path);

	return (struct tree_file){ tree->root, path, below + strspn(below, "/") };
}

static void meet_file(struct walk *walk, const char *path, const struct stat *status)
{
	const struct tree_file file = walk_file(walk->tree, path);

	if (status->st_nlink > 1 && walk->wants && !walk->wants(walk->data, &file))
		return;
	if (!met_before(walk, status))
		walk->stopped = !walk->found(walk->data, &file, status);
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

	if (is_temporary(walk_file(walk->tree, path).below))
		;
	else if (fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		failed(walk, path, errno);
	else if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
		;
	else if (walk_is_mounted(descriptor, name))
		leave_out(walk, path);
	else if (S_ISDIR(status.st_mode))
		add_name(below, name);
	else
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

static void walk_directory(struct walk *walk, const char *path)
{
	struct names below = { NULL, 0 };
	struct stat status;
	int descriptor = tree_open_directory(walk->tree->root, walk_file(walk->tree, path).below);

	if (descriptor < 0) {
		failed(walk, path, -descriptor);
		return;
	}
	/* Without a mount: a subvolume of btrfs. */
	if (fstat(descriptor, &status) < 0 || status.st_dev != walk->tree->status.st_dev) {
		leave_out(walk, path);
		(void)close(descriptor);
		return;
	}
	read_directory(walk, path, descriptor, &below);
	for (size_t i = 0; i < below.count; i++) {
		char *inside = join(path, below.list[i]);

		if (!walk->stopped)
			walk_directory(walk, inside);
		free(inside);
		free(below.list[i]);
	}
	free(below.list);
}

int walk_begin(struct walk_tree *tree, const char *path)
{
	*tree = (struct walk_tree){ .path = path, .root = -1 };
	if (lstat(path, &tree->status) < 0)
		return -errno;
	if (S_ISREG(tree->status.st_mode))
		return 0;
	tree->root = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return tree->root < 0 || fstat(tree->root, &tree->status) < 0 ? -errno : 0;
}

void walk_end(struct walk_tree *tree)
{
	close_descriptor(&tree->root);
	tree->root = -1;
}

struct walk_totals walk(const struct walk_tree *tree, bool complains, walk_function *found,
			walk_wants *wants, void *data)
{
	struct walk walk = {
		.tree = tree, .complains = complains, .found = found, .wants = wants, .data = data,
	};

	if (tree->root >= 0)
		walk_directory(&walk, tree->path);
	else
		meet_file(&walk, tree->path, &tree->status);
	tdestroy(walk.inodes, free);
	return walk.totals;
}
