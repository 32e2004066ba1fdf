/* SPDX-License-Identifier: MIT */
/* A path inside a root, followed as execve() will on the machine. */
#include "root_path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "layout.h"

#define WRITABLE_BY_OTHERS 0022

struct walk {
	const char *root;
	char done[TREE_PATH_SIZE];   /* where it is: no symlink, no dots, "" for the root */
	char left[2 * LIMIT_PATH];
	unsigned links;
};

/* Takes the next component off what is left. */
static bool next_component(struct walk *walk, char component[LIMIT_PATH])
{
	const char *name = walk->left + strspn(walk->left, "/");
	size_t length = strcspn(name, "/");

	if (length == 0 || length >= LIMIT_PATH)
		return false;
	memcpy(component, name, length);
	component[length] = '\0';
	memmove(walk->left, name + length, strlen(name + length) + 1);
	return true;
}

/* On the machine .. in the root directory is the root directory. */
static void go_up(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	if (slash)
		*slash = '\0';
}

static enum failure_code follow_link(struct walk *walk, const char *path, const char **reason)
{
	char target[LIMIT_PATH];
	ssize_t length = readlink(path, target, sizeof(target));
	size_t rest = strlen(walk->left);

	*reason = length < 0 ? strerror(errno) : "a symlink leads to a path of more than 255 bytes";
	if (length < 0)
		return FAIL_FILE_UNREADABLE;
	if (length == 0 || length == sizeof(target) ||
	    (size_t)length + rest + 1 >= sizeof(walk->left))
		return FAIL_FILE_TYPE;
	*reason = "more than 40 symlinks";
	if (++walk->links > LIMIT_SYMLINKS)
		return FAIL_FILE_TYPE;
	memmove(walk->left + length, walk->left, rest + 1);
	memcpy(walk->left, target, (size_t)length);
	if (target[0] == '/')
		walk->done[0] = '\0';
	go_up(walk);
	return FAIL_NONE;
}

static enum failure_code check_file(const struct stat *status, const char **reason)
{
	*reason = "not a regular file";
	if (!S_ISREG(status->st_mode))
		return FAIL_FILE_TYPE;
	*reason = "group or others can write it";
	if (status->st_mode & WRITABLE_BY_OTHERS)
		return FAIL_FILE_MODE;
	*reason = "larger than 268435456 bytes";
	_Static_assert(LIMIT_PROGRAM == 268435456, "as it is worded");
	return status->st_size > LIMIT_PROGRAM ? FAIL_FILE_TOO_LARGE : FAIL_NONE;
}

/* What lstat() gave for a component; @last: nothing is left behind it. */
static enum failure_code check_component(struct walk *walk, const char *path,
					 const struct stat *status, bool last, const char **reason)
{
	*reason = "it, or what is on the way to it, does not belong to root";
	if (status->st_uid != 0)
		return FAIL_FILE_OWNER;
	if (S_ISLNK(status->st_mode))
		return follow_link(walk, path, reason);
	if (!S_ISDIR(status->st_mode) && last)
		return check_file(status, reason);
	*reason = "a directory on the way is none";
	if (!S_ISDIR(status->st_mode))
		return FAIL_FILE_TYPE;
	*reason = "group or others can write a directory on the way";
	return status->st_mode & WRITABLE_BY_OTHERS && !(status->st_mode & S_ISVTX) ? FAIL_FILE_MODE
										    : FAIL_NONE;
}

enum failure_code root_find(const char *root, const struct evm_target *target, const char *inside,
			    char *path, struct stat *status, const char **reason)
{
	struct walk walk = { .root = root };
	char component[LIMIT_PATH];

	*reason = "a path of more than 255 bytes";
	if (strlen(inside) >= LIMIT_PATH)
		return FAIL_FILE_MISSING;
	(void)strcpy(walk.left, inside);
	for (;;) {
		*reason = "it leads to a directory";
		if (!next_component(&walk, component))
			return FAIL_FILE_TYPE;
		if (strcmp(component, ".") == 0)
			continue;
		if (strcmp(component, "..") == 0) {
			go_up(&walk);
			continue;
		}
		*reason = "the path is too long";
		if (strlen(walk.done) + strlen(component) + 2 > sizeof(walk.done))
			return FAIL_FILE_MISSING;
		(void)stpcpy(stpcpy(walk.done + strlen(walk.done), "/"), component);
		if (!path_join(path, root, walk.done))
			return FAIL_FILE_MISSING;
		*reason = "it is not there";
		if (lstat(path, status) < 0)
			return errno == ENOENT ? FAIL_FILE_MISSING : FAIL_FILE_TYPE;
		evm_target_status(target, walk.done, status);
		enum failure_code code =
			check_component(&walk, path, status, walk.left[0] == '\0', reason);

		if (code != FAIL_NONE || S_ISREG(status->st_mode))
			return code;
	}
}
