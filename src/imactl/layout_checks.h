/* SPDX-License-Identifier: MIT */
/* What is looked at in every /ima, that of a disk as that of an initramfs; for layout_*.c and check_*.c alone. */
#ifndef IMACTL_LAYOUT_CHECKS_H
#define IMACTL_LAYOUT_CHECKS_H

#include "layout_verify.h"
#include "policy_match.h"

struct layout {
	const char *root;
	const char *directory;       /* what is or will be its /ima */
	const struct conf *conf;
	const struct verifying *verifying;
	finding_function *found;
	void *data;
	void (*pinned)(void *data, const char *path, const char *inside);
	unsigned count;
	struct manifest manifest;    /* or what is there, in an initramfs */
};

/** layout_place() - where something inside the root is on this machine; false with a line */
bool layout_place(const struct layout *layout, const char *inside, char *path);

/** tell() - a finding */
__attribute__((format(printf, 4, 5)))
void tell(struct layout *layout, const char *inside, enum failure_code code, const char *format, ...);

/** tell_line() - what a reader of src/format refused, @line 0: the file as a whole */
void tell_line(struct layout *layout, const char *inside, enum failure_code code, unsigned line,
	       const char *wrong);

/**
 * read_inside() - a file below the root, whole and terminated
 * @missing: what it is told with where it is not there
 *
 * Return: the text, to be freed, or NULL after a finding.
 */
char *read_inside(struct layout *layout, const char *inside, size_t limit, size_t *size,
		  enum failure_code missing);

/** layout_lists() - whether the manifest has a file, or the initramfs */
bool layout_lists(const struct layout *layout, const char *inside);

/* Each tells what is wrong. */
void layout_check_keys(struct layout *layout);
void layout_check_evm_keys(struct layout *layout);
/* @place: where ima-init tries the rules */
void layout_check_policy(struct layout *layout, enum access_place place);
void layout_check_contradictions(struct layout *layout, enum program program);
void layout_check_canary(struct layout *layout, const char *inside, uid_t owner,
			 enum failure_code code);
void layout_check_needed(struct layout *layout);
void layout_check_next_init(struct layout *layout, const char *inside, bool takes_script);

#endif
