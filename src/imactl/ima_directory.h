/* SPDX-License-Identifier: MIT */
/* /ima inside a root: what ima-init will say of it, its canaries and its manifest. */
#ifndef IMACTL_IMA_DIRECTORY_H
#define IMACTL_IMA_DIRECTORY_H

#include <pthread.h>

#include "failure_codes.h"
#include "evm_digest.h"
#include "sidecar.h"

struct ima_entry {
	char path[LIMIT_PATH];       /* as seen inside the root: /ima/policy */
	struct value ima;            /* its security.ima */
};

/* What a manifest lists. */
struct ima_entries {
	struct ima_entry *entries;
	size_t count;
	pthread_mutex_t lock;
};

#define IMA_ENTRIES_EMPTY { .lock = PTHREAD_MUTEX_INITIALIZER }

void ima_entries_free(struct ima_entries *entries);

/** ima_entries_add() - safe from several threads; false, with a line, above LIMIT_MANIFEST_FILES */
bool ima_entries_add(struct ima_entries *entries, const char *path, const struct value *ima);

/** failure_word() - the code that ima-init prints */
const char *failure_word(enum failure_code code);

/* What ima-init does not look for, and imactl does: a word, what it means, what to do. */
#define FINDING_HARD_LINK   "hard-link"
#define FINDING_PRIVATE_KEY "private-key"
#define OWN_FINDINGS(FINDING) \
FINDING(FINDING_HARD_LINK,   "a file of " ROOT_DIR " has two names there: one would be signed, and the other be missing in the manifest", \
	"give each name a file of its own") \
FINDING(FINDING_PRIVATE_KEY, "a private key is in the image: whoever has that could sign with it", \
	"remove it; keys stay on the build host or in a token. If the image was given away, the key is lost")

/**
 * What is told of something that ima-init would refuse.
 * @path: of the build host
 * @word: the failure code, or a FINDING_
 */
typedef void finding_function(void *data, const char *path, const char *word, const char *reason);

/**
 * ima_directory_check() - the names, types, owners and modes of an /ima, and private keys
 * @root: of tree_name()
 * @directory: what is or will be its /ima
 * @target: the owner that they will have
 *
 * Return: how many findings there were.
 */
unsigned ima_directory_check(const char *root, const char *directory,
			     const struct evm_target *target, finding_function *found,
			     void *data);

/**
 * ima_make_canaries() - make both anew
 * @root: of tree_name(), for messages
 * @directory: descriptor of its /ima
 * @sidecar: where their digests go, NULL: into attributes. With it the owner of
 * /ima/canary-exec is left to imactl apply where this process may not set it.
 *
 * Return: true, or false with a line.
 */
bool ima_make_canaries(const char *root, int directory, struct sidecar *sidecar);

/**
 * ima_manifest_text() - the text of a manifest
 * @size: set to its length
 *
 * Return: to be freed, or NULL with a line.
 */
char *ima_manifest_text(struct ima_entries *entries, size_t *size);

#endif
