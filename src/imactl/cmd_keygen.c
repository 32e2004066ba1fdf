/* SPDX-License-Identifier: MIT */
/* imactl keygen: a CA, signing keys and certificates; kmk and evm-key. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "command.h"
#include "file_set.h"
#include "keys.h"
#include "layout.h"
#include "make_certificate.h"
#include "evm_keys.h"
#include "options.h"
#include "report.h"
#include "tree.h"

#define NAME_MAX_BYTES    40         /* a common name has 64, and something is put behind it */
#define DAYS_DEFAULT      9125       /* 25 years: the kernel does not look at dates */
#define OPTIONS_MAX_BYTES 1024       /* of a trusted key; a line of init.conf holds them, too */

static const char help[] =
"usage: imactl keygen DIR [OPTION...]\n"
"       imactl keygen --system DIR --ca CERT --ca-key KEY [OPTION...]\n"
"       imactl keygen evm-key DIR [--kmk FILE] [--live user|trusted [--key-options WORDS]]\n"
"\n"
"Makes in DIR (which is made if it is not there) what an image needs to be signed: a\n"
"CA, unless one is named, and a key and a certificate each for IMA and for EVM. Says\n"
"where each file goes. Nothing is overwritten.\n"
"\n"
"  --system           a second set, for everything outside /ima: a CA of its own, which\n"
"                     ima-init adds to .secondary_trusted_keys, and two keys below it\n"
"  --ca CERT, --ca-key KEY\n"
"                     issue with this CA instead of making one\n"
"  --kernel KERNEL    the kernel that has that CA, such as 6.12, or the path of its .config: a\n"
"                     CA that it cannot use is refused (default: what 6.1 and 6.12 both take)\n"
"  --ca-passphrase-file FILE, --ca-passphrase-fd N\n"
"                     the passphrase of --ca-key: the first line of a file or descriptor;\n"
"                     without them it is asked for on the terminal\n"
"  --type TYPE        rsa2048, rsa3072 (default), rsa4096, p256 or p384\n"
"  --name NAME        the product's name, put before each certificate's own\n"
"  --days N           how long the certificates are valid (default: 25 years)\n"
"  --profiles DIR     where ca.cnf, ima.cnf and evm.cnf are (default: " DATA_DIR "/keys)\n"
"  --passphrase-file FILE, --passphrase-fd N\n"
"                     encrypt the new private keys with the first line of a file or\n"
"                     descriptor\n"
"  --encrypt          the same with a passphrase that is asked for twice on the terminal\n"
"  --json             the files as JSON\n"
"\n"
"imactl keygen evm-key makes the EVM master key kmk (32 random bytes) and the EVM HMAC\n"
"key evm-key under it, both for /ima/keys, without the machine that will use them.\n"
"\n"
"  --kmk FILE         make only evm-key, for the master key in FILE\n"
"  --live user        have the running kernel make evm-key\n"
"  --live trusted     and kmk, too, sealed by this machine's TPM: kmk is then of no use\n"
"                     anywhere else\n"
"  --key-options WORDS\n"
"                     how to seal it, as in keyhandle=0x81000001; no secret\n"
"  --json             the files as JSON\n"
"\n"
"example:\n"
"  imactl keygen ~/keys/thermostat --type p256 --name thermostat\n"
"  imactl keygen evm-key ~/keys/thermostat\n";

struct options {
	const char *directory;
	bool system, encrypt, json;
	const char *ca, *ca_key, *type, *name, *profiles;
	const char *kmk, *live, *key_options;
	int days;
	struct passphrase passphrase, ca_passphrase;
	char secret[1024];           /* the passphrase, once it was read */
	int secret_length;
	struct kernels kernels;
};

/* One certificate and its key. The issuer is a row above, or the CA that was named. */
struct plan {
	const char *profile, *section, *title;
	bool is_ca;
	int issuer;                  /* row; ISSUER_GIVEN; ISSUER_SELF */
	struct {
		const char *name;    /* NULL: not written */
		const char *place, *note;
	} der, pem, key;
};

#define ISSUER_SELF  -1
#define ISSUER_GIVEN -2
#define ON_HOST "stays on the build host"
#define OFFLINE "stays offline: it only issues certificates"

static const struct plan product_plan[] = {
	{ "ca",
	  "root",
	  "CA",
	  true,
	  ISSUER_SELF,
	  { NULL, NULL, NULL },
	  { "ca.pem", NULL, "the kernel's build: CONFIG_SYSTEM_TRUSTED_KEYS" },
	  { "ca.key", NULL, OFFLINE } },
	{ "ima",
	  "signing",
	  "IMA signing key",
	  false,
	  0,
	  { "x509_ima.der", PATH_X509_IMA, NULL },
	  { NULL, NULL, NULL },
	  { "ima.key", NULL, ON_HOST } },
	{ "evm",
	  "signing",
	  "EVM signing key",
	  false,
	  0,
	  { "x509_evm.der", PATH_X509_EVM, NULL },
	  { NULL, NULL, NULL },
	  { "evm.key", NULL, ON_HOST } },
};

static const struct plan system_plan[] = {
	{ "ca", "root", "system CA", true, ISSUER_GIVEN,
	  { "system-ca.der", DIR_KEYS_SECONDARY "system-ca.der", NULL },
	  { "system-ca.pem", NULL, "imactl verify --ca" }, { "system-ca.key", NULL, OFFLINE } },
	{ "ima", "signing", "system IMA signing key", false, 0,
	  { "system-ima.der", DIR_KEYS_IMA "system-ima.der", NULL }, { NULL, NULL, NULL },
	  { "system-ima.key", NULL, ON_HOST } },
	{ "evm", "signing", "system EVM signing key", false, 0,
	  { "system-evm.der", DIR_KEYS_EVM "system-evm.der", NULL }, { NULL, NULL, NULL },
	  { "system-evm.key", NULL, ON_HOST } },
};
#define PLAN_ROWS 3

struct made {
	EVP_PKEY *key;
	X509 *certificate;
};

/* What was written into a BIO becomes a file of the set. */
static bool add_bio(struct file_set *set, struct new_file file, BIO *bio, bool written)
{
	char *data = NULL;
	long size = bio ? BIO_get_mem_data(bio, &data) : 0;
	bool added = written && size > 0;

	file.data = data;
	file.size = added ? (size_t)size : 0;
	if (!added)
		complain(file.name, "write", "OpenSSL refused");
	added = added && file_set_add(set, &file);
	if (size > 0)
		OPENSSL_cleanse(data, (size_t)size);
	BIO_free(bio);
	return added;
}

static bool add_files(struct file_set *set, const struct options *options, const struct plan *plan,
		      const struct made *made)
{
	struct new_file der = { .name = plan->der.name,
				.mode = 0644,
				.kind = "certificate",
				.place = plan->der.place,
				.place_mode = 0644,
				.note = plan->der.note };
	struct new_file pem = { .name = plan->pem.name,
				.mode = 0644,
				.kind = "certificate",
				.place = plan->pem.place,
				.note = plan->pem.note };
	struct new_file key = {
		.name = plan->key.name, .mode = 0600, .kind = "private key", .note = plan->key.note
	};
	BIO *bio;

	if (der.name) {
		bio = BIO_new(BIO_s_mem());
		if (!add_bio(set, der, bio, bio && i2d_X509_bio(bio, made->certificate) == 1))
			return false;
	}
	if (pem.name) {
		bio = BIO_new(BIO_s_mem());
		if (!add_bio(set, pem, bio, bio && PEM_write_bio_X509(bio, made->certificate) == 1))
			return false;
	}
	bio = BIO_new(BIO_s_secmem());
	return add_bio(set, key, bio,
		       bio &&
			       write_private_key(bio, made->key,
						 options->encrypt ? options->secret : NULL,
						 options->secret_length));
}

static bool make_row(const struct options *options, const struct plan *plan, struct made *made,
		     const struct made *issuer)
{
	char profile[TREE_PATH_SIZE], file[64], name[128];

	(void)snprintf(file, sizeof(file), "/%s.cnf", plan->profile);
	(void)snprintf(name, sizeof(name), "%s %s", options->name, plan->title);
	if (!path_join(profile, options->profiles, file))
		return false;
	made->key = make_key(options->type);
	struct certificate_request request = {
		.profile = profile,
		.section = plan->section,
		.is_ca = plan->is_ca,
		.common_name = name,
		.days = options->days,
		.key = made->key,
		.issuer = issuer ? issuer->certificate : NULL,
		.issuer_key = issuer ? issuer->key : NULL,
		.kernels = &options->kernels,
	};

	made->certificate = made->key ? make_certificate(&request) : NULL;
	return made->certificate != NULL;
}

static void print_line(const char *path, int width, const struct new_file *file)
{
	printf("%-*s  %-14s -> ", width, path, file->kind);
	if (file->place)
		printf("ROOT%s, mode %04o%s", file->place, (unsigned)file->place_mode,
		       file->note ? "; " : "");
	printf("%s\n", file->note ? file->note : "");
}

static json_t *json_line(const char *path, const struct new_file *file)
{
	char mode[8] = "";

	if (file->place)
		(void)snprintf(mode, sizeof(mode), "%04o", (unsigned)file->place_mode);
	return json_pack("{s:o, s:s, s:s?, s:s?, s:s?}", "file", json_text(path), "kind", file->kind, "place",
			 file->place, "mode", file->place ? mode : NULL, "note", file->note);
}

/* Where each file goes; nothing is printed before all are there. */
static void print_places(const struct options *options, const struct file_set *set)
{
	json_t *array = json_array();
	char path[TREE_PATH_SIZE + 64], name[4 * sizeof(path)];
	int width = 0;

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < set->count; i++) {
			(void)snprintf(path, sizeof(path), "%s/%s", set->directory,
				       set->files[i].name);
			int length = (int)strlen(escape_name(path, name, sizeof(name)));

			if (pass == 0)
				width = length > width ? length : width;
			else if (options->json)
				(void)json_array_append_new(array, json_line(name, &set->files[i]));
			else
				print_line(name, width, &set->files[i]);
		}
	if (options->json) {
		print_json(array);
	}
	json_decref(array);
}

static bool make_all(const struct options *options, const struct plan *plan, size_t first,
		     const struct made *given, struct file_set *set)
{
	struct made made[PLAN_ROWS] = { { 0 } };
	bool right = true;

	for (size_t row = first; right && row < PLAN_ROWS; row++) {
		const struct made *issuer = plan[row].issuer == ISSUER_SELF ? NULL
			: plan[row].issuer == ISSUER_GIVEN || (size_t)plan[row].issuer < first
			? given
			: &made[plan[row].issuer];

		right = make_row(options, &plan[row], &made[row], issuer) &&
			add_files(set, options, &plan[row], &made[row]);
	}
	for (size_t row = 0; row < PLAN_ROWS; row++) {
		EVP_PKEY_free(made[row].key);
		X509_free(made[row].certificate);
	}
	return right && file_set_place(set);
}

/* The CA that was named: its certificate, and its key. */
static bool read_authority(const struct options *options, struct key *authority)
{
	char reason[KERNELS_REASON];

	if (key_read_certificate(authority, options->ca) < 0)
		return false;
	if (X509_check_ca(authority->certificate) != 1) {
		complain(options->ca, "use as CA", "it is not the certificate of a CA");
		return false;
	}
	if (!kernels_take_certificate(&options->kernels, authority->certificate, reason) ||
	    !kernels_take_key(&options->kernels, authority->certificate, reason)) {
		complain(options->ca, "use as CA", "%s", reason);
		return false;
	}
	return key_read_private(authority, options->ca_key, &options->ca_passphrase) == 0;
}

static bool read_secret(struct options *options)
{
	const int most = (int)sizeof(options->secret) - 1;

	options->secret_length = passphrase_read(&options->passphrase, options->secret, most, true);
	if (options->secret_length > 0 && options->secret_length < most)
		return true;
	if (options->secret_length == most)
		complain("passphrase", "read", "it is longer than %d bytes", most - 1);
	else
		complain("passphrase", "read", "there is none, or it was not typed the same twice");
	return false;
}

/* Before anything is asked for or made: keys of 4096 bits take their time. */
static bool names_are_free(const struct file_set *set, const struct plan *plan, size_t first)
{
	for (size_t row = first; row < PLAN_ROWS; row++) {
		const char *names[] = { plan[row].der.name, plan[row].pem.name,
					plan[row].key.name };

		for (size_t i = 0; i < 3; i++)
			if (names[i] && file_set_refuses(set, names[i]))
				return false;
	}
	return true;
}

static enum exit_code keygen(struct options *options)
{
	const struct plan *plan = options->system ? system_plan : product_plan;
	struct key authority = { 0 };
	struct file_set set;
	/* Without its first row where the CA is there. */
	size_t first = options->ca && !options->system ? 1 : 0;
	bool right = file_set_begin(&set, options->directory) &&
		names_are_free(&set, plan, first) &&
		(!options->ca || read_authority(options, &authority)) &&
		(!options->encrypt || read_secret(options));
	struct made given = { authority.key, authority.certificate };

	right = right && make_all(options, plan, first, &given, &set);
	if (right)
		print_places(options, &set);
	file_set_free(&set);
	key_free(&authority);
	OPENSSL_cleanse(options->secret, sizeof(options->secret));
	return right ? EXIT_OK : EXIT_FAILED;
}

static bool add_evm_files(struct file_set *set, const struct options *options,
			  struct evm_keys *keys, const char *note)
{
	struct new_file evm_key = { .name = "evm-key",
				    .mode = 0600,
				    .data = keys->evm_key,
				    .size = strlen(keys->evm_key),
				    .kind = "EVM HMAC key",
				    .place = PATH_EVM_KEY,
				    .place_mode = 0400 };
	struct new_file kmk = { .name = "kmk",
				.mode = 0600,
				.data = keys->master,
				.size = keys->master_size,
				.kind = "EVM master key",
				.place = PATH_KMK,
				.place_mode = 0400,
				.note = note };

	return file_set_add(set, &evm_key) && (options->kmk || file_set_add(set, &kmk));
}

static enum exit_code evm_keygen(const struct options *options)
{
	static struct evm_keys keys;
	bool is_trusted = options->live && strcmp(options->live, "trusted") == 0;
	const char *words = options->key_options;
	char note[OPTIONS_MAX_BYTES + 64];
	struct file_set set;
	bool right = file_set_begin(&set, options->directory) &&
		!file_set_refuses(&set, "evm-key") &&
		(options->kmk || !file_set_refuses(&set, "kmk"));

	(void)snprintf(note, sizeof(note), "init.conf: kmk = trusted%s%s", words ? " " : "",
		       words ? words : "");
	if (right && !is_trusted)
		right = options->kmk ? read_master_key(&keys, options->kmk)
				     : make_master_key(&keys);
	right = right &&
		(options->live ? make_live_keys(&keys, options->live, words)
			       : make_evm_key(&keys)) &&
		add_evm_files(&set, options, &keys, is_trusted ? note : NULL) &&
		file_set_place(&set);
	OPENSSL_cleanse(&keys, sizeof(keys));
	if (right)
		print_places(options, &set);
	file_set_free(&set);
	return right ? EXIT_OK : EXIT_FAILED;
}

enum {
	OPTION_SYSTEM = 1000,
	OPTION_CA,
	OPTION_CA_KEY,
	OPTION_CA_PASSPHRASE_FILE,
	OPTION_CA_PASSPHRASE_FD,
	OPTION_TYPE,
	OPTION_NAME,
	OPTION_DAYS,
	OPTION_PROFILES,
	OPTION_KERNEL,
	OPTION_ENCRYPT,
	OPTION_PASSPHRASE_FILE,
	OPTION_PASSPHRASE_FD,
	OPTION_JSON,
	OPTION_KMK,
	OPTION_LIVE,
	OPTION_KEY_OPTIONS,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "system", no_argument, NULL, OPTION_SYSTEM },
	{ "ca", required_argument, NULL, OPTION_CA },
	{ "ca-key", required_argument, NULL, OPTION_CA_KEY },
	{ "ca-passphrase-file", required_argument, NULL, OPTION_CA_PASSPHRASE_FILE },
	{ "ca-passphrase-fd", required_argument, NULL, OPTION_CA_PASSPHRASE_FD },
	{ "type", required_argument, NULL, OPTION_TYPE },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "days", required_argument, NULL, OPTION_DAYS },
	{ "profiles", required_argument, NULL, OPTION_PROFILES },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "encrypt", no_argument, NULL, OPTION_ENCRYPT },
	{ "passphrase-file", required_argument, NULL, OPTION_PASSPHRASE_FILE },
	{ "passphrase-fd", required_argument, NULL, OPTION_PASSPHRASE_FD },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static const struct option evm_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "kmk", required_argument, NULL, OPTION_KMK },
	{ "live", required_argument, NULL, OPTION_LIVE },
	{ "key-options", required_argument, NULL, OPTION_KEY_OPTIONS },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= NAME_MAX_BYTES &&
		strspn(name,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._:-") ==
		length;
}

/* What init.conf takes again: words of visible characters with single blanks between them. */
static bool are_words(const char *words)
{
	size_t length = strlen(words);

	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)words[i]) &&
		    (words[i] != ' ' || i == 0 || !isgraph((unsigned char)words[i + 1])))
			return false;
	return length > 0 && length <= OPTIONS_MAX_BYTES && !strchr(words, '#');
}

static enum exit_code set_key_options(struct options *options, const char *value)
{
	options->key_options = value;
	if (!are_words(value))
		return usage_error("keygen",
				   "--key-options: at most %d bytes, words with a blank between them",
				   OPTIONS_MAX_BYTES);
	/* Every process sees another's arguments, and init.conf is no secret either. */
	if (strstr(value, "keyauth=") || strstr(value, "blobauth="))
		return usage_error(
			"keygen",
			"--key-options: keyauth= and blobauth= are secrets, and would be seen");
	return EXIT_OK;
}

static enum exit_code set_passphrase(const char *option, const char *value, bool is_file,
				     struct passphrase *passphrase)
{
	if (passphrase->file || passphrase->descriptor >= 0)
		return usage_error("keygen", "%s: the passphrase comes from one place", option);
	if (!is_file)
		return option_number("keygen", option, value, 0, 1 << 20, &passphrase->descriptor);
	passphrase->file = value;
	return EXIT_OK;
}

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_SYSTEM:   options->system = true; break;
	case OPTION_CA:       options->ca = value; break;
	case OPTION_CA_KEY:   options->ca_key = value; break;
	case OPTION_PROFILES: options->profiles = value; break;
	case OPTION_KERNEL:   return kernels_option("keygen", value, &options->kernels);
	case OPTION_ENCRYPT:  options->encrypt = true; break;
	case OPTION_JSON:     options->json = true; break;
	case OPTION_KMK:      options->kmk = value; break;
	case OPTION_KEY_OPTIONS: return set_key_options(options, value);
	case OPTION_DAYS: return option_number("keygen", "--days", value, 1, 36500, &options->days);
	case OPTION_PASSPHRASE_FILE:
	case OPTION_PASSPHRASE_FD:
		options->encrypt = true;
		return set_passphrase(option == OPTION_PASSPHRASE_FILE ? "--passphrase-file"
								       : "--passphrase-fd",
				      value, option == OPTION_PASSPHRASE_FILE,
				      &options->passphrase);
	case OPTION_CA_PASSPHRASE_FILE:
	case OPTION_CA_PASSPHRASE_FD:
		return set_passphrase(option == OPTION_CA_PASSPHRASE_FILE ? "--ca-passphrase-file"
									  : "--ca-passphrase-fd",
				      value, option == OPTION_CA_PASSPHRASE_FILE,
				      &options->ca_passphrase);
	case OPTION_LIVE:
		options->live = value;
		if (strcmp(value, "user") != 0 && strcmp(value, "trusted") != 0)
			return usage_error("keygen", "--live %s: user or trusted", value);
		break;
	case OPTION_TYPE:
		options->type = value;
		if (!is_key_type(value))
			return usage_error("keygen",
					   "--type %s: rsa2048, rsa3072, rsa4096, p256 or p384",
					   value);
		break;
	case OPTION_NAME:
		options->name = value;
		if (!is_name(value))
			return usage_error("keygen",
					   "--name '%s': 1 to %d letters, digits, blanks and . _ : -",
					   value, NAME_MAX_BYTES);
		break;
	default:
		return usage_error("keygen", "wrong option");
	}
	return EXIT_OK;
}

/* What does not go together. */
static enum exit_code check_options(const struct options *options)
{
	bool is_trusted = options->live && strcmp(options->live, "trusted") == 0;

	if (options->key_options && !is_trusted)
		return usage_error("keygen", "--key-options belongs to --live trusted");
	if (options->kmk && is_trusted)
		return usage_error(
			"keygen",
			"--kmk and --live trusted exclude each other: the kernel makes the master key");
	if (!options->ca != !options->ca_key)
		return usage_error("keygen", "--ca and --ca-key belong together");
	if (!options->ca && (options->ca_passphrase.file || options->ca_passphrase.descriptor >= 0))
		return usage_error("keygen", "there is a passphrase for --ca-key, but no --ca-key");
	if (options->system && !options->ca)
		return usage_error(
			"keygen",
			"--system needs --ca and --ca-key: the CA in the kernel issues the system's");
	return EXIT_OK;
}

enum exit_code cmd_keygen(int argc, char **argv)
{
	static struct options options = {
		.type = "rsa3072",
		.name = "ima-init",
		.profiles = DATA_DIR "/keys",
		.days = DAYS_DEFAULT,
		.passphrase.descriptor = -1,
		.ca_passphrase.descriptor = -1,
	};
	bool is_evm = argc > 1 && strcmp(argv[1], "evm-key") == 0, helped;

	if (is_evm) {
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	enum exit_code code = options_parse(help, is_evm ? evm_options : long_options, argc, argv,
					    set_option, &options, &helped);

	if (helped || code != EXIT_OK)
		return code;
	if (optind + 1 != argc || !*argv[optind])
		return usage_error("keygen", "one directory is named");
	code = check_options(&options);
	if (code != EXIT_OK)
		return code;
	/* As the Tab key leaves it. */
	for (size_t end = strlen(argv[optind]); end > 1 && argv[optind][end - 1] == '/'; end--)
		argv[optind][end - 1] = '\0';
	options.directory = argv[optind];
	return is_evm ? evm_keygen(&options) : keygen(&options);
}
