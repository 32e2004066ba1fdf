/* SPDX-License-Identifier: MIT */
/* init.conf, the site's choices: ima-init.conf(5). */
#ifndef IMA_INIT_CONF_H
#define IMA_INIT_CONF_H

#include "boot.h"

/** conf_defaults() - what holds where init.conf does not say otherwise */
void conf_defaults(struct conf *conf);

#endif
