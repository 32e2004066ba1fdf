/* SPDX-License-Identifier: MIT */
/* Whether the kernel that will be booted takes the certificates of an /ima. */
#ifndef IMACTL_CHAIN_H
#define IMACTL_CHAIN_H

#include <stdbool.h>

#include "keyrings.h"

/* Who vouches. */
struct chain {
	struct authorities *authorities;     /* NULL: no CA was named */
	const char *named;           /* where it was named, for messages */
	bool asks_kernel;            /* where none was named: the running one, which is to boot again */
	bool unchecked;              /* nobody: it was said so */
};

/**
 * chain_known() - whether there is anybody to vouch; false with a line that says what to do
 * @root: of tree_name(), for the line
 */
bool chain_known(const struct chain *chain, const char *root);

/**
 * chain_has() - whether a certificate is vouched for
 * @more: further CAs, or NULL
 * @reason: set where it is not
 */
bool chain_has(const struct chain *chain, const struct certificate *certificate,
	       const struct authorities *more,
	       const char **reason);

/**
 * chain_directory() - each certificate of an /ima that the kernel or ima-init loads
 * @directory: what is or will be the /ima
 * @refused: called for each that is not vouched for; @path is of this machine
 *
 * Those of keys/secondary vouch for those of keys/ima and keys/evm, as in the kernel.
 *
 * Return: how many were refused or not read.
 */
unsigned chain_directory(const struct chain *chain, const char *directory,
			 void (*refused)(void *data, const char *path, const char *reason),
			 void *data);

#endif
