/* SPDX-License-Identifier: MIT */
/*
 * Whether a policy lets a program of an initramfs be executed. The first rule that
 * matches decides (ima_match_policy() in security/integrity/ima/ima_policy.c); where none
 * does, nothing is appraised.
 */
#include "policy_rootfs.h"

#include <stdlib.h>
#include <string.h>

#include "format/policy.h"
#include "format/text.h"

/* Where root= is given the rootfs is a ramfs, otherwise a tmpfs. */
static bool is_magic_of_rootfs(const char *value)
{
	unsigned long magic = strtoul(value, NULL, 16);

	return magic == 0x858458f6 || magic == 0x01021994;
}

enum match { MATCHES, MAY_MATCH, DIFFERS };

static enum match match_value(bool equal)
{
	return equal ? MATCHES : DIFFERS;
}

static enum match match_word(const char *word, size_t length, const char *func)
{
	const char *equals = memchr(word, '=', length);
	const char *value = equals ? equals + 1 : word + length;
	size_t name = (size_t)(value - word), left = length - name;

	if (text_is_word(word, name, "func="))
		return match_value(is_same_hook(value, left, func, strlen(func)));
	if (text_is_word(word, name, "fsname="))
		return match_value(text_is_word(value, left, "rootfs"));
	if (text_is_word(word, name, "fsmagic="))
		return is_magic_of_rootfs(value) ? MAY_MATCH : DIFFERS;
	if (text_is_word(word, name, "fowner=") || text_is_word(word, name, "uid=") ||
	    text_is_word(word, name, "euid="))
		return match_value(text_is_word(value, left, "0"));
	/* What is demanded of a file, and not a condition. */
	if (text_starts(word, "appraise_"))
		return MATCHES;
	return MAY_MATCH;
}

static enum match match_rule(const char *words, const char *func)
{
	enum match match = MATCHES;
	size_t length;

	for (const char *word; (word = text_word(&words, &length));) {
		enum match one = match_word(word, length, func);

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
		const char *words = line;
		size_t length;
		const char *action = text_word(&words, &length);
		bool appraise = action && text_is_word(action, length, "appraise");

		if (!appraise && !(action && text_is_word(action, length, "dont_appraise")))
			continue;
		enum match match = match_rule(words, func);

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
