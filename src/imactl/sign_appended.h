/* SPDX-License-Identifier: MIT */
/* imactl sign --appended: signatures at the end of kernel modules. */
#ifndef IMACTL_SIGN_APPENDED_H
#define IMACTL_SIGN_APPENDED_H

#include "exit_codes.h"
#include "file_sign.h"

/**
 * sign_appended() - append a signature to each file, which becomes another one
 *
 * Owner and mode stay, attributes do not: a signature in security.ima would be wrong. All files
 * are tried; one that ends in a signature already is refused.
 */
enum exit_code sign_appended(const struct signing *signing, int count, char **files);

#endif
