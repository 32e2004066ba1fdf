/* SPDX-License-Identifier: MIT */
/* What a portable signature in security.evm is over. */
#ifndef IMACTL_EVM_DIGEST_H
#define IMACTL_EVM_DIGEST_H

#include "permissions.h"
#include "signature.h"

/** evm_protects() - whether a kernel protects an attribute without being told to */
bool evm_protects(const char *name);

/* How the machine that verifies, and the files on it, differ from what is here. */
struct evm_target {
	bool is_32_bit;              /* struct h_misc begins with an unsigned long */
	bool owner_given;            /* all files will belong to: */
	uid_t uid;
	gid_t gid;
	const struct permissions *permissions; /* those that it names will have these; or NULL */
	const struct value *capability; /* that the file will have; NULL or none: as it has it */
	const char *const
		*more; /* names added to the kernel's (evm-xattrs), ended by NULL; or NULL */
};

/* What an HMAC binds besides, so that it is of one file in one file system. */
struct evm_misc {
	uint64_t inode_number;
	uint32_t generation;
	uint8_t uuid[16];            /* of the file system (CONFIG_EVM_ATTR_FSUUID) */
};

/** evm_target_status() - a file's status as it will be on the machine; @inside: its path there */
void evm_target_status(const struct evm_target *target, const char *inside, struct stat *status);

/**
 * evm_digest() - the digest that a portable signature signs
 * @file: descriptor; its attributes are read, all but security.ima
 * @status: of the file, of evm_target_status(): owner, group and mode count
 * @ima: the value of security.ima
 *
 * evm_calc_hmac_or_hash() in security/integrity/evm/evm_crypto.c (6.1): the
 * values of the protected attributes in the kernel's order, those that it was
 * not built with too, then struct h_misc without inode number and generation.
 *
 * Return: 0 or -errno.
 */
int evm_digest(struct hasher *hasher, const struct hash *hash, int file, const struct stat *status,
	       const struct value *ima, const struct evm_target *target,
	       uint8_t digest[DIGEST_MAX]);

/**
 * evm_message() - hand over, piece by piece, what security.evm is over
 * @add: returns 0 or -errno
 * @misc: struct h_misc and what follows it, or NULL: that of a portable signature
 *
 * Return: 0 or -errno.
 */
int evm_message(int file, const struct stat *status, const struct value *ima,
		const struct evm_target *target, const struct evm_misc *misc,
		int (*add)(void *data, const void *bytes, size_t size), void *data);

#endif
