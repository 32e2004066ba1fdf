/* SPDX-License-Identifier: MIT */
/* The rules in force, where the kernel lets them be read (CONFIG_IMA_READ_POLICY). */
#include "rules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kernel_fs.h"
#include "lines.h"
#include "format/policy.h"
#include "format/text.h"

/* The rule that CONFIG_IMA_APPRAISE_SIGNED_INIT puts in. */
static bool demands_signatures(const char *rule)
{
	const char *next = rule;
	size_t length;
	const char *action = text_word(&next, &length);

	return action && text_is_word(action, length, "appraise") &&
	       rule_has_word(rule, "fowner=", "0") && rule_has_word(rule, "appraise_type=", "imasig") &&
	       !rule_word(rule, "func=", &length) && !rule_word(rule, "fsuuid=", &length) &&
	       !rule_word(rule, "fsmagic=", &length) && !rule_word(rule, "uid=", &length) &&
	       !rule_word(rule, "mask=", &length);
}

/* FNV-1a: tells two honest texts apart, nothing more is asked of it. */
static uint64_t hash_line(uint64_t hash, const char *line)
{
	for (;; line++) {
		hash = (hash ^ (uint8_t)*line) * 0x100000001b3U;
		if (!*line)
			return hash;
	}
}

/* Without CONFIG_IMA_READ_POLICY opening for reading answers EACCES. */
static int open_rules(struct boot *boot)
{
	return openat(boot->securityfs, POLICY_NODE, O_RDONLY | O_CLOEXEC);
}

/* *hash is 0 where not all could be read; *count of rules, which have a line each. */
static enum rules_state look_at_rules(struct lines *lines, int node, uint64_t *hash, unsigned *count)
{
	enum rules_state state = RULES_DEMAND_NOTHING;

	*hash = 0xcbf29ce484222325U;
	*count = 0;
	for (lines_start(lines, node); lines_next(lines); ++*count) {
		*hash = hash_line(*hash, lines->text);
		if (demands_signatures(lines->text))
			state = RULES_DEMAND_SIGNATURES;
	}
	if (lines->error == 0)
		return state;
	*hash = 0;
	return RULES_DEMAND_NOTHING;
}

enum rules_state read_rules(struct boot *boot, uint64_t *hash)
{
	unsigned count;
	AUTO_CLOSE int node = open_rules(boot);

	*hash = 0;
	if (node < 0)
		return errno == EACCES ? RULES_UNREADABLE : RULES_DEMAND_NOTHING;
	return look_at_rules(&boot->scratch.lines, node, hash, &count);
}

/* The same action on the same hook. Other words may be written in another form. */
static bool same_rule(const char *ours, const char *its)
{
	size_t our_length, its_length;
	const char *our_next = ours, *its_next = its;
	const char *our_word = text_word(&our_next, &our_length);
	const char *its_word = text_word(&its_next, &its_length);

	if (!our_word || !its_word || !is_same_hook(our_word, our_length, its_word, its_length))
		return false;
	our_word = rule_word(ours, "func=", &our_length);
	its_word = rule_word(its, "func=", &its_length);
	if (!our_word || !its_word)
		return our_word == its_word;
	return is_same_hook(our_word, our_length, its_word, its_length);
}

static bool next_rule(struct lines *lines)
{
	while (lines_next(lines))
		if (is_rule(lines->text))
			return true;
	return false;
}

const char *rules_end_with(struct boot *boot, struct lines *ours, unsigned rules)
{
	static const char other[] = "reading them back does not give them";
	struct lines *its = &boot->scratch.lines;
	uint64_t hash;
	unsigned total;
	AUTO_CLOSE int node = open_rules(boot);

	if (node < 0)
		return "they cannot be read back: first dont_appraise fsmagic=0x73636673 (securityfs)";
	(void)look_at_rules(its, node, &hash, &total);
	if (hash == boot->rules_at_entry)
		return "those in force are as before: add a rule that they do not have";
	if (hash == 0 || total < rules || !lines_rewind(ours) || !lines_rewind(its))
		return other;
	for (unsigned ahead = total - rules; ahead > 0; ahead--)
		if (!next_rule(its))
			return other;
	for (; rules > 0; rules--)
		if (!next_rule(its) || !next_rule(ours) || !same_rule(ours->text, its->text))
			return other;
	return NULL;
}
