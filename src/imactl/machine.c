/* SPDX-License-Identifier: MIT */
/* What a machine is verified with: its own certificates, and the CAs that vouch for them. */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "layout_verify.h"
#include "report.h"
#include "tree.h"

enum exit_code certificates_add(struct certificates *certificates, const char *path)
{
	if (certificates->count == CERTIFICATES_MAX)
		return usage_error("verify", "%s: more than %d certificates", path,
				   CERTIFICATES_MAX);
	struct certificate *certificate = &certificates->list[certificates->count];

	if (key_read_certificate(&certificate->key, path) < 0) {
		key_free(&certificate->key);
		return EXIT_UNCHECKED;
	}
	certificates->count++;
	return EXIT_OK;
}

static void add_authority(void *data, X509 *certificate)
{
	struct authorities *authorities = data;

	/* One more than there is room for is told by the caller. */
	if (!authorities_add(authorities, certificate))
		authorities->count = CERTIFICATES_MAX;
}

enum exit_code authorities_read(struct authorities **authorities, const char *path)
{
	if (!*authorities)
		*authorities = calloc(1, sizeof(**authorities));
	if (!*authorities)
		abort();
	if (certificates_read(path, add_authority, *authorities) < 0)
		return EXIT_UNCHECKED;
	return (*authorities)->count < CERTIFICATES_MAX ? EXIT_OK
		: usage_error("verify", "%s: %d certificates or more", path, CERTIFICATES_MAX);
}

struct own {
	struct certificates *certificates;
	unsigned unread;
};

static int add_loaded(struct certificates *certificates, const char *path)
{
	if (certificates->count == CERTIFICATES_MAX)
		return -1;           /* more than any keyring is filled with: layout_verify() tells */
	struct certificate *certificate = &certificates->list[certificates->count];

	if (key_read_loaded(&certificate->key, path) < 0) {
		key_free(&certificate->key);
		return -1;
	}
	certificates->count++;
	return 0;
}

static void add_own_file(void *data, const struct tree_file *file)
{
	const char *path = file->path;
	struct own *own = data;
	size_t length = strlen(path);

	if (length >= 4 && strcmp(path + length - 4, ".der") == 0)
		own->unread += add_loaded(own->certificates, path) < 0;
}

unsigned certificates_add_own(struct certificates *certificates, const char *root,
			      const char *inside)
{
	struct own own = { .certificates = certificates };
	char path[TREE_PATH_SIZE];
	void *state = &own;
	struct tree_work work = { add_own_file, &state, 1, NULL };

	if (path_exists(root, inside) && path_join(path, root, inside))
		(void)tree_walk(path, &work);
	return own.unread;
}

void certificates_judge(struct certificates *certificates, size_t first, const struct keyrings *keyrings)
{
	for (size_t i = first; i < certificates->count; i++) {
		struct certificate *certificate = &certificates->list[i];

		certificate_judge(certificate, keyrings);
		if (certificate->untrusted[0])
			complain(certificate->key.name, "trust", "%s", certificate->untrusted);
		else if (certificate->unusable[0])
			complain(certificate->key.name, "use", "%s", certificate->unusable);
		if (certificate->expired)
			complain(certificate->key.name, "note",
				 "it has expired; the kernel does not look at dates");
	}
}

unsigned machine_prepare(struct verifying *verifying, struct evm_xattrs *evm_xattrs,
			 const char *directory, struct site_conf *site, finding_function *found,
			 void *data, unsigned *unread)
{
	/* A path below /ima as one below what is or will be that. */
	const size_t skip = strlen(ROOT_DIR);
	const char *x509_evm = PATH_X509_EVM + skip;
	const struct conf *conf = &site->conf;
	char *rest = NULL;
	unsigned count = layout_read_conf(directory, site, found, data);
	bool trusted = conf->trusted_keyrings;

	verifying->keyrings->is_own = !trusted;
	*unread += certificates_add_own(&verifying->ima, directory,
					(trusted ? PATH_X509_IMA : DIR_KEYS_IMA) + skip);
	*unread += certificates_add_own(&verifying->evm, directory,
					trusted && path_exists(directory, x509_evm)
						? x509_evm
						: DIR_KEYS_EVM + skip);
	/* What proves the keyrings tells what is missing. */
	if (!trusted)
		return count;
	(void)strcpy(site->evm_xattrs, conf->evm_xattrs);
	for (char *name = strtok_r(site->evm_xattrs, " \t", &rest); name;
	     name = strtok_r(NULL, " \t", &rest))
		(void)evm_xattrs_add(evm_xattrs, "verify", name);
	if (verifying->evm.count > 0 || verifying->no_evm)
		return count;
	verifying->no_evm = true;
	verifying->evm_later = conf->evm != EVM_MODE_NONE;
	if (conf->evm == EVM_MODE_NONE)
		return count;
	found(data, directory, failure_word(FAIL_EVM_X509_MISSING),
	      "no certificate for EVM, and init.conf does not say evm = none");
	return count + 1;
}
