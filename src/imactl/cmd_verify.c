/* SPDX-License-Identifier: MIT */
/* imactl verify: the signatures of a tree, and what ima-init will say of its /ima. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <jansson.h>

#include "attributes.h"
#include "command.h"
#include "file_verify.h"
#include "layout_verify.h"
#include "machine.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "selection.h"
#include "tree.h"
#include "format/manifest.h"

static const char help[] =
"usage: imactl verify --cert CERT... [--evm-cert CERT... | --no-evm] [--ca CA...] [OPTION...] TREE...\n"
"\n"
"Checks the signatures of files as the kernel will, and /ima inside a root as\n"
"ima-init will, with the same failure codes. TREE is the root directory of a\n"
"machine, another directory, or a file.\n"
"\n"
"  --ima            what is below TREE/ima, and the files that its manifest pins\n"
"                   (the default where TREE/ima/init is there)\n"
"  --initramfs      TREE is all of an initramfs with ima-init-initramfs, which needs no\n"
"                   manifest (init.conf with restore, or with trusted-keyrings = no, says so\n"
"                   of its /ima by itself)\n"
"  --system         the programs, libraries, modules, firmware, scripts and\n"
"                   configuration of TREE, without TREE/ima (the default elsewhere);\n"
"                   with --ima: both, the system by the certificates of TREE/ima/keys, too\n"
"  --all            with --system: every regular file\n"
"  --cert CERT      certificate of a key that signs security.ima; may be given more\n"
"                   than once (added with --ima: TREE/ima/keys/x509_ima.der, and\n"
"                   keys/ima/*.der for what is outside /ima)\n"
"  --evm-cert CERT  the same for security.evm (x509_evm.der, keys/evm/*.der)\n"
"  --no-evm         do not look at security.evm\n"
"  --evm-hmac DIR   check HMACs in security.evm, too, with kmk and evm-key of DIR; TREE is\n"
"                   then in the file system whose kernel wrote them\n"
"  --ca CA          certificate that must vouch for the others; may be given more than\n"
"                   once (added with --ima: TREE/ima/keys/secondary/*.der)\n"
"  --sidecar FILE   the signatures are in FILE (imactl sign --sidecar), not in attributes\n"
"  --kernel KERNEL  the kernel that will be booted, such as 6.12, or the path of its .config\n"
"                   (default: what 6.1 and 6.12 both take)\n"
"  --format v3      as Linux 7.1, which takes v3 beside v2\n"
"  --verity         security.ima must be over the fs-verity digest\n"
"  --evm-xattr NAME, --32-bit, --owner UID:GID, --permissions FILE\n"
"                   as for imactl sign\n"
"  --verbose        a line for each file, not only for what is wrong\n"
"  --quiet          no progress and no summary\n"
"  --json           findings and summary as JSON\n"
"\n"
"exit: 0 all is right, 1 something is not, 2 wrong usage, 3 something could not be read\n"
"\n"
"example:\n"
"  imactl verify --ca KEYS/ca.pem ROOT\n";

struct options {
	enum scope scope;
	bool ima, system;            /* asked for; both: one after the other */
	bool initramfs, all, verbose, quiet, json;
	const char *sidecar, *permissions;
	struct evm_xattrs evm_xattrs;
	struct evm_hmac_key hmac_key;
	struct verifying verifying;
	struct certificates named_ima, named_evm;
	struct kernels kernels;
	struct keyrings keyrings;
	struct authorities *authorities;     /* NULL: none was named */
};

struct run {
	struct options *options;
	bool is_ima;
	struct site_conf site;
	struct pinned {
		char *path, *inside;
	} pinned[LIMIT_MANIFEST_FILES];
	size_t pinned_count;
	struct progress progress;
	pthread_mutex_t lock;        /* of what follows */
	json_t *findings;
	uint64_t counts[VERDICT_COUNT];
	uint64_t bytes;
	unsigned layout_findings, unreadable;
	unsigned unread;             /* certificates of /ima */
};

struct thread_state {
	struct run *run;
	struct file_verifier verifier;
};

static void print_finding(struct run *run, const char *path, const char *word, const char *reason)
{
	char name[4 * TREE_PATH_SIZE], text[4 * 1024];

	(void)escape_name(path, name, sizeof(name));
	(void)pthread_mutex_lock(&run->lock);
	flockfile(stderr);
	clear_line();
	if (run->options->json)
		(void)json_array_append_new(run->findings,
					    json_pack("{s:s, s:s, s:o}", "file", name, "finding",
						      word, "reason", json_text(reason)));
	else
		printf("%-18s %s: %s\n", word, name, escape_text(reason, text, sizeof(text)));
	funlockfile(stderr);
	(void)pthread_mutex_unlock(&run->lock);
}

static void on_layout_finding(void *data, const char *path, const char *word, const char *reason)
{
	print_finding(data, path, word, reason);
}

static void count_verdict(struct run *run, enum file_verdict verdict, const char *path,
			  const struct stat *status, int error)
{
	(void)pthread_mutex_lock(&run->lock);
	run->counts[verdict]++;
	run->bytes += (uint64_t)status->st_size;
	(void)pthread_mutex_unlock(&run->lock);
	if (verdict == VERDICT_UNREADABLE)
		print_finding(run, path, verdict_word(verdict),
			      error == -ESTALE ? "it changed while it was read"
				      : error == -EOPNOTSUPP
				      ? "its file system tells no generation or no UUID, which an HMAC is over"
				      : strerror(-error));
	else if (verdict != VERDICT_VALID || run->options->verbose)
		print_finding(run, path, verdict_word(verdict), verdict_meaning(verdict));
	progress_add(&run->progress, (uint64_t)status->st_size);
}

/* The canaries must not be signed; layout_verify() looks at them. */
static bool is_canary(const char *below)
{
	char inside[TREE_PATH_SIZE];

	return path_join(inside, ROOT_DIR "/", below) && manifest_needs_no_line(inside) &&
	       strcmp(inside, PATH_MANIFEST) != 0;
}

static void verify_path(void *data, const struct tree_file *found)
{
	const char *path = found->path, *below = found->below;
	struct thread_state *state = data;
	struct run *run = state->run;
	struct stat status = { 0 };
	struct value ima;
	int error = 0;

	if (run->is_ima ? is_canary(below) : is_below_ima(below))
		return;
	AUTO_CLOSE int file = tree_open_found(found, &status);

	if (file == -EINVAL)
		return;              /* not a regular file: fakeroot keeps a device as one */
	if (file < 0) {
		count_verdict(run, VERDICT_UNREADABLE, path, &status, file);
		return;
	}
	struct stat on_target = status;

	evm_target_status(&run->options->verifying.target, below, &on_target);
	if (!run->is_ima && *below && !run->options->all && !is_selected(file, below, &on_target))
		return;
	char inside[TREE_PATH_SIZE];

	if (!path_join(inside, run->is_ima ? ROOT_DIR "/" : "", below)) {
		count_verdict(run, VERDICT_UNREADABLE, path, &status, -ENAMETOOLONG);
		return;
	}
	enum file_verdict verdict =
		file_verify(&state->verifier, file, inside, &status, &ima, &error);

	count_verdict(run, verdict, path, &status, error);
}

static void verify_tree(struct run *run, const char *tree)
{
	unsigned count = tree_threads();
	struct thread_state states[TREE_THREADS_MAX];
	void *pointers[TREE_THREADS_MAX];
	struct tree_work work = { verify_path, pointers, count, NULL };

	for (unsigned i = 0; i < count; i++) {
		states[i].run = run;
		if (!file_verifier_start(&states[i].verifier, &run->options->verifying))
			abort();
		pointers[i] = &states[i];
	}
	if (!run->is_ima)
		work.wants = run->options->all ? path_is_of_system : path_is_selected;
	progress_expect(&run->progress, tree);
	run->unreadable += tree_walk(tree, &work).errors;
	for (unsigned i = 0; i < count; i++)
		file_verifier_free(&states[i].verifier);
}

/* For what is outside /ima, the certificates that ima-init adds count as well, and what is revoked. */
static void add_later(struct run *run)
{
	struct verifying *verifying = &run->options->verifying;

	certificates_append(&verifying->ima, &verifying->keyrings->ima);
	certificates_append(&verifying->evm, &verifying->keyrings->evm);
	verifying->is_revoking = true;
}

/* Those that were named: whoever has the system signed may add them at any time. */
static void add_named(struct options *options)
{
	certificates_judge(&options->named_ima, 0, &options->keyrings);
	certificates_judge(&options->named_evm, 0, &options->keyrings);
	certificates_append(&options->verifying.ima, &options->named_ima);
	certificates_append(&options->verifying.evm, &options->named_evm);
}

/* Judged last, when the certificates that ima-init adds are there. */
static void remember_pinned(void *data, const char *path, const char *inside)
{
	struct run *run = data;
	struct pinned *pinned = &run->pinned[run->pinned_count++];

	*pinned = (struct pinned){ strdup(path), strdup(inside) };
	if (!pinned->path || !pinned->inside)
		abort();
}

static void verify_pinned(struct run *run)
{
	struct file_verifier verifier;

	if (!file_verifier_start(&verifier, &run->options->verifying))
		abort();
	for (size_t i = 0; i < run->pinned_count; i++) {
		struct pinned *pinned = &run->pinned[i];
		struct stat status;
		struct value ima;
		int error = 0;
		AUTO_CLOSE int file = tree_open(pinned->path, &status);

		/* Where it cannot be opened, layout_verify() has told. */
		if (file >= 0) {
			enum file_verdict verdict =
				file_verify(&verifier, file, pinned->inside, &status, &ima, &error);

			count_verdict(run, verdict, pinned->path, &status, error);
		}
		free(pinned->path);
		free(pinned->inside);
	}
	file_verifier_free(&verifier);
}

/* The certificates that count, as far as they are there before ima-init runs. */
static enum exit_code prepare(struct run *run, const char *tree, const char *directory)
{
	struct options *options = run->options;
	struct verifying *verifying = &options->verifying;

	if (run->is_ima)
		run->layout_findings +=
			machine_prepare(verifying, &options->evm_xattrs, directory, &run->site,
					on_layout_finding, run, &run->unread);
	else if (options->named_ima.count == 0 && path_exists(tree, DIR_KEYS))
		return usage_error("verify", "--cert is needed, or --ima --system, which takes the "
				   "certificates of " DIR_KEYS " after it has verified them");
	else if (options->named_ima.count == 0)
		return usage_error("verify", "--cert is needed");
	else if (options->named_evm.count == 0 && !verifying->no_evm && !verifying->hmac_key)
		return usage_error("verify", "--evm-cert or --no-evm is needed");
	else
		add_named(options);
	if (run->is_ima) {
		certificates_judge(&verifying->ima, 0, &options->keyrings);
		certificates_judge(&verifying->evm, 0, &options->keyrings);
	}
	return EXIT_OK;
}

static enum exit_code verify_initramfs(struct run *run, const char *path, const char *directory)
{
	struct options *options = run->options;

	if (options->system)
		return usage_error("verify", "%s: its " PATH_CONF " says that it is an initramfs, "
				   "whose files need no signature: leave out --system",
				   path[0] ? path : "/");
	run->layout_findings += layout_verify_initramfs(path, directory, &run->site.conf,
							&options->verifying, options->initramfs,
							on_layout_finding, run);
	return EXIT_OK;
}

/* /ima and what its manifest pins; then, where it is asked for, the system. */
static enum exit_code verify_root(struct run *run, const char *path, const char *directory)
{
	struct options *options = run->options;

	if (options->initramfs || !run->site.conf.trusted_keyrings || run->site.conf.restore)
		return verify_initramfs(run, path, directory);
	run->layout_findings += layout_verify(path, directory, &run->site.conf, &options->verifying,
					      on_layout_finding, run, remember_pinned);
	verify_tree(run, directory);
	add_later(run);
	run->layout_findings += layout_verify_handover(path, directory, &run->site.conf, &options->verifying,
						       on_layout_finding, run);
	verify_pinned(run);
	run->is_ima = false;
	if (options->system)
		add_named(options);
	if (options->system)
		verify_tree(run, path[0] ? path : "/");
	return EXIT_OK;
}

static enum exit_code verify_one(struct run *run, const char *tree, bool alone)
{
	char path[TREE_PATH_SIZE], directory[TREE_PATH_SIZE];
	struct options *options = run->options;

	if (!tree_name(path, tree))
		return EXIT_UNCHECKED;
	/* One that is signed is a file as any other. */
	const char *image = is_directory(tree) ? NULL : image_kind(tree);

	if (image && !options->sidecar && getxattr(tree, "security.ima", NULL, 0) < 0)
		return usage_error("verify", "%s: it is an image (%s): mount or unpack it, read-only, "
				   "and name the directory", tree, image);
	run->is_ima = scope_is_ima(options->scope, path);
	if (run->is_ima && !alone)
		return usage_error("verify",
				   "%s: it has certificates of its own, which count for it alone: "
				   "name one root, or give --system",
				   tree);
	if (run->is_ima && options->all && !options->system)
		return usage_error("verify", "--all is for the system, and %s is verified for its "
				   ROOT_DIR ": give --system, too", tree);
	if (run->is_ima && !path_join(directory, path, ROOT_DIR))
		return EXIT_UNCHECKED;
	enum exit_code code = prepare(run, path, directory);

	if (code != EXIT_OK)
		return code;
	if (run->is_ima)
		return verify_root(run, path, directory);
	verify_tree(run, path[0] ? path : "/");
	return EXIT_OK;
}

static void summarise(struct run *run, double seconds)
{
	json_t *counts = json_object();

	for (int i = 0; i < VERDICT_COUNT; i++)
		if (run->counts[i] > 0)
			(void)json_object_set_new(counts, verdict_word((enum file_verdict)i),
						  json_integer((json_int_t)run->counts[i]));
	if (run->options->json) {
		json_t *all = json_pack("{s:O, s:O, s:i, s:I, s:f}", "findings", run->findings,
					"files", counts, "layout", (int)run->layout_findings,
					"bytes", (json_int_t)run->bytes, "seconds", seconds);

		print_json(all);
		json_decref(all);
	} else if (!run->options->quiet) {
		const char *word, *separator = "";
		json_t *count;

		json_object_foreach(counts, word, count) {
			printf("%s%lld %s", separator, (long long)json_integer_value(count), word);
			separator = ", ";
		}
		if (run->layout_findings > 0)
			printf("%s%u that ima-init would refuse", separator, run->layout_findings);
		printf("%s%.1f MB in %.1f s\n",
		       *separator || run->layout_findings ? "; " : "no files; ",
		       (double)run->bytes / 1e6, seconds);
	}
	json_decref(counts);
}

static enum exit_code result(const struct run *run)
{
	if (run->unreadable > 0 || run->counts[VERDICT_UNREADABLE] > 0)
		return EXIT_UNCHECKED;
	for (int i = VERDICT_VALID + 1; i < VERDICT_COUNT; i++)
		if (run->counts[i] > 0)
			return EXIT_FAILED;
	/* What ima-init would refuse is known, whatever a certificate that was not read is for. */
	return run->layout_findings > 0 ? EXIT_FAILED : run->unread > 0 ? EXIT_UNCHECKED : EXIT_OK;
}

enum {
	OPTION_IMA = 1000,
	OPTION_INITRAMFS,
	OPTION_SYSTEM,
	OPTION_ALL,
	OPTION_CERT,
	OPTION_EVM_CERT,
	OPTION_NO_EVM,
	OPTION_EVM_HMAC,
	OPTION_CA,
	OPTION_SIDECAR,
	OPTION_FORMAT,
	OPTION_VERITY,
	OPTION_EVM_XATTR,
	OPTION_32_BIT,
	OPTION_KERNEL,
	OPTION_OWNER,
	OPTION_PERMISSIONS,
	OPTION_VERBOSE,
	OPTION_QUIET,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "ima", no_argument, NULL, OPTION_IMA },
	{ "initramfs", no_argument, NULL, OPTION_INITRAMFS },
	{ "system", no_argument, NULL, OPTION_SYSTEM },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "cert", required_argument, NULL, OPTION_CERT },
	{ "evm-cert", required_argument, NULL, OPTION_EVM_CERT },
	{ "no-evm", no_argument, NULL, OPTION_NO_EVM },
	{ "evm-hmac", required_argument, NULL, OPTION_EVM_HMAC },
	{ "ca", required_argument, NULL, OPTION_CA },
	{ "sidecar", required_argument, NULL, OPTION_SIDECAR },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "verity", no_argument, NULL, OPTION_VERITY },
	{ "evm-xattr", required_argument, NULL, OPTION_EVM_XATTR },
	{ "32-bit", no_argument, NULL, OPTION_32_BIT },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "owner", required_argument, NULL, OPTION_OWNER },
	{ "permissions", required_argument, NULL, OPTION_PERMISSIONS },
	{ "verbose", no_argument, NULL, OPTION_VERBOSE },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_format(struct options *options, const char *value)
{
	uint8_t version;
	enum exit_code code = option_format("verify", value, &version);

	if (code == EXIT_OK)
		options->verifying.reads_v3 = version == SIGNATURE_V3;
	return code;
}

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_IMA:      options->ima = true; break;
	case OPTION_INITRAMFS: options->initramfs = true; break;
	case OPTION_SYSTEM:   options->system = true; break;
	case OPTION_ALL:      options->all = true; break;
	case OPTION_NO_EVM:   options->verifying.no_evm = true; break;
	case OPTION_32_BIT:   options->verifying.target.is_32_bit = true; break;
	case OPTION_KERNEL:   return kernels_option("verify", value, &options->kernels);
	case OPTION_VERBOSE:  options->verbose = true; break;
	case OPTION_QUIET:    options->quiet = true; break;
	case OPTION_JSON:     options->json = true; break;
	case OPTION_CERT:     return certificates_add(&options->named_ima, value);
	case OPTION_EVM_CERT: return certificates_add(&options->named_evm, value);
	case OPTION_CA:       return authorities_read(&options->authorities, value);
	case OPTION_EVM_HMAC:
		options->verifying.hmac_key = &options->hmac_key;
		return evm_hmac_read_key(&options->hmac_key, value) ? EXIT_OK : EXIT_UNCHECKED;
	case OPTION_PERMISSIONS: options->permissions = value; break;
	case OPTION_OWNER:    return option_owner("verify", value, &options->verifying.target);
	case OPTION_FORMAT:   return set_format(options, value);
	case OPTION_VERITY:   options->verifying.verity = true; break;
	case OPTION_SIDECAR:  options->sidecar = value; break;
	case OPTION_EVM_XATTR: return evm_xattrs_add(&options->evm_xattrs, "verify", value);
	default:
		return usage_error("verify", "wrong option");
	}
	return EXIT_OK;
}

/* The paths of a sidecar are those below one directory. */
static enum exit_code read_sidecar(struct options *options, int trees, const char *tree)
{
	if (!options->sidecar)
		return EXIT_OK;
	if (trees != 1 || !is_directory(tree))
		return usage_error("verify", "--sidecar: it is of one directory");
	options->verifying.sidecar = sidecar_new();
	return sidecar_read(options->verifying.sidecar, options->sidecar, false) ? EXIT_OK
										 : EXIT_UNCHECKED;
}

enum exit_code cmd_verify(int argc, char **argv)
{
	static struct options options;
	static struct run run = { .options = &options, .lock = PTHREAD_MUTEX_INITIALIZER };
	bool helped;
	enum exit_code code;

	options.verifying.target.more = options.evm_xattrs.names;
	options.verifying.keyrings = &options.keyrings;
	options.keyrings.kernels = &options.kernels;
	code = options_parse(help, long_options, argc, argv, set_option, &options, &helped);
	if (helped)
		return EXIT_OK;
	if (code == EXIT_OK && optind == argc)
		code = usage_error("verify", "no tree is named");
	if (options.ima || options.system)
		options.scope = options.ima ? SCOPE_IMA : SCOPE_SYSTEM;
	if (code == EXIT_OK && (options.verifying.verity || options.verifying.hmac_key) &&
	    options.scope != SCOPE_SYSTEM)
		code = usage_error("verify",
				   "--verity and --evm-hmac are for files of --system: below " ROOT_DIR
				   " neither counts");
	if (code == EXIT_OK && options.initramfs && options.system)
		code = usage_error("verify", "--initramfs is of " ROOT_DIR ", and --system is not");
	if (options.initramfs)
		options.scope = SCOPE_IMA;
	if (code == EXIT_OK && options.verifying.no_evm &&
	    (options.named_evm.count > 0 || options.verifying.hmac_key))
		code = usage_error("verify", "--no-evm and --evm-%s exclude each other",
				   options.verifying.hmac_key ? "hmac" : "cert");
	if (code == EXIT_OK)
		code = permissions_option("verify", options.permissions, argc - optind,
					  argv[optind], &options.verifying.target);
	if (code == EXIT_OK)
		code = read_sidecar(&options, argc - optind, argv[optind]);
	options.keyrings.builtin = options.authorities;
	run.findings = json_array();
	progress_start(&run.progress, "verify", options.quiet || options.json);
	for (int i = optind; code == EXIT_OK && i < argc; i++)
		code = verify_one(&run, argv[i], argc - optind == 1);
	double seconds = progress_end(&run.progress);

	if (code == EXIT_OK) {
		summarise(&run, seconds);
		code = result(&run);
	}
	json_decref(run.findings);
	OPENSSL_cleanse(&options.hmac_key, sizeof(options.hmac_key));
	sidecar_free(options.verifying.sidecar);
	certificates_free(&options.verifying.ima);
	certificates_free(&options.verifying.evm);
	certificates_free(&options.named_ima);
	certificates_free(&options.named_evm);
	keyrings_free(&options.keyrings);
	kernel_config_free(&options.kernels.config);
	if (options.authorities)
		authorities_free(options.authorities);
	free(options.authorities);
	return code;
}
