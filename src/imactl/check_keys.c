/* SPDX-License-Identifier: MIT */
/* What ima-init and the kernel will say of the files below /ima/keys. */
#include "layout_checks.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "tree.h"

/* Where a key file belongs, and what its form is; in the order in which ima-init adds them. */
struct key_place {
	const char *directory, *suffix;
	enum keyring ring;
	const char *option;          /* of the kernel, for that keyring */
};

static const struct key_place key_places[] = {
	{ DIR_KEYS_BLACKLIST, ".p7s", KEYRING_BLACKLIST, "SYSTEM_BLACKLIST_AUTH_UPDATE" },
	{ DIR_KEYS_BLACKLIST, ".der", KEYRING_BLACKLIST, "IMA_BLACKLIST_KEYRING" },
	{ DIR_KEYS_SECONDARY, ".der", KEYRING_SECONDARY, "SECONDARY_TRUSTED_KEYRING" },
	{ DIR_KEYS_IMA, ".der", KEYRING_IMA, NULL },
	{ DIR_KEYS_EVM, ".der", KEYRING_IMA, NULL },
};
#define KEY_PLACES (sizeof(key_places) / sizeof(key_places[0]))

static bool is_in_place(const struct key_place *place, const char *inside)
{
	size_t directory = strlen(place->directory), suffix = strlen(place->suffix),
	       length = strlen(inside);

	return strncmp(inside, place->directory, directory) == 0 &&
		!strchr(inside + directory, '/') && length >= directory + suffix &&
		strcmp(inside + length - suffix, place->suffix) == 0;
}

static bool is_placed(const char *inside)
{
	static const char *const files[] = { PATH_X509_IMA, PATH_X509_EVM, PATH_KMK, PATH_EVM_KEY };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(inside, files[i]) == 0)
			return true;
	for (size_t i = 0; i < KEY_PLACES; i++)
		if (is_in_place(&key_places[i], inside))
			return true;
	return false;
}

/* Freed by the caller; NULL after a finding. */
static X509 *read_certificate(struct layout *layout, const char *inside)
{
	size_t size;
	char *data = read_inside(layout, inside, LIMIT_CERTIFICATE, &size, FAIL_FILE_MISSING);
	const unsigned char *next = (const unsigned char *)data;
	X509 *certificate = data ? d2i_X509(NULL, &next, (long)size) : NULL;

	if (data && !certificate)
		tell(layout, inside, FAIL_KEY_REFUSED, "not a certificate in DER form");
	ERR_clear_error();
	free(data);
	return certificate;
}

/* ---- what the kernel has loaded before ima-init runs ---- */

static const struct certificate *find_own(const struct layout *layout,
					  const struct certificates *certificates, const char *inside)
{
	char path[TREE_PATH_SIZE];

	if (!layout_place(layout, inside, path))
		return NULL;
	for (size_t i = 0; i < certificates->count; i++)
		if (strcmp(certificates->list[i].key.name, path) == 0)
			return &certificates->list[i];
	return NULL;
}

static void check_loaded(struct layout *layout, const struct certificates *certificates,
			 const char *inside, enum failure_code code)
{
	const struct certificate *certificate = find_own(layout, certificates, inside);

	if (certificate && certificate->untrusted[0])
		tell(layout, inside, code, "the kernel does not take it: %s", certificate->untrusted);
	else if (!certificate && path_exists(layout->directory, inside + strlen(ROOT_DIR)))
		tell(layout, inside, code, "the kernel does not take it: not a certificate in DER form");
}

static void check_kernel_rings(struct layout *layout)
{
	const struct verifying *verifying = layout->verifying;

	if (verifying->keyrings->is_own)
		return;
	if (!path_exists(layout->directory, PATH_X509_IMA + strlen(ROOT_DIR)))
		tell(layout, PATH_X509_IMA, FAIL_KEYRING_EMPTY, "it is not there, and the kernel loads no "
		     "other; where it has no trusted keyrings, trusted-keyrings = no in init.conf says so");
	check_loaded(layout, &verifying->ima, PATH_X509_IMA, FAIL_KEYRING_EMPTY);
	check_loaded(layout, &verifying->evm, PATH_X509_EVM, FAIL_EVM_X509_MISSING);
}

/* ---- what ima-init adds ---- */

struct waiting {
	const char *inside;
	X509 *certificate;
	char reason[KERNELS_REASON];
};

static bool is_full(struct layout *layout, const struct key_place *place, size_t count,
		    const char *inside)
{
	if (count < LIMIT_KEYRING_FILES)
		return false;
	if (count == LIMIT_KEYRING_FILES)
		tell(layout, inside, FAIL_KEY_TOO_MANY, "more than %d files in %s", LIMIT_KEYRING_FILES,
		     place->directory);
	return true;
}

static void keep(const struct layout *layout, const struct key_place *place,
		 const struct waiting *waiting)
{
	struct keyrings *keyrings = layout->verifying->keyrings;
	struct certificates *certificates =
		strcmp(place->directory, DIR_KEYS_EVM) == 0 ? &keyrings->evm : &keyrings->ima;
	char path[TREE_PATH_SIZE];

	if (place->ring == KEYRING_SECONDARY) {
		(void)authorities_add(&keyrings->secondary, waiting->certificate);
	} else if (place->ring == KEYRING_BLACKLIST) {
		(void)authorities_add(&keyrings->blacklist, waiting->certificate);
	} else if (layout_place(layout, waiting->inside, path)) {
		struct certificate *certificate = &certificates->list[certificates->count];

		if (key_of_certificate(&certificate->key, waiting->certificate, path) < 0) {
			key_free(&certificate->key);
			return;
		}
		certificate_judge(certificate, keyrings);
		certificates->count++;
	}
}

/* In rounds, as ima-init adds them: one may have issued another. */
static void add_in_rounds(struct layout *layout, const struct key_place *place,
			  struct waiting *waiting, size_t count)
{
	struct keyrings *keyrings = layout->verifying->keyrings;

	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < count; i++) {
			if (!waiting[i].certificate ||
			    !keyrings_take(keyrings, place->ring, waiting[i].certificate,
					   waiting[i].reason))
				continue;
			keep(layout, place, &waiting[i]);
			X509_free(waiting[i].certificate);
			waiting[i].certificate = NULL;
			again = true;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (waiting[i].certificate)
			tell(layout, waiting[i].inside, FAIL_KEY_REFUSED, "%s", waiting[i].reason);
		X509_free(waiting[i].certificate);
	}
}

static void read_revoked_hash(struct layout *layout, const char *inside)
{
	char name[LIMIT_PATH], reason[KERNELS_REASON];
	size_t size;
	char *data = read_inside(layout, inside, LIMIT_CERTIFICATE, &size, FAIL_FILE_MISSING);

	if (!data)
		return;
	(void)snprintf(name, sizeof(name), "%s", inside + strlen(DIR_KEYS_BLACKLIST));
	name[strlen(name) - strlen(".p7s")] = '\0';
	if (!keyrings_revoke(layout->verifying->keyrings, name, data, size, reason))
		tell(layout, inside, FAIL_KEY_REFUSED, "%s", reason);
	free(data);
}

static void fill_ring(struct layout *layout, const struct key_place *place)
{
	static struct waiting waiting[LIMIT_KEYRING_FILES];
	bool is_hash = strcmp(place->suffix, ".p7s") == 0;
	size_t count = 0;

	for (size_t i = 0; i < layout->manifest.count; i++) {
		const char *inside = layout->manifest.entries[i].path;

		if (!is_in_place(place, inside))
			continue;
		if (is_full(layout, place, count, inside))
			break;
		if (count == 0 && place->option && !layout->verifying->keyrings->is_own &&
		    !kernels_build_in(layout->verifying->keyrings->kernels, place->option))
			tell(layout, inside, FAIL_KERNEL_LACKS, "CONFIG_%s=y is not set", place->option);
		if (is_hash)
			read_revoked_hash(layout, inside);
		waiting[count++] = (struct waiting){
			.inside = inside, .certificate = is_hash ? NULL : read_certificate(layout, inside)
		};
	}
	add_in_rounds(layout, place, waiting, count);
}

void layout_check_keys(struct layout *layout)
{
	for (size_t i = 0; i < layout->manifest.count; i++) {
		const char *inside = layout->manifest.entries[i].path;

		if (strncmp(inside, DIR_KEYS, strlen(DIR_KEYS)) == 0 && !is_placed(inside))
			tell(layout, inside, FAIL_KEY_UNPLACED, "it belongs to no keyring");
	}
	check_kernel_rings(layout);
	for (size_t i = 0; i < KEY_PLACES; i++)
		fill_ring(layout, &key_places[i]);
	layout_check_evm_keys(layout);
}
