/* SPDX-License-Identifier: MIT */
/* The extended attributes of an open file. */
#ifndef IMACTL_ATTRIBUTES_H
#define IMACTL_ATTRIBUTES_H

#include "signature.h"

/**
 * attribute_read() - the value of an attribute, size 0 where it is missing
 *
 * One that is larger than any signature is given as a byte that begins none.
 *
 * Return: 0 or -errno.
 */
int attribute_read(int file, const char *name, struct value *value);

/**
 * attributes_write() - set security.ima and security.evm; no value removes the attribute
 * @old_ima: what security.ima is: it is put back where security.evm cannot be set; or NULL
 *
 * Return: 0 or -errno.
 */
int attributes_write(int file, const struct value *ima, const struct value *evm,
		     const struct value *old_ima);

/** capability_write() - set security.capability, if there is a value and the file has another */
int capability_write(int file, const struct value *capability);

/** close_descriptor() - for the scope attribute */
void close_descriptor(int *descriptor);

#define AUTO_CLOSE __attribute__((cleanup(close_descriptor)))

#endif
