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

bool is_lower_hex(const char *text, size_t length)
{
	return strspn(text, "0123456789abcdef") >= length;
}

bool layout_lists(const struct layout *layout, const char *inside)
{
	for (size_t i = 0; i < layout->path_count; i++)
		if (strcmp(layout->paths[i], inside) == 0)
			return true;
	return false;
}

static bool has_value(const struct layout *layout, int file, const char *inside, const char *hex,
		      size_t digits)
{
	struct value ima, evm;
	bool same = signatures_read(layout->verifying->sidecar, file, inside, &ima, &evm) == 0 &&
		    ima.size * 2 == digits;

	for (size_t i = 0; same && i < ima.size; i++) {
		char byte[3];

		(void)snprintf(byte, sizeof(byte), "%02x", ima.data[i]);
		same = memcmp(byte, hex + 2 * i, 2) == 0;
	}
	return same;
}

/* A pinned file is found as a program is, one below /ima without following a symlink. */
static bool locate(struct layout *layout, const char *inside, char *path, const char **found)
{
	struct stat status;
	const char *reason;

	*found = inside;
	if (strncmp(inside, ROOT_DIR "/", strlen(ROOT_DIR "/")) == 0)
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
static void compare_file(struct layout *layout, const char *inside, const char *hex, size_t digits)
{
	char path[TREE_PATH_SIZE];
	const char *found;
	struct stat status;

	if (!locate(layout, inside, path, &found))
		return;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file == -ENOENT)
		tell(layout, inside, FAIL_FILE_MISSING,
		     "the manifest lists it, and it is not there");
	else if (file < 0)
		tell(layout, inside, file == -EINVAL ? FAIL_FILE_TYPE : FAIL_FILE_UNREADABLE, "%s",
		     file == -EINVAL ? "not a regular file" : strerror(-file));
	else if (!has_value(layout, file, found, hex, digits))
		tell(layout, inside, FAIL_FILE_DIFFERS,
		     "security.ima is not the one in the manifest");
}

/* As parse_line() of ima-init. */
static const char *check_line(struct layout *layout, char *line)
{
	size_t digits = strcspn(line, " ");
	const char *last = layout->path_count > 0 ? layout->paths[layout->path_count - 1] : "";

	if (digits < 4 || digits % 2 != 0 || digits > 2 * LIMIT_XATTR ||
	    !is_lower_hex(line, digits))
		return "does not begin with security.ima in lower-case hex";
	if (line[digits] != ' ' || line[digits + 1] != ' ')
		return "has no two blanks after security.ima";
	const char *inside = line + digits + 2;

	if (ima_path_wrong(inside))
		return ima_path_wrong(inside);
	if (strcmp(last, inside) >= 0)
		return "is not sorted, or names a path again";
	if (layout->path_count == LIMIT_MANIFEST_FILES)
		return "is one more than a manifest has";
	layout->paths[layout->path_count++] = inside;
	compare_file(layout, inside, line, digits);
	return NULL;
}

static void check_manifest(struct layout *layout)
{
	size_t size, at = 0;
	char *text = layout->manifest =
		read_inside(layout, PATH_MANIFEST, LIMIT_MANIFEST, &size, FAIL_MANIFEST_MISSING);

	for (unsigned number = 1; text && at < size; number++) {
		char *line = text + at;
		char *end = memchr(line, '\n', size - at);
		const char *wrong = "does not end in a newline";

		if (end) {
			*end = '\0';
			at = (size_t)(end - text) + 1;
			wrong = strlen(line) != (size_t)(end - line) ? "has a NUL byte"
				: number == 1 ? strcmp(line, MANIFEST_FIRST_LINE) == 0
					? NULL
					: "is not \"" MANIFEST_FIRST_LINE "\""
					      : check_line(layout, line);
		}
		if (wrong) {
			tell(layout, PATH_MANIFEST, FAIL_MANIFEST_INVALID, "line %u: %s", number,
			     wrong);
			return;
		}
	}
	if (text && !layout_lists(layout, PATH_INIT))
		tell(layout, PATH_MANIFEST, FAIL_MANIFEST_INVALID, "no line for " PATH_INIT);
}

/* As check_policy_form() of ima-init; the rules themselves are the kernel's to judge. */
void layout_check_policy(struct layout *layout)
{
	size_t size;
	unsigned rules = 0;
	char *text = layout_lists(layout, PATH_POLICY)
		? read_inside(layout, PATH_POLICY, LIMIT_POLICY, &size, FAIL_FILE_MISSING)
		: NULL;

	if (!text)
		return;
	for (char *line = text; line < text + size; line += strcspn(line, "\n") + 1) {
		char first = line[strspn(line, " \t")];

		rules += first != '#' && first != '\n' && first != '\0';
	}
	if (strlen(text) != size || strchr(text, '\r'))
		tell(layout, PATH_POLICY, FAIL_POLICY_INVALID, "it has a NUL byte or a CR");
	if (text[size - 1] != '\n')
		tell(layout, PATH_POLICY, FAIL_POLICY_INVALID, "its last line does not end");
	if (rules == 0)
		tell(layout, PATH_POLICY, FAIL_POLICY_INVALID, "it has no rule");
	free(text);
}

static bool lists_below(const struct layout *layout, const char *directory)
{
	for (size_t i = 0; i < layout->path_count; i++)
		if (strncmp(layout->paths[i], directory, strlen(directory)) == 0)
			return true;
	return false;
}

static size_t words_in(const char *text)
{
	size_t count = 0;

	for (; *(text += strspn(text, " \t")); text += strcspn(text, " \t"))
		count++;
	return count;
}

/* As check_contradictions() of ima-init, but for what depends on the program. */
void layout_check_contradictions(struct layout *layout)
{
	const struct site_conf *conf = layout->conf;
	bool none = strcmp(conf->evm, "none") == 0;
	const struct {
		bool wrong;
		const char *what;
	} contradictions[] = {
		{ conf->rescues && !conf->rescue, "on-failure = rescue, but no rescue program is named" },
		{ conf->rescues && conf->rescue && !layout_lists(layout, conf->rescue),
		  "on-failure = rescue, but the rescue program is not there, or not listed" },
		{ conf->root && words_in(conf->root) > 3, "root is DEVICE, TYPE and FLAGS, and more is there" },
		{ conf->root_overlay && (strncmp(conf->root_overlay, "tmpfs", strlen("tmpfs")) != 0 ||
					 !strchr(" \t", conf->root_overlay[strlen("tmpfs")]) ||
					 words_in(conf->root_overlay) > 2),
		  "root-overlay is tmpfs and OPTIONS" },
		{ conf->restore && (conf->root || conf->root_overlay),
		  "root and restore, but there is one root" },
		{ conf->restore && !conf->trusted_keyrings, "trusted-keyrings = no, but restore is given" },
		{ conf->restore && !conf->policy_required, "policy = none, but restore is given" },
		{ !conf->policy_required && layout_lists(layout, PATH_POLICY),
		  "policy = none, but " PATH_POLICY " is there" },
		{ conf->kmk_pcrs && !conf->kmk_trusted, "kmk-pcrs without kmk = trusted" },
		{ conf->provision && !conf->device_keys, "provision without device-keys" },
		{ conf->device_keys && (strcmp(conf->evm, "hmac") != 0 || !conf->kmk_trusted),
		  "device-keys without evm = hmac and kmk = trusted" },
		{ (strcmp(conf->evm, "hmac") != 0 || conf->device_keys) &&
		  (layout_lists(layout, PATH_KMK) || layout_lists(layout, PATH_EVM_KEY)),
		  "evm is not hmac, or device-keys is given, but kmk or evm-key is there" },
		{ none && (layout_lists(layout, PATH_X509_EVM) || lists_below(layout, DIR_KEYS_EVM)),
		  "evm = none, but certificates for EVM are there" },
		{ none && conf->evm_xattrs[0], "evm = none, but evm-xattrs is given" },
	};

	for (size_t i = 0; i < sizeof(contradictions) / sizeof(contradictions[0]); i++)
		if (contradictions[i].wrong)
			tell(layout, PATH_CONF, FAIL_CONF_INVALID, "%s", contradictions[i].what);
}

void layout_check_device_keys(struct layout *layout)
{
	const char *place = layout->conf->device_keys;

	if (place && strcmp(place, "root") == 0)
		tell(layout, PATH_CONF, FAIL_CONF_INVALID, "device-keys = root, but no root is mounted yet");
}

/* A disk, or an initrd image: what another program would say of it, or of its init.conf. */
static void check_program(struct layout *layout)
{
	const struct site_conf *conf = layout->conf;
	char path[TREE_PATH_SIZE];
	enum program program =
		layout_place(layout, PATH_INIT, path) ? program_of(path) : PROGRAM_OTHER;

	if (program == PROGRAM_INITRAMFS)
		tell(layout, PATH_INIT, FAIL_NOT_INITRAMFS, "it is ima-init-initramfs: on a disk install "
		     "ima-init; an initramfs is verified with --initramfs");
	if (program == PROGRAM_INITRD && !conf->names_root)
		tell(layout, PATH_INIT, FAIL_NOT_INITRD, "it is ima-init-initrd, and init.conf names no "
		     "root, which an initrd image needs: on a disk install ima-init");
	if (!conf->trusted_keyrings || conf->restore)
		tell(layout, PATH_CONF, FAIL_CONF_INVALID, "%s, but only ima-init-initramfs %s",
		     conf->restore ? "restore is given" : "trusted-keyrings = no",
		     conf->restore ? "restores signatures" : "makes any");
	if (program == PROGRAM_INITRD)
		layout_check_device_keys(layout);
	if (program == PROGRAM_DISK && (conf->root || conf->root_overlay))
		tell(layout, PATH_CONF, FAIL_CONF_INVALID,
		     "root or root-overlay is given, but ima-init mounts no root");
}

unsigned layout_read_conf(const char *directory, struct site_conf *conf, finding_function *found,
			  void *data)
{
	struct layout layout = { .directory = directory, .found = found, .data = data };
	size_t size;
	unsigned line;

	site_conf_defaults(conf);
	if (!path_exists(directory, PATH_CONF + strlen(ROOT_DIR)))
		return 0;
	char *text = read_inside(&layout, PATH_CONF, LIMIT_CONF, &size, FAIL_FILE_MISSING);

	if (!text)
		return layout.count;
	memcpy(conf->text, text, size + 1);
	free(text);
	const char *wrong = site_conf_parse(conf, size, &line);

	if (wrong)
		tell(&layout, PATH_CONF, FAIL_CONF_INVALID, "line %u: %s", line, wrong);
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
		    !ima_needs_no_line(inside) && !layout_lists(layout, inside))
			tell(layout, inside, FAIL_FILE_UNLISTED, "the manifest does not list it");
	}
	if (fts)
		(void)fts_close(fts);
}

unsigned layout_verify(const char *root, const char *directory, const struct site_conf *conf,
		       const struct verifying *verifying, finding_function *found, void *data,
		       void (*pinned)(void *data, const char *path, const char *inside))
{
	struct layout layout = { .root = root, .directory = directory, .conf = conf,
				 .verifying = verifying, .found = found, .data = data,
				 .pinned = pinned };

	layout.count = ima_directory_check(root, directory, &verifying->target, found, data);
	check_manifest(&layout);
	if (layout.manifest) {
		find_unlisted(&layout);
		layout_check_keys(&layout);
		layout_check_policy(&layout);
		layout_check_canary(&layout, PATH_CANARY, 0, 0, CANARY_XATTR, FAIL_CANARY_UNFIT);
		layout_check_needed(&layout);
		layout_check_contradictions(&layout);
	}
	check_program(&layout);
	if (!conf->names_root)
		layout_check_next_init(&layout, conf->next_init, false);
	free(layout.manifest);
	return layout.count;
}
