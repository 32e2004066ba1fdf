/* SPDX-License-Identifier: MIT */
/*
 * A new /ima beside the old one. Both are names in the root directory, so that one
 * renameat2(RENAME_EXCHANGE) changes one directory, and no entry ".." below.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attributes.h"
#include "interrupt.h"
#include "layout.h"
#include "remove_tree.h"
#include "report.h"
#include "temporary.h"

#define NAME_IMA   "ima"             /* ROOT_DIR, in the root */
#define BUFFER     65536

_Static_assert(sizeof(NAME_IMA) + 1 == sizeof(ROOT_DIR), "the same name");

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
	if (is_mounted(stage, TEMPORARY_IMA, &root))
		return refuse(stage, TEMPORARY_IMA, "something is mounted there: unmount it");
	if (fstatat(stage->directory, NAME_IMA, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || refuse(stage, NAME_IMA, strerror(errno));
	stage->replaces = true;
	return S_ISDIR(status.st_mode) || refuse(stage, NAME_IMA, "it is there, and no directory");
}

bool stage_begin(struct stage *stage, const char *root)
{
	*stage = (struct stage){ .root = root, .lock = -1 };
	stage->directory = open(root[0] ? root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (stage->directory < 0)
		return refuse(stage, "", strerror(errno));
	stage->lock = lock_take(stage->directory, TEMPORARY_IMA_LOCK);

	/* What is staged there is another's. */
	if (stage->lock < 0)
		return refuse(stage, TEMPORARY_IMA_LOCK,
			      stage->lock == -EWOULDBLOCK ? "another imactl install is at work here"
							  : strerror(-stage->lock));
	if (!path_join(stage->path, root, "/" TEMPORARY_IMA) || !can_replace(stage))
		return false;
	int error = remove_tree(stage->directory, TEMPORARY_IMA);
	stage->is_ours = error == 0;
	return error == 0 || refuse(stage, TEMPORARY_IMA, strerror(-error));
}

/* ---- fill ---- */

struct filling {
	struct stage *stage;
	const char *tree;
	int from, to;                /* descriptors: the tree, and what will be /ima */
	bool right;
};

static void fill_refuses(struct filling *filling, const char *path, const char *reason)
{
	char whole[2 * TREE_PATH_SIZE];

	(void)snprintf(whole, sizeof(whole), "%s/%s", filling->tree, path);
	complain(whole, "install", "%s", reason);
	filling->right = false;
}

static const char *reason_of(int error)
{
	switch (error) {
	case -ENOENT: return "the sidecar has it, and it is not there";
	case -EINVAL: return "it is not a regular file";
	case -ELOOP:
	case -EXDEV:  return "a symlink, or a way out of the tree";
	case -ESTALE: return "it changed while it was read";
	case -EPROTO:
		return "set-user-ID or set-group-ID, and nothing in " ROOT_DIR " is: chmod ug-s it, and "
		       "sign the tree again";
	case -EPERM:
		return "Operation not permitted: only root may set security attributes, and none may "
		       "where EVM has an HMAC key and no rule in force appraises new files";
	case -EOPNOTSUPP: return "the file system has no security attributes";
	default:          return strerror(-error);
	}
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
	ssize_t count = 0;

	/* Not on and on, while somebody else makes it longer. */
	while (done <= status->st_size && (count = read(from, buffer, sizeof(buffer))) > 0) {
		errno = 0;
		if (write(to, buffer, (size_t)count) != count)
			return errno != 0 ? -errno : -ENOSPC;
		done += count;
	}
	return count < 0 ? -errno : done != status->st_size ? -ESTALE : 0;
}

/* Owner and mode before the signatures, which are over them; and all of it on the disk. */
static int finish_file(int file, const struct stat *status, uid_t owner, const struct value *ima,
		       const struct value *evm)
{
	if (fchown(file, owner, owner) < 0 || fchmod(file, status->st_mode & 07777) < 0)
		return -errno;
	int error = attributes_write(file, ima, evm, NULL);

	return error != 0 ? error : fsync(file) < 0 ? -errno : 0;
}

/* What leads to a name, whatever the umask is. Descriptor of the last directory, or -errno. */
static int make_parents(int to, const char *inside, const char **name)
{
	int directory = fcntl(to, F_DUPFD_CLOEXEC, 3);

	for (*name = inside; directory >= 0 && strchr(*name, '/');) {
		AUTO_CLOSE int above = directory;
		char part[NAME_MAX + 1];
		size_t length = strcspn(*name, "/");

		if (length >= sizeof(part))
			return -ENAMETOOLONG;
		memcpy(part, *name, length);
		part[length] = '\0';
		*name += length + 1;
		if (mkdirat(above, part, 0755) < 0 && errno != EEXIST)
			return -errno;
		directory = openat(above, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (directory >= 0 && fchmod(directory, 0755) < 0) {
			int error = -errno;

			(void)close(directory);
			return error;
		}
	}
	return directory < 0 ? -errno : directory;
}

/* It is nobody else's: ima-init wants it of this uid. */
static uid_t owner_of(const char *inside, const struct value *ima)
{
	bool is_canary = strcmp(inside, PATH_CANARY_EXEC + 1) == 0 &&
		ima->size == CANARY_XATTR_SIZE &&
		memcmp(ima->data, CANARY_EXEC_XATTR, CANARY_XATTR_SIZE) == 0;

	return is_canary ? CANARY_EXEC_UID : 0;
}

/* As show_to_ima() says, or by mknod(2), which is what EVM itself looks at since Linux 6.9. */
static int make_file(int directory, const char *name, bool by_mknod)
{
	if (by_mknod && mknodat(directory, name, S_IFREG | 0600, 0) < 0)
		return -errno;
	int file = openat(directory, name, O_RDWR | (by_mknod ? 0 : O_CREAT | O_EXCL) |
			  O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file >= 0)
		show_to_ima(file);
	return file < 0 ? -errno : file;
}

static int fill_file(const struct filling *filling, const char *path, const struct value *ima,
		     const struct value *evm)
{
	struct stat status;
	const char *name;
	AUTO_CLOSE int source = tree_open_inside(filling->from, path);

	if (source >= 0 && fstat(source, &status) < 0)
		return -errno;
	/* It would be root's, of what may be somebody else's bytes, before any is verified. */
	if (source >= 0 && (status.st_mode & (S_ISUID | S_ISGID)))
		return -EPROTO;
	AUTO_CLOSE int directory =
		source < 0 ? source : make_parents(filling->to, path + strlen(NAME_IMA "/"), &name);

	if (directory < 0)
		return directory;
	int error = -EPERM;

	/* What the kernel goes by is found out by trying. */
	for (int by_mknod = 0; by_mknod < 2 && error == -EPERM; by_mknod++) {
		if (by_mknod && unlinkat(directory, name, 0) < 0)
			return -errno;
		AUTO_CLOSE int file = make_file(directory, name, by_mknod);

		if (file < 0 || lseek(source, 0, SEEK_SET) < 0)
			return file < 0 ? file : -errno;
		error = copy_bytes(source, file, &status);
		if (error == 0)
			error = finish_file(file, &status, owner_of(path, ima), ima, evm);
	}
	return error;
}

static bool fill_entry(void *data, const char *path, const struct value *ima,
		       const struct value *evm, const struct value *capability)
{
	struct filling *filling = data;

	if (strncmp(path, NAME_IMA "/", strlen(NAME_IMA "/")) != 0)
		return true;
	if (interrupted()) {
		fill_refuses(filling, path, "interrupted");
		return false;
	}
	if (capability->size > 0) {
		fill_refuses(filling, path,
			     "the sidecar has a capability for it, and nothing in " ROOT_DIR
			     " needs one");
		return false;
	}
	int error = fill_file(filling, path, ima, evm);

	if (error != 0)
		fill_refuses(filling, path, reason_of(error));
	filling->stage->files++;
	return error == 0;
}

bool stage_fill(struct stage *stage, const char *tree, const struct sidecar *sidecar)
{
	struct filling filling = { .stage = stage, .tree = tree, .right = true };
	AUTO_CLOSE int from = open(tree[0] ? tree : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (from < 0) {
		complain(tree, "install", "%s", strerror(errno));
		return false;
	}
	if (mkdirat(stage->directory, TEMPORARY_IMA, 0755) < 0)
		return refuse(stage, TEMPORARY_IMA, strerror(errno));
	AUTO_CLOSE int to = openat(stage->directory, TEMPORARY_IMA,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (to < 0 || fchmod(to, 0755) < 0)
		return refuse(stage, TEMPORARY_IMA, strerror(errno));
	filling.from = from;
	filling.to = to;
	sidecar_for_each(sidecar, &filling, fill_entry);
	return filling.right;
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

	if (interrupted())
		return refuse(stage, NAME_IMA, "interrupted; nothing was changed");
	/* All of the new one is on the disk before the name is; fsync() told of what cannot be. */
	if (syncfs(stage->directory) < 0)
		return refuse(stage, TEMPORARY_IMA, strerror(errno));
	if (renameat2(stage->directory, TEMPORARY_IMA, stage->directory, NAME_IMA, flags) < 0)
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
	if (stage->is_ours && remove_tree(stage->directory, TEMPORARY_IMA) < 0)
		complain(stage->path, "remove", "what is left of it goes with the next imactl install");
	lock_release(stage->directory, TEMPORARY_IMA_LOCK, stage->lock);
	(void)close(stage->directory);
	stage->directory = -1;
}
