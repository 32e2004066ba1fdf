/* SPDX-License-Identifier: MIT */
/* What ima-init and the kernel will say of the files below /ima/keys. */
#include "layout_checks.h"

#include <stdlib.h>
#include <string.h>

#include "format/text.h"

/* Where a key file belongs, and what its form is. */
struct key_place {
	const char *directory, *suffix;
	size_t limit;
};

static const struct key_place key_places[] = {
	{ DIR_KEYS_BLACKLIST, ".p7s", LIMIT_CERTIFICATE },
	{ DIR_KEYS_BLACKLIST, ".der", LIMIT_CERTIFICATE },
	{ DIR_KEYS_SECONDARY, ".der", LIMIT_CERTIFICATE },
	{ DIR_KEYS_IMA, ".der", LIMIT_CERTIFICATE },
	{ DIR_KEYS_EVM, ".der", LIMIT_CERTIFICATE },
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

static void check_certificate(struct layout *layout, const char *inside, size_t limit)
{
	size_t size;
	char *data = read_inside(layout, inside, limit, &size, FAIL_FILE_MISSING);
	const unsigned char *next = (const unsigned char *)data;
	X509 *certificate = data ? d2i_X509(NULL, &next, (long)size) : NULL;

	if (data && (!certificate || next != (const unsigned char *)data + size))
		tell(layout, inside, FAIL_KEY_REFUSED,
		     "not a certificate in DER form, and nothing else");
	X509_free(certificate);
	free(data);
}

static void check_kmk(struct layout *layout)
{
	size_t size;
	char *data = read_inside(layout, PATH_KMK, LIMIT_KMK, &size, FAIL_FILE_MISSING);

	if (data && layout->conf->kmk_options && (size % 2 != 0 || !text_is_hex(data, size)))
		tell(layout, PATH_KMK, FAIL_KMK_INVALID,
		     "a trusted key blob is lower-case hex and nothing else");
	else if (data && size < KMK_MIN && !layout->conf->kmk_options)
		tell(layout, PATH_KMK, FAIL_KMK_INVALID, "%zu bytes, at least %d are needed", size,
		     KMK_MIN);
	if (data)
		OPENSSL_cleanse(data, size);
	free(data);
}

static void check_evm_key(struct layout *layout)
{
	size_t size;
	char *data = read_inside(layout, PATH_EVM_KEY, LIMIT_EVM_KEY, &size, FAIL_FILE_MISSING);

	if (data && (strlen(data) != size || strchr(data, '\n')))
		tell(layout, PATH_EVM_KEY, FAIL_EVM_KEY_INVALID, "it has a newline or a NUL byte");
	if (data)
		OPENSSL_cleanse(data, size);
	free(data);
}

void layout_check_keys(struct layout *layout)
{
	unsigned counts[KEY_PLACES] = { 0 };

	for (size_t i = 0; i < layout->manifest.count; i++) {
		const char *inside = layout->manifest.entries[i].path;
		size_t place = 0;

		if (strncmp(inside, DIR_KEYS, strlen(DIR_KEYS)) != 0)
			continue;
		while (place < KEY_PLACES && !is_in_place(&key_places[place], inside))
			place++;
		if (place < KEY_PLACES) {
			if (++counts[place] == LIMIT_KEYRING_FILES + 1)
				tell(layout, inside, FAIL_KEY_TOO_MANY, "more than %d files",
				     LIMIT_KEYRING_FILES);
			if (strcmp(key_places[place].suffix, ".der") == 0)
				check_certificate(layout, inside, key_places[place].limit);
		} else if (strcmp(inside, PATH_X509_IMA) == 0 ||
			   strcmp(inside, PATH_X509_EVM) == 0) {
			check_certificate(layout, inside, LIMIT_CERTIFICATE);
		} else if (strcmp(inside, PATH_KMK) == 0) {
			check_kmk(layout);
		} else if (strcmp(inside, PATH_EVM_KEY) == 0) {
			check_evm_key(layout);
		} else {
			tell(layout, inside, FAIL_KEY_UNPLACED, "it belongs to no keyring");
		}
	}
}
