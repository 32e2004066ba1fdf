/* SPDX-License-Identifier: MIT */
/* A new /ima beside the old one, and the step by which the two change places. */
#ifndef IMACTL_STAGE_H
#define IMACTL_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sidecar.h"
#include "tree.h"

struct stage {
	const char *root;            /* of tree_name() */
	int directory;               /* descriptor of the root */
	int lock;                    /* that of ROOT/ima.lock, or -1 */
	bool replaces;               /* there is an /ima */
	bool is_ours;                /* what has the staged name */
	char path[TREE_PATH_SIZE];   /* ROOT/ima.new */
	uint64_t files;
};

/**
 * stage_begin() - lock the root, look whether its /ima can be replaced, clear what was left
 *
 * Return: true, or false with a line. stage_end() is to be called in any case.
 */
bool stage_begin(struct stage *stage, const char *root);

/**
 * stage_fill() - copy the files below ima/ that a sidecar names, with its signatures, to the disk
 *
 * Everything will be root's, but for the canary that must not be. What else the tree has is not
 * of it: packages that are unpacked leave such things when they are cut off.
 *
 * Return: true, or false with a line.
 */
bool stage_fill(struct stage *stage, const char *tree, const struct sidecar *sidecar);

/**
 * stage_exchange() - make it /ima, in one step; on the disk when this returns
 *
 * Return: true; false with a line, and nothing changed.
 */
bool stage_exchange(struct stage *stage);

/** stage_end() - remove what has the staged name: what was not finished, or the old /ima */
void stage_end(struct stage *stage);

#endif
