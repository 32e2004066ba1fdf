/* SPDX-License-Identifier: MIT */
/* A file that is made in a directory aside, and gets its name when it is right. */
#ifndef IMACTL_OUTPUT_H
#define IMACTL_OUTPUT_H

#include <stdbool.h>

#include "tree.h"

/* The names in the directory aside. */
#define ASIDE_IMAGE     "/image"
#define ASIDE_PARTITION "/partition"
#define ASIDE_SIDECAR   "/sidecar"
#define ASIDE_STAGE     "/stage"     /* a directory, and what else a tool makes beside it */
#define ASIDE_INITRD    "/initrd"
#define ASIDE_CMDLINE   "/cmdline"

/**
 * output_begin() - make the directory aside, beside the output
 * @output: the name that the file will have
 * @force: what has it may be replaced
 * @tree: which the output must not be inside of
 * @directory: TREE_PATH_SIZE bytes, filled
 *
 * From here on a signal that ends the program takes away what was made.
 *
 * Return: true, or false with a line.
 */
bool output_begin(const char *output, bool force, const char *tree, char *directory);

/** output_free() - whether nothing is there that must stay; false with a line */
bool output_free(const char *output, bool force);

/** output_place() - give what is called @aside in the directory its name; false with a line */
bool output_place(const char *aside, const char *output, bool force);

/** output_end() - remove the directory and what is left in it */
void output_end(void);

#endif
