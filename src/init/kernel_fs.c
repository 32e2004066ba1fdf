/* SPDX-License-Identifier: MIT */
/* The kernel's own file systems, reached without mounting anything into the tree. */
#include "kernel_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * include/uapi/linux/mount.h, which cannot be included beside musl's
 * <sys/mount.h>: both define MS_*.
 */
#define FSOPEN_CLOEXEC     0x00000001
#define FSMOUNT_CLOEXEC    0x00000001
#define FSCONFIG_CMD_CREATE 6

void close_descriptor(int *descriptor)
{
	if (*descriptor >= 0)
		(void)close(*descriptor);
}

/*
 * Before 5.2: what a lazily unmounted tree's descriptor reaches stays reachable. No
 * option, as with fsmount(): noexec would stay with the descriptor, and files of a
 * tmpfs are executed as a proof. No symlink: by one to / the mount goes where no path
 * leads, and what is opened is the disk.
 */
static int open_by_classic_mount(const char *type)
{
	if (mount(type, ROOT_DIR, type, 0, NULL) < 0)
		return -errno;
	int root = open(ROOT_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error = errno;

	if (umount2(ROOT_DIR, MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
		error = errno;
		close_descriptor(&root);
		return -error;
	}
	return root < 0 ? -error : root;
}

int kernel_fs_open(const char *type)
{
	AUTO_CLOSE int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

	if (context < 0)
		return errno == ENOSYS ? open_by_classic_mount(type) : -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	int root = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);

	return root < 0 ? -errno : root;
}

ssize_t read_all(int descriptor, char *buffer, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t count = read(descriptor, buffer + length, size - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	return (ssize_t)length;
}

ssize_t kernel_fs_read(int directory, const char *path, char *buffer, size_t size)
{
	AUTO_CLOSE int node = openat(directory, path, O_RDONLY | O_CLOEXEC);

	return node < 0 ? -errno : node_read(node, buffer, size);
}

ssize_t node_read(int node, char *buffer, size_t size)
{
	ssize_t length = pread(node, buffer, size, 0);

	if (length < 0)
		return -errno;
	if ((size_t)length == size)
		return -EFBIG;
	buffer[length] = '\0';
	return length;
}

int node_write(int node, const char *data, size_t size)
{
	ssize_t count = pwrite(node, data, size, 0);

	return count < 0 ? -errno : (size_t)count == size ? 0 : -EIO;
}
