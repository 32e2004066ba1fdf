/* SPDX-License-Identifier: MIT */
/* Removing a directory and all that is in it. */
#ifndef IMACTL_REMOVE_TREE_H
#define IMACTL_REMOVE_TREE_H

/**
 * remove_tree() - remove what a name leads to
 * @directory: descriptor of what it is in, on the same file system
 *
 * No symlink is followed and no other file system entered. Nothing but system calls: a signal
 * handler may call it.
 *
 * Return: 0, also where it was not there, or -errno.
 */
int remove_tree(int directory, const char *name);

#endif
