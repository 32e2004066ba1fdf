/* SPDX-License-Identifier: MIT */
/* /ima/probe.ima and probe.evm: the signatures by which ima-init-initramfs proves its own keyrings. */
#ifndef IMACTL_PROBE_H
#define IMACTL_PROBE_H

#include "exit_codes.h"
#include "file_sign.h"
#include "file_verify.h"

/**
 * probe_sign() - write the signatures of the file that ima-init-initramfs will make
 * @root: of tree_name(); has an /ima
 *
 * Without a key for EVM /ima/probe.evm is removed: it would be of another key, or no use.
 *
 * Return: EXIT_OK, or EXIT_FAILED with a line.
 */
enum exit_code probe_sign(const struct signing *signing, const char *root);

/**
 * probe_verify() - judge two values as the kernel will
 * @verifying: the certificates of /ima/keys, and whether security.evm counts
 */
enum file_verdict probe_verify(const struct verifying *verifying, const struct value *ima,
			       const struct value *evm);

#endif
