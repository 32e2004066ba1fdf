/* SPDX-License-Identifier: MIT */
/* Private keys in memory: in no core dump, and not in swap where that can be helped. */
#ifndef IMACTL_SECRETS_H
#define IMACTL_SECRETS_H

/**
 * secrets_protect() - to be called before a private key is read
 *
 * No core is written, and no process of the same user can read the memory (PR_SET_DUMPABLE).
 * What OpenSSL keeps of private keys is in memory that is locked. Where RLIMIT_MEMLOCK is too
 * small for it, it works as before: nobody can do anything about it then.
 */
void secrets_protect(void);

#endif
