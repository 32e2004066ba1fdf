/* SPDX-License-Identifier: MIT */
/* Signatures in security.ima and security.evm. */
#include "signature.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "report.h"

enum signature_form signature_parse(const struct value *value, enum xattr_type type,
				    struct signature *signature)
{
	struct signature_header header;

	if (value->size == 0)
		return FORM_NONE;
	if (value->data[0] == XATTR_TYPE_DIGEST || value->data[0] == XATTR_TYPE_DIGEST_NG)
		return FORM_DIGEST;
	if (value->data[0] == XATTR_TYPE_HMAC)
		return FORM_HMAC;
	if (value->data[0] != type)
		return FORM_OTHER_TYPE;
	if (value->size <= sizeof(header))
		return FORM_SIZE;
	memcpy(&header, value->data, sizeof(header));

	size_t size = (size_t)header.signature_size[0] << 8 | header.signature_size[1];

	if (header.version != SIGNATURE_V3 &&
	    (header.version != SIGNATURE_V2 || type == XATTR_TYPE_VERITY))
		return FORM_VERSION;
	if (!hash_by_id(header.hash_algorithm))
		return FORM_HASH;
	if (size != value->size - sizeof(header))
		return FORM_SIZE;
	signature->type = type;
	signature->version = header.version;
	signature->hash = hash_by_id(header.hash_algorithm);
	memcpy(signature->key_id, header.key_id, sizeof(header.key_id));
	signature->bytes = value->data + sizeof(header);
	signature->size = size;
	return FORM_SIGNATURE;
}

const char *signature_form_word(enum signature_form form)
{
	static const char *const words[] = {
		[FORM_SIGNATURE] = "signature",   [FORM_NONE] = "unsigned",
		[FORM_DIGEST] = "digest",         [FORM_HMAC] = "HMAC",
		[FORM_OTHER_TYPE] = "wrong type", [FORM_VERSION] = "unknown version",
		[FORM_HASH] = "unknown digest",   [FORM_SIZE] = "wrong size",
	};

	return words[form];
}

void signer_free(struct signer *signer)
{
	EVP_PKEY_CTX_free(signer->context);
	signer->context = NULL;
	signer->hash = NULL;
}

/* Looking an algorithm up costs as much as a signature by P-256: once a thread and digest. */
static bool set_up(struct signer *signer, const struct hash *hash, bool signs)
{
	if (signer->context && signer->hash == hash && signer->signs == signs)
		return true;
	signer_free(signer);
	EVP_MD *algorithm = EVP_MD_fetch(NULL, hash->name, NULL);
	char query[64];

	signer->context = EVP_PKEY_CTX_new_from_pkey(
		NULL, signer->key->key, key_source_query(signer->key->key, query, sizeof(query)));
	bool right = algorithm && signer->context &&
		     (signs ? EVP_PKEY_sign_init(signer->context)
			    : EVP_PKEY_verify_init(signer->context)) == 1 &&
		     (EVP_PKEY_get_base_id(signer->key->key) != EVP_PKEY_RSA ||
		      EVP_PKEY_CTX_set_rsa_padding(signer->context, RSA_PKCS1_PADDING) == 1) &&
		     EVP_PKEY_CTX_set_signature_md(signer->context, algorithm) == 1;

	EVP_MD_free(algorithm);
	if (!right) {
		signer_free(signer);
		return false;
	}
	signer->hash = hash;
	signer->signs = signs;
	return true;
}

/* What the key signs: a digest, or in version 3 that of struct ima_file_id with it. */
static bool digest_to_sign(enum xattr_type type, uint8_t version, const struct hash *hash,
			   const uint8_t *digest, uint8_t signed_digest[DIGEST_MAX])
{
	uint8_t file_id[2 + DIGEST_MAX] = { (uint8_t)type, hash->id };

	if (version == SIGNATURE_V2) {
		memcpy(signed_digest, digest, hash->size);
		return true;
	}
	memcpy(file_id + 2, digest, hash->size);
	/* As long as the digest is, and not the whole struct. */
	return EVP_Q_digest(NULL, hash->name, NULL, file_id, 2 + hash->size, signed_digest, NULL) ==
		1;
}

static bool make_signature(struct signer *signer, enum xattr_type type, uint8_t version,
			   const struct hash *hash, const uint8_t *digest, struct value *value)
{
	struct signature_header header = {
		.type = (uint8_t)type, .version = version, .hash_algorithm = hash->id,
	};
	uint8_t signed_digest[DIGEST_MAX];
	size_t size = sizeof(value->data) - sizeof(header);

	if (!set_up(signer, hash, true) ||
	    !digest_to_sign(type, version, hash, digest, signed_digest) ||
	    EVP_PKEY_sign(signer->context, value->data + sizeof(header), &size, signed_digest,
			  hash->size) != 1) {
		const char *reason = ERR_reason_error_string(ERR_peek_last_error());

		complain(signer->key->name, "sign", "%s", reason ? reason : "OpenSSL refused");
		ERR_clear_error();
		return false;
	}
	memcpy(header.key_id, signer->key->id, sizeof(header.key_id));
	header.signature_size[0] = (uint8_t)(size >> 8);
	header.signature_size[1] = (uint8_t)size;
	memcpy(value->data, &header, sizeof(header));
	value->size = sizeof(header) + size;
	return true;
}

bool signature_make(struct signer *signer, enum xattr_type type, uint8_t version,
		    const struct hash *hash, const uint8_t *digest, struct value *value)
{
	key_source_lock(signer->key->key);
	bool made = make_signature(signer, type, version, hash, digest, value);

	key_source_unlock(signer->key->key);
	return made;
}

bool signature_right(struct signer *signer, const struct signature *signature,
		     const uint8_t *digest)
{
	uint8_t signed_digest[DIGEST_MAX];
	bool right = set_up(signer, signature->hash, false) &&
		digest_to_sign(signature->type, signature->version, signature->hash, digest,
			       signed_digest) &&
		EVP_PKEY_verify(signer->context, signature->bytes, signature->size, signed_digest,
				signature->hash->size) == 1;

	ERR_clear_error();
	return right;
}
