/* SPDX-License-Identifier: MIT */
/* The regular files of a tree, one after the other. */
#ifndef IMACTL_WALK_H
#define IMACTL_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

/**
 * What is done with a file.
 * @path: of the tree and below; it goes when this returns
 *
 * Return: whether to go on.
 */
typedef bool walk_function(void *data, const char *path, const struct stat *status);

/** Whether a file that has several names is taken by this one. */
typedef bool walk_wants(void *data, const char *path);

/**
 * walk() - each regular file below a directory, or the file that is named, once
 * @wants: of hard links the first that it says yes to is taken; NULL: the first
 * @complains: say a line for what cannot be read
 *
 * No symlink is followed below @tree, no other file system entered, nothing taken
 * that is mounted there, and of hard links one is taken. Memory grows with the
 * directories inside one directory and with the files that have several names, not
 * with the files.
 *
 * Return: how much could not be read.
 */
unsigned walk(const char *tree, bool complains, walk_function *found, walk_wants *wants, void *data);

#endif
