/* SPDX-License-Identifier: MIT */
/* New files of one directory, made aside and put in place together. */
#ifndef IMACTL_FILE_SET_H
#define IMACTL_FILE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FILE_SET_MAX 16

struct file_set {
	const char *directory;
	bool made;                   /* the directory was not there before */
	char aside[4096];            /* the directory where they are made */
	const char *names[FILE_SET_MAX];
	size_t count;
};

/**
 * file_set_start() - make the directory (0700) if it is not there, and one aside inside it
 *
 * Return: true, or false with a line.
 */
bool file_set_start(struct file_set *set, const char *directory);

/** file_set_refuses() - whether a name is taken already; with a line: nothing is overwritten */
bool file_set_refuses(const struct file_set *set, const char *name);

/** file_set_add() - write a file aside; @name stays the caller's; false with a line */
bool file_set_add(struct file_set *set, const char *name, mode_t mode, const void *data, size_t size);

/** file_set_place() - give all files their names; none where one is taken; false with a line */
bool file_set_place(struct file_set *set);

/** file_set_end() - remove what is aside; in any case the last call */
void file_set_end(struct file_set *set);

#endif
