/* SPDX-License-Identifier: MIT */
/* The signals that would end the program in the middle of something. */
#ifndef IMACTL_INTERRUPT_H
#define IMACTL_INTERRUPT_H

#include <stdbool.h>

/**
 * interrupts_catch() - from here on SIGINT, SIGTERM, SIGHUP and SIGPIPE are remembered
 *
 * A file that is begun is finished, so that its two signatures belong together. Those that are
 * ignored stay so, as under nohup(1). SIGPIPE is one: whoever reads the messages may leave.
 */
void interrupts_catch(void);

/** interrupted() - whether one has come: no further file is begun; in any thread */
bool interrupted(void);

#endif
