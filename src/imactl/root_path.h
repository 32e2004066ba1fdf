/* SPDX-License-Identifier: MIT */
/* A path inside a root, followed as execve() will on the machine. */
#ifndef IMACTL_ROOT_PATH_H
#define IMACTL_ROOT_PATH_H

#include <sys/stat.h>

#include "evm_digest.h"
#include "failure_codes.h"
#include "tree.h"

/**
 * root_find() - find the program that a path leads to, as ima-init's find_program()
 * @root: of tree_name()
 * @target: the owner that all files will have
 * @inside: absolute, as seen on the machine; symlinks are followed inside the root
 * @path: TREE_PATH_SIZE bytes; set to where the file is on this machine
 * @status: of the file
 * @reason: set on failure
 *
 * Return: FAIL_NONE, or the code that ima-init will fail with.
 */
enum failure_code root_find(const char *root, const struct evm_target *target, const char *inside,
			    char *path, struct stat *status, const char **reason);

#endif
