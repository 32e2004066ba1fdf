/* SPDX-License-Identifier: MIT */
/*
 * Signatures in a file beside the tree instead of its attributes, for whoever may
 * not set those: the format of `getfattr --dump`, which setfattr --restore reads.
 */
#ifndef IMACTL_SIDECAR_H
#define IMACTL_SIDECAR_H

#include <stdio.h>

#include "signature.h"

struct sidecar;

/** sidecar_new() - an empty one; aborts without memory */
struct sidecar *sidecar_new(void);
void sidecar_free(struct sidecar *sidecar);

/**
 * sidecar_parse() - add what a stream has
 * @line: set to the number of the line that is wrong
 *
 * Taken are security.ima, security.evm and security.capability, as 0x (hex) or 0s (base64), of
 * paths below a tree: no .. and not twice.
 *
 * Return: NULL, or what is wrong.
 */
const char *sidecar_parse(struct sidecar *sidecar, FILE *in, unsigned long *line);

/**
 * sidecar_beside() - where the sidecar of a tree is unless told: TREE.sidecar
 * @path: TREE_PATH_SIZE bytes, filled; outside the tree, however that is named
 *
 * Return: true, or false with a line.
 */
bool sidecar_beside(char *path, const char *tree);

/** sidecar_place_wrong() - why no sidecar of a tree can be written at a path; or NULL */
const char *sidecar_place_wrong(const char *path, const char *tree);

/**
 * sidecar_lock() - keep other runs from it until sidecar_free(): each would write what it has read
 *
 * Return: true, or false with a line.
 */
bool sidecar_lock(struct sidecar *sidecar, const char *path);

/** sidecar_read() - the same from a file; false with a line. @missing_ok: none is an empty one */
bool sidecar_read(struct sidecar *sidecar, const char *path, bool missing_ok);

/** sidecar_write() - sorted by path, aside, then put in place; false with a line */
bool sidecar_write(const struct sidecar *sidecar, const char *path);

/* Returns whether to go on. A value of size 0: the sidecar has none. */
typedef bool sidecar_function(void *data, const char *path, const struct value *ima,
			      const struct value *evm, const struct value *capability);

/** sidecar_for_each() - in the order of the paths */
void sidecar_for_each(const struct sidecar *sidecar, void *data, sidecar_function *function);

/** sidecar_count() - files */
size_t sidecar_count(const struct sidecar *sidecar);

/**
 * sidecar_prune() - forget files that signatures_read() and signatures_write() were not called for
 * @is_ima: those below /ima; otherwise those that are not
 */
void sidecar_prune(struct sidecar *sidecar, bool is_ima);

/**
 * signatures_read() - the signatures of a file, in its attributes or in a sidecar
 * @sidecar: NULL: in its attributes
 * @inside: its path below the tree, with or without a slash before it
 *
 * Return: 0, size 0 where there is none; or -errno. Safe from several threads.
 */
int signatures_read(struct sidecar *sidecar, int file, const char *inside, struct value *ima,
		    struct value *evm);

/**
 * signatures_write() - set both; no value removes one
 * @old_ima: as for attributes_write()
 *
 * Return: 0 or -errno. Safe from several threads.
 */
int signatures_write(struct sidecar *sidecar, int file, const char *inside, const struct value *ima,
		     const struct value *evm, const struct value *old_ima);

/**
 * sidecar_get_capability() - security.capability, which a portable signature is over; size 0: the
 * sidecar has none, and what the file has counts
 *
 * sidecar_set_capability() sets that of a file which is there. Safe from several threads.
 */
void sidecar_get_capability(struct sidecar *sidecar, const char *inside, struct value *capability);
void sidecar_set_capability(struct sidecar *sidecar, const char *inside,
			    const struct value *capability);

#endif
