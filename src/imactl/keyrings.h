/* SPDX-License-Identifier: MIT */
/* Certificates, and what the kernel's keyrings will make of them. */
#ifndef IMACTL_KEYRINGS_H
#define IMACTL_KEYRINGS_H

#include "kernels.h"
#include "keys.h"
#include "layout.h"

#define CERTIFICATES_MAX 256

struct certificate {
	struct key key;
	char untrusted[KERNELS_REASON];  /* why no keyring takes it; "": one does, as far as was asked */
	char unusable[KERNELS_REASON];   /* why no signature by its key is taken; "": they are */
	bool expired;                    /* for people: the kernel does not look at dates */
};

struct certificates {
	struct certificate list[CERTIFICATES_MAX];
	size_t count;
};

/* Certificates whose keys vouch for others, or are revoked. */
struct authorities {
	X509 *list[CERTIFICATES_MAX];
	size_t count;
};

#define REVOKED_HASHES_MAX 64

/* All keyrings of one machine. */
struct keyrings {
	const struct kernels *kernels;
	bool is_own;                         /* made by ima-init, on a kernel without trusted ones: they take any */
	const struct authorities *builtin;   /* of the kernel; NULL: not known, and whom it trusts is not asked */
	struct authorities secondary;        /* .secondary_trusted_keys */
	struct authorities blacklist;        /* .ima_blacklist */
	struct certificates ima, evm;        /* what /ima/keys/ima and /ima/keys/evm add */
	char revoked[REVOKED_HASHES_MAX][2 * EVP_MAX_MD_SIZE + 1];  /* .blacklist: of certificates, in hex */
	size_t revoked_count;
};

/** authorities_add() - keeps a reference; false: there is no room */
bool authorities_add(struct authorities *authorities, X509 *certificate);
void authorities_free(struct authorities *authorities);

/** authorities_have_id() - whether a key id finds one of them, as request_asymmetric_key() does */
bool authorities_have_id(const struct authorities *authorities, const uint8_t id[4]);

/** certificates_free() - the keys; the struct can be used again */
void certificates_free(struct certificates *certificates);

/** certificates_append() - move all of the second to the end of the first */
void certificates_append(struct certificates *certificates, struct certificates *more);

void keyrings_free(struct keyrings *keyrings);

enum keyring {
	KEYRING_IMA,                 /* .ima, and .evm, which takes the same */
	KEYRING_SECONDARY,
	KEYRING_BLACKLIST,           /* .ima_blacklist, for which the secondary ones do not vouch */
};

/**
 * keyrings_take() - whether a keyring takes a certificate
 * @reason: KERNELS_REASON bytes, filled where it does not
 *
 * x509_cert_parse(), and the restrictions in crypto/asymmetric_keys/restrict.c.
 */
bool keyrings_take(const struct keyrings *keyrings, enum keyring ring, X509 *certificate,
		   char *reason);

/**
 * keyrings_revoke() - whether .blacklist takes a hash, which is then kept
 * @name: "tbs:" or "bin:" and a hash in hex
 * @data, @size: PKCS #7 over the name, by a key that is built into the kernel
 * @reason: KERNELS_REASON bytes, filled where it does not
 */
bool keyrings_revoke(struct keyrings *keyrings, const char *name, const void *data, size_t size,
		     char *reason);

/** certificate_judge() - fill what is said of one for .ima or .evm */
void certificate_judge(struct certificate *certificate, const struct keyrings *keyrings);

#endif
