/* SPDX-License-Identifier: MIT */
/* The master key and EVM's key that this device has made itself: imactl provision. */
#ifndef IMA_INIT_DEVICE_KEYS_H
#define IMA_INIT_DEVICE_KEYS_H

#include "boot.h"

/**
 * device_keys_read() - both, from where init.conf's device-keys says
 * @text: filled; kmk and evm-key, each with a NUL in place of its newline
 * @size: bytes there
 *
 * Return: FAIL_NONE; FAIL_DEVICE_KEYS_MISSING; FAIL_DEVICE_KEYS_INVALID, or one of the FILE_
 * codes: what is there is not as imactl provision makes it.
 */
enum failure_code device_keys_read(struct boot *boot, char *text, size_t size);

#endif
