/* SPDX-License-Identifier: MIT */
/* init.conf, as far as the files of an image depend on it. */
#ifndef IMACTL_SITE_CONF_H
#define IMACTL_SITE_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "layout.h"

/* The strings point into the text, or are constant. */
struct site_conf {
	char text[LIMIT_CONF + 1];
	const char *next_init;
	bool next_init_given;
	const char *root, *root_overlay, *restore, *rescue;  /* NULL: not given */
	bool rescues;                /* on-failure = rescue */
	bool trusted_keyrings;
	const char *evm;             /* hmac, x509 or none */
	char *evm_xattrs;            /* names with blanks between them */
	bool kmk_trusted;
	const char *kmk_options;     /* a trusted key's; NULL: none */
	const char *device_keys;     /* efivarfs or root; NULL: not given */
	bool provision;
	const char *kmk_pcrs;        /* numbers with blanks between them; NULL: not given */
	bool policy_required;
	bool prove_exec;
	bool names_root;             /* the next init is on another file system, and canary-exec */
};

/** site_conf_defaults() - what holds without an init.conf */
void site_conf_defaults(struct site_conf *conf);

/**
 * site_conf_parse() - read conf->text
 * @size: its length
 * @line: set to the line that is wrong
 *
 * The form and the names are checked as ima-init does; of the values only those
 * above are looked at.
 *
 * Return: what is wrong, or NULL.
 */
const char *site_conf_parse(struct site_conf *conf, size_t size, unsigned *line);

#endif
