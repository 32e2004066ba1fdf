/* SPDX-License-Identifier: MIT */
/*
 * A squashfs image, made by tar2sqfs of a tar archive that it reads from a pipe, so that
 * owners and attributes need not be on the disk. mksquashfs reads archives too, but 4.5
 * gives their root directory to whoever runs it, and no attributes.
 */
#include "pack.h"
#include "tool.h"

bool squashfs_write(const struct pack *pack)
{
	char defaults[32];
	const char *const arguments[] = { "tar2sqfs", "--quiet", "--force", "--compressor", "gzip",
					  "--defaults", defaults, pack->image, NULL };
	struct tool tool;

	/* Only of what the archive does not name, and it names all; tar2sqfs takes no later one. */
	(void)snprintf(defaults, sizeof(defaults), "mtime=%u",
		       pack->time > INT32_MAX ? INT32_MAX : pack->time);
	return tool_start(&tool, "squashfs-tools-ng", arguments, true, false) &&
		tool_end(&tool, tar_stream(pack, tool.in));
}
