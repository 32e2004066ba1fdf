/* SPDX-License-Identifier: MIT */
/* An image of ext4, read back: it is read or refused, and nothing else. */
#include "imactl/ext4_read.c"

#include "lib/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = { .size = 0 };

	return read_bytes(&image, data, size);
}
