/* SPDX-License-Identifier: MIT */
/*
 * Process 1 in place of ima-init: hands /ima/policy to the kernel, then tries what can be mapped
 * executable and writes a line for each, "mapper: WHAT: mapped", or the error. Powers off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define DISK "/dev/ubda"    /* the root's own device, on devtmpfs */
#define NODE "/etc/node"    /* the same device, a node of the root file system */
#define LINK "/etc/link.so" /* a symlink to DISK, as in place of a library */
#define POLICY "/mnt/ima/policy"

static void say(const char *what, int done)
{
	dprintf(1, "mapper: %s: %s\n", what, done < 0 ? strerror(errno) : "mapped");
}

static void fail(const char *what)
{
	dprintf(1, "mapper: FAILS: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void load_policy(void)
{
	static const char path[] = "/ima/policy";
	int node = open(POLICY, O_WRONLY);

	/* The rules are in force from close() on. */
	if (node < 0 || write(node, path, sizeof(path) - 1) < 0 || close(node) < 0)
		fail("policy");
}

/*
 * Audit records reach the log later and in their order: waits for one more, of a policy without
 * rules, which changes nothing.
 */
static void wait_for_audit(void)
{
	char line[8192];
	int log = open("/dev/kmsg", O_RDONLY), node = open(POLICY, O_WRONLY);

	if (log < 0 || node < 0)
		fail("wait");
	close(node);
	do {
		/* EPIPE: lines were overwritten that were not read. */
		ssize_t length = read(log, line, sizeof(line) - 1);

		if (length < 0 && errno != EPIPE)
			fail("/dev/kmsg");
		line[length < 0 ? 0 : length] = '\0';
	} while (!strstr(line, "op=policy_update cause=failed"));
}

static int map_fd(int fd, int protection, int flags)
{
	void *page = mmap(NULL, PAGE, protection, flags, fd, 0);

	if (page == MAP_FAILED)
		return -1;
	munmap(page, PAGE);
	return 0;
}

static void try_file(const char *what, const char *path, int protection, int flags)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		fail(path);
	say(what, map_fd(fd, protection, flags));
	close(fd);
}

static void try_mprotect(const char *what, const char *path)
{
	int fd = open(path, O_RDONLY);
	void *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	if (page == MAP_FAILED)
		fail(path);
	say(what, mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	munmap(page, PAGE);
	close(fd);
}

static void try_memory(void)
{
	int memory = memfd_create("mapper", 0);

	if (memory < 0 || ftruncate(memory, PAGE) < 0)
		fail("memfd_create");
	say("memfd", map_fd(memory, PROT_READ | PROT_EXEC, MAP_PRIVATE));
	close(memory);
	say("anonymous memory", map_fd(-1, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS));
	say("shared memory", map_fd(-1, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS));
}

static void try_execve(const char *what, const char *path)
{
	char *const arguments[] = { "node", NULL };

	execve(path, arguments, arguments + 1);
	say(what, -1);
}

int main(void)
{
	struct stat disk;

	if (stat(DISK, &disk) < 0 || mknod(NODE, S_IFBLK | 0755, disk.st_rdev) < 0 || symlink(DISK, LINK) < 0)
		fail("nodes");
	/* A group that a rule can name. */
	if (chown("/dev/zero", 0, 7) < 0)
		fail("chown");
	if (mount("none", "/mnt", "securityfs", 0, NULL) < 0)
		fail("mount securityfs");
	load_policy();

	try_file("signed program", "/sbin/helper", PROT_READ | PROT_EXEC, MAP_PRIVATE);
	try_file("unsigned program", "/bin/unsigned", PROT_READ | PROT_EXEC, MAP_PRIVATE);
	try_file("disk", DISK, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	try_file("disk, shared", DISK, PROT_READ | PROT_EXEC, MAP_SHARED);
	try_file("symlink to it", LINK, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	try_file("node of it", NODE, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	try_file("zero", "/dev/zero", PROT_READ | PROT_EXEC, MAP_PRIVATE);
	try_file("disk, to read", DISK, PROT_READ, MAP_PRIVATE);
	try_file("zero, to read", "/dev/zero", PROT_READ, MAP_PRIVATE);
	try_mprotect("disk, mprotect", DISK);
	try_memory();
	try_execve("node, execve", NODE);
	if (personality(READ_IMPLIES_EXEC) < 0)
		fail("personality");
	try_file("disk, READ_IMPLIES_EXEC", DISK, PROT_READ, MAP_PRIVATE);
	wait_for_audit();
	reboot(RB_POWER_OFF);
	return 1;
}
