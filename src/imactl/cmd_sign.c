/* SPDX-License-Identifier: MIT */
/* imactl sign: its options and keys; sign_trees.c does the work. */
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "kernels.h"
#include "probe.h"
#include "report.h"
#include "sign_appended.h"
#include "sign_detached.h"
#include "sign_trees.h"
#include "tree.h"
#include "verity.h"
#include "format/path.h"

static const char help[] =
"usage: imactl sign --key KEY --cert CERT [--evm-key KEY --evm-cert CERT | --no-evm] [OPTION...] TREE...\n"
"       imactl sign --probe --key KEY --cert CERT [--evm-key KEY --evm-cert CERT | --no-evm] ROOT\n"
"       imactl sign --detached --key KEY --cert CERT [--hash NAME] DIGEST...\n"
"       imactl sign --appended --key KEY --cert CERT [--hash NAME] MODULE...\n"
"\n"
"Signs files for IMA and EVM. TREE is the root directory of a machine, another\n"
"directory, or a file.\n"
"\n"
"  --detached        no file: print security.ima for digests given in hex\n"
"  --appended        append a signature to kernel modules, for rules with modsig, and set no\n"
"                    attribute; before anything else is signed or compressed\n"
"  --probe           make ROOT/ima/probe.ima and probe.evm, for the initramfs of a kernel\n"
"                    without trusted keyrings (trusted-keyrings = no in init.conf)\n"
"  --ima             sign what is below TREE/ima, make the canaries, write and sign\n"
"                    TREE/ima/manifest (the default where TREE/ima/init is there)\n"
"  --system          sign the programs, libraries, modules, firmware, scripts and\n"
"                    configuration of TREE, without TREE/ima (the default elsewhere)\n"
"  --all             with --system: every regular file\n"
"  --key KEY         private key for security.ima: PEM or DER, or the URI\n"
"                    of a token (pkcs11:) or of a TPM's key (handle:)\n"
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
"  --kernel KERNEL   what it has, such as 6.12, or the path of its .config: a key or digest\n"
"                    that it cannot use is refused (default: what 6.1 and 6.12 both take)\n"
"  --owner UID:GID   what the files will belong to on that machine, whatever they do here\n"
"  --permissions FILE\n"
"                    owners and modes that some of them will have there, in lines as\n"
"                    /etc/shadow f 640 0 42\n"
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
"      imactl pack --format ext4 --size 64M -o root.img ROOT'\n";

struct options {
	struct sign_run run;
	bool detached, appended, probe, no_evm;
	const char *key, *cert, *evm_key, *evm_cert, *permissions;
	struct evm_xattrs evm_xattrs;
	struct passphrase passphrase;
	struct kernels kernels;
};

/* The certificate that goes with a tree's /ima, where none is named. */
static const char *default_cert(const char *tree, const char *inside, char *path)
{
	return path_join(path, tree, inside) && access(path, R_OK) == 0 ? path : NULL;
}

static enum exit_code read_pair(const struct kernels *kernels, struct key *key, const char *option,
				const char *cert, const char *private_key,
				const struct passphrase *passphrase)
{
	char reason[KERNELS_REASON];

	if (!private_key || !cert)
		return usage_error("sign", "%s%s is needed", option, private_key ? "cert" : "key");
	if (key_read_certificate(key, cert) < 0 ||
	    key_read_private(key, private_key, passphrase) < 0)
		return EXIT_FAILED;
	if (kernels_take_certificate(kernels, key->certificate, reason) &&
	    kernels_take_key(kernels, key->certificate, reason) &&
	    kernels_take_signer(kernels, key->certificate, reason))
		return EXIT_OK;
	complain(cert, "use certificate", "%s", reason);
	return EXIT_FAILED;
}

static enum exit_code read_keys(struct options *options, const char *tree)
{
	char ima_path[TREE_PATH_SIZE], evm_path[TREE_PATH_SIZE], reason[KERNELS_REASON];

	bool by_name = options->detached || options->appended;
	bool has_own = options->run.scope != SCOPE_SYSTEM && !by_name && !options->probe;

	if (!kernels_take_hash(&options->kernels, options->run.signing.hash->id, reason))
		return usage_error("sign", "--hash %s: %s", options->run.signing.hash->name, reason);
	if (!options->cert && has_own)
		options->cert = default_cert(tree, PATH_X509_IMA, ima_path);
	if (!options->evm_cert && has_own)
		options->evm_cert = default_cert(tree, PATH_X509_EVM, evm_path);
	enum exit_code code = read_pair(&options->kernels, &options->run.signing.ima, "--", options->cert,
					options->key, &options->passphrase);

	if (code == EXIT_OK && !options->no_evm && !by_name)
		code = read_pair(&options->kernels, &options->run.signing.evm, "--evm-", options->evm_cert,
				 options->evm_key, &options->passphrase);
	return code;
}

enum {
	OPTION_IMA = 1000,
	OPTION_SYSTEM,
	OPTION_ALL,
	OPTION_DETACHED,
	OPTION_APPENDED,
	OPTION_PROBE,
	OPTION_SIDECAR,
	OPTION_OWNER,
	OPTION_PERMISSIONS,
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
	OPTION_KERNEL,
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
	{ "appended", no_argument, NULL, OPTION_APPENDED },
	{ "probe", no_argument, NULL, OPTION_PROBE },
	{ "sidecar", required_argument, NULL, OPTION_SIDECAR },
	{ "owner", required_argument, NULL, OPTION_OWNER },
	{ "permissions", required_argument, NULL, OPTION_PERMISSIONS },
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
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "passphrase-file", required_argument, NULL, OPTION_PASSPHRASE_FILE },
	{ "passphrase-fd", required_argument, NULL, OPTION_PASSPHRASE_FD },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_scope(struct options *options, enum scope scope)
{
	if (options->run.scope != SCOPE_BY_TREE && options->run.scope != scope)
		return usage_error("sign", "--ima and --system are two runs: the key of " ROOT_DIR
				   " signs nothing else");
	options->run.scope = scope;
	return EXIT_OK;
}

/* EXIT_OK, or what is wrong with one option. */
static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_IMA:      return set_scope(options, SCOPE_IMA);
	case OPTION_SYSTEM:   return set_scope(options, SCOPE_SYSTEM);
	case OPTION_ALL:      options->run.all = true; break;
	case OPTION_DETACHED: options->detached = true; break;
	case OPTION_APPENDED: options->appended = true; break;
	case OPTION_PROBE:    options->probe = true; break;
	case OPTION_SIDECAR:  options->run.sidecar = value; break;
	case OPTION_OWNER:    return option_owner("sign", value, &options->run.signing.target);
	case OPTION_PERMISSIONS: options->permissions = value; break;
	case OPTION_KEY:      options->key = value; break;
	case OPTION_CERT:     options->cert = value; break;
	case OPTION_EVM_KEY:  options->evm_key = value; break;
	case OPTION_EVM_CERT: options->evm_cert = value; break;
	case OPTION_NO_EVM:   options->no_evm = true; break;
	case OPTION_32_BIT:   options->run.signing.target.is_32_bit = true; break;
	case OPTION_KERNEL:   return kernels_option("sign", value, &options->kernels);
	case OPTION_VERITY:   options->run.signing.verity = true; break;
	case OPTION_FORMAT:   return option_format("sign", value, &options->run.signing.version);
	case OPTION_FORCE:    options->run.signing.force = true; break;
	case OPTION_QUIET:    options->run.quiet = true; break;
	case OPTION_JSON:     options->run.json = true; break;
	case OPTION_PASSPHRASE_FILE: options->passphrase.file = value; break;
	case OPTION_PASSPHRASE_FD:
		return option_number("sign", "--passphrase-fd", value, 0, 1 << 20,
				     &options->passphrase.descriptor);
	case OPTION_HASH:
		options->run.signing.hash = hash_by_name(value);
		if (!options->run.signing.hash)
			return usage_error("sign", "--hash %s: sha256, sha384 or sha512", value);
		break;
	case OPTION_EVM_XATTR: return evm_xattrs_add(&options->evm_xattrs, "sign", value);
	case OPTION_PIN:
		if (path_wrong(value))
			return usage_error("sign", "--pin %s: %s", value, path_wrong(value));
		if (strncmp(value, ROOT_DIR "/", strlen(ROOT_DIR "/")) == 0 ||
		    options->run.pin_count == SIGN_PINS_MAX)
			return usage_error("sign",
					   "--pin %s: what is below " ROOT_DIR " is listed anyway",
					   value);
		options->run.pins[options->run.pin_count++] = value;
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

	if (!options->run.sidecar && geteuid() == 0)
		return EXIT_OK;
	if (trees != 1 || !is_directory(tree))
		return usage_error(
			"sign",
			options->run.sidecar
				? "--sidecar: it is of one directory"
				: "only root may set security attributes; a sidecar is of one directory");
	if (!options->run.sidecar) {
		if (!sidecar_beside(beside, tree))
			return EXIT_FAILED;
		options->run.sidecar = beside;
		if (!options->run.quiet)
			complain(tree, "sign",
				 "only root may set security attributes: the signatures go into %s, "
				 "for imactl apply",
				 beside);
	}
	const char *wrong = sidecar_place_wrong(options->run.sidecar, tree);

	if (wrong)
		return usage_error("sign", "--sidecar %s: %s", options->run.sidecar, wrong);
	options->run.signing.sidecar = sidecar_new();
	return sidecar_lock(options->run.signing.sidecar, options->run.sidecar) &&
			sidecar_read(options->run.signing.sidecar, options->run.sidecar, true)
		? EXIT_OK : EXIT_FAILED;
}

static enum exit_code sign_probe(const struct options *options, const char *tree)
{
	char root[TREE_PATH_SIZE];

	if (!tree_name(root, tree))
		return EXIT_FAILED;
	if (!path_exists(root, ROOT_DIR)) {
		complain(tree, "sign", ROOT_DIR " is not there");
		return EXIT_FAILED;
	}
	return probe_sign(&options->run.signing, root);
}

/* What is for the files of one kind, and would do nothing for a tree of the other. */
static enum exit_code check_scope(const struct options *options, const char *tree)
{
	bool is_ima = scope_is_ima(options->run.scope, tree);

	if (is_ima && options->run.all)
		return usage_error("sign", "--all is for the system, and %s is signed for its "
				   ROOT_DIR ": give --system, too", tree);
	if (!is_ima && options->run.pin_count > 0)
		return usage_error("sign", "--pin is for the manifest of " ROOT_DIR
				   ", which %s is not signed for: give --ima", tree);
	return EXIT_OK;
}

/* What --detached, --appended and --probe have no use for: they sign no tree. */
static bool has_options_of_trees(const struct options *options)
{
	return options->run.sidecar ||
		options->run.pin_count > 0 || options->run.all || options->run.scope != SCOPE_BY_TREE ||
		options->evm_xattrs.count > 0 || options->run.signing.force ||
		options->run.signing.target.owner_given || options->permissions;
}

static enum exit_code check_options(const struct options *options, int arguments, char **trees)
{
	if (arguments == 0)
		return usage_error("sign",
				   options->detached ? "no digest is given" :
				   options->appended ? "no module is named" : "no tree is named");
	if (options->no_evm && (options->evm_key || options->evm_cert))
		return usage_error("sign", "--no-evm and --evm-%s exclude each other",
				   options->evm_key ? "key" : "cert");
	if (options->passphrase.file && options->passphrase.descriptor >= 0)
		return usage_error("sign", "the passphrase comes from one place");
	if (options->run.signing.verity && !verity_has(options->run.signing.hash))
		return usage_error("sign", "--verity: fs-verity has sha256 and sha512, not %s",
				   options->run.signing.hash->name);
	if (options->run.signing.verity && (options->detached || options->run.scope != SCOPE_SYSTEM))
		return usage_error(
			"sign",
			"--verity is for files of --system: the kernel wants another for " ROOT_DIR);
	if (options->probe && (options->detached || options->appended || arguments != 1 || options->run.signing.verity ||
			       has_options_of_trees(options)))
		return usage_error("sign", "--probe takes one root, the keys and their certificates, --no-evm, "
				   "--hash, --format, --32-bit and the passphrase");
	if (options->detached && (options->evm_key || options->evm_cert || options->run.signing.target.is_32_bit ||
				  has_options_of_trees(options)))
		return usage_error("sign", "--detached takes --key, --cert, --hash, --format, the "
				   "passphrase, --json and digests alone");
	if (options->appended && (options->detached || options->evm_key || options->evm_cert ||
				  options->run.signing.verity || options->run.signing.version != SIGNATURE_V2 ||
				  options->run.json || options->run.signing.target.is_32_bit ||
				  has_options_of_trees(options)))
		return usage_error("sign", "--appended takes --key, --cert, --hash, the passphrase and "
				   "modules alone");
	enum exit_code code = EXIT_OK;

	for (int i = 0; code == EXIT_OK && !options->detached && !options->appended && i < arguments &&
	     !options->probe; i++)
		code = check_scope(options, trees[i]);
	return code;
}

enum exit_code cmd_sign(int argc, char **argv)
{
	static struct options options = { .passphrase.descriptor = -1 };
	bool helped;
	enum exit_code code;

	options.run.signing.hash = hash_by_name("sha256");
	options.run.signing.version = SIGNATURE_V2;
	options.run.signing.target.more = options.evm_xattrs.names;
	code = options_parse(help, long_options, argc, argv, set_option, &options, &helped);
	if (helped)
		return EXIT_OK;
	if (code == EXIT_OK)
		code = check_options(&options, argc - optind, argv + optind);
	if (code == EXIT_OK)
		code = permissions_option("sign", options.permissions, argc - optind, argv[optind],
					  &options.run.signing.target);
	if (code == EXIT_OK)
		code = read_keys(&options, argv[optind]);
	if (code == EXIT_OK && options.probe)
		code = sign_probe(&options, argv[optind]);
	else if (code == EXIT_OK && options.detached)
		code = sign_detached(&options.run.signing, argc - optind, argv + optind, options.run.json);
	else if (code == EXIT_OK && options.appended)
		code = sign_appended(&options.run.signing, argc - optind, argv + optind);
	else if (code == EXIT_OK &&
		 (code = open_sidecar(&options, argc - optind, argv[optind])) == EXIT_OK)
		code = sign_trees(&options.run, argc - optind, argv + optind);
	sidecar_free(options.run.signing.sidecar);
	key_free(&options.run.signing.ima);
	key_free(&options.run.signing.evm);
	kernel_config_free(&options.kernels.config);
	return code;
}
