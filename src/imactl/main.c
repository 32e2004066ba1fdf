/* SPDX-License-Identifier: MIT */
/* imactl: makes and checks, on a build host, what ima-init boots. */
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include "command.h"
#include "layout.h"
#include "report.h"
#include "secrets.h"

/* Files of more than 2 GiB and times after 2038, on 32 bits as well: the Makefile asks for it. */
_Static_assert(sizeof(off_t) == 8 && sizeof(time_t) == 8 && sizeof(ino_t) == 8,
	       "-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64");

static const struct {
	const char *name;
	command_function *run;
	bool has_secrets;            /* it reads or makes private keys */
	const char *summary;
} commands[] = {
	{ "keygen", cmd_keygen, true, "make a CA, signing keys and certificates, or the EVM keys" },
	{ "sign", cmd_sign, true, "sign the files of a tree for IMA and EVM, and write the manifest" },
	{ "apply", cmd_apply, false, "set the signatures that sign has put into a sidecar" },
	{ "pack", cmd_pack, false, "make an image or an archive of a signed tree, and compare the two" },
	{ "install", cmd_install, false,
	  "make a signed /ima that of a machine, in one step that a boot sees or does not" },
	{ "verify", cmd_verify, true,
	  "check the signatures of a tree, and what ima-init will say of it" },
	{ "provision", cmd_provision, true, "have this device make the EVM keys that it boots with" },
	{ "doctor", cmd_doctor, false, "check a kernel's configuration and command line" },
	{ "explain", cmd_explain, false,
	  "say in plain words what a failure code or a line of a boot log means" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fputs("usage: imactl COMMAND [OPTION...]\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-9s  %s\n", commands[i].name, commands[i].summary);
	fputs("\nimactl COMMAND --help describes a command, imactl(1) all of them.\n", out);
}

/* A program that reads the document finds one, whatever went wrong. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static int run_command(size_t number, int argc, char **argv)
{
	if (commands[number].has_secrets)
		secrets_protect();
	enum exit_code code = commands[number].run(argc - 1, argv + 1);

	if (code != EXIT_OK && wants_json(argc, argv))
		print_json_error(code);
	return (int)flush_output(code);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return run_command(i, argc, argv);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_help(stdout);
		return (int)flush_output(EXIT_OK);
	}
	if (strcmp(name, "--version") == 0) {
		printf("imactl %s\n", IMA_INIT_VERSION);
		return (int)flush_output(EXIT_OK);
	}
	if (argc > 1)
		fprintf(stderr, "imactl: %s: no such command\n\n", name);
	print_help(stderr);
	return (int)EXIT_USAGE;
}
