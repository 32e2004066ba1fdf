/* SPDX-License-Identifier: MIT */
/* The manifest: which files /ima holds, and which bytes their signatures have. */
#include "manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "directory.h"
#include "failure.h"
#include "kernel_fs.h"
#include "log.h"
#include "secure_open.h"
#include "format/path.h"
#include "format/text.h"
#include "xattr_format.h"

/* The kernel is silent about a missing x509_evm.der: EVM is then just off. */
static enum failure_code check_evm_certificate(struct boot *boot)
{
	if (manifest_lists(&boot->manifest, PATH_X509_EVM) && !(boot->evm_at_entry > 0 && boot->evm_at_entry & 2))
		return fail(boot, FAIL_EVM_X509_MISSING,
			    PATH_X509_EVM " is listed, but securityfs/evm was %d at entry",
			    boot->evm_at_entry);
	return FAIL_NONE;
}

enum failure_code open_manifest(struct boot *boot)
{
	AUTO_CLOSE int file = -1;
	size_t length;
	unsigned line;
	enum failure_code code = secure_open(boot, PATH_MANIFEST, LIMIT_MANIFEST, &file);

	if (code == FAIL_FILE_MISSING)
		return fail(boot, FAIL_MANIFEST_MISSING, PATH_MANIFEST " is not there");
	if (code == FAIL_NONE)
		code = secure_read(boot, file, PATH_MANIFEST, boot->manifest.text,
				   sizeof(boot->manifest.text), &length);
	if (code != FAIL_NONE)
		return code;
	const char *wrong = manifest_parse(&boot->manifest, length, &line);

	return wrong ? fail_line(boot, FAIL_MANIFEST_INVALID, PATH_MANIFEST, line, wrong)
		     : check_evm_certificate(boot);
}

static enum failure_code compare(struct boot *boot, const struct manifest_entry *entry, int file)
{
	uint8_t value[LIMIT_XATTR];
	size_t expected = strlen(entry->xattr) / 2;

	/* A rootfs has no attributes; it was verified with the kernel. */
	if (boot->in_initramfs)
		return FAIL_NONE;
	ssize_t length = fgetxattr(file, XATTR_IMA, value, sizeof(value));

	if (length < 0)
		return fail(boot, FAIL_FILE_DIFFERS, "%s: security.ima: " ERRNO_FORMAT,
			    entry->path, ERRNO(errno));
	if ((size_t)length != expected)
		return fail(boot, FAIL_FILE_DIFFERS, "%s: security.ima has %u bytes, not %u",
			    entry->path, (unsigned)length, (unsigned)expected);
	for (size_t i = 0; i < expected; i++) {
		uint32_t byte;

		if (!text_hex(entry->xattr + 2 * i, 2, &byte) || byte != value[i])
			return fail(boot, FAIL_FILE_DIFFERS,
				    "%s: security.ima is not the one in the manifest", entry->path);
	}
	return FAIL_NONE;
}

/* A file outside /ima is found as execve() would find it. */
static enum failure_code open_pinned(struct boot *boot, const char *path, int *opened)
{
	struct file_facts facts;
	AUTO_CLOSE int found = -1;
	enum failure_code code = find_program(boot, path, &facts, &found);

	if (code == FAIL_NONE)
		code = open_found(boot, found, &facts, path, LIMIT_PROGRAM, opened);
	return code;
}

static enum failure_code open_entry(struct boot *boot, const struct manifest_entry *entry,
				    int *opened)
{
	AUTO_CLOSE int file = -1;
	enum failure_code code = !is_pinned(entry)
		? secure_open(boot, entry->path, manifest_limit(entry->path), &file)
		: open_pinned(boot, entry->path, &file);

	if (code == FAIL_NONE)
		code = compare(boot, entry, file);
	if (code == FAIL_NONE) {
		*opened = file;
		file = -1;
	}
	return code;
}

enum failure_code manifest_open(struct boot *boot, const char *path, int *opened)
{
	struct manifest_entry *entry = manifest_find(&boot->manifest, path);

	if (!entry)
		return fail(boot, FAIL_FILE_MISSING, boot->in_initramfs ? "%s is needed, and is not there"
			    : "%s is needed, but the manifest does not list it", path);
	if (!entry->opened)
		return open_entry(boot, entry, opened);
	*opened = entry->opened;
	entry->opened = 0;
	return FAIL_NONE;
}

enum failure_code manifest_check(struct boot *boot, const char *path)
{
	AUTO_CLOSE int file = -1;

	return manifest_open(boot, path, &file);
}

enum failure_code manifest_read(struct boot *boot, const char *path,
				char *buffer, size_t size, size_t *length)
{
	AUTO_CLOSE int file = -1;
	enum failure_code code = manifest_open(boot, path, &file);

	if (code == FAIL_NONE)
		code = secure_read(boot, file, path, buffer, size, length);
	return code;
}

static enum failure_code add_entry(struct boot *boot, const char *path)
{
	if (path_wrong(path))
		return fail(boot, FAIL_FILE_UNLISTED, "%s: %s", path, path_wrong(path));
	const char *wrong = manifest_add(&boot->manifest, path);

	return wrong ? fail(boot, FAIL_MANIFEST_INVALID, ROOT_DIR ": %s", wrong) : FAIL_NONE;
}

static enum failure_code scan_directory(struct boot *boot, int found, const char *path,
					unsigned depth);

static enum failure_code scan_entry(struct boot *boot, int directory, const char *path,
				    unsigned depth, uint8_t type)
{
	const char *name = strrchr(path, '/') + 1;
	struct file_facts facts = { .mode = 0 };
	AUTO_CLOSE int found = -1;

	/* A file that is listed was opened as one, and any other is refused, whatever its type. */
	if (type == DIRECTORY_TYPE_UNKNOWN || type == DIRECTORY_TYPE_DIRECTORY) {
		found = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (found < 0 || file_facts(found, &facts) < 0)
			return fail(boot, FAIL_FILE_UNREADABLE, "%s: " ERRNO_FORMAT, path,
				    ERRNO(errno));
	}
	if (!S_ISDIR(facts.mode)) {
		if (boot->in_initramfs)
			return add_entry(boot, path);
		if (manifest_needs_no_line(path) || manifest_lists(&boot->manifest, path))
			return FAIL_NONE;
		return fail(boot, FAIL_FILE_UNLISTED, "%s is not in the manifest", path);
	}
	/* mke2fs makes it, and only at the root of a file system. */
	if (boot->ima_is_mount && strcmp(path, ROOT_DIR "/lost+found") == 0)
		return FAIL_NONE;
	enum failure_code code = check_facts(boot, &facts, path, S_IFDIR, boot->ima_mount);

	if (code != FAIL_NONE)
		return code;
	if (depth == LIMIT_TREE_DEPTH)
		return fail(boot, FAIL_FILE_UNLISTED, "%s: deeper than %d directories", path,
			    LIMIT_TREE_DEPTH);
	return scan_directory(boot, found, path, depth + 1);
}

static enum failure_code scan_directory(struct boot *boot, int found, const char *path,
					unsigned depth)
{
	char child[LIMIT_PATH];
	alignas(struct directory_entry) char entries[2048];
	AUTO_CLOSE int directory = openat(found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (;;) {
		long size = directory < 0 ? -1 :
			syscall(SYS_getdents64, directory, entries, sizeof(entries));

		if (size < 0)
			return fail(boot, FAIL_FILE_UNREADABLE, "%s: " ERRNO_FORMAT, path,
				    ERRNO(errno));
		if (size == 0)
			return FAIL_NONE;
		for (long at = 0; at < size;) {
			const struct directory_entry *entry = (void *)(entries + at);

			at += entry->size;
			if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
				continue;
			if (strlen(path) + 1 + strlen(entry->name) >= sizeof(child))
				return fail(boot, FAIL_FILE_UNLISTED,
					    "%s: has a name that makes a path of more than %d bytes",
					    path, LIMIT_PATH - 1);
			(void)stpcpy(stpcpy(stpcpy(child, path), "/"), entry->name);
			enum failure_code code = scan_entry(boot, found, child, depth,
							    entry->type);

			if (code != FAIL_NONE)
				return code;
		}
	}
}

/* Those below /ima, or the others; how many there are. */
static enum failure_code check_entries(struct boot *boot, bool pinned, unsigned *count)
{
	__attribute__((cleanup(leave_above))) struct above above = { .descriptor = -1 };
	enum failure_code code = FAIL_NONE;

	*count = 0;
	boot->above = &above;
	for (size_t i = 0; i < boot->manifest.count && code == FAIL_NONE; i++) {
		struct manifest_entry *entry = &boot->manifest.entries[i];
		AUTO_CLOSE int file = -1;

		if (is_pinned(entry) != pinned)
			continue;
		code = open_entry(boot, entry, &file);
		++*count;
		/* What later steps read stays open: what was compared is what is read. */
		if (code == FAIL_NONE && (text_starts(entry->path, DIR_KEYS) ||
					  strcmp(entry->path, PATH_POLICY) == 0)) {
			entry->opened = file;
			file = -1;
		}
	}
	boot->above = NULL;
	return code;
}

enum failure_code check_files(struct boot *boot)
{
	unsigned count;
	enum failure_code code = check_entries(boot, false, &count);

	if (code == FAIL_NONE)
		code = scan_directory(boot, boot->ima_dir, ROOT_DIR, 0);
	if (code == FAIL_NONE)
		log_line(boot, LOG_NOTICE, "manifest: %u files are as listed, no other is there", count);
	return code;
}

enum failure_code list_files(struct boot *boot)
{
	enum failure_code code = scan_directory(boot, boot->ima_dir, ROOT_DIR, 0);

	return code == FAIL_NONE ? check_evm_certificate(boot) : code;
}

/*
 * The kernel remembers of an opened file whether EVM found it right. So those
 * that run later are opened when EVM is what it will be, and under the keys of
 * the system as well as those of /ima; but still under the built-in rules, since
 * the site's may not look at them.
 */
enum failure_code check_pinned(struct boot *boot)
{
	return check_entries(boot, true, &boot->pinned);
}
