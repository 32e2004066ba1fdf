/* SPDX-License-Identifier: MIT */
/*
 * Owners and modes that files will have and do not have here: a device table, as
 * mkfs.ubifs, genext2fs and Buildroot read it, of files and directories that are there.
 */
#ifndef IMACTL_PERMISSIONS_H
#define IMACTL_PERMISSIONS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

struct permissions;

/**
 * permissions_parse() - read a table
 * @line: set to the number of the line that is wrong
 * @wrong: set to what is wrong, or NULL
 *
 * Return: the table, or NULL.
 */
struct permissions *permissions_parse(FILE *in, unsigned long *line, const char **wrong);

/** permissions_read() - the same of a file; NULL with a line */
struct permissions *permissions_read(const char *path);
void permissions_free(struct permissions *permissions);

/**
 * permissions_fit() - whether all that a table names is in a tree, and is what it says
 *
 * No symlink is followed. A file with several names has one owner, so a table cannot
 * speak of one of them.
 *
 * Return: true, or false with a line for each that is wrong.
 */
bool permissions_fit(const struct permissions *permissions, const char *tree);

/** permissions_apply() - owner and mode of a file or directory, if the table names it */
void permissions_apply(const struct permissions *permissions, const char *inside,
		       struct stat *status);

/** permissions_has() - whether the table has a line for a path */
bool permissions_has(const struct permissions *permissions, const char *inside);

#endif
