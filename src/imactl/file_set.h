/* SPDX-License-Identifier: MIT */
/* New files of one directory, made aside and put in place together. */
#ifndef IMACTL_FILE_SET_H
#define IMACTL_FILE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FILE_SET_MAX 16

struct new_file {
	const char *name;
	mode_t mode;
	void *data;
	size_t size;
	/* For whoever lists the set: */
	const char *kind;            /* what it is */
	const char *place;           /* path inside an image, or NULL */
	mode_t place_mode;           /* there */
	const char *note;            /* what else is to be said of where it goes, or NULL */
};

struct file_set {
	const char *directory;
	struct new_file files[FILE_SET_MAX];
	size_t count;
};

/**
 * file_set_begin() - an empty set for a directory that is there, or can be made
 *
 * Nothing is made yet. The set is to be freed in any case.
 *
 * Return: true, or false with a line.
 */
bool file_set_begin(struct file_set *set, const char *directory);

/** file_set_refuses() - whether a name is taken already; with a line: nothing is overwritten */
bool file_set_refuses(const struct file_set *set, const char *name);

/**
 * file_set_add() - a file for the set, in memory
 * @file: its data is copied, its texts stay the caller's
 *
 * Return: true, or false with a line.
 */
bool file_set_add(struct file_set *set, const struct new_file *file);

/**
 * file_set_place() - make the directory (0700) if it is not there, and all the files in it
 *
 * All or none, whatever fails. The signals that end a program are held up
 * meanwhile: one that comes before the files have their names takes back what
 * was made, and then ends the program as ever.
 *
 * Return: true, or false with a line: a name is taken, a disk full.
 */
bool file_set_place(struct file_set *set);

/** file_set_free() - wipe what is in memory */
void file_set_free(struct file_set *set);

#endif
