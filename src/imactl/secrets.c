/* SPDX-License-Identifier: MIT */
/* Private keys in memory. */
#include "secrets.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>

/* Room for two keys, the text of one, and what 64 threads make of them; of a default of 8 MiB. */
#define HEAP (1 << 20)
#define LEAST 32                     /* bytes of one piece */

void secrets_protect(void)
{
	static const struct rlimit none;

	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	/* 2: it is not locked. */
	(void)CRYPTO_secure_malloc_init(HEAP, LEAST);
}
