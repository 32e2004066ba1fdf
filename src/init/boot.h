/* SPDX-License-Identifier: MIT */
/* What is known about this boot, handed from step to step. */
#ifndef IMA_INIT_BOOT_H
#define IMA_INIT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "failure_codes.h"
#include "layout.h"
#include "lines.h"

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
	bool require_lockdown;
	bool require_secure_boot;
	bool require_tpm;
};

struct manifest_entry {
	const char *xattr;           /* security.ima in lower-case hex, NUL-terminated */
	const char *path;            /* absolute, NUL-terminated */
	int opened;                  /* compared, and kept for whoever reads it; 0: not */
};

struct manifest {
	size_t count;                /* 0 until the manifest was opened */
	struct manifest_entry entries[LIMIT_MANIFEST_FILES];
	char text[LIMIT_MANIFEST + 1];
};

/* A directory below /ima that was walked to and checked, kept for the next file in it. */
struct above {
	int descriptor;              /* -1: none */
	const char *path;            /* begins with the directory's */
	size_t length;
};

#define WAIT_WITHOUT_END (~0U)       /* 136 years */

/* The root file system that the command line or init.conf names; "": none. */
struct root {
	char device[LIMIT_PATH];     /* as it is named there */
	char node[LIMIT_PATH];       /* in /dev */
	char types[64];              /* with commas between them; "": those that the kernel knows */
	char flags[512];             /* of the file system */
	bool writable;
	unsigned wait;               /* seconds, for the device to appear */
};

/* Indices into struct boot's keys_added; the order in which rings are filled. */
enum ring {
	RING_BLACKLIST,
	RING_SECONDARY,
	RING_IMA,
	RING_EVM,
	RING_COUNT
};

/* What the kernel starts by itself, and must not until the policy is in force. */
enum helper {
	HELPER_MODPROBE,
	HELPER_HOTPLUG,
	HELPER_COUNT
};

struct boot {
	char **argv;
	char **envp;                 /* as the kernel gave it */
	struct timespec start;

	/* Descriptors of detached mounts and of /ima; -1: not open. All close on exec. */
	int proc;
	int securityfs;
	int kmsg;
	int ima_dir;
	uint64_t ima_mount;          /* mount id of /ima, or its device (secure_open.h) */
	bool ima_is_mount;           /* /ima is the root of its own file system */
	struct above *above;         /* while many files are opened one after the other; otherwise NULL */

	char helpers[HELPER_COUNT][256]; /* KMOD_PATH_LEN, UEVENT_HELPER_PATH_LEN; the paths taken away */
	int helper_nodes[HELPER_COUNT];  /* where they came from */
	char weak_word[48];          /* the command line's word that explains a failed proof */
	int evm_at_entry;            /* the bits of securityfs/evm; -1: no such node */
	int evm_bits;                /* as they were read last */
	uint64_t rules_at_entry;     /* hash of the built-in rules, 0: not readable */
	bool rules_proved;
	const char *policy_proof;    /* how the policy was proved */
	unsigned keys_added[RING_COUNT];
	int tpm;                     /* -1: not open */
	uint32_t tpm_session;        /* its handle; 0: none */
	bool enforcement_proved;     /* a rescue program may run */

	/* Of these two programs one mounts the root, too. */
	bool in_initramfs;           /* nothing is signed there */
	bool in_initrd;              /* all is, as on a disk */
	int new_root;                /* the mounted root; -1: none */
	int32_t own_rings[RING_COUNT]; /* of _ima and _evm, made here; 0: none */

	unsigned pinned;             /* files outside /ima that the manifest lists */
	int canary_exec;             /* -1: not open */
	struct conf conf;

	char *next_envp[64 + 3];
	char what[640];              /* what happened, of the failure at hand */

	/* What is large comes last: each page that is touched costs. */
	union {
		struct lines lines;          /* of whatever file is looked at */
		char certificate[LIMIT_CERTIFICATE + 1];
	} scratch;                           /* shared, for the same reason; nobody keeps anything in it */
	struct manifest manifest;
	struct root root;
};

/* A step returns FAIL_NONE, or what fail() returned. */
typedef enum failure_code step_function(struct boot *boot);

#define STEP_DECLARATION(function, sentence) step_function function;
#include "steps.h"
STEPS(STEP_DECLARATION)
INITRAMFS_STEPS(STEP_DECLARATION)
INITRD_STEPS(STEP_DECLARATION)
#undef STEP_DECLARATION

#endif
