/* SPDX-License-Identifier: MIT */
/* How a step says that it failed, and what happens then. */
#include "failure.h"

#include <stdarg.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "evm.h"
#include "handover.h"
#include "log.h"
#include "manifest.h"
#include "format/text.h"

/* Word and remedy of each code, one after the other (no relocation), and the numbers in the same order. */
#define FAILURE_ROW(name, number, word, cause, remedy) word "\0" remedy "\0"
static const char failure_texts[] = FAILURE_CODES(FAILURE_ROW);
#undef FAILURE_ROW
#define FAILURE_NUMBER(name, number, word, cause, remedy) (number),
static const uint8_t failure_numbers[] = { FAILURE_CODES(FAILURE_NUMBER) };
#undef FAILURE_NUMBER

enum failure_code fail(struct boot *boot, enum failure_code code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_format_list(boot->what, sizeof(boot->what), format, arguments);
	va_end(arguments);
	return code;
}

enum failure_code fail_line(struct boot *boot, enum failure_code code, const char *path,
			    unsigned line, const char *wrong)
{
	return line > 0 ? fail(boot, code, "%s: line %u: %s", path, line, wrong)
			: fail(boot, code, "%s: %s", path, wrong);
}

static void report(struct boot *boot, enum failure_code code)
{
	unsigned row = 0;

	while (row < sizeof(failure_numbers) - 1 && failure_numbers[row] != code)
		row++;
	const char *word = text_at(failure_texts, 2 * row);

	log_line(boot, LOG_FAILURE, "FAIL %s: %s: %s", word, boot->what, text_at(word, 1));
}

/*
 * Comes back when the program cannot be executed. It may run before the site's
 * policy is in force, under rules that cover files of root's only: so it is the
 * one of this release, and needs no dynamic linker.
 */
static void run_rescue(struct boot *boot)
{
	enum failure_code code = drop_keys(boot);

	if (code == FAIL_NONE)
		code = manifest_check(boot, boot->conf.rescue);
	if (code == FAIL_NONE)
		code = check_program(boot, boot->conf.rescue, LINKED_STATICALLY);
	if (code == FAIL_NONE)
		code = prepare_environment(boot);
	if (code == FAIL_NONE) {
		log_line(boot, LOG_FAILURE, "rescue: executing %s", boot->conf.rescue);
		code = execute(boot, boot->conf.rescue);
	}
	report(boot, code);
}

noreturn void fail_boot(struct boot *boot, enum failure_code code)
{
	report(boot, code);
	if (code == FAIL_NOT_PID_1)
		_exit(code);

	/* The kernel is about to end, or a rescue program to run, which asks again. */
	(void)drop_keys(boot);

	switch (boot->conf.on_failure) {
	case ACTION_PANIC:
		break;
	case ACTION_REBOOT:
		(void)reboot(RB_AUTOBOOT);
		break;
	case ACTION_POWEROFF:
		(void)reboot(RB_POWER_OFF);
		break;
	case ACTION_HALT:
		(void)reboot(RB_HALT_SYSTEM);
		break;
	case ACTION_RESCUE:
		/* The rescue program of an initramfs is gone with it, once the root is another. */
		if (boot->enforcement_proved && boot->ima_dir >= 0)
			run_rescue(boot);
		break;
	}
	/* PID 1 ends, also where an action came back, and the kernel's panic shows its exit code. */
	_exit(code);
}
