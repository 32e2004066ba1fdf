/* SPDX-License-Identifier: MIT */
/* Signing trees in many threads, and the manifest of an /ima. */
#include "sign_trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "attributes.h"
#include "progress.h"
#include "report.h"
#include "root_path.h"
#include "selection.h"
#include "tree.h"
#include "format/manifest.h"

/* What all threads of a run share. */
struct run {
	const struct sign_run *options;
	bool is_ima;
	struct progress progress;
	struct ima_entries entries;
	_Atomic uint64_t signed_files, unchanged, failed, bytes;
};

struct thread_state {
	struct run *run;
	struct file_signer signer;
};

static volatile bool stop;

/* A file that is begun is finished, so that its two signatures belong together. */
static void on_signal(int number)
{
	(void)number;
	stop = true;
}

static void count_result(struct run *run, enum sign_result result, const struct stat *status)
{
	if (result == SIGN_SIGNED)
		run->signed_files++;
	else if (result == SIGN_UNCHANGED)
		run->unchanged++;
	else
		run->failed++;
	run->bytes += (uint64_t)status->st_size;
}

static void sign_below_ima(struct thread_state *state, int file, const char *path,
			   const char *below, const struct stat *status)
{
	char inside[TREE_PATH_SIZE];
	struct value ima;

	if (!path_join(inside, ROOT_DIR "/", below) || manifest_needs_no_line(inside))
		return;
	enum sign_result result = file_sign(&state->signer, file, path, inside, status, &ima);

	if (result != SIGN_FAILED && !ima_entries_add(&state->run->entries, inside, &ima))
		result = SIGN_FAILED;
	count_result(state->run, result, status);
}

static void sign_of_system(struct thread_state *state, int file, const char *path,
			   const char *below, const struct stat *status)
{
	struct value ima;
	struct stat on_target = *status;

	evm_target_status(&state->run->options->signing.target, below, &on_target);
	/* A tree that is a single file was chosen by name. */
	if (*below && !state->run->options->all && !is_selected(file, below, &on_target))
		return;
	count_result(state->run, file_sign(&state->signer, file, path, below, status, &ima),
		     status);
}

static void sign_path(void *data, const char *path, const char *below)
{
	struct thread_state *state = data;
	struct stat status;


	/* It is signed with a key of its own, in a run of its own. */
	if (!state->run->is_ima && is_below_ima(below))
		return;
	AUTO_CLOSE int file = tree_open(path, &status);

	/* Not a regular file after all: fakeroot keeps a device as one. */
	if (file == -EINVAL)
		return;
	if (file < 0) {
		complain(path, "read", "%s", strerror(-file));
		state->run->failed++;
		return;
	}
	if (state->run->is_ima)
		sign_below_ima(state, file, path, below, &status);
	else
		sign_of_system(state, file, path, below, &status);
	progress_add(&state->run->progress, (uint64_t)status.st_size);
}

static bool sign_tree(struct run *run, const char *tree)
{
	unsigned count = tree_threads();
	struct thread_state states[TREE_THREADS_MAX];
	void *pointers[TREE_THREADS_MAX];
	struct tree_work work = { sign_path, pointers, count, &stop, NULL };

	for (unsigned i = 0; i < count; i++) {
		states[i].run = run;
		file_signer_start(&states[i].signer, &run->options->signing);
		pointers[i] = &states[i];
	}
	if (!run->is_ima)
		work.wants = run->options->all ? path_is_of_system : path_is_selected;
	struct tree_totals totals = tree_walk(tree, &work);

	for (unsigned i = 0; i < count; i++)
		file_signer_free(&states[i].signer);
	run->failed += totals.errors;
	return run->failed == 0 && !stop;
}

/* A pinned file keeps the signature that it has: the system's, mostly by another key. */
static bool pin(struct run *run, struct file_signer *signer, const char *root, const char *inside)
{
	char path[TREE_PATH_SIZE];
	struct value ima, evm;
	struct signature signature;
	struct stat status;
	const char *reason;

	if (!path_join(path, root, inside))
		return false;
	/* By no symlink out of the root: that would be a file of this machine. */
	if (root_find(root, &run->options->signing.target, inside, path, &status, &reason) !=
	    FAIL_NONE) {
		complain(path, "pin", "%s", reason);
		return false;
	}
	const char *found = path + strlen(root);
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0) {
		complain(path, "pin", "%s",
			 file == -EINVAL ? "not a regular file" : strerror(-file));
		return false;
	}
	if (signatures_read(run->options->signing.sidecar, file, found, &ima, &evm) < 0)
		ima.size = 0;
	if (signature_parse(&ima, XATTR_TYPE_DIGSIG, &signature) != FORM_SIGNATURE) {
		enum sign_result result = file_sign(signer, file, path, found, &status, &ima);

		count_result(run, result, &status);
		if (result == SIGN_FAILED)
			return false;
	}
	return ima_entries_add(&run->entries, inside, &ima);
}

/* Written aside, signed, put in place: there is always a whole manifest. */
static bool write_manifest(struct run *run, struct file_signer *signer, const char *root)
{
	char path[TREE_PATH_SIZE], new_path[TREE_PATH_SIZE];
	size_t size;
	struct stat status;
	struct value ima;
	char *text = ima_manifest_text(&run->entries, &size);

	if (!text)
		return false;
	bool fits = path_join(path, root, PATH_MANIFEST) &&
		path_join(new_path, root, ROOT_DIR "/.manifest.new");

	if (fits)
		(void)unlink(new_path);
	AUTO_CLOSE int file = fits
		? open(new_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)
		: -1;
	bool written = file >= 0 && write(file, text, size) == (ssize_t)size &&
		fchmod(file, 0644) == 0 && fstat(file, &status) == 0;

	free(text);
	if (!written)
		complain(new_path, "write", "%s", strerror(errno));
	else
		written = file_sign(signer, file, new_path, PATH_MANIFEST, &status, &ima) !=
			SIGN_FAILED;
	if (written && (fsync(file) < 0 || rename(new_path, path) < 0)) {
		complain(path, "write", "%s", strerror(errno));
		written = false;
	}
	if (!written && file >= 0)
		(void)unlink(new_path);
	return written;
}

static void say_finding(void *data, const char *path, const char *word, const char *reason)
{
	(void)data;
	complain(path, word, "%s", reason);
}

/* What would make the best signatures useless. */
static bool check_ima(const struct sign_run *options, const char *root)
{
	char directory[TREE_PATH_SIZE];
	unsigned wrong = !path_join(directory, root, ROOT_DIR);

	if (!path_exists(root, PATH_INIT) && ++wrong)
		complain(root, "sign", PATH_INIT " is not there: install ima-init as it");
	if (!path_exists(root, PATH_X509_IMA) && ++wrong)
		complain(root, "sign",
			 PATH_X509_IMA " is not there: the kernel starts no " PATH_INIT
				       " without it");
	if (options->signing.evm.key && !path_exists(root, PATH_X509_EVM) &&
	    !path_exists(root, DIR_KEYS_EVM) && ++wrong)
		complain(root, "sign",
			 PATH_X509_EVM " is not there: no signature of --evm-key would count");
	wrong += ima_directory_check(root, directory, &options->signing.target, say_finding, NULL);
	return wrong == 0;
}

static bool sign_ima(struct run *run, const char *root)
{
	char directory[TREE_PATH_SIZE];
	struct file_signer signer;

	if (!path_join(directory, root, ROOT_DIR) || !check_ima(run->options, root) ||
	    !ima_make_canaries(root, run->options->signing.sidecar))
		return false;
	progress_expect(&run->progress, directory);
	bool right = sign_tree(run, directory);

	file_signer_start(&signer, &run->options->signing);
	for (size_t i = 0; right && i < run->options->pin_count; i++)
		right = pin(run, &signer, root, run->options->pins[i]);
	right = right && write_manifest(run, &signer, root);
	file_signer_free(&signer);
	ima_entries_free(&run->entries);
	return right;
}

static bool run_one(struct run *run, const char *tree)
{
	char path[TREE_PATH_SIZE];

	if (!tree_name(path, tree))
		return false;
	run->is_ima = scope_is_ima(run->options->scope, path);
	if (run->is_ima)
		return sign_ima(run, path);
	progress_expect(&run->progress, path[0] ? path : "/");
	return sign_tree(run, path[0] ? path : "/");
}

static void summarise(const struct run *run, double seconds)
{
	if (run->options->json) {
		json_t *summary = json_pack("{s:I, s:I, s:I, s:I, s:f}", "signed",
					    (json_int_t)run->signed_files, "unchanged",
					    (json_int_t)run->unchanged, "failed",
					    (json_int_t)run->failed, "bytes",
					    (json_int_t)run->bytes, "seconds", seconds);

		print_json(summary);
		json_decref(summary);
	} else if (!run->options->quiet) {
		printf("%llu signed, %llu unchanged, %llu failed, %.1f MB in %.1f s\n",
		       (unsigned long long)run->signed_files, (unsigned long long)run->unchanged,
		       (unsigned long long)run->failed, (double)run->bytes / 1e6, seconds);
	}
}

enum exit_code sign_trees(const struct sign_run *options, int count, char **trees)
{
	static struct run run_of_all = { .entries = IMA_ENTRIES_EMPTY };
	struct run *run = &run_of_all;
	struct sidecar *sidecar = options->signing.sidecar;
	bool right = true;

	run->options = options;
	tree_catch_signals(on_signal);
	progress_start(&run->progress, "sign", run->options->quiet || run->options->json);
	for (int i = 0; i < count && !stop; i++)
		right &= run_one(run, trees[i]);
	/* What was signed is kept in any case; what is no longer there goes only after a whole run. */
	if (sidecar && right && !stop)
		sidecar_prune(sidecar, run->is_ima);
	if (sidecar && (right || sidecar_count(sidecar) > 0) && !sidecar_write(sidecar, run->options->sidecar))
		right = false;
	summarise(run, progress_end(&run->progress));
	if (stop)
		complain(trees[0], "sign", "interrupted; run it again and it goes on");
	return right && !stop ? EXIT_OK : EXIT_FAILED;
}
