/* SPDX-License-Identifier: MIT */
/*
 * The least that does what ima-init does for the kernel: certificates into .ima and
 * .evm, the EVM key, EVM's bit, the policy, the next init. No check, no libc, and no
 * system call that could be spared; what goes wrong is seen by the next init.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>

#define FSCONFIG_CMD_CREATE 6
#define KEY_SPEC_PROCESS_KEYRING -2

static char data[16384];
static char names[4096];

static long call(long number, long a, long b, long c, long d, long e)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;

	__asm__ volatile("syscall" : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static long open_at(long directory, const char *path, long flags)
{
	return call(SYS_openat, directory, (long)path, flags, 0, 0);
}

static long read_into(long file, char *buffer, long size)
{
	return call(SYS_read, file, (long)buffer, size, 0, 0);
}

static long kernel_fs(const char *type)
{
	long context = call(SYS_fsopen, (long)type, 0, 0, 0, 0);

	call(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
	return call(SYS_fsmount, context, 0, 0, 0, 0);
}

static void write_to(long directory, const char *path, const char *text, long size)
{
	long file = open_at(directory, path, O_WRONLY);

	call(SYS_write, file, (long)text, size, 0, 0);
	/* What was written to ima/policy counts from here on. */
	call(SYS_close, file, 0, 0, 0, 0);
}

static long add_key(const char *type, const char *description, long size, long ring)
{
	return call(SYS_add_key, (long)type, (long)description, (long)data, size, ring);
}

/* The number of ".NAME: " in /proc/keys; data holds the end of it that was read last. */
static long ring_number(long length, char first, char second)
{
	for (long at = 0, line = 0; at + 4 < length; at++) {
		if (data[at] == '\n')
			line = at + 1;
		if (data[at] == ' ' && data[at + 1] == '.' && data[at + 2] == first &&
		    data[at + 3] == second && data[at + 5] == ':') {
			long number = 0;

			for (; data[line] != ' '; line++)
				number = number << 4 | (data[line] <= '9' ? data[line] - '0' : data[line] - 'a' + 10);
			return (int)number;
		}
	}
	return 0;
}

static void fill_ring(const char *path, long ring)
{
	long directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY), size;

	while ((size = call(SYS_getdents64, directory, (long)names, sizeof(names), 0, 0)) > 0)
		for (long at = 0; at < size; at += *(unsigned short *)(names + at + 16))
			if (names[at + 19] != '.') {
				long file = open_at(directory, names + at + 19, O_RDONLY);

				add_key("asymmetric", 0, read_into(file, data, sizeof(data)), ring);
			}
}

__attribute__((used)) static void begin(char **stack)
{
	long count = (long)stack[0], got, ima = 0, evm = 0;
	long keys = open_at(kernel_fs("proc"), "keys", O_RDONLY);

	while ((!ima || !evm) && (got = read_into(keys, data, sizeof(data))) > 0) {
		ima = ima ? ima : ring_number(got, 'i', 'm');
		evm = evm ? evm : ring_number(got, 'e', 'v');
	}
	long security = kernel_fs("securityfs");

	fill_ring("/ima/keys/ima", ima);
	fill_ring("/ima/keys/evm", evm);
	got = read_into(open_at(AT_FDCWD, "/ima/keys/kmk", O_RDONLY), data, sizeof(data));
	add_key("user", "kmk", got, KEY_SPEC_PROCESS_KEYRING);
	for (int i = 0; i < 5; i++)
		data[i] = "load "[i];
	got = read_into(open_at(AT_FDCWD, "/ima/keys/evm-key", O_RDONLY), data + 5, sizeof(data) - 5);
	add_key("encrypted", "evm-key", got + 5, KEY_SPEC_PROCESS_KEYRING);
#ifndef NO_EVM
	write_to(security, "evm", "1", 1);
#endif
#ifndef NO_POLICY
	write_to(security, "ima/policy", "/ima/policy", sizeof("/ima/policy") - 1);
#endif
	stack[1] = "/sbin/init";
	call(SYS_execve, (long)stack[1], (long)(stack + 1), (long)(stack + 1 + count + 1), 0, 0);
	call(SYS_exit_group, 1, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");
