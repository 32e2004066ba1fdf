/* SPDX-License-Identifier: MIT */
/* The kernel's command line, split as the kernel splits it. */
#include "command_line.h"

#include <stddef.h>
#include <string.h>

#include "boot.h"
#include "failure.h"
#include "kernel_fs.h"
#include "text.h"

/* Takes the quote off that ends a word, for one that began with a quote: one, as the kernel does. */
static void drop_last_quote(char *text, char *end)
{
	if (end > text && end[-1] == '"')
		end[-1] = '\0';
}

/* isspace() of the kernel's lib/ctype.c, to which a no-break space is one too. */
static bool is_blank(char character)
{
	return character != '\0' && strchr(" \t\n\r\v\f\xa0", character);
}

bool command_line_word(char **line, struct word *word)
{
	char *text = *line;

	while (is_blank(*text))
		text++;
	bool begins_quoted = *text == '"';
	bool quoted = begins_quoted;
	char *equals = NULL;

	if (begins_quoted)
		text++;
	if (!*text)
		return false;
	char *end = text;

	for (; *end && (quoted || !is_blank(*end)); end++) {
		if (*end == '=' && !equals && end > text)
			equals = end;
		if (*end == '"')
			quoted = !quoted;
	}
	*line = *end ? end + 1 : end;
	*end = '\0';

	word->name = text;
	word->value = NULL;
	if (equals) {
		*equals = '\0';
		word->value = equals + 1;
		if (*word->value == '"') {
			word->value++;
			drop_last_quote(text, end);
		}
	}
	if (begins_quoted)
		drop_last_quote(text, end);
	return word->value || strcmp(word->name, "--") != 0;
}

bool is_parameter(const char *word, const char *name)
{
	for (; *word && *name; word++, name++)
		if (*word != *name && !(*word == '-' && *name == '_'))
			return false;
	return *word == *name;
}

/* ima_policy= takes several names (default_policy_setup() in ima_policy.c). */
static bool names_appraise_tcb(const char *value)
{
	while (*value) {
		size_t length = strcspn(value, " |\n");

		if (text_is_word(value, length, "appraise_tcb"))
			return true;
		value += length + (value[length] != '\0');
	}
	return false;
}

/*
 * Nothing is proved here: the proofs are made on the running kernel, and a weak
 * word only explains one that fails. evm=fix is the exception: it lets files
 * without a valid security.evm through, and no canary can show that, since the
 * canary is refused for its security.ima.
 */
enum failure_code read_command_line(struct boot *boot)
{
	static char text[LIMIT_CMDLINE];
	char *line = text;
	struct word word;
	bool appraises = false;
	ssize_t length = kernel_fs_read(boot->proc, "cmdline", text, sizeof(text));

	if (length < 0)
		return fail(boot, FAIL_COMMAND_LINE, "/proc/cmdline (at most %d bytes): "
			    ERRNO_FORMAT, LIMIT_CMDLINE - 1, ERRNO((int)-length));

	while (command_line_word(&line, &word)) {
		const char *value = word.value ? word.value : "";

		if (is_parameter(word.name, "evm") && text_starts(value, "fix"))
			return fail(boot, FAIL_COMMAND_LINE, "it says evm=%s", value);
		/* The kernel goes by the first letters, and by the last such word. */
		if (is_parameter(word.name, "ima_appraise")) {
			boot->weak_word[0] = '\0';
			if (!text_starts(value, "enforce"))
				(void)text_format(boot->weak_word, sizeof(boot->weak_word),
						  "ima_appraise=%s", value);
		}
		if (is_parameter(word.name, "ima_appraise_tcb") ||
		    (is_parameter(word.name, "ima_policy") && names_appraise_tcb(value)))
			appraises = true;
	}
	if (!appraises && !boot->weak_word[0])
		(void)text_format(boot->weak_word, sizeof(boot->weak_word),
				  "no ima_policy=appraise_tcb");
	return FAIL_NONE;
}
