/* SPDX-License-Identifier: MIT */
/* Signing one file: security.ima over its content, security.evm over that and its metadata. */
#ifndef IMACTL_FILE_SIGN_H
#define IMACTL_FILE_SIGN_H

#include "evm_digest.h"
#include "sidecar.h"

struct signing {
	struct key ima;
	struct key evm;              /* .key NULL: no security.evm */
	const struct hash *hash;
	uint8_t version;             /* SIGNATURE_V2 or SIGNATURE_V3 */
	bool verity;                 /* security.ima is over the fs-verity digest */
	struct evm_target target;
	struct sidecar *sidecar;     /* where the signatures are kept; NULL: in attributes */
	bool force;                  /* sign again what is signed already */
};

/* One thread's state. Zero it before use. */
struct file_signer {
	const struct signing *signing;
	struct hasher hasher;
	struct key ima_public, evm_public;
	struct signer ima, evm, ima_check, evm_check;
};

enum sign_result {
	SIGN_SIGNED,
	SIGN_UNCHANGED,              /* its signatures are right, by the same key and digest */
	SIGN_FAILED,                 /* a line said why */
};

void file_signer_start(struct file_signer *signer, const struct signing *signing);
void file_signer_free(struct file_signer *signer);

/**
 * file_sign() - sign an open file
 * @path: for messages
 * @inside: its path below the tree, for the sidecar
 * @status: its fstat(), as of when it was opened
 * @ima: set to the value of security.ima, also where it was left as it is
 */
enum sign_result file_sign(struct file_signer *signer, int file, const char *path,
			   const char *inside, const struct stat *status, struct value *ima);

#endif
