/* SPDX-License-Identifier: MIT */
/* Whether a policy lets a program of an initramfs be executed. */
#ifndef IMACTL_POLICY_ROOTFS_H
#define IMACTL_POLICY_ROOTFS_H

#include <stdbool.h>

/**
 * policy_refuses_rootfs() - whether its rules certainly refuse a program of root's on the
 * rootfs, which has no signatures
 * @text: of the policy, terminated
 *
 * A rule with a condition that is not understood here is taken in favour of the program.
 */
bool policy_refuses_rootfs(const char *text);

#endif
