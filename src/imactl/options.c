/* SPDX-License-Identifier: MIT */
/* Reading the options of a sub-command. */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evm_digest.h"
#include "layout.h"
#include "report.h"
#include "tree.h"

bool scope_is_ima(enum scope scope, const char *root)
{
	return scope == SCOPE_IMA || (scope == SCOPE_BY_TREE && path_exists(root, PATH_INIT));
}

static bool has_name(const struct evm_xattrs *xattrs, const char *name)
{
	for (unsigned i = 0; i < xattrs->count; i++)
		if (strcmp(xattrs->names[i], name) == 0)
			return true;
	return false;
}

enum exit_code evm_xattrs_add(struct evm_xattrs *xattrs, const char *command, const char *name)
{
	if (strncmp(name, "security.", strlen("security.")) != 0 || !name[strlen("security.")])
		return usage_error(command, "--evm-xattr %s: a name begins with security.", name);
	/* evm_write_xattrs(): the kernel's list has each name once. */
	if (evm_protects(name) || has_name(xattrs, name))
		return EXIT_OK;
	if (xattrs->count == EVM_XATTRS_MAX)
		return usage_error(command, "--evm-xattr %s: more than %d names", name,
				   EVM_XATTRS_MAX);
	xattrs->names[xattrs->count++] = name;
	return EXIT_OK;
}

enum exit_code option_number(const char *command, const char *option, const char *value, int least,
			     int most, int *number)
{
	char *end;
	long parsed = (errno = 0, strtol(value, &end, 10));

	/* strtol() would take blanks and a plus in front. */
	bool begins = isdigit((unsigned char)value[0]) || value[0] == '-';

	if (!begins || end == value || *end || errno != 0 || parsed < least || parsed > most)
		return usage_error(command, "%s %s: a number from %d to %d", option, value, least,
				   most);
	*number = (int)parsed;
	return EXIT_OK;
}

/* 4294967295 stands for none. Neither a sign nor a blank, which strtoul() would take. */
static bool read_id(const char **text, char end, unsigned *id)
{
	char *behind;
	unsigned long number = (errno = 0, strtoul(*text, &behind, 10));

	if (**text < '0' || **text > '9' || *behind != end || errno != 0 || number >= UINT32_MAX)
		return false;
	*id = (unsigned)number;
	*text = behind + 1;
	return true;
}

enum exit_code option_owner(const char *command, const char *value, struct evm_target *target)
{
	const char *next = value;
	unsigned uid, gid;

	if (!read_id(&next, ':', &uid) || !read_id(&next, '\0', &gid))
		return usage_error(command, "--owner %s: two numbers, UID:GID", value);
	target->owner_given = true;
	target->uid = uid;
	target->gid = gid;
	return EXIT_OK;
}

enum exit_code permissions_option(const char *command, const char *path, int trees,
				  const char *tree, struct evm_target *target)
{
	char name[TREE_PATH_SIZE];

	if (!path)
		return EXIT_OK;
	if (trees != 1 || !is_directory(tree))
		return usage_error(command, "--permissions: it is of one directory");
	struct permissions *permissions = permissions_read(path);

	target->permissions = permissions;
	return permissions && tree_name(name, tree) && permissions_fit(permissions, name)
		? EXIT_OK
		: EXIT_FAILED;
}

enum exit_code option_format(const char *command, const char *value, uint8_t *version)
{
	if (strcmp(value, "v2") != 0 && strcmp(value, "v3") != 0)
		return usage_error(command, "--format %s: v2 or v3", value);
	*version = value[1] == '2' ? SIGNATURE_V2 : SIGNATURE_V3;
	return EXIT_OK;
}

/* "h", and what else has a letter. */
static void short_options(const struct option *list, char *letters)
{
	for (; list->name; list++)
		if (list->val < 128) {
			*letters++ = (char)list->val;
			if (list->has_arg == required_argument)
				*letters++ = ':';
		}
	*letters = '\0';
}

enum exit_code options_parse(const char *help, const struct option *list, int argc, char **argv,
			     option_function *set, void *data, bool *helped)
{
	enum exit_code code = EXIT_OK;
	char letters[2 * 128 + 1];
	int option;

	short_options(list, letters);
	*helped = false;
	opterr = 0;
	while (code == EXIT_OK && (option = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (option == OPTION_HELP) {
			fputs(help, stdout);
			*helped = true;
			return EXIT_OK;
		}
		code = option == '?'
			? usage_error(argv[0], "%s: no such option, or its value is missing",
				      argv[optind - 1])
			: set(data, option, optarg);
	}
	return code;
}
