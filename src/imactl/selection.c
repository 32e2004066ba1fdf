/* SPDX-License-Identifier: MIT */
/* Which files of a system are signed unless all are. */
#include "selection.h"

#include <string.h>
#include <unistd.h>

static bool has_part(const char *below, const char *directory)
{
	const char *found = below;

	while ((found = strstr(found, directory)) && found != below && found[-1] != '/')
		found++;
	return found;
}

static bool has_magic(int file)
{
	char magic[4] = "";
	ssize_t length = pread(file, magic, sizeof(magic), 0);

	return (length == 4 && memcmp(magic, "\177ELF", 4) == 0) ||
	       (length >= 2 && memcmp(magic, "#!", 2) == 0);
}

bool is_selected(int file, const char *below, const struct stat *status)
{
	const char *name = strrchr(below, '/');

	name = name ? name + 1 : below;
	return status->st_mode & 0111 || strstr(name, ".so") || strstr(name, ".ko") ||
	       has_part(below, "lib/firmware/") || has_part(below, "lib/modules/") ||
	       strncmp(below, "etc/", 4) == 0 || has_magic(file);
}
