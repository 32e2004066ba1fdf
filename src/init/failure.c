/* SPDX-License-Identifier: MIT */
/* How a step says that it failed, and what happens then. */
#include "failure.h"

#include <stdarg.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "evm.h"
#include "handover.h"
#include "log.h"
#include "text.h"

struct failure_text {
	const char *word;
	const char *remedy;
};

#define FAILURE_ROW(name, word, cause, remedy) [FAIL_##name] = { word, remedy },
static const struct failure_text failure_texts[FAILURE_COUNT] = {
	FAILURE_CODES(FAILURE_ROW)
};
#undef FAILURE_ROW

enum failure_code fail(struct boot *boot, enum failure_code code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_format_list(boot->what, sizeof(boot->what), format, arguments);
	va_end(arguments);
	return code;
}

static void report(struct boot *boot, enum failure_code code)
{
	const struct failure_text *text = &failure_texts[code];

	log_line(boot, LOG_FAILURE, "FAIL %s: %s: %s", text->word, boot->what, text->remedy);
}

/* Comes back when the program cannot be executed. */
static void run_rescue(struct boot *boot)
{
	enum failure_code code = check_program(boot, boot->conf.rescue);

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
		_exit(1);

	/* Whatever runs next must find no key; the result changes nothing any more. */
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
		if (boot->enforcement_proved)
			run_rescue(boot);
		break;
	}
	/* The end of PID 1 is a kernel panic; also where an action came back. */
	_exit(1);
}
