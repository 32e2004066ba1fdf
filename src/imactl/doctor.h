/* SPDX-License-Identifier: MIT */
/* What the checks of imactl doctor share. */
#ifndef IMACTL_DOCTOR_H
#define IMACTL_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "kernel_command_line.h"
#include "kernel_config.h"

enum verdict {
	VERDICT_OK,
	VERDICT_WRONG,       /* it will not boot, or is not safe */
	VERDICT_ADVICE,
	VERDICT_UNKNOWN,
	VERDICT_COUNT
};

/* What a check is for: the words of the options, a bit each. */
enum subject {
	ALWAYS = 0,
	NO_INITRAMFS = 1 << 0,
	EMBEDDED = 1 << 1,
	INITRD_IMAGE = 1 << 2,
	CPIO = 1 << 3,
	DISTRIBUTION = 1 << 4,
	EVM_HMAC = 1 << 5,
	EVM_X509 = 1 << 6,
	EVM_NONE = 1 << 7,
	KMK_USER = 1 << 8,
	KMK_TRUSTED = 1 << 9,
	KEYS_RSA = 1 << 10,
	KEYS_ECDSA = 1 << 11,
	FS_EXT4 = 1 << 12,
	FS_SQUASHFS = 1 << 13,
	FS_EROFS = 1 << 14,
	FS_BTRFS = 1 << 15,
	FS_XFS = 1 << 16,
	FS_F2FS = 1 << 17,
	FS_UBIFS = 1 << 18,
	FS_OVERLAY = 1 << 19,
	FS_TMPFS = 1 << 20,
	UKI = 1 << 22,
	/* Not a word: the command line has dm-mod.create=. */
	DM_CREATE = 1 << 21,

	WITH_OWN_CA = NO_INITRAMFS | EMBEDDED | UKI | INITRD_IMAGE | CPIO,
	KERNEL_MOUNTS = NO_INITRAMFS | INITRD_IMAGE,
	INITRAMFS_MOUNTS = EMBEDDED | UKI | CPIO | DISTRIBUTION,
	IN_AN_INITRD = INITRD_IMAGE | CPIO | DISTRIBUTION,
	EVM_ON = EVM_HMAC | EVM_X509,
};

struct subject_word {
	const char *option, *word;
	unsigned bit;
};

extern const struct subject_word subject_words[];
extern const size_t subject_word_count;

struct doctor {
	unsigned chosen;             /* enum subject */
	bool json;
	bool has_config, has_line;
	bool runs_verified;          /* of runs_verified_image() */
	const char *config_name;
	struct kernel_config config;
	struct kernel_command_line line;
	json_t *checks;
	unsigned counts[VERDICT_COUNT];
};

struct finding {
	enum verdict verdict;
	char found[1200];            /* what is there, as it can be printed */
	const char *option, *why, *remedy;
	bool alarms;                 /* why is not printed where it is ok: it speaks of what is not so */
};

typedef void judge_function(const struct doctor *doctor, struct finding *finding);

struct line_check {
	const char *option;
	unsigned scope;
	judge_function *judge;       /* says what is there, and leaves ok or takes it back */
	const char *why, *remedy;
	bool alarms;                 /* as in struct finding */
};

/* Checks of the command line, and of the system that runs. */
extern const struct line_check line_checks[], running_checks[];
extern const size_t line_check_count, running_check_count;

/** doctor_verdict_word() - "ok", "WRONG", "advice" or "unknown" */
const char *doctor_verdict_word(enum verdict verdict);

/** subject_mask() - all words of one of imactl's options */
unsigned subject_mask(const char *option);

/** doctor_asks() - whether, of each option that the scope says something of, a word is chosen */
bool doctor_asks(const struct doctor *doctor, unsigned scope);

/** doctor_print() - count a finding and print it, or add it to the JSON */
void doctor_print(struct doctor *doctor, const struct finding *finding);

/**
 * print_wrapped() - a text, and on a terminal no more of it in a line than fits
 * @indent: columns that are taken, and left empty in the lines that follow
 */
void print_wrapped(const char *text, size_t indent);

/** doctor_run() - run those of a table that are asked for */
void doctor_run(struct doctor *doctor, const struct line_check *checks, size_t count);

/** doctor_check_config() - run the checks of the configuration */
void doctor_check_config(struct doctor *doctor);

/**
 * doctor_check_policy() - run the checks of a site's policy, against the configuration if there is one
 *
 * Return: 0; or -errno, after a line on standard error.
 */
int doctor_check_policy(struct doctor *doctor, const char *path);

/**
 * doctor_check_certificate() - whether the kernel of the configuration can use a certificate of /ima;
 * without a configuration: Linux 6.1 and 6.12
 *
 * Return: 0; or -errno, after a line on standard error.
 */
int doctor_check_certificate(struct doctor *doctor, const char *path);

/** option_has() - whether an option has a value: "y", "n", "ym" for either, "*" for any text, or another */
bool option_has(const struct doctor *doctor, const char *name, const char *wanted);

/** asks_for_built_in_rules() - whether the line puts in, and in force, the rules for /ima/init */
bool asks_for_built_in_rules(const struct doctor *doctor);

/**
 * runs_verified_image() - whether the system that runs was started from a UKI under Secure Boot
 *
 * Return: false where it is not, or does not show.
 */
bool runs_verified_image(void);

/** names_module() - whether a list of Linux security modules has a name */
bool names_module(const char *list, const char *name);

/** word_value() - the value of the last such word of the command line, or NULL */
const char *word_value(const struct doctor *doctor, const char *name);

#endif
