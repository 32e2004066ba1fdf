/* SPDX-License-Identifier: MIT */
/* The paths that a manifest, init.conf and a sidecar may name. */
#ifndef FORMAT_PATH_H
#define FORMAT_PATH_H

#include <stdbool.h>

/**
 * path_is_plain() - whether each component of a relative path has a name that is not "." or ".."
 *
 * Such a path leads nowhere but below the directory that it begins in.
 */
bool path_is_plain(const char *path);

/**
 * path_wrong() - why a path cannot stand in a manifest
 * @path: as seen on the machine: /ima/policy
 *
 * Return: NULL, or the rule that it breaks.
 */
const char *path_wrong(const char *path);

#endif
