/* SPDX-License-Identifier: MIT */
/* Removing a directory and all that is in it. */
#include "remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attributes.h"

#define ENTRIES_SIZE 4096
#define DEPTH_MAX    256

atomic_bool remove_tree_in_handler;

static int look(int directory, const char *name, struct statx *status)
{
	return (int)syscall(SYS_statx, directory, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
			    STATX_TYPE, status);
}

static int remove_one(int directory, const char *name, int flags)
{
	/* Else by fakeroot's function, so that it forgets the inode. */
	return remove_tree_in_handler ? (int)syscall(SYS_unlinkat, directory, name, flags)
				      : unlinkat(directory, name, flags);
}

static bool on_one_device(const struct statx *one, const struct statx *other)
{
	return one->stx_dev_major == other->stx_dev_major &&
		one->stx_dev_minor == other->stx_dev_minor;
}

static int remove_below(int directory, const char *name, const struct statx *device, unsigned depth);

/* All that one call of getdents64() gave. */
static int remove_entries(int directory, const char *entries, long size, const struct statx *device,
			  unsigned depth)
{
	int error = 0;

	for (long at = 0; error == 0 && at < size;) {
		const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
		const char *name = entry->d_name;

		at += entry->d_reclen;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (remove_one(directory, name, 0) < 0 && errno != ENOENT)
			error = errno == EISDIR || errno == EPERM
				? remove_below(directory, name, device, depth + 1)
				: -errno;
	}
	return error;
}

static int remove_below(int directory, const char *name, const struct statx *device, unsigned depth)
{
	_Alignas(struct dirent64) char entries[ENTRIES_SIZE];
	struct statx status;
	long size;
	int error = 0;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	AUTO_CLOSE int below =
		openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below < 0 || look(below, "", &status) < 0)
		return -errno;
	if (!on_one_device(&status, device))
		return -EXDEV;
	/* What is removed may make the directory's end come early: until nothing is left. */
	while (error == 0 && (size = syscall(SYS_getdents64, below, entries, sizeof(entries))) > 0)
		error = remove_entries(below, entries, size, device, depth);
	if (error == 0 && size < 0)
		error = -errno;
	if (error == 0 && remove_one(directory, name, AT_REMOVEDIR) < 0)
		error = -errno;
	return error;
}

int remove_tree(int directory, const char *name)
{
	struct statx status, above;

	if (look(directory, name, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(status.stx_mode))
		return remove_one(directory, name, 0) < 0 ? -errno : 0;
	return look(directory, ".", &above) < 0 ? -errno : remove_below(directory, name, &above, 0);
}
