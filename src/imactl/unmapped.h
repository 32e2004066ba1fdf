/* SPDX-License-Identifier: MIT */
/* Owners that a user namespace does not have. */
#ifndef IMACTL_UNMAPPED_H
#define IMACTL_UNMAPPED_H

#include <stdbool.h>
#include <sys/stat.h>

#include "evm_digest.h"

/* What to say of such a file. */
#define UNMAPPED "its owner or group has no number in this user namespace and is shown as 65534: " \
	"run imactl where it has one, or give --owner or --permissions"

/**
 * is_unmapped() - whether stat() shows the kernel's overflow id in the place of an owner
 * @inside: its path, for the owners that @target gives
 *
 * Outside of user namespaces, and where @target says who the owner will be, never. In one, a file
 * that really belongs to that id cannot be told from others.
 */
bool is_unmapped(const struct evm_target *target, const char *inside, const struct stat *status);

#endif
