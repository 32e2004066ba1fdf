/* SPDX-License-Identifier: MIT */
/* The regular files of a tree, one after the other. */
#ifndef IMACTL_WALK_H
#define IMACTL_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "tree.h"

/* A tree that is being walked. Its descriptor is what leads to every file of it. */
struct walk_tree {
	const char *path;
	int root;                    /* -1: it is a single file */
	struct stat status;
};

/**
 * walk_begin() - open a tree
 * @path: without a slash at its end, unless it is a symlink to a directory
 *
 * Return: 0 or -errno. walk_end() closes it.
 */
int walk_begin(struct walk_tree *tree, const char *path);
void walk_end(struct walk_tree *tree);

/** walk_file() - what a path of the tree and below is, for tree_open_found() */
struct tree_file walk_file(const struct walk_tree *tree, const char *path);

/**
 * walk_is_mounted() - whether something is mounted over what a directory has
 *
 * The device says little: a bind mount may have the tree's own, and overlayfs has several.
 */
bool walk_is_mounted(int directory, const char *name);

/* What is left out of a tree, in the words of each command that leaves it out. */
#define WALK_MOUNTED "something is mounted there, which is not of the tree"

/** What is done with a file. Return: whether to go on. */
typedef bool walk_function(void *data, const struct tree_file *file, const struct stat *status);

/** Whether a file that has several names is taken by this one. */
typedef bool walk_wants(void *data, const struct tree_file *file);

struct walk_totals {
	unsigned mounts;             /* that were left out */
	unsigned errors;             /* how much could not be read */
};

/**
 * walk() - each regular file below a directory, or the file that is named, once
 * @wants: of hard links the first that it says yes to is taken; NULL: the first
 * @complains: say a line for what cannot be read, and for what is left out
 *
 * No symlink is followed below the tree, also where a directory is exchanged for one meanwhile; no
 * other file system entered, nothing taken that is mounted there or that is_temporary(), and of
 * hard links one is taken. Memory grows with the directories inside one directory and with the
 * files that have several names, not with the files.
 */
struct walk_totals walk(const struct walk_tree *tree, bool complains, walk_function *found,
			walk_wants *wants, void *data);

#endif
