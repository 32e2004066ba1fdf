/* SPDX-License-Identifier: MIT */
/* The regular files of a tree, handed to as many threads as there are processors. */
#ifndef IMACTL_TREE_H
#define IMACTL_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define TREE_THREADS_MAX 64
#define TREE_PATH_SIZE   4096    /* PATH_MAX */

/* A file that a walk has found; it goes when the function that it is given to returns. */
struct tree_file {
	int root;                    /* descriptor of the tree; -1: the tree is this one file */
	const char *path;            /* of the tree and below: for messages */
	const char *below;           /* of it, what stands behind the tree's own path and its slash */
};

/* What a thread does; each thread has a state of its own. */
struct tree_work {
	/** Called for each file, in any thread and order, until a signal comes. */
	void (*file)(void *thread_state, const struct tree_file *file);
	void **thread_states;
	unsigned threads;
	/**
	 * Whether a file that has several names is taken by this one; NULL: by the first.
	 * Called in the thread that walks.
	 */
	bool (*wants)(const struct tree_file *file);
};

struct tree_totals {
	uint64_t files;              /* handed out */
	uint64_t bytes;
	unsigned mounts;             /* left out, with a line each */
	unsigned errors;             /* what could not be read, with a line each */
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

/** image_kind() - what image of a file system or archive a file is, by its first 2 KiB; or NULL */
const char *image_kind(const char *path);

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
 * As walk() says. A tree may also be a single file.
 */
struct tree_totals tree_walk(const char *tree, const struct tree_work *work);

/** tree_count() - how much there is, without doing anything; for the progress */
struct tree_totals tree_count(const char *tree);

/**
 * tree_open() - open a file by its path
 * @status: filled by fstat()
 *
 * No symlink is followed on the last step, a FIFO does not block.
 *
 * Return: the descriptor, or -errno; -EINVAL: not a regular file any more.
 */
int tree_open(const char *path, struct stat *status);

/**
 * tree_open_found() - open a file that a walk has found, for reading
 * @status: filled by fstat()
 *
 * By the walk's own descriptor and no symlink, so that it is inside of the tree, and by no mount,
 * whatever somebody else does to the directories meanwhile.
 *
 * Return: the descriptor, or -errno; -EINVAL: not a regular file any more; -ELOOP: a symlink is
 * on the way now; -EXDEV: a mount is.
 */
int tree_open_found(const struct tree_file *file, struct stat *status);

/** tree_open_directory() - a directory of a tree, by the same rules; "" is the tree itself */
int tree_open_directory(int root, const char *below);

/**
 * tree_find() - what a path leads to inside a tree, by no symlink and not out of it
 * @root: descriptor of the tree
 * @status: filled by fstat()
 *
 * Return: a descriptor of O_PATH, which opens nothing, or -errno.
 */
int tree_find(int root, const char *path, struct stat *status);

/** tree_look() - the same; a symlink that the path ends in is what it leads to */
int tree_look(int root, const char *path, struct stat *status);

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
