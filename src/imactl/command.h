/* SPDX-License-Identifier: MIT */
/* The sub-commands of imactl: one file each, cmd_NAME.c, and a row in main.c. */
#ifndef IMACTL_COMMAND_H
#define IMACTL_COMMAND_H

#include "exit_codes.h"

/**
 * A sub-command.
 * @argc, @argv: of its own: argv[0] is the sub-command's name
 *
 * Answers --help itself, with an example. Says what is wrong on standard error
 * before it returns anything but EXIT_OK.
 */
typedef enum exit_code command_function(int argc, char **argv);

command_function cmd_apply;
command_function cmd_doctor;
command_function cmd_explain;
command_function cmd_install;
command_function cmd_keygen;
command_function cmd_pack;
command_function cmd_provision;
command_function cmd_sign;
command_function cmd_verify;

#endif
