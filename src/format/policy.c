/* SPDX-License-Identifier: MIT */
/* The lines of an IMA policy, as far as they can be read without a kernel. */
#include "policy.h"

#include <string.h>

#include "text.h"

bool is_rule(const char *line)
{
	const char *first = line + strspn(line, " \t");

	return *first != '#' && *first != '\0';
}

const char *rule_word(const char *rule, const char *name, size_t *length)
{
	size_t word_length;

	for (const char *word; (word = text_word(&rule, &word_length));)
		if (word_length > strlen(name) && memcmp(word, name, strlen(name)) == 0) {
			*length = word_length - strlen(name);
			return word + strlen(name);
		}
	return NULL;
}

bool rule_has_word(const char *rule, const char *name, const char *value)
{
	size_t length;
	const char *found = rule_word(rule, name, &length);

	return found && text_is_word(found, length, value);
}

/* The kernel writes one name for each hook, and takes two for these. */
bool is_same_hook(const char *ours, size_t our_length, const char *its, size_t its_length)
{
	if (text_is_word(ours, our_length, "FILE_MMAP"))
		return text_is_word(its, its_length, "MMAP_CHECK");
	if (text_is_word(ours, our_length, "PATH_CHECK"))
		return text_is_word(its, its_length, "FILE_CHECK");
	return our_length == its_length && memcmp(ours, its, our_length) == 0;
}

const char *policy_line(struct policy_form *form, const char *text, size_t length, bool ended)
{
	form->line++;
	form->rules += is_rule(text);
	if (strlen(text) != length)
		return "has a NUL byte";
	if (strchr(text, '\r'))
		return "ends in CR LF";
	return ended ? NULL : "does not end in a newline";
}

const char *policy_end(struct policy_form *form)
{
	form->line = 0;
	return form->rules > 0 ? NULL : "has no rule";
}
