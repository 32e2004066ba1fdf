/* SPDX-License-Identifier: MIT */
/* What ima-init will say of /ima inside a root, as far as it can be known before the boot. */
#include "layout_checks.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "program_mark.h"
#include "root_path.h"
#include "tree.h"
#include "format/text.h"

/* Where something is on this machine. */
bool layout_place(const struct layout *layout, const char *inside, char *path)
{
	size_t length = strlen(ROOT_DIR);
	bool is_ima = strncmp(inside, ROOT_DIR, length) == 0 &&
		(inside[length] == '/' || inside[length] == '\0');

	return is_ima ? path_join(path, layout->directory, inside + length)
		      : path_join(path, layout->root, inside);
}

void tell(struct layout *layout, const char *inside, enum failure_code code, const char *format,
	  ...)
{
	char path[TREE_PATH_SIZE], reason[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (layout_place(layout, inside, path))
		layout->found(layout->data, path, failure_word(code), reason);
	layout->count++;
}

char *read_inside(struct layout *layout, const char *inside, size_t limit, size_t *size,
		  enum failure_code missing)
{
	char path[TREE_PATH_SIZE];
	struct stat status;

	if (!layout_place(layout, inside, path))
		return NULL;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0) {
		tell(layout, inside,
		     file == -ENOENT           ? missing
			     : file == -EINVAL ? FAIL_FILE_TYPE
					       : FAIL_FILE_UNREADABLE,
		     "%s", file == -EINVAL ? "not a regular file" : strerror(-file));
		return NULL;
	}
	if (status.st_size == 0)
		tell(layout, inside, FAIL_FILE_EMPTY, "it is empty");
	else if ((uintmax_t)status.st_size > limit)
		tell(layout, inside, FAIL_FILE_TOO_LARGE, "larger than %zu bytes", limit);
	if (status.st_size == 0 || (uintmax_t)status.st_size > limit)
		return NULL;
	*size = (size_t)status.st_size;
	char *text = malloc(*size + 1);

	if (text && read(file, text, *size) != (ssize_t)*size) {
		tell(layout, inside, FAIL_FILE_UNREADABLE, "it changed while it was read");
		free(text);
		return NULL;
	}
	if (text)
		text[*size] = '\0';
	return text;
}

void tell_line(struct layout *layout, const char *inside, enum failure_code code, unsigned line,
	       const char *wrong)
{
	if (line > 0)
		tell(layout, inside, code, "line %u: %s", line, wrong);
	else
		tell(layout, inside, code, "%s", wrong);
}

bool layout_lists(const struct layout *layout, const char *inside)
{
	return manifest_lists(&layout->manifest, inside);
}

static bool has_value(const struct layout *layout, int file, const char *inside, const char *hex)
{
	struct value ima, evm;
	bool same = signatures_read(layout->verifying->sidecar, file, inside, &ima, &evm) == 0 &&
		    ima.size * 2 == strlen(hex);

	for (size_t i = 0; same && i < ima.size; i++) {
		uint32_t byte;

		same = text_hex(hex + 2 * i, 2, &byte) && byte == ima.data[i];
	}
	return same;
}

/* A pinned file is found as a program is, one below /ima without following a symlink. */
static bool locate(struct layout *layout, const struct manifest_entry *entry, char *path,
		   const char **found)
{
	struct stat status;
	const char *reason, *inside = entry->path;

	*found = inside;
	if (!is_pinned(entry))
		return layout_place(layout, inside, path);
	enum failure_code code =
		root_find(layout->root, &layout->verifying->target, inside, path, &status, &reason);

	*found = path + strlen(layout->root);
	if (code != FAIL_NONE)
		tell(layout, inside, code, "%s", reason);
	else
		layout->pinned(layout->data, path, *found);
	return code == FAIL_NONE;
}

/* The value that a line lists, against the one that the file has. */
static void compare_file(struct layout *layout, const struct manifest_entry *entry)
{
	char path[TREE_PATH_SIZE];
	const char *inside = entry->path;
	const char *found;
	struct stat status;

	if (!locate(layout, entry, path, &found))
		return;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file == -ENOENT)
		tell(layout, inside, FAIL_FILE_MISSING,
		     "the manifest lists it, and it is not there");
	else if (file < 0)
		tell(layout, inside, file == -EINVAL ? FAIL_FILE_TYPE : FAIL_FILE_UNREADABLE, "%s",
		     file == -EINVAL ? "not a regular file" : strerror(-file));
	else if (!has_value(layout, file, found, entry->xattr))
		tell(layout, inside, FAIL_FILE_DIFFERS,
		     "security.ima is not the one in the manifest");
}

/* Whether it could be read; what stands before a wrong line is looked at all the same. */
static bool check_manifest(struct layout *layout)
{
	struct manifest *manifest = &layout->manifest;
	size_t size;
	unsigned line;
	char *text = read_inside(layout, PATH_MANIFEST, LIMIT_MANIFEST, &size, FAIL_MANIFEST_MISSING);

	if (!text)
		return false;
	memcpy(manifest->text, text, size + 1);
	free(text);
	const char *wrong = manifest_parse(manifest, size, &line);

	if (wrong)
		tell_line(layout, PATH_MANIFEST, FAIL_MANIFEST_INVALID, line, wrong);
	for (size_t i = 0; i < manifest->count; i++)
		compare_file(layout, &manifest->entries[i]);
	return true;
}

void layout_check_contradictions(struct layout *layout, enum program program)
{
	const char *wrong = conf_contradiction(layout->conf, &layout->manifest, program);

	if (wrong)
		tell(layout, PATH_CONF, FAIL_CONF_INVALID, "%s", wrong);
}

/* A disk, or an initrd image: what another program would say of it. Which of the two it is taken for. */
static enum program check_program(struct layout *layout)
{
	char path[TREE_PATH_SIZE];
	struct stat status;
	enum program program =
		layout_place(layout, PATH_INIT, path) ? program_of(path) : PROGRAM_OTHER;

	if (program == PROGRAM_OTHER && path_exists(layout->directory, PATH_INIT + strlen(ROOT_DIR)))
		tell(layout, PATH_INIT, FAIL_SELF_UNSIGNED,
		     "it is not ima-init: install ima-init as it");
	else if (path_exists(layout->directory, PATH_INIT + strlen(ROOT_DIR)) && stat(path, &status) == 0) {
		evm_target_status(&layout->verifying->target, PATH_INIT, &status);
		/* Root needs one of the three. */
		if (!(status.st_mode & 0111))
			tell(layout, PATH_INIT, FAIL_FILE_MODE, "it is not executable: chmod 0755 it and "
			     "sign it again");
	}
	if (program == PROGRAM_INITRAMFS)
		tell(layout, PATH_INIT, FAIL_NOT_INITRAMFS, "it is ima-init-initramfs: on a disk install "
		     "ima-init; an initramfs is verified with --initramfs");
	if (program == PROGRAM_INITRD && !conf_names_root(layout->conf))
		tell(layout, PATH_INIT, FAIL_NOT_INITRD, "it is ima-init-initrd, and init.conf names no "
		     "root, which an initrd image needs: on a disk install ima-init");
	return program == PROGRAM_INITRD ? program : PROGRAM_DISK;
}

unsigned layout_read_conf(const char *directory, struct site_conf *site, finding_function *found,
			  void *data)
{
	struct layout layout = { .directory = directory, .found = found, .data = data };
	size_t size;
	unsigned line;

	conf_defaults(&site->conf);
	if (!path_exists(directory, PATH_CONF + strlen(ROOT_DIR)))
		return 0;
	char *text = read_inside(&layout, PATH_CONF, LIMIT_CONF, &size, FAIL_FILE_MISSING);

	if (!text)
		return layout.count;
	memcpy(site->text, text, size + 1);
	free(text);
	const char *wrong = conf_parse(&site->conf, site->text, size, &line);

	if (wrong)
		tell_line(&layout, PATH_CONF, FAIL_CONF_INVALID, line, wrong);
	return layout.count;
}

static void find_unlisted(struct layout *layout)
{
	char top[TREE_PATH_SIZE], inside[TREE_PATH_SIZE];

	if (!path_join(top, layout->directory, ""))
		return;
	char *const paths[] = { top, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	for (FTSENT *entry; fts && (entry = fts_read(fts));) {
		if (path_join(inside, ROOT_DIR, entry->fts_path + strlen(top)) &&
		    entry->fts_info != FTS_D && entry->fts_info != FTS_DP &&
		    !manifest_needs_no_line(inside) && !layout_lists(layout, inside))
			tell(layout, inside, FAIL_FILE_UNLISTED, "the manifest does not list it");
	}
	if (fts)
		(void)fts_close(fts);
}

unsigned layout_verify(const char *root, const char *directory, const struct conf *conf,
		       const struct verifying *verifying, finding_function *found, void *data,
		       void (*pinned)(void *data, const char *path, const char *inside))
{
	struct layout layout = { .root = root, .directory = directory, .conf = conf,
				 .verifying = verifying, .found = found, .data = data,
				 .pinned = pinned };

	layout.count = ima_directory_check(root, directory, &verifying->target, found, data);
	enum program program = check_program(&layout);

	if (check_manifest(&layout)) {
		find_unlisted(&layout);
		layout_check_keys(&layout);
		layout_check_policy(&layout, ACCESS_ON_DISK);
		layout_check_canary(&layout, PATH_CANARY, 0, FAIL_CANARY_UNFIT);
		layout_check_needed(&layout);
		layout_check_contradictions(&layout, program);
	}
	if (!conf_names_root(conf))
		layout_check_next_init(&layout, conf->next_init, false);
	return layout.count;
}
