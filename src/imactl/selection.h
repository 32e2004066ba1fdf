/* SPDX-License-Identifier: MIT */
/* Which files of a system are signed unless all are. */
#ifndef IMACTL_SELECTION_H
#define IMACTL_SELECTION_H

#include <stdbool.h>
#include <sys/stat.h>

#include "tree.h"

/**
 * is_selected() - programs, libraries, modules, firmware, scripts, configuration
 * @file: descriptor, its first bytes are looked at
 * @below: its path inside the root, without a leading slash
 */
bool is_selected(int file, const char *below, const struct stat *status);

/** is_below_ima() - whether a path inside the root is signed with /ima, and not with the system */
bool is_below_ima(const char *below);

/** path_is_of_system(), path_is_selected() - for struct tree_work: all, or the selected ones */
bool path_is_of_system(const struct tree_file *file);
bool path_is_selected(const struct tree_file *file);

#endif
