/* SPDX-License-Identifier: MIT */
/* A value of security.ima or security.evm, judged with fixed public keys: zeros are what was signed. */
#include "imactl/signature.h"

#include <openssl/pem.h>

#include "lib/input.h"

/* Nobody has the private halves any more. */
static const char *const public_keys[] = {
	"-----BEGIN PUBLIC KEY-----\n"
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoCgkt0tahsa3i4J7NQu1\n"
	"KqeISJF2Y0H2lyIjJz2gCEeXcdzUYDMbwxZS18njRN3b5hlZnYmVdd62Tp0VFsEX\n"
	"B067SrAd16eaJwe8YnsJYN77rmaDn3gt7ZiaMIzG8KEDXuFV9oDhKisp/1rYtaaB\n"
	"XB6ScGUYtL1oYqKXDCKFitRbvGOG9iyaFvhMfn5a6hCH/js40PQGot5SUMpTbuid\n"
	"F3hhgd9Tl1BP8HqMhWcFqoucPcNUf2Cww5hDVpWrusJyjml+/9Uw7z6r8YrQLPb7\n"
	"FsDh8Zb1dQXD51jf3Tj2wukqj0OBytjNsSbnM+VcMrp1GGk5XtKr9uUvzVklRTak\n"
	"/wIDAQAB\n"
	"-----END PUBLIC KEY-----\n",
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVlkDIgtwZGZe6jBGvtYkOIpY/0Qc\n"
	"gLxfzCEDBWZB2wtz8UPP8X5hY3BeX80AYII5mXU4Lmn/t+Pxdb/QN40rwg==\n"
	"-----END PUBLIC KEY-----\n",
};
#define KEYS (sizeof(public_keys) / sizeof(public_keys[0]))

static EVP_PKEY *read_key(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

	BIO_free(bio);
	REQUIRE(key);
	return key;
}

static void judge(const struct signature *signature)
{
	static const uint8_t digest[DIGEST_MAX];
	static struct key keys[KEYS];
	static struct signer signers[KEYS];

	for (size_t i = 0; i < KEYS; i++) {
		if (!keys[i].key) {
			keys[i].key = read_key(public_keys[i]);
			signers[i].key = &keys[i];
		}
		(void)signature_right(&signers[i], signature, digest);
	}
}

static void parse(const struct value *value, enum xattr_type type)
{
	struct signature signature = { 0 };
	enum signature_form form = signature_parse(value, type, &signature);

	REQUIRE(signature_form_word(form));
	if (form != FORM_SIGNATURE)
		return;
	REQUIRE(signature.type == type && signature.hash && signature.size > 0);
	REQUIRE(signature.bytes + signature.size == value->data + value->size);
	judge(&signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value value = { .size = size };

	if (size > sizeof(value.data))
		return -1;
	memcpy(value.data, data, size);
	parse(&value, XATTR_TYPE_DIGSIG);
	parse(&value, XATTR_TYPE_PORTABLE);
	parse(&value, XATTR_TYPE_VERITY);
	return 0;
}
