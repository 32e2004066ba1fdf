/* SPDX-License-Identifier: MIT */
/* Owners and modes that files will have and do not have here. */
#include "permissions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "input.h"
#include "layout.h"
#include "report.h"
#include "tree.h"

#define LINE_BYTES (2 * TREE_PATH_SIZE)
#define FIELDS 10                    /* name type mode uid gid major minor start inc count */

struct permission {
	char *path;                  /* below the tree, without a leading slash */
	char type;                   /* f or d */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	unsigned long line;
};

struct permissions {
	struct permission *list;     /* sorted by path when it is read */
	size_t count;
};

static void *checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static const char *plain(const char *path)
{
	return path + strspn(path, "/");
}

static int compare(const void *left, const void *right)
{
	return strcmp(((const struct permission *)left)->path,
		      ((const struct permission *)right)->path);
}

/* Digits of a base and nothing else, less than a limit. */
static bool read_number(const char *text, int base, unsigned long limit, unsigned *number)
{
	char *end;
	unsigned long read = (errno = 0, strtoul(text, &end, base));

	if (*text < '0' || *text > '9' || *end || errno != 0 || read >= limit)
		return false;
	*number = (unsigned)read;
	return true;
}

/* One name for each file, so that none is there twice. */
static bool is_plain_path(const char *path)
{
	if (*path != '/' || strlen(path) >= TREE_PATH_SIZE)
		return false;
	for (const char *name = path + 1; *path && strcmp(path, "/") != 0;) {
		size_t length = strcspn(name, "/");

		if (length == 0 || (length <= 2 && strspn(name, ".") >= length))
			return false;
		if (!name[length])
			break;
		name += length + 1;
	}
	return true;
}

static const char *read_fields(char *const *field, unsigned count, struct permission *permission)
{
	if (count < 5)
		return "a line is: path, type, mode, uid, gid";
	if (!is_plain_path(field[0]))
		return "a path begins with /, and has no ., no .. and no empty name";
	if (strcmp(field[0], PATH_CANARY) == 0 || strcmp(field[0], PATH_CANARY_EXEC) == 0)
		return "imactl sign makes the canaries, and ima-init knows their owner and mode";
	if (strlen(field[1]) != 1 || !strchr("fd", field[1][0]))
		return "a type is f (a file) or d (a directory); nothing else is signed, "
		       "and nothing is made";
	if (!read_number(field[2], 8, 010000, &permission->mode))
		return "a mode is octal, 0 to 7777";
	/* 4294967295 stands for none. */
	if (!read_number(field[3], 10, UINT32_MAX, &permission->uid) ||
	    !read_number(field[4], 10, UINT32_MAX, &permission->gid))
		return "uid and gid are numbers";
	for (unsigned i = 5; i < count; i++)
		if (strcmp(field[i], "-") != 0)
			return "what follows the gid is of devices, and - here";
	permission->path = checked(strdup(plain(field[0])));
	permission->type = field[1][0];
	return NULL;
}

static void add(struct permissions *permissions, const struct permission *permission)
{
	size_t count = permissions->count;

	/* Room for 1, 2, 4, 8... */
	if ((count & (count - 1)) == 0)
		permissions->list = checked(realloc(permissions->list,
						    2 * (count + 1) * sizeof(*permission)));
	permissions->list[permissions->count++] = *permission;
}

static const char *read_line(struct permissions *permissions, char *text, unsigned long line)
{
	struct permission permission = { .line = line };
	char *field[FIELDS + 1], *rest;
	unsigned count = 0;

	for (char *word = strtok_r(text, " \t", &rest); word && count <= FIELDS;
	     word = strtok_r(NULL, " \t", &rest))
		field[count++] = word;
	if (count == 0 || field[0][0] == '#')
		return NULL;
	if (count > FIELDS)
		return "a line has 10 fields at most";
	const char *wrong = read_fields(field, count, &permission);

	if (!wrong)
		add(permissions, &permission);
	return wrong;
}

/* The line of the second of two with one path, the later of them; 0: there is none. */
static unsigned long find_twice(const struct permissions *permissions)
{
	for (size_t i = 1; i < permissions->count; i++) {
		const struct permission *one = &permissions->list[i - 1], *other = one + 1;

		if (strcmp(one->path, other->path) == 0)
			return one->line > other->line ? one->line : other->line;
	}
	return 0;
}

struct permissions *permissions_parse(FILE *in, unsigned long *line, const char **wrong)
{
	struct permissions *permissions = checked(calloc(1, sizeof(*permissions)));
	char *text = checked(malloc(LINE_BYTES + 2));
	size_t length;

	*wrong = NULL;
	for (*line = 1; !*wrong && (length = input_line(in, text, LINE_BYTES + 1)) > 0;
	     *line += !*wrong) {
		bool ended = text[length - 1] == '\n';

		text[length - ended] = '\0';
		*wrong = length > LINE_BYTES ? "the line is too long"
			: !ended ? "the last line does not end: the file was cut off"
			: strlen(text) != length - 1 ? "it has a NUL byte"
							     : read_line(permissions, text, *line);
	}
	free(text);
	if (!*wrong && !feof(in))
		*wrong = strerror(errno);
	if (permissions->count > 0)
		qsort(permissions->list, permissions->count, sizeof(*permissions->list), compare);
	if (!*wrong && find_twice(permissions)) {
		*line = find_twice(permissions);
		*wrong = "this path is there already";
	}
	if (!*wrong)
		return permissions;
	permissions_free(permissions);
	return NULL;
}

struct permissions *permissions_read(const char *path)
{
	FILE *in = input_stream(path);
	unsigned long line;
	const char *wrong;

	if (!in) {
		complain(path, "read", "%s", input_reason(errno));
		return NULL;
	}
	struct permissions *permissions = permissions_parse(in, &line, &wrong);

	(void)fclose(in);
	if (!permissions)
		complain(path, "read", "line %lu: %s", line, wrong);
	return permissions;
}

void permissions_free(struct permissions *permissions)
{
	if (!permissions)
		return;
	for (size_t i = 0; i < permissions->count; i++)
		free(permissions->list[i].path);
	free(permissions->list);
	free(permissions);
}

static const char *unfit(const struct permission *permission, int root)
{
	struct stat status;
	AUTO_CLOSE int found = tree_find(root, *permission->path ? permission->path : ".", &status);

	if (found == -ENOENT)
		return "the table of permissions has it, and it is not there";
	if (found == -ELOOP || found == -EXDEV)
		return "the table of permissions has it, and a symlink is on the way";
	if (found < 0)
		return strerror(-found);
	if (permission->type == 'd' ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode))
		return permission->type == 'd' ? "the table of permissions has it as a directory (d)"
					       : "the table of permissions has it as a file (f)";
	if (permission->type == 'f' && status.st_nlink > 1)
		return "it has several names, and the table of permissions speaks of one";
	return NULL;
}

bool permissions_fit(const struct permissions *permissions, const char *tree)
{
	char path[2 * TREE_PATH_SIZE];
	bool right = true;
	AUTO_CLOSE int root = open(tree[0] ? tree : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0) {
		complain(tree, "open", "%s", strerror(errno));
		return false;
	}
	for (size_t i = 0; i < permissions->count; i++) {
		const char *wrong = unfit(&permissions->list[i], root);

		if (!wrong)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", tree, permissions->list[i].path);
		complain(path, "look up", "%s", wrong);
		right = false;
	}
	return right;
}

static const struct permission *find(const struct permissions *permissions, const char *inside)
{
	struct permission key = { .path = (char *)plain(inside) };

	return permissions->count == 0 ? NULL :
		bsearch(&key, permissions->list, permissions->count, sizeof(key), compare);
}

bool permissions_has(const struct permissions *permissions, const char *inside)
{
	return find(permissions, inside) != NULL;
}

void permissions_apply(const struct permissions *permissions, const char *inside,
		       struct stat *status)
{
	const struct permission *found = find(permissions, inside);

	if (!found)
		return;
	status->st_mode = (status->st_mode & S_IFMT) | found->mode;
	status->st_uid = found->uid;
	status->st_gid = found->gid;
}
