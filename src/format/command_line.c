/* SPDX-License-Identifier: MIT */
/* The kernel's command line, split as the kernel splits it. */
#include "command_line.h"

#include <stddef.h>
#include <string.h>

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

bool names_appraise_tcb(const char *value)
{
	while (*value) {
		size_t length = strcspn(value, " |\n");

		if (text_is_word(value, length, "appraise_tcb"))
			return true;
		value += length + (value[length] != '\0');
	}
	return false;
}
