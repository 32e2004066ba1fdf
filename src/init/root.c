/* SPDX-License-Identifier: MIT */
/*
 * The root file system behind an initramfs or an initrd: mounted, proved and made
 * the root. Not in ima-init.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "boot.h"
#include "directory.h"
#include "failure.h"
#include "kernel_fs.h"
#include "lines.h"
#include "root.h"
#include "root_device.h"
#include "secure_open.h"
#include "format/command_line.h"
#include "format/text.h"

#define DEVICES     "/dev"

/* With an overlay NEW_ROOT is its tmpfs. */
#define LOWER       NEW_ROOT "/lower"
#define UPPER       NEW_ROOT "/upper"
#define WORK        NEW_ROOT "/work"
#define MERGED      NEW_ROOT "/merged"

/* include/uapi/linux/magic.h */
#define RAMFS_MAGIC 0x858458f6
#define TMPFS_MAGIC 0x01021994

/* include/uapi/linux/major.h */
#define RAMDISK_MAJOR 1

/*
 * Only there does the kernel's image vouch for what is in /ima. A disk that held
 * this program would be believed without a signature.
 */
enum failure_code check_rootfs(struct boot *boot)
{
	struct statfs status;

	if (statfs("/", &status) < 0)
		return fail(boot, FAIL_NOT_INITRAMFS, "/: " ERRNO_FORMAT, ERRNO(errno));
	if ((uint32_t)status.f_type != RAMFS_MAGIC && (uint32_t)status.f_type != TMPFS_MAGIC)
		return fail(boot, FAIL_NOT_INITRAMFS, "/ is no rootfs (type %x)",
			    (unsigned)status.f_type);
	return FAIL_NONE;
}

/*
 * On a disk it would prove what ima-init proves; but whoever can put it there has
 * a root of his choice mounted.
 */
enum failure_code check_ramdisk(struct boot *boot)
{
	struct stat status;

	if (stat("/", &status) < 0)
		return fail(boot, FAIL_NOT_INITRD, "/: " ERRNO_FORMAT, ERRNO(errno));
	if (major(status.st_dev) != RAMDISK_MAJOR)
		return fail(boot, FAIL_NOT_INITRD, "/ is on the device %u:%u, not on a RAM disk",
			    (unsigned)major(status.st_dev), (unsigned)minor(status.st_dev));
	return FAIL_NONE;
}

/* ---- what to mount ---- */

static enum failure_code copy_word(struct boot *boot, const char *name, const char *value,
				   char *out, size_t size)
{
	if (strlen(value) >= size)
		return fail(boot, FAIL_ROOT_MISSING, "%s has more than %u bytes", name, (unsigned)size - 1);
	memcpy(out, value, strlen(value) + 1);
	return FAIL_NONE;
}

/* rootwait=SECONDS (6.7); what is no such number means no end, to the kernel as well. */
static unsigned wait_seconds(const char *value)
{
	unsigned seconds = 0;
	size_t digits = strspn(value, "0123456789");

	if (digits == 0 || digits > 6 || value[digits])
		return WAIT_WITHOUT_END;
	for (; *value; value++)
		seconds = seconds * 10 + (unsigned)(*value - '0');
	return seconds;
}

static void read_root_switch(struct root *root, const char *name)
{
	if (strcmp(name, "ro") == 0 || strcmp(name, "rw") == 0)
		root->writable = name[1] == 'w';
	if (strcmp(name, "rootwait") == 0)
		root->wait = WAIT_WITHOUT_END;
}

/*
 * The kernel's own words for the root that it would mount itself (init/do_mounts.c),
 * to which a "root" without a value is none: it must not take away the one ahead of it.
 */
static enum failure_code read_root_word(struct boot *boot, const struct word *word)
{
	struct root *root = &boot->root;
	const char *value = word->value;

	if (!value)
		read_root_switch(root, word->name);
	else if (strcmp(word->name, "root") == 0)
		return copy_word(boot, "root=", value, root->device, sizeof(root->device));
	else if (strcmp(word->name, "rootfstype") == 0)
		return copy_word(boot, "rootfstype=", value, root->types, sizeof(root->types));
	else if (strcmp(word->name, "rootflags") == 0)
		return copy_word(boot, "rootflags=", value, root->flags, sizeof(root->flags));
	else if (strcmp(word->name, "rootwait") == 0)
		root->wait = wait_seconds(value);
	return FAIL_NONE;
}

static enum failure_code read_root_words(struct boot *boot)
{
	static char text[LIMIT_CMDLINE];
	char *line = text;
	struct word word;
	enum failure_code code = FAIL_NONE;

	if (kernel_fs_read(boot->proc, "cmdline", text, sizeof(text)) < 0)
		return fail(boot, FAIL_COMMAND_LINE, "/proc/cmdline cannot be read");
	while (code == FAIL_NONE && command_line_word(&line, &word))
		code = read_root_word(boot, &word);
	return code;
}

/* init.conf is verified, the command line perhaps not: what the one says takes all from the other. */
static void read_root_conf(struct boot *boot)
{
	struct root *root = &boot->root;
	const char *next = boot->conf.root, *word;
	char *const fields[] = { root->device, root->types, root->flags };
	size_t length;

	root->types[0] = root->flags[0] = '\0';
	for (size_t i = 0; (word = text_word(&next, &length)); i++) {
		memcpy(fields[i], word, length);
		fields[i][length] = '\0';
	}
}

/* ---- mounting ---- */

/* A symlink would put what is mounted somewhere else, over /ima for one. */
static enum failure_code make_directory(struct boot *boot, const char *path)
{
	struct stat status;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail(boot, FAIL_ROOT_REFUSED,
			    "%s cannot be made (an initrd image must have it): " ERRNO_FORMAT, path,
			    ERRNO(errno));
	if (lstat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return fail(boot, FAIL_ROOT_REFUSED, "%s is no directory", path);
	return FAIL_NONE;
}

static enum failure_code mount_devices(struct boot *boot)
{
	enum failure_code code = make_directory(boot, DEVICES);

	if (code != FAIL_NONE)
		return code;
	if (mount("devtmpfs", DEVICES, "devtmpfs", MS_NOSUID, NULL) < 0 && errno != EBUSY)
		return fail(boot, FAIL_KERNEL_LACKS, "devtmpfs (CONFIG_DEVTMPFS): " ERRNO_FORMAT,
			    ERRNO(errno));
	return FAIL_NONE;
}

static int mount_type(const struct boot *boot, const char *type)
{
	const struct root *root = &boot->root;
	const char *place = boot->conf.root_overlay ? LOWER : NEW_ROOT;
	unsigned long flags = root->writable ? 0 : MS_RDONLY;

	if (mount(root->node, place, type, flags, root->flags[0] ? root->flags : NULL) < 0)
		return errno;
	return 0;
}

/* The types that are named. */
static int mount_named(const struct boot *boot)
{
	char type[64];
	int error = EINVAL;

	for (const char *next = boot->root.types; error == EINVAL && *next;) {
		size_t length = strcspn(next, ",");

		memcpy(type, next, length);
		type[length] = '\0';
		error = mount_type(boot, type);
		next += length + (next[length] == ',');
	}
	return error;
}

/* Those that the kernel knows, in its order, as it would itself. */
static int mount_any(const struct boot *boot)
{
	static struct lines lines;
	int error = EINVAL;
	AUTO_CLOSE int types = openat(boot->proc, "filesystems", O_RDONLY | O_CLOEXEC);

	if (types < 0)
		return errno;
	for (lines_start(&lines, types); error == EINVAL && lines_next(&lines);)
		if (lines.text[0] == '\t')
			error = mount_type(boot, lines.text + 1);
	return error;
}

static int mount_types(const struct boot *boot)
{
	return boot->root.types[0] ? mount_named(boot) : mount_any(boot);
}

static enum failure_code mount_device(struct boot *boot)
{
	int error = mount_types(boot);

	/* As the kernel does with a device that cannot be written to. */
	if (error == EACCES && boot->root.writable) {
		boot->root.writable = false;
		error = mount_types(boot);
	}
	if (error != 0)
		return fail(boot, FAIL_ROOT_REFUSED, "%s: " ERRNO_FORMAT, boot->root.node,
			    ERRNO(error));
	return FAIL_NONE;
}

/* The tmpfs, and the directories that are mounted on or over in it. */
static enum failure_code mount_tmpfs(struct boot *boot)
{
	static const char *const directories[] = { LOWER, UPPER, WORK, MERGED };
	const char *options = boot->conf.root_overlay;
	enum failure_code code = FAIL_NONE;

	if (mount("tmpfs", NEW_ROOT, "tmpfs", 0, options[0] ? options : NULL) < 0)
		return fail(boot, FAIL_ROOT_REFUSED, "a tmpfs with \"%s\": " ERRNO_FORMAT, options,
			    ERRNO(errno));
	/* Without attributes there a file would lose its signatures when it is copied up. */
	if (setxattr(NEW_ROOT, "security.ima", "", 1, 0) < 0)
		return fail(boot, FAIL_KERNEL_LACKS,
			    "a tmpfs takes no security.ima (CONFIG_TMPFS_XATTR): " ERRNO_FORMAT,
			    ERRNO(errno));
	for (size_t i = 0; code == FAIL_NONE && i < sizeof(directories) / sizeof(*directories); i++)
		code = make_directory(boot, directories[i]);
	boot->root.writable = false;
	return code;
}

/*
 * Its root directory is that of the tmpfs, with the owner and the mode that the
 * other has: what is wrong with it must not be hidden. What the disk says of layers
 * (trusted.overlay.*) is followed nowhere, whatever the kernel's defaults are. Then
 * nothing reaches the two file systems any more but the overlay itself.
 */
static enum failure_code mount_overlay(struct boot *boot)
{
	struct stat status;

	if (stat(LOWER, &status) < 0 || chown(UPPER, status.st_uid, status.st_gid) < 0 ||
	    chmod(UPPER, status.st_mode & 07777) < 0)
		return fail(boot, FAIL_ROOT_REFUSED, UPPER ": " ERRNO_FORMAT, ERRNO(errno));
	if (mount("overlay", MERGED, "overlay", 0,
		  "redirect_dir=nofollow,metacopy=off,index=off,"
		  "lowerdir=" LOWER ",upperdir=" UPPER ",workdir=" WORK) < 0)
		return errno == ENODEV
			? fail(boot, FAIL_KERNEL_LACKS, "overlay (CONFIG_OVERLAY_FS)")
			: fail(boot, FAIL_ROOT_REFUSED, "an overlay: " ERRNO_FORMAT, ERRNO(errno));
	if (umount2(LOWER, MNT_DETACH) < 0)
		return fail(boot, FAIL_ROOT_REFUSED, LOWER ": " ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

static enum failure_code mount_all(struct boot *boot)
{
	bool overlay = boot->conf.root_overlay;
	enum failure_code code = make_directory(boot, NEW_ROOT);

	if (code == FAIL_NONE && overlay)
		code = mount_tmpfs(boot);
	if (code == FAIL_NONE)
		code = mount_device(boot);
	if (code == FAIL_NONE && overlay)
		code = mount_overlay(boot);
	if (code != FAIL_NONE)
		return code;
	boot->new_root =
		open(overlay ? MERGED : NEW_ROOT, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (boot->new_root < 0)
		return fail(boot, FAIL_ROOT_REFUSED, NEW_ROOT ": " ERRNO_FORMAT, ERRNO(errno));
	return FAIL_NONE;
}

/*
 * Without trusted keyrings no rule demands a signature yet, so that nothing could be
 * proved on a root: it is the business of the initramfs that is handed over to.
 */
static bool wants_root(const struct boot *boot)
{
	return boot->conf.trusted_keyrings &&
		!(boot->conf.root && strcmp(boot->conf.root, "none") == 0);
}

enum failure_code mount_root(struct boot *boot)
{
	enum failure_code code = FAIL_NONE;

	/* The one that the signatures were restored on. */
	if (boot->conf.restore)
		return FAIL_NONE;
	if (wants_root(boot))
		code = read_root_words(boot);
	if (code != FAIL_NONE)
		return code;
	if (wants_root(boot) && boot->conf.root)
		read_root_conf(boot);
	if (!boot->root.device[0] && boot->conf.root_overlay)
		return fail(boot, FAIL_ROOT_MISSING,
			    PATH_CONF ": root-overlay is given, but no root is named");
	if (!boot->root.device[0]) {
		if (boot->conf.next_init == default_next_init)
			boot->conf.next_init = INITRAMFS_NEXT_INIT;
		return FAIL_NONE;
	}
	code = mount_devices(boot);
	if (code == FAIL_NONE)
		code = root_device_find(boot);
	return code == FAIL_NONE ? mount_all(boot) : code;
}

/* ---- proving ---- */

enum failure_code on_new_root(struct boot *boot, step_function *prove)
{
	int ima_dir = boot->ima_dir;
	uint64_t ima_mount = boot->ima_mount;
	bool ima_is_mount = boot->ima_is_mount;

	boot->ima_dir = -1;
	enum failure_code code = open_ima_dir(boot);

	if (code == FAIL_NONE)
		code = prove(boot);
	close_descriptor(&boot->ima_dir);
	boot->ima_dir = ima_dir;
	boot->ima_mount = ima_mount;
	boot->ima_is_mount = ima_is_mount;
	return code;
}

/*
 * Under the built-in rules, since the site's may not look at files that are only
 * read; and on this very root, since rules leave whole file systems out.
 */
enum failure_code prove_root(struct boot *boot)
{
	if (boot->conf.restore)
		return FAIL_NONE;
	if (boot->new_root < 0)
		return FAIL_NONE;            /* prove_tmpfs() takes its place */
	enum failure_code code = on_new_root(boot, prove_canary);

	if (code == FAIL_NONE)
		code = on_new_root(boot, open_canary_exec);
	if (code == FAIL_NONE && boot->in_initramfs)
		report_enforcement(boot, "the canary of the root");
	return code;
}

/* ---- switching ---- */

/* A mounted file system keeps its directory, which then stays. */
static void remove_entry(int directory, const char *name, uint64_t mount, unsigned depth)
{
	struct file_facts facts;
	AUTO_CLOSE int below = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below >= 0) {
		if (file_facts(below, &facts) < 0 || facts.mount != mount || depth == 0)
			return;
		remove_tree(below, mount, depth - 1);
	}
	(void)unlinkat(directory, name, below >= 0 ? AT_REMOVEDIR : 0);
}

/* What cannot be removed takes memory, and nothing else. */
void remove_tree(int directory, uint64_t mount, unsigned depth)
{
	alignas(struct directory_entry) char entries[2048];

	for (;;) {
		long size = syscall(SYS_getdents64, directory, entries, sizeof(entries));

		if (size <= 0)
			return;
		for (long at = 0; at < size;) {
			const struct directory_entry *entry = (void *)(entries + at);

			at += entry->size;
			if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
				remove_entry(directory, entry->name, mount, depth);
		}
	}
}

/* A root without /dev gets no devices; and a symlink of the disk's says nothing of where they go. */
static void move_devices(const struct boot *boot)
{
	struct stat status;

	if (fstatat(boot->new_root, DEVICES + 1, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(status.st_mode) || fchdir(boot->new_root) < 0 ||
	    mount(DEVICES, DEVICES + 1, NULL, MS_MOVE, NULL) < 0)
		(void)umount2(DEVICES, MNT_DETACH);
}

static void close_directories(struct boot *boot)
{
	close_descriptor(&boot->new_root);
	close_descriptor(&boot->ima_dir);
	boot->new_root = boot->ima_dir = -1;
}

#define REMOVE_DEPTH 64

enum failure_code switch_root(struct boot *boot)
{
	struct file_facts facts;

	if (boot->new_root < 0)
		return FAIL_NONE;
	AUTO_CLOSE int old = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (old < 0 || file_facts(old, &facts) < 0)
		return fail(boot, FAIL_ROOT_REFUSED, "/: " ERRNO_FORMAT, ERRNO(errno));
	move_devices(boot);
	if (fchdir(boot->new_root) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return fail(boot, FAIL_ROOT_REFUSED, "moving it to /: " ERRNO_FORMAT, ERRNO(errno));
	/* Paths still begin below what is now mounted over /. */
	if (boot->conf.root_overlay && umount2(NEW_ROOT, MNT_DETACH) < 0)
		return fail(boot, FAIL_ROOT_REFUSED, NEW_ROOT ": " ERRNO_FORMAT, ERRNO(errno));
	if (chroot(".") < 0 || chdir("/") < 0)
		return fail(boot, FAIL_ROOT_REFUSED, "/: " ERRNO_FORMAT, ERRNO(errno));
	close_directories(boot);
	remove_tree(old, facts.mount, REMOVE_DEPTH);
	return FAIL_NONE;
}

/* pivot_root(".", "."), as in its manual: the old root comes to lie on the new one, and goes. */
enum failure_code leave_ramdisk(struct boot *boot)
{
	move_devices(boot);
	int error = fchdir(boot->new_root) < 0 ? errno : 0;

	/* First: a rescue program would be found on the disk when half of this is done. */
	close_directories(boot);
	if (error == 0 && (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
			   chdir("/") < 0))
		error = errno;
	if (error != 0)
		return fail(boot, FAIL_ROOT_REFUSED, "moving it to /: " ERRNO_FORMAT, ERRNO(error));
	return FAIL_NONE;
}
