/* SPDX-License-Identifier: MIT */
/* What a machine is verified with: its own certificates, and the CAs that vouch for them. */
#include "machine.h"

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

void certificates_free(struct certificates *certificates)
{
	for (size_t i = 0; i < certificates->count; i++)
		key_free(&certificates->list[i].key);
}

enum exit_code authorities_add(X509_STORE **authorities, const char *path)
{
	struct key authority;

	if (!*authorities)
		*authorities = X509_STORE_new();
	if (key_read_certificate(&authority, path) < 0 || !*authorities ||
	    X509_STORE_add_cert(*authorities, authority.certificate) != 1) {
		key_free(&authority);
		return EXIT_UNCHECKED;
	}
	key_free(&authority);
	return EXIT_OK;
}

/* One of the two is set. */
struct own {
	struct certificates *certificates;
	X509_STORE **authorities;
	unsigned unread;
};

static void add_own_file(void *data, const struct tree_file *file)
{
	const char *path = file->path;
	struct own *own = data;
	size_t length = strlen(path);

	if (length < 4 || strcmp(path + length - 4, ".der") != 0)
		return;
	enum exit_code code = own->certificates ? certificates_add(own->certificates, path)
						: authorities_add(own->authorities, path);

	own->unread += code != EXIT_OK;
}

static void add_own(struct own *own, const char *root, const char *inside)
{
	char path[TREE_PATH_SIZE];
	void *state = own;
	struct tree_work work = { add_own_file, &state, 1, NULL };

	if (path_exists(root, inside) && path_join(path, root, inside))
		(void)tree_walk(path, &work);
}

unsigned certificates_add_own(struct certificates *certificates, const char *root,
			      const char *inside)
{
	struct own own = { .certificates = certificates };

	add_own(&own, root, inside);
	return own.unread;
}

unsigned authorities_add_own(X509_STORE **authorities, const char *root, const char *inside)
{
	struct own own = { .authorities = authorities };

	add_own(&own, root, inside);
	return own.unread;
}

void certificates_judge(struct certificates *certificates, size_t first, X509_STORE *store)
{
	for (size_t i = first; i < certificates->count; i++) {
		struct certificate *certificate = &certificates->list[i];

		certificate_judge(certificate, store);
		if (certificate->untrusted)
			complain(certificate->key.name, "trust", "%s", certificate->untrusted);
		if (certificate->expired)
			complain(certificate->key.name, "note",
				 "it has expired; the kernel does not look at dates");
		if (key_unfit(&certificate->key))
			complain(certificate->key.name, "note", "%s", key_unfit(&certificate->key));
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
	if (conf->evm == EVM_MODE_NONE)
		return count;
	found(data, directory, failure_word(FAIL_EVM_X509_MISSING),
	      "no certificate for EVM, and init.conf does not say evm = none");
	return count + 1;
}
