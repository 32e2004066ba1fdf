/* SPDX-License-Identifier: MIT */
/* Which of the programs an /ima/init is. */
#ifndef IMACTL_PROGRAM_MARK_H
#define IMACTL_PROGRAM_MARK_H

#include "format/conf.h"

/**
 * program_of() - by its mark (layout.h)
 *
 * Return: PROGRAM_OTHER for what has none, what has several, and what cannot be read.
 */
enum program program_of(const char *path);

#endif
