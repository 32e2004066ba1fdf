/* SPDX-License-Identifier: MIT */
/* The signals that would end the program in the middle of something. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Set by a handler, read by every thread: an atomic that takes no lock is all that both may use. */
static atomic_bool has_come;

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler takes no lock");

static void on_signal(int number)
{
	(void)number;
	atomic_store(&has_come, true);
}

void interrupts_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	const struct sigaction action = { .sa_handler = on_signal };
	struct sigaction before;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &action, NULL);
}

bool interrupted(void)
{
	return atomic_load(&has_come);
}
