/* SPDX-License-Identifier: MIT */
/* For the readers of images, each of which has a struct image and a read_image() of its own. */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "input.h"

static int read_bytes(struct image *image, const uint8_t *data, size_t size)
{
	struct inventory found = { .count_max = 256, .bytes_left = 1 << 20 };
	/* A copy, since a file that is mapped begins at a page. */
	uint8_t *bytes = aligned_alloc(4096, (size | 4095) + 1);

	REQUIRE(bytes);
	memcpy(bytes, data, size);
	image->bytes = bytes;
	image->size = size;
	image->found = &found;
	if (read_image(image))
		inventory_finish(&found);
	inventory_free(&found);
	free(bytes);
	return 0;
}

#endif
