/* SPDX-License-Identifier: MIT */
/* Judging one file's signatures as the kernel will. */
#include "file_verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verity.h"


const char *verdict_word(enum file_verdict verdict)
{
#define VERDICT_WORD(name, word, meaning) [VERDICT_##name] = word,
	static const char *const words[VERDICT_COUNT] = { FILE_VERDICTS(VERDICT_WORD) };
#undef VERDICT_WORD

	return words[verdict];
}

const char *verdict_meaning(enum file_verdict verdict)
{
#define VERDICT_MEANING(name, word, meaning) [VERDICT_##name] = meaning,
	static const char *const meanings[VERDICT_COUNT] = { FILE_VERDICTS(VERDICT_MEANING) };
#undef VERDICT_MEANING

	return meanings[verdict];
}

static struct signer *signers_of(const struct certificates *certificates)
{
	struct signer *signers = calloc(certificates->count + 1, sizeof(*signers));

	for (size_t i = 0; signers && i < certificates->count; i++)
		signers[i].key = &certificates->list[i].key;
	return signers;
}

static void free_signers(struct signer *signers, size_t count)
{
	for (size_t i = 0; signers && i < count; i++)
		signer_free(&signers[i]);
	free(signers);
}

bool file_verifier_start(struct file_verifier *verifier, const struct verifying *verifying)
{
	*verifier = (struct file_verifier){ .verifying = verifying };
	verifier->ima = signers_of(&verifying->ima);
	verifier->evm = signers_of(&verifying->evm);
	return verifier->ima && verifier->evm;
}

void file_verifier_free(struct file_verifier *verifier)
{
	hasher_free(&verifier->hasher);
	free_signers(verifier->ima, verifier->verifying->ima.count);
	free_signers(verifier->evm, verifier->verifying->evm.count);
}

/* How a signature compares with a digest, whatever attribute it is of. */
enum match {
	MATCH_RIGHT,
	MATCH_WRONG,
	MATCH_UNKNOWN_KEY,
	MATCH_UNTRUSTED,
	MATCH_UNUSABLE,
	MATCH_REVOKED,
	MATCH_AMBIGUOUS,
	MATCH_COUNT
};

static bool same_key(const struct key *one, const struct key *other)
{
	return EVP_PKEY_eq(X509_get0_pubkey(one->certificate), X509_get0_pubkey(other->certificate)) == 1;
}

/*
 * The certificate that has a key id, among those that a keyring takes; of others the last. A
 * key may have two certificates, of two CAs: the kernel has the one that it trusts.
 */
static enum match find_signer(const struct certificates *certificates, const struct signature *signature,
			      size_t *found)
{
	enum match match = MATCH_UNKNOWN_KEY;

	for (size_t i = 0; i < certificates->count; i++) {
		const struct certificate *certificate = &certificates->list[i];

		if (!certificate->key.has_id ||
		    memcmp(certificate->key.id, signature->key_id, sizeof(signature->key_id)) != 0)
			continue;
		if (certificate->untrusted[0]) {
			if (match == MATCH_UNKNOWN_KEY)
				match = MATCH_UNTRUSTED;
			continue;
		}
		/* request_asymmetric_key() finds one, and which of them is the kernel's affair. */
		if (match == MATCH_RIGHT && !same_key(&certificates->list[*found].key, &certificate->key))
			return MATCH_AMBIGUOUS;
		match = MATCH_RIGHT;
		*found = i;
	}
	return match;
}

static enum match compare(const struct verifying *verifying, const struct certificates *certificates,
			  struct signer *signers, const struct signature *signature,
			  const uint8_t *digest)
{
	const struct keyrings *keyrings = verifying->keyrings;
	char reason[KERNELS_REASON];
	size_t found = 0;

	if (verifying->is_revoking && authorities_have_id(&keyrings->blacklist, signature->key_id))
		return MATCH_REVOKED;
	enum match match = find_signer(certificates, signature, &found);

	if (match != MATCH_RIGHT)
		return match;
	if (certificates->list[found].unusable[0] ||
	    !kernels_take_hash(keyrings->kernels, signature->hash->id, reason))
		return MATCH_UNUSABLE;
	return signature_right(&signers[found], signature, digest) ? MATCH_RIGHT : MATCH_WRONG;
}

static bool reads_version(const struct verifying *verifying, const struct signature *signature)
{
	return signature->version == SIGNATURE_V2 || signature->type == XATTR_TYPE_VERITY ||
		verifying->reads_v3;
}

static enum file_verdict judge_ima(struct file_verifier *verifier, int file,
				   const struct stat *status, const struct value *ima, int *error)
{
	static const enum file_verdict verdicts[MATCH_COUNT] = {
		[MATCH_RIGHT] = VERDICT_VALID, [MATCH_WRONG] = VERDICT_BAD,
		[MATCH_UNKNOWN_KEY] = VERDICT_UNKNOWN_KEY, [MATCH_UNTRUSTED] = VERDICT_UNTRUSTED,
		[MATCH_UNUSABLE] = VERDICT_UNUSABLE, [MATCH_REVOKED] = VERDICT_REVOKED,
		[MATCH_AMBIGUOUS] = VERDICT_AMBIGUOUS,
	};
	const struct verifying *verifying = verifier->verifying;
	enum xattr_type type = verifying->verity ? XATTR_TYPE_VERITY : XATTR_TYPE_DIGSIG;
	struct signature signature;
	uint8_t digest[DIGEST_MAX];

	switch (signature_parse(ima, type, &signature)) {
	case FORM_SIGNATURE: break;
	case FORM_NONE:      return VERDICT_UNSIGNED;
	case FORM_DIGEST:    return VERDICT_DIGEST;
	case FORM_OTHER_TYPE:
		return ima->data[0] == XATTR_TYPE_DIGSIG || ima->data[0] == XATTR_TYPE_VERITY ?
		       VERDICT_OTHER_KIND : VERDICT_MALFORMED;
	default:             return VERDICT_MALFORMED;
	}
	if (!reads_version(verifying, &signature))
		return VERDICT_MALFORMED;
	*error = verifying->verity ? verity_digest(signature.hash, file, status, digest) :
		 hash_file(&verifier->hasher, signature.hash, file, status, digest);
	if (*error == -EINVAL)
		return VERDICT_BAD; /* fs-verity has not this algorithm, or the file's own is another */
	if (*error != 0)
		return VERDICT_UNREADABLE;
	return verdicts[compare(verifying, &verifying->ima, verifier->ima, &signature, digest)];
}

static enum file_verdict judge_hmac(struct file_verifier *verifier, int file,
				    const struct stat *status, const struct value *ima,
				    const struct value *evm, int *error)
{
	const struct verifying *verifying = verifier->verifying;
	uint8_t hmac[EVM_HMAC_SIZE];

	if (!verifying->hmac_key)
		return VERDICT_EVM_HMAC;
	if (evm->size != 1 + EVM_HMAC_SIZE)
		return VERDICT_EVM_MALFORMED;
	*error = evm_hmac(verifying->hmac_key, file, status, ima, &verifying->target, hmac);
	if (*error != 0)
		return VERDICT_UNREADABLE;
	return memcmp(evm->data + 1, hmac, EVM_HMAC_SIZE) == 0 ? VERDICT_VALID : VERDICT_EVM_BAD;
}

static enum file_verdict judge_evm(struct file_verifier *verifier, int file, const char *inside,
				   const struct stat *status, const struct value *ima,
				   const struct value *evm, int *error)
{
	static const enum file_verdict verdicts[MATCH_COUNT] = {
		[MATCH_RIGHT] = VERDICT_VALID, [MATCH_WRONG] = VERDICT_EVM_BAD,
		[MATCH_UNKNOWN_KEY] = VERDICT_EVM_UNKNOWN_KEY, [MATCH_UNTRUSTED] = VERDICT_EVM_UNTRUSTED,
		[MATCH_UNUSABLE] = VERDICT_EVM_UNUSABLE, [MATCH_REVOKED] = VERDICT_EVM_REVOKED,
		[MATCH_AMBIGUOUS] = VERDICT_EVM_AMBIGUOUS,
	};
	struct signature signature;
	uint8_t digest[DIGEST_MAX];

	switch (signature_parse(evm, XATTR_TYPE_PORTABLE, &signature)) {
	case FORM_SIGNATURE: break;
	case FORM_NONE:      return VERDICT_EVM_MISSING;
	case FORM_HMAC:      return judge_hmac(verifier, file, status, ima, evm, error);
	default:             return VERDICT_EVM_MALFORMED;
	}
	if (!reads_version(verifier->verifying, &signature))
		return VERDICT_EVM_MALFORMED;
	struct evm_target target = verifier->verifying->target;
	struct value capability;

	if (verifier->verifying->sidecar) {
		sidecar_get_capability(verifier->verifying->sidecar, inside, &capability);
		target.capability = &capability;
	}
	*error = evm_digest(&verifier->hasher, signature.hash, file, status, ima, &target, digest);
	if (*error != 0)
		return VERDICT_UNREADABLE;
	return verdicts[compare(verifier->verifying, &verifier->verifying->evm, verifier->evm, &signature,
				digest)];
}

/* With the algorithm's number ahead (struct ima_digest_data). */
static bool is_digest(struct file_verifier *verifier, int file, const struct stat *status,
		      const struct value *ima)
{
	const struct hash *hash = ima->data[0] == XATTR_TYPE_DIGEST_NG && ima->size > 2
		? hash_by_id(ima->data[1])
		: NULL;
	uint8_t digest[DIGEST_MAX];
	char reason[KERNELS_REASON];

	return hash && ima->size == 2 + hash->size &&
		kernels_take_hash(verifier->verifying->keyrings->kernels, hash->id, reason) &&
		hash_file(&verifier->hasher, hash, file, status, digest) == 0 &&
		memcmp(ima->data + 2, digest, hash->size) == 0;
}

enum file_verdict file_verify(struct file_verifier *verifier, int file, const char *inside,
			      const struct stat *status, struct value *ima, int *error)
{
	struct stat on_target = *status;
	struct value evm;

	evm_target_status(&verifier->verifying->target, inside, &on_target);
	*error = signatures_read(verifier->verifying->sidecar, file, inside, ima, &evm);
	if (*error != 0)
		return VERDICT_UNREADABLE;
	enum file_verdict verdict = judge_ima(verifier, file, status, ima, error);

	/* Since 5.14 a digest is as good as a signature under a portable one (ima_appraise.c, xattr_verify()). */
	if (verdict == VERDICT_DIGEST && !verifier->verifying->no_evm && evm.size > 0 &&
	    evm.data[0] == XATTR_TYPE_PORTABLE && is_digest(verifier, file, status, ima) &&
	    judge_evm(verifier, file, inside, &on_target, ima, &evm, error) == VERDICT_VALID)
		return VERDICT_VALID;
	return verdict != VERDICT_VALID || verifier->verifying->no_evm ? verdict :
	       judge_evm(verifier, file, inside, &on_target, ima, &evm, error);
}
