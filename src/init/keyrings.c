/* SPDX-License-Identifier: MIT */
/* The kernel's trusted keyrings: what is in them, and adding certificates. */
#include "keyrings.h"

#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <string.h>

#include "failure.h"
#include "kernel_fs.h"
#include "lines.h"
#include "manifest.h"
#include "format/text.h"

#define RING_KEYS 256           /* keys of one ring that are looked at */
#define SEEN_CERTIFICATES 512   /* of all keyrings */

struct key_line {
	uint32_t serial;
	const char *type;
	size_t type_length;
	const char *description;     /* to the end of the line */
	size_t length;
};

/* proc_keys_show() in security/keys/proc.c: eight columns, then the description. */
static bool parse_key_line(const char *line, size_t length, struct key_line *key)
{
	const char *end = line + length;

	for (unsigned column = 0; column < 8; column++) {
		while (line < end && *line == ' ')
			line++;
		const char *word = line;

		while (line < end && *line != ' ')
			line++;
		if (column == 0 && !text_hex(word, (size_t)(line - word), &key->serial))
			return false;
		/* Instantiated, and neither revoked nor dead. */
		if (column == 1 && (line - word < 3 || memcmp(word, "I--", 3) != 0))
			return false;
		key->type = word;
		key->type_length = (size_t)(line - word);
	}
	while (line < end && *line == ' ')
		line++;
	key->description = line;
	key->length = (size_t)(end - line);
	return key->length > 0;
}

/* "NAME: 2" or "NAME: empty" */
static bool is_keyring(const struct key_line *key, const char *name)
{
	size_t length = strlen(name);

	return text_is_word(key->type, key->type_length, "keyring") && key->length > length &&
	       memcmp(key->description, name, length) == 0 && key->description[length] == ':';
}

/* The end of a certificate's description is " 1234abcd []" (asymmetric_key_describe()). */
static bool is_certificate(const struct key_line *key, uint32_t *id)
{
	const char *end = key->description + key->length;

	return key->length > 12 && end[-12] == ' ' && text_hex(end - 11, 8, id) &&
	       memcmp(end - 3, " []", 3) == 0;
}

/* The keyrings that are looked for, in a list of words; the first two as in enum ring. */
static const char ring_names[] = ".ima\0.evm\0.blacklist\0.ima_blacklist\0.secondary_trusted_keys\0.machine\0";

/*
 * /proc/keys as it was when it was first asked for: the kernel makes its keyrings
 * before PID 1, and a key that is sought by its id is one that is there by then.
 */
static struct {
	bool taken;
	int error;
	key_serial_t rings[6];
	unsigned count;
	struct { uint32_t serial, id; } certificates[SEEN_CERTIFICATES];
} seen;

static void see_key(const struct key_line *key)
{
	unsigned ring = 0;
	uint32_t id;

	for (const char *name = ring_names; *name; name = text_at(name, 1), ring++)
		if (seen.rings[ring] == 0 && is_keyring(key, name))
			seen.rings[ring] = (key_serial_t)key->serial;
	if (!is_certificate(key, &id))
		return;
	if (seen.count == SEEN_CERTIFICATES) {
		seen.error = E2BIG;
		return;
	}
	seen.certificates[seen.count].serial = key->serial;
	seen.certificates[seen.count++].id = id;
}

/* Read line by line: a firmware's list of revoked hashes alone can be hundreds of keys. */
static void see_keys(struct boot *boot)
{
	struct lines *lines = &boot->scratch.lines;
	struct key_line key;
	AUTO_CLOSE int file = openat(boot->proc, "keys", O_RDONLY | O_CLOEXEC);

	seen.taken = true;
	seen.error = file < 0 ? errno : 0;
	if (file < 0)
		return;
	for (lines_start(lines, file); lines_next(lines);)
		if (parse_key_line(lines->text, strlen(lines->text), &key))
			see_key(&key);
	if (lines->error != 0)
		seen.error = lines->error;
}

/*
 * The serial of a keyring, 0: there is none, or -errno. By its number, where PID 1 made
 * it: a name without a dot anybody may give to a keyring.
 */
static key_serial_t find_ring(struct boot *boot, const char *name)
{
	int ring = text_index(ring_names, name);
	key_serial_t own = ring < 2 ? boot->own_rings[RING_IMA + ring] : 0;

	if (own)
		return own;
	if (!seen.taken)
		see_keys(boot);
	return seen.error ? -seen.error : seen.rings[ring];
}

static int read_ring(struct boot *boot, const char *name, key_serial_t *serials)
{
	key_serial_t ring = find_ring(boot, name);

	if (ring <= 0)
		return ring == 0 ? -ENOENT : ring;
	long size = keyctl_read(ring, (char *)serials, RING_KEYS * sizeof(*serials));

	if (size < 0)
		return -errno;
	if ((size_t)size > RING_KEYS * sizeof(*serials))
		return -E2BIG;
	return (int)((size_t)size / sizeof(*serials));
}

int keyring_count(struct boot *boot, const char *name)
{
	key_serial_t serials[RING_KEYS];

	return read_ring(boot, name, serials);
}

bool keyring_holds(struct boot *boot, const char *name, uint32_t key_id)
{
	key_serial_t serials[RING_KEYS];
	int count = read_ring(boot, name, serials);

	for (int i = 0; i < count; i++)
		for (unsigned j = 0; j < seen.count; j++)
			if (seen.certificates[j].serial == (uint32_t)serials[i] &&
			    seen.certificates[j].id == key_id)
				return true;
	return false;
}

/*
 * Revocations come first, so that they count for the rest; then the issuers of
 * what follows.
 */
struct ring_source {
	enum ring ring;
	const char *directory;
	const char *suffix;
	const char *keyring;
	const char *option;          /* the kernel's, for a keyring that is not there */
};

static const struct ring_source ring_sources[] = {
	{ RING_BLACKLIST, DIR_KEYS_BLACKLIST, ".p7s", ".blacklist",
	  "CONFIG_SYSTEM_BLACKLIST_KEYRING" },
	{ RING_BLACKLIST, DIR_KEYS_BLACKLIST, ".der", ".ima_blacklist",
	  "CONFIG_IMA_BLACKLIST_KEYRING" },
	{ RING_SECONDARY, DIR_KEYS_SECONDARY, ".der", ".secondary_trusted_keys",
	  "CONFIG_SECONDARY_TRUSTED_KEYRING" },
	{ RING_IMA, DIR_KEYS_IMA, ".der", ".ima", "CONFIG_INTEGRITY_TRUSTED_KEYRING" },
	{ RING_EVM, DIR_KEYS_EVM, ".der", ".evm", "CONFIG_INTEGRITY_TRUSTED_KEYRING" },
};
#define SOURCES (sizeof(ring_sources) / sizeof(ring_sources[0]))

static bool comes_from(const struct ring_source *source, const char *path)
{
	return text_starts(path, source->directory) && text_ends(path, source->suffix) &&
	       !strchr(path + strlen(source->directory), '/');
}

static bool is_placed(const char *path)
{
	if (strcmp(path, PATH_X509_IMA) == 0 || strcmp(path, PATH_X509_EVM) == 0 ||
	    strcmp(path, PATH_KMK) == 0 || strcmp(path, PATH_EVM_KEY) == 0)
		return true;
	for (size_t i = 0; i < SOURCES; i++)
		if (comes_from(&ring_sources[i], path))
			return true;
	return false;
}

/* A misspelt directory must not silently leave a certificate, or a revocation, out. */
static enum failure_code check_places(struct boot *boot)
{
	for (size_t i = 0; i < boot->manifest.count; i++) {
		const char *path = boot->manifest.entries[i].path;

		if (text_starts(path, DIR_KEYS) && !is_placed(path))
			return fail(boot, FAIL_KEY_UNPLACED, "%s", path);
	}
	return FAIL_NONE;
}

/* 0 or the errno of the kernel's refusal; *code for what is wrong with the file itself. */
static int add_file(struct boot *boot, const struct ring_source *source, key_serial_t ring,
		    const char *path, enum failure_code *code)
{
	char *data = boot->scratch.certificate;
	char description[LIMIT_PATH];
	bool is_hash = strcmp(source->suffix, ".p7s") == 0;
	size_t length;

	*code = manifest_read(boot, path, data, sizeof(boot->scratch.certificate), &length);
	if (*code != FAIL_NONE)
		return 0;
	/* A blacklisted hash is its key's description; its file is named after it. */
	(void)text_format(description, sizeof(description), "%s", path + strlen(source->directory));
	description[strlen(description) - strlen(source->suffix)] = '\0';

	/* The kernel names a certificate itself, after its subject and identifier. */
	if (add_key(is_hash ? "blacklist" : "asymmetric", is_hash ? description : NULL,
		    data, length, ring) >= 0 || errno == EEXIST)
		return 0;
	return errno;
}

struct waiting {
	const char *path;
	int error;                   /* of the last round */
};

static enum failure_code report_refused(struct boot *boot, const struct ring_source *source,
					const struct waiting *waiting, size_t count)
{
	char list[400];
	size_t used = 0;

	/* A list that does not fit ends in "...". */
	for (size_t i = 0; i < count && sizeof(list) - used > 4; i++)
		used += text_format(list + used, sizeof(list) - used, "%s%s: " ERRNO_FORMAT,
				    i ? ", " : "", waiting[i].path, ERRNO(waiting[i].error));
	return fail(boot, FAIL_KEY_REFUSED, "%s did not take %u of its files: %s", source->keyring,
		    (unsigned)count, list);
}

/*
 * A certificate may be signed by another of the same directory: whatever the
 * kernel did not take is tried again for as long as a round adds one.
 */
static enum failure_code add_in_rounds(struct boot *boot, const struct ring_source *source,
				       key_serial_t ring, struct waiting *waiting, size_t count)
{
	while (count > 0) {
		size_t left = 0;

		for (size_t i = 0; i < count; i++) {
			enum failure_code code;
			int error = add_file(boot, source, ring, waiting[i].path, &code);

			if (code != FAIL_NONE)
				return code;
			if (error != 0)
				waiting[left++] = (struct waiting){ waiting[i].path, error };
			else
				boot->keys_added[source->ring]++;
		}
		if (left == count)
			return report_refused(boot, source, waiting, count);
		count = left;
	}
	return FAIL_NONE;
}

static enum failure_code fill_ring(struct boot *boot, const struct ring_source *source)
{
	struct waiting waiting[LIMIT_KEYRING_FILES];
	size_t count = 0;

	for (size_t i = 0; i < boot->manifest.count; i++) {
		const char *path = boot->manifest.entries[i].path;

		if (!comes_from(source, path))
			continue;
		if (count == LIMIT_KEYRING_FILES)
			return fail(boot, FAIL_KEY_TOO_MANY, "%s: more than %d files",
				    source->directory, LIMIT_KEYRING_FILES);
		waiting[count++].path = path;
	}
	if (count == 0)
		return FAIL_NONE;
	key_serial_t ring = find_ring(boot, source->keyring);

	if (ring <= 0)
		return fail(boot, FAIL_KERNEL_LACKS, "%s is for the keyring %s: %s",
			    waiting[0].path, source->keyring, source->option);
	return add_in_rounds(boot, source, ring, waiting, count);
}

enum failure_code load_certificates(struct boot *boot)
{
	enum failure_code code = check_places(boot);

	for (size_t i = 0; i < SOURCES && code == FAIL_NONE; i++)
		code = fill_ring(boot, &ring_sources[i]);
	return code;
}
