/* SPDX-License-Identifier: MIT */
/*
 * The device of the root, by its node, its number or the name of its partition.
 * Not in ima-init, whose root the kernel mounts.
 */
#include "root_device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "directory.h"
#include "failure.h"
#include "kernel_fs.h"
#include "log.h"
#include "format/text.h"

#define DEVICES  "/dev/"
#define BY_UUID  "PARTUUID="
#define BY_LABEL "PARTLABEL="
#define POLL_MS  10                  /* rootwait */

/* Known by their look to be nothing that waiting brings. */
static const struct {
	const char *prefix, *why;
} elsewhere[] = {
	{ "LABEL=", "what a file system calls itself is not read" },
	{ "UUID=", "what a file system calls itself is not read" },
	{ DEVICES "nfs", "a root from the network is not mounted" },
	{ DEVICES "cifs", "a root from the network is not mounted" },
	{ "nfs", "a root from the network is not mounted" },
	{ "mtd", "only a block device is mounted, such as " DEVICES "mtdblock0" },
	{ "ubi", "only a block device is mounted" },
};

static enum failure_code refuse(struct boot *boot, const char *why)
{
	boot->root.wait = 0;
	return fail(boot, FAIL_ROOT_MISSING, "root=%s: %s", boot->root.device, why);
}

/* ---- what sysfs says ---- */

#define LIMIT_UEVENT 2048            /* the kernel's UEVENT_BUFFER_SIZE */

/* The value of the line KEY=VALUE, @key with its `=`. */
static bool uevent_value(const char *text, const char *key, char *value, size_t size)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (text_starts(text, key) && length - strlen(key) < size) {
			length -= strlen(key);
			memcpy(value, text + strlen(key), length);
			value[length] = '\0';
			return true;
		}
		text += length + (text[length] != '\0');
	}
	return false;
}

/* What a device is called in /dev. */
static enum failure_code take_node(struct boot *boot, const char *uevent)
{
	char name[LIMIT_PATH - sizeof(DEVICES)];

	if (!uevent_value(uevent, "DEVNAME=", name, sizeof(name)))
		return refuse(boot, "sysfs names no node of it");
	(void)stpcpy(stpcpy(boot->root.node, DEVICES), name);
	return FAIL_NONE;
}

struct search {
	const char *key;             /* of the uevent, with its `=` */
	const char *wanted;
	bool any_case;
	bool shown, hidden;          /* partitions have such a line, or have none */
};

static enum failure_code look_at(struct boot *boot, struct search *search, const char *uevent)
{
	char value[LIMIT_PATH];

	if (!uevent_value(uevent, search->key, value, sizeof(value))) {
		search->hidden |= uevent_value(uevent, "PARTN=", value, sizeof(value));
		return FAIL_NONE;
	}
	search->shown = true;
	if ((search->any_case ? strcasecmp : strcmp)(value, search->wanted) != 0)
		return FAIL_NONE;
	/* The kernel would take the first, and which one that is is chance. */
	if (boot->root.node[0])
		return refuse(boot, "two partitions have this name");
	return take_node(boot, uevent);
}

static enum failure_code look_at_entries(struct boot *boot, struct search *search, int directory,
					 const char *entries, long size)
{
	char uevent[LIMIT_UEVENT + 1], path[LIMIT_PATH + sizeof("/uevent")];
	enum failure_code code = FAIL_NONE;

	for (long at = 0; at < size && code == FAIL_NONE;) {
		const struct directory_entry *entry = (const void *)(entries + at);

		at += entry->size;
		if (entry->name[0] == '.' || strlen(entry->name) >= LIMIT_PATH)
			continue;
		(void)stpcpy(stpcpy(path, entry->name), "/uevent");
		/* A device may go meanwhile. */
		if (kernel_fs_read(directory, path, uevent, sizeof(uevent)) >= 0)
			code = look_at(boot, search, uevent);
	}
	return code;
}

/* Every partition is looked at: a name may be there twice. */
static enum failure_code find_partition(struct boot *boot, int sysfs, struct search *search)
{
	alignas(struct directory_entry) char entries[2048];
	AUTO_CLOSE int directory = openat(sysfs, "class/block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum failure_code code = FAIL_NONE;
	long size = 0;

	boot->root.node[0] = '\0';
	do {
		size = directory < 0 ? -1 :
			syscall(SYS_getdents64, directory, entries, sizeof(entries));
		if (size > 0)
			code = look_at_entries(boot, search, directory, entries, size);
	} while (size > 0 && code == FAIL_NONE);
	if (size < 0)
		return refuse(boot, "/sys/class/block cannot be read");
	if (code != FAIL_NONE || boot->root.node[0])
		return code;
	/* Every partition has an identifier; a name it need not have. */
	if (search->hidden && !search->shown && strcmp(search->key, BY_UUID) == 0)
		return refuse(boot,
			      "this kernel does not show PARTUUIDs in sysfs, as Linux 6.13 does");
	return fail(boot, FAIL_ROOT_MISSING, "root=%s: no partition has this name",
		    boot->root.device);
}

/* ---- by number ---- */

/* One decimal number of a text. */
static bool take_number(const char **text, unsigned *value)
{
	size_t digits = strspn(*text, "0123456789");

	*value = 0;
	for (size_t i = 0; i < digits && digits < 9; i++)
		*value = *value * 10 + (unsigned)(*(*text)++ - '0');
	return digits > 0 && digits < 9;
}

/* As the kernel does (name_to_dev_t()): MAJOR:MINOR, or its own 32 bits in hexadecimal. */
static bool parse_number(const char *text, unsigned *major, unsigned *minor)
{
	uint32_t bits;

	if (strchr(text, ':'))
		return take_number(&text, major) && *text++ == ':' && take_number(&text, minor) &&
			!*text;
	text += text_starts(text, "0x") ? 2 : 0;
	if (!text_hex(text, strlen(text), &bits))
		return false;
	*major = (bits & 0xfff00) >> 8;
	*minor = (bits & 0xff) | ((bits >> 12) & 0xfff00);
	return true;
}

static enum failure_code find_number(struct boot *boot, int sysfs, unsigned major, unsigned minor)
{
	char path[64], uevent[LIMIT_UEVENT + 1];

	(void)text_format(path, sizeof(path), "dev/block/%u:%u/uevent", major, minor);
	if (kernel_fs_read(sysfs, path, uevent, sizeof(uevent)) < 0)
		return fail(boot, FAIL_ROOT_MISSING, "root=%s: there is no block device %u:%u",
			    boot->root.device, major, minor);
	return take_node(boot, uevent);
}

/* ---- by any name ---- */

/* By the name that the kernel itself would take for a partition's; false: it is none. */
static bool is_partition_name(const char *device, struct search *search)
{
	*search = (struct search){ .key = "PARTNAME=", .wanted = device + strlen(BY_LABEL) };
	if (text_starts(device, BY_LABEL))
		return true;
	*search = (struct search){ .key = BY_UUID,
				   .wanted = device + strlen(BY_UUID),
				   .any_case = true };
	return text_starts(device, BY_UUID);
}

static enum failure_code find_node(struct boot *boot)
{
	const char *device = boot->root.device;
	struct stat status;

	if (text_contains(device, "..") || !device[strlen(DEVICES)])
		return refuse(boot, "it is no node in " DEVICES);
	(void)strcpy(boot->root.node, device);
	if (stat(device, &status) < 0)
		return fail(boot, FAIL_ROOT_MISSING, "%s: " ERRNO_FORMAT, device, ERRNO(errno));
	return S_ISBLK(status.st_mode) ? FAIL_NONE : refuse(boot, "it is no block device");
}

static enum failure_code find_once(struct boot *boot, int sysfs)
{
	const char *device = boot->root.device;
	struct search search;
	unsigned major, minor;

	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (text_starts(device, elsewhere[i].prefix))
			return refuse(boot, elsewhere[i].why);
	if (text_starts(device, DEVICES))
		return find_node(boot);
	if (is_partition_name(device, &search))
		return find_partition(boot, sysfs, &search);
	if (parse_number(device, &major, &minor))
		return find_number(boot, sysfs, major, minor);
	return refuse(boot, "it is no node in " DEVICES ", no number, and no partition's name");
}

static int64_t seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

enum failure_code root_device_find(struct boot *boot)
{
	bool is_node = text_starts(boot->root.device, DEVICES);
	AUTO_CLOSE int sysfs = is_node ? -1 : kernel_fs_open("sysfs");

	if (!is_node && sysfs < 0)
		return fail(boot, FAIL_KERNEL_LACKS, "root=%s: sysfs (CONFIG_SYSFS): " ERRNO_FORMAT,
			    boot->root.device, ERRNO(-sysfs));
	int64_t end = seconds_now() + boot->root.wait;
	enum failure_code code = find_once(boot, sysfs);

	if (code == FAIL_ROOT_MISSING && boot->root.wait > 0)
		log_line(boot, LOG_NOTICE, "root: waiting for %s", boot->root.device);
	/* What waiting cannot bring ends it: refuse(). */
	while (code == FAIL_ROOT_MISSING && boot->root.wait > 0 && seconds_now() <= end) {
		/* nanosleep() would do nothing on a 32-bit kernel without CONFIG_COMPAT_32BIT_TIME. */
		(void)poll(NULL, 0, POLL_MS);
		code = find_once(boot, sysfs);
	}
	return code;
}
