/* SPDX-License-Identifier: MIT */
/* What ima-init needs around it, and what the next init gets around it. */
#ifndef IMA_INIT_ENVIRONMENT_H
#define IMA_INIT_ENVIRONMENT_H

#include "boot.h"

/** restore_helpers() - give the kernel back the paths that open_kernel_fs() took */
enum failure_code restore_helpers(struct boot *boot);

#endif
