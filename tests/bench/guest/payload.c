/* SPDX-License-Identifier: MIT */
/*
 * The real init of a boot that is measured: takes the clock at its first instruction,
 * then tells what PID 1 needed and whether EVM, the certificates and the policy are in
 * force: "bench: name=value ...". Its first argument is when PID 1 began.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FSCONFIG_CMD_CREATE 6

struct timespec now = { 1, 0 };   /* with the data that are touched anyway */

/* The entry of the program; what the kernel left in registers goes on to libc's. */
__asm__(".globl entry\nentry:\n"
	"\tmov $228, %eax\n"            /* SYS_clock_gettime */
	"\tmov $1, %edi\n"              /* CLOCK_MONOTONIC */
	"\tlea now(%rip), %rsi\n"
	"\tsyscall\n"
	"\tjmp _start\n");

static int kernel_fs(const char *type)
{
	int context = (int)syscall(SYS_fsopen, type, 0);

	syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	return (int)syscall(SYS_fsmount, context, 0, 0);
}

static char text[262144];

static const char *read_text(int directory, const char *path)
{
	int file = openat(directory, path, O_RDONLY);
	size_t length = 0;
	ssize_t count;

	while (file >= 0 && (count = read(file, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)count;
	text[length] = '\0';
	return text;
}

/* How many keys a keyring has: "NAME: 2", "NAME: empty". */
static int keys_of(const char *keys, const char *name)
{
	const char *found = strstr(keys, name);

	return found ? atoi(found + strlen(name)) : -1;
}

/* An unsigned program of uid 1000: whether it runs. The built-in rules would let it. */
static const char *try_unsigned(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		execl("/bench/unsigned", "unsigned", (char *)NULL);
		_exit(errno == EACCES ? 13 : 1);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 13 ? "refused" : "runs";
}

int main(int argc, char **argv)
{
	struct rusage self, children;
	struct utsname kernel;
	char line[512];
	int proc = kernel_fs("proc"), security = kernel_fs("securityfs");
	unsigned rules = 0;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	uname(&kernel);
	int length = snprintf(line, sizeof(line), "bench: release=%s start=%s first=%lld maxrss=%ld child-maxrss=%ld faults=%ld",
			      kernel.release, argc > 1 ? argv[argc - 1] : "0", now.tv_sec * 1000000000LL + now.tv_nsec,
			      self.ru_maxrss, children.ru_maxrss, self.ru_minflt + self.ru_majflt);

	length += snprintf(line + length, sizeof(line) - length, " evm=%d", atoi(read_text(security, "evm")));
	for (const char *byte = read_text(security, "ima/policy"); *byte; byte++)
		rules += *byte == '\n';
	length += snprintf(line + length, sizeof(line) - length, " rules=%u", rules);
	read_text(proc, "keys");
	length += snprintf(line + length, sizeof(line) - length, " ima=%d evm-certs=%d unsigned=%s\n",
			   keys_of(text, " .ima: "), keys_of(text, " .evm: "), try_unsigned());
	(void)!write(1, line, (size_t)length);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
