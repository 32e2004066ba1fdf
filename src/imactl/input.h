/* SPDX-License-Identifier: MIT */
/* Files that options name, opened so that none of them can keep the program waiting. */
#ifndef IMACTL_INPUT_H
#define IMACTL_INPUT_H

#include <stdio.h>

/* No table of permissions, no sidecar of a system and no log is longer: 1 GiB. */
#define INPUT_MAX (1LL << 30)

/**
 * input_open() - open a file that an option names, for reading
 * @path: followed through symlinks, as the user's own
 *
 * A FIFO, a device or a directory that has such a name is refused, since to open or to read it may
 * take for ever. A pipe that the caller has opened himself is his own: /dev/stdin, /dev/fd/N and
 * /proc/self/fd/N, as <(command) of a shell gives it.
 *
 * Return: a descriptor, or -errno; -EINVAL: neither of these; -EFBIG: more than INPUT_MAX.
 */
int input_open(const char *path);

/** input_stream() - the same as a stream; NULL with errno */
FILE *input_stream(const char *path);

/** input_reason() - strerror(), in the words of input_open() */
const char *input_reason(int error);

/**
 * input_line() - the next line, with its newline where it has one
 * @text: filled with up to @max bytes, and not terminated; a file of holes is one line without end
 *
 * Return: its length; 0 at the end, or where reading fails.
 */
size_t input_line(FILE *in, char *text, size_t max);

#endif
