/* SPDX-License-Identifier: MIT */
/* What ima-init will say of /ima inside a root, as far as it can be known before the boot. */
#ifndef IMACTL_LAYOUT_VERIFY_H
#define IMACTL_LAYOUT_VERIFY_H

#include "ima_directory.h"

/**
 * layout_verify() - the manifest against the files, the canaries, the keys, the policy's form
 * @root: without a slash at its end
 *
 * Signatures are not looked at, but for the bytes that the manifest lists; nor
 * are the names in init.conf, the rules of the policy, and what only a kernel
 * knows.
 *
 * Return: how many findings there were.
 */
unsigned layout_verify(const char *root, finding_function *found, void *data);

#endif
