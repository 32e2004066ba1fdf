/* SPDX-License-Identifier: MIT */
/* init.conf, the site's choices: ima-init.conf(5). */
#ifndef IMA_INIT_CONF_H
#define IMA_INIT_CONF_H

#include "boot.h"

/* next-init, where init.conf does not say: told by its address from one that it does. */
extern const char default_next_init[];

/** conf_defaults() - what holds where init.conf does not say otherwise */
void conf_defaults(struct conf *conf);

#endif
