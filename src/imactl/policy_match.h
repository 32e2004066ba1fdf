/* SPDX-License-Identifier: MIT */
/* What the rules of a policy say of one file, as far as that is known without a kernel. */
#ifndef IMACTL_POLICY_MATCH_H
#define IMACTL_POLICY_MATCH_H

/* The file system that a file is on. */
enum access_place {
	ACCESS_NOWHERE,              /* it is not tried */
	ACCESS_ON_DISK,              /* any that can be a root */
	ACCESS_ON_ROOTFS,            /* of an initramfs: a ramfs where root= is given, else a tmpfs */
	ACCESS_ON_TMPFS,
};

/* What root does with a file. */
struct policy_access {
	const char *hook;            /* BPRM_CHECK or MMAP_CHECK */
	unsigned owner;              /* of the file */
	enum access_place place;
};

enum policy_verdict {
	POLICY_DEMANDS_SIGNATURE,
	POLICY_DEMANDS_DIGEST,       /* or a signature: no appraise_type */
	POLICY_LEAVES_OUT,
	POLICY_UNKNOWN,              /* a condition decides that is not understood here */
};

/**
 * policy_match() - the verdict of the first rule that matches (ima_match_policy() in
 * security/integrity/ima/ima_policy.c); where none does, nothing is appraised
 * @text: of the policy, terminated
 * @line: set to that of the rule; 0: none matches
 */
enum policy_verdict policy_match(const char *text, const struct policy_access *access, unsigned *line);

#endif
