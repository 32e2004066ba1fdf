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
 * Two calls of the kernel, with nothing that makes them one. Between them, and for good where the
 * program is killed there, the old security.evm stands beside the new security.ima, which it does
 * not cover: the kernel refuses the file, imactl verify says evm-bad (or evm-missing), and the
 * next imactl sign makes the pair. To copy the file and rename the copy would be one step, but
 * another inode: hard links would part, and a program that runs would go on with the old one.
 *
 * Of processes that set both at the same time the last makes the pair: both are read again, and
 * whoever has written security.evm last finds the security.ima of another. No lock is needed
 * for it, which any user who can open the file could take as well.
 *
 * Return: 0 or -errno; -EBUSY: another process has set them, again and again.
 */
int attributes_write(int file, const struct value *ima, const struct value *evm,
		     const struct value *old_ima);

/** capability_write() - set security.capability, if there is a value and the file has another */
int capability_write(int file, const struct value *capability);

/** close_descriptor() - for the scope attribute */
void close_descriptor(int *descriptor);

#define AUTO_CLOSE __attribute__((cleanup(close_descriptor)))

#endif
