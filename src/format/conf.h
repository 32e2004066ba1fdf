/* SPDX-License-Identifier: MIT */
/* init.conf, the site's choices: ima-init.conf(5). */
#ifndef FORMAT_CONF_H
#define FORMAT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "manifest.h"

/* The words of init.conf are in the order of the values. */
#define ACTION_WORDS "panic\0" "reboot\0" "poweroff\0" "halt\0" "rescue\0"
enum action {
	ACTION_PANIC,
	ACTION_REBOOT,
	ACTION_POWEROFF,
	ACTION_HALT,
	ACTION_RESCUE,
};

#define EVM_MODE_WORDS "hmac\0" "kernel\0" "x509\0" "x509-metadata-writes\0" "none\0"
enum evm_mode {
	EVM_MODE_HMAC,
	EVM_MODE_KERNEL,             /* a driver has set the HMAC key: evm_set_key() */
	EVM_MODE_X509,
	EVM_MODE_X509_METADATA_WRITES,
	EVM_MODE_NONE,
};

#define DEVICE_KEYS_WORDS "efivarfs\0" "root\0"
enum device_keys {
	DEVICE_KEYS_NONE,            /* kmk and evm-key are below /ima; it has no word */
	DEVICE_KEYS_EFIVARFS,
	DEVICE_KEYS_ROOT,
};

/* What TYPE and FLAGS of root = DEVICE TYPE FLAGS fit into; DEVICE has LIMIT_PATH. */
#define SIZE_ROOT_TYPES 64
#define SIZE_ROOT_FLAGS 512

/* init.conf, or its defaults. The strings point into its text. */
struct conf {
	const char *next_init;
	const char *root;            /* "DEVICE [TYPE [FLAGS]]", "none"; NULL: the command line's */
	const char *root_overlay;    /* options of the tmpfs; NULL: no overlay */
	const char *restore;         /* the sidecar whose signatures go onto a tmpfs; NULL: none */
	enum action on_failure;
	const char *rescue;          /* NULL: none */
	const char *env;             /* names, separated by blanks */
	const char *kmk_options;     /* NULL: a user key; otherwise a trusted key's options */
	enum device_keys device_keys;
	bool provision;              /* without them the boot goes on, and without HMACs */
	uint32_t kmk_pcrs;           /* a bit each; 0: sealed without a policy */
	enum evm_mode evm;
	const char *evm_xattrs;      /* names, separated by blanks */
	bool trusted_keyrings;       /* the kernel's .ima, .evm; otherwise _ima, _evm, made here */
	bool policy_required;
	bool prove_exec;
	bool nodev;                  /* devices are kept from being mapped executable */
	bool require_lockdown;
	bool require_secure_boot;
	bool require_tpm;
};

/* next-init, where init.conf does not say: told by its address from one that it does. */
extern const char default_next_init[];

/** conf_defaults() - what holds where init.conf does not say otherwise */
void conf_defaults(struct conf *conf);

/**
 * conf_parse() - read the text of an init.conf over the defaults
 * @text: changed, and pointed into; terminated
 * @length: of it
 * @line: set to the line that is wrong; 0: the file as a whole
 *
 * Return: what is wrong, or NULL. Nothing of a wrong file counts.
 */
const char *conf_parse(struct conf *conf, char *text, size_t length, unsigned *line);

/* Which of the programs reads it. */
enum program {
	PROGRAM_OTHER,
	PROGRAM_DISK,
	PROGRAM_INITRAMFS,
	PROGRAM_INITRD,
};

/**
 * conf_contradiction() - what is listed must be used: a file that a choice leaves out was a
 * mistake, or an attack
 * @conf: of conf_parse(), or the defaults
 *
 * Return: what is wrong, or NULL.
 */
const char *conf_contradiction(const struct conf *conf, const struct manifest *manifest,
			       enum program program);

/**
 * conf_own_rings_wrong() - what with trusted-keyrings = no would be loaded by nobody, be enforced
 * by nothing, or be weaker than what the kernel has; for ima-init-initramfs
 *
 * Return: what is wrong, or NULL.
 */
const char *conf_own_rings_wrong(const struct conf *conf, const struct manifest *manifest);

/** conf_names_root() - whether init.conf names a device for the root */
bool conf_names_root(const struct conf *conf);

#endif
