/* SPDX-License-Identifier: MIT */
/* What a machine is verified with: its own certificates, and the CAs that vouch for them. */
#ifndef IMACTL_MACHINE_H
#define IMACTL_MACHINE_H

#include "exit_codes.h"
#include "file_verify.h"
#include "ima_directory.h"
#include "options.h"
#include "layout_verify.h"

/** certificates_add() - EXIT_OK, or what is wrong, with a line */
enum exit_code certificates_add(struct certificates *certificates, const char *path);
/** authorities_read() - every certificate of a CA's file; the list is made when there is none */
enum exit_code authorities_read(struct authorities **authorities, const char *path);

/**
 * certificates_add_own() - one file inside a root, or each *.der of a directory
 *
 * Neither need be there; what is no certificate is layout_verify()'s to tell.
 *
 * Return: how many could not be read, each with a line.
 */
unsigned certificates_add_own(struct certificates *certificates, const char *root,
			      const char *inside);

/**
 * certificates_judge() - certificate_judge(), with a line for what is wrong or to be noted
 * @first: those from here on
 */
void certificates_judge(struct certificates *certificates, size_t first,
			const struct keyrings *keyrings);

/**
 * machine_prepare() - what /ima itself says: whether EVM counts, what it covers, and the
 * certificates that the kernel has before ima-init runs
 * @directory: what is or will be the /ima
 * @site: filled from its init.conf
 * @unread: how many certificates could not be read is added to it
 *
 * Those that ima-init adds come too late for what is below /ima; EVM alone is as good as asleep
 * until it has a certificate.
 *
 * Return: how many findings there were.
 */
unsigned machine_prepare(struct verifying *verifying, struct evm_xattrs *evm_xattrs,
			 const char *directory, struct site_conf *site, finding_function *found,
			 void *data, unsigned *unread);

#endif
