/* SPDX-License-Identifier: MIT */
/* What imactl says on standard error, and how names from a disk are written. */
#ifndef IMACTL_REPORT_H
#define IMACTL_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "exit_codes.h"

/**
 * complain() - one line: "imactl: OBJECT: ACTION: REASON"
 * @object: the file, key or option that it is about
 * @action: what was tried, such as "read", "sign"
 * @format: the reason; errno in words by strerror(), a limit with its number
 *
 * Safe to call from several threads. What a terminal could obey is escaped in all of it.
 */
__attribute__((format(printf, 3, 4)))
void complain(const char *object, const char *action, const char *format, ...);

/**
 * usage_error() - "imactl COMMAND: MESSAGE; see imactl COMMAND --help"
 *
 * Return: EXIT_USAGE, for the sub-command to return.
 */
__attribute__((format(printf, 2, 3)))
enum exit_code usage_error(const char *command, const char *format, ...);

/** begin_line() - what is written on standard error now is to go before the next line */
void begin_line(void);

/**
 * clear_line() - have it go; complain() and usage_error() do so themselves
 *
 * Both are called with standard error locked, flockfile(), until what follows is written.
 */
void clear_line(void);

/**
 * escape_name() - a file name as one printable word of a line
 * @name: any bytes
 * @text: filled and terminated; what does not fit ends in "..."
 *
 * Printable ASCII and whole UTF-8 characters stay; other bytes and the
 * backslash become octal, as in the output of getfattr.
 *
 * Return: @text.
 */
const char *escape_name(const char *name, char *text, size_t size);

/** escape_text() - the same of a text whose names are escaped already: a backslash stays */
const char *escape_text(const char *given, char *text, size_t size);

/**
 * json_text() - a string of a document, to be given to json_pack() as "o"
 *
 * What is not UTF-8 is written as escape_name() does; json_pack() of such a string would give
 * nothing at all.
 */
json_t *json_text(const char *text);

/** print_json_error() - where no document was printed, one with the last line that was said */
void print_json_error(enum exit_code code);

/** print_json() - on standard output, for machines that have --json; it stays the caller's */
void print_json(const json_t *json);

/** use_colour() - whether the stream is a terminal and NO_COLOR is not set */
bool use_colour(FILE *stream);

/** flush_output() - write out standard output; EXIT_FAILED, with a line, if that failed */
enum exit_code flush_output(enum exit_code code);

#endif
