/* SPDX-License-Identifier: MIT */
/* Signing one file: security.ima over its content, security.evm over that and its metadata. */
#include "file_sign.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "unmapped.h"
#include "verity.h"

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
		    uint8_t version, const struct hash *hash, const uint8_t *digest)
{
	struct signature signature;

	return signature_parse(value, type, &signature) == FORM_SIGNATURE &&
		signature.hash == hash && signature.version == version &&
		memcmp(signature.key_id, check->key->id, sizeof(signature.key_id)) == 0 &&
		signature_right(check, &signature, digest);
}

static enum sign_result failed(const char *path, const char *action, int error)
{
	bool is_root = geteuid() == 0;
	const char *reason;

	switch (-error) {
	case EINVAL:     reason = "its fs-verity digest is by another algorithm than --hash"; break;
	case EOVERFLOW:  reason = UNMAPPED; break;
	case EBUSY:
		reason = "another process signs it at the same time; run it again when that has ended";
		break;
	case ESTALE:
		reason =
			"it changed while it was read or signed; run it again when nothing writes to it";
		break;
	case EOPNOTSUPP:
		reason = "the file system has no security attributes: give --sidecar";
		break;
	case ENOSPC:
		reason =
			"No space left on device; room for signatures is needed, best in inodes of 256 bytes";
		break;
	case EROFS:
		reason =
			"Read-only file system; mount it writable, or sign what the image is made from";
		break;
	case EPERM:
		reason = is_root
			? "Operation not permitted: it is immutable (lsattr), or this is a container's root: give --sidecar"
			: "Operation not permitted: run as root, or under fakeroot together with what makes the image, "
			  "or with --sidecar";
		break;
	default:         reason = strerror(-error);
	}
	complain(path, action, "%s", reason);
	return SIGN_FAILED;
}

/*
 * The value as it will be; whether it is there already is told. What an fs-verity
 * digest is signed with is version 3 always.
 */
static int make(struct file_signer *signer, enum xattr_type type, const uint8_t *digest,
		struct value *value, bool *there)
{
	const struct signing *signing = signer->signing;
	bool is_evm = type == XATTR_TYPE_PORTABLE;
	uint8_t version = type == XATTR_TYPE_VERITY ? SIGNATURE_V3 : signing->version;

	*there = !signing->force && is_ours(is_evm ? &signer->evm_check : &signer->ima_check, value,
					    type, version, signing->hash, digest);
	if (*there)
		return 0;
	return signature_make(is_evm ? &signer->evm : &signer->ima, type, version, signing->hash,
			      digest, value) ? 0 : -EIO;
}

static int make_evm(struct file_signer *signer, int file, const char *inside,
		    const struct stat *status, const struct value *ima, struct value *evm,
		    bool *there)
{
	const struct signing *signing = signer->signing;
	struct stat on_target = *status;
	uint8_t digest[DIGEST_MAX];

	struct evm_target target = signing->target;
	struct value capability;

	if (is_unmapped(&target, inside, status))
		return -EOVERFLOW;
	evm_target_status(&target, inside, &on_target);
	if (signing->sidecar) {
		sidecar_get_capability(signing->sidecar, inside, &capability);
		target.capability = &capability;
	}
	int error = evm_digest(&signer->hasher, signing->hash, file, &on_target, ima, &target, digest);

	return error != 0 ? error : make(signer, XATTR_TYPE_PORTABLE, digest, evm, there);
}

enum sign_result file_sign(struct file_signer *signer, int file, const char *path,
			   const char *inside, const struct stat *status, struct value *ima)
{
	uint8_t digest[DIGEST_MAX];
	struct value old_ima, evm;
	bool ima_there, evm_there = true;
	const struct hash *hash = signer->signing->hash;
	int error = signer->signing->verity ? verity_digest(hash, file, status, digest) :
		hash_file(&signer->hasher, hash, file, status, digest);
	if (error != 0)
		return failed(path, "read", error);
	error = signatures_read(signer->signing->sidecar, file, inside, ima, &evm);
	if (error != 0)
		return failed(path, "read attributes", error);

	old_ima = *ima;
	error = make(signer, signer->signing->verity ? XATTR_TYPE_VERITY : XATTR_TYPE_DIGSIG, digest,
		     ima, &ima_there);
	if (error == 0 && signer->signing->evm.key)
		error = make_evm(signer, file, inside, status, ima, &evm, &evm_there);
	else if (!ima_there)
		evm.size = 0;        /* what it covered is no longer there */
	if (error == -EIO)
		return SIGN_FAILED;  /* said already */
	if (error != 0)
		return failed(path, "read attributes", error);
	if (ima_there && evm_there)
		return SIGN_UNCHANGED;
	error = signatures_write(signer->signing->sidecar, file, inside, ima, &evm, &old_ima);
	/* What was signed may not be what it holds by now. */
	if (error == 0)
		error = file_unchanged(file, status, false);
	return error == 0 ? SIGN_SIGNED : failed(path, "sign", error);
}
