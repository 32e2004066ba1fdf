/* SPDX-License-Identifier: MIT */
/* POSIX ACLs: as the kernel gives them (linux/posix_acl_xattr.h), and as ext4 keeps them. */
#ifndef IMACTL_ACL_H
#define IMACTL_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACL_ACCESS  "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/* As long as an attribute may be. */
#define ACL_SIZE_MAX 65536

/** is_acl() - whether an attribute is one */
bool is_acl(const char *name);

/**
 * acl_group_bits() - what the group may do, as three bits; the mode of such a file has the mask there
 *
 * Return: 0 to 7, or -1: it is none.
 */
int acl_group_bits(const uint8_t *acl, size_t size);

/**
 * acl_from_ext4() - as the kernel gives it, from the bytes of an ext4 image
 * @acl: ACL_SIZE_MAX bytes, filled
 *
 * Return: its size, or 0: it is none.
 */
size_t acl_from_ext4(const uint8_t *bytes, size_t size, uint8_t *acl);

#endif
