/* SPDX-License-Identifier: MIT */
/* imactl sign --detached: signatures of digests that were made elsewhere. */
#ifndef IMACTL_SIGN_DETACHED_H
#define IMACTL_SIGN_DETACHED_H

#include "exit_codes.h"
#include "file_sign.h"

/** sign_detached() - print security.ima for each digest (hex, of signing->hash); nothing if one is wrong */
enum exit_code sign_detached(const struct signing *signing, int count, char **digests, bool json);

#endif
