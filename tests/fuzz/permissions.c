/* SPDX-License-Identifier: MIT */
/* A table of permissions: each path once, within its limits, and found again. */
#include "imactl/permissions.c"

#include "lib/input.h"

static void require_right(const struct permissions *permissions)
{
	for (size_t i = 0; i < permissions->count; i++) {
		const struct permission *one = &permissions->list[i];
		struct stat status = { .st_mode = S_IFREG | 01 };

		REQUIRE(i == 0 || strcmp(one[-1].path, one->path) < 0);
		REQUIRE(one->path[0] != '/' && strlen(one->path) < TREE_PATH_SIZE);
		REQUIRE(!strstr(one->path, "//") && !strstr(one->path, "/../"));
		REQUIRE(strncmp(one->path, "../", 3) != 0 && strcmp(one->path, "..") != 0);
		REQUIRE(one->mode <= 07777 && (one->type == 'f' || one->type == 'd'));
		permissions_apply(permissions, one->path, &status);
		REQUIRE(status.st_mode == (S_IFREG | one->mode));
		REQUIRE(status.st_uid == one->uid && status.st_gid == one->gid);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *in = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
	unsigned long line;
	const char *wrong;

	if (!in)
		return 0;
	struct permissions *permissions = permissions_parse(in, &line, &wrong);

	REQUIRE((permissions == NULL) == (wrong != NULL));
	if (permissions)
		require_right(permissions);
	permissions_free(permissions);
	(void)fclose(in);
	return 0;
}
