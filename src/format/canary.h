/* SPDX-License-Identifier: MIT */
/* What /ima/canary and /ima/canary-exec are: ima-init(8), FILES. */
#ifndef FORMAT_CANARY_H
#define FORMAT_CANARY_H

#include <stdint.h>

#include "xattr_format.h"

/* Of the file as it is found. */
struct canary {
	uint32_t gid;
	uint32_t mode;               /* type and permissions */
	uint64_t size;
	int ima_size, evm_size;      /* 0: the attribute is not there; negative: it cannot be read, or is too long */
	uint8_t ima[CANARY_XATTR_SIZE + 1];
	uint8_t evm[XATTR_HMAC_SIZE + 1];
};

/**
 * canary_wrong() - why the kernel's refusal of a canary would prove nothing
 *
 * The owner and the content are for the caller to check.
 *
 * Return: NULL, or what is wrong, to follow the file's path.
 */
const char *canary_wrong(const struct canary *canary);
const char *canary_exec_wrong(const struct canary *canary);

#endif
