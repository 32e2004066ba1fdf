/* SPDX-License-Identifier: MIT */
/*
 * Whether a policy lets a program of an initramfs be executed. The first rule that
 * matches decides (ima_match_policy() in security/integrity/ima/ima_policy.c); where none
 * does, nothing is appraised.
 */
#include "policy_rootfs.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

/* Where root= is given the rootfs is a ramfs, otherwise a tmpfs. */
static bool is_magic_of_rootfs(const char *value)
{
	unsigned long magic = strtoul(value, NULL, 16);

	return magic == 0x858458f6 || magic == 0x01021994;
}

enum match { MATCHES, MAY_MATCH, DIFFERS };

static bool has(const char *word, const char *name, const char **value)
{
	size_t length = strlen(name);

	*value = word + length;
	return strncmp(word, name, length) == 0;
}

static enum match match_word(const char *word, const char *func)
{
	const char *value;

	if (has(word, "func=", &value))
		return strcmp(value, func) == 0 ? MATCHES : DIFFERS;
	if (has(word, "fsname=", &value))
		return strcmp(value, "rootfs") == 0 ? MATCHES : DIFFERS;
	if (has(word, "fsmagic=", &value))
		return is_magic_of_rootfs(value) ? MAY_MATCH : DIFFERS;
	if (has(word, "fowner=", &value) || has(word, "uid=", &value) || has(word, "euid=", &value))
		return strcmp(value, "0") == 0 ? MATCHES : DIFFERS;
	/* What is demanded of a file, and not a condition. */
	if (has(word, "appraise_", &value))
		return MATCHES;
	return MAY_MATCH;
}

static enum match match_rule(char *words, const char *func)
{
	enum match match = MATCHES;
	char *rest = NULL;

	for (char *word = strtok_r(words, BLANKS, &rest); word; word = strtok_r(NULL, BLANKS, &rest)) {
		enum match one = match_word(word, func);

		if (one == DIFFERS)
			return DIFFERS;
		if (one == MAY_MATCH)
			match = MAY_MATCH;
	}
	return match;
}

static bool refuses(const char *text, const char *func)
{
	char *copy = strdup(text), *rest = NULL;
	bool refused = false, decided = false;

	if (!copy)
		abort();
	for (char *line = strtok_r(copy, "\n", &rest); line && !decided;
	     line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, BLANKS);
		size_t length = strcspn(line, BLANKS);
		bool appraise = length == strlen("appraise") && strncmp(line, "appraise", length) == 0;

		if (!appraise && (length != strlen("dont_appraise") ||
				  strncmp(line, "dont_appraise", length) != 0))
			continue;
		enum match match = match_rule(line + length, func);

		refused = decided = appraise && match == MATCHES;
		if (!appraise && match != DIFFERS)
			decided = true;
	}
	free(copy);
	return refused;
}

bool policy_refuses_rootfs(const char *text)
{
	return refuses(text, "BPRM_CHECK") || refuses(text, "MMAP_CHECK");
}
