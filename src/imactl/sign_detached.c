/* SPDX-License-Identifier: MIT */
/* imactl sign --detached: signatures of digests that were made elsewhere. */
#include "sign_detached.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "report.h"

static bool decode(const struct hash *hash, const char *text, uint8_t digest[DIGEST_MAX])
{
	size_t size;

	return strlen(text) == 2 * hash->size &&
		OPENSSL_hexstr2buf_ex(digest, DIGEST_MAX, &size, text, '\0') == 1 &&
		size == hash->size;
}

static void print(const char *digest, const struct value *value, json_t *all)
{
	char text[2 + 2 * LIMIT_XATTR + 1] = "0x";

	for (size_t i = 0; i < value->size; i++)
		(void)sprintf(text + 2 + 2 * i, "%02x", value->data[i]);
	if (all)
		(void)json_array_append_new(all,
					    json_pack("{s:s, s:s}", "digest", digest, XATTR_IMA,
						      text));
	else
		printf("%s  %s\n", text, digest);
}

enum exit_code sign_detached(const struct signing *signing, int count, char **digests, bool json)
{
	struct signer signer = { .key = &signing->ima };
	uint8_t digest[DIGEST_MAX];
	struct value value;
	bool right = true;

	for (int i = 0; i < count; i++)
		if (!decode(signing->hash, digests[i], digest))
			return usage_error("sign",
					   "%.140s: a digest of %s has %zu hexadecimal digits",
					   digests[i], signing->hash->name,
					   2 * signing->hash->size);
	json_t *all = json ? json_array() : NULL;

	for (int i = 0; right && i < count; i++) {
		right = decode(signing->hash, digests[i], digest) &&
			signature_make(&signer, XATTR_TYPE_DIGSIG, signing->version, signing->hash,
				       digest, &value);
		if (right)
			print(digests[i], &value, all);
	}
	if (json && right) {
		print_json(all);
	}
	json_decref(all);
	signer_free(&signer);
	return right ? EXIT_OK : EXIT_FAILED;
}
