/* SPDX-License-Identifier: MIT */
/*
 * An initramfs with signatures: its files are copied onto a tmpfs, which has the
 * attributes that an archive and a ramfs have not, and get there what the sidecar
 * says. Then that tmpfs is the root. In ima-init-initramfs only.
 *
 * The order: content, owner, mode and time first, since the kernel lets nobody change
 * those of a file with a portable signature; then the attributes, each made over those
 * before it. All of it behind load_evm: while EVM is half set up the kernel refuses
 * security.evm on a file that has a security.ima already (EPERM, seen on 6.1); and with
 * the HMAC key the canaries get an HMAC, so that they are refused because a signature is
 * demanded and for no other reason. And ahead of load_policy: the built-in rules leave a
 * ramfs and a tmpfs out, so that nothing is remembered of a file that is written here;
 * the site's may refuse to let the unsigned source be read (seen, too).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "boot.h"
#include "directory.h"
#include "evm.h"
#include "failure.h"
#include "kernel_fs.h"
#include "lines.h"
#include "log.h"
#include "manifest.h"
#include "own_rings.h"
#include "root.h"
#include "secure_open.h"
#include "format/sidecar.h"
#include "format/text.h"
#include "xattr_format.h"

/* On the new root while it is filled: a link to each file with several names, by its inode. */
#define LINKS ".restored-links"

struct copying {
	struct boot *boot;
	uint64_t mount;              /* of the rootfs: what is mounted on it is left out */
	int links;
	unsigned files;
	char path[LIMIT_RESTORED_PATH]; /* below the root, of what is copied; for messages, too */
};

static bool is_canary(const char *path)
{
	return strcmp(path, PATH_CANARY + 1) == 0 || strcmp(path, PATH_CANARY_EXEC + 1) == 0;
}

/*
 * Keys, policy and sidecar have done their work when the new root is one, and the
 * policy and a rescue program are read here until then.
 */
static bool stays_behind(const char *path)
{
	static const char ima[] = ROOT_DIR "/";

	return text_starts(path, ima + 1) && !is_canary(path);
}

static enum failure_code mount_tmpfs(struct boot *boot)
{
	if (mkdir(NEW_ROOT, 0755) < 0 || mount("tmpfs", NEW_ROOT, "tmpfs", 0, "mode=0755") < 0)
		return fail(boot, FAIL_RESTORE_REFUSED, "tmpfs on " NEW_ROOT ": " ERRNO_FORMAT,
			    ERRNO(errno));
	/* Otherwise EVM would refuse the first change of an owner: EPERM, seen on 6.1. */
	if (lgetxattr(NEW_ROOT, XATTR_IMA, NULL, 0) < 0 && errno == EOPNOTSUPP)
		return fail(boot, FAIL_KERNEL_LACKS,
			    "a tmpfs with attributes (CONFIG_TMPFS_XATTR)");
	boot->new_root = open(NEW_ROOT, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (boot->new_root < 0)
		return fail(boot, FAIL_RESTORE_REFUSED, NEW_ROOT ": " ERRNO_FORMAT, ERRNO(errno));
	memcpy(boot->root.device, "tmpfs", sizeof("tmpfs"));
	return FAIL_NONE;
}

/* ---- copying ---- */

static enum failure_code not_copied(struct copying *copying, int error)
{
	return fail(copying->boot, FAIL_RESTORE_REFUSED, "/%s: " ERRNO_FORMAT, copying->path,
		    ERRNO(error));
}

static int copy_content(int from, int to, const char *name, off_t left)
{
	AUTO_CLOSE int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSE int out = in < 0 ? -1 :
		openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (out < 0)
		return -errno;
	while (left > 0) {
		ssize_t count = sendfile(out, in, NULL, (size_t)left);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? -errno : -EIO;
		left -= count;
	}
	return 0;
}

static int copy_symlink(int from, int to, const char *name)
{
	static char target[4096];    /* PATH_MAX: there are no longer ones */
	ssize_t length = readlinkat(from, name, target, sizeof(target));

	if (length < 0 || length == sizeof(target))
		return length < 0 ? -errno : -ENAMETOOLONG;
	target[length] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_one(int from, int to, const char *name, const struct stat *status)
{
	if (S_ISREG(status->st_mode))
		return copy_content(from, to, name, status->st_size);
	if (S_ISLNK(status->st_mode))
		return copy_symlink(from, to, name);
	return mknodat(to, name, status->st_mode & S_IFMT, status->st_rdev) < 0 ? -errno : 0;
}

/* musl takes the old call for a time of 32 bits, and a kernel without CONFIG_COMPAT_32BIT_TIME has it not. */
#ifdef SYS_utimensat_time64
#define SYS_SET_TIMES SYS_utimensat_time64
#else
#define SYS_SET_TIMES SYS_utimensat
#endif

/* The owner first: changing it takes set-user-ID away. */
static int copy_metadata(int to, const char *name, const struct stat *status)
{
	const struct timespec times[] = { status->st_atim, status->st_mtim };

	if (fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (!S_ISLNK(status->st_mode) && fchmodat(to, name, status->st_mode & 07777, 0) < 0) ||
	    syscall(SYS_SET_TIMES, to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static enum failure_code copy_directory(struct copying *copying, int from, int to, unsigned depth);

static enum failure_code copy_below(struct copying *copying, int from, int to, const char *name,
				    unsigned depth)
{
	struct file_facts facts;
	AUTO_CLOSE int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (source < 0 || file_facts(source, &facts) < 0)
		return not_copied(copying, errno);
	if (facts.mount != copying->mount)
		return FAIL_NONE;
	if (depth == LIMIT_RESTORED_DEPTH)
		return fail(copying->boot, FAIL_RESTORE_REFUSED, "/%s: deeper than %d directories",
			    copying->path, LIMIT_RESTORED_DEPTH);
	if (mkdirat(to, name, 0700) < 0)
		return not_copied(copying, errno);
	AUTO_CLOSE int target = openat(to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return target < 0 ? not_copied(copying, errno) :
		copy_directory(copying, source, target, depth + 1);
}

/* Both lie in memory: what is copied goes at once, but for a file that has more names to come. */
static enum failure_code copy_file(struct copying *copying, int from, int to, const char *name,
				   const struct stat *status)
{
	char inode[32];
	bool has_links = status->st_nlink > 1;

	(void)text_format(inode, sizeof(inode), "%x.%x", (unsigned)(status->st_ino >> 32),
			  (unsigned)status->st_ino);
	if (has_links && linkat(copying->links, inode, to, name, 0) == 0)
		return FAIL_NONE;
	int error = copy_one(from, to, name, status);

	if (error == 0)
		error = copy_metadata(to, name, status);
	if (error == 0 && has_links && linkat(to, name, copying->links, inode, 0) < 0)
		error = -errno;
	if (error == 0 && !has_links && !stays_behind(copying->path) && unlinkat(from, name, 0) < 0)
		error = -errno;
	copying->files++;
	return error == 0 ? FAIL_NONE : not_copied(copying, -error);
}

static enum failure_code copy_entry(struct copying *copying, int from, int to, const char *name,
				    unsigned depth)
{
	struct stat status;

	if (stays_behind(copying->path))
		return FAIL_NONE;
	if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return not_copied(copying, errno);
	if (!S_ISDIR(status.st_mode))
		return copy_file(copying, from, to, name, &status);
	enum failure_code code = copy_below(copying, from, to, name, depth);

	/* Its time is that of the last file in it otherwise. /new-root is not there. */
	if (code == FAIL_NONE && copy_metadata(to, name, &status) < 0 && errno != ENOENT)
		return not_copied(copying, errno);
	return code;
}

static enum failure_code copy_directory(struct copying *copying, int from, int to, unsigned depth)
{
	alignas(struct directory_entry) char entries[2048];
	size_t length = strlen(copying->path);

	for (;;) {
		long size = syscall(SYS_getdents64, from, entries, sizeof(entries));

		if (size < 0)
			return not_copied(copying, errno);
		if (size == 0)
			return FAIL_NONE;
		for (long at = 0; at < size;) {
			const struct directory_entry *entry = (void *)(entries + at);

			at += entry->size;
			if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
				continue;
			if (length + 1 + strlen(entry->name) >= sizeof(copying->path))
				return fail(copying->boot, FAIL_RESTORE_REFUSED,
					    "a path of more than %d bytes: /%s/%s",
					    LIMIT_RESTORED_PATH - 1, copying->path, entry->name);
			(void)stpcpy(stpcpy(copying->path + length, length ? "/" : ""),
				     entry->name);
			enum failure_code code = copy_entry(copying, from, to, entry->name, depth);

			copying->path[length] = '\0';
			if (code != FAIL_NONE)
				return code;
		}
	}
}

static enum failure_code copy_root(struct copying *copying)
{
	struct stat status;
	struct file_facts facts;
	AUTO_CLOSE int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0 || fstat(root, &status) < 0 || file_facts(root, &facts) < 0)
		return not_copied(copying, errno);
	copying->mount = facts.mount;
	enum failure_code code = copy_directory(copying, root, copying->boot->new_root, 0);

	if (code == FAIL_NONE && copy_metadata(copying->boot->new_root, ".", &status) < 0)
		return not_copied(copying, errno);
	return code;
}

static enum failure_code copy_files(struct boot *boot, unsigned *files)
{
	static struct copying copying;
	struct file_facts facts;

	copying.boot = boot;
	if (mkdirat(boot->new_root, LINKS, 0700) < 0)
		return fail(boot, FAIL_RESTORE_REFUSED, LINKS ": " ERRNO_FORMAT, ERRNO(errno));
	AUTO_CLOSE int links = openat(boot->new_root, LINKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (links < 0 || file_facts(links, &facts) < 0)
		return fail(boot, FAIL_RESTORE_REFUSED, LINKS ": " ERRNO_FORMAT, ERRNO(errno));
	copying.links = links;
	enum failure_code code = copy_root(&copying);

	remove_tree(links, facts.mount, 0);
	if (code == FAIL_NONE && unlinkat(boot->new_root, LINKS, AT_REMOVEDIR) < 0)
		return fail(boot, FAIL_RESTORE_REFUSED, LINKS ": " ERRNO_FORMAT, ERRNO(errno));
	*files = copying.files;
	return code;
}

/* ---- signatures ---- */

/* The directory of a file as the current one; nothing on the way is a symlink. NULL: errno */
static char *enter(int root, char *path)
{
	char *slash;

	if (fchdir(root) < 0)
		return NULL;
	for (; (slash = strchr(path, '/')); path = slash + 1) {
		*slash = '\0';
		AUTO_CLOSE int below = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		*slash = '/';
		if (below < 0 || fchdir(below) < 0)
			return NULL;
	}
	return path;
}

static enum failure_code bad_line(struct boot *boot, const struct sidecar_reader *sidecar,
				  const char *separator, const char *wrong)
{
	return fail(boot, FAIL_SIDECAR_INVALID, "%s: line %u: %s%s%s", boot->conf.restore,
		    sidecar->line, separator ? sidecar->path : "", separator ? separator : "",
		    wrong);
}

/*
 * Without opening the file. Its other name may have had the same value already; another
 * one is a mistake. Only security.evm is there before: the kernel's HMAC.
 */
static int set_value(const char *file, enum sidecar_name name, const struct sidecar_value *value)
{
	uint8_t now[LIMIT_XATTR];
	ssize_t length;

	if (value->size == 0)
		return 0;
	length = lgetxattr(file, sidecar_names[name], now, sizeof(now));
	if (length == (ssize_t)value->size && memcmp(now, value->bytes, value->size) == 0)
		return 0;
	return lsetxattr(file, sidecar_names[name], value->bytes, value->size,
			 name == SIDECAR_EVM ? 0 : XATTR_CREATE) < 0 ? errno : 0;
}

static enum failure_code set_values(struct boot *boot, const struct sidecar_reader *sidecar,
				    const char *file)
{
	for (enum sidecar_name name = 0; name < SIDECAR_NAMES; name++) {
		int error = set_value(file, name, &sidecar->values[name]);

		if (error != 0)
			return fail(boot, FAIL_SIDECAR_INVALID,
				    "%s: line %u: %s: %s: " ERRNO_FORMAT, boot->conf.restore,
				    sidecar->line, sidecar->path, sidecar_names[name],
				    ERRNO(error));
	}
	return FAIL_NONE;
}

/* The kernel would give any other an HMAC, whatever owner and mode the archive gave it. */
static bool lacks_evm(const struct sidecar_reader *sidecar, int evm)
{
	return evm > 0 && sidecar->values[SIDECAR_EVM].size == 0 && !is_canary(sidecar->path);
}

static enum failure_code restore_one(struct boot *boot, struct sidecar_reader *sidecar, int evm)
{
	struct stat status;

	if (lacks_evm(sidecar, evm))
		return bad_line(boot, sidecar, " ", "has no security.evm, and EVM is on");
	if (stays_behind(sidecar->path))
		return FAIL_NONE;
	const char *file = enter(boot->new_root, sidecar->path);

	if (!file || lstat(file, &status) < 0)
		return bad_line(boot, sidecar, ": ", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return bad_line(boot, sidecar, " ", "is no regular file");
	return set_values(boot, sidecar, file);
}

/* The lines of one file after the other, whatever their number: nothing of them is kept. */
static enum failure_code restore_lines(struct boot *boot, struct lines *lines,
				       struct sidecar_reader *sidecar)
{
	enum failure_code code = FAIL_NONE;
	const char *wrong = NULL;
	int evm = evm_read_bits(boot);

	while (code == FAIL_NONE && !wrong && lines_next(lines)) {
		wrong = sidecar_line(sidecar, lines->text, lines->length + lines->cut,
				     lines->ended_in_newline);
		if (!wrong && !sidecar->open)
			code = restore_one(boot, sidecar, evm);
	}
	if (lines->error != 0)
		wrong = strerror(lines->error);
	if (code == FAIL_NONE && !wrong)
		wrong = sidecar_end(sidecar);
	return wrong ? bad_line(boot, sidecar, NULL, wrong) : code;
}

static enum failure_code restore_signatures(struct boot *boot, unsigned *files)
{
	static struct lines lines;
	static struct sidecar_reader sidecar;
	AUTO_CLOSE int file = -1;
	enum failure_code code = manifest_open(boot, boot->conf.restore, &file);

	if (code != FAIL_NONE)
		return code;
	lines_start(&lines, file);
	sidecar_start(&sidecar);
	code = restore_lines(boot, &lines, &sidecar);
	if (chdir("/") < 0 && code == FAIL_NONE)
		return fail(boot, FAIL_RESTORE_REFUSED, "/: " ERRNO_FORMAT, ERRNO(errno));
	*files = sidecar.files;
	return code;
}

enum failure_code restore_files(struct boot *boot)
{
	unsigned copied = 0, signatures = 0;

	if (!boot->conf.restore)
		return FAIL_NONE;
	enum failure_code code = mount_tmpfs(boot);

	if (code == FAIL_NONE)
		code = copy_files(boot, &copied);
	if (code == FAIL_NONE)
		code = restore_signatures(boot, &signatures);
	if (code == FAIL_NONE)
		code = on_new_root(boot, open_canary_exec);
	if (code == FAIL_NONE)
		code = on_new_root(boot, make_unsigned);
	if (code == FAIL_NONE)
		log_line(boot, LOG_NOTICE, "restore: %u files on a tmpfs, signatures of %u", copied,
			 signatures);
	return code;
}
