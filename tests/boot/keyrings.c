/* SPDX-License-Identifier: MIT */
/*
 * For kernels without trusted keyrings, in one static program: the name that it is
 * started with says what it does.
 *
 *   attack  as the next init: says as lines "payload: key=value" what the kernel lets
 *           root, and then uid 1000, do to the keyrings _ima and _evm; whether files
 *           with signatures of ours, and of a stranger's, are executed, also by
 *           processes with keyrings of the stranger's; and where the rootfs is exempt
 *   tamper  as process 1: has a child of its own change one argument of /ima/init's, the
 *           permissions with which a keyring is locked, so that the kernel cannot search
 *           it any more; becomes /ima/init
 *   naive   as process 1: makes keyrings and loads the policy as ima-init-initramfs
 *           does, and proves, keeps and locks nothing; becomes /init
 *
 * Below /attack: ours.ima, ours.evm, theirs.ima, theirs.evm: attributes of a file of
 * 4096 zero bytes; theirs.der, theirs-evm.der: the stranger's certificates.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* include/uapi/linux/keyctl.h, which musl has not */
enum {
	GET_KEYRING_ID = 0, JOIN_SESSION = 1, REVOKE = 3, CHOWN = 4, SETPERM = 5, DESCRIBE = 6, CLEAR = 7, LINK = 8,
	UNLINK = 9, SEARCH = 10, READ = 11, SET_TIMEOUT = 15, INVALIDATE = 21, GET_PERSISTENT = 22, RESTRICT = 29, MOVE = 30,
};
enum { THREAD = -1, PROCESS = -2, SESSION = -3, USER = -4, USER_SESSION = -5 };

static const char *who = "root";

static void report(const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	dprintf(1, "payload: %s-%s\n", who, line);
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
	case ENODEV: return "ENODEV";
	case ENOENT: return "ENOENT";
	case EINVAL: return "EINVAL";
	case ENOEXEC: return "ok"; /* zero bytes are no program: the kernel has looked at them */
	}
	snprintf(other, sizeof(other), "errno-%d", errno);
	return other;
}

static long keyctl(int command, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, command, a, b, c, d);
}

static long add_key(const char *type, const char *description, const void *data, size_t size, long ring)
{
	return syscall(SYS_add_key, type, description, data, size, ring);
}

static size_t read_file(const char *path, void *data, size_t size)
{
	int file = open(path, O_RDONLY);
	ssize_t length = file < 0 ? -1 : read(file, data, size);

	close(file);
	return length < 0 ? 0 : (size_t)length;
}

/* ---- keyrings ---- */

/* As root sees them, whoever asks. */
static int rings[2];
static const char *const ring_names[] = { "_ima", "_evm" };

static int find_ring(const char *name)
{
	FILE *keys = fopen("/proc/keys", "r");
	char line[512], wanted[32];
	unsigned serial = 0, found = 0;

	snprintf(wanted, sizeof(wanted), " keyring   %s:", name);
	while (keys && fgets(line, sizeof(line), keys))
		if (strstr(line, wanted) && sscanf(line, "%x", &serial) == 1)
			found = serial;
	if (keys)
		fclose(keys);
	return (int)found;
}

/* With the stranger's certificate, in one of this process's keyrings. */
static long forge_ring(const char *name, const char *certificate, long where)
{
	char data[4096];
	size_t size = read_file(certificate, data, sizeof(data));
	long ring = add_key("keyring", name, NULL, 0, where);

	return ring < 0 ? ring : add_key("asymmetric", NULL, data, size, ring);
}

static void forge_rings(void)
{
	keyctl(JOIN_SESSION, 0, 0, 0, 0);
	for (long where = THREAD; where >= SESSION; where--)
		report("forge=%s", word(forge_ring("_ima", "/attack/theirs.der", where) < 0 ? -1 :
					forge_ring("_evm", "/attack/theirs-evm.der", where)));
}

static void attack_key(const char *name, int key)
{
	report("%s-setperm=%s", name, word(keyctl(SETPERM, key, 0x3f3f3f3f, 0, 0)));
	report("%s-chown=%s", name, word(keyctl(CHOWN, key, 1000, -1, 0)));
	report("%s-chown-same=%s", name, word(keyctl(CHOWN, key, 0, 0, 0)));
	report("%s-set-timeout=%s", name, word(keyctl(SET_TIMEOUT, key, 1, 0, 0)));
	report("%s-invalidate=%s", name, word(keyctl(INVALIDATE, key, 0, 0, 0)));
	report("%s-revoke=%s", name, word(keyctl(REVOKE, key, 0, 0, 0)));
	for (long where = THREAD; where >= USER_SESSION; where--)
		report("%s-link=%s", name, word(keyctl(LINK, key, where, 0, 0)));
}

static void attack_ring(const char *name, int ring)
{
	char text[128] = "";
	int keys[16];
	char certificate[4096];
	size_t size = read_file("/attack/theirs.der", certificate, sizeof(certificate));
	long mine = add_key("keyring", "mine", NULL, 0, PROCESS);

	if (ring == 0) {
		report("%s=not-there", name);
		return;
	}
	keyctl(DESCRIBE, ring, (long)text, sizeof(text) - 1, 0);
	report("%s=%s", name, text);
	long count = keyctl(READ, ring, (long)keys, sizeof(keys), 0) / (long)sizeof(keys[0]);

	report("%s-add=%s", name, word(add_key("user", "x", "x", 1, ring)));
	report("%s-add-certificate=%s", name, word(add_key("asymmetric", NULL, certificate, size, ring)));
	report("%s-add-ring=%s", name, word(add_key("keyring", name, NULL, 0, ring)));
	report("%s-link-into=%s", name, word(keyctl(LINK, mine, ring, 0, 0)));
	report("%s-clear=%s", name, word(keyctl(CLEAR, ring, 0, 0, 0)));
	report("%s-restrict=%s", name, word(keyctl(RESTRICT, ring, 0, 0, 0)));
	attack_key(name, ring);
	for (long i = 0; i < count; i++) {
		char key[32];

		snprintf(key, sizeof(key), "key-of%s", name);
		attack_key(key, keys[i]);
		report("%s-unlink=%s", key, word(keyctl(UNLINK, keys[i], ring, 0, 0)));
		report("%s-move=%s", key, word(keyctl(MOVE, keys[i], ring, mine, 0)));
	}
	/* Out of whatever keyring there is. */
	for (long where = THREAD; where >= USER_SESSION; where--)
		if (keyctl(UNLINK, ring, where, 0, 0) >= 0)
			report("%s-unlink=ok", name);
	report("%s-search=%s", name, word(keyctl(SEARCH, USER_SESSION, (long)"keyring", (long)name, 0)));
	report("%s-request=%s", name, word(syscall(SYS_request_key, "keyring", name, NULL, 0)));
	/* Another of this name is made; were it that one, this process would possess it. */
	report("%s-join=%s", name, keyctl(JOIN_SESSION, (long)name, 0, 0, 0) == ring ? "ok" : "another");
	report("%s-possessed-link=%s", name, word(keyctl(LINK, mine, ring, 0, 0)));
}

/* ---- files ---- */

static void set_attribute(int file, const char *name, const char *path)
{
	char value[1024];
	size_t size = read_file(path, value, sizeof(value));

	if (size > 0 && fsetxattr(file, name, value, size, 0) < 0)
		report("setxattr-%s=%s", name, word(-1));
}

/* @attributes: "ours", "theirs", or NULL: none */
static void make_file(const char *path, const char *attributes)
{
	static const char zeros[4096];
	char from[64];
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);

	if (file < 0 || write(file, zeros, sizeof(zeros)) != sizeof(zeros) || fchmod(file, 0755) < 0)
		report("make-%s=%s", path, word(-1));
	if (attributes) {
		snprintf(from, sizeof(from), "/attack/%s.ima", attributes);
		set_attribute(file, "security.ima", from);
		snprintf(from, sizeof(from), "/attack/%s.evm", attributes);
		set_attribute(file, "security.evm", from);
	}
	close(file);
}

static void try_file(const char *what, const char *path)
{
	char *arguments[] = { (char *)path, NULL }, *environment[] = { NULL };
	int file = open(path, O_RDONLY);
	void *mapped = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);

	report("map-%s=%s", what, word(mapped == MAP_FAILED ? -1 : 0));
	execve(path, arguments, environment);
	report("exec-%s=%s", what, word(-1));
	close(file);
}

/* New files each time: the kernel remembers what it found. */
static void make_files(const char *directory)
{
	static const char *const names[] = { "ours", "theirs", NULL };
	char path[64];

	mkdir(directory, 0755);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i] ? names[i] : "unsigned");
		make_file(path, names[i]);
	}
}

static void try_files(const char *directory)
{
	static const char *const names[] = { "theirs", "ours", "unsigned" };
	char path[64];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		try_file(names[i], path);
	}
}

/* ---- processes ---- */

static void in_child(void (*function)(void))
{
	pid_t child = fork();

	if (child == 0) {
		function();
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void drop_root(void)
{
	who = "user";
	if (setgroups(0, NULL) < 0 || setgid(1000) < 0 || setuid(1000) < 0)
		report("setuid=%s", word(-1));
	prctl(PR_SET_DUMPABLE, 1);   /* for its own files in /proc */
}

static void user_forges_and_tries(void)
{
	drop_root();
	forge_rings();
	try_files("/mnt/user");
}

static void root_forges_and_tries(void)
{
	who = "forger";
	forge_rings();
	try_files("/mnt/forger");
}

static void root_tries(void)
{
	try_files("/mnt/root");
}

static void attack_rings(void)
{
	for (size_t i = 0; i < 2; i++)
		attack_ring(ring_names[i], rings[i]);
}

static void user_attacks_rings(void)
{
	drop_root();
	attack_rings();
}

/* After all of it. */
static void root_tries_again(void)
{
	who = "again";
	try_files("/mnt/again");
}

/* ---- where the rules look away ---- */

static void try_mount(const char *type)
{
	char what[64];

	if (mount(type, "/other", type, 0, NULL) < 0) {
		report("mount-%s=%s", type, word(-1));
		return;
	}
	report("mount-%s=ok", type);
	snprintf(what, sizeof(what), "unsigned-%s", type);
	make_file("/other/unsigned", NULL);
	try_file(what, "/other/unsigned");
	umount2("/other", MNT_DETACH);
}

static void try_type(void)
{
	mkdir("/other", 0755);
	try_mount("rootfs");
	try_mount("ramfs");
	try_mount("tmpfs");
	make_file("/unsigned", NULL);
	try_file("unsigned-rootfs", "/unsigned");
}

static int user_namespace(void)
{
	FILE *map;
	uid_t uid = getuid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	map = fopen("/proc/self/uid_map", "w");
	if (!map)
		return -1;
	fprintf(map, "0 %d 1\n", (int)uid);
	return fclose(map);
}

/*
 * The root file system beneath the one that is switched to: what is mounted over it
 * is taken away in a mount namespace of one's own.
 */
static void reach_rootfs(void)
{
	int space, back;

	report("namespace=%s", word(getuid() == 0 ? unshare(CLONE_NEWNS) : user_namespace()));
	space = open("/proc/self/ns/mnt", O_RDONLY);
	report("take-root-away=%s", word(umount2("/", MNT_DETACH)));
	back = setns(space, CLONE_NEWNS);
	report("reach-rootfs=%s", back < 0 ? word(-1) : access("/attack/theirs.der", F_OK) == 0 ? "ok" : "no");
	/* A name that is new at each attempt: made and executed there. */
	if (access("/attack/theirs.der", F_OK) == 0) {
		make_file("/escaped", NULL);
		try_file("escaped", "/escaped");
	}
}

static void user_reaches_rootfs(void)
{
	drop_root();
	reach_rootfs();
}

static void switch_root(void)
{
	mkdir("/new", 0755);
	if (mount("tmpfs", "/new", "tmpfs", 0, "mode=0755") < 0 || mkdir("/new/proc", 0755) < 0 ||
	    mount("proc", "/new/proc", "proc", 0, NULL) < 0 || chdir("/new") < 0 ||
	    mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		report("switch-root=%s", word(-1));
}

static int attack(void)
{
	dprintf(1, "payload: runs\n");
	mkdir("/mnt", 0755);
	mkdir("/proc", 0755);
	if (mount("tmpfs", "/mnt", "tmpfs", 0, "mode=0755") < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0)
		report("mount=%s", word(-1));
	for (size_t i = 0; i < 2; i++)
		rings[i] = find_ring(ring_names[i]);
	make_files("/mnt/user");
	make_files("/mnt/forger");
	make_files("/mnt/root");
	make_files("/mnt/again");
	/* The first signature that a kernel verifies is this one, unless somebody was earlier. */
	in_child(user_forges_and_tries);
	in_child(root_forges_and_tries);
	in_child(root_tries);
	in_child(user_attacks_rings);
	in_child(attack_rings);
	in_child(root_tries_again);
	in_child(try_type);
	switch_root();
	in_child(user_reaches_rootfs);
	in_child(reach_rootfs);
	dprintf(1, "payload: end\n");
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}

/* ---- what goes wrong without a proof ---- */

static long own_ring(const char *name, const char *path)
{
	char data[4096];
	size_t size = read_file(path, data, sizeof(data));
	long ring = add_key("keyring", name, NULL, 0, SESSION);

	return ring < 0 ? ring : add_key("asymmetric", NULL, data, size, ring);
}

static int naive(char **arguments)
{
	int node;

	keyctl(JOIN_SESSION, 0, 0, 0, 0);
	if (own_ring("_ima", "/ima/keys/ima/product.der") < 0)
		report("naive-ring=%s", word(-1));
	mkdir("/sys", 0755);
	if (mount("securityfs", "/sys", "securityfs", 0, NULL) < 0)
		report("naive-securityfs=%s", word(-1));
	node = open("/sys/ima/policy", O_WRONLY);
	if (write(node, "/ima/policy", strlen("/ima/policy")) < 0 || close(node) < 0)
		report("naive-policy=%s", word(-1));
	umount("/sys");
	arguments[0] = "/init";
	execv("/init", arguments);
	report("naive-exec=%s", word(-1));
	return 1;
}

/* ---- a kernel that does not keep what it found ---- */

#define LOCKED 0x08030000        /* as src/init/own_rings.c has it; then without search */

static void change_calls(pid_t process, int ready)
{
	struct user_regs_struct registers;
	int status;

	if (ptrace(PTRACE_SEIZE, process, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC) < 0)
		report("ptrace=%s", word(-1));
	close(ready);
	while (waitpid(process, &status, 0) == process && WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && ptrace(PTRACE_GETREGS, process, NULL, &registers) == 0 &&
		    registers.orig_rax == SYS_keyctl && registers.rdi == SETPERM && registers.rdx == LOCKED) {
			registers.rdx = LOCKED & ~0x08000000;
			ptrace(PTRACE_SETREGS, process, NULL, &registers);
		}
		ptrace(PTRACE_SYSCALL, process, NULL, NULL);
	}
}

static int tamper(char **arguments)
{
	pid_t process = getpid();
	int ready[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		report("pipe=%s", word(-1));
	if (fork() == 0) {
		close(ready[0]);
		change_calls(process, ready[1]);
		_exit(0);
	}
	/* Ends when the child has its hold. */
	close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	arguments[0] = "/ima/init";
	execv("/ima/init", arguments);
	report("tamper-exec=%s", word(-1));
	return 1;
}

int main(int count, char **arguments)
{
	const char *name = count > 0 ? strrchr(arguments[0], '/') : NULL;

	if (name && strcmp(name, "/naive") == 0)
		return naive(arguments);
	return name && strcmp(name, "/tamper") == 0 ? tamper(arguments) : attack();
}
