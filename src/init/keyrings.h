/* SPDX-License-Identifier: MIT */
/* The kernel's trusted keyrings. */
#ifndef IMA_INIT_KEYRINGS_H
#define IMA_INIT_KEYRINGS_H

#include "boot.h"

/**
 * keyring_count() - how many keys a keyring of the kernel's holds
 * @name: such as ".ima"
 *
 * Return: the count, -ENOENT when there is no such keyring, -errno otherwise.
 */
int keyring_count(struct boot *boot, const char *name);

/**
 * keyring_holds() - whether a keyring has the key that a signature names
 * @key_id: the last four bytes of the certificate's subject key identifier
 *
 * What the keyring holds comes from the keyring; only the ids of its keys are
 * read in /proc/keys, where asymmetric_key_describe() writes them.
 */
bool keyring_holds(struct boot *boot, const char *name, uint32_t key_id);

#endif
