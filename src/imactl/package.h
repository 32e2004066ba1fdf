/* SPDX-License-Identifier: MIT */
/* A site's /ima as a Debian or RPM package: what both have. */
#ifndef IMACTL_PACKAGE_H
#define IMACTL_PACKAGE_H

#include "exit_codes.h"
#include "pack.h"

struct package {
	const char *name, *version, *maintainer;
};

/** package_names_wrong() - what of the names no package could have, or NULL; defaults are set */
const char *package_names_wrong(struct package *package);

/** What machine an ELF program is for, as packages name it. */
struct architecture {
	unsigned machine;            /* e_machine */
	bool is_64_bit;
	const char *deb, *rpm;
};

/** architecture_of() - that of a program; NULL: none that is known */
const struct architecture *architecture_of(const uint8_t *header, size_t size);

/**
 * package_prepare() - leave in the source what a package has: ima and what is below it, of root's
 *
 * Return: true, or false with a line: it is not signed, or has something that is not for a package.
 */
bool package_prepare(struct pack *pack);

/* Each makes pack->image, or says a line; its reader adds all that it finds. */
bool deb_write(const struct pack *pack);
bool deb_read(const struct pack *pack, struct inventory *found);
bool rpm_write(const struct pack *pack);
bool rpm_read(const struct pack *pack, struct inventory *found);

#endif
