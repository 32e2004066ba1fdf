/* SPDX-License-Identifier: MIT */
/* An image of erofs, read back: it is read or refused, and nothing else. */
#include "imactl/erofs.c"

#include "lib/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = { .size = 0 };

	return read_bytes(&image, data, size);
}
