/* SPDX-License-Identifier: MIT */
/*
 * What boot tests need besides the payload, in one static program; the name it
 * is started with says what it does. As /sbin/<name> it is given to the kernel
 * with init=, does one thing and becomes /ima/init.
 *
 *   mount-over    puts a copy on a tmpfs over the file or directory that the
 *                 environment's MOUNT_OVER names
 *   bind-over     mounts that file or directory over itself: the same file
 *                 system, but another mount
 *   deny          nothing but what all of these do before they become /ima/init: system
 *                 calls answer with an error from then on, where the environment has
 *                 DENY=NUMBER:ERRNO, or NUMBER:ERRNO:FIRST_ARGUMENT, commas between several;
 *                 and EXEC names another program than /ima/init
 *   write-metadata  has EVM allow metadata writes
 *   lock-xattrs   locks the list of attributes that EVM protects
 *   close-evm     completes the setup of EVM before its time
 *   hold-policy   keeps securityfs/ima/policy open for writing
 *   load-policy   hands /etc/policy to the kernel, says what it answers and powers off
 *   close-fds     closes descriptors 0 to 2
 *   not-pid-1     runs /ima/init in a child
 *   modprobe      (unsigned, uid 1000's) writes "modprobe-spy: ran" to the log
 *   unsigned      says that it ran
 *   rescue        says that it ran and powers off
 *   seal          makes kmk, a trusted key with the options that are its arguments,
 *                 and evm-key under it, prints both and what the TPM's PCRs hold, and
 *                 powers off
 *   set-variable  makes /variable, attributes ahead, the variable with the device's keys
 *   extend        extends the TPM's PCR that the environment's PCR says
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define INIT "/ima/init"
#define ASIDE "/mnt"

static void fail(const char *what)
{
	dprintf(1, "helper: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(1);
}

/* include/uapi/linux/filter.h, seccomp.h: musl has neither. */
struct filter_instruction {
	uint16_t code;
	uint8_t jump_true, jump_false;
	uint32_t constant;
};

/*
 * Filters outlive the exec. The number of a system call and its first argument
 * are all that a filter is asked for, so that the error comes from the kernel.
 */
static void deny_one(const char *what)
{
	unsigned number, error, argument;
	int given = sscanf(what, "%u:%u:%u", &number, &error, &argument);
	struct filter_instruction filter[] = {
		{ 0x20, 0, 0, 0 },                    /* load seccomp_data.nr */
		{ 0x15, 0, 3, number },               /* that one? */
		{ 0x20, 0, 0, 16 },                   /* load seccomp_data.args[0] */
		{ 0x15, 0, given == 3, argument },
		{ 0x06, 0, 0, 0x00050000 | error },   /* SECCOMP_RET_ERRNO */
		{ 0x06, 0, 0, 0x7fff0000 },           /* SECCOMP_RET_ALLOW */
	};
	struct {
		uint16_t length;
		struct filter_instruction *filter;
	} program = { 6, filter };

	errno = EINVAL;
	if (given < 2 || prctl(PR_SET_SECCOMP, 2, &program) < 0)
		fail("DENY");
}

static int become_init(char **arguments)
{
	char *list = getenv("DENY"), *init = getenv("EXEC");

	for (char *what = list ? strtok(list, ",") : NULL; what; what = strtok(NULL, ","))
		deny_one(what);
	arguments[0] = init ? init : INIT;
	unsetenv("MOUNT_OVER");
	unsetenv("DENY");
	unsetenv("EXEC");
	execve(arguments[0], arguments, environ);
	fail(arguments[0]);
	return 1;
}

/* Owner, mode, content; the xattrs where tmpfs takes them. */
static void copy_file(const char *from, const char *to, const struct stat *info)
{
	static const char *const names[] = { "security.ima", "security.evm" };
	char buffer[65536];
	ssize_t length;
	int in = open(from, O_RDONLY), target = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);

	/* The canary cannot be read; an empty file with its owner stands for it. */
	if (target < 0)
		fail(to);
	while (in >= 0 && (length = read(in, buffer, sizeof(buffer))) > 0) {
		if (write(target, buffer, length) != length)
			fail(to);
	}
	if (fchown(target, info->st_uid, info->st_gid) < 0 || fchmod(target, info->st_mode & 07777) < 0)
		fail(to);
	/* Last: a portable signature locks owner and mode. */
	for (size_t i = 0; i < 2; i++) {
		length = lgetxattr(from, names[i], buffer, sizeof(buffer));
		if (length > 0)
			(void)fsetxattr(target, names[i], buffer, length, 0);
	}
	close(in);
	close(target);
}

static void copy_tree(const char *from, const char *to)
{
	char source[512], target[512];
	struct dirent *entry;
	struct stat info;
	DIR *directory = opendir(from);

	if (!directory)
		fail(from);
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
		snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
		if (lstat(source, &info) < 0)
			fail(source);
		if (S_ISDIR(info.st_mode)) {
			if (mkdir(target, 0755) < 0)
				fail(target);
			copy_tree(source, target);
		} else {
			copy_file(source, target, &info);
		}
	}
	closedir(directory);
}

static int mount_over(char **arguments)
{
	const char *over = getenv("MOUNT_OVER");
	struct stat info;

	if (!over || stat(over, &info) < 0)
		fail("MOUNT_OVER");
	if (mount("none", ASIDE, "tmpfs", 0, "mode=0755") < 0)
		fail("mount tmpfs");
	if (S_ISDIR(info.st_mode)) {
		copy_tree(over, ASIDE);
		if (mount(ASIDE, over, NULL, MS_BIND, NULL) < 0)
			fail("bind mount");
	} else {
		copy_file(over, ASIDE "/file", &info);
		if (mount(ASIDE "/file", over, NULL, MS_BIND, NULL) < 0)
			fail("bind mount");
	}
	return become_init(arguments);
}

static int bind_over(char **arguments)
{
	const char *over = getenv("MOUNT_OVER");

	if (!over || mount(over, over, NULL, MS_BIND, NULL) < 0)
		fail("MOUNT_OVER");
	return become_init(arguments);
}

/* A file of securityfs, open for writing; the mount is gone again when this returns. */
static int open_securityfs(const char *path)
{
	char full[64];
	int file;

	if (mount("none", ASIDE, "securityfs", 0, NULL) < 0)
		fail("mount securityfs");
	snprintf(full, sizeof(full), ASIDE "/%s", path);
	file = open(full, O_WRONLY);
	if (file < 0)
		fail(full);
	(void)umount2(ASIDE, MNT_DETACH);
	return file;
}

static int write_to(const char *path, const char *text, char **arguments)
{
	int node = open_securityfs(path);

	if (write(node, text, strlen(text)) < 0)
		fail(path);
	close(node);
	return become_init(arguments);
}

static int close_evm(char **arguments)
{
	return write_to("evm", "0x80000002", arguments);
}

static int write_metadata(char **arguments)
{
	return write_to("evm", "4", arguments);
}

static int lock_xattrs(char **arguments)
{
	return write_to("integrity/evm/evm_xattrs", ".", arguments);
}

/* The kernel lets one writer open it at a time. */
static int hold_policy(char **arguments)
{
	(void)open_securityfs("ima/policy");
	return become_init(arguments);
}

static int load_policy(char **arguments)
{
	static const char path[] = "/etc/policy";
	int node = open_securityfs("ima/policy");
	ssize_t done = write(node, path, sizeof(path) - 1);

	(void)arguments;
	dprintf(1, "helper: policy: %s\n", done < 0 ? strerror(errno) : "taken");
	reboot(RB_POWER_OFF);
	return 1;
}

static int close_fds(char **arguments)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	return become_init(arguments);
}

static int not_pid_1(char **arguments)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		return become_init(arguments);
	waitpid(child, &status, 0);
	if (WIFEXITED(status))
		dprintf(1, "helper: child exited %d\n", WEXITSTATUS(status));
	else
		dprintf(1, "helper: child killed by signal %d\n", WTERMSIG(status));
	reboot(RB_POWER_OFF);
	return 1;
}

static int modprobe_spy(char **arguments)
{
	int log = open("/dev/kmsg", O_WRONLY);

	(void)arguments;
	if (log < 0) {
		(void)mknod("/kmsg", S_IFCHR | 0600, makedev(1, 11));
		log = open("/kmsg", O_WRONLY);
	}
	dprintf(log, "<1>modprobe-spy: ran as uid %d\n", getuid());
	return 1;
}

static int say_unsigned(char **arguments)
{
	(void)arguments;
	return 0;
}

static void report_path(const char *name)
{
	char path[64], value[256] = "";
	ssize_t length;
	int file;

	snprintf(path, sizeof(path), ASIDE "/sys/kernel/%s", name);
	file = open(path, O_RDONLY);
	length = file < 0 ? -1 : read(file, value, sizeof(value) - 1);
	value[length > 0 ? length : 0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	dprintf(1, "rescue: %s=[%s]\n", name, length < 0 ? strerror(errno) : value);
}

static int rescue(char **arguments)
{
	(void)arguments;
	dprintf(1, "rescue: runs as pid %d\n", getpid());
	if (mount("none", ASIDE, "proc", 0, NULL) == 0) {
		report_path("modprobe");
		report_path("hotplug");
	}
	reboot(RB_POWER_OFF);
	return 1;
}

/* Adds a key to the process keyring and prints its blob. */
static void make_key(const char *type, const char *name, const char *words)
{
	static char blob[4096];
	long key = syscall(SYS_add_key, type, name, words, strlen(words), -2 /* KEY_SPEC_PROCESS_KEYRING */);
	long length = key < 0 ? -1 : syscall(SYS_keyctl, 11 /* KEYCTL_READ */, key, blob, sizeof(blob));

	if (length < 0 || length > (long)sizeof(blob))
		dprintf(1, "seal: %s: %s\n", name, strerror(errno));
	else
		dprintf(1, "seal: %s=%.*s\n", name, (int)length, blob);
}

/* SHA-256 values, as sysfs has them. */
static void print_pcrs(void)
{
	char path[64], value[65];

	if (mount("none", ASIDE, "sysfs", 0, NULL) < 0)
		fail("mount sysfs");
	for (int pcr = 0; pcr < 24; pcr++) {
		snprintf(path, sizeof(path), ASIDE "/class/tpm/tpm0/pcr-sha256/%d", pcr);
		int file = open(path, O_RDONLY);

		if (read(file, value, 64) != 64)
			fail(path);
		close(file);
		dprintf(1, "seal: pcr%d=%.64s\n", pcr, value);
	}
}

static int seal(char **arguments)
{
	char words[1024] = "new 32";

	for (size_t used; *++arguments;) {
		used = strlen(words);
		snprintf(words + used, sizeof(words) - used, " %s", *arguments);
	}
	make_key("trusted", "kmk", words);
	make_key("encrypted", "evm-key", "new trusted:kmk 32");
	if (mkdir(ASIDE, 0755) < 0 && errno != EEXIST)
		fail(ASIDE);
	print_pcrs();
	reboot(RB_POWER_OFF);
	return 1;
}

/* TPM2_PCR_Extend, with an empty password. */
static int extend(char **arguments)
{
	uint8_t command[65] = {
		0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82, 0, 0, 0, 0,
		0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x0b, 0xee,
	};
	uint8_t response[256];
	const char *pcr = getenv("PCR");

	if (!pcr || mount("none", ASIDE, "devtmpfs", 0, NULL) < 0)
		fail("mount devtmpfs");
	command[13] = (uint8_t)atoi(pcr);
	int tpm = open(ASIDE "/tpm0", O_RDWR);

	errno = EIO;
	if (write(tpm, command, sizeof(command)) != sizeof(command) ||
	    read(tpm, response, sizeof(response)) < 10 || memcmp(response + 6, "\0\0\0\0", 4) != 0)
		fail("extend");
	close(tpm);
	(void)umount2(ASIDE, MNT_DETACH);
	unsetenv("PCR");
	return become_init(arguments);
}

static int set_variable(char **arguments)
{
	static const char name[] = ASIDE "/ImaInitDeviceKeys-a1f29c06-5d0e-4c1b-9a6e-37c2b84f6d51";
	char value[8192];
	int from = open("/variable", O_RDONLY);
	ssize_t length = read(from, value, sizeof(value));

	if (length < 0)
		fail("/variable");
	if (mount("none", ASIDE, "efivarfs", 0, NULL) < 0)
		fail("mount efivarfs");
	int to = open(name, O_WRONLY | O_CREAT, 0600);

	if (to < 0 || write(to, value, length) != length)
		fail(name);
	close(to);
	close(from);
	(void)umount2(ASIDE, MNT_DETACH);
	return become_init(arguments);
}

static const struct {
	const char *name;
	int (*run)(char **arguments);
} programs[] = {
	{ "mount-over", mount_over },
	{ "bind-over", bind_over },
	{ "deny", become_init },
	{ "close-evm", close_evm },
	{ "write-metadata", write_metadata },
	{ "lock-xattrs", lock_xattrs },
	{ "hold-policy", hold_policy },
	{ "load-policy", load_policy },
	{ "close-fds", close_fds },
	{ "not-pid-1", not_pid_1 },
	{ "modprobe", modprobe_spy },
	{ "unsigned", say_unsigned },
	{ "unsigned-other", say_unsigned },
	/* tests/boot/verity.t */
	{ "right", say_unsigned },
	{ "sha512", say_unsigned },
	{ "plain", say_unsigned },
	{ "rescue", rescue },
	{ "seal", seal },
	{ "extend", extend },
	{ "set-variable", set_variable },
	/* tests/boot/restore.t, and the payload's try_programs() */
	{ "signed", say_unsigned },
	{ "linked", say_unsigned },
	{ "altered", say_unsigned },
	{ "swapped", say_unsigned },
	{ "swapped-too", say_unsigned },
	{ "other", say_unsigned },
	{ "unlisted", say_unsigned },
	{ "written", say_unsigned },
	{ "appended", say_unsigned },
};

int main(int count, char **arguments)
{
	const char *name = count > 0 ? strrchr(arguments[0], '/') : NULL;

	name = name ? name + 1 : count > 0 ? arguments[0] : "";
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (strcmp(name, programs[i].name) == 0)
			return programs[i].run(arguments);
	}
	errno = EINVAL;
	fail(name);
	return 1;
}
