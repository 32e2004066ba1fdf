/* SPDX-License-Identifier: MIT */
/* What is known about this boot, handed from step to step. */
#ifndef IMA_INIT_BOOT_H
#define IMA_INIT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "failure_codes.h"
#include "format/conf.h"
#include "format/manifest.h"
#include "layout.h"
#include "lines.h"

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
	char types[SIZE_ROOT_TYPES];  /* with commas between them; "": those that the kernel knows */
	char flags[SIZE_ROOT_FLAGS];  /* of the file system */
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
	bool tmpfs_proved;           /* by an unsigned file on a tmpfs, where no root is mounted */

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

/* The next init is one of the initramfs, which was verified with the kernel. */
static inline bool hands_over_rootfs(const struct boot *boot)
{
	return boot->in_initramfs && !boot->root.device[0];
}

/* A step returns FAIL_NONE, or what fail() returned. */
typedef enum failure_code step_function(struct boot *boot);

/** report_enforcement() - the line that says by what it was proved; @trials: what was tried */
void report_enforcement(struct boot *boot, const char *trials);

#define STEP_DECLARATION(function, sentence) step_function function;
#include "steps.h"
STEPS(STEP_DECLARATION)
INITRAMFS_STEPS(STEP_DECLARATION)
INITRD_STEPS(STEP_DECLARATION)
#undef STEP_DECLARATION

#endif
