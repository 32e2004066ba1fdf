/* SPDX-License-Identifier: MIT */
/* What the rules of a policy say of one file, as far as that is known without a kernel. */
#include "policy_match.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "format/policy.h"
#include "format/text.h"

enum match { MATCHES, MAY_MATCH, DIFFERS };

#define RAMFS 0x858458f6
#define TMPFS 0x01021994

/* No root is on these: include/uapi/linux/magic.h, and what /proc/filesystems calls them. */
static const unsigned long pseudo_magics[] = {
	RAMFS, TMPFS,
	0x9fa0,                      /* proc */
	0x62656572,                  /* sysfs */
	0x64626720,                  /* debugfs */
	0x74726163,                  /* tracefs */
	0x73636673,                  /* securityfs */
	0xf97cff8c,                  /* selinuxfs */
	0x43415d53,                  /* smackfs */
	0x1cd1,                      /* devpts */
	0x42494e4d,                  /* binfmt_misc */
	0x27e0eb, 0x63677270,        /* cgroup, cgroup2 */
	0x6e736673,                  /* nsfs */
	0xde5e81e4,                  /* efivarfs */
};
static const char pseudo_names[] = "rootfs\0" "ramfs\0" "tmpfs\0" "devtmpfs\0" "proc\0" "sysfs\0"
	"debugfs\0" "tracefs\0" "securityfs\0" "selinuxfs\0" "smackfs\0" "devpts\0" "binfmt_misc\0"
	"cgroup\0" "cgroup2\0" "nsfs\0" "efivarfs\0";

static enum match match_if(bool equal)
{
	return equal ? MATCHES : DIFFERS;
}

static enum match match_magic(const struct policy_access *access, const char *value)
{
	unsigned long magic = strtoul(value, NULL, 16);

	if (access->place == ACCESS_ON_TMPFS)
		return match_if(magic == TMPFS);
	if (access->place == ACCESS_ON_ROOTFS)
		return magic == RAMFS || magic == TMPFS ? MAY_MATCH : DIFFERS;
	for (size_t i = 0; i < sizeof(pseudo_magics) / sizeof(pseudo_magics[0]); i++)
		if (magic == pseudo_magics[i])
			return DIFFERS;
	return MAY_MATCH;
}

static enum match match_name(const struct policy_access *access, const char *value, size_t length)
{
	if (access->place == ACCESS_ON_TMPFS)
		return match_if(text_is_word(value, length, "tmpfs"));
	if (access->place == ACCESS_ON_ROOTFS)
		return match_if(text_is_word(value, length, "rootfs"));
	for (const char *name = pseudo_names; *name; name = text_at(name, 1))
		if (text_is_word(value, length, name))
			return DIFFERS;
	return MAY_MATCH;
}

/* Of NAME=, NAME< and NAME>: "fowner<1000". */
static enum match match_id(const char *operator, unsigned id)
{
	unsigned long value = strtoul(operator + 1, NULL, 10);

	return match_if(*operator == '=' ? id == value : *operator == '<' ? id < value : id > value);
}

static enum match match_mask(const char *value, size_t length)
{
	if (length > 0 && *value == '^') {
		value++;
		length--;
	}
	return match_if(text_is_word(value, length, "MAY_EXEC"));
}

static enum match match_word(const struct policy_access *access, const char *word, size_t length)
{
	size_t name = strcspn(word, "=<> \t");
	const char *operator = word + name, *value = operator + 1;
	size_t left = length - name - (name < length);

	if (name == length)
		return MAY_MATCH;
	if (text_is_word(word, name, "func"))
		return match_if(is_same_hook(value, left, access->hook, strlen(access->hook)));
	if (text_is_word(word, name, "mask"))
		return match_mask(value, left);
	if (text_is_word(word, name, "fsname"))
		return match_name(access, value, left);
	if (text_is_word(word, name, "fsmagic"))
		return match_magic(access, value);
	if (text_is_word(word, name, "fowner"))
		return match_id(operator, access->owner);
	if (text_is_word(word, name, "uid") || text_is_word(word, name, "euid") ||
	    text_is_word(word, name, "gid") || text_is_word(word, name, "egid"))
		return match_id(operator, 0);
	/* What is demanded of a file, and not a condition. */
	if (text_starts(word, "appraise_") || text_is_word(word, name, "digest_type"))
		return MATCHES;
	return MAY_MATCH;
}

static enum match match_rule(const struct policy_access *access, const char *words)
{
	enum match match = MATCHES;
	size_t length;

	for (const char *word; (word = text_word(&words, &length));) {
		enum match one = match_word(access, word, length);

		if (one == DIFFERS)
			return DIFFERS;
		if (one == MAY_MATCH)
			match = MAY_MATCH;
	}
	return match;
}

/* What a rule that may have matched already would have done. */
struct doubt {
	bool appraised, left_out;
};

/* Whether a rule decides; *verdict is then set. */
static bool decide(const struct policy_access *access, const char *rule, struct doubt *doubt,
		   enum policy_verdict *verdict)
{
	const char *words = rule;
	size_t length;
	const char *action = text_word(&words, &length);
	bool appraise = action && text_is_word(action, length, "appraise");

	if (!appraise && !(action && text_is_word(action, length, "dont_appraise")))
		return false;
	enum match match = match_rule(access, words);

	if (match == MAY_MATCH)
		*(appraise ? &doubt->appraised : &doubt->left_out) = true;
	if (match != MATCHES)
		return false;
	*verdict = (appraise ? doubt->left_out : doubt->appraised) ? POLICY_UNKNOWN :
		!appraise ? POLICY_LEAVES_OUT :
		rule_word(rule, "appraise_type=", &length) ? POLICY_DEMANDS_SIGNATURE
							   : POLICY_DEMANDS_DIGEST;
	return true;
}

enum policy_verdict policy_match(const char *text, const struct policy_access *access, unsigned *line)
{
	char *copy = strdup(text), *next = copy;
	enum policy_verdict verdict = POLICY_LEAVES_OUT;
	struct doubt doubt = { false, false };
	bool decided = false;

	if (!copy)
		abort();
	for (*line = 0; next && !decided;) {
		const char *rule = strsep(&next, "\n");

		++*line;
		decided = is_rule(rule) && decide(access, rule, &doubt, &verdict);
	}
	free(copy);
	if (decided)
		return verdict;
	*line = 0;
	return doubt.appraised ? POLICY_UNKNOWN : POLICY_LEAVES_OUT;
}
