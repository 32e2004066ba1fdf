/* SPDX-License-Identifier: MIT */
/* Whether the running kernel trusts whoever has issued a certificate, as the kernel says itself. */
#ifndef IMACTL_KERNEL_TRUST_H
#define IMACTL_KERNEL_TRUST_H

#include <openssl/x509.h>

/**
 * kernel_trusts() - have the kernel check a certificate against .builtin_trusted_keys
 *
 * It is added to a keyring of this process that is restricted as .ima and .evm are, and is gone
 * with it. Not looked at are .machine, since it is up to the kernel's configuration whether .ima
 * heeds it, and .secondary_trusted_keys, which has keys that ima-init added and that the next
 * boot will not have yet when it starts /ima/init.
 *
 * Return: 1: a key there has issued it, 0: none has; or -errno: this kernel cannot be asked.
 */
int kernel_trusts(X509 *certificate);

#endif
