/* SPDX-License-Identifier: MIT */
/* Which files of a system are signed unless all are. */
#include "selection.h"

#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "layout.h"

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

bool is_below_ima(const char *below)
{
	static const char ima[] = ROOT_DIR "/";

	return strncmp(below, ima + 1, strlen(ima + 1)) == 0;
}

bool path_is_of_system(const struct tree_file *file)
{
	return !is_below_ima(file->below);
}

bool path_is_selected(const struct tree_file *found)
{
	struct stat status;
	AUTO_CLOSE int file = tree_open_found(found, &status);

	return file >= 0 && !is_below_ima(found->below) && is_selected(file, found->below, &status);
}
