/* SPDX-License-Identifier: MIT */
/* The regular files of a tree, handed to as many threads as there are processors. */
#ifndef IMACTL_TREE_H
#define IMACTL_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define TREE_THREADS_MAX 64
#define TREE_PATH_SIZE   4096    /* PATH_MAX */

/* What a thread does; each thread has a state of its own. */
struct tree_work {
	/**
	 * Called for each file, in any thread and order.
	 * @path: of the tree and below; freed by the caller
	 * @below: inside @path, what stands behind the tree's own path and its slash
	 */
	void (*file)(void *thread_state, const char *path, const char *below);
	void **thread_states;
	unsigned threads;
	const volatile bool *stop;   /* set by a signal: no further file is begun */
	/**
	 * Whether a file that has several names is taken by this one; NULL: by the first.
	 * Called in the thread that walks.
	 */
	bool (*wants)(const char *path, const char *below);
};

struct tree_totals {
	uint64_t files;              /* handed out */
	uint64_t bytes;
	unsigned errors;             /* directories that could not be read, with a line each */
};

/**
 * path_join() - a path inside a root
 * @path: TREE_PATH_SIZE bytes, filled
 *
 * Return: true, or false with a line: it is too long for the kernel.
 */
bool path_join(char *path, const char *root, const char *inside);

/** path_exists() - whether there is something at a path inside a root */
bool path_exists(const char *root, const char *inside);

/** is_directory() - whether a path leads to a directory */
bool is_directory(const char *path);

/**
 * tree_name() - a tree as it was named, without slashes at its end
 * @path: TREE_PATH_SIZE bytes; "" for the root directory; with a slash where the
 *        name is a symlink to a directory
 *
 * Return: true, or false with a line: it is not there, too long, or a symlink to a file.
 */
bool tree_name(char *path, const char *tree);

/** tree_threads() - how many threads a machine has work for */
unsigned tree_threads(void);

/**
 * tree_walk() - hand each regular file below a directory to a thread, once
 *
 * No symlink is followed, no other file system entered, and of hard links the
 * first that is met is taken. A tree may also be a single file.
 */
struct tree_totals tree_walk(const char *tree, const struct tree_work *work);

/**
 * tree_catch_signals() - the signals that would end the program between two attributes of a file
 * @handler: sets the flag of tree_work
 *
 * Those that are ignored stay so, as under nohup(1). SIGPIPE is one: whoever reads
 * the messages may leave.
 */
void tree_catch_signals(void (*handler)(int number));

/** tree_count() - how much there is, without doing anything; for the progress */
struct tree_totals tree_count(const char *tree);

/**
 * tree_open() - open a file that a walk found
 * @status: filled by fstat()
 *
 * No symlink is followed on the last step, a FIFO does not block.
 *
 * Return: the descriptor, or -errno; -EINVAL: not a regular file any more.
 */
int tree_open(const char *path, struct stat *status);

/**
 * tree_find() - what a path leads to inside a tree, by no symlink and not out of it
 * @root: descriptor of the tree
 * @status: filled by fstat()
 *
 * Return: a descriptor of O_PATH, which opens nothing, or -errno.
 */
int tree_find(int root, const char *path, struct stat *status);

/**
 * tree_open_inside() - open a regular file of a tree by what a sidecar calls it
 * @root: descriptor of the tree
 *
 * No symlink is followed at all: a sidecar of somebody else's must not lead out of the tree.
 *
 * Return: the descriptor, or -errno; -EINVAL: not a regular file.
 */
int tree_open_inside(int root, const char *path);

#endif
