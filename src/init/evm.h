/* SPDX-License-Identifier: MIT */
/* EVM: its state in securityfs, and the keys that PID 1 holds for a moment. */
#ifndef IMA_INIT_EVM_H
#define IMA_INIT_EVM_H

#include "boot.h"

/* security/integrity/evm/evm.h */
#define EVM_INIT_HMAC             0x00000001U
#define EVM_INIT_X509             0x00000002U
#define EVM_ALLOW_METADATA_WRITES 0x00000004U
#define EVM_SETUP_COMPLETE        0x80000000U

/** evm_read_bits() - securityfs/evm, where EVM_SETUP_COMPLETE never shows; or -errno */
int evm_read_bits(struct boot *boot);

/**
 * drop_keys() - take kmk and evm-key out of PID 1's process keyring, wipe them
 *
 * Return: FAIL_NONE, or FAIL_KEYS_LEFT.
 */
enum failure_code drop_keys(struct boot *boot);

#endif
