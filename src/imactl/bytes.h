/* SPDX-License-Identifier: MIT */
/* Numbers of file systems, which are little-endian. */
#ifndef IMACTL_BYTES_H
#define IMACTL_BYTES_H

#include <stdint.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

static inline uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t get32(const uint8_t *bytes)
{
	return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}

static inline uint64_t get64(const uint8_t *bytes)
{
	return get32(bytes) | (uint64_t)get32(bytes + 4) << 32;
}

/* new_decode_dev() of the kernel. */
static inline dev_t get_device(uint32_t number)
{
	return makedev((number & 0xfff00) >> 8, (number & 0xff) | (number >> 12 & 0xfff00));
}

#endif
