/* SPDX-License-Identifier: MIT */
/* The lines of an IMA policy, as far as they can be read without a kernel. */
#ifndef FORMAT_POLICY_H
#define FORMAT_POLICY_H

#include <stdbool.h>
#include <stddef.h>

/** is_rule() - as ima_parse_add_rule(): every line but comments and empty ones */
bool is_rule(const char *line);

/**
 * rule_word() - the value of the first word NAME=value in a rule
 * @name: with its `=`
 * @length: set to the value's length
 *
 * Return: the value, not terminated; NULL: there is none.
 */
const char *rule_word(const char *rule, const char *name, size_t *length);

/** rule_has_word() - whether a rule has NAME=value, and the first such is @value */
bool rule_has_word(const char *rule, const char *name, const char *value);

/**
 * is_same_hook() - whether two values of func= are one to the kernel, which knows two by two names
 * @ours: as a policy has it
 * @its: as the kernel writes it
 */
bool is_same_hook(const char *ours, size_t our_length, const char *its, size_t its_length);

/* A policy that is read line by line. All zero: nothing was taken yet. */
struct policy_form {
	unsigned line;               /* that was taken last, from 1; 0: what is wrong is the whole */
	unsigned rules;
};

/**
 * policy_line() - take the next line
 * @text: without its newline, terminated
 * @length: of it: more than strlen() where the line has a NUL byte
 * @ended: it had a newline
 *
 * The kernel takes a policy whole or not at all, and wants every rule ended by a newline.
 * What can be known of it before the kernel has it names the line.
 *
 * Return: what is wrong, or NULL.
 */
const char *policy_line(struct policy_form *form, const char *text, size_t length, bool ended);

/** policy_end() - what is wrong with all that was taken, or NULL */
const char *policy_end(struct policy_form *form);

#endif
