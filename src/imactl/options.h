/* SPDX-License-Identifier: MIT */
/* Reading the options of a sub-command. */
#ifndef IMACTL_OPTIONS_H
#define IMACTL_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "evm_digest.h"
#include "exit_codes.h"

/* Which files of a tree a command is for. */
enum scope {
	SCOPE_BY_TREE,               /* SCOPE_IMA where the tree has /ima/init */
	SCOPE_IMA,
	SCOPE_SYSTEM,
};

/** scope_is_ima() - what a scope means for a tree, @root as of tree_name() */
bool scope_is_ima(enum scope scope, const char *root);

/* Names that EVM protects besides the kernel's own, ended by NULL. */
#define EVM_XATTRS_MAX 63

struct evm_xattrs {
	const char *names[EVM_XATTRS_MAX + 1];
	unsigned count;
};

/** evm_xattrs_add() - EXIT_OK, also for a name that is there already; or a usage error */
enum exit_code evm_xattrs_add(struct evm_xattrs *xattrs, const char *command, const char *name);

/**
 * What is done with an option.
 * @option: its number in the list
 * @value: its argument, or NULL
 */
typedef enum exit_code option_function(void *data, int option, const char *value);

/** option_number() - a decimal number between two others; EXIT_OK, or a usage error */
enum exit_code option_number(const char *command, const char *option, const char *value, int least,
			     int most, int *number);

/** option_owner() - UID:GID; EXIT_OK, or a usage error */
enum exit_code option_owner(const char *command, const char *value, struct evm_target *target);

/**
 * permissions_option() - read the table of --permissions, and compare it with the tree
 * @path: the option's value, or NULL: nothing is done
 * @trees, @tree: the arguments, of which there must be one
 *
 * Return: EXIT_OK, the table in @target until the program ends; or with a line.
 */
enum exit_code permissions_option(const char *command, const char *path, int trees,
				  const char *tree, struct evm_target *target);

/** option_format() - v2 or v3, of signatures; EXIT_OK, or a usage error */
enum exit_code option_format(const char *command, const char *value, uint8_t *version);

/* The number of --help in every list. */
#define OPTION_HELP 'h'

/**
 * options_parse() - hand each option of a sub-command to a function
 * @list: ended by a row of zeros; a number below 128 is a letter that stands for it, too
 * @helped: set when --help was answered: nothing else is to be done
 *
 * optind is then the first argument that is no option.
 *
 * Return: EXIT_OK, or what the function returned, or a usage error.
 */
enum exit_code options_parse(const char *help, const struct option *list, int argc, char **argv,
			     option_function *set, void *data, bool *helped);

#endif
