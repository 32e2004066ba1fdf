/* SPDX-License-Identifier: MIT */
/* Signing trees in many threads, and the manifest of an /ima. */
#ifndef IMACTL_SIGN_TREES_H
#define IMACTL_SIGN_TREES_H

#include "file_sign.h"
#include "ima_directory.h"
#include "options.h"

#define SIGN_PINS_MAX LIMIT_MANIFEST_FILES

/* What is signed, with what, and what is said of it. */
struct sign_run {
	enum scope scope;
	bool all;                    /* of the system: every regular file */
	bool quiet, json;
	const char *sidecar;         /* the path of signing.sidecar */
	const char *pins[SIGN_PINS_MAX];
	size_t pin_count;
	struct signing signing;
};

/** sign_trees() - sign each, say so, and write the sidecar where there is one */
enum exit_code sign_trees(const struct sign_run *options, int count, char **trees);

#endif
