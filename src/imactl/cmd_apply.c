/* SPDX-License-Identifier: MIT */
/* imactl apply: the signatures of a sidecar become attributes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "attributes.h"
#include "command.h"
#include "interrupt.h"
#include "layout.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "sidecar.h"
#include "tree.h"

static const char help[] =
"usage: imactl apply [--sidecar FILE] TREE\n"
"\n"
"Sets security.ima and security.evm of the files of TREE as FILE, which imactl sign\n"
"--sidecar made, has them; run it as root. Nothing is set before all of FILE was read\n"
"and each file was found. A file that has them already is left alone.\n"
"\n"
"  --sidecar FILE   the file with the signatures (default: TREE.sidecar)\n"
"  --quiet          no progress and no summary\n"
"  --json           the summary as JSON\n"
"\n"
"example:\n"
"  imactl apply --sidecar root.sidecar /mnt/root && imactl verify --ca ca.pem /mnt/root\n";

struct options {
	const char *sidecar;
	bool quiet, json;
};

struct run {
	const char *tree;            /* of tree_name() */
	int root;                    /* descriptor of the tree */
	bool sets;                   /* false: only looks whether all are there */
	struct progress progress;
	unsigned long long set, unchanged, failed;
};

static bool same(const struct value *left, const struct value *right)
{
	return left->size == right->size && memcmp(left->data, right->data, left->size) == 0;
}

/* It is nobody else's: ima-init wants it of this uid, which the builder could not give it. */
static int set_owner(int file, const char *path, const struct value *ima)
{
	struct stat status;
	bool is_canary = strcmp(path, PATH_CANARY_EXEC + 1) == 0 &&
		ima->size == CANARY_XATTR_SIZE &&
		memcmp(ima->data, CANARY_EXEC_XATTR, CANARY_XATTR_SIZE) == 0;

	if (!is_canary)
		return 0;
	if (fstat(file, &status) < 0)
		return -errno;
	/* A file of root's that somebody has linked there is not to be given away. */
	if (status.st_nlink != 1 || status.st_size != CANARY_EXEC_SIZE)
		return -EMLINK;
	return fchown(file, CANARY_EXEC_UID, CANARY_EXEC_UID) < 0 ? -errno : 0;
}

static int apply_file(struct run *run, int file, const char *path, const struct value *ima,
		      const struct value *evm, const struct value *capability)
{
	struct value old_ima, old_evm;
	int error = set_owner(file, path, ima);

	if (error == 0)
		error = capability_write(file, capability);
	if (error == 0)
		error = signatures_read(NULL, file, path, &old_ima, &old_evm);
	if (error == 0 && same(ima, &old_ima) && same(evm, &old_evm)) {
		run->unchanged++;
		return 0;
	}
	if (error == 0)
		error = signatures_write(NULL, file, path, ima, evm, &old_ima);
	run->set += error == 0;
	return error;
}

static const char *reason_of(int error)
{
	switch (error) {
	case -ENOENT: return "the sidecar has it, and it is not there";
	case -EINVAL: return "not a regular file";
	case -EMLINK: return "not as imactl sign made it: its size is another, or it has a second name";
	case -ELOOP:
	case -EXDEV:  return "a symlink, or a way out of the tree";
	case -EPERM:  return "Operation not permitted: only root may set security attributes";
	case -ENOSYS: return "this kernel has no openat2(), which Linux 5.6 brought";
	case -EOPNOTSUPP: return "the file system has no security attributes";
	default:      return strerror(-error);
	}
}

static bool apply_entry(void *data, const char *path, const struct value *ima,
			const struct value *evm, const struct value *capability)
{
	struct run *run = data;
	char whole[2 * TREE_PATH_SIZE];
	AUTO_CLOSE int file = tree_open_inside(run->root, path);
	int error = file < 0 ? file : run->sets ? apply_file(run, file, path, ima, evm, capability) : 0;

	if (error != 0) {
		(void)snprintf(whole, sizeof(whole), "%s/%s", run->tree, path);
		complain(whole, "apply", "%s", reason_of(error));
		run->failed++;
	}
	if (run->sets)
		progress_add(&run->progress, 0);
	/* What root alone may do fails for each file alike. */
	return !interrupted() && error != -EPERM;
}

static void summarise(const struct run *run, const struct options *options)
{
	if (options->json) {
		json_t *summary = json_pack("{s:I, s:I, s:I}", "set", (json_int_t)run->set,
					    "unchanged", (json_int_t)run->unchanged, "failed",
					    (json_int_t)run->failed);

		print_json(summary);
		json_decref(summary);
	} else if (!options->quiet) {
		printf("%llu set, %llu unchanged, %llu failed\n", run->set, run->unchanged,
		       run->failed);
	}
}

/* One that was cut off at its very beginning would set nothing, and all would seem well. */
static bool has_files(const struct sidecar *sidecar, const char *path)
{
	if (sidecar_count(sidecar) == 0)
		complain(path, "apply", "it has no file");
	return sidecar_count(sidecar) > 0;
}

static bool apply(struct run *run, const struct sidecar *sidecar, const struct options *options)
{
	interrupts_catch();
	sidecar_for_each(sidecar, run, apply_entry);
	if (run->failed > 0 || interrupted()) {
		complain(run->tree, "apply", "nothing was set");
		return false;
	}
	run->sets = true;
	progress_start(&run->progress, "apply", options->quiet || options->json);
	run->progress.all.files = sidecar_count(sidecar);
	sidecar_for_each(sidecar, run, apply_entry);
	(void)progress_end(&run->progress);
	summarise(run, options);
	if (interrupted())
		complain(run->tree, "apply", "interrupted; run it again and it goes on");
	return run->failed == 0 && !interrupted();
}

enum { OPTION_SIDECAR = 1000, OPTION_QUIET, OPTION_JSON };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "sidecar", required_argument, NULL, OPTION_SIDECAR },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_SIDECAR: options->sidecar = value; break;
	case OPTION_QUIET:   options->quiet = true; break;
	case OPTION_JSON:    options->json = true; break;
	default:
		return usage_error("apply", "wrong option");
	}
	return EXIT_OK;
}

enum exit_code cmd_apply(int argc, char **argv)
{
	static struct run run;
	struct options options = { 0 };
	char tree[TREE_PATH_SIZE], beside[TREE_PATH_SIZE];
	bool helped;
	enum exit_code code =
		options_parse(help, long_options, argc, argv, set_option, &options, &helped);

	if (helped || code != EXIT_OK)
		return code;
	if (optind + 1 != argc || !is_directory(argv[optind]))
		return usage_error("apply", "one directory is named");
	if (!tree_name(tree, argv[optind]) ||
	    (!options.sidecar && !sidecar_beside(beside, argv[optind])))
		return EXIT_FAILED;
	if (!options.sidecar)
		options.sidecar = beside;
	run.tree = tree;
	AUTO_CLOSE int root = open(argv[optind], O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0) {
		complain(argv[optind], "open", "%s", strerror(errno));
		return EXIT_FAILED;
	}
	run.root = root;
	struct sidecar *sidecar = sidecar_new();
	bool right = sidecar_read(sidecar, options.sidecar, false) &&
		has_files(sidecar, options.sidecar) && apply(&run, sidecar, &options);

	sidecar_free(sidecar);
	return right ? EXIT_OK : EXIT_FAILED;
}
