/* SPDX-License-Identifier: MIT */
/* An image of erofs, read back: it is read or refused, and nothing else. */
#include "imactl/erofs.c"

#include "lib/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct inventory found = { .count_max = 256, .bytes_left = 1 << 20 };
	/* A copy, since a file that is mapped begins at a page. */
	uint8_t *bytes = aligned_alloc(4096, (size | 4095) + 1);

	REQUIRE(bytes);
	memcpy(bytes, data, size);
	struct image image = { .bytes = bytes, .size = size, .found = &found };

	if (read_image(&image))
		inventory_finish(&found);
	inventory_free(&found);
	free(bytes);
	return 0;
}
