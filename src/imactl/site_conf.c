/* SPDX-License-Identifier: MIT */
/* init.conf, as far as the files of an image depend on it. */
#include "site_conf.h"

#include <string.h>

#include "conf_names.h"

void site_conf_defaults(struct site_conf *conf)
{
	static char none[1];

	conf->next_init = DEFAULT_NEXT_INIT;
	conf->next_init_given = false;
	conf->root = conf->root_overlay = conf->restore = conf->rescue = NULL;
	conf->rescues = false;
	conf->trusted_keyrings = true;
	conf->evm = "hmac";
	conf->evm_xattrs = none;
	conf->kmk_trusted = false;
	conf->kmk_options = conf->kmk_pcrs = conf->device_keys = NULL;
	conf->provision = false;
	conf->policy_required = true;
	conf->prove_exec = true;
	conf->names_root = false;
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return text + strspn(text, " \t");
}

enum name {
#define NAME_ENUM(name, word, values, otherwise) NAME_##name,
	CONF_NAMES(NAME_ENUM)
#undef NAME_ENUM
	NAME_COUNT
};

static int find_name(const char *name)
{
#define NAME_WORD(name, word, values, otherwise) word,
	static const char *const words[] = { CONF_NAMES(NAME_WORD) };
#undef NAME_WORD

	for (int i = 0; i < NAME_COUNT; i++)
		if (strcmp(name, words[i]) == 0)
			return i;
	return -1;
}

static void set(struct site_conf *conf, enum name name, char *value)
{
	switch (name) {
	case NAME_NEXT_INIT:
		conf->next_init = value;
		conf->next_init_given = true;
		break;
	case NAME_ROOT:
		conf->root = value;
		conf->names_root = strcmp(value, "none") != 0;
		break;
	case NAME_ROOT_OVERLAY: conf->root_overlay = value; break;
	case NAME_RESTORE:    conf->restore = value; break;
	case NAME_RESCUE:     conf->rescue = value; break;
	case NAME_ON_FAILURE: conf->rescues = strcmp(value, "rescue") == 0; break;
	case NAME_TRUSTED_KEYRINGS: conf->trusted_keyrings = strcmp(value, "no") != 0; break;
	case NAME_EVM:        conf->evm = value; break;
	case NAME_EVM_XATTRS: conf->evm_xattrs = value; break;
	case NAME_KMK:
		conf->kmk_trusted = strncmp(value, "trusted", strlen("trusted")) == 0;
		value += strcspn(value, " \t");
		value += strspn(value, " \t");
		conf->kmk_options = *value ? value : NULL;
		break;
	case NAME_DEVICE_KEYS: conf->device_keys = value; break;
	case NAME_PROVISION:  conf->provision = strcmp(value, "yes") == 0; break;
	case NAME_KMK_PCRS:   conf->kmk_pcrs = value; break;
	case NAME_POLICY:     conf->policy_required = strcmp(value, "none") != 0; break;
	case NAME_PROVE_EXEC: conf->prove_exec = strcmp(value, "no") != 0; break;
	default:              break; /* nothing of the image depends on it */
	}
}

static const char *parse_line(struct site_conf *conf, char *line, unsigned *seen)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return "is not \"name = value\"";
	*equals = '\0';
	int name = find_name(trim(line));
	char *value = trim(equals + 1);

	if (name < 0)
		return "has an unknown name";
	if (*seen & 1U << name)
		return "repeats a name";
	if (*value == '\0')
		return "has a wrong value";
	*seen |= 1U << name;
	set(conf, (enum name)name, value);
	return NULL;
}

const char *site_conf_parse(struct site_conf *conf, size_t size, unsigned *line)
{
	unsigned seen = 0;
	char *next = conf->text;

	*line = 1;
	if (strlen(conf->text) != size)
		return "has a NUL byte";
	for (; *next; ++*line) {
		char *text = next, *end = strchr(text, '\n');
		const char *wrong = NULL;

		if (!end)
			return "does not end in a newline";
		*end = '\0';
		next = end + 1;
		for (const char *byte = text; *byte; byte++)
			if ((*byte < ' ' && *byte != '\t') || *byte > '~')
				return "has a byte that is not printable ASCII";
		text = trim(text);
		if (*text != '\0' && *text != '#')
			wrong = parse_line(conf, text, &seen);
		if (wrong)
			return wrong;
	}
	return NULL;
}
