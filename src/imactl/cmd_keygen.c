/* SPDX-License-Identifier: MIT */
/* imactl keygen: a CA, signing keys and certificates; kmk and evm-key. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "attributes.h"
#include "command.h"
#include "file_set.h"
#include "keys.h"
#include "make_certificate.h"
#include "make_evm_key.h"
#include "options.h"
#include "report.h"
#include "tree.h"

#define NAME_MAX_BYTES 40            /* a common name has 64, and something is put behind it */
#define DAYS_DEFAULT   9125          /* 25 years: the kernel does not look at dates */

static const char help[] =
"usage: imactl keygen DIR [OPTION...]\n"
"       imactl keygen --system DIR --ca CERT --ca-key KEY [OPTION...]\n"
"       imactl keygen evm-key DIR [--kmk FILE]\n"
"\n"
"Makes in DIR (which is made if it is not there) what an image needs to be signed: a\n"
"CA, unless one is named, and a key and a certificate each for IMA and for EVM. Says\n"
"where each file goes. Nothing is overwritten.\n"
"\n"
"  --system           a second set, for everything outside /ima: a CA of its own, which\n"
"                     ima-init adds to .secondary_trusted_keys, and two keys below it\n"
"  --ca CERT, --ca-key KEY\n"
"                     issue with this CA instead of making one\n"
"  --type TYPE        rsa2048, rsa3072 (default), rsa4096, p256 or p384\n"
"  --name NAME        the product's name, put before each certificate's own\n"
"  --days N           how long the certificates are valid (default: 25 years)\n"
"  --profiles DIR     where ca.cnf, ima.cnf and evm.cnf are (default: " DATA_DIR "/keys)\n"
"  --encrypt          the new private keys are encrypted with the passphrase\n"
"  --passphrase-file FILE, --passphrase-fd N\n"
"                     the passphrase of the keys, --ca-key's too: the first line of a file\n"
"                     or descriptor; without them it is asked for on a terminal\n"
"  --json             the files as JSON\n"
"\n"
"imactl keygen evm-key makes the EVM master key kmk (32 random bytes) and the EVM HMAC\n"
"key evm-key under it, both for /ima/keys, without the machine that will use them.\n"
"\n"
"  --kmk FILE         make only evm-key, for the master key in FILE\n"
"\n"
"example:\n"
"  imactl keygen ~/keys/thermostat --type p256 --name thermostat\n"
"  imactl keygen evm-key ~/keys/thermostat\n";

struct options {
	const char *directory;
	bool system, encrypt, json;
	const char *ca, *ca_key, *type, *name, *profiles, *kmk;
	int days;
	struct passphrase passphrase;
	char secret[1024];           /* the passphrase, once it was read */
	int secret_length;
};

/* One certificate and its key. The issuer is a row above, or the CA that was named. */
struct plan {
	const char *profile, *section, *title;
	int issuer;                  /* row; ISSUER_GIVEN; ISSUER_SELF */
	const char *files[3];        /* DER, PEM, key; NULL: not written */
	const char *places[3];
};

#define ISSUER_SELF  -1
#define ISSUER_GIVEN -2
#define NOWHERE "stays on the build host"

static const struct plan product_plan[] = {
	{ "ca", "root", "CA", ISSUER_SELF, { NULL, "ca.pem", "ca.key" },
	  { NULL, "the kernel's build: CONFIG_SYSTEM_TRUSTED_KEYS", "stays offline: it only issues certificates" } },
	{ "ima", "signing", "IMA signing key", 0, { "x509_ima.der", NULL, "ima.key" },
	  { PATH_X509_IMA ", mode 0644", NULL, NOWHERE } },
	{ "evm", "signing", "EVM signing key", 0, { "x509_evm.der", NULL, "evm.key" },
	  { PATH_X509_EVM ", mode 0644", NULL, NOWHERE } },
};

static const struct plan system_plan[] = {
	{ "ca", "root", "system CA", ISSUER_GIVEN, { "system-ca.der", "system-ca.pem", "system-ca.key" },
	  { DIR_KEYS_SECONDARY "system-ca.der, mode 0644", "imactl verify --ca", "stays offline: it only issues certificates" } },
	{ "ima", "signing", "system IMA signing key", 0, { "system-ima.der", NULL, "system-ima.key" },
	  { DIR_KEYS_IMA "system-ima.der, mode 0644", NULL, NOWHERE } },
	{ "evm", "signing", "system EVM signing key", 0, { "system-evm.der", NULL, "system-evm.key" },
	  { DIR_KEYS_EVM "system-evm.der, mode 0644", NULL, NOWHERE } },
};
#define PLAN_ROWS 3

struct made {
	EVP_PKEY *key;
	X509 *certificate;
};

static bool add_bio(struct file_set *set, const char *name, mode_t mode, BIO *bio, bool written)
{
	char *data = NULL;
	long size = bio ? BIO_get_mem_data(bio, &data) : 0;
	bool added = written && size > 0 && file_set_add(set, name, mode, data, (size_t)size);

	if (!written)
		complain(name, "write", "OpenSSL refused");
	if (size > 0)
		OPENSSL_cleanse(data, (size_t)size);
	BIO_free(bio);
	return added;
}

static bool write_files(struct file_set *set, const struct options *options, const struct plan *plan,
			const struct made *made)
{
	const EVP_CIPHER *cipher = options->encrypt ? EVP_aes_256_cbc() : NULL;
	BIO *bio;

	if (plan->files[0]) {
		bio = BIO_new(BIO_s_mem());
		if (!add_bio(set, plan->files[0], 0644, bio, bio && i2d_X509_bio(bio, made->certificate) == 1))
			return false;
	}
	if (plan->files[1]) {
		bio = BIO_new(BIO_s_mem());
		if (!add_bio(set, plan->files[1], 0644, bio, bio && PEM_write_bio_X509(bio, made->certificate) == 1))
			return false;
	}
	bio = BIO_new(BIO_s_secmem());
	return add_bio(set, plan->files[2], 0600, bio,
		       bio && PEM_write_bio_PKCS8PrivateKey(bio, made->key, cipher, cipher ? options->secret : NULL,
							    cipher ? options->secret_length : 0, NULL, NULL) == 1);
}

static bool make_row(const struct options *options, const struct plan *plan, struct made *made, const struct made *issuer)
{
	char profile[TREE_PATH_SIZE], file[64], name[128];

	(void)snprintf(file, sizeof(file), "/%s.cnf", plan->profile);
	(void)snprintf(name, sizeof(name), "%s %s", options->name, plan->title);
	if (!path_join(profile, options->profiles, file))
		return false;
	made->key = make_key(options->type);
	struct certificate_request request = {
		.profile = profile, .section = plan->section, .common_name = name, .days = options->days,
		.key = made->key, .issuer = issuer ? issuer->certificate : NULL,
		.issuer_key = issuer ? issuer->key : NULL,
	};

	made->certificate = made->key ? make_certificate(&request) : NULL;
	return made->certificate != NULL;
}

/* Where each file goes; nothing is printed before all are there. */
static void print_places(const struct options *options, const struct plan *plan, size_t rows, size_t first)
{
	json_t *array = json_array();
	char path[TREE_PATH_SIZE], name[4 * TREE_PATH_SIZE], inside[64];

	for (size_t row = first; row < rows; row++)
		for (size_t i = 0; i < 3; i++) {
			if (!plan[row].files[i])
				continue;
			(void)snprintf(inside, sizeof(inside), "/%s", plan[row].files[i]);
			if (!path_join(path, options->directory, inside))
				continue;
			(void)escape_name(path, name, sizeof(name));
			if (options->json)
				(void)json_array_append_new(array, json_pack("{s:s, s:s}", "file", name, "place",
									    plan[row].places[i]));
			else
				printf("%s -> %s\n", name, plan[row].places[i]);
		}
	if (options->json) {
		(void)json_dumpf(array, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_decref(array);
}

static bool make_all(const struct options *options, const struct plan *plan, size_t first,
		     const struct made *given, struct file_set *set)
{
	struct made made[PLAN_ROWS] = { { 0 } };
	bool right = true;

	for (size_t row = first; right && row < PLAN_ROWS; row++) {
		const struct made *issuer = plan[row].issuer == ISSUER_SELF ? NULL :
			plan[row].issuer == ISSUER_GIVEN || (size_t)plan[row].issuer < first ? given :
			&made[plan[row].issuer];

		right = make_row(options, &plan[row], &made[row], issuer) &&
			write_files(set, options, &plan[row], &made[row]);
	}
	for (size_t row = 0; row < PLAN_ROWS; row++) {
		EVP_PKEY_free(made[row].key);
		X509_free(made[row].certificate);
	}
	return right && file_set_place(set);
}

/* The CA that was named: its certificate, and its key. */
static enum exit_code read_authority(struct options *options, struct key *authority)
{
	if (!options->ca || !options->ca_key)
		return usage_error("keygen", "--ca and --ca-key belong together");
	if (key_read_certificate(authority, options->ca) < 0)
		return EXIT_FAILED;
	if (X509_check_ca(authority->certificate) != 1) {
		complain(options->ca, "use as CA", "it is not the certificate of a CA");
		return EXIT_FAILED;
	}
	return key_read_private(authority, options->ca_key, &options->passphrase) < 0 ? EXIT_FAILED : EXIT_OK;
}

static enum exit_code keygen(struct options *options)
{
	const struct plan *plan = options->system ? system_plan : product_plan;
	struct key authority = { 0 };
	struct file_set set = { 0 };
	bool has_ca = options->ca || options->ca_key;
	/* Without its first row where the CA is there. */
	size_t first = has_ca && !options->system ? 1 : 0;
	enum exit_code code = has_ca ? read_authority(options, &authority) : EXIT_OK;
	struct made given = { authority.key, authority.certificate };

	if (code == EXIT_OK && options->encrypt) {
		options->secret_length = passphrase_read(&options->passphrase, options->secret,
							 sizeof(options->secret) - 1, true);
		if (options->secret_length <= 0) {
			complain("passphrase", "read", "there is none");
			code = EXIT_FAILED;
		}
	}
	if (code == EXIT_OK && !file_set_start(&set, options->directory))
		code = EXIT_FAILED;
	for (size_t row = first; code == EXIT_OK && row < PLAN_ROWS; row++)
		for (size_t i = 0; code == EXIT_OK && i < 3; i++)
			if (plan[row].files[i] && file_set_refuses(&set, plan[row].files[i]))
				code = EXIT_FAILED;
	if (code == EXIT_OK && !make_all(options, plan, first, &given, &set))
		code = EXIT_FAILED;
	file_set_end(&set);
	if (code == EXIT_OK)
		print_places(options, plan, PLAN_ROWS, first);
	key_free(&authority);
	OPENSSL_cleanse(options->secret, sizeof(options->secret));
	return code;
}

/* An existing master key; its size, or -1 with a line. */
static ssize_t read_master_key(const char *path, uint8_t *key, size_t size)
{
	struct stat status;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0) {
		complain(path, "read", "%s", file == -EINVAL ? "not a regular file" : strerror(-file));
		return -1;
	}
	ssize_t length = read(file, key, size);

	if (length >= KMK_MIN && length <= LIMIT_KMK)
		return length;
	complain(path, "use as master key", "%lld bytes; it has %d to %d", (long long)status.st_size, KMK_MIN, LIMIT_KMK);
	return -1;
}

static enum exit_code evm_keygen(const struct options *options)
{
	static const struct plan plan = {
		NULL, NULL, NULL, 0, { "evm-key", "kmk", NULL },
		{ PATH_EVM_KEY ", mode 0400", PATH_KMK ", mode 0400", NULL },
	};
	static const struct plan evm_key_only = {
		NULL, NULL, NULL, 0, { "evm-key", NULL, NULL }, { PATH_EVM_KEY ", mode 0400", NULL, NULL },
	};
	uint8_t master[LIMIT_KMK + 1];
	char text[EVM_KEY_TEXT];
	struct file_set set = { 0 };
	ssize_t size = MASTER_KEY_SIZE;
	bool right = true;

	if (options->kmk) {
		size = read_master_key(options->kmk, master, sizeof(master));
		right = size > 0;
	} else {
		right = make_master_key(master);
	}
	right = right && file_set_start(&set, options->directory) && !file_set_refuses(&set, "evm-key") &&
		(options->kmk || !file_set_refuses(&set, "kmk")) &&
		make_evm_key(master, (size_t)size, text) &&
		file_set_add(&set, "evm-key", 0600, text, strlen(text)) &&
		(options->kmk || file_set_add(&set, "kmk", 0600, master, (size_t)size)) && file_set_place(&set);
	OPENSSL_cleanse(master, sizeof(master));
	file_set_end(&set);
	if (right)
		print_places(options, options->kmk ? &evm_key_only : &plan, 1, 0);
	return right ? EXIT_OK : EXIT_FAILED;
}

enum {
	OPTION_SYSTEM = 1000, OPTION_CA, OPTION_CA_KEY, OPTION_TYPE, OPTION_NAME, OPTION_DAYS, OPTION_PROFILES,
	OPTION_ENCRYPT, OPTION_PASSPHRASE_FILE, OPTION_PASSPHRASE_FD, OPTION_JSON, OPTION_KMK,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "system", no_argument, NULL, OPTION_SYSTEM },
	{ "ca", required_argument, NULL, OPTION_CA },
	{ "ca-key", required_argument, NULL, OPTION_CA_KEY },
	{ "type", required_argument, NULL, OPTION_TYPE },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "days", required_argument, NULL, OPTION_DAYS },
	{ "profiles", required_argument, NULL, OPTION_PROFILES },
	{ "encrypt", no_argument, NULL, OPTION_ENCRYPT },
	{ "passphrase-file", required_argument, NULL, OPTION_PASSPHRASE_FILE },
	{ "passphrase-fd", required_argument, NULL, OPTION_PASSPHRASE_FD },
	{ "kmk", required_argument, NULL, OPTION_KMK },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= NAME_MAX_BYTES &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._:-") == length;
}

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_SYSTEM:   options->system = true; break;
	case OPTION_CA:       options->ca = value; break;
	case OPTION_CA_KEY:   options->ca_key = value; break;
	case OPTION_PROFILES: options->profiles = value; break;
	case OPTION_ENCRYPT:  options->encrypt = true; break;
	case OPTION_JSON:     options->json = true; break;
	case OPTION_KMK:      options->kmk = value; break;
	case OPTION_PASSPHRASE_FILE: options->passphrase.file = value; break;
	case OPTION_PASSPHRASE_FD:   return option_number("keygen", "--passphrase-fd", value, 0, 1 << 20, &options->passphrase.descriptor);
	case OPTION_DAYS:            return option_number("keygen", "--days", value, 1, 36500, &options->days);
	case OPTION_TYPE:
		options->type = value;
		if (!is_key_type(value))
			return usage_error("keygen", "--type %s: rsa2048, rsa3072, rsa4096, p256 or p384", value);
		break;
	case OPTION_NAME:
		options->name = value;
		if (!is_name(value))
			return usage_error("keygen", "--name '%s': 1 to %d letters, digits, blanks and . _ : -", value,
					   NAME_MAX_BYTES);
		break;
	default:
		return usage_error("keygen", "wrong option");
	}
	return EXIT_OK;
}

enum exit_code cmd_keygen(int argc, char **argv)
{
	static struct options options = {
		.type = "rsa3072", .name = "ima-init", .profiles = DATA_DIR "/keys", .days = DAYS_DEFAULT,
		.passphrase.descriptor = -1,
	};
	bool helped;
	enum exit_code code = options_parse(help, long_options, argc, argv, set_option, &options, &helped);
	bool is_evm = optind < argc && strcmp(argv[optind], "evm-key") == 0;

	if (helped || code != EXIT_OK)
		return code;
	optind += is_evm;
	if (optind + 1 != argc)
		return usage_error("keygen", "one directory is named");
	options.directory = argv[optind];
	if (is_evm)
		return evm_keygen(&options);
	if (options.kmk)
		return usage_error("keygen", "--kmk belongs to imactl keygen evm-key");
	if (options.system && !options.ca)
		return usage_error("keygen", "--system needs --ca and --ca-key: the CA in the kernel issues the system's");
	return keygen(&options);
}
