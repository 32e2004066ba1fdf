/* SPDX-License-Identifier: MIT */
/* What ima-init-initramfs will say of the /ima of an initramfs. */
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "layout_checks.h"
#include "probe.h"
#include "program_mark.h"
#include "restored_sidecar.h"
#include "root_path.h"
#include "tree.h"
#include "format/path.h"
#include "format/text.h"

/* What is there is what ima-init-initramfs lists; ima_directory_check() tells of names that it cannot. */
static void list_files(struct layout *layout)
{
	char top[TREE_PATH_SIZE], inside[TREE_PATH_SIZE];

	if (!path_join(top, layout->directory, ""))
		return;
	char *const paths[] = { top, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	for (FTSENT *entry; fts && (entry = fts_read(fts));) {
		if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP ||
		    !path_join(inside, ROOT_DIR, entry->fts_path + strlen(top)))
			continue;
		const char *wrong = path_wrong(inside) ? NULL : manifest_add(&layout->manifest, inside);

		if (wrong) {
			tell(layout, ROOT_DIR, FAIL_MANIFEST_INVALID, "%s", wrong);
			break;
		}
	}
	if (fts)
		(void)fts_close(fts);
}

/* The sidecar that imactl pack puts there: check_restored() tells where it cannot. */
static void add_restored(struct layout *layout)
{
	const char *restore = layout->conf->restore;

	if (restore && text_starts(restore, ROOT_DIR "/") && !path_wrong(restore) &&
	    !layout_lists(layout, restore))
		(void)manifest_add(&layout->manifest, restore);
}

/* As mount_root() of ima-init-initramfs, where init.conf alone says that there is none. */
static void check_overlay(struct layout *layout)
{
	const struct conf *conf = layout->conf;

	if (conf->root_overlay && !conf->restore &&
	    (!conf->trusted_keyrings || (conf->root && !conf_names_root(conf))))
		tell(layout, PATH_CONF, FAIL_ROOT_MISSING, "root-overlay is given, but no root is named");
}

static bool read_value(struct layout *layout, const char *inside, struct value *value)
{
	char *data = read_inside(layout, inside, LIMIT_XATTR, &value->size, FAIL_FILE_MISSING);

	if (data)
		memcpy(value->data, data, value->size);
	free(data);
	return data != NULL;
}

static void check_probe(struct layout *layout)
{
	struct value ima, evm = { .size = 0 };
	bool has_evm = layout->conf->evm != EVM_MODE_NONE;
	bool right = read_value(layout, PATH_PROBE_IMA, &ima);

	if (has_evm)
		right &= read_value(layout, PATH_PROBE_EVM, &evm);
	/* A digest under a portable signature satisfies imasig, and binds no key of .ima. */
	if (right && ima.data[0] != XATTR_TYPE_DIGSIG) {
		tell(layout, PATH_PROBE_IMA, FAIL_PROBE_REFUSED, "it is not a signature (type %u, not %u)",
		     ima.data[0], XATTR_TYPE_DIGSIG);
		return;
	}
	if (!right)
		return;
	struct verifying verifying = *layout->verifying;

	verifying.no_evm = !has_evm;
	enum file_verdict verdict = probe_verify(&verifying, &ima, &evm);

	if (verdict != VERDICT_VALID)
		tell(layout, PATH_PROBE_IMA, FAIL_PROBE_REFUSED, "%s: %s", verdict_word(verdict),
		     verdict_meaning(verdict));
}

/* As make_own_rings() of ima-init-initramfs, as far as no kernel is asked. */
static void check_own_rings(struct layout *layout)
{
	bool has_evm = layout->conf->evm != EVM_MODE_NONE;
	const char *wrong = conf_own_rings_wrong(layout->conf, &layout->manifest);

	if (wrong)
		tell(layout, PATH_CONF, FAIL_CONF_INVALID, "%s", wrong);
	if (layout->verifying->ima.count == 0)
		tell(layout, DIR_KEYS_IMA, FAIL_KEYRING_EMPTY, "no certificate is there");
	if (has_evm && layout->verifying->evm.count == 0)
		tell(layout, DIR_KEYS_EVM, FAIL_KEYRING_EMPTY, "no certificate is there");
	check_probe(layout);
}

static void check_initramfs_program(struct layout *layout)
{
	char path[TREE_PATH_SIZE];
	struct stat status;

	if (!layout_lists(layout, PATH_INIT)) {
		tell(layout, PATH_INIT, FAIL_FILE_MISSING, "install ima-init-initramfs as it");
		return;
	}
	enum program program =
		layout_place(layout, PATH_INIT, path) ? program_of(path) : PROGRAM_OTHER;

	if (program == PROGRAM_INITRD)
		tell(layout, PATH_INIT, FAIL_NOT_INITRD,
		     "it is ima-init-initrd: install ima-init-initramfs as it");
	else if (program != PROGRAM_INITRAMFS)
		tell(layout, PATH_INIT, FAIL_SELF_UNSIGNED, "%s: install ima-init-initramfs as it",
		     program == PROGRAM_DISK ? "it is ima-init, which is for a disk"
					     : "it is not ima-init-initramfs");
	else if (stat(path, &status) == 0 && !(status.st_mode & S_IXUSR))
		tell(layout, PATH_INIT, FAIL_FILE_MODE, "its owner cannot execute it");
}

/* Where the archive has not been made, imactl pack will put it there. */
static bool read_restored(struct layout *layout, struct sidecar *sidecar)
{
	const struct conf *conf = layout->conf;
	char path[TREE_PATH_SIZE], wrong[512];
	unsigned line;
	struct stat status;

	if (!layout_place(layout, conf->restore, path))
		return false;
	AUTO_CLOSE int file = tree_open(path, &status);
	FILE *in = file < 0 ? NULL : fdopen(dup(file), "r");

	if (!in)
		return false;        /* ima_directory_check() has told what is there instead */
	if (!restored_sidecar_read(sidecar, in, layout->root, conf->evm != EVM_MODE_NONE, &line, wrong,
				   sizeof(wrong)))
		tell(layout, conf->restore, FAIL_SIDECAR_INVALID, "line %u: %s", line, wrong);
	(void)fclose(in);
	return true;
}

/* That of a tree whose archive has not been made is not in it; but then the tree is signed. */
static bool is_signed(const struct layout *layout)
{
	char path[TREE_PATH_SIZE];
	struct stat status;
	struct value ima = { .size = 0 }, evm;

	if (layout->verifying->sidecar || !layout_place(layout, PATH_CANARY, path))
		return true;
	AUTO_CLOSE int file = tree_open(path, &status);

	return file < 0 || (signatures_read(NULL, file, PATH_CANARY, &ima, &evm) == 0 && ima.size > 0);
}

static void check_signed_next_init(struct layout *layout)
{
	const char *inside = layout->conf->next_init, *reason;
	char path[TREE_PATH_SIZE];
	struct stat status;
	struct file_verifier verifier;
	struct value ima;
	int error = 0;
	unsigned count = layout->count;

	layout_check_next_init(layout, inside, false);
	if (layout->count != count ||
	    root_find(layout->root, &layout->verifying->target, inside, path, &status, &reason) !=
		    FAIL_NONE)
		return;
	const char *found = path + strlen(layout->root);
	AUTO_CLOSE int file = tree_open(path, &status);

	if (strncmp(found, ROOT_DIR "/", strlen(ROOT_DIR "/")) == 0) {
		tell(layout, inside, FAIL_FILE_MISSING, "of " ROOT_DIR " the canaries alone are restored");
		return;
	}
	if (file < 0) {
		tell(layout, inside, FAIL_FILE_UNREADABLE, "%s", strerror(-file));
		return;
	}
	if (!file_verifier_start(&verifier, layout->verifying))
		abort();
	enum file_verdict verdict = file_verify(&verifier, file, found, &status, &ima, &error);

	file_verifier_free(&verifier);
	if (verdict != VERDICT_VALID)
		tell(layout, inside, FAIL_HANDOVER_REFUSED, "%s: %s", verdict_word(verdict),
		     verdict_meaning(verdict));
}

/* As restore_files() and what follows it: the root is the tree, with these signatures. */
static void check_restored(struct layout *layout)
{
	const struct verifying *given = layout->verifying;
	struct verifying verifying = *given;
	struct sidecar *sidecar = sidecar_new();
	bool has_sidecar = read_restored(layout, sidecar);

	if (!has_sidecar && !is_signed(layout)) {
		tell(layout, PATH_CONF, FAIL_CONF_INVALID, "restore = %s, which is not there, nor are "
		     "signatures in the tree that imactl pack could put there", layout->conf->restore);
	} else {
		if (has_sidecar)
			verifying.sidecar = sidecar;
		layout->verifying = &verifying;
		layout_check_canary(layout, PATH_CANARY, 0, FAIL_CANARY_UNFIT);
		if (layout->conf->prove_exec)
			layout_check_canary(layout, PATH_CANARY_EXEC, CANARY_EXEC_UID, FAIL_CANARY_EXEC_UNFIT);
		check_signed_next_init(layout);
		layout->verifying = given;
	}
	sidecar_free(sidecar);
}

/* It has no signatures. */
static bool refuses_rootfs(const char *text)
{
	static const char *const hooks[] = { "BPRM_CHECK", "MMAP_CHECK" };
	unsigned line;

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		const struct policy_access access = { hooks[i], 0, ACCESS_ON_ROOTFS };
		enum policy_verdict verdict = policy_match(text, &access, &line);

		if (verdict == POLICY_DEMANDS_SIGNATURE || verdict == POLICY_DEMANDS_DIGEST)
			return true;
	}
	return false;
}

static void check_policy_of_rootfs(struct layout *layout)
{
	size_t size;
	char *text = layout_lists(layout, PATH_POLICY)
		? read_inside(layout, PATH_POLICY, LIMIT_POLICY, &size, FAIL_FILE_MISSING)
		: NULL;

	if (text && refuses_rootfs(text))
		tell(layout, PATH_POLICY, FAIL_HANDOVER_REFUSED, "its rules refuse the next init, since no rule "
		     "leaves out the rootfs: take policy/appraise-signed-initramfs");
	free(text);
}

/*
 * Where the next init is on the rootfs. Where init.conf names no root, the command line may:
 * then it is known only of what is there.
 */
static void check_rootfs_init(struct layout *layout, bool whole)
{
	const struct conf *conf = layout->conf;
	bool given = conf->next_init != default_next_init;
	bool stays = !conf->trusted_keyrings || (conf->root && !conf_names_root(conf));
	const char *inside = given ? conf->next_init : INITRAMFS_NEXT_INIT;

	if (conf->root && !stays)
		return;
	if (path_exists(layout->root, inside) || (stays && (whole || given)))
		layout_check_next_init(layout, inside, true);
	if (stays)
		check_policy_of_rootfs(layout);
}

/* The command line may name a root as well: then what is proved there is not known. */
static enum access_place place_of_trial(const struct conf *conf)
{
	if (conf->restore || !conf->trusted_keyrings)
		return ACCESS_ON_TMPFS;
	if (conf->root && !conf_names_root(conf) && conf->prove_exec)
		return ACCESS_ON_TMPFS;      /* prove_tmpfs() of ima-init */
	return conf_names_root(conf) ? ACCESS_ON_DISK : ACCESS_NOWHERE;
}

unsigned layout_verify_initramfs(const char *root, const char *directory,
				 const struct conf *given, struct verifying *verifying,
				 bool whole, finding_function *found, void *data)
{
	struct conf conf = *given;
	struct layout layout = { .root = root, .directory = directory, .conf = &conf,
				 .verifying = verifying, .found = found, .data = data };

	layout.count = ima_directory_check(root, directory, &verifying->target, found, data);
	list_files(&layout);
	add_restored(&layout);
	check_initramfs_program(&layout);
	layout_check_keys(&layout);
	layout_check_policy(&layout, place_of_trial(&conf));
	/* The canaries are on the root that is mounted; or it makes that file itself. */
	conf.prove_exec = false;
	layout_check_needed(&layout);
	conf.prove_exec = given->prove_exec;
	layout_check_contradictions(&layout, PROGRAM_INITRAMFS);
	check_overlay(&layout);
	/* What it adds is there before it executes anything. */
	certificates_append(&verifying->ima, &verifying->keyrings->ima);
	certificates_append(&verifying->evm, &verifying->keyrings->evm);
	if (!conf.trusted_keyrings)
		check_own_rings(&layout);
	if (conf.restore)
		check_restored(&layout);
	else
		check_rootfs_init(&layout, whole);
	return layout.count;
}
