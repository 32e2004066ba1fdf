/* SPDX-License-Identifier: MIT */
/* The beginning of an ELF program: whether it needs a dynamic linker. */
#include "init/handover.c"

#include "lib/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)is_static((const char *)data, size);
	return 0;
}
