/* SPDX-License-Identifier: MIT */
/* The encrypted HMAC key of EVM, as text. */
#ifndef FORMAT_EVM_KEY_H
#define FORMAT_EVM_KEY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * evm_key_wrong() - what is wrong with the form of evm-key, or NULL
 * @blob: terminated
 * @blob_size: of it: more than strlen() where it has a NUL byte
 * @is_trusted: kmk is a trusted key
 */
const char *evm_key_wrong(const char *blob, size_t blob_size, bool is_trusted);

#endif
