/* SPDX-License-Identifier: MIT */
/* The root behind an initramfs. In ima-init-initramfs only. */
#ifndef IMA_INIT_ROOT_H
#define IMA_INIT_ROOT_H

#include "boot.h"

#define NEW_ROOT "/new-root"

/** on_new_root() - take a step with the /ima of the new root for the one that is open */
enum failure_code on_new_root(struct boot *boot, step_function *step);

/** remove_tree() - remove what is below a directory and on its mount; what cannot go, stays */
void remove_tree(int directory, uint64_t mount, unsigned depth);

#endif
