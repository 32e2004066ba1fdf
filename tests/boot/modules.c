/* SPDX-License-Identifier: MIT */
/*
 * The next init of tests/boot/modules.t and firmware.t: has the kernel load modules and
 * firmware, and says as lines "payload: key=value" what it answers. What is not in the
 * image is not tried.
 *
 *   /try/NAME        is loaded as a module, and unloaded: "load-NAME=ok", or an errno. One
 *                    that ends in .xz is unpacked by the kernel. One that begins with
 *                      memory-   is loaded by init_module(2), from a buffer
 *                      memfd-    is copied into a memfd, and loaded from that
 *                      changed-  is loaded, gets one more byte, and is loaded once more:
 *                                "again-NAME="
 *   /sbin/modprobe   a mount(2) has the kernel ask it for a file system: "request-msdos=";
 *                    then it is run for another module: "modprobe-crc7=" its exit status,
 *                    and loaded or not
 *   /test_firmware.ko  is loaded, and asks the kernel for each file of /lib/firmware:
 *                    "firmware-NAME=ok" and "content-NAME=", or an errno; and for one that
 *                    is handed over by way of sysfs: "sysfs-firmware="
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* include/uapi/linux/module.h */
#define MODULE_INIT_COMPRESSED_FILE 4
#define FIRMWARE "/lib/firmware"
#define TRIGGER "/sys/devices/virtual/misc/test_firmware/trigger_request"
#define BY_SYSFS "by-sysfs"

static void report(const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	dprintf(1, "payload: %s\n", line);
}

static const char *word(long result)
{
	static char other[16];

	if (result >= 0)
		return "ok";
	switch (errno) {
	case EPERM: return "EPERM";
	case EACCES: return "EACCES";
	case ENOKEY: return "ENOKEY";
	case ENOENT: return "ENOENT";
	case EINVAL: return "EINVAL";
	case ENODEV: return "ENODEV";
	case ENOEXEC: return "ENOEXEC";
	case EKEYREJECTED: return "EKEYREJECTED";
	}
	snprintf(other, sizeof(other), "errno-%d", errno);
	return other;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	return strlen(text) >= strlen(with) && strcmp(text + strlen(text) - strlen(with), with) == 0;
}

static size_t read_whole(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, size);

	close(fd);
	return length < 0 ? 0 : (size_t)length;
}

static long write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long done = fd < 0 ? -1 : write(fd, text, strlen(text));
	int error = errno;

	close(fd);
	errno = error;
	return done;
}

/* ---- modules ---- */

static char content[1 << 20];

static long load_from(int fd, const char *name)
{
	long done = fd < 0 ? -1 : syscall(SYS_finit_module, fd, "", ends(name, ".xz") ? MODULE_INIT_COMPRESSED_FILE : 0);
	int error = errno;

	close(fd);
	errno = error;
	return done;
}

static long load(const char *path, const char *name)
{
	size_t size;
	int fd;

	if (begins(name, "memory-")) {
		size = read_whole(path, content, sizeof(content));
		return syscall(SYS_init_module, content, size, "");
	}
	if (begins(name, "memfd-")) {
		size = read_whole(path, content, sizeof(content));
		fd = syscall(SYS_memfd_create, name, 0);
		if (write(fd, content, size) != (ssize_t)size)
			return -1;
		return load_from(fd, name);
	}
	return load_from(open(path, O_RDONLY | O_CLOEXEC), name);
}

/* All of them are this module. */
static void unload(void)
{
	(void)syscall(SYS_delete_module, "crc7", O_NONBLOCK);
}

static void change(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (write(fd, "x", 1) != 1)
		report("change-%s=%s", path, word(-1));
	close(fd);
}

static void try_modules(void)
{
	struct dirent **entries;
	char path[512];
	int count = scandir("/try", &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/try/%s", name);
		report("load-%s=%s", name, word(load(path, name)));
		unload();
		if (!begins(name, "changed-"))
			continue;
		change(path);
		report("again-%s=%s", name, word(load(path, name)));
		unload();
	}
}

/* ---- modprobe ---- */

static bool is_in(const char *list, const char *line)
{
	size_t size = read_whole(list, content, sizeof(content) - 1);

	content[size] = '\0';
	return strstr(content, line) != NULL;
}

static void try_modprobe(void)
{
	int status = 0;
	pid_t child;

	if (access("/sbin/modprobe", F_OK) < 0)
		return;
	/* Without a device it cannot succeed; the file system is looked for first. */
	(void)mount("none", "/mnt", "msdos", 0, NULL);
	report("request-msdos=%s", is_in("/proc/filesystems", "\tmsdos\n") ? "loaded" : "no");
	child = fork();
	if (child == 0) {
		execl("/sbin/modprobe", "modprobe", "crc7", NULL);
		_exit(100 + errno);
	}
	waitpid(child, &status, 0);
	report("modprobe-crc7=%d %s", WEXITSTATUS(status), is_in("/proc/modules", "crc7 ") ? "loaded" : "no");
}

/* ---- firmware ---- */

static void try_firmware_file(const char *name)
{
	size_t size;

	if (write_text(TRIGGER, name) < 0) {
		report("firmware-%s=%s", name, word(-1));
		return;
	}
	size = read_whole("/dev/test_firmware", content, 64);
	report("firmware-%s=ok", name);
	report("content-%s=%.*s", name, (int)size, content);
}

/* What udev did once: there is no file that the kernel could read. */
static void try_sysfs_firmware(void)
{
	static const char directory[] = "/sys/class/firmware/" BY_SYSFS;
	int status = 0;
	pid_t child;

	if (write_text("/proc/sys/kernel/firmware_config/force_sysfs_fallback", "1") < 0)
		report("sysfs-firmware=%s", word(-1));
	child = fork();
	if (child == 0)
		_exit(write_text(TRIGGER, BY_SYSFS) < 0 ? errno : 0);
	for (int tries = 0; tries < 2000 && access(directory, F_OK) < 0; tries++) {
		if (waitpid(child, &status, WNOHANG) == child) {
			errno = WEXITSTATUS(status);
			report("sysfs-firmware=%s, not offered", word(errno ? -1 : 0));
			return;
		}
		usleep(1000);
	}
	(void)write_text("/sys/class/firmware/" BY_SYSFS "/loading", "1");
	(void)write_text("/sys/class/firmware/" BY_SYSFS "/data", "by hand");
	(void)write_text("/sys/class/firmware/" BY_SYSFS "/loading", "0");
	waitpid(child, &status, 0);
	errno = WEXITSTATUS(status);
	report("sysfs-firmware=%s", word(errno ? -1 : 0));
}

static void try_firmware(void)
{
	static const char module[] = "/test_firmware.ko";
	struct dirent **entries;
	int count;

	if (access(module, F_OK) < 0)
		return;
	report("load-test_firmware=%s", word(load(module, "")));
	count = scandir(FIRMWARE, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++)
		if (entries[i]->d_type == DT_REG)
			try_firmware_file(entries[i]->d_name);
	try_sysfs_firmware();
}

int main(void)
{
	report("runs");
	if (mount("none", "/proc", "proc", 0, NULL) < 0 || mount("none", "/sys", "sysfs", 0, NULL) < 0)
		report("mounts=%s", word(-1));
	try_modules();
	try_modprobe();
	try_firmware();
	report("end");
	fsync(1);
	sync();
	/* The audit lines are printed by a thread of the kernel: the last one must get out. */
	usleep(20000);
	reboot(RB_POWER_OFF);
	return 1;
}
