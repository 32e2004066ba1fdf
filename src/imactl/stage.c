/* SPDX-License-Identifier: MIT */
/*
 * A new /ima beside the old one. Both are names in the root directory, so that one
 * renameat2(RENAME_EXCHANGE) changes one directory, and no entry ".." below.
 */
#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attributes.h"
#include "layout.h"
#include "remove_tree.h"
#include "report.h"

#define NAME_IMA (ROOT_DIR + 1)
#define BUFFER   65536

static bool refuse(const struct stage *stage, const char *name, const char *reason)
{
	char path[TREE_PATH_SIZE + 16];

	(void)snprintf(path, sizeof(path), "%s/%s", stage->root, name);
	complain(path, "install", "%s", reason);
	return false;
}

/* ---- begin ---- */

/* A mount point cannot be renamed, and what is in it would not be what the kernel boots. */
static bool is_mounted(const struct stage *stage, const char *name, const struct stat *root)
{
	struct statx status;

	if (statx(stage->directory, name, AT_SYMLINK_NOFOLLOW, STATX_INO, &status) < 0)
		return false;
	return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) ||
		makedev(status.stx_dev_major, status.stx_dev_minor) != root->st_dev;
}

static bool can_replace(struct stage *stage)
{
	struct stat root, status;

	if (fstat(stage->directory, &root) < 0)
		return refuse(stage, "", strerror(errno));
	if (is_mounted(stage, NAME_IMA, &root))
		return refuse(stage, NAME_IMA,
			      "it is a mount point, and cannot be replaced in one step: "
			      "unmount it, or install into the file system that is mounted there");
	if (is_mounted(stage, NAME_STAGED, &root))
		return refuse(stage, NAME_STAGED, "something is mounted there: unmount it");
	if (fstatat(stage->directory, NAME_IMA, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || refuse(stage, NAME_IMA, strerror(errno));
	stage->replaces = true;
	return S_ISDIR(status.st_mode) || refuse(stage, NAME_IMA, "it is there, and no directory");
}

bool stage_begin(struct stage *stage, const char *root, const volatile bool *stop)
{
	*stage = (struct stage){ .root = root, .stop = stop };
	stage->directory = open(root[0] ? root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (stage->directory < 0)
		return refuse(stage, "", strerror(errno));
	if (flock(stage->directory, LOCK_EX | LOCK_NB) < 0) {
		int error = errno;

		/* What is staged there is not ours. */
		(void)close(stage->directory);
		stage->directory = -1;
		return refuse(stage, "",
			      error == EWOULDBLOCK ? "another imactl install is at work here"
						   : strerror(error));
	}
	if (!path_join(stage->path, root, "/" NAME_STAGED) || !can_replace(stage))
		return false;
	int error = remove_tree(stage->directory, NAME_STAGED);

	stage->is_ours = error == 0;
	return error == 0 || refuse(stage, NAME_STAGED, strerror(-error));
}

/* ---- fill ---- */

struct filling {
	struct stage *stage;
	struct sidecar *sidecar;
	const char *tree;
};

static bool fill_refuses(const struct filling *filling, const char *inside, const char *reason)
{
	char path[2 * TREE_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s%s", filling->tree, inside);
	complain(path, "install", "%s", reason);
	return false;
}

/*
 * With an HMAC key, EVM lets nobody set attributes of a file that has none, unless IMA has seen
 * it made (evm_protect_xattr(), seen on 6.1): any rule that appraises it will do. Rules for
 * FILE_CHECK have done it when it was opened, those for MMAP_CHECK, which every policy of ours
 * has, do it here. What the kernel says does not matter.
 */
static void show_to_ima(int file)
{
	void *mapped = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);

	if (mapped != MAP_FAILED)
		(void)munmap(mapped, 1);
}

static int copy_bytes(int from, int to, const struct stat *status)
{
	char buffer[BUFFER];
	off_t done = 0;
	ssize_t count;

	while ((count = read(from, buffer, sizeof(buffer))) > 0) {
		if (write(to, buffer, (size_t)count) != count)
			return errno != 0 ? -errno : -ENOSPC;
		done += count;
	}
	return count < 0 ? -errno : done != status->st_size ? -ESTALE : 0;
}

static bool has_canary(const char *inside, const struct value *ima)
{
	return strcmp(inside, PATH_CANARY_EXEC) == 0 && ima->size == CANARY_XATTR_SIZE &&
		memcmp(ima->data, CANARY_EXEC_XATTR, CANARY_XATTR_SIZE) == 0;
}

/* Owner and mode before the signatures, which are over them; and all of it on the disk. */
static int finish_file(struct filling *filling, int file, const char *inside,
		       const struct stat *status)
{
	struct value ima, evm;
	int error = signatures_read(filling->sidecar, file, inside, &ima, &evm);
	uid_t owner = has_canary(inside, &ima) ? CANARY_EXEC_UID : 0;

	if (error == 0 && (fchown(file, owner, owner) < 0 ||
			   fchmod(file, status->st_mode & 07777) < 0))
		error = -errno;
	if (error == 0)
		error = attributes_write(file, &ima, &evm, NULL);
	if (error == 0 && fsync(file) < 0)
		error = -errno;
	return error;
}

static const char *reason_of(int error)
{
	switch (error) {
	case -EINVAL: return "it is not a regular file";
	case -ESTALE: return "it changed while it was read";
	case -EPERM:
		return "Operation not permitted: only root may set security attributes, and none may "
		       "where EVM has an HMAC key and no rule in force appraises new files";
	case -EOPNOTSUPP: return "the file system has no security attributes";
	default:          return strerror(-error);
	}
}

static bool fill_file(struct filling *filling, int from, int to, const char *name,
		      const char *inside)
{
	struct stat status;
	AUTO_CLOSE int source =
		openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (source < 0 || fstat(source, &status) < 0)
		return fill_refuses(filling, inside, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fill_refuses(filling, inside, reason_of(-EINVAL));
	AUTO_CLOSE int file = openat(to, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				     0600);

	if (file < 0)
		return fill_refuses(filling, inside, strerror(errno));
	show_to_ima(file);
	int error = (errno = 0, copy_bytes(source, file, &status));

	if (error == 0)
		error = finish_file(filling, file, inside, &status);
	filling->stage->files++;
	return error == 0 || fill_refuses(filling, inside, reason_of(error));
}

static bool fill_directory(struct filling *filling, int from, int to, const char *inside,
			   unsigned depth);

static bool fill_below(struct filling *filling, int from, int to, const char *name,
		       const char *inside, unsigned depth)
{
	AUTO_CLOSE int source =
		openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (source < 0 || mkdirat(to, name, 0755) < 0)
		return fill_refuses(filling, inside, strerror(errno));
	AUTO_CLOSE int made = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* Whatever the umask is. */
	if (made < 0 || fchmod(made, 0755) < 0)
		return fill_refuses(filling, inside, strerror(errno));
	return fill_directory(filling, source, made, inside, depth);
}

static bool fill_entry(struct filling *filling, int from, int to, const char *name,
		       const char *above, unsigned depth)
{
	char inside[TREE_PATH_SIZE];
	struct stat status;

	if (snprintf(inside, sizeof(inside), "%s/%s", above, name) >= (int)sizeof(inside))
		return fill_refuses(filling, above, strerror(ENAMETOOLONG));
	if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return fill_refuses(filling, inside, strerror(errno));
	if (*filling->stage->stop)
		return fill_refuses(filling, inside, "interrupted");
	return S_ISDIR(status.st_mode)
		? fill_below(filling, from, to, name, inside, depth + 1)
		: fill_file(filling, from, to, name, inside);
}

static bool fill_directory(struct filling *filling, int from, int to, const char *inside,
			   unsigned depth)
{
	int copy = depth > LIMIT_TREE_DEPTH ? -1 : fcntl(from, F_DUPFD_CLOEXEC, 3);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	bool right = directory != NULL;

	if (!right)
		return fill_refuses(filling, inside,
				    depth > LIMIT_TREE_DEPTH
					    ? "deeper than 8 directories below " ROOT_DIR
					    : strerror(errno));
	while (right && (errno = 0, entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			right = fill_entry(filling, from, to, entry->d_name, inside, depth);
	if (right && errno != 0)
		right = fill_refuses(filling, inside, strerror(errno));
	(void)closedir(directory);
	return right;
}

bool stage_fill(struct stage *stage, const char *tree, struct sidecar *sidecar)
{
	struct filling filling = { stage, sidecar, tree };
	char from[TREE_PATH_SIZE];

	if (!path_join(from, tree, ROOT_DIR))
		return false;
	AUTO_CLOSE int source = open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (source < 0)
		return fill_refuses(&filling, ROOT_DIR, strerror(errno));
	if (mkdirat(stage->directory, NAME_STAGED, 0755) < 0)
		return refuse(stage, NAME_STAGED, strerror(errno));
	AUTO_CLOSE int made = openat(stage->directory, NAME_STAGED,
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (made < 0 || fchmod(made, 0755) < 0)
		return refuse(stage, NAME_STAGED, strerror(errno));
	return fill_directory(&filling, source, made, ROOT_DIR, 0);
}

/* ---- exchange ---- */

static const char *exchange_reason(int error)
{
	switch (error) {
	case EINVAL:
	case ENOSYS:
	case EOPNOTSUPP:
		return "this file system cannot exchange two directories in one step "
		       "(RENAME_EXCHANGE); ext4, btrfs, xfs, f2fs and ubifs can: nothing was changed";
	case EXDEV:
		return "it is of a lower layer of an overlay, or of another file system, and cannot be "
		       "replaced in one step: nothing was changed";
	case EBUSY: return "it is a mount point: nothing was changed";
	default:    return strerror(error);
	}
}

bool stage_exchange(struct stage *stage)
{
	unsigned flags = stage->replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;

	if (*stage->stop)
		return refuse(stage, NAME_IMA, "interrupted; nothing was changed");
	/* All of the new one is on the disk before the name is; fsync() told of what cannot be. */
	if (syncfs(stage->directory) < 0)
		return refuse(stage, NAME_STAGED, strerror(errno));
	if (renameat2(stage->directory, NAME_STAGED, stage->directory, NAME_IMA, flags) < 0)
		return refuse(stage, NAME_IMA, exchange_reason(errno));
	/* Before the old one is removed. */
	if (syncfs(stage->directory) < 0)
		complain(stage->root, "sync", "%s", strerror(errno));
	return true;
}

void stage_end(struct stage *stage)
{
	if (stage->directory < 0)
		return;
	if (stage->is_ours && remove_tree(stage->directory, NAME_STAGED) < 0)
		complain(stage->path, "remove", "what is left of it goes with the next imactl install");
	(void)close(stage->directory);
	stage->directory = -1;
}
