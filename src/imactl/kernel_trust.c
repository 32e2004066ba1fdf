/* SPDX-License-Identifier: MIT */
/* Whether the running kernel trusts whoever has issued a certificate. */
#include "kernel_trust.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <keyutils.h>

/* restrict_link_by_builtin_trusted(): the same check that a certificate for .ima has to pass. */
static int add_restricted(const unsigned char *bytes, size_t size)
{
	key_serial_t ring = add_key("keyring", "imactl", NULL, 0, KEY_SPEC_PROCESS_KEYRING);

	if (ring < 0 || keyctl_restrict_keyring(ring, "asymmetric", "builtin_trusted") < 0)
		return -errno;
	if (add_key("asymmetric", NULL, bytes, size, ring) >= 0)
		return 1;
	/*
	 * ENOKEY: no key has the id of its issuer; EKEYREJECTED: the signature is not that key's, or
	 * it is revoked; EPERM: ca_keys= on the kernel's command line names another issuer.
	 */
	return errno == ENOKEY || errno == EKEYREJECTED || errno == EPERM ? 0 : -errno;
}

/* A keyring that takes any: whether the kernel reads such a certificate at all. */
static bool reads(const unsigned char *bytes, size_t size)
{
	key_serial_t ring = add_key("keyring", "imactl-any", NULL, 0, KEY_SPEC_PROCESS_KEYRING);

	return ring >= 0 && add_key("asymmetric", NULL, bytes, size, ring) >= 0;
}

int kernel_trusts(X509 *certificate)
{
	unsigned char *bytes = NULL;
	int size = i2d_X509(certificate, &bytes);

	if (size <= 0)
		return -EINVAL;
	int answer = reads(bytes, (size_t)size) ? add_restricted(bytes, (size_t)size) : -EOPNOTSUPP;

	OPENSSL_free(bytes);
	return answer;
}
