/* SPDX-License-Identifier: MIT */
/* imactl install: a signed /ima takes the place of another, in one step. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <jansson.h>

#include "attributes.h"
#include "chain.h"
#include "command.h"
#include "interrupt.h"
#include "layout_verify.h"
#include "machine.h"
#include "options.h"
#include "report.h"
#include "sidecar.h"
#include "stage.h"
#include "tree.h"
#include "walk.h"
#include "format/manifest.h"

static const char help[] =
"usage: imactl install [OPTION...] TREE\n"
"       imactl install --chain-only [OPTION...] CERT...\n"
"\n"
"Makes TREE/ima the /ima of a machine: copies what the sidecar names, with its signatures, to\n"
"ROOT/ima.new, verifies that as imactl verify and the next boot will, and exchanges it with\n"
"ROOT/ima in one step. A boot finds the old or the new one, whenever this is cut off. What\n"
"is refused changes nothing. Run it as root.\n"
"\n"
"  --sidecar FILE   the signatures (default: TREE.sidecar)\n"
"  --root ROOT      the root directory of the machine (default: /)\n"
"  --ca CA          certificate of a CA in the kernel that will be booted; may be given more\n"
"                   than once (default: ROOT/etc/ima-init/ca.pem; without it, and where ROOT\n"
"                   is that of the running system, the running kernel is asked)\n"
"  --chain-unchecked\n"
"                   install without knowing whether the kernel trusts the keys\n"
"                   (IMACTL_CHAIN=unchecked in the environment says the same)\n"
"  --32-bit         the machine has a 32-bit kernel\n"
"  --kernel KERNEL  the kernel that will be booted, such as 6.12, or the path of its .config\n"
"                   (default: what 6.1 and 6.12 both take)\n"
"  --chain-only     only say whether it trusts the issuers of these certificates\n"
"  --quiet          no summary\n"
"  --json           the summary as JSON\n"
"\n"
"example:\n"
"  imactl install --root /mnt --ca ca.pem /usr/lib/ima-init/site/root\n";

struct options {
	const char *sidecar, *root;
	struct chain chain;
	struct kernels kernels;
	bool chain_only, is_32_bit, quiet, json;
};

struct run {
	const char *tree;            /* of tree_name() */
	const struct stage *stage;
	struct verifying verifying;
	struct keyrings keyrings;
	struct evm_xattrs evm_xattrs;
	struct site_conf site;
	struct file_verifier verifier;
	unsigned findings;
};

/* ---- what is staged ---- */

/* By the name that it has where it comes from: the staged one goes. */
static void on_finding(void *data, const char *path, const char *word, const char *reason)
{
	const struct run *run = data;
	char name[2 * TREE_PATH_SIZE];
	size_t length = strlen(run->stage->path);

	if (strncmp(path, run->stage->path, length) == 0) {
		(void)snprintf(name, sizeof(name), "%s" ROOT_DIR "%s", run->tree, path + length);
		path = name;
	}
	complain(path, word, "%s", reason);
}

static void on_refused(void *data, const char *path, const char *reason)
{
	on_finding(data, path, "trust", reason);
}

/* What the manifest pins outside of /ima: layout_verify() has compared its signature. */
static void on_pinned(void *data, const char *path, const char *inside)
{
	(void)data;
	(void)path;
	(void)inside;
}

static bool verify_file(void *data, const struct tree_file *found, const struct stat *first)
{
	const char *path = found->path;
	struct run *run = data;
	char inside[TREE_PATH_SIZE];
	struct stat status;
	struct value ima;
	int error = 0;

	(void)first;
	if (!path_join(inside, ROOT_DIR, path + strlen(run->stage->path)))
		return false;
	/* layout_verify() looks at the canaries. */
	if (manifest_needs_no_line(inside) && strcmp(inside, PATH_MANIFEST) != 0)
		return true;
	AUTO_CLOSE int file = tree_open_found(found, &status);
	enum file_verdict verdict = file < 0 ? VERDICT_UNREADABLE :
		file_verify(&run->verifier, file, inside, &status, &ima, &error);

	if (verdict == VERDICT_VALID)
		return true;
	on_finding(run, path, verdict_word(verdict),
		   file < 0 ? strerror(-file) : error != 0 ? strerror(-error)
							   : verdict_meaning(verdict));
	run->findings++;
	return true;
}

static unsigned walk_staged(struct run *run)
{
	struct walk_tree tree;
	int error = walk_begin(&tree, run->stage->path);

	if (error != 0) {
		complain(run->stage->path, "read", "%s", strerror(-error));
		return 1;
	}
	struct walk_totals totals = walk(&tree, true, verify_file, NULL, run);

	walk_end(&tree);
	return totals.errors + totals.mounts;
}

/* As imactl verify, but for a place that is not yet /ima. */
static bool verify(struct run *run, const struct chain *chain)
{
	const char *directory = run->stage->path;
	struct verifying *verifying = &run->verifying;
	unsigned unread = 0;

	verifying->target.more = run->evm_xattrs.names;
	verifying->keyrings = &run->keyrings;
	run->findings += machine_prepare(verifying, &run->evm_xattrs, directory, &run->site,
					 on_finding, run, &unread);
	run->findings += unread;
	certificates_judge(&verifying->ima, 0, &run->keyrings);
	certificates_judge(&verifying->evm, 0, &run->keyrings);
	run->findings += chain_directory(chain, directory, on_refused, run);
	run->findings += layout_verify(run->stage->root, directory, &run->site.conf, verifying,
				       on_finding, run, on_pinned);
	if (!file_verifier_start(&run->verifier, verifying))
		abort();
	run->findings += walk_staged(run);
	file_verifier_free(&run->verifier);
	certificates_append(&verifying->ima, &run->keyrings.ima);
	certificates_append(&verifying->evm, &run->keyrings.evm);
	verifying->is_revoking = true;
	run->findings += layout_verify_handover(run->stage->root, directory, &run->site.conf, verifying,
						on_finding, run);
	certificates_free(&verifying->ima);
	certificates_free(&verifying->evm);
	keyrings_free(&run->keyrings);
	return run->findings == 0;
}

static bool install(struct run *run, struct stage *stage, const struct options *options,
		    const struct sidecar *sidecar)
{
	run->stage = stage;
	if (!stage_begin(stage, options->root) ||
	    !stage_fill(stage, run->tree, sidecar))
		return false;
	if (verify(run, &options->chain))
		return stage_exchange(stage);
	complain(run->tree, "install", "the next boot would fail: " ROOT_DIR " stays as it is");
	return false;
}

static void summarise(const struct stage *stage, const struct options *options)
{
	if (options->json) {
		json_t *summary = json_pack("{s:I, s:b}", "files", (json_int_t)stage->files,
					    "replaced", stage->replaces);

		print_json(summary);
		json_decref(summary);
	} else if (!options->quiet) {
		printf("%s" ROOT_DIR ": %llu files, %s\n", stage->root,
		       (unsigned long long)stage->files,
		       stage->replaces ? "in place of what was there" : "new");
	}
}

static enum exit_code install_tree(const struct options *options, const char *argument)
{
	static struct run run;
	struct stage stage = { .directory = -1 };
	char tree[TREE_PATH_SIZE], beside[TREE_PATH_SIZE];

	if (!tree_name(tree, argument) ||
	    (!options->sidecar && !sidecar_beside(beside, argument)))
		return EXIT_FAILED;
	run.tree = tree;
	run.verifying.target.is_32_bit = options->is_32_bit;
	run.keyrings.kernels = &options->kernels;
	struct sidecar *sidecar = sidecar_new();
	bool right = sidecar_read(sidecar, options->sidecar ? options->sidecar : beside, false) &&
		install(&run, &stage, options, sidecar);

	if (right)
		summarise(&stage, options);
	stage_end(&stage);
	sidecar_free(sidecar);
	return right ? EXIT_OK : EXIT_FAILED;
}

/* ---- who vouches ---- */

/* For a package, before it is unpacked. */
static enum exit_code check_chain(const struct chain *chain, char **paths)
{
	enum exit_code code = EXIT_OK;

	for (; *paths; paths++) {
		struct certificate certificate = { 0 };
		const char *reason;

		if (key_read_certificate(&certificate.key, *paths) < 0) {
			code = EXIT_FAILED;
		} else if (!chain_has(chain, &certificate, NULL, &reason)) {
			complain(*paths, "trust", "%s", reason);
			code = EXIT_FAILED;
		}
		key_free(&certificate.key);
	}
	return code;
}

/* Whether it is the root of process 1, so that the kernel that runs is the one that boots it. */
static bool is_running(const char *root)
{
	struct stat here, running;

	return stat(root[0] ? root : "/", &here) == 0 && stat("/proc/1/root/", &running) == 0 &&
		here.st_dev == running.st_dev && here.st_ino == running.st_ino;
}

static enum exit_code find_chain(struct options *options)
{
	static char site_ca[TREE_PATH_SIZE];
	struct chain *chain = &options->chain;
	const char *word = getenv(CHAIN_VARIABLE);

	if (word && *word && strcmp(word, CHAIN_UNCHECKED) != 0)
		return usage_error("install", CHAIN_VARIABLE " is " CHAIN_UNCHECKED " or not set");
	/* A CA that was named counts in any case. */
	if (chain->authorities)
		return EXIT_OK;
	chain->unchecked |= word && *word;
	if (chain->unchecked)
		return EXIT_OK;
	if (path_exists(options->root, PATH_SITE_CA)) {
		if (!path_join(site_ca, options->root, PATH_SITE_CA))
			return EXIT_FAILED;
		chain->named = site_ca;
		return authorities_read(&chain->authorities, site_ca) == EXIT_OK ? EXIT_OK
										: EXIT_FAILED;
	}
	chain->asks_kernel = is_running(options->root);
	return chain_known(chain, options->root) ? EXIT_OK : EXIT_FAILED;
}

/* ---- options ---- */

enum {
	OPTION_SIDECAR = 1000,
	OPTION_ROOT,
	OPTION_CA,
	OPTION_CHAIN_UNCHECKED,
	OPTION_CHAIN_ONLY,
	OPTION_32_BIT,
	OPTION_KERNEL,
	OPTION_QUIET,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "sidecar", required_argument, NULL, OPTION_SIDECAR },
	{ "root", required_argument, NULL, OPTION_ROOT },
	{ "ca", required_argument, NULL, OPTION_CA },
	{ "chain-unchecked", no_argument, NULL, OPTION_CHAIN_UNCHECKED },
	{ "chain-only", no_argument, NULL, OPTION_CHAIN_ONLY },
	{ "32-bit", no_argument, NULL, OPTION_32_BIT },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_SIDECAR: options->sidecar = value; break;
	case OPTION_ROOT:    options->root = value; break;
	case OPTION_CA:
		options->chain.named = "--ca";
		return authorities_read(&options->chain.authorities, value);
	case OPTION_CHAIN_UNCHECKED: options->chain.unchecked = true; break;
	case OPTION_CHAIN_ONLY:      options->chain_only = true; break;
	case OPTION_32_BIT:  options->is_32_bit = true; break;
	case OPTION_KERNEL:  return kernels_option("install", value, &options->kernels);
	case OPTION_QUIET:   options->quiet = true; break;
	case OPTION_JSON:    options->json = true; break;
	default:
		return usage_error("install", "wrong option");
	}
	return EXIT_OK;
}

static enum exit_code check_options(const struct options *options, int count, char **arguments)
{
	if (options->chain.unchecked && options->chain.authorities)
		return usage_error("install", "--ca and --chain-unchecked exclude each other");
	if (!is_directory(options->root))
		return usage_error("install", "--root %s: it is no directory", options->root);
	if (options->chain_only && count == 0)
		return usage_error("install", "--chain-only: a certificate is named");
	if (options->chain_only && options->sidecar)
		return usage_error("install", "--chain-only: nothing is installed from --sidecar");
	if (!options->chain_only && (count != 1 || !is_directory(arguments[0])))
		return usage_error("install", "one directory is named");
	return EXIT_OK;
}

/* As a package's does, on the machine that it is for; its kernel may have more bits than its programs. */
static bool runs_on_32_bits(void)
{
	struct utsname running;

	return sizeof(long) == 4 && uname(&running) == 0 && !strstr(running.machine, "64");
}

enum exit_code cmd_install(int argc, char **argv)
{
	static struct options options = { .root = "/" };
	char root[TREE_PATH_SIZE];
	bool helped;
	enum exit_code code =
		options_parse(help, long_options, argc, argv, set_option, &options, &helped);

	if (helped)
		return EXIT_OK;
	options.is_32_bit |= runs_on_32_bits();
	if (code == EXIT_OK)
		code = check_options(&options, argc - optind, argv + optind);
	if (code == EXIT_OK && !tree_name(root, options.root))
		code = EXIT_FAILED;
	options.root = root;
	if (code == EXIT_OK)
		code = find_chain(&options);
	interrupts_catch();
	if (code == EXIT_OK)
		code = options.chain_only ? check_chain(&options.chain, argv + optind)
					  : install_tree(&options, argv[optind]);
	if (options.chain.authorities)
		authorities_free(options.chain.authorities);
	free(options.chain.authorities);
	return code;
}
