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
#include "interrupt.h"
#include "progress.h"
#include "report.h"
#include "root_path.h"
#include "selection.h"
#include "temporary.h"
#include "tree.h"
#include "format/manifest.h"

/* What all threads of a run share. */
struct run {
	const struct sign_run *options;
	bool is_ima;
	struct progress progress;
	struct ima_entries entries;
	_Atomic uint64_t signed_files, unchanged, failed, bytes;
	_Atomic uint64_t unselected; /* of the system: what needs no signature by our rules */
	unsigned mounts;             /* that were left out */
};

/* A root whose /ima is signed. */
struct place {
	const char *path;            /* of tree_name() */
	int root, ima;               /* descriptors of it and of its /ima */
};

struct thread_state {
	struct run *run;
	struct file_signer signer;
};

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
	if (*below && !state->run->options->all && !is_selected(file, below, &on_target)) {
		state->run->unselected++;
		return;
	}
	count_result(state->run, file_sign(&state->signer, file, path, below, status, &ima),
		     status);
}

static void sign_path(void *data, const struct tree_file *found)
{
	struct thread_state *state = data;
	const char *path = found->path, *below = found->below;
	struct stat status;

	/* It is signed with a key of its own, in a run of its own. */
	if (!state->run->is_ima && is_below_ima(below))
		return;
	AUTO_CLOSE int file = tree_open_found(found, &status);

	/* Not a regular file after all: fakeroot keeps a device as one. */
	if (file == -EINVAL)
		return;
	if (file < 0) {
		complain(path, "read", "%s",
			 file == -ELOOP || file == -EXDEV
				 ? "a directory on the way is another now; run it again when "
				   "nothing writes to the tree"
				 : strerror(-file));
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
	struct tree_work work = { sign_path, pointers, count, NULL };

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
	run->mounts += totals.mounts;
	return run->failed == 0 && !interrupted();
}

/* A pinned file keeps the signature that it has: the system's, mostly by another key. */
static bool pin(struct run *run, struct file_signer *signer, const struct place *place,
		const char *inside)
{
	const char *root = place->path;
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
	AUTO_CLOSE int file = tree_open_inside(place->root, found + strspn(found, "/"));

	if (file < 0 || fstat(file, &status) < 0) {
		complain(path, "pin", "%s", file == -EINVAL ? "not a regular file" :
			 strerror(file < 0 ? -file : errno));
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
static bool write_manifest(struct run *run, struct file_signer *signer, const struct place *place)
{
	static const char new_name[] = TEMPORARY_PREFIX "manifest";
	char path[TREE_PATH_SIZE];
	size_t size;
	struct stat status;
	struct value ima;
	char *text = ima_manifest_text(&run->entries, &size);

	if (!text || !path_join(path, place->path, PATH_MANIFEST)) {
		free(text);
		return false;
	}
	AUTO_CLOSE int file = openat(place->ima, new_name,
				     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	bool written = file >= 0 && write(file, text, size) == (ssize_t)size &&
		fchmod(file, 0644) == 0 && fstat(file, &status) == 0;

	free(text);
	if (!written)
		complain(path, "write", "%s", strerror(errno));
	else
		written = file_sign(signer, file, path, PATH_MANIFEST, &status, &ima) !=
			SIGN_FAILED;
	if (written && (fsync(file) < 0 || renameat(place->ima, new_name, place->ima,
						    PATH_MANIFEST + strlen(ROOT_DIR "/")) < 0)) {
		complain(path, "write", "%s", strerror(errno));
		written = false;
	}
	if (!written && file >= 0)
		(void)unlinkat(place->ima, new_name, 0);
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

static bool sign_files_of_ima(struct run *run, const struct place *place)
{
	char directory[TREE_PATH_SIZE];
	struct file_signer signer;

	if (!path_join(directory, place->path, ROOT_DIR) || !check_ima(run->options, place->path) ||
	    !ima_make_canaries(place->path, place->ima, run->options->signing.sidecar))
		return false;
	progress_expect(&run->progress, directory);
	bool right = sign_tree(run, directory);

	file_signer_start(&signer, &run->options->signing);
	for (size_t i = 0; right && i < run->options->pin_count; i++)
		right = pin(run, &signer, place, run->options->pins[i]);
	right = right && write_manifest(run, &signer, place);
	file_signer_free(&signer);
	ima_entries_free(&run->entries);
	return right;
}

static bool refuse(const char *root, const char *action, int error)
{
	char path[TREE_PATH_SIZE];

	if (path_join(path, root, ROOT_DIR))
		complain(path, action, "%s", error == -EWOULDBLOCK
			 ? "another imactl sign is at work here; run it again when that has ended"
			 : strerror(-error));
	return false;
}

/* Alone, and without what a run that was killed has left: the manifest would list it. */
static bool sign_ima(struct run *run, const char *root)
{
	struct place place = { .path = root };
	AUTO_CLOSE int top = open(root[0] ? root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int ima = top < 0 ? -1 : openat(top, ROOT_DIR + 1, O_RDONLY | O_DIRECTORY |
						   O_NOFOLLOW | O_CLOEXEC);

	/* check_ima() says it in other words. */
	if (ima < 0)
		return errno == ENOENT && top >= 0 ? check_ima(run->options, root)
						   : refuse(root, "open", -errno);
	place.root = top;
	place.ima = ima;
	int lock = lock_take(ima, TEMPORARY_LOCK);

	if (lock < 0)
		return refuse(root, "lock", lock);
	int error = temporary_clear(ima);
	bool right = error == 0 ? sign_files_of_ima(run, &place) : refuse(root, "clear", error);

	lock_release(ima, TEMPORARY_LOCK, lock);
	return right;
}

static bool run_one(struct run *run, const char *tree)
{
	char path[TREE_PATH_SIZE];
	uint64_t failed = run->failed;
	bool right = tree_name(path, tree);

	run->is_ima = right && scope_is_ima(run->options->scope, path);
	if (right && run->is_ima) {
		right = sign_ima(run, path);
	} else if (right) {
		progress_expect(&run->progress, path[0] ? path : "/");
		right = sign_tree(run, path[0] ? path : "/");
	}
	/* The tree itself, its manifest: no summary says that nothing has failed. */
	run->failed += !right && !interrupted() && run->failed == failed;
	return right;
}

static json_t *as_json(const struct run *run, double seconds)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "signed",
			 (json_int_t)run->signed_files, "unchanged", (json_int_t)run->unchanged,
			 "failed", (json_int_t)run->failed, "unselected",
			 (json_int_t)run->unselected, "mounts", (json_int_t)run->mounts, "bytes",
			 (json_int_t)run->bytes, "seconds", seconds);
}

/* What adds up to the files that were met, and to more than that where a tree was refused. */
static void summarise(const struct run *run, double seconds)
{
	if (run->options->json) {
		json_t *summary = as_json(run, seconds);

		print_json(summary);
		json_decref(summary);
		return;
	}
	if (run->options->quiet)
		return;
	printf("%llu signed, %llu unchanged, %llu failed", (unsigned long long)run->signed_files,
	       (unsigned long long)run->unchanged, (unsigned long long)run->failed);
	if (run->unselected > 0)
		printf(", %llu not selected (--all)", (unsigned long long)run->unselected);
	if (run->mounts > 0)
		printf(", %u left out, where something is mounted", run->mounts);
	printf(", %.1f MB in %.1f s\n", (double)run->bytes / 1e6, seconds);
}

enum exit_code sign_trees(const struct sign_run *options, int count, char **trees)
{
	static struct run run_of_all = { .entries = IMA_ENTRIES_EMPTY };
	struct run *run = &run_of_all;
	struct sidecar *sidecar = options->signing.sidecar;
	bool right = true;

	run->options = options;
	interrupts_catch();
	progress_start(&run->progress, "sign", run->options->quiet || run->options->json);
	for (int i = 0; i < count && !interrupted(); i++)
		right &= run_one(run, trees[i]);
	/* What was signed is kept in any case; what is no longer there goes only after a whole run. */
	if (sidecar && right && !interrupted())
		sidecar_prune(sidecar, run->is_ima);
	if (sidecar && (right || sidecar_count(sidecar) > 0) && !sidecar_write(sidecar, run->options->sidecar))
		right = false;
	summarise(run, progress_end(&run->progress));
	if (interrupted())
		complain(trees[0], "sign", "interrupted; run it again and it goes on");
	return right && !interrupted() ? EXIT_OK : EXIT_FAILED;
}
