/* SPDX-License-Identifier: MIT */
/* What ima-init will say of /ima inside a root, as far as it can be known before the boot. */
#ifndef IMACTL_LAYOUT_VERIFY_H
#define IMACTL_LAYOUT_VERIFY_H

#include "file_verify.h"
#include "ima_directory.h"
#include "format/conf.h"

/* The init.conf of an /ima: the strings point into its text. */
struct site_conf {
	struct conf conf;
	char text[LIMIT_CONF + 1];
	char evm_xattrs[LIMIT_CONF + 1]; /* those of conf, each terminated by machine_prepare() */
};

/**
 * layout_read_conf() - the init.conf of an /ima, or the defaults; what is wrong with it is told
 * @directory: what is or will be the root's /ima
 *
 * Return: how many findings there were.
 */
unsigned layout_read_conf(const char *directory, struct site_conf *site, finding_function *found,
			  void *data);

/**
 * layout_verify_initramfs() - what ima-init-initramfs will say: there is no manifest, but keys and
 * what proves them, and perhaps a sidecar
 * @root: of tree_name()
 * @conf: of layout_read_conf()
 * @verifying: with the certificates that the kernel has loaded, judged; those of /ima/keys are added
 * @whole: the root has all that the initramfs will have, its next init as well
 */
unsigned layout_verify_initramfs(const char *root, const char *directory,
				 const struct conf *conf, struct verifying *verifying,
				 bool whole, finding_function *found, void *data);

/**
 * layout_verify() - the manifest against the files, the canaries, the keys, the
 * policy's form, the next init
 * @root: of tree_name()
 * @directory: as for layout_read_conf()
 * @conf: of layout_read_conf()
 * @verifying: the owner that files will have, and where their signatures are
 * @pinned: called with each file outside /ima that the manifest lists, as a path of this
 * machine and as the manifest has it
 *
 * Signatures are not looked at, but for the bytes that the manifest lists; nor
 * are the rules of the policy, and what only a kernel knows.
 *
 * Return: how many findings there were.
 */
unsigned layout_verify(const char *root, const char *directory, const struct conf *conf,
		       const struct verifying *verifying, finding_function *found, void *data,
		       void (*pinned)(void *data, const char *path, const char *inside));

/**
 * layout_verify_handover() - whether the rules of the site let the next init be executed
 * @verifying: with all certificates that are there by then, and its revocations
 *
 * Of what it is loaded with, its dynamic linker is looked at; imactl verify --system looks at all.
 *
 * Return: how many findings there were.
 */
unsigned layout_verify_handover(const char *root, const char *directory, const struct conf *conf,
				const struct verifying *verifying, finding_function *found, void *data);

#endif
