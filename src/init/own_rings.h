/* SPDX-License-Identifier: MIT */
/* Files with and without signatures, made on a tmpfs and tried. In ima-init-initramfs only. */
#ifndef IMA_INIT_OWN_RINGS_H
#define IMA_INIT_OWN_RINGS_H

#include "boot.h"

/**
 * make_unsigned() - make a program of root's in the open /ima, with a digest for a signature
 *
 * Ahead of the policy, which may let nobody set a digest (SETXATTR_CHECK).
 */
step_function make_unsigned;

/** execute_unsigned() - prove that the policy lets nobody execute it, and remove it */
step_function execute_unsigned;

#endif
