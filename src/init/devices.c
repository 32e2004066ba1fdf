/* SPDX-License-Identifier: MIT */
/*
 * IMA appraises regular files alone. A device that is mapped executable, or a symlink to
 * one in the place of a library, is unsigned code that no rule looks at (seen on 6.1 and
 * 6.12: the root's own block device, with an ELF header in its first block). So the root
 * file system that is handed over opens no device node of its own, and what is opened
 * in /dev cannot be mapped executable.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"
#include "failure.h"
#include "kernel_fs.h"
#include "secure_open.h"
#include "format/text.h"

#define DEVICES "/dev"

/* include/uapi/linux/mount.h: MOUNT_ATTR_NOSUID, _NODEV and _NOEXEC are MS_NOSUID, MS_NODEV and MS_NOEXEC. */
struct mount_attributes {
	uint64_t set, clear, propagation, user_namespace;
};

/* These are the same numbers for statfs() and mount(); relatime is what mount() does without a flag. */
#define KEPT (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)

/* Before 5.12 a remount, which has to repeat the flags that stay. */
static int remount(int directory, unsigned long flags)
{
	struct statfs status;

	if (fstatfs(directory, &status) < 0 || fchdir(directory) < 0)
		return -errno;
	flags |= status.f_flags & KEPT;
	int error = mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0 ? errno : 0;

	return chdir("/") < 0 ? -errno : -error;
}

/* Adds flags to the mount whose root an O_PATH descriptor is, and asks the kernel whether it has them. */
static int add_mount_flags(int directory, unsigned long flags)
{
	struct mount_attributes attributes = { .set = flags };
	struct statfs status;
	int error = 0;

	if (syscall(SYS_mount_setattr, directory, "", AT_EMPTY_PATH, &attributes,
		    sizeof(attributes)) < 0)
		error = errno == ENOSYS ? remount(directory, flags) : -errno;
	if (error == 0 && fstatfs(directory, &status) < 0)
		error = -errno;
	if (error == 0 && (status.f_flags & flags) != flags)
		error = -EPERM;
	return error;
}

static enum failure_code find_devices(struct boot *boot, int root, int *devices)
{
	*devices = openat(root, DEVICES + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*devices < 0)
		return fail(boot, FAIL_DEVICES_OPEN, DEVICES " is not there, or is not a directory: "
			    ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

/*
 * The kernel has mounted devtmpfs (CONFIG_DEVTMPFS_MOUNT), or an earlier step. Otherwise the
 * next init would, with the flags that a file of the disk may name.
 */
static enum failure_code open_devices(struct boot *boot, int root, int *devices)
{
	struct file_facts above, here;
	enum failure_code code = find_devices(boot, root, devices);

	if (code != FAIL_NONE)
		return code;
	if (file_facts(root, &above) < 0 || file_facts(*devices, &here) < 0)
		return fail(boot, FAIL_DEVICES_OPEN, DEVICES ": " ERRNO_FORMAT, ERRNO(errno));
	if (here.mount != above.mount)
		return FAIL_NONE;
	close_descriptor(devices);
	*devices = -1;
	if (mount("devtmpfs", DEVICES, "devtmpfs", MS_NOSUID | MS_NOEXEC, NULL) < 0)
		return fail(boot, FAIL_DEVICES_OPEN, "devtmpfs on " DEVICES ": " ERRNO_FORMAT,
			    ERRNO(errno));
	return find_devices(boot, root, devices);
}

/* EPERM: the mount is noexec. EACCES: the kernel itself refuses what is not a regular file. */
static enum failure_code map_device(struct boot *boot, int devices)
{
	AUTO_CLOSE int device = openat(devices, "zero", O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (device < 0)
		return fail(boot, FAIL_DEVICES_OPEN, DEVICES "/zero: " ERRNO_FORMAT, ERRNO(errno));
	if (mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, device, 0) != MAP_FAILED)
		return fail(boot, FAIL_DEVICES_OPEN, DEVICES "/zero can be mapped executable");
	if (errno != EPERM && errno != EACCES)
		return fail(boot, FAIL_DEVICES_OPEN, "mapping " DEVICES "/zero executable: "
			    ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

/*
 * That / is nodev is read back and not tried: a node to try it on would have to be on a
 * root that may be read-only. The flag is what the kernel itself looks at (may_open_dev()).
 */
enum failure_code guard_devices(struct boot *boot)
{
	AUTO_CLOSE int root = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int devices = -1;

	/* A rootfs that is handed over was verified with the kernel, its nodes as well. */
	if (!boot->conf.nodev || hands_over_rootfs(boot))
		return FAIL_NONE;
	int error = root < 0 ? -errno : add_mount_flags(root, MS_NODEV);

	if (error != 0)
		return fail(boot, FAIL_DEVICES_OPEN, "making / nodev: " ERRNO_FORMAT, ERRNO(-error));
	enum failure_code code = open_devices(boot, root, &devices);

	if (code != FAIL_NONE)
		return code;
	error = add_mount_flags(devices, MS_NOSUID | MS_NOEXEC);
	if (error != 0)
		return fail(boot, FAIL_DEVICES_OPEN, "making " DEVICES " noexec: " ERRNO_FORMAT,
			    ERRNO(-error));
	return map_device(boot, devices);
}
