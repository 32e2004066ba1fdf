/* SPDX-License-Identifier: MIT */
/* init.conf, the site's choices: ima-init.conf(5). */
#include "boot.h"
#include "failure.h"
#include "manifest.h"

/* A mistake in init.conf ends as one before it does: nothing of a wrong file counts. */
enum failure_code read_conf(struct boot *boot)
{
	static char text[LIMIT_CONF + 1];    /* the strings of boot->conf point into it */
	struct conf conf = { .next_init = NULL };
	unsigned line = 0;
	const char *wrong = NULL;

	conf_defaults(&conf);
	if (manifest_lists(&boot->manifest, PATH_CONF)) {
		size_t length;
		enum failure_code code = manifest_read(boot, PATH_CONF, text, sizeof(text), &length);

		if (code != FAIL_NONE)
			return code;
		wrong = conf_parse(&conf, text, length, &line);
	}
	if (!wrong)
		wrong = conf_contradiction(&conf, &boot->manifest, boot->in_initramfs ? PROGRAM_INITRAMFS :
					   boot->in_initrd ? PROGRAM_INITRD : PROGRAM_DISK);
	if (wrong)
		return fail_line(boot, FAIL_CONF_INVALID, PATH_CONF, line, wrong);
	boot->conf = conf;
	return FAIL_NONE;
}
