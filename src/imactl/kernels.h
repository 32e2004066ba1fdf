/* SPDX-License-Identifier: MIT */
/* What kernels can use: keys, digests, certificates, by version and configuration. */
#ifndef IMACTL_KERNELS_H
#define IMACTL_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "exit_codes.h"
#include "kernel_config.h"

#define KERNELS_OLDEST KERNEL_VERSION_OF(6, 1)
#define KERNELS_NEWEST KERNEL_VERSION_OF(6, 12)

/* Those that something is for: what one of them cannot use is refused. */
struct kernels {
	unsigned oldest, newest;     /* 0: KERNELS_OLDEST, KERNELS_NEWEST */
	struct kernel_config config; /* of --kernel CONFIG; no options: all that the versions offer */
};

#define KERNELS_REASON 200

/**
 * kernels_option() - the value of --kernel: a version such as 6.12, or the path of a kernel's .config
 *
 * Return: EXIT_OK; a usage error; or EXIT_UNCHECKED with a line: the file cannot be read.
 */
enum exit_code kernels_option(const char *command, const char *value, struct kernels *kernels);

/** kernels_build_in() - whether an option is built in, as far as the configuration is known */
bool kernels_build_in(const struct kernels *kernels, const char *option);

/*
 * Each of the following says whether all these kernels take something; @reason is
 * KERNELS_REASON bytes, and filled where one does not.
 */

/** kernels_take_hash() - signatures over this digest; @id as in struct hash */
bool kernels_take_hash(const struct kernels *kernels, unsigned id, char *reason);

/** kernels_take_key() - signatures by the key of a certificate */
bool kernels_take_key(const struct kernels *kernels, X509 *certificate, char *reason);

/**
 * kernels_take_certificate() - a certificate as such, into any keyring
 *
 * Its form and its own algorithms; who has issued it is keyrings.h.
 */
bool kernels_take_certificate(const struct kernels *kernels, X509 *certificate, char *reason);

/** kernels_take_signer() - by its key usage, into .ima or .evm */
bool kernels_take_signer(const struct kernels *kernels, X509 *certificate, char *reason);

#endif
