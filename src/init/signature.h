/* SPDX-License-Identifier: MIT */
/* What security.ima and security.evm of a file claim. */
#ifndef IMA_INIT_SIGNATURE_H
#define IMA_INIT_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "xattr_format.h"

enum signature_kind {
	SIGNATURE_NONE,      /* the attribute is not there */
	SIGNATURE_DIGEST,
	SIGNATURE_SIGNED,    /* the header is that of the wanted type, key_id is set */
	SIGNATURE_OTHER,     /* anything else, or not whole */
};

/**
 * signature_read() - read one attribute's kind and key id; verifies nothing
 * @file: descriptor
 * @attribute: XATTR_IMA or XATTR_EVM
 * @type: the type that counts as signed
 */
enum signature_kind signature_read(int file, const char *attribute, enum xattr_type type,
				   uint32_t *key_id);

#endif
