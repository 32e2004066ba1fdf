/* SPDX-License-Identifier: MIT */
/* Which files of a system are signed unless all are. */
#ifndef IMACTL_SELECTION_H
#define IMACTL_SELECTION_H

#include <stdbool.h>
#include <sys/stat.h>

/**
 * is_selected() - programs, libraries, modules, firmware, scripts, configuration
 * @file: descriptor, its first bytes are looked at
 * @below: its path inside the root, without a leading slash
 */
bool is_selected(int file, const char *below, const struct stat *status);

#endif
