/* SPDX-License-Identifier: MIT */
/*
 * A next init that tries, as root under the site's policy, to execute and to map executable
 * whatever is not a signed regular file of the root, and prints a line for each:
 * "payload: NAME=MAPPED,EXECUTED", each "ok" or an errno. Then it powers off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SIZE 4096
#define HUGE_SIZE (2 << 20)
/* include/uapi/linux: loop.h, fs.h, fscrypt.h */
#define LOOP_SET_FD 0x4c00
#define GET_FLAGS _IOR('f', 1, long)
#define SET_FLAGS _IOW('f', 2, long)
#define CASEFOLD_FLAG 0x40000000
#define KEY_SIZE 64
struct fscrypt_add_key {
	uint32_t spec_type, spec_reserved;
	uint8_t spec[32];
	uint32_t raw_size, key_id, reserved[8];
	uint8_t raw[KEY_SIZE];
};
struct fscrypt_policy_v2 {
	uint8_t version, contents_mode, filenames_mode, flags, reserved[4], key[16];
};
#define ADD_KEY _IOC(_IOC_READ | _IOC_WRITE, 'f', 23, 80)
#define SET_POLICY _IOC(_IOC_READ, 'f', 19, 12)

static void report(const char *name, int mapped, int executed)
{
	static const struct { int number; const char *word; } words[] = {
		{ 0, "ok" }, { EACCES, "EACCES" }, { EPERM, "EPERM" }, { ENODEV, "ENODEV" },
		{ ENOEXEC, "runs" }, { EINVAL, "EINVAL" }, { ENOENT, "ENOENT" }, { ENOSYS, "ENOSYS" },
		{ ENOTTY, "ENOTTY" }, { EOPNOTSUPP, "EOPNOTSUPP" }, { EBADF, "EBADF" }, { EIO, "EIO" },
	};
	const int results[] = { mapped, executed };
	char text[2][16];

	for (int i = 0; i < 2; i++) {
		snprintf(text[i], sizeof(text[i]), "%d", results[i]);
		for (size_t j = 0; j < sizeof(words) / sizeof(*words); j++)
			if (words[j].number == results[i])
				snprintf(text[i], sizeof(text[i]), "%s", words[j].word);
	}
	dprintf(1, "payload: %s=%s,%s\n", name, text[0], text[1]);
}

static int map(int file, size_t size, int flags)
{
	void *mapped = file < 0 ? MAP_FAILED
		: mmap(NULL, size, PROT_READ | PROT_EXEC, flags, file, 0);

	if (mapped == MAP_FAILED)
		return errno;
	munmap(mapped, size);
	return 0;
}

/* Zero bytes are no program: ENOEXEC says that the kernel would have executed one. */
static int execute(int file)
{
	char *argv[] = { (char *)"x", NULL }, *envp[] = { NULL };

	syscall(SYS_execveat, file, "", argv, envp, AT_EMPTY_PATH);
	return errno;
}

static void try_open(const char *name, int file)
{
	if (file < 0) {
		report(name, errno, errno);
		return;
	}
	int mapped = map(file, SIZE, MAP_PRIVATE);

	report(name, mapped, execute(file));
	close(file);
}

static void try_path(const char *name, const char *path)
{
	try_open(name, open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

/* An unsigned file, as a program is. */
static int make_file(const char *path)
{
	static const char zeros[SIZE];
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (file >= 0 && write(file, zeros, SIZE) != SIZE)
		dprintf(1, "mappings: %s: %s\n", path, strerror(errno));
	return file < 0 ? -1 : close(file);
}

static void try_memory(void)
{
	static const char zeros[SIZE];
	int file = memfd_create("x", MFD_CLOEXEC);
	void *anonymous = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (write(file, zeros, SIZE) != SIZE)
		dprintf(1, "mappings: memfd: %s\n", strerror(errno));
	try_open("memfd", file);
	file = memfd_create("x", MFD_CLOEXEC | MFD_HUGETLB);
	if (file >= 0 && ftruncate(file, HUGE_SIZE) == 0)
		report("huge-pages", map(file, HUGE_SIZE, MAP_SHARED), execute(file));
	else
		report("huge-pages", errno, errno);
	report("anonymous", anonymous == MAP_FAILED ? errno : 0, ENODEV);

	int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0700);
	void *shared = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_EXEC);

	report("sysv-shared-memory", shared == (void *)-1 ? errno : 0, ENODEV);
}

/* Code of its own that is changed where it lies. */
static void try_proc_mem(void)
{
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	const char byte = *(const volatile char *)(uintptr_t)try_memory;

	report("proc-mem", pwrite(memory, &byte, 1, (off_t)(uintptr_t)try_memory) == 1 ? 0 : errno,
	       execute(memory));
}

static void try_special_files(void)
{
	int sockets[2], pipes[2];

	mkfifo("/mnt/fifo", 0700);
	try_open("fifo", open("/mnt/fifo", O_RDWR | O_CLOEXEC));
	try_open("pipe", pipe(pipes) == 0 ? pipes[0] : -1);
	try_open("socket", socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0 ? sockets[0] : -1);
}

static void try_devices(void)
{
	mknod("/node", S_IFCHR | 0700, makedev(1, 5));
	try_path("node-on-the-root", "/node");
	unlink("/node");
	try_path("dev-zero", "/dev/zero");
	try_path("dev-disk", "/dev/ubda");
	symlink("/dev/ubda", "/mnt/disk");
	try_path("symlink-to-a-disk", "/mnt/disk");
	mknod("/mnt/node", S_IFCHR | 0700, makedev(1, 5));
	try_path("node-on-a-later-tmpfs", "/mnt/node");
	mkdir("/mnt/dev", 0700);
	if (mount("devtmpfs", "/mnt/dev", "devtmpfs", 0, NULL) < 0)
		dprintf(1, "mappings: devtmpfs: %s\n", strerror(errno));
	try_path("later-devtmpfs", "/mnt/dev/zero");

	int loop = open("/dev/loop0", O_RDONLY | O_CLOEXEC);
	int image = open("/mnt/file", O_RDONLY | O_CLOEXEC);

	if (loop < 0 || ioctl(loop, LOOP_SET_FD, image) < 0)
		dprintf(1, "mappings: loop: %s\n", strerror(errno));
	try_path("loop-device", "/dev/loop0");
	try_path("later-loop-device", "/mnt/dev/loop0");
}

static void try_casefold(void)
{
	long flags = 0;

	mkdir("/folded", 0755);
	int directory = open("/folded", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (ioctl(directory, GET_FLAGS, &flags) < 0 || (flags |= CASEFOLD_FLAG, ioctl(directory, SET_FLAGS, &flags)) < 0) {
		report("casefold", errno, errno);
		return;
	}
	make_file("/folded/Program");
	try_path("casefold", "/folded/PROGRAM");
}

static void try_fscrypt(void)
{
	struct fscrypt_add_key add = { .spec_type = 2, .raw_size = KEY_SIZE };
	struct fscrypt_policy_v2 policy = { .version = 2, .contents_mode = 1, .filenames_mode = 4 };
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memset(add.raw, 0x5a, sizeof(add.raw));
	mkdir("/encrypted", 0755);
	int directory = open("/encrypted", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (ioctl(root, ADD_KEY, &add) < 0 ||
	    (memcpy(policy.key, add.spec, sizeof(policy.key)), ioctl(directory, SET_POLICY, &policy)) < 0) {
		report("fscrypt", errno, errno);
		return;
	}
	make_file("/encrypted/program");
	try_path("fscrypt", "/encrypted/program");
}

int main(void)
{
	dprintf(1, "payload: runs\n");
	if (mount("proc", "/proc", "proc", 0, NULL) < 0 || mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0)
		dprintf(1, "mappings: mount: %s\n", strerror(errno));
	make_file("/mnt/file");
	make_file("/unsigned");
	try_path("unsigned-file", "/unsigned");
	try_path("tmpfs-file", "/mnt/file");
	/* Executed it would take the place of this program. */
	report("signed-program", map(open("/sbin/helper", O_RDONLY | O_CLOEXEC), SIZE, MAP_PRIVATE), 0);
	try_memory();
	try_proc_mem();
	try_special_files();
	try_devices();
	try_casefold();
	try_fscrypt();
	return reboot(RB_POWER_OFF);
}
