/* SPDX-License-Identifier: MIT */
/* imactl sign: signatures of a tree, and the manifest of its /ima. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "attributes.h"
#include "command.h"
#include "file_sign.h"
#include "ima_directory.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "root_path.h"
#include "selection.h"
#include "sign_detached.h"
#include "tree.h"
#include "verity.h"

#define PINS_MAX  LIMIT_MANIFEST_FILES

static const char help[] =
"usage: imactl sign --key KEY --cert CERT [--evm-key KEY --evm-cert CERT | --no-evm] [OPTION...] TREE...\n"
"       imactl sign --detached --key KEY --cert CERT [--hash NAME] DIGEST...\n"
"\n"
"Signs files for IMA and EVM. TREE is the root directory of a machine, another\n"
"directory, or a file.\n"
"\n"
"  --detached        no file: print security.ima for digests given in hex\n"
"  --ima             sign what is below TREE/ima, make the canaries, write and sign\n"
"                    TREE/ima/manifest (the default where TREE/ima/init is there)\n"
"  --system          sign the programs, libraries, modules, firmware, scripts and\n"
"                    configuration of TREE, without TREE/ima (the default elsewhere)\n"
"  --all             with --system: every regular file\n"
"  --key KEY         private key for security.ima: PEM or DER, or a pkcs11: URI\n"
"  --cert CERT       its certificate (default with --ima: TREE/ima/keys/x509_ima.der)\n"
"  --evm-key KEY     private key for a portable signature in security.evm\n"
"  --evm-cert CERT   its certificate (default with --ima: TREE/ima/keys/x509_evm.der)\n"
"  --no-evm          security.ima only, for kernels that do not use EVM\n"
"  --pin PATH        with --ima: list PATH (as seen inside TREE, such as /sbin/init) in\n"
"                    the manifest; it is signed with this key if it carries no signature\n"
"  --hash NAME       sha256 (default), sha384 or sha512\n"
"  --format v2|v3    of the signatures; v3 is read by Linux 7.1 (default: v2)\n"
"  --verity          security.ima over the fs-verity digest, for rules with digest_type=verity\n"
"  --evm-xattr NAME  an attribute that EVM protects besides the kernel's own\n"
"                    (evm-xattrs in init.conf); may be given more than once\n"
"  --32-bit          the machine that verifies has a 32-bit kernel\n"
"  --owner UID:GID   what the files will belong to on that machine, whatever they do here\n"
"  --sidecar FILE    keep the signatures in FILE, for imactl apply or setfattr --restore,\n"
"                    and set no attribute (TREE.sidecar for whoever is not root)\n"
"  --force           sign again what is rightly signed already\n"
"  --passphrase-file FILE, --passphrase-fd N\n"
"                    the passphrase of the keys: the first line of a file, or of a descriptor\n"
"  --quiet           no progress and no summary\n"
"  --json            the summary as JSON\n"
"\n"
"Attributes are set by root, or under fakeroot together with what makes the image.\n"
"\n"
"example:\n"
"  fakeroot sh -c 'imactl sign --key KEYS/ima.key --evm-key KEYS/evm.key ROOT &&\n"
"      /sbin/mke2fs -q -t ext4 -b 4096 -I 256 -d ROOT root.img 64M'\n";

struct options {
	enum scope scope;
	bool all, detached, no_evm, quiet, json;
	const char *sidecar;
	const char *key, *cert, *evm_key, *evm_cert;
	const char *pins[PINS_MAX];
	size_t pin_count;
	struct evm_xattrs evm_xattrs;
	struct passphrase passphrase;
	struct signing signing;
};

/* What all threads of a run share. */
struct run {
	const struct options *options;
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

	if (!path_join(inside, ROOT_DIR "/", below) || ima_needs_no_line(inside))
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

	/* A tree that is a single file was chosen by name. */
	if (*below && !state->run->options->all && !is_selected(file, below, status))
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
static bool check_ima(const struct options *options, const char *root)
{
	unsigned wrong = 0;

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
	return wrong + ima_directory_check(root, &options->signing.target, say_finding, NULL) == 0;
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

		(void)json_dumpf(summary, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		json_decref(summary);
	} else if (!run->options->quiet) {
		printf("%llu signed, %llu unchanged, %llu failed, %.1f MB in %.1f s\n",
		       (unsigned long long)run->signed_files, (unsigned long long)run->unchanged,
		       (unsigned long long)run->failed, (double)run->bytes / 1e6, seconds);
	}
}

/* The certificate that goes with a tree's /ima, where none is named. */
static const char *default_cert(const char *tree, const char *inside, char *path)
{
	return path_join(path, tree, inside) && access(path, R_OK) == 0 ? path : NULL;
}

static enum exit_code read_pair(struct key *key, const char *option, const char *cert,
				const char *private_key, const struct passphrase *passphrase)
{
	if (!private_key || !cert)
		return usage_error("sign", "%s%s is needed", option, private_key ? "cert" : "key");
	if (key_read_certificate(key, cert) < 0 ||
	    key_read_private(key, private_key, passphrase) < 0)
		return EXIT_FAILED;
	if (key_unfit(key)) {
		complain(cert, "use certificate", "%s", key_unfit(key));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static enum exit_code read_keys(struct options *options, const char *tree)
{
	char ima_path[TREE_PATH_SIZE], evm_path[TREE_PATH_SIZE];

	bool has_own = options->scope != SCOPE_SYSTEM && !options->detached;

	if (!options->cert && has_own)
		options->cert = default_cert(tree, PATH_X509_IMA, ima_path);
	if (!options->evm_cert && has_own)
		options->evm_cert = default_cert(tree, PATH_X509_EVM, evm_path);
	enum exit_code code = read_pair(&options->signing.ima, "--", options->cert, options->key,
					&options->passphrase);

	if (code == EXIT_OK && !options->no_evm && !options->detached)
		code = read_pair(&options->signing.evm, "--evm-", options->evm_cert,
				 options->evm_key, &options->passphrase);
	return code;
}

enum {
	OPTION_IMA = 1000,
	OPTION_SYSTEM,
	OPTION_ALL,
	OPTION_DETACHED,
	OPTION_SIDECAR,
	OPTION_OWNER,
	OPTION_KEY,
	OPTION_CERT,
	OPTION_EVM_KEY,
	OPTION_EVM_CERT,
	OPTION_NO_EVM,
	OPTION_PIN,
	OPTION_HASH,
	OPTION_FORMAT,
	OPTION_VERITY,
	OPTION_EVM_XATTR,
	OPTION_32_BIT,
	OPTION_FORCE,
	OPTION_PASSPHRASE_FILE,
	OPTION_PASSPHRASE_FD,
	OPTION_QUIET,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "ima", no_argument, NULL, OPTION_IMA },
	{ "system", no_argument, NULL, OPTION_SYSTEM },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "detached", no_argument, NULL, OPTION_DETACHED },
	{ "sidecar", required_argument, NULL, OPTION_SIDECAR },
	{ "owner", required_argument, NULL, OPTION_OWNER },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "cert", required_argument, NULL, OPTION_CERT },
	{ "evm-key", required_argument, NULL, OPTION_EVM_KEY },
	{ "evm-cert", required_argument, NULL, OPTION_EVM_CERT },
	{ "no-evm", no_argument, NULL, OPTION_NO_EVM },
	{ "pin", required_argument, NULL, OPTION_PIN },
	{ "hash", required_argument, NULL, OPTION_HASH },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "verity", no_argument, NULL, OPTION_VERITY },
	{ "evm-xattr", required_argument, NULL, OPTION_EVM_XATTR },
	{ "32-bit", no_argument, NULL, OPTION_32_BIT },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "passphrase-file", required_argument, NULL, OPTION_PASSPHRASE_FILE },
	{ "passphrase-fd", required_argument, NULL, OPTION_PASSPHRASE_FD },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

/* EXIT_OK, or what is wrong with one option. */
static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_IMA:      options->scope = SCOPE_IMA; break;
	case OPTION_SYSTEM:   options->scope = SCOPE_SYSTEM; break;
	case OPTION_ALL:      options->all = true; break;
	case OPTION_DETACHED: options->detached = true; break;
	case OPTION_SIDECAR:  options->sidecar = value; break;
	case OPTION_OWNER:    return option_owner("sign", value, &options->signing.target);
	case OPTION_KEY:      options->key = value; break;
	case OPTION_CERT:     options->cert = value; break;
	case OPTION_EVM_KEY:  options->evm_key = value; break;
	case OPTION_EVM_CERT: options->evm_cert = value; break;
	case OPTION_NO_EVM:   options->no_evm = true; break;
	case OPTION_32_BIT:   options->signing.target.is_32_bit = true; break;
	case OPTION_VERITY:   options->signing.verity = true; break;
	case OPTION_FORMAT:   return option_format("sign", value, &options->signing.version);
	case OPTION_FORCE:    options->signing.force = true; break;
	case OPTION_QUIET:    options->quiet = true; break;
	case OPTION_JSON:     options->json = true; break;
	case OPTION_PASSPHRASE_FILE: options->passphrase.file = value; break;
	case OPTION_PASSPHRASE_FD:
		return option_number("sign", "--passphrase-fd", value, 0, 1 << 20,
				     &options->passphrase.descriptor);
	case OPTION_HASH:
		options->signing.hash = hash_by_name(value);
		if (!options->signing.hash)
			return usage_error("sign", "--hash %s: sha256, sha384 or sha512", value);
		break;
	case OPTION_EVM_XATTR: return evm_xattrs_add(&options->evm_xattrs, "sign", value);
	case OPTION_PIN:
		if (ima_path_wrong(value))
			return usage_error("sign", "--pin %s: %s", value, ima_path_wrong(value));
		if (strncmp(value, ROOT_DIR "/", strlen(ROOT_DIR "/")) == 0 ||
		    options->pin_count == PINS_MAX)
			return usage_error("sign",
					   "--pin %s: what is below " ROOT_DIR " is listed anyway",
					   value);
		options->pins[options->pin_count++] = value;
		break;
	default:
		return usage_error("sign", "wrong option");
	}
	return EXIT_OK;
}

/* Where the signatures go: attributes, or a file for whoever may not set those. */
static enum exit_code open_sidecar(struct options *options, int trees, const char *tree)
{
	static char beside[TREE_PATH_SIZE];

	if (!options->sidecar && geteuid() == 0)
		return EXIT_OK;
	if (trees != 1 || !is_directory(tree))
		return usage_error(
			"sign",
			options->sidecar
				? "--sidecar: it is of one directory"
				: "only root may set security attributes; a sidecar is of one directory");
	if (!options->sidecar) {
		if (!sidecar_beside(beside, tree))
			return EXIT_FAILED;
		options->sidecar = beside;
		if (!options->quiet)
			complain(tree, "sign",
				 "only root may set security attributes: the signatures go into %s, "
				 "for imactl apply",
				 beside);
	}
	const char *wrong = sidecar_place_wrong(options->sidecar, tree);

	if (wrong)
		return usage_error("sign", "--sidecar %s: %s", options->sidecar, wrong);
	options->signing.sidecar = sidecar_new();
	return sidecar_read(options->signing.sidecar, options->sidecar, true) ? EXIT_OK
									      : EXIT_FAILED;
}

static enum exit_code sign_trees(struct run *run, int count, char **trees)
{
	struct sidecar *sidecar = run->options->signing.sidecar;
	bool right = true;

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

/* What is for the files of one kind, and would do nothing for a tree of the other. */
static enum exit_code check_scope(const struct options *options, const char *tree)
{
	bool is_ima = scope_is_ima(options->scope, tree);

	if (is_ima && options->all)
		return usage_error("sign", "--all is for the system, and %s is signed for its "
				   ROOT_DIR ": give --system, too", tree);
	if (!is_ima && options->pin_count > 0)
		return usage_error("sign", "--pin is for the manifest of " ROOT_DIR
				   ", which %s is not signed for: give --ima", tree);
	return EXIT_OK;
}

/* What --detached has no use for: it signs no file. */
static bool has_options_of_trees(const struct options *options)
{
	return options->evm_key || options->evm_cert || options->sidecar ||
		options->pin_count > 0 || options->all || options->scope != SCOPE_BY_TREE ||
		options->evm_xattrs.count > 0 || options->signing.force ||
		options->signing.target.is_32_bit || options->signing.target.owner_given;
}

static enum exit_code check_options(const struct options *options, int arguments, char **trees)
{
	if (arguments == 0)
		return usage_error("sign",
				   options->detached ? "no digest is given" : "no tree is named");
	if (options->no_evm && (options->evm_key || options->evm_cert))
		return usage_error("sign", "--no-evm and --evm-%s exclude each other",
				   options->evm_key ? "key" : "cert");
	if (options->passphrase.file && options->passphrase.descriptor >= 0)
		return usage_error("sign", "the passphrase comes from one place");
	if (options->signing.verity && !verity_has(options->signing.hash))
		return usage_error("sign", "--verity: fs-verity has sha256 and sha512, not %s",
				   options->signing.hash->name);
	if (options->signing.verity && (options->detached || options->scope != SCOPE_SYSTEM))
		return usage_error(
			"sign",
			"--verity is for files of --system: the kernel wants another for " ROOT_DIR);
	if (options->detached && has_options_of_trees(options))
		return usage_error("sign", "--detached takes --key, --cert, --hash, --format, the "
				   "passphrase, --json and digests alone");
	enum exit_code code = EXIT_OK;

	for (int i = 0; code == EXIT_OK && !options->detached && i < arguments; i++)
		code = check_scope(options, trees[i]);
	return code;
}

enum exit_code cmd_sign(int argc, char **argv)
{
	static struct options options = { .passphrase.descriptor = -1 };
	static struct run run = { .options = &options, .entries = IMA_ENTRIES_EMPTY };
	bool helped;
	enum exit_code code;

	options.signing.hash = hash_by_name("sha256");
	options.signing.version = SIGNATURE_V2;
	options.signing.target.more = options.evm_xattrs.names;
	code = options_parse(help, long_options, argc, argv, set_option, &options, &helped);
	if (helped)
		return EXIT_OK;
	if (code == EXIT_OK)
		code = check_options(&options, argc - optind, argv + optind);
	if (code == EXIT_OK)
		code = read_keys(&options, argv[optind]);
	if (code == EXIT_OK && options.detached)
		code = sign_detached(&options.signing, argc - optind, argv + optind, options.json);
	else if (code == EXIT_OK &&
		 (code = open_sidecar(&options, argc - optind, argv[optind])) == EXIT_OK)
		code = sign_trees(&run, argc - optind, argv + optind);
	sidecar_free(options.signing.sidecar);
	key_free(&options.signing.ima);
	key_free(&options.signing.evm);
	return code;
}
