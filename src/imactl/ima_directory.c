/* SPDX-License-Identifier: MIT */
/* /ima inside a root: what ima-init will say of it, its canaries and its manifest. */
#include "ima_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "attributes.h"
#include "format/manifest.h"
#include "report.h"
#include "tree.h"
#include "format/path.h"

#define WRITABLE_BY_OTHERS 0022

void ima_entries_free(struct ima_entries *entries)
{
	free(entries->entries);
	entries->entries = NULL;
	entries->count = 0;
}

bool ima_entries_add(struct ima_entries *entries, const char *path, const struct value *ima)
{
	bool fits;

	(void)pthread_mutex_lock(&entries->lock);
	if (!entries->entries)
		entries->entries = calloc(LIMIT_MANIFEST_FILES, sizeof(*entries->entries));
	fits = entries->entries && entries->count < LIMIT_MANIFEST_FILES;
	if (fits) {
		struct ima_entry *entry = &entries->entries[entries->count++];

		(void)snprintf(entry->path, sizeof(entry->path), "%s", path);
		entry->ima = *ima;
	}
	(void)pthread_mutex_unlock(&entries->lock);
	if (!fits)
		complain(path, "list", "a manifest has at most %d files", LIMIT_MANIFEST_FILES);
	return fits;
}

const char *failure_word(enum failure_code code)
{
	switch (code) {
#define WORD_CASE(name, number, word, cause, remedy) case FAIL_##name: return word;
	FAILURE_CODES(WORD_CASE)
#undef WORD_CASE
	case FAIL_NONE: break;
	}
	return "";
}

/* Who is told, for the functions below. */
struct listener {
	const struct evm_target *target;
	finding_function *found;
	void *data;
	unsigned count;
	/* Files that have more than one name. */
	struct {
		dev_t device;
		ino_t number;
	} linked[LIMIT_MANIFEST_FILES];
	size_t linked_count;
};

static void tell(struct listener *listener, const char *path, enum failure_code code,
		 const char *reason)
{
	listener->found(listener->data, path, failure_word(code), reason);
	listener->count++;
}

/* lstat() and not fts's: under fakeroot only that tells the owner that the image will have. */
static void check_entry(struct listener *listener, const char *path, const char *inside,
			bool is_directory)
{
	struct stat status;
	char reason[160];
	bool is_exec_canary = strcmp(inside, PATH_CANARY_EXEC) == 0;

	if (lstat(path, &status) < 0) {
		tell(listener, path, FAIL_FILE_UNREADABLE, strerror(errno));
		return;
	}
	if (S_ISREG(status.st_mode) && (uint64_t)status.st_size > manifest_limit(inside)) {
		(void)snprintf(reason, sizeof(reason), "is larger than %llu bytes",
			       (unsigned long long)manifest_limit(inside));
		tell(listener, path, FAIL_FILE_TOO_LARGE, reason);
	}
	evm_target_status(listener->target, inside, &status);
	if (is_directory ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode))
		tell(listener, path, FAIL_FILE_TYPE, "neither a regular file nor a directory");
	if (!is_exec_canary && status.st_uid != 0) {
		(void)snprintf(reason, sizeof(reason),
			       "belongs to uid %u: chown 0:0, or run all of it under fakeroot, or give "
			       "--owner 0:0 where the image will have that",
			       status.st_uid);
		tell(listener, path, FAIL_FILE_OWNER, reason);
	}
	if (!is_exec_canary && !S_ISLNK(status.st_mode) && status.st_mode & WRITABLE_BY_OTHERS)
		tell(listener, path, FAIL_FILE_MODE, "group or others can write it: chmod go-w");
}

/* Of two names below /ima one would be signed, and the other be missing in the manifest. */
static void check_one_name(struct listener *listener, const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0 || status.st_nlink < 2)
		return;
	for (size_t i = 0; i < listener->linked_count; i++) {
		if (listener->linked[i].device != status.st_dev || listener->linked[i].number != status.st_ino)
			continue;
		listener->found(listener->data, path, FINDING_HARD_LINK,
				"another name of a file of " ROOT_DIR ": give it a file of its own");
		listener->count++;
		return;
	}
	if (listener->linked_count < LIMIT_MANIFEST_FILES) {
		listener->linked[listener->linked_count].device = status.st_dev;
		listener->linked[listener->linked_count++].number = status.st_ino;
	}
}

/* In DER form: PKCS #8, encrypted or not, PKCS #12, or a form of its type. */
static bool is_private_der(const uint8_t *data, long length)
{
	const uint8_t *next = data;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &next, length);

	next = data;
	PKCS12 *container = key ? NULL : d2i_PKCS12(NULL, &next, length);

	next = data;
	X509_SIG *encrypted = key || container ? NULL : d2i_X509_SIG(NULL, &next, length);
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *object = NULL;

	if (encrypted)
		X509_SIG_get0(encrypted, &algorithm, NULL);
	if (algorithm)
		X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	/* A digest has the same form; a cipher is one of PKCS #5 or #12. */
	bool is_encrypted = object && (OBJ_obj2nid(object) == NID_pbes2 ||
				       EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(object), NULL, NULL, NULL));
	bool is_key = key || container || is_encrypted;

	EVP_PKEY_free(key);
	PKCS12_free(container);
	X509_SIG_free(encrypted);
	ERR_clear_error();
	return is_key;
}

static void check_no_private_key(struct listener *listener, const char *path)
{
	char text[16384 + 1];
	struct stat status;
	AUTO_CLOSE int file = tree_open(path, &status);
	ssize_t length = file < 0 ? 0 : read(file, text, sizeof(text) - 1);

	text[length > 0 ? length : 0] = '\0';
	if (length > 0 && !memmem(text, (size_t)length, "PRIVATE KEY-----", strlen("PRIVATE KEY-----")) &&
	    !is_private_der((const uint8_t *)text, length))
		length = 0;
	OPENSSL_cleanse(text, sizeof(text));
	if (length <= 0)
		return;
	listener->found(listener->data, path, FINDING_PRIVATE_KEY,
			"whoever has the image could sign with it");
	listener->count++;
}

static void check_fts_entry(struct listener *listener, const FTSENT *entry, const char *inside)
{
	if (entry->fts_info == FTS_DP)
		return;
	if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
		tell(listener, entry->fts_path, FAIL_FILE_UNREADABLE, strerror(entry->fts_errno));
		return;
	}
	check_entry(listener, entry->fts_path, inside, entry->fts_info == FTS_D);
	if (entry->fts_info == FTS_D && entry->fts_level > LIMIT_TREE_DEPTH)
		tell(listener, entry->fts_path, FAIL_FILE_UNLISTED,
		     "deeper than 8 directories below " ROOT_DIR);
	if (strlen(inside) >= LIMIT_PATH || (entry->fts_info == FTS_F && path_wrong(inside)))
		tell(listener, entry->fts_path, FAIL_FILE_UNLISTED, path_wrong(inside));
	if (entry->fts_info == FTS_F)
		check_no_private_key(listener, entry->fts_path);
	if (entry->fts_info == FTS_F)
		check_one_name(listener, entry->fts_path);
}

unsigned ima_directory_check(const char *root, const char *directory,
			     const struct evm_target *target, finding_function *found,
			     void *data)
{
	char top[TREE_PATH_SIZE], inside[TREE_PATH_SIZE];
	struct listener listener = { .target = target, .found = found, .data = data };

	if (!path_join(top, directory, ""))
		return 1;
	char *const paths[] = { top, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	check_entry(&listener, root[0] ? root : "/", "/", true);
	for (FTSENT *entry; fts && (entry = fts_read(fts));)
		if (path_join(inside, ROOT_DIR, entry->fts_path + strlen(top)))
			check_fts_entry(&listener, entry, inside);
	if (!fts || fts_close(fts) < 0)
		tell(&listener, top, FAIL_FILE_UNREADABLE, strerror(errno));
	return listener.count;
}

/* A digest that is right, on a file without a signature. */
static bool make_canary(const char *root, int directory, struct sidecar *sidecar,
			const char *inside, size_t size, uid_t owner, mode_t mode,
			const char *digest)
{
	static const char zeros[CANARY_EXEC_SIZE];
	static const struct value none;
	struct value value = { .size = CANARY_XATTR_SIZE };
	const char *name = inside + strlen(ROOT_DIR "/");
	char path[TREE_PATH_SIZE];

	if (!path_join(path, root, inside))
		return false;
	/* Made anew each time: what stands there may be half made, or forged. */
	(void)unlinkat(directory, name, 0);
	AUTO_CLOSE int file = openat(directory, name,
				     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* The mode first, so that fakeroot knows the file. */
	bool made = file >= 0 && write(file, zeros, size) == (ssize_t)size &&
		fchmod(file, mode) == 0 &&
		(fchown(file, owner, owner) == 0 || (errno == EPERM && sidecar));

	memcpy(value.data, digest, CANARY_XATTR_SIZE);
	int error = made ? signatures_write(sidecar, file, inside, &value, &none, NULL) : -errno;

	if (error != 0)
		complain(path, "make canary", "%s", strerror(-error));
	return error == 0;
}

bool ima_make_canaries(const char *root, int directory, struct sidecar *sidecar)
{
	return make_canary(root, directory, sidecar, PATH_CANARY, 0, 0, 0400, CANARY_XATTR) &&
	       make_canary(root, directory, sidecar, PATH_CANARY_EXEC, CANARY_EXEC_SIZE,
			   CANARY_EXEC_UID, 0555, CANARY_EXEC_XATTR);
}

static int compare_entries(const void *a, const void *b)
{
	const struct ima_entry *left = a, *right = b;

	return strcmp(left->path, right->path);
}

char *ima_manifest_text(struct ima_entries *entries, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	if (entries->count > 1)
		qsort(entries->entries, entries->count, sizeof(*entries->entries), compare_entries);
	fputs(MANIFEST_FIRST_LINE "\n", out);
	for (size_t i = 0; i < entries->count; i++) {
		const struct ima_entry *entry = &entries->entries[i];

		for (size_t byte = 0; byte < entry->ima.size; byte++)
			fprintf(out, "%02x", entry->ima.data[byte]);
		fprintf(out, "  %s\n", entry->path);
	}
	bool written = fclose(out) == 0 && *size <= LIMIT_MANIFEST;

	if (!written) {
		complain(PATH_MANIFEST, "write", "a manifest has at most %d bytes", LIMIT_MANIFEST);
		free(text);
		return NULL;
	}
	return text;
}
