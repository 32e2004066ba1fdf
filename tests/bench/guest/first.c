/* SPDX-License-Identifier: MIT */
/*
 * Process 1 of every boot that is measured: it takes the clock and executes what
 * its first argument names, which gets the time as its own. One page, no libc.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>

static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

/* @stack: argc, the arguments, NULL, the environment */
__attribute__((used)) static void begin(char **stack)
{
	struct timespec now;
	char text[24], *digit = text + sizeof(text);

	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0);
	long left = now.tv_sec * 1000000000 + now.tv_nsec;

	for (*--digit = '\0'; left > 0; left /= 10)
		*--digit = (char)('0' + left % 10);
	char **environment = stack + 1 + (long)stack[0] + 1;
	char *program[] = { stack[2], digit, 0 };

	call(SYS_execve, (long)program[0], (long)program, (long)environment);
	call(SYS_exit_group, 1, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");
