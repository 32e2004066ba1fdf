/* SPDX-License-Identifier: MIT */
/*
 * ima-init: PID 1 until the real one. It proves that the kernel enforces
 * signatures, loads what the signed files of /ima say, proves that too, and
 * executes the next init. It never stays, and starts nothing beside itself.
 */
#include "boot.h"
#include "failure.h"

/* Compiled once for each program. */
#if defined(IN_INITRAMFS)
#define PROGRAM_STEPS INITRAMFS_STEPS
#define MARK MARK_INITRAMFS
#define IS_IN_INITRAMFS true
#define IS_IN_INITRD false
#elif defined(IN_INITRD)
#define PROGRAM_STEPS INITRD_STEPS
#define MARK MARK_INITRD
#define IS_IN_INITRAMFS false
#define IS_IN_INITRD true
#else
#define PROGRAM_STEPS STEPS
#define MARK MARK_DISK
#define IS_IN_INITRAMFS false
#define IS_IN_INITRD false
#endif

static step_function *const steps[] = {
#define STEP_ROW(function, sentence) function,
	PROGRAM_STEPS(STEP_ROW)
#undef STEP_ROW
};

/* For imactl verify, which sees by it whether the program is in the right place. */
static const char mark[] = MARK;

int main(int argc, char **argv, char **envp)
{
	static struct boot boot;     /* 90 KiB: too large for the stack */

	(void)argc;
	/* Used, so that the linker keeps it. */
	__asm__ volatile("" : : "r"(mark));
	boot.proc = boot.securityfs = boot.kmsg = boot.ima_dir = boot.canary_exec = boot.new_root =
		boot.tpm = -1;
	boot.in_initramfs = IS_IN_INITRAMFS;
	boot.in_initrd = IS_IN_INITRD;
	(void)clock_gettime(CLOCK_MONOTONIC, &boot.start);
	boot.argv = argv;
	boot.envp = envp;
	conf_defaults(&boot.conf);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum failure_code code = steps[i](&boot);

		if (code != FAIL_NONE)
			fail_boot(&boot, code);
	}
	/* The last step executes another program, or fails. */
	fail_boot(&boot, FAIL_HANDOVER_REFUSED);
}
