/* SPDX-License-Identifier: MIT */
/* Judging one file's signatures as the kernel will. */
#ifndef IMACTL_FILE_VERIFY_H
#define IMACTL_FILE_VERIFY_H

#include "evm_hmac.h"
#include "keyrings.h"
#include "sidecar.h"

struct verifying {
	struct certificates ima, evm;
	struct keyrings *keyrings;   /* what is added to them later, and what is revoked */
	bool is_revoking;            /* the revocations are in force: what /ima/keys/blacklist has */
	bool no_evm;                 /* security.evm is not looked at */
	bool evm_later;              /* with no_evm: until ima-init has switched EVM on */
	const struct evm_hmac_key *hmac_key;  /* NULL: an HMAC cannot be checked */
	bool reads_v3;               /* the kernel takes version 3 in types 3 and 5, too: 7.1 */
	bool verity;                 /* security.ima must be over the fs-verity digest */
	struct evm_target target;
	struct sidecar *sidecar;     /* where the signatures are; NULL: in attributes */
};

/* In the order of the report. FILE_VERDICT(NAME, word, what it means) */
#define FILE_VERDICTS(FILE_VERDICT) \
FILE_VERDICT(VALID,            "valid",             "signed, as it is") \
FILE_VERDICT(UNSIGNED,         "unsigned",          "no security.ima") \
FILE_VERDICT(OTHER_KIND,       "other-kind",        "security.ima signs the content where the fs-verity digest is wanted, or the other way round") \
FILE_VERDICT(DIGEST,           "digest",            "a digest in security.ima where a signature is wanted") \
FILE_VERDICT(MALFORMED,        "malformed",         "security.ima is no signature that a kernel reads") \
FILE_VERDICT(UNKNOWN_KEY,      "unknown-key",       "signed by a key that no certificate is given for") \
FILE_VERDICT(UNTRUSTED,        "untrusted",         "signed by a key whose certificate the kernel does not take") \
FILE_VERDICT(UNUSABLE,         "unusable",          "signed with a key or digest that the kernel cannot use") \
FILE_VERDICT(REVOKED,          "revoked",           "signed by a key that keys/blacklist revokes") \
FILE_VERDICT(AMBIGUOUS,        "ambiguous",         "signed by a key whose id another certificate has, too: the kernel tries one of them") \
FILE_VERDICT(BAD,              "bad",               "the content is not what was signed") \
FILE_VERDICT(EVM_MISSING,      "evm-missing",       "no security.evm") \
FILE_VERDICT(EVM_HMAC,         "evm-hmac",          "an HMAC in security.evm, which only the machine's keys can check") \
FILE_VERDICT(EVM_MALFORMED,    "evm-malformed",     "security.evm is no portable signature that a kernel reads") \
FILE_VERDICT(EVM_UNKNOWN_KEY,  "evm-unknown-key",   "security.evm is by a key that no certificate is given for") \
FILE_VERDICT(EVM_UNTRUSTED,    "evm-untrusted",     "security.evm is by a key whose certificate the kernel does not take") \
FILE_VERDICT(EVM_UNUSABLE,     "evm-unusable",      "security.evm is made with a key or digest that the kernel cannot use") \
FILE_VERDICT(EVM_REVOKED,      "evm-revoked",       "security.evm is by a key that keys/blacklist revokes") \
FILE_VERDICT(EVM_AMBIGUOUS,    "evm-ambiguous",     "security.evm is by a key whose id another certificate has, too") \
FILE_VERDICT(EVM_BAD,          "evm-bad",           "owner, group, mode or attributes changed since it was signed") \
FILE_VERDICT(UNREADABLE,       "unreadable",        "it could not be read")

enum file_verdict {
#define VERDICT_ENUM(name, word, meaning) VERDICT_##name,
	FILE_VERDICTS(VERDICT_ENUM)
#undef VERDICT_ENUM
	VERDICT_COUNT
};

const char *verdict_word(enum file_verdict verdict);
const char *verdict_meaning(enum file_verdict verdict);

/* One thread's state. Zero it before use. */
struct file_verifier {
	const struct verifying *verifying;
	struct hasher hasher;
	struct signer *ima, *evm;    /* one a certificate */
};

/** file_verifier_start() - false: no memory */
bool file_verifier_start(struct file_verifier *verifier, const struct verifying *verifying);
void file_verifier_free(struct file_verifier *verifier);

/**
 * file_verify() - judge an open file
 * @inside: its path below the tree, for the sidecar
 * @status: its fstat()
 * @ima: set to its security.ima
 * @error: set for VERDICT_UNREADABLE: -errno, -ESTALE: it changed while it was read
 */
enum file_verdict file_verify(struct file_verifier *verifier, int file, const char *inside,
			      const struct stat *status, struct value *ima, int *error);

#endif
