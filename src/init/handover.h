/* SPDX-License-Identifier: MIT */
/* Executing the next init, or the rescue program. */
#ifndef IMA_INIT_HANDOVER_H
#define IMA_INIT_HANDOVER_H

#include "boot.h"

enum linkage {
	LINKED_ANY_WAY,
	LINKED_STATICALLY,           /* no PT_INTERP: no other file becomes code with it */
};

/** check_program() - a program of root's inside the root, that can be executed and is no script */
enum failure_code check_program(struct boot *boot, const char *path, enum linkage linkage);

/**
 * execute() - execute a program with the arguments that the kernel gave us
 *
 * Return: only when the kernel refused it; nothing was given up before.
 */
enum failure_code execute(struct boot *boot, const char *path);

#endif
