/* SPDX-License-Identifier: MIT */
/* Signatures in a file beside the tree: the format of getfattr --dump. */
#include "sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "attributes.h"
#include "input.h"
#include "report.h"
#include "temporary.h"
#include "tree.h"
#include "format/sidecar.h"

#define LINE_MAX_BYTES (4 * TREE_PATH_SIZE + 64)

struct signatures {
	char *path;                  /* no slash before it */
	uint8_t *bytes;              /* security.ima, then security.evm */
	size_t ima_size, evm_size;
	uint8_t *capability;
	size_t capability_size;
	bool used;
};

struct sidecar {
	void *files;               /* tsearch() */
	size_t count;
	pthread_mutex_t lock;
	struct {
		int directory, held; /* descriptors, or -1 */
		char *name;
	} file_lock;
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct signatures *)a)->path, ((const struct signatures *)b)->path);
}

static void free_entry(void *data)
{
	struct signatures *entry = data;

	free(entry->path);
	free(entry->bytes);
	free(entry->capability);
	free(entry);
}

static void *checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

struct sidecar *sidecar_new(void)
{
	struct sidecar *sidecar = checked(calloc(1, sizeof(*sidecar)));

	(void)pthread_mutex_init(&sidecar->lock, NULL);
	sidecar->file_lock.directory = sidecar->file_lock.held = -1;
	return sidecar;
}

void sidecar_free(struct sidecar *sidecar)
{
	if (!sidecar)
		return;
	lock_release(sidecar->file_lock.directory, sidecar->file_lock.name, sidecar->file_lock.held);
	close_descriptor(&sidecar->file_lock.directory);
	free(sidecar->file_lock.name);
	tdestroy(sidecar->files, free_entry);
	free(sidecar);
}

size_t sidecar_count(const struct sidecar *sidecar)
{
	return sidecar->count;
}

static struct signatures *find(const struct sidecar *sidecar, const char *path)
{
	struct signatures key = { .path = (char *)path };
	struct signatures *const *found = tfind(&key, &sidecar->files, compare_paths);

	return found ? *found : NULL;
}

static void set_values(struct signatures *entry, const struct value *ima, const struct value *evm)
{
	free(entry->bytes);
	entry->bytes = checked(malloc(ima->size + evm->size + 1));
	memcpy(entry->bytes, ima->data, ima->size);
	memcpy(entry->bytes + ima->size, evm->data, evm->size);
	entry->ima_size = ima->size;
	entry->evm_size = evm->size;
}

static void get_values(const struct signatures *entry, struct value *ima, struct value *evm)
{
	ima->size = entry ? entry->ima_size : 0;
	evm->size = entry ? entry->evm_size : 0;
	if (!entry)
		return;
	memcpy(ima->data, entry->bytes, ima->size);
	memcpy(evm->data, entry->bytes + ima->size, evm->size);
}

static void set_capability(struct signatures *entry, const struct value *capability)
{
	free(entry->capability);
	entry->capability = checked(malloc(capability->size + 1));
	memcpy(entry->capability, capability->data, capability->size);
	entry->capability_size = capability->size;
}

static void get_capability(const struct signatures *entry, struct value *capability)
{
	capability->size = entry ? entry->capability_size : 0;
	if (capability->size > 0)
		memcpy(capability->data, entry->capability, capability->size);
}

static struct signatures *add(struct sidecar *sidecar, const char *path)
{
	struct signatures *entry = checked(calloc(1, sizeof(*entry)));

	entry->path = checked(strdup(path));
	(void)checked(tsearch(entry, &sidecar->files, compare_paths));
	sidecar->count++;
	return entry;
}

/* ---- reading ---- */

static bool has_dots(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && strncmp(path, "..", 2) == 0)
			return true;
		path += length + (path[length] == '/');
	}
	return false;
}

/* Below the tree, without what getfattr may have put before it. */
static const char *plain_path(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path;
}

static int hex_digit(char digit)
{
	return digit >= '0' && digit <= '9' ? digit - '0' :
	       digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 :
	       digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool decode_hex(const char *text, size_t length, struct value *value)
{
	if (length % 2 != 0 || length / 2 > sizeof(value->data))
		return false;
	for (size_t i = 0; i < length; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		value->data[i / 2] = (uint8_t)(high << 4 | low);
	}
	value->size = length / 2;
	return true;
}

static bool decode_base64(const char *text, size_t length, struct value *value)
{
	uint8_t bytes[sizeof(value->data) + 3];
	size_t padding = length > 1 && text[length - 1] == '=' ? 1 + (text[length - 2] == '=') : 0;

	/* OpenSSL forgives blanks and padding in the middle; getfattr writes neither. */
	if (length == 0 || length % 4 != 0 || length / 4 * 3 - padding > sizeof(value->data) ||
	    strcspn(text, "= \t\r\v\f") != length - padding)
		return false;
	int size = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);

	if (size < 0)
		return false;
	value->size = (size_t)size - padding;
	memcpy(value->data, bytes, value->size);
	return true;
}

/* What is read at the moment. */
struct reading {
	struct sidecar *sidecar;
	struct signatures *entry;         /* NULL: between two files */
	struct value ima, evm, capability;
};

static const char *begin_file(struct reading *reading, char *path)
{
	if (!sidecar_unescape(path))
		return "an escape in the path is not \\ and three octal digits";
	const char *plain = plain_path(path);

	if (!*plain || strlen(plain) >= TREE_PATH_SIZE || has_dots(plain))
		return "a path is below the tree, has no .. and at most 4095 bytes";
	if (find(reading->sidecar, plain))
		return "this file is there already";
	reading->entry = add(reading->sidecar, plain);
	reading->ima.size = reading->evm.size = reading->capability.size = 0;
	return NULL;
}

static const char *end_file(struct reading *reading)
{
	if (!reading->entry)
		return NULL;
	set_values(reading->entry, &reading->ima, &reading->evm);
	set_capability(reading->entry, &reading->capability);
	reading->entry = NULL;
	return reading->ima.size == 0 ? "the file above has no security.ima" : NULL;
}

static bool is_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	return strncmp(line, name, length) == 0 && line[length] == '=';
}

static const char *read_value(struct reading *reading, const char *line)
{
	struct value *value = is_of(line, XATTR_IMA)        ? &reading->ima
			      : is_of(line, XATTR_EVM)        ? &reading->evm
			      : is_of(line, XATTR_CAPABILITY) ? &reading->capability
							      : NULL;

	if (!value)
		return "only security.ima, security.evm and security.capability belong here";
	if (value->size > 0)
		return "the attribute is there already";
	const char *text = strchr(line, '=') + 1;
	bool decoded = strncmp(text, "0x", 2) == 0 ? decode_hex(text + 2, strlen(text + 2), value)
		: strncmp(text, "0s", 2) == 0 ? decode_base64(text + 2, strlen(text + 2), value)
					      : false;

	return decoded && value->size > 0
		? NULL
		: "a value is 0x and hex, or 0s and base64, of 1 to 1024 bytes";
}

static const char *read_line(struct reading *reading, char *line)
{
	if (!*line)
		return end_file(reading);
	if (reading->entry)
		return read_value(reading, line);
	return strncmp(line, SIDECAR_FILE_WORD, strlen(SIDECAR_FILE_WORD)) == 0
		? begin_file(reading, line + strlen(SIDECAR_FILE_WORD))
		: "\"" SIDECAR_FILE_WORD "\" and a path are expected";
}

const char *sidecar_parse(struct sidecar *sidecar, FILE *in, unsigned long *line)
{
	struct reading reading = { .sidecar = sidecar };
	const char *wrong = NULL;
	char *text = checked(malloc(LINE_MAX_BYTES + 2));
	size_t length;

	for (*line = 1; !wrong && (length = input_line(in, text, LINE_MAX_BYTES + 1)) > 0;
	     *line += !wrong) {
		bool ended = text[length - 1] == '\n';

		text[length - ended] = '\0';
		wrong = length > LINE_MAX_BYTES ? "the line is too long"
			: !ended ? "the last line does not end: the file was cut off"
			: strlen(text) != length - 1 ? "it has a NUL byte"
							     : read_line(&reading, text);
	}
	if (!wrong)
		wrong = feof(in) ? end_file(&reading) : strerror(errno);
	free(text);
	return wrong;
}

bool sidecar_lock(struct sidecar *sidecar, const char *path)
{
	char directory[TREE_PATH_SIZE], name[TREE_PATH_SIZE];

	if (!path_join(directory, path, ".lock") || !temporary_beside(name, directory))
		return false;
	const char *slash = strrchr(name, '/');

	(void)snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - name) + 1 : 1,
		       slash ? name : ".");
	sidecar->file_lock.name = checked(strdup(slash ? slash + 1 : name));
	sidecar->file_lock.directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sidecar->file_lock.held = sidecar->file_lock.directory < 0 ? -errno :
		lock_take(sidecar->file_lock.directory, sidecar->file_lock.name);
	if (sidecar->file_lock.held >= 0)
		return true;
	complain(path, "lock", "%s", sidecar->file_lock.held == -EWOULDBLOCK
		 ? "another imactl sign is at work on it; run it again when that has ended"
		 : strerror(-sidecar->file_lock.held));
	return false;
}

bool sidecar_read(struct sidecar *sidecar, const char *path, bool missing_ok)
{
	FILE *in = input_stream(path);
	unsigned long line;

	if (!in && errno == ENOENT && missing_ok)
		return true;
	if (!in) {
		complain(path, "read", "%s", input_reason(errno));
		return false;
	}
	const char *wrong = sidecar_parse(sidecar, in, &line);

	(void)fclose(in);
	if (wrong)
		complain(path, "read", "line %lu: %s", line, wrong);
	return !wrong;
}

/* ---- where it is ---- */

bool sidecar_beside(char *path, const char *tree)
{
	char name[TREE_PATH_SIZE], real[PATH_MAX];

	if (!tree_name(name, tree))
		return false;
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;

	if (*last && strcmp(last, ".") != 0 && strcmp(last, "..") != 0)
		return path_join(path, name, ".sidecar");
	/* With dots, or the slash behind a symlink, that would be a name inside the tree. */
	if (!realpath(tree, real)) {
		complain(tree, "open", "%s", strerror(errno));
		return false;
	}
	return path_join(path, strcmp(real, "/") == 0 ? "root" : real, ".sidecar");
}

const char *sidecar_place_wrong(const char *path, const char *tree)
{
	char directory[TREE_PATH_SIZE], place[PATH_MAX], top[PATH_MAX];
	struct stat status;

	/* What is put in place by renaming takes away a device, and a symlink. */
	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return "it is there, and no regular file";
	if (!path_join(directory, path, ""))
		return "it is too long";
	char *slash = strrchr(directory, '/');

	if (!slash)
		(void)strcpy(directory, ".");
	else
		slash[slash == directory] = '\0';
	/* What is not there is told by whoever opens it. Outside of / there is nothing. */
	if (!realpath(directory, place) || !realpath(tree, top) || strcmp(top, "/") == 0)
		return NULL;
	size_t length = strlen(top);

	return strncmp(place, top, length) == 0 && (place[length] == '/' || !place[length])
		? "it would be inside the tree, and a file of the image that nobody signs"
		: NULL;
}

/* ---- writing ---- */

struct visit {
	sidecar_function *function;
	void *data;
	bool stopped;
};

static void visit_node(const void *node, VISIT order, void *data)
{
	struct visit *visit = data;
	struct value ima, evm, capability;

	if (visit->stopped || (order != postorder && order != leaf))
		return;
	const struct signatures *entry = *(struct signatures *const *)node;

	get_values(entry, &ima, &evm);
	get_capability(entry, &capability);
	visit->stopped = !visit->function(visit->data, entry->path, &ima, &evm, &capability);
}

void sidecar_for_each(const struct sidecar *sidecar, void *data, sidecar_function *function)
{
	struct visit visit = { function, data, false };

	twalk_r(sidecar->files, visit_node, &visit);
}

static void print_value(FILE *out, const char *name, const struct value *value)
{
	if (value->size == 0)
		return;
	fprintf(out, "%s=0x", name);
	for (size_t i = 0; i < value->size; i++)
		fprintf(out, "%02x", value->data[i]);
	fputc('\n', out);
}

/*
 * In the order to set them: where EVM is awake, setting one makes the kernel write security.evm,
 * and none of a file with a portable signature can be changed.
 */
static bool print_entry(void *data, const char *path, const struct value *ima,
			const struct value *evm, const struct value *capability)
{
	FILE *out = data;

	fputs(SIDECAR_FILE_WORD, out);
	for (; *path; path++)
		if (*path == '\n' || *path == '\r' || *path == '\\')
			fprintf(out, "\\%03o", (unsigned char)*path);
		else
			fputc(*path, out);
	fputc('\n', out);
	print_value(out, XATTR_CAPABILITY, capability);
	print_value(out, XATTR_IMA, ima);
	print_value(out, XATTR_EVM, evm);
	fputc('\n', out);
	return !ferror(out);
}

bool sidecar_write(const struct sidecar *sidecar, const char *path)
{
	char new_path[TREE_PATH_SIZE];

	if (!temporary_beside(new_path, path))
		return false;
	(void)unlink(new_path);
	int file = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	FILE *out = file < 0 ? NULL : fdopen(file, "w");

	if (out)
		sidecar_for_each(sidecar, out, print_entry);
	bool written = out && fflush(out) == 0 && !ferror(out) && fsync(file) == 0;
	int error = errno;

	if (out && fclose(out) != 0 && written) {
		written = false;
		error = errno;
	}
	if (written && rename(new_path, path) < 0) {
		written = false;
		error = errno;
	}
	if (!written) {
		complain(path, "write", "%s", strerror(error));
		if (file >= 0)
			(void)unlink(new_path);
	}
	return written;
}

/* ---- pruning ---- */

struct pruning {
	struct sidecar *sidecar;
	bool is_ima;
	struct signatures **stale;
	size_t count;
};

static void collect_stale(const void *node, VISIT order, void *data)
{
	static const char ima[] = ROOT_DIR "/";
	struct pruning *pruning = data;

	if (order != postorder && order != leaf)
		return;
	struct signatures *entry = *(struct signatures *const *)node;
	bool is_below = strncmp(entry->path, ima + 1, strlen(ima + 1)) == 0;

	if (!entry->used && is_below == pruning->is_ima)
		pruning->stale[pruning->count++] = entry;
}

void sidecar_prune(struct sidecar *sidecar, bool is_ima)
{
	struct pruning pruning = { sidecar, is_ima, NULL, 0 };

	pruning.stale = checked(calloc(sidecar->count + 1, sizeof(*pruning.stale)));
	twalk_r(sidecar->files, collect_stale, &pruning);
	for (size_t i = 0; i < pruning.count; i++) {
		(void)tdelete(pruning.stale[i], &sidecar->files, compare_paths);
		free_entry(pruning.stale[i]);
		sidecar->count--;
	}
	free(pruning.stale);
}

/* ---- the signatures of one file ---- */

int signatures_read(struct sidecar *sidecar, int file, const char *inside, struct value *ima,
		    struct value *evm)
{
	if (!sidecar) {
		int error = attribute_read(file, XATTR_IMA, ima);

		return error != 0 ? error : attribute_read(file, XATTR_EVM, evm);
	}
	(void)pthread_mutex_lock(&sidecar->lock);
	struct signatures *entry = find(sidecar, plain_path(inside));

	get_values(entry, ima, evm);
	if (entry)
		entry->used = true;
	(void)pthread_mutex_unlock(&sidecar->lock);
	return 0;
}

int signatures_write(struct sidecar *sidecar, int file, const char *inside, const struct value *ima,
		     const struct value *evm, const struct value *old_ima)
{
	if (!sidecar)
		return attributes_write(file, ima, evm, old_ima);
	(void)pthread_mutex_lock(&sidecar->lock);
	struct signatures *entry = find(sidecar, plain_path(inside));

	if (!entry)
		entry = add(sidecar, plain_path(inside));
	set_values(entry, ima, evm);
	entry->used = true;
	(void)pthread_mutex_unlock(&sidecar->lock);
	return 0;
}

void sidecar_get_capability(struct sidecar *sidecar, const char *inside, struct value *capability)
{
	(void)pthread_mutex_lock(&sidecar->lock);
	get_capability(find(sidecar, plain_path(inside)), capability);
	(void)pthread_mutex_unlock(&sidecar->lock);
}

void sidecar_set_capability(struct sidecar *sidecar, const char *inside,
			    const struct value *capability)
{
	(void)pthread_mutex_lock(&sidecar->lock);
	struct signatures *entry = find(sidecar, plain_path(inside));

	if (entry)
		set_capability(entry, capability);
	(void)pthread_mutex_unlock(&sidecar->lock);
}
