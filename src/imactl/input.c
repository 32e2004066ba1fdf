/* SPDX-License-Identifier: MIT */
/* Files that options name, opened so that none of them can keep the program waiting. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What leads to a descriptor that this process was given. */
static bool is_own_descriptor(const char *path)
{
	static const char *const names[] = { "/dev/fd/", "/proc/self/fd/" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(path, names[i], strlen(names[i])) == 0)
			return true;
	return strcmp(path, "/dev/stdin") == 0;
}

static int check(int file, const char *path)
{
	struct stat status;

	if (fstat(file, &status) < 0)
		return -errno;
	if (S_ISREG(status.st_mode))
		return status.st_size > INPUT_MAX ? -EFBIG : 0;
	if (!is_own_descriptor(path) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode))
		return -EINVAL;
	/* Its writer may be slow. */
	return fcntl(file, F_SETFL, 0) < 0 ? -errno : 0;
}

int input_open(const char *path)
{
	int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (file < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	int error = check(file, path);

	if (error == 0)
		return file;
	(void)close(file);
	return error;
}

FILE *input_stream(const char *path)
{
	int file = input_open(path);

	if (file < 0) {
		errno = -file;
		return NULL;
	}
	return fdopen(file, "r");
}

const char *input_reason(int error)
{
	switch (error) {
	case EINVAL: return "not a regular file";
	case EFBIG:  return "it is larger than 1 GiB";
	default:     return strerror(error);
	}
}

size_t input_line(FILE *in, char *text, size_t max)
{
	size_t length = 0;
	int byte;

	while (length < max && (byte = getc_unlocked(in)) != EOF) {
		text[length++] = (char)byte;
		if (byte == '\n')
			break;
	}
	return length;
}
