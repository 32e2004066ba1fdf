/* SPDX-License-Identifier: MIT */
/*
 * The least that does what ima-init does for the kernel: certificates into .ima and
 * .evm, the EVM key, EVM's bit, the policy, the next init. No check, and no system call
 * that could be spared; what goes wrong is seen by the next init. Compiled and linked
 * as ima-init is, so that what differs is what ima-init does beyond that.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FSCONFIG_CMD_CREATE 6
#define KEY_SPEC_PROCESS_KEYRING -2
#define LOAD "load "

static char data[16384];

static int kernel_fs(const char *type)
{
	int context = (int)syscall(SYS_fsopen, type, 0);

	(void)syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	return (int)syscall(SYS_fsmount, context, 0, 0);
}

static void write_to(int directory, const char *path, const char *text)
{
	int file = openat(directory, path, O_WRONLY);

	(void)!write(file, text, strlen(text));
	/* What was written to ima/policy counts from here on. */
	(void)close(file);
}

/* The number of the keyring that a line of /proc/keys names. */
static long ring_number(const char *name)
{
	long number = 0;

	for (const char *line = data; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (memmem(line, strcspn(line, "\n"), name, strlen(name))) {
			for (; *line != ' '; line++)
				number = number << 4 | (*line <= '9' ? *line - '0' : *line - 'a' + 10);
			break;
		}
	return number;
}

static void fill_ring(const char *path, long ring)
{
	static char names[2048];
	int directory = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
	long size;

	if (directory < 0)
		return;
	while ((size = syscall(SYS_getdents64, directory, names, sizeof(names))) > 0)
		for (long at = 0; at < size; at += *(unsigned short *)(names + at + 16))
			if (names[at + 19] != '.') {
				int file = openat(directory, names + at + 19, O_RDONLY);

				(void)syscall(SYS_add_key, "asymmetric", NULL, data,
					      read(file, data, sizeof(data)), ring);
			}
}

static void add_key(const char *type, const char *name, const char *ahead, const char *path)
{
	size_t length = strlen(ahead);
	int file = openat(AT_FDCWD, path, O_RDONLY);

	memcpy(data, ahead, length);
	length += (size_t)read(file, data + length, sizeof(data) - length);
	(void)syscall(SYS_add_key, type, name, data, length, KEY_SPEC_PROCESS_KEYRING);
}

int main(int argc, char **argv, char **envp)
{
	int keys = openat(kernel_fs("proc"), "keys", O_RDONLY), security;
	long ima = 0, evm = 0;

	(void)argc;
	while ((!ima || !evm) && read(keys, data, sizeof(data) - 1) > 0) {
		ima = ima ? ima : ring_number(" .ima:");
		evm = evm ? evm : ring_number(" .evm:");
	}
	security = kernel_fs("securityfs");
	fill_ring("/ima/keys/ima", ima);
	fill_ring("/ima/keys/evm", evm);
	add_key("user", "kmk", "", "/ima/keys/kmk");
	add_key("encrypted", "evm-key", LOAD, "/ima/keys/evm-key");
#ifndef NO_EVM
	write_to(security, "evm", "1");
#endif
#ifndef NO_POLICY
	write_to(security, "ima/policy", "/ima/policy");
#endif
	argv[0] = "/sbin/init";
	(void)execve(argv[0], argv, envp);
	return 1;
}
