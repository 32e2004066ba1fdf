/* SPDX-License-Identifier: MIT */
/* Removing a directory and all that is in it. */
#ifndef IMACTL_REMOVE_TREE_H
#define IMACTL_REMOVE_TREE_H

#include <stdatomic.h>
#include <stdbool.h>

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

/*
 * Set by the handler of a signal that ends the program: then by the kernel's calls alone. fakeroot's
 * functions of these names wait for ever where the signal has interrupted another of them.
 */
extern atomic_bool remove_tree_in_handler;

#endif
