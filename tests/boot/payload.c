/* SPDX-License-Identifier: MIT */
/*
 * Stands for the real init in a boot test: prints what it was given as lines
 * "payload: key=value", tries what must be refused, and powers off. What it was
 * given is noted before anything is opened.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* include/uapi/linux/keyctl.h, which musl has not */
#define KEYCTL_GET_KEYRING_ID 0
#define KEY_SPEC_THREAD_KEYRING -1
#define KEY_SPEC_PROCESS_KEYRING -2
#define KEY_SPEC_SESSION_KEYRING -3
#ifndef SYS_fsopen
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef FSCONFIG_CMD_CREATE
#define FSCONFIG_CMD_CREATE 6
#endif
/* include/uapi/linux/fsverity.h */
struct fsverity_enable_arg {
	unsigned int version, hash_algorithm, block_size, salt_size;
	unsigned long long salt;
	unsigned int signature_size, reserved;
	unsigned long long signature, more[11];
};
#define FS_IOC_ENABLE_VERITY _IOW('f', 133, struct fsverity_enable_arg)
#define DESCRIPTORS 1024
#define RLIMIT_SIGPENDING 11

static int out = 1;

static void report(const char *format, ...)
{
	char line[4096];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	dprintf(out, "payload: %.*s\n", length, line);
}

/* The word of an errno, as short as a test wants to compare it. */
static const char *errno_word(int error)
{
	static char other[16];

	switch (error) {
	case 0: return "ok";
	case EPERM: return "EPERM";
	case ENOENT: return "ENOENT";
	case EACCES: return "EACCES";
	case EBUSY: return "EBUSY";
	case EINVAL: return "EINVAL";
	case ENOKEY: return "ENOKEY";
	case ENOSYS: return "ENOSYS";
	case ENODEV: return "ENODEV";
	case EKEYREVOKED: return "EKEYREVOKED";
	case EKEYREJECTED: return "EKEYREJECTED";
	case EBADMSG: return "EBADMSG";
	case ENOEXEC: return "ENOEXEC";
	case EOPNOTSUPP: return "EOPNOTSUPP";
	}
	snprintf(other, sizeof(other), "errno-%d", error);
	return other;
}

/* For a kernel without fsopen(); gone from the tree before anything else happens. */
static int classic_mount(const char *type)
{
	int directory;

	if (mount(type, "/mnt", type, 0, NULL) < 0)
		return -1;
	directory = open("/mnt", O_RDONLY | O_DIRECTORY);
	umount2("/mnt", MNT_DETACH);
	return directory;
}

static int detached_mount(const char *type)
{
	int context = syscall(SYS_fsopen, type, 1);
	int root;

	if (context < 0)
		return errno == ENOSYS ? classic_mount(type) : -1;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	root = syscall(SYS_fsmount, context, 1, 0);
	close(context);
	return root;
}

static void report_list(const char *name, char **words)
{
	char line[4000] = "";
	size_t used = 0;

	for (; *words && used < sizeof(line) - 1; words++)
		used += snprintf(line + used, sizeof(line) - used, "[%s]", *words);
	report("%s=%s", name, line);
}

static void report_signals(void)
{
	unsigned long blocked = 0, ignored = 0;
	struct sigaction action;
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int number = 1; number < 64; number++) {
		if (sigismember(&mask, number) == 1)
			blocked |= 1UL << (number - 1);
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			ignored |= 1UL << (number - 1);
	}
	report("blocked-signals=%lx", blocked);
	report("ignored-signals=%lx", ignored);
}

static void report_limits(void)
{
	char line[512];
	size_t used = 0;
	struct rlimit limit;

	for (int number = 0; number < RLIMIT_NLIMITS; number++) {
		/* These two follow the size of the memory. */
		if (number == RLIMIT_NPROC || number == RLIMIT_SIGPENDING)
			continue;
		if (getrlimit(number, &limit) == 0)
			used += snprintf(line + used, sizeof(line) - used, "%lx/%lx,",
					 (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
	}
	report("limits=%s", line);
}

static void report_lines(int directory, const char *path, const char *name, const char *const *wanted)
{
	int fd = openat(directory, path, O_RDONLY);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char line[1024];

	if (!in) {
		report("%s=%s", name, errno_word(errno));
		return;
	}
	while (fgets(line, sizeof(line), in)) {
		int keep = wanted == NULL;

		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; wanted && wanted[i]; i++)
			keep |= strncmp(line, wanted[i], strlen(wanted[i])) == 0;
		if (keep)
			report("%s=%s", name, line);
	}
	fclose(in);
}

static void report_proc(const unsigned char *open_before)
{
	static const char *const status[] = { "Cap", "NoNewPrivs", "Seccomp:", "Groups", NULL };
	static const char *const memory[] = { "MemFree:", NULL };
	int proc = detached_mount("proc");
	char path[64], target[256];
	ssize_t length;

	if (proc < 0) {
		report("proc=%s", errno_word(errno));
		return;
	}
	for (int number = 0; number < DESCRIPTORS; number++) {
		if (!open_before[number])
			continue;
		snprintf(path, sizeof(path), "1/fd/%d", number);
		length = readlinkat(proc, path, target, sizeof(target));
		report("fd%d=%.*s", number, length < 0 ? 0 : (int)length, target);
	}
	report_lines(proc, "1/mountinfo", "mount", NULL);
	report_lines(proc, "1/status", "status", status);
	report_lines(proc, "keys", "proc-keys", NULL);
	report_lines(proc, "meminfo", "memory", memory);
	report_lines(proc, "sys/kernel/modprobe", "modprobe", NULL);
	report_lines(proc, "sys/kernel/hotplug", "hotplug", NULL);
	close(proc);
}

static void report_keyrings(void)
{
	static const struct { const char *name; int id; } rings[] = {
		{ "thread-keyring", KEY_SPEC_THREAD_KEYRING },
		{ "process-keyring", KEY_SPEC_PROCESS_KEYRING },
		{ "session-keyring", KEY_SPEC_SESSION_KEYRING },
	};
	static const struct { const char *type, *description; } keys[] = {
		{ "user", "kmk" }, { "trusted", "kmk" }, { "encrypted", "evm-key" },
	};

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, rings[i].id, 0);

		report("%s=%s", rings[i].name, errno_word(id < 0 ? errno : 0));
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		long id = syscall(SYS_request_key, keys[i].type, keys[i].description, NULL, 0);

		report("key-%s-%s=%s", keys[i].type, keys[i].description, errno_word(id < 0 ? errno : 0));
	}
}

static void try_write(int directory, const char *path, const char *text)
{
	int fd = openat(directory, path, O_WRONLY);
	ssize_t done = fd < 0 ? -1 : write(fd, text, strlen(text));

	report("%s-write-%s=%s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path, text,
	       errno_word(done < 0 ? errno : 0));
	close(fd);
}

static void report_securityfs(void)
{
	int securityfs = detached_mount("securityfs");
	char text[16];
	ssize_t length;
	int fd;

	if (securityfs < 0) {
		report("securityfs=%s", errno_word(errno));
		return;
	}
	fd = openat(securityfs, "evm", O_RDONLY);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (length < 0)
		report("evm=%s", errno_word(errno));
	else
		report("evm=%.*s", (int)length - (length > 0 && text[length - 1] == '\n'), text);
	close(fd);
	try_write(securityfs, "evm", "0");
	try_write(securityfs, "evm", "1");
	report_lines(securityfs, "integrity/evm/evm_xattrs", "evm-xattr", NULL);
	try_write(securityfs, "integrity/evm/evm_xattrs", "security.late");
	report("policy-node=%s", errno_word(faccessat(securityfs, "ima/policy", F_OK, 0) < 0 ? errno : 0));
	report_lines(securityfs, "ima/policy", "rule", NULL);
	fd = openat(securityfs, "ima/policy", O_WRONLY);
	report("policy-open-write=%s", errno_word(fd < 0 ? errno : 0));
	close(fd);
	close(securityfs);
}

/* What a helper does goes by @name. */
static const char *execute(const char *path, const char *name)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		char *arguments[] = { (char *)name, NULL };
		char *environment[] = { NULL };

		execve(path, arguments, environment);
		_exit(errno);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? (WEXITSTATUS(status) ? errno_word(WEXITSTATUS(status)) : "ran") : "killed";
}

/* The line is that of the file. */
static void try_exec_as(const char *path, const char *name)
{
	report("exec-%s=%s", strrchr(path, '/') + 1, execute(path, name));
}

static void try_exec(const char *path)
{
	try_exec_as(path, path);
}

/* Enables fs-verity on the programs in /verity, and executes them. */
static void try_verity(void)
{
	DIR *directory = opendir("/verity");
	struct dirent *entry;
	char path[512];

	while (directory && (entry = readdir(directory))) {
		struct fsverity_enable_arg argument = {
			.version = 1, .block_size = 4096,
			.hash_algorithm = strncmp(entry->d_name, "sha512", 6) == 0 ? 2 : 1,
		};

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/verity/%s", entry->d_name);
		if (strncmp(entry->d_name, "plain", 5) != 0) {
			int fd = open(path, O_RDONLY);

			if (ioctl(fd, FS_IOC_ENABLE_VERITY, &argument) < 0)
				report("verity-%s=%s", entry->d_name, errno_word(errno));
			close(fd);
		}
		try_exec(path);
	}
	if (directory)
		closedir(directory);
}

static size_t read_whole(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = read(fd, text, size);

	close(fd);
	return length < 0 ? 0 : (size_t)length;
}

/* A new file with the content and the security.ima that are in /hmac: EVM gives it an HMAC. */
static void make_hmac(void)
{
	static char content[8192], ima[1024];
	size_t size = read_whole("/hmac/content", content, sizeof(content));
	size_t ima_size = read_whole("/hmac/ima", ima, sizeof(ima));
	int fd, error = EPERM;

	if (size == 0)
		return;
	/* To EVM of Linux 6.12 a file is new that mknod() has made, to that of 6.1 what IMA has seen opened. */
	for (int by_mknod = 0; by_mknod < 2 && error == EPERM; by_mknod++) {
		unlink("/hmac/new");
		if (by_mknod)
			mknod("/hmac/new", S_IFREG | 0640, 0);
		fd = open("/hmac/new", O_WRONLY | (by_mknod ? 0 : O_CREAT | O_EXCL), 0640);
		error = write(fd, content, size) != (ssize_t)size || fchown(fd, 7, -1) < 0 ||
			fsetxattr(fd, "security.ima", ima, ima_size, 0) < 0 ? errno : 0;
		close(fd);
	}
	report("hmac=%s", errno_word(error));
}

/* Executes the programs in /try; then what a running system has made of one of them. */
static void try_programs(void)
{
	static char content[65536];
	DIR *directory = opendir("/try");
	struct dirent *entry;
	char path[512];
	size_t size;
	int fd;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		snprintf(path, sizeof(path), "/try/%s", entry->d_name);
		if (entry->d_name[0] != '.')
			try_exec(path);
	}
	closedir(directory);
	size = read_whole("/try/signed", content, sizeof(content));
	fd = open("/try/written", O_WRONLY | O_CREAT | O_EXCL, 0755);
	report("write-written=%s", errno_word(write(fd, content, size) != (ssize_t)size ? errno : 0));
	close(fd);
	try_exec("/try/written");
	report("chmod-signed=%s", errno_word(chmod("/try/signed", 04755) < 0 ? errno : 0));
	report("remove-signature=%s", errno_word(removexattr("/try/signed", "security.evm") < 0 ? errno : 0));
	fd = open("/try/signed", O_WRONLY | O_APPEND);
	report("write-signed=%s", errno_word(write(fd, "x", 1) != 1 ? errno : 0));
	close(fd);
	if (rename("/try/signed", "/try/appended") == 0)
		try_exec("/try/appended");
}

/* The serial of one of the kernel's keyrings, by the lines of /proc/keys. */
static int find_ring(int proc, const char *name)
{
	char line[1024], ring[64];
	int fd = openat(proc, "keys", O_RDONLY), found = 0;
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");

	snprintf(ring, sizeof(ring), " keyring   %s:", name);
	while (in && fgets(line, sizeof(line), in))
		if (strstr(line, ring))
			found = (int)strtoul(line, NULL, 16);
	if (in)
		fclose(in);
	return found;
}

/* The files of a directory in /late go into the keyring that it is named after. */
static void add_late(int proc, const char *ring)
{
	static char content[16384];
	char path[512];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/late/%s", ring);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		int is_hash = strcmp(ring, ".blacklist") == 0;
		size_t size;
		long key;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/late/%s/%s", ring, entry->d_name);
		size = read_whole(path, content, sizeof(content));
		key = syscall(SYS_add_key, is_hash ? "blacklist" : "asymmetric", is_hash ? entry->d_name : NULL,
			      content, size, find_ring(proc, ring));
		report("late-add%s=%s", ring, errno_word(key < 0 ? errno : 0));
	}
	if (directory)
		closedir(directory);
}

/*
 * What root may do to the keyrings after the handover, and what that does to programs:
 * /late/opened is executed before and after it, /late/fresh and /late/other only after.
 * /late/module is none: ENOEXEC says that the kernel has taken its signature.
 */
static void try_late_keys(void)
{
	static const char *const rings[] = { ".blacklist", ".ima_blacklist", ".ima", ".evm" };
	int proc, caches;

	if (access("/late", F_OK) < 0)
		return;
	proc = detached_mount("proc");
	report("late-opened=%s", execute("/late/opened", "signed"));
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++)
		add_late(proc, rings[i]);
	report("late-opened-again=%s", execute("/late/opened", "signed"));
	report("late-fresh=%s", execute("/late/fresh", "signed"));
	report("late-other=%s", execute("/late/other", "signed"));
	/* What is remembered of a file goes with its inode. */
	sync();
	caches = openat(proc, "sys/vm/drop_caches", O_WRONLY);
	report("late-caches=%s", errno_word(write(caches, "3", 1) != 1 ? errno : 0));
	close(caches);
	close(proc);
	report("late-opened-dropped=%s", execute("/late/opened", "signed"));
	if (access("/late/module", F_OK) == 0) {
		int module = open("/late/module", O_RDONLY);

		report("late-module=%s", errno_word(syscall(SYS_finit_module, module, "", 0) < 0 ? errno : 0));
		close(module);
	}
}

/* A change of what a portable signature covers, and whether the program runs then: "ANSWER,RUNS". */
static void report_change(const char *change, int answer)
{
	int error = answer < 0 ? errno : 0;

	report("metadata-%s=%s,%s", change, errno_word(error), execute("/metadata/signed", "signed"));
}

static void try_metadata(void)
{
	static const char file[] = "/metadata/signed";
	static const char capability[20] = { 1, 0, 0, 2, 0, 4 };
	static const char hmac[21] = { 2 };
	static char signature[1024];
	ssize_t length;

	if (access(file, F_OK) < 0)
		return;
	report_change("none", 0);
	report_change("mode", chmod(file, 04755));
	report_change("mode-again", chmod(file, 0755));
	report_change("owner", chown(file, 1000, -1));
	report_change("owner-again", chown(file, 0, -1));
	report_change("capability", setxattr(file, "security.capability", capability, sizeof(capability), 0));
	(void)removexattr(file, "security.capability");
	length = getxattr(file, "security.evm", signature, sizeof(signature));
	report_change("hmac", setxattr(file, "security.evm", hmac, sizeof(hmac), 0));
	report_change("signature-again", setxattr(file, "security.evm", signature, length < 0 ? 0 : length, 0));
	report_change("signature", removexattr(file, "security.evm"));
}

/* What is below /tree: "NAME TYPE-AND-MODE OWNER:GROUP TIME LINKS DEVICE SIZE TARGET", the name in C's escapes. */
static void list_tree(const char *directory)
{
	DIR *open_directory = opendir(directory);
	struct dirent *entry;
	struct stat info;
	char path[1024], target[1024];

	while (open_directory && (entry = readdir(open_directory))) {
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (strcmp(entry->d_name, "..") == 0 || lstat(path, &info) < 0)
			continue;
		ssize_t length = readlink(path, target, sizeof(target) - 1);

		target[length > 0 ? length : 0] = '\0';
		for (char *byte = path; *byte; byte++)
			if (*byte < ' ')
				*byte = '?';
		report("tree=%s %o %d:%d %ld %d %lx %ld %s", path, info.st_mode, info.st_uid, info.st_gid, (long)info.st_mtime,
		       (int)info.st_nlink, (long)info.st_rdev, S_ISDIR(info.st_mode) ? 0 : (long)info.st_size, target);
		if (S_ISDIR(info.st_mode) && strcmp(entry->d_name, ".") != 0)
			list_tree(path);
	}
	if (open_directory)
		closedir(open_directory);
}

static void try_open(const char *path)
{
	int fd = open(path, O_RDONLY);

	report("open-%s=%s", strrchr(path, '/') + 1, errno_word(fd < 0 ? errno : 0));
	close(fd);
}

/* How a file on an overlay is changed, by the name of the file in /copy-up. */
static void copy_up(const char *name, const char *path)
{
	char other[520];
	int fd = -1, error = 0;

	if (strcmp(name, "opened") == 0 || strcmp(name, "written") == 0)
		error = (fd = open(path, O_RDWR)) < 0 ? errno : 0;
	if (strcmp(name, "written") == 0)
		error = pwrite(fd, "x", 1, 1000) < 0 ? errno : 0;
	if (strcmp(name, "owned") == 0)
		error = chown(path, 1000, 1000) < 0 ? errno : 0;
	if (strcmp(name, "moded") == 0)
		error = chmod(path, 04755) < 0 ? errno : 0;
	if (strcmp(name, "linked") == 0) {
		snprintf(other, sizeof(other), "%s.new", path);
		error = link(path, other) < 0 ? errno : 0;
	}
	if (strcmp(name, "stripped") == 0)
		error = removexattr(path, "security.ima") < 0 ? errno : 0;
	close(fd);
	report("copy-up-%s=%s", name, errno_word(error));
}

/* Each program in /copy-up is executed, copied up, and executed again; and one is made new. */
static void try_copy_up(void)
{
	DIR *directory = opendir("/copy-up");
	struct dirent *entry;
	char path[512], value[1024];
	static char content[262144];
	size_t size;
	int fd;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		/* Those that copying up has made. */
		if (entry->d_name[0] == '.' || strchr(entry->d_name, '.'))
			continue;
		snprintf(path, sizeof(path), "/copy-up/%s", entry->d_name);
		if (strncmp(entry->d_name, "late", 4) != 0)
			try_exec_as(path, "unsigned");
		copy_up(entry->d_name, path);
		report("attributes-%s=%d,%d", entry->d_name, getxattr(path, "security.ima", value, sizeof(value)) > 0,
		       getxattr(path, "security.evm", value, sizeof(value)) > 0);
		try_exec_as(path, "unsigned");
	}
	closedir(directory);
	size = read_whole("/bin/unsigned", content, sizeof(content));
	fd = open("/copy-up/new", O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (size == 0 || write(fd, content, size) != (ssize_t)size)
		report("new=%s", errno_word(errno));
	close(fd);
	try_exec_as("/copy-up/new", "unsigned");
	if (chown("/copy-up/new", 1000, 1000) < 0)
		report("new=%s", errno_word(errno));
	try_exec_as("/copy-up/new", "unsigned");
}

/* What a stub of a UKI adds to the initramfs, for an init that stays in it. */
static void report_extra(void)
{
	DIR *directory = opendir("/.extra/credentials");
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			report("extra=%s", entry->d_name);
	if (directory)
		closedir(directory);
}

/* TPM2_GetCapability: the sessions that nobody has flushed. */
static void report_tpm_sessions(void)
{
	static const unsigned char ask[22] = { 0x80, 0x01, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 16 };
	unsigned char answer[256];
	int devices = detached_mount("devtmpfs");
	int tpm = openat(devices, "tpm0", O_RDWR);

	close(devices);
	if (tpm < 0)
		return;
	if (write(tpm, ask, sizeof(ask)) == sizeof(ask) && read(tpm, answer, sizeof(answer)) >= 19)
		report("tpm-sessions=%d", answer[18]);
	close(tpm);
}

static void mount_kernel_fs(void)
{
	static const char *const mounts[][2] = {
		{ "proc", "/proc" }, { "sysfs", "/sys" }, { "securityfs", "/sys/kernel/security" },
		{ "efivarfs", "/sys/firmware/efi/efivars" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i][1], 0755);
		if (mount(mounts[i][0], mounts[i][1], mounts[i][0], 0, NULL) < 0)
			report("mount-%s=%s", mounts[i][0], errno_word(errno));
	}
}

/* Says what it says; its exit code. */
static int run_imactl(const char *path, const char *const *words)
{
	int status = 0;

	if (fork() == 0) {
		dup2(out, 1);
		dup2(out, 2);
		setenv("NO_COLOR", "1", 1);
		execv(path, (char *const *)words);
		report("%s=%s", path + 1, errno_word(errno));
		_exit(126);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* imactl doctor on the system that runs, where that and its libraries are; with the words of a file. */
static void run_doctor(void)
{
	static char options[1024];
	const char *words[20] = { "imactl", "doctor", "--running" };
	int count = 3;

	if (access("/doctor", X_OK) < 0)
		return;
	mount_kernel_fs();
	(void)read_whole("/doctor.options", options, sizeof(options) - 1);
	for (char *word = strtok(options, " \n"); word && count < 19; word = strtok(NULL, " \n"))
		words[count++] = word;
	report("doctor-exit=%d", run_imactl("/doctor", words));
}

static void report_device_keys(const char *path, size_t skip)
{
	char text[8192], *end;
	ssize_t length;
	struct stat status;
	int fd = open(path, O_RDONLY);

	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < (ssize_t)skip)
		return;
	text[length] = '\0';
	if (fstat(fd, &status) == 0 && skip == 0)
		report("device-keys-file=%o %u:%u", status.st_mode, status.st_uid, status.st_gid);
	end = strchr(text + skip, '\n');
	if (end)
		*end = '|';
	report("device-keys=%.*s", (int)strcspn(text + skip, "\n"), text + skip);
	close(fd);
}

/* imactl provision as often as /provision has lines, each its options; and what it has made. */
static void run_provision(void)
{
	static const char *const forms[][4] = {
		{ "imactl", "provision", NULL }, { "imactl", "provision", "--force", NULL },
		{ "imactl", "provision", "--print-policy", NULL },
	};
	char which[16] = "";
	int fd = open("/provision", O_RDONLY);

	if (fd < 0 || read(fd, which, sizeof(which) - 1) <= 0)
		return;
	close(fd);
	mount_kernel_fs();
	for (const char *form = which; *form >= '0' && *form <= '2'; form++)
		report("provision=%d", run_imactl("/bin/imactl", forms[*form - '0']));
	report_device_keys("/etc/ima-init/device/keys", 0);
	report_device_keys("/sys/firmware/efi/efivars/ImaInitDeviceKeys-a1f29c06-5d0e-4c1b-9a6e-37c2b84f6d51", 4);
}

/* Where nothing useful is on descriptor 1, the console comes from devtmpfs. */
static void find_output(void)
{
	int devices;

	if (isatty(1))
		return;
	devices = detached_mount("devtmpfs");
	out = openat(devices, "console", O_WRONLY | O_NOCTTY);
	if (out < 0)
		out = open("/dev/console", O_WRONLY | O_NOCTTY);
}

int main(int count, char **arguments)
{
	static unsigned char open_before[DESCRIPTORS];
	char directory[256], list[4000] = "";
	size_t used = 0;
	mode_t mask = umask(0);

	(void)count;
	umask(mask);
	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		open_before[fd] = fcntl(fd, F_GETFD) >= 0;
		if (open_before[fd] && used < sizeof(list) - 8)
			used += snprintf(list + used, sizeof(list) - used, "%s%d", used ? "," : "", fd);
	}
	find_output();
	report("runs");
	report("pid=%d", getpid());
	report("session=%d group=%d", getsid(0), getpgrp());
	report("uid=%d euid=%d gid=%d egid=%d", getuid(), geteuid(), getgid(), getegid());
	report_list("argv", arguments);
	report_list("env", environ);
	report("fds=%s", list);
	report("umask=%04o", mask);
	report("cwd=%s", getcwd(directory, sizeof(directory)) ? directory : errno_word(errno));
	report_signals();
	report_limits();
	report("nice=%d", getpriority(PRIO_PROCESS, 0));
	report("page-size=%ld", sysconf(_SC_PAGESIZE));
	/* Before request_key(), which installs keyrings of its own. */
	report_keyrings();
	report_proc(open_before);
	report_securityfs();
	try_exec("/bin/unsigned");
	try_exec("/bin/unsigned-other");
	try_verity();
	make_hmac();
	try_copy_up();
	try_programs();
	try_metadata();
	try_late_keys();
	list_tree("/tree");
	list_tree("/ima");
	report_extra();
	run_doctor();
	run_provision();
	report_tpm_sessions();
	try_open("/ima/canary");
	try_open("/ima/canary-exec");
	report("end");
	fsync(out);
	sync();
	/* The audit lines are printed by a thread of the kernel: the last one must get out. */
	(void)poll(NULL, 0, 20);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
