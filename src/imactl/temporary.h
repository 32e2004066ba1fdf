/* SPDX-License-Identifier: MIT */
/* The names that imactl gives to what is not finished, and what keeps two runs apart. */
#ifndef IMACTL_TEMPORARY_H
#define IMACTL_TEMPORARY_H

#include <stdbool.h>

/* What a run that is killed may leave behind begins so, whatever directory it is in. */
#define TEMPORARY_PREFIX ".imactl."

/* What keeps two runs that sign one /ima apart, in it. */
#define TEMPORARY_LOCK TEMPORARY_PREFIX "lock"

/* Those of imactl install in the root, whose names its manual and its packages know. */
#define TEMPORARY_IMA      "ima.new"
#define TEMPORARY_IMA_LOCK "ima.lock"

/**
 * is_temporary() - whether a path is of a run that goes on or was killed: nothing signs, lists
 * or packs it
 * @below: inside the root, without a leading slash
 */
bool is_temporary(const char *below);

/**
 * temporary_beside() - what a file is called until it is finished: .imactl.NAME, beside it
 * @path: TREE_PATH_SIZE bytes, filled
 *
 * Return: true, or false with a line: it is too long.
 */
bool temporary_beside(char *path, const char *finished);

/** temporary_clear() - remove what killed runs have left in an /ima, but for the lock; 0 or -errno */
int temporary_clear(int directory);

/**
 * lock_take() - hold a lock until lock_release() or the end of the program
 * @directory: descriptor of what the lock is in
 * @name: of the lock
 *
 * Any user may lock a file that he can open, be it for reading, and would keep root waiting. So
 * this is a directory of mode 0700 that is made for it: only its owner and root can open it. And
 * no file, which IMA might refuse to open when a killed run has left it, and ima-init to ignore.
 *
 * Return: a descriptor, or -errno; -EWOULDBLOCK: another process has it.
 */
int lock_take(int directory, const char *name);

/** lock_release() - does nothing where @lock is none */
void lock_release(int directory, const char *name, int lock);

#endif
