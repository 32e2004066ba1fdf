/* SPDX-License-Identifier: MIT */
/* Files found and opened so that the kernel's rule `fowner=0` covers them. */

/* Ahead of libc's headers: its S_* macros and fcntl.h's must not meet the other way round. */
#include <linux/stat.h>

#include "secure_open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"
#include "kernel_fs.h"
#include "format/text.h"

#define WRITABLE_BY_OTHERS 0022
#define STICKY             01000

/* O_PATH opens nothing: a FIFO does not block and a device does not start. */
#define FIND_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)

int file_facts(int descriptor, struct file_facts *facts)
{
	struct statx status;
	unsigned mask = STATX_TYPE | STATX_MODE | STATX_UID | STATX_GID | STATX_SIZE | STATX_MNT_ID;

	if (syscall(SYS_statx, descriptor, "", AT_EMPTY_PATH, mask, &status) < 0)
		return -errno;
	facts->mode = status.stx_mode;
	facts->uid = status.stx_uid;
	facts->gid = status.stx_gid;
	facts->size = status.stx_size;
	facts->mount = status.stx_mask & STATX_MNT_ID
		? status.stx_mnt_id
		: (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
	facts->is_mount_root = status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}

static const char *type_name(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:  return "regular file";
	case S_IFDIR:  return "directory";
	case S_IFLNK:  return "symlink";
	case S_IFIFO:  return "FIFO";
	case S_IFCHR:  return "character device";
	case S_IFBLK:  return "block device";
	case S_IFSOCK: return "socket";
	default:       return "file of unknown type";
	}
}

static enum failure_code check_place(struct boot *boot, const struct file_facts *facts,
				     const char *path, uint32_t type, uint64_t mount)
{
	if ((facts->mode & S_IFMT) != type)
		return fail(boot, FAIL_FILE_TYPE, "%s is a %s, not a %s", path,
			    type_name(facts->mode), type_name(type));
	if (facts->mount != mount)
		return fail(boot, FAIL_FILE_MOUNT, "%s is on another file system", path);
	return FAIL_NONE;
}

static enum failure_code check_owner(struct boot *boot, const struct file_facts *facts,
				     const char *path)
{
	if (facts->uid != 0)
		return fail(boot, FAIL_FILE_OWNER, "%s belongs to uid %u", path, facts->uid);
	return FAIL_NONE;
}

static enum failure_code check_mode(struct boot *boot, const struct file_facts *facts,
				    const char *path)
{
	if (facts->mode & WRITABLE_BY_OTHERS)
		return fail(boot, FAIL_FILE_MODE, "%s can be written by group or others", path);
	return FAIL_NONE;
}

enum failure_code check_facts(struct boot *boot, const struct file_facts *facts,
			      const char *path, uint32_t type, uint64_t mount)
{
	enum failure_code code = check_place(boot, facts, path, type, mount);

	if (code == FAIL_NONE)
		code = check_owner(boot, facts, path);
	if (code == FAIL_NONE)
		code = check_mode(boot, facts, path);
	return code;
}

static enum failure_code open_failed(struct boot *boot, const char *path, int error)
{
	if (error == ENOENT)
		return fail(boot, FAIL_FILE_MISSING, "%s is not there", path);
	if (error == ENOTDIR)
		return fail(boot, FAIL_FILE_TYPE, "%s: a directory above it is none", path);
	if (error == EACCES)
		return fail(boot, FAIL_FILE_REFUSED, "%s: the kernel refused to open it", path);
	return fail(boot, FAIL_FILE_UNREADABLE, "%s: " ERRNO_FORMAT, path, ERRNO(error));
}

static enum failure_code too_large(struct boot *boot, const char *path, uint64_t limit)
{
	return fail(boot, FAIL_FILE_TOO_LARGE, "%s is larger than %u bytes", path, (unsigned)limit);
}

/* Opens one component and tells what it is. */
static enum failure_code find_component(struct boot *boot, int directory, const char *name,
					const char *path, struct file_facts *facts, int *found)
{
	int descriptor = openat(directory, name, FIND_FLAGS);
	int error;

	if (descriptor < 0)
		return open_failed(boot, path, errno);
	error = -file_facts(descriptor, facts);
	if (error != 0) {
		(void)close(descriptor);
		return open_failed(boot, path, error);
	}
	*found = descriptor;
	return FAIL_NONE;
}

enum failure_code open_ima_dir(struct boot *boot)
{
	struct file_facts root, facts;
	/* An initramfs has an /ima as well. */
	bool is_mounted = boot->new_root >= 0;
	const char *root_name = is_mounted ? "the mounted root" : "/";
	const char *name = is_mounted ? ROOT_DIR " of the mounted root" : ROOT_DIR;
	AUTO_CLOSE int root_dir =
		openat(boot->new_root, is_mounted ? "." : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root_dir < 0 || file_facts(root_dir, &root) < 0)
		return open_failed(boot, root_name, errno);
	enum failure_code code = check_facts(boot, &root, root_name, S_IFDIR, root.mount);

	if (code == FAIL_NONE)
		code = find_component(boot, root_dir, ROOT_DIR + 1, name, &facts, &boot->ima_dir);
	if (code == FAIL_NONE)
		code = check_facts(boot, &facts, name, S_IFDIR, facts.mount);
	if (code != FAIL_NONE)
		return code;
	boot->ima_mount = facts.mount;
	boot->ima_is_mount = facts.mount != root.mount;
	return FAIL_NONE;
}

void leave_above(struct above *above)
{
	close_descriptor(&above->descriptor);
}

enum failure_code secure_find(struct boot *boot, const char *path,
			      struct file_facts *facts, int *found)
{
	char component[LIMIT_PATH];
	bool is_inside = text_starts(path, ROOT_DIR "/");
	__attribute__((cleanup(leave_above))) struct above own = {
		.descriptor = is_inside ? -1 : openat(AT_FDCWD, "/", FIND_FLAGS | O_DIRECTORY), .path = path
	};
	struct above *above = is_inside && boot->above ? boot->above : &own;
	const char *name = path + (is_inside ? strlen(ROOT_DIR "/") : 1), *last = strrchr(path, '/');
	int directory = is_inside ? boot->ima_dir : own.descriptor;
	uint64_t mount = boot->ima_mount;

	if (!is_inside && file_facts(directory, facts) == 0)
		mount = facts->mount;
	if (above->descriptor >= 0 && above->length == (size_t)(last - path) &&
	    memcmp(above->path, path, above->length) == 0) {
		directory = above->descriptor;
		name = last + 1;
	}
	for (;;) {
		size_t length = strcspn(name, "/");
		int descriptor;

		if (length == 0 || length >= sizeof(component))
			return fail(boot, FAIL_FILE_MISSING, "%s: no such name", path);
		memcpy(component, name, length);
		component[length] = '\0';

		enum failure_code code = find_component(boot, directory, component, path,
							facts, &descriptor);
		if (code != FAIL_NONE)
			return code;
		if (name[length] == '\0') {
			code = check_place(boot, facts, path, S_IFREG, mount);
			if (code != FAIL_NONE)
				(void)close(descriptor);
			else
				*found = descriptor;
			return code;
		}
		close_descriptor(&above->descriptor);
		above->descriptor = directory = descriptor;
		above->path = path;
		above->length = (size_t)(name - path) + length;

		/* Named by its own path, which is as much of the file's as was walked. */
		char so_far[LIMIT_PATH];

		if (above->length >= sizeof(so_far))
			return fail(boot, FAIL_FILE_MISSING, "%s: no such name", path);
		memcpy(so_far, path, above->length);
		so_far[above->length] = '\0';
		code = check_facts(boot, facts, so_far, S_IFDIR, mount);
		if (code != FAIL_NONE)
			return code;
		name += length + 1;
	}
}

enum failure_code open_found(struct boot *boot, int found, const struct file_facts *facts,
			     const char *path, uint64_t limit, int *opened)
{
	char link[32];

	if (facts->size > limit)
		return too_large(boot, path, limit);
	(void)text_format(link, sizeof(link), "self/fd/%d", found);
	int file = openat(boot->proc, link, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (file < 0)
		return open_failed(boot, path, errno);
	*opened = file;
	return FAIL_NONE;
}

enum failure_code secure_open(struct boot *boot, const char *path, uint64_t limit, int *opened)
{
	struct file_facts facts;
	AUTO_CLOSE int found = -1;
	enum failure_code code = secure_find(boot, path, &facts, &found);

	if (code == FAIL_NONE)
		code = check_owner(boot, &facts, path);
	if (code == FAIL_NONE)
		code = check_mode(boot, &facts, path);
	if (code != FAIL_NONE)
		return code;
	return open_found(boot, found, &facts, path, limit, opened);
}

enum failure_code secure_read(struct boot *boot, int file, const char *path,
			      char *buffer, size_t size, size_t *length)
{
	ssize_t count = read_all(file, buffer, size);

	if (count < 0)
		return open_failed(boot, path, (int)-count);
	if (count == 0)
		return fail(boot, FAIL_FILE_EMPTY, "%s is empty", path);
	if ((size_t)count == size)
		return too_large(boot, path, size - 1);
	buffer[count] = '\0';
	*length = (size_t)count;
	return FAIL_NONE;
}

/* Where a walk along a path has come to. */
struct walk {
	const char *path;            /* the whole, for messages */
	char left[2 * LIMIT_PATH];   /* what is still to go */
	int directory;
	unsigned links;
};

static void end_walk(struct walk *walk)
{
	close_descriptor(&walk->directory);
}

/* Takes the next component off what is left. */
static enum failure_code next_component(struct boot *boot, struct walk *walk,
					char *component, size_t size)
{
	const char *name = walk->left + strspn(walk->left, "/");
	size_t length = strcspn(name, "/");

	if (length == 0)
		return fail(boot, FAIL_FILE_TYPE, "%s leads to a directory", walk->path);
	if (length >= size)
		return fail(boot, FAIL_FILE_MISSING, "%s: no such name", walk->path);
	memcpy(component, name, length);
	component[length] = '\0';
	name += length;
	memmove(walk->left, name, strlen(name) + 1);
	return FAIL_NONE;
}

/* Puts a symlink's target in front of what is left. */
static enum failure_code follow_link(struct boot *boot, struct walk *walk, int link)
{
	char target[LIMIT_PATH];
	ssize_t length = readlinkat(link, "", target, sizeof(target));
	size_t rest = strlen(walk->left);

	if (length < 0)
		return open_failed(boot, walk->path, errno);
	if (++walk->links > LIMIT_SYMLINKS)
		return fail(boot, FAIL_FILE_TYPE, "%s: more than %d symlinks", walk->path,
			    LIMIT_SYMLINKS);
	if (length == 0 || length == sizeof(target) || length + rest + 1 >= sizeof(walk->left))
		return fail(boot, FAIL_FILE_TYPE, "%s: a symlink leads to a path of more than %d bytes",
			    walk->path, LIMIT_PATH - 1);
	memmove(walk->left + length, walk->left, rest + 1);
	memcpy(walk->left, target, (size_t)length);
	if (target[0] == '/') {
		(void)close(walk->directory);
		walk->directory = openat(AT_FDCWD, "/", FIND_FLAGS | O_DIRECTORY);
	}
	return FAIL_NONE;
}

enum failure_code find_program(struct boot *boot, const char *path, struct file_facts *facts,
			       int *found)
{
	struct file_facts root;
	__attribute__((cleanup(end_walk))) struct walk walk = {
		.path = path, .directory = openat(AT_FDCWD, "/", FIND_FLAGS | O_DIRECTORY)
	};

	if (walk.directory < 0 || file_facts(walk.directory, &root) < 0)
		return open_failed(boot, "/", errno);
	if (strlen(path) >= LIMIT_PATH)
		return fail(boot, FAIL_FILE_MISSING, "a path of more than %d bytes", LIMIT_PATH - 1);
	memcpy(walk.left, path, strlen(path) + 1);

	for (;;) {
		char component[LIMIT_PATH];
		AUTO_CLOSE int here = -1;
		enum failure_code code = next_component(boot, &walk, component, sizeof(component));

		if (code == FAIL_NONE)
			code = find_component(boot, walk.directory, component, path, facts, &here);
		if (code == FAIL_NONE)
			code = check_owner(boot, facts, path);
		if (code != FAIL_NONE)
			return code;

		if (S_ISLNK(facts->mode)) {
			code = follow_link(boot, &walk, here);
			if (code != FAIL_NONE)
				return code;
			continue;
		}
		if (!S_ISDIR(facts->mode) && walk.left[0] == '\0') {
			code = check_facts(boot, facts, path, S_IFREG, root.mount);
			if (code == FAIL_NONE) {
				*found = here;
				here = -1;
			}
			return code;
		}
		if (!S_ISDIR(facts->mode))
			return fail(boot, FAIL_FILE_TYPE, "%s: a directory on the way is none", path);
		if (!(facts->mode & STICKY) && (code = check_mode(boot, facts, path)) != FAIL_NONE)
			return code;
		(void)close(walk.directory);
		walk.directory = here;
		here = -1;
	}
}
