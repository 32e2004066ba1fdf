/* SPDX-License-Identifier: MIT */
/* The rules in force, where the kernel lets them be read (CONFIG_IMA_READ_POLICY). */
#ifndef IMA_INIT_RULES_H
#define IMA_INIT_RULES_H

#include "boot.h"

/* In securityfs. */
#define POLICY_NODE "ima/policy"

enum rules_state {
	RULES_UNREADABLE,
	RULES_DEMAND_SIGNATURES, /* there is "appraise fowner=0 appraise_type=imasig" */
	RULES_DEMAND_NOTHING,
};

/**
 * read_rules() - read the rules in force
 * @hash: of their text, to tell one set from another; 0 when unreadable
 */
enum rules_state read_rules(struct boot *boot, uint64_t *hash);

/**
 * rules_end_with() - look whether the rules in force end with those of a file
 * @ours: of that file, which was read to its end
 * @rules: how many there are in it
 *
 * Actions and hooks are compared: the kernel writes other words in a form of
 * its own. Where the rules are the built-in ones still, nothing was loaded,
 * however the file ends.
 *
 * Return: NULL when they do, or what shows that they do not.
 */
const char *rules_end_with(struct boot *boot, struct lines *ours, unsigned rules);

#endif
