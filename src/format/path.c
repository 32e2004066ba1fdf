/* SPDX-License-Identifier: MIT */
/* The paths that a manifest, init.conf and a sidecar may name. */
#include "path.h"

#include <string.h>

#include "layout.h"
#include "text.h"

bool path_is_plain(const char *path)
{
	for (;; path++) {
		size_t length = strcspn(path, "/");

		if (length == 0 || text_is_word(path, length, ".") ||
		    text_is_word(path, length, ".."))
			return false;
		path += length;
		if (!*path)
			return true;
	}
}

const char *path_wrong(const char *path)
{
	if (strlen(path) >= LIMIT_PATH)
		return "a path has fewer than " TEXT_OF(LIMIT_PATH) " bytes";
	for (const char *byte = path; *byte; byte++)
		if (*byte < ' ' || *byte > '~')
			return "a path is printable ASCII";
	if (path[0] != '/' || !path_is_plain(path + 1))
		return "a path is absolute, without //, . and ..";
	return NULL;
}
