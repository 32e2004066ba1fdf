/* SPDX-License-Identifier: MIT */
/* Signing one file: security.ima over its content, security.evm over that and its metadata. */
#include "file_sign.h"

#include <errno.h>
#include <string.h>

#include "report.h"

void file_signer_start(struct file_signer *signer, const struct signing *signing)
{
	memset(signer, 0, sizeof(*signer));
	signer->signing = signing;
	signer->ima.key = &signing->ima;
	signer->evm.key = &signing->evm;
	/* A key in a token signs only; what it signed is checked with the certificate. */
	signer->ima_public = signing->ima;
	signer->ima_public.key = X509_get0_pubkey(signing->ima.certificate);
	signer->ima_check.key = &signer->ima_public;
	if (signing->evm.key) {
		signer->evm_public = signing->evm;
		signer->evm_public.key = X509_get0_pubkey(signing->evm.certificate);
		signer->evm_check.key = &signer->evm_public;
	}
}

void file_signer_free(struct file_signer *signer)
{
	hasher_free(&signer->hasher);
	signer_free(&signer->ima);
	signer_free(&signer->evm);
	signer_free(&signer->ima_check);
	signer_free(&signer->evm_check);
}

/* By this key, with this digest algorithm, and right. */
static bool is_ours(struct signer *check, const struct value *value, enum xattr_type type,
		    const struct hash *hash, const uint8_t *digest)
{
	struct signature signature;

	return signature_parse(value, type, &signature) == FORM_SIGNATURE && signature.hash == hash &&
	       memcmp(signature.key_id, check->key->id, sizeof(signature.key_id)) == 0 &&
	       signature_right(check, &signature, digest);
}

static enum sign_result failed(const char *path, const char *action, int error)
{
	const char *reason = strerror(-error);

	if (error == -ESTALE)
		reason = "it changed while it was read";
	if (error == -EPERM)
		reason = "Operation not permitted: run as root, or under fakeroot together with what makes the image, "
			 "or with --sidecar";
	if (error == -EOPNOTSUPP)
		reason = "the file system has no security attributes: give --sidecar";
	complain(path, action, "%s", reason);
	return SIGN_FAILED;
}

/* security.ima as it will be; whether it is there already is told. */
static int make_ima(struct file_signer *signer, const uint8_t *digest, struct value *ima, bool *there)
{
	const struct signing *signing = signer->signing;

	*there = !signing->force &&
		 is_ours(&signer->ima_check, ima, XATTR_TYPE_DIGSIG, signing->hash, digest);
	return *there || signature_make(&signer->ima, XATTR_TYPE_DIGSIG, signing->hash, digest, ima) ? 0 : -EIO;
}

static int make_evm(struct file_signer *signer, int file, const struct stat *status,
		    const struct value *ima, struct value *evm, bool *there)
{
	const struct signing *signing = signer->signing;
	uint8_t digest[DIGEST_MAX];
	int error = evm_digest(&signer->hasher, signing->hash, file, status, ima, &signing->target, digest);

	if (error != 0)
		return error;
	*there = !signing->force &&
		 is_ours(&signer->evm_check, evm, XATTR_TYPE_PORTABLE, signing->hash, digest);
	return *there || signature_make(&signer->evm, XATTR_TYPE_PORTABLE, signing->hash, digest, evm) ? 0 : -EIO;
}

enum sign_result file_sign(struct file_signer *signer, int file, const char *path,
			   const char *inside, const struct stat *status, struct value *ima)
{
	uint8_t digest[DIGEST_MAX];
	struct value evm;
	bool ima_there, evm_there = true;
	int error = hash_file(&signer->hasher, signer->signing->hash, file, status, digest);

	if (error != 0)
		return failed(path, "read", error);
	error = signatures_read(signer->signing->sidecar, file, inside, ima, &evm);
	if (error != 0)
		return failed(path, "read attributes", error);

	error = make_ima(signer, digest, ima, &ima_there);
	if (error == 0 && signer->signing->evm.key)
		error = make_evm(signer, file, status, ima, &evm, &evm_there);
	else if (!ima_there)
		evm.size = 0;        /* what it covered is no longer there */
	if (error == -EIO)
		return SIGN_FAILED;  /* said already */
	if (error != 0)
		return failed(path, "read attributes", error);
	if (ima_there && evm_there)
		return SIGN_UNCHANGED;
	error = signatures_write(signer->signing->sidecar, file, inside, ima, &evm);
	return error == 0 ? SIGN_SIGNED : failed(path, "sign", error);
}
