/* SPDX-License-Identifier: MIT */
/* Which of the programs an /ima/init is. */
#include "program_mark.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "layout.h"
#include "tree.h"

#define SIZE_LARGEST (16 << 20)      /* of one with symbols and sanitizers, a few times */

static const struct mark {
	const char *text;
	size_t size;
	enum program program;
} marks[] = {
	{ MARK_DISK, sizeof(MARK_DISK) - 1, PROGRAM_DISK },
	{ MARK_INITRAMFS, sizeof(MARK_INITRAMFS) - 1, PROGRAM_INITRAMFS },
	{ MARK_INITRD, sizeof(MARK_INITRD) - 1, PROGRAM_INITRD },
};

enum program program_of(const char *path)
{
	enum program program = PROGRAM_OTHER;
	unsigned count = 0;
	struct stat status;
	AUTO_CLOSE int file = tree_open(path, &status);
	size_t size = file >= 0 && status.st_size <= SIZE_LARGEST ? (size_t)status.st_size : 0;
	char *bytes = size > 0 ? malloc(size) : NULL;

	if (bytes && read(file, bytes, size) == (ssize_t)size)
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (memmem(bytes, size, marks[i].text, marks[i].size)) {
				program = marks[i].program;
				count++;
			}
	free(bytes);
	return count == 1 ? program : PROGRAM_OTHER;
}
