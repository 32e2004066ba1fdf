/* SPDX-License-Identifier: MIT */
/* Other programs: found, started without a shell, and asked how it went. */
#ifndef IMACTL_TOOL_H
#define IMACTL_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct tool {
	const char *name;            /* of the program */
	pid_t process;
	FILE *in, *out;              /* its standard input and output, or NULL */
	int said;                    /* what it says on its other channels */
};

/** tools_prepare() - an environment in which they make the same of the same; once */
void tools_prepare(uint32_t time);

/**
 * tool_start() - start a program
 * @package: the Debian package that has it
 * @arguments: of argv, the name first, ended by NULL
 * @feeds: tool->in is wanted; otherwise it reads nothing
 * @listens: tool->out is wanted; otherwise what it says is kept for a failure
 *
 * Return: true, or false with a line: it is not there, it cannot be started.
 */
bool tool_start(struct tool *tool, const char *package, const char *const *arguments, bool feeds,
		bool listens);

/**
 * tool_end() - close what is open, and wait
 * @right: false: its output is of no use, and another line was said already, unless it took
 *         no more input
 *
 * Return: whether it ended with 0 and @right; otherwise with a line, or that other one.
 */
bool tool_end(struct tool *tool, bool right);

/** tool_run() - start and end */
bool tool_run(const char *package, const char *const *arguments);

/** tool_kill() - the one that runs, if one does; for a signal handler */
void tool_kill(void);

#endif
