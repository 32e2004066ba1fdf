/* SPDX-License-Identifier: MIT */
/* An image of squashfs, read back: it is read or refused, and nothing else. */
#include "imactl/squashfs_read.c"

#include "lib/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = { .block = malloc(DATA_MAX) };

	(void)read_bytes(&image, data, size);
	free(image.block);
	return 0;
}
