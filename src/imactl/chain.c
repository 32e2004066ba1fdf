/* SPDX-License-Identifier: MIT */
/* Whether the kernel that will be booted takes the certificates of an /ima. */
#include "chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_trust.h"
#include "layout.h"
#include "machine.h"
#include "report.h"
#include "tree.h"

bool chain_known(const struct chain *chain, const char *root)
{
	if (chain->authorities || chain->asks_kernel || chain->unchecked)
		return true;
	complain(root[0] ? root : "/", "trust",
		 "it is not known which CA the kernel has that will boot it: name its certificate "
		 "by --ca, or have it there as " PATH_SITE_CA "; or leave it unchecked with "
		 "--chain-unchecked or " CHAIN_VARIABLE "=" CHAIN_UNCHECKED);
	return false;
}

static bool kernel_has(const struct certificate *certificate, const char **reason)
{
	int answer = kernel_trusts(certificate->key.certificate);

	if (answer > 0)
		return true;
	*reason = answer == 0
		? "no key in .builtin_trusted_keys of the running kernel has issued it, and the "
		  "next boot would fail: have it issued by the CA of the kernel; or name the CA of "
		  "the kernel that will be booted, by --ca or as " PATH_SITE_CA
		: "the running kernel does not say whether it trusts its issuer: name the CA of "
		  "the kernel that will be booted, by --ca or as " PATH_SITE_CA;
	return false;
}

static bool vouches(const struct authorities *authorities, const struct certificate *certificate,
		    char reason[KERNELS_REASON])
{
	static const struct kernels any;
	struct keyrings keyrings = { .kernels = &any, .builtin = authorities };

	return authorities && keyrings_take(&keyrings, KEYRING_SECONDARY, certificate->key.certificate, reason);
}

bool chain_has(const struct chain *chain, const struct certificate *certificate,
	       const struct authorities *more, const char **reason)
{
	static char text[2 * TREE_PATH_SIZE];
	char why[KERNELS_REASON];

	if (chain->unchecked || vouches(more, certificate, why))
		return true;
	if (!chain->authorities)
		return kernel_has(certificate, reason);
	if (vouches(chain->authorities, certificate, why))
		return true;
	(void)snprintf(text, sizeof(text),
		       "the CA in %s has not issued it (%s), and the next boot would fail: have it "
		       "issued by the CA of the kernel, or name the CA that the kernel has",
		       chain->named, why);
	*reason = text;
	return false;
}

struct directory {
	const struct chain *chain;
	const char *path;
	void (*refused)(void *data, const char *path, const char *reason);
	void *data;
	struct authorities secondary;
	unsigned count;
};

static struct certificates *read_certificates(struct directory *directory, const char *inside)
{
	struct certificates *certificates = calloc(1, sizeof(*certificates));

	if (!certificates)
		abort();
	/* Whoever has issued one that is not read here is not known. */
	directory->count += certificates_add_own(certificates, directory->path,
						 inside + strlen(ROOT_DIR));
	return certificates;
}

static void free_certificates(struct certificates *certificates)
{
	certificates_free(certificates);
	free(certificates);
}

static void judge(struct directory *directory, const char *inside, const struct authorities *more)
{
	struct certificates *certificates = read_certificates(directory, inside);
	const char *reason;

	for (size_t i = 0; i < certificates->count; i++) {
		struct certificate *certificate = &certificates->list[i];

		if (chain_has(directory->chain, certificate, more, &reason))
			continue;
		directory->refused(directory->data, certificate->key.name, reason);
		directory->count++;
	}
	free_certificates(certificates);
}

/* In rounds, as ima-init adds them: one may have issued another. */
static void judge_secondary(struct directory *directory)
{
	struct certificates *certificates = read_certificates(directory, DIR_KEYS_SECONDARY);
	bool has[CERTIFICATES_MAX] = { false };
	const char *reason = NULL;

	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < certificates->count; i++) {
			if (has[i] || !chain_has(directory->chain, &certificates->list[i],
						 &directory->secondary, &reason))
				continue;
			has[i] = more = authorities_add(&directory->secondary,
							certificates->list[i].key.certificate);
		}
	}
	for (size_t i = 0; i < certificates->count; i++)
		if (!has[i]) {
			(void)chain_has(directory->chain, &certificates->list[i], NULL, &reason);
			directory->refused(directory->data, certificates->list[i].key.name, reason);
			directory->count++;
		}
	free_certificates(certificates);
}

unsigned chain_directory(const struct chain *chain, const char *path,
			 void (*refused)(void *data, const char *path, const char *reason),
			 void *data)
{
	struct directory directory = { .chain = chain, .path = path, .refused = refused,
				       .data = data };

	if (chain->unchecked)
		return 0;
	judge(&directory, PATH_X509_IMA, NULL);
	judge(&directory, PATH_X509_EVM, NULL);
	judge_secondary(&directory);
	judge(&directory, DIR_KEYS_IMA, &directory.secondary);
	judge(&directory, DIR_KEYS_EVM, &directory.secondary);
	authorities_free(&directory.secondary);
	return directory.count;
}
