/* SPDX-License-Identifier: MIT */
/* The extended attributes of an open file. */
#ifndef IMACTL_ATTRIBUTES_H
#define IMACTL_ATTRIBUTES_H

#include "signature.h"

/** attribute_read() - 0, a missing attribute as size 0; -errno; -ERANGE: larger than any signature */
int attribute_read(int file, const char *name, struct value *value);

/** attributes_write() - set security.ima and security.evm; no value removes the attribute; 0 or -errno */
int attributes_write(int file, const struct value *ima, const struct value *evm);

/** close_descriptor() - for the scope attribute */
void close_descriptor(int *descriptor);

#define AUTO_CLOSE __attribute__((cleanup(close_descriptor)))

#endif
