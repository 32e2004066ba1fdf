/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "signature.h"

struct form_row {
	const char *name;
	enum xattr_type type;
	enum signature_form form;
	uint8_t bytes[16];
	size_t size;
};

#define ID 0xaa, 0xbb, 0xcc, 0xdd
#define PORTABLE XATTR_TYPE_PORTABLE
#define DIGSIG XATTR_TYPE_DIGSIG
#define VERITY XATTR_TYPE_VERITY

static const struct form_row form_rows[] = {
	{ "a signature of the content", DIGSIG, FORM_SIGNATURE, { 3, 2, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "  where a portable one belongs", PORTABLE, FORM_OTHER_TYPE, { 3, 2, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "a portable signature", PORTABLE, FORM_SIGNATURE, { 5, 2, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "  where one of the content belongs", DIGSIG, FORM_OTHER_TYPE, { 5, 2, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "a signature of an fs-verity digest", VERITY, FORM_SIGNATURE, { 6, 3, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "  where one of the content belongs", DIGSIG, FORM_OTHER_TYPE, { 6, 3, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "  of version 2, which is of no file", VERITY, FORM_VERSION, { 6, 2, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "a signature of the content where fs-verity's belongs", VERITY, FORM_OTHER_TYPE, { 3, 2, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "nothing", DIGSIG, FORM_NONE, { 0 }, 0 },
	{ "a NUL byte", DIGSIG, FORM_OTHER_TYPE, { 0 }, 1 },
	{ "a digest of SHA-1", DIGSIG, FORM_DIGEST, { 1, 1, 2, 3 }, 4 },
	{ "a digest with its algorithm", DIGSIG, FORM_DIGEST, { 4, 4, 1, 2 }, 4 },
	{ "an HMAC", PORTABLE, FORM_HMAC, { 2, 1, 2, 3 }, 4 },
	{ "version 1", DIGSIG, FORM_VERSION, { 3, 1, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "version 3", DIGSIG, FORM_SIGNATURE, { 3, 3, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "version 3, portable", PORTABLE, FORM_SIGNATURE, { 5, 3, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "version 4", DIGSIG, FORM_VERSION, { 3, 4, 4, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "SHA-1, by its number", DIGSIG, FORM_SIGNATURE, { 3, 2, 2, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "  MD5 is not taken", DIGSIG, FORM_HASH, { 3, 2, 1, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "  nor a number that nobody has", DIGSIG, FORM_HASH, { 3, 2, 255, ID, 0, 3, 1, 2, 3 }, 12 },
	{ "the type only", DIGSIG, FORM_SIZE, { 3 }, 1 },
	{ "a header that is cut off", DIGSIG, FORM_SIZE, { 3, 2, 4, ID, 0 }, 8 },
	{ "a header and no signature", DIGSIG, FORM_SIZE, { 3, 2, 4, ID, 0, 0 }, 9 },
	{ "a byte less than it says", DIGSIG, FORM_SIZE, { 3, 2, 4, ID, 0, 4, 1, 2, 3 }, 12 },
	{ "a byte more", DIGSIG, FORM_SIZE, { 3, 2, 4, ID, 0, 2, 1, 2, 3 }, 12 },
	{ "its size is big-endian", DIGSIG, FORM_SIZE, { 3, 2, 4, ID, 3, 0, 1, 2, 3 }, 12 },
};

static void has_form(void **state)
{
	const struct form_row *row = *state;
	struct value value = { .size = row->size };
	struct signature signature = { .size = 4711 };

	memcpy(value.data, row->bytes, row->size);
	assert_string_equal(signature_form_word(signature_parse(&value, row->type, &signature)),
			    signature_form_word(row->form));
	if (row->form != FORM_SIGNATURE) {
		assert_int_equal(signature.size, 4711);
		return;
	}
	assert_int_equal(signature.type, row->type);
	assert_int_equal(signature.version, row->bytes[1]);
	assert_int_equal(signature.hash->id, row->bytes[2]);
	assert_memory_equal(signature.key_id, row->bytes + 3, 4);
	assert_ptr_equal(signature.bytes, value.data + 9);
	assert_int_equal(signature.size, 3);
}

struct key_row {
	const char *name;
	EVP_PKEY *(*make)(void);
	const char *hash;
	enum xattr_type type;
	uint8_t version;
};

static EVP_PKEY *make_rsa(void)
{
	return EVP_RSA_gen(2048);
}

static EVP_PKEY *make_p256(void)
{
	return EVP_EC_gen("P-256");
}

static EVP_PKEY *make_p384(void)
{
	return EVP_EC_gen("P-384");
}

static const struct key_row key_rows[] = {
	{ "RSA with SHA-256, and what is not right", make_rsa, "sha256", DIGSIG, 2 },
	{ "RSA with SHA-512, and what is not right", make_rsa, "sha512", DIGSIG, 2 },
	{ "P-256 with SHA-256, and what is not right", make_p256, "sha256", DIGSIG, 2 },
	{ "P-384 with SHA-384, and what is not right", make_p384, "sha384", DIGSIG, 2 },
	{ "version 3 of RSA", make_rsa, "sha256", DIGSIG, 3 },
	{ "version 3 of P-256, portable", make_p256, "sha512", PORTABLE, 3 },
	{ "version 3 of P-256, of fs-verity", make_p256, "sha256", VERITY, 3 },
};

static void is_right_only_for_its_digest(void **state)
{
	const struct key_row *row = *state;
	struct key key = { .key = row->make(), .id = { ID } }, stranger = { .key = row->make() };
	struct signer signer = { .key = &key }, check = { .key = &key }, other = { .key = &stranger };
	uint8_t digest[DIGEST_MAX] = { 1, 2, 3 };
	struct value value;
	struct signature signature;

	assert_true(signature_make(&signer, row->type, row->version, hash_by_name(row->hash), digest, &value));
	assert_int_equal(signature_parse(&value, row->type, &signature), FORM_SIGNATURE);
	assert_memory_equal(signature.key_id, key.id, 4);
	assert_true(signature_right(&check, &signature, digest));
	assert_false(signature_right(&other, &signature, digest));
	digest[hash_by_name(row->hash)->size - 1] ^= 1;
	assert_false(signature_right(&check, &signature, digest));
	digest[hash_by_name(row->hash)->size - 1] ^= 1;
	value.data[value.size - 1] ^= 1;
	assert_false(signature_right(&check, &signature, digest));
	value.data[value.size - 1] ^= 1;
	assert_true(signature_right(&check, &signature, digest));
	/* No version is taken for the other, and none of version 3 for that of another type. */
	signature.version ^= 1;
	assert_false(signature_right(&check, &signature, digest));
	signature.version ^= 1;
	signature.type ^= 1;
	assert_int_equal(signature_right(&check, &signature, digest), row->version == 2);
	signature.type ^= 1;
	/* RSA signs the algorithm's identifier, too; ECDSA does not. */
	signature.hash = hash_by_id(signature.hash->id == 4 ? 6 : 4);
	if (EVP_PKEY_get_base_id(key.key) == EVP_PKEY_RSA)
		assert_false(signature_right(&check, &signature, digest));

	signer_free(&signer);
	signer_free(&check);
	signer_free(&other);
	EVP_PKEY_free(key.key);
	EVP_PKEY_free(stranger.key);
}

int main(void)
{
	ADD_ROWS(form_rows, has_form);
	ADD_ROWS(key_rows, is_right_only_for_its_digest);
	return run_table("signature");
}
