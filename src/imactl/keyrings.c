/* SPDX-License-Identifier: MIT */
/* Certificates, and what the kernel's keyrings will make of them. */
#include "keyrings.h"

#include <stdio.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

bool authorities_add(struct authorities *authorities, X509 *certificate)
{
	if (authorities->count == CERTIFICATES_MAX)
		return false;
	X509_up_ref(certificate);
	authorities->list[authorities->count++] = certificate;
	return true;
}

void authorities_free(struct authorities *authorities)
{
	for (size_t i = 0; i < authorities->count; i++)
		X509_free(authorities->list[i]);
	authorities->count = 0;
}

void certificates_free(struct certificates *certificates)
{
	for (size_t i = 0; i < certificates->count; i++)
		key_free(&certificates->list[i].key);
	certificates->count = 0;
}

void certificates_append(struct certificates *certificates, struct certificates *more)
{
	for (size_t i = 0; i < more->count; i++) {
		if (certificates->count == CERTIFICATES_MAX)
			key_free(&more->list[i].key);
		else
			certificates->list[certificates->count++] = more->list[i];
	}
	more->count = 0;
}

void keyrings_free(struct keyrings *keyrings)
{
	authorities_free(&keyrings->secondary);
	authorities_free(&keyrings->blacklist);
	certificates_free(&keyrings->ima);
	certificates_free(&keyrings->evm);
	keyrings->revoked_count = 0;
}

/* ---- identifiers, as the kernel compares them: byte by byte ---- */

static bool same_string(const ASN1_STRING *one, const ASN1_STRING *other)
{
	return one && other && ASN1_STRING_length(one) == ASN1_STRING_length(other) &&
		memcmp(ASN1_STRING_get0_data(one), ASN1_STRING_get0_data(other),
		       (size_t)ASN1_STRING_length(one)) == 0;
}

static bool same_name(const X509_NAME *one, const X509_NAME *other)
{
	const unsigned char *left, *right;
	size_t left_size, right_size;

	return X509_NAME_get0_der(one, &left, &left_size) == 1 &&
		X509_NAME_get0_der(other, &right, &right_size) == 1 && left_size == right_size &&
		memcmp(left, right, left_size) == 0;
}

/* What an authority key identifier says. */
struct issuer {
	AUTHORITY_KEYID *identifier;
	const ASN1_OCTET_STRING *key;        /* NULL: not there */
	const X509_NAME *name;               /* with the serial number; NULL: one of them is not there */
};

/* x509_akid_note_serial(): the name counts where it stands ahead of the number. */
static struct issuer issuer_of(X509 *certificate)
{
	AUTHORITY_KEYID *identifier =
		X509_get_ext_d2i(certificate, NID_authority_key_identifier, NULL, NULL);
	struct issuer issuer = { .identifier = identifier };

	ERR_clear_error();
	issuer.key = identifier ? identifier->keyid : NULL;
	for (int i = 0; identifier && identifier->serial && i < sk_GENERAL_NAME_num(identifier->issuer); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(identifier->issuer, i);

		if (name->type == GEN_DIRNAME)
			issuer.name = name->d.directoryName;
	}
	return issuer;
}

static bool is_numbered(const X509 *certificate, const struct issuer *issuer)
{
	return issuer->name && same_name(X509_get_issuer_name(certificate), issuer->name) &&
		same_string(X509_get0_serialNumber(certificate), issuer->identifier->serial);
}

static bool has_identifier(const X509 *certificate, const ASN1_OCTET_STRING *wanted)
{
	int size;
	const uint8_t *own = certificate_identifier(certificate, &size);

	return own && wanted && ASN1_STRING_length(wanted) == size &&
		memcmp(ASN1_STRING_get0_data(wanted), own, (size_t)size) == 0;
}

/* find_asymmetric_key() */
static bool is_issuer(X509 *authority, X509 *certificate, const struct issuer *issuer)
{
	bool key = has_identifier(authority, issuer->key);

	if (issuer->name)
		return is_numbered(authority, issuer) && (!issuer->key || key);
	return issuer->key ? key
			   : same_name(X509_get_subject_name(authority), X509_get_issuer_name(certificate));
}

/* The end of its issuer's name is behind its serial number in the kernel's first identifier. */
static bool has_id(X509 *certificate, const uint8_t id[4])
{
	int length;
	const uint8_t *key = certificate_identifier(certificate, &length);
	const unsigned char *name;
	size_t size;

	if (key && length >= 4 && memcmp(key + length - 4, id, 4) == 0)
		return true;
	return X509_NAME_get0_der(X509_get_issuer_name(certificate), &name, &size) == 1 && size > 6 &&
		memcmp(name + size - 4, id, 4) == 0;
}

bool authorities_have_id(const struct authorities *authorities, const uint8_t id[4])
{
	for (size_t i = 0; i < authorities->count; i++)
		if (has_id(authorities->list[i], id))
			return true;
	return false;
}

/* ---- whom the kernel trusts ---- */

static bool is_signed_by(X509 *certificate, X509 *authority)
{
	bool is_signed = X509_verify(certificate, X509_get0_pubkey(authority)) == 1;

	ERR_clear_error();
	return is_signed;
}

/* x509_check_for_self_signed(): one that names itself as its issuer has to be that. */
static bool take_own_signature(const struct kernels *kernels, X509 *certificate,
			       const struct issuer *issuer, char *reason)
{
	bool key = has_identifier(certificate, issuer->key);
	bool number = is_numbered(certificate, issuer);

	if (!same_name(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) ||
	    ((issuer->key || issuer->name) && !key && !number))
		return true;
	if (issuer->key && issuer->name && key != number)
		(void)snprintf(reason, KERNELS_REASON, "it names itself as its issuer, and another, too");
	else if (!is_signed_by(certificate, certificate))
		(void)snprintf(reason, KERNELS_REASON, "it is self-signed, and not by its key");
	else
		return kernels_take_key(kernels, certificate, reason);
	return false;
}

static bool vouches(const struct kernels *kernels, const struct authorities *authorities,
		    X509 *certificate, const struct issuer *issuer, char *reason)
{
	for (size_t i = 0; authorities && i < authorities->count; i++) {
		char unusable[KERNELS_REASON];
		X509 *authority = authorities->list[i];

		if (!is_issuer(authority, certificate, issuer))
			continue;
		if (!is_signed_by(certificate, authority))
			(void)snprintf(reason, KERNELS_REASON, "the CA that it names has not signed it");
		else if (!kernels_take_key(kernels, authority, unusable))
			(void)snprintf(reason, KERNELS_REASON, "the key of its CA cannot be used: %.140s",
				       unusable);
		else
			return true;
	}
	return false;
}

/* is_hash_blacklisted(), of what is signed of a certificate, by the digest that it is signed with */
static bool is_revoked(const struct keyrings *keyrings, X509 *certificate)
{
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned char *signed_part = NULL;
	unsigned size = 0;
	int hash = NID_undef, length;

	if (keyrings->revoked_count == 0 ||
	    OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash, NULL) != 1 ||
	    (length = i2d_re_X509_tbs(certificate, &signed_part)) <= 0)
		return false;
	(void)EVP_Digest(signed_part, (size_t)length, digest, &size, EVP_get_digestbynid(hash), NULL);
	OPENSSL_free(signed_part);
	for (unsigned i = 0; i < size; i++)
		(void)sprintf(text + 2 * i, "%02x", digest[i]);
	for (size_t i = 0; i < keyrings->revoked_count; i++)
		if (strcmp(text, keyrings->revoked[i]) == 0)
			return true;
	return false;
}

static bool take_issuer(const struct keyrings *keyrings, enum keyring ring, X509 *certificate,
			const struct issuer *issuer, char *reason)
{
	bool asks_secondary = ring == KEYRING_SECONDARY ||
		(ring == KEYRING_IMA &&
		 kernels_build_in(keyrings->kernels, "IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY"));

	if (!keyrings->builtin || keyrings->is_own)
		return true;
	(void)snprintf(reason, KERNELS_REASON,
		       ring == KEYRING_BLACKLIST ? "no CA that is built into the kernel has issued it"
						 : "the CA has not issued it, nor one in " DIR_KEYS_SECONDARY);
	return vouches(keyrings->kernels, keyrings->builtin, certificate, issuer, reason) ||
		(asks_secondary &&
		 vouches(keyrings->kernels, &keyrings->secondary, certificate, issuer, reason));
}

bool keyrings_take(const struct keyrings *keyrings, enum keyring ring, X509 *certificate,
		   char *reason)
{
	struct issuer issuer = issuer_of(certificate);
	bool taken = kernels_take_certificate(keyrings->kernels, certificate, reason) &&
		take_own_signature(keyrings->kernels, certificate, &issuer, reason);

	if (taken && is_revoked(keyrings, certificate)) {
		(void)snprintf(reason, KERNELS_REASON, "a hash in " DIR_KEYS_BLACKLIST " revokes it");
		taken = false;
	}
	if (taken && ring == KEYRING_IMA && !keyrings->is_own)
		taken = kernels_take_signer(keyrings->kernels, certificate, reason);
	taken = taken && take_issuer(keyrings, ring, certificate, &issuer, reason);
	AUTHORITY_KEYID_free(issuer.identifier);
	return taken;
}

/* ---- revoked hashes ---- */

/* blacklist_vet_description() in certs/blacklist.c */
static bool is_hash_name(const char *name)
{
	size_t length = strlen(name);

	return (strncmp(name, "tbs:", 4) == 0 || strncmp(name, "bin:", 4) == 0) && length > 4 &&
		length % 2 == 0 && length <= 4 + 2 * EVP_MAX_MD_SIZE &&
		strspn(name + 4, "0123456789abcdef") == length - 4;
}

/* verify_pkcs7_signature() with the keys that are built in alone. */
static bool is_authentic(const struct authorities *builtin, const char *name, const void *data,
			 size_t size)
{
	const unsigned flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN;
	const unsigned char *next = data;
	CMS_ContentInfo *message = d2i_CMS_ContentInfo(NULL, &next, (long)size);
	BIO *content = BIO_new_mem_buf(name, (int)strlen(name));
	STACK_OF(X509) *signers = sk_X509_new_null();

	for (size_t i = 0; signers && i < builtin->count; i++)
		(void)sk_X509_push(signers, builtin->list[i]);
	bool authentic = message && content && signers &&
		CMS_verify(message, signers, NULL, content, NULL, flags) == 1;

	sk_X509_free(signers);
	BIO_free(content);
	CMS_ContentInfo_free(message);
	ERR_clear_error();
	return authentic;
}

bool keyrings_revoke(struct keyrings *keyrings, const char *name, const void *data, size_t size,
		     char *reason)
{
	if (!is_hash_name(name)) {
		(void)snprintf(reason, KERNELS_REASON,
			       "its name is not tbs: or bin: and a hash in lower-case hex");
		return false;
	}
	if (keyrings->builtin && !is_authentic(keyrings->builtin, name, data, size)) {
		(void)snprintf(reason, KERNELS_REASON,
			       "it is not a signature over its name by a CA that is built into the kernel");
		return false;
	}
	if (strncmp(name, "tbs:", 4) == 0 && keyrings->revoked_count < REVOKED_HASHES_MAX)
		(void)strcpy(keyrings->revoked[keyrings->revoked_count++], name + 4);
	return true;
}

void certificate_judge(struct certificate *certificate, const struct keyrings *keyrings)
{
	X509 *x509 = certificate->key.certificate;

	certificate->expired = X509_cmp_current_time(X509_get0_notAfter(x509)) < 0;
	certificate->untrusted[0] = certificate->unusable[0] = '\0';
	if (keyrings_take(keyrings, KEYRING_IMA, x509, certificate->untrusted))
		certificate->untrusted[0] = '\0';
	if (kernels_take_key(keyrings->kernels, x509, certificate->unusable))
		certificate->unusable[0] = '\0';
}
