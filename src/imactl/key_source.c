/* SPDX-License-Identifier: MIT */
/* Where a private key comes from: a file, a PKCS#11 token, or a TPM. */

/* PKCS#11 comes by an engine: Debian 12 has no provider for it. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "key_source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/decoder.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "input.h"
#include "report.h"

/* What was asked for while a key was opened: by that a failure is told. */
struct asking {
	const struct passphrase *from;
	bool asked, given;
};

ssize_t key_file_read(const char *path, uint8_t *data, size_t size)
{
	/* O_NONBLOCK: a FIFO must not hang us. */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	size_t length = 0;
	int error = file < 0 || fstat(file, &status) < 0 ? errno
		: S_ISREG(status.st_mode)                ? 0
							 : EINVAL;

	while (error == 0 && length < size) {
		ssize_t count = read(file, data + length, size - length);

		if (count < 0 && errno != EINTR)
			error = errno;
		if (count == 0)
			break;
		if (count > 0)
			length += (size_t)count;
	}
	if (file >= 0)
		(void)close(file);
	if (error == 0 && length == size)
		error = EFBIG;
	if (error != 0) {
		complain(path, "read", "%s",
			 error == EINVAL ? "not a regular file" : strerror(error));
		return -1;
	}
	return (ssize_t)length;
}

/* The first line of a file or descriptor. */
static int read_line(int descriptor, char *text, int size)
{
	int length = 0;
	ssize_t count = 0;

	while (length < size && (count = read(descriptor, text + length, 1)) == 1 &&
	       text[length] != '\n')
		length++;
	return count < 0 ? -1 : length;
}

/* OpenSSL would otherwise ask on standard input. */
static bool has_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (terminal < 0)
		return false;
	(void)close(terminal);
	return true;
}

int passphrase_read(const struct passphrase *passphrase, char *text, int size, bool verify)
{
	int length = -1;

	if (passphrase->file) {
		int file = input_open(passphrase->file);

		length = file < 0 ? -1 : read_line(file, text, size);
		if (length < 0)
			complain(passphrase->file, "read passphrase", "%s",
				 input_reason(file < 0 ? -file : errno));
		if (file >= 0)
			(void)close(file);
	} else if (passphrase->descriptor >= 0) {
		length = read_line(passphrase->descriptor, text, size);
	} else if (size > 0 && has_terminal()) {
		const char *prompt = verify ? "Passphrase for the new keys: "
					    : "Passphrase of the key: ";

		length = EVP_read_pw_string(text, size, prompt, verify) == 0 ? (int)strlen(text)
									     : -1;
	}
	return length;
}

/* pem_password_cb: -1 ends the decoding. */
static int give_passphrase(char *text, int size, int writes, void *data)
{
	struct asking *asking = data;
	int length = passphrase_read(asking->from, text, size, false);

	(void)writes;
	asking->asked = true;
	asking->given = length >= 0;
	return length;
}

/* A URI may have the PIN in it (RFC 7512): up to there it says enough. */
static const char *without_pin(const char *uri, char *text, size_t size)
{
	static const char pin[] = "pin-value=";
	const char *found = strstr(uri, pin);

	(void)snprintf(text, size, "%.*s%s", found ? (int)(found - uri) : (int)strlen(uri), uri,
		       found ? "pin-value=..." : "");
	return text;
}

static void complain_of_key(const char *name, const char *reason)
{
	char text[512];

	complain(without_pin(name, text, sizeof(text)), "open key", "%s", reason);
}

/* OpenSSL knows a provider's keys only after it was loaded; the default one stays beside it. */
static bool load_tpm2(const char *name)
{
	/* Its library would write its own lines beside ours. */
	(void)setenv("TSS2_LOG", "all+NONE", 0);
	if (OSSL_PROVIDER_try_load(NULL, "tpm2", 1)) {
		/* Whatever a TPM can do as well: digests, random numbers. */
		(void)EVP_set_default_properties(NULL, "?provider=default");
		return true;
	}
	ERR_clear_error();
	complain_of_key(name,
			"OpenSSL's provider \"tpm2\" does not start: install the package tpm2-openssl; "
			"TPM2OPENSSL_TCTI names the TPM (default: /dev/tpmrm0)");
	return false;
}

/*
 * Where a private key in PEM form begins: what else may be ahead of it, such as the
 * parameters of `openssl ecparam -genkey` or a certificate, is of no use to the decoder.
 */
static const uint8_t *skip_to_private(const uint8_t *data, size_t length)
{
	static const char begin[] = "-----BEGIN ", end[] = "PRIVATE KEY-----";
	const uint8_t *at = data, *last = data + length;

	while ((at = memmem(at, (size_t)(last - at), begin, strlen(begin)))) {
		const uint8_t *newline = memchr(at, '\n', (size_t)(last - at));
		size_t line = (size_t)((newline ? newline : last) - at);

		if (memmem(at, line, end, strlen(end)))
			return at;
		at += strlen(begin);
	}
	return data;
}

static EVP_PKEY *decode_private(const uint8_t *data, size_t length, struct asking *asking)
{
	EVP_PKEY *key = NULL;
	OSSL_DECODER_CTX *context = OSSL_DECODER_CTX_new_for_pkey(&key, NULL, NULL, NULL,
								  EVP_PKEY_KEYPAIR, NULL, NULL);
	const unsigned char *next = skip_to_private(data, length);

	length -= (size_t)(next - data);
	if (!context ||
	    OSSL_DECODER_CTX_set_pem_password_cb(context, give_passphrase, asking) != 1 ||
	    OSSL_DECODER_from_data(context, &next, &length) != 1)
		key = NULL;
	OSSL_DECODER_CTX_free(context);
	return key;
}

/* What else is in the file: PEM says it in its first line; DER is tried. */
static const char *name_content(const uint8_t *data, size_t length, char *text, size_t size)
{
	static const char begin[] = "-----BEGIN ";
	const uint8_t *label = memmem(data, length, begin, strlen(begin));
	const uint8_t *next = data;
	X509 *certificate = label ? NULL : d2i_X509(NULL, &next, (long)length);

	if (label) {
		size_t left = length - (size_t)(label - data) - strlen(begin), used = 0;

		label += strlen(begin);
		while (used < left && used < 40 &&
		       (label[used] == ' ' || (label[used] >= '0' && label[used] <= 'Z')))
			used++;
		(void)snprintf(text, size, "%.*s", (int)used, (const char *)label);
	} else {
		(void)snprintf(text, size, "%s", certificate ? "CERTIFICATE" : "");
	}
	X509_free(certificate);
	return text;
}

static void complain_of_file(const char *path, const uint8_t *data, size_t length,
			     const struct asking *asking)
{
	char content[64], reason[256];

	(void)name_content(data, length, content, sizeof(content));
	if (asking->given)
		complain_of_key(path, "the passphrase that was given is not its passphrase");
	else if (asking->asked)
		complain_of_key(path, "it is encrypted, and no passphrase was given: write it into a file and "
				"name that, see --help");
	else if (strstr(content, "PRIVATE KEY"))
		complain_of_key(path, "the private key in it is damaged, or of a type that OpenSSL "
				"does not know");
	else if (*content) {
		(void)snprintf(reason, sizeof(reason), "it is not a private key, but holds a %s", content);
		complain_of_key(path, reason);
	} else
		complain_of_key(path, "it is not a private key: neither PEM nor DER");
}

/*
 * A wrong password shows at the first signature, and each counts towards the TPM's lockout: one is
 * made here, and not one a file.
 */
static EVP_PKEY *try_tpm_key(const char *name, EVP_PKEY *key)
{
	char query[64], reason[256];
	uint8_t digest[32] = { 0 }, signature[1024];
	size_t size = sizeof(signature);
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_pkey(NULL, key, key_source_query(key, query, sizeof(query)));
	bool signs = context && EVP_PKEY_sign_init(context) == 1 &&
		     EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
		     EVP_PKEY_sign(context, signature, &size, digest, sizeof(digest)) == 1;
	const char *data = NULL;

	EVP_PKEY_CTX_free(context);
	if (signs)
		return key;
	(void)ERR_peek_last_error_data(&data, NULL);
	(void)snprintf(reason, sizeof(reason), "the TPM does not sign with it: %s",
		       !data                              ? "it says no more"
		       : strstr(data, "authorization")    ? "the password is wrong, or none was asked for "
							     "(URI?pass)"
							   : data);
	complain_of_key(name, reason);
	EVP_PKEY_free(key);
	return NULL;
}

static EVP_PKEY *private_from_file(const char *path, struct asking *asking)
{
	static const char tpm_key[] = "-----BEGIN TSS2 PRIVATE KEY-----";
	uint8_t *data = OPENSSL_secure_malloc(KEY_FILE_MAX);
	ssize_t length = data ? key_file_read(path, data, KEY_FILE_MAX) : -1;
	EVP_PKEY *key = NULL;

	if (length < 0) {
		OPENSSL_secure_clear_free(data, KEY_FILE_MAX);
		return NULL;
	}
	bool in_tpm = memmem(data, (size_t)length, tpm_key, strlen(tpm_key)) != NULL;

	if (!in_tpm || load_tpm2(path)) {
		key = decode_private(data, (size_t)length, asking);
		if (!key)
			complain_of_file(path, data, (size_t)length, asking);
		else if (in_tpm)
			key = try_tpm_key(path, key);
	}
	OPENSSL_secure_clear_free(data, KEY_FILE_MAX);
	ERR_clear_error();
	return key;
}

/* Standard error goes into a file of memory; -1: it stays where it is. */
static int divert_errors(int *kept)
{
	int file = memfd_create("imactl", MFD_CLOEXEC);

	*kept = file < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (*kept >= 0)
		(void)dup2(file, STDERR_FILENO);
	return file;
}

static void restore_errors(int file, int kept, char *said, size_t size)
{
	ssize_t length = file < 0 ? 0 : pread(file, said, size - 1, 0);

	said[length < 0 ? 0 : length] = '\0';
	if (kept >= 0) {
		(void)dup2(kept, STDERR_FILENO);
		(void)close(kept);
	}
	if (file >= 0)
		(void)close(file);
}

/*
 * The engine returns one error for all: why, it writes on standard error, with the whole URI and
 * the PIN in it. So its words are taken from there and are not shown (libp11 0.4.12).
 */
static const char *token_reason(const char *said, const struct asking *asking)
{
	static const struct {
		const char *word, *reason;
	} reasons[] = {
		{ "Unable to load module",
		  "the PKCS#11 module cannot be loaded: PKCS11_MODULE_PATH names it" },
		{ "not a valid PKCS#11 URI", "it is not a valid PKCS#11 URI (RFC 7512)" },
		{ "No matching initialized token",
		  "there is no such token: check token=, and the module that PKCS11_MODULE_PATH names" },
		{ "Login failed", "the token refused the PIN: it is wrong, or locked by wrong ones" },
	};

	if (asking->asked && !asking->given)
		return "the token wants a PIN, and none was given: pin-source= in the URI names a file "
		       "with it";
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strstr(said, reasons[i].word))
			return reasons[i].reason;
	return "the token has no such private key: check object=, id= and type=private";
}

static EVP_PKEY *load_from_engine(ENGINE *engine, const char *uri, struct asking *asking,
				  char *said, size_t size)
{
	UI_METHOD *method = UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
	EVP_PKEY *key = NULL;
	int kept, file = divert_errors(&kept);

	if (method && ENGINE_init(engine) == 1) {
		key = ENGINE_load_private_key(engine, uri, method, asking);
		(void)ENGINE_finish(engine);
	}
	restore_errors(file, kept, said, size);
	UI_destroy_method(method);
	return key;
}

static EVP_PKEY *private_from_engine(const char *uri, struct asking *asking)
{
	ENGINE *engine = ENGINE_by_id("pkcs11");
	char said[4096];

	if (!engine) {
		ERR_clear_error();
		complain_of_key(uri, "OpenSSL has no engine \"pkcs11\": "
				"install the package libengine-pkcs11-openssl");
		return NULL;
	}
	EVP_PKEY *key = load_from_engine(engine, uri, asking, said, sizeof(said));

	ENGINE_free(engine);
	if (!key)
		complain_of_key(uri, token_reason(said, asking));
	OPENSSL_cleanse(said, sizeof(said));
	ERR_clear_error();
	return key;
}

static EVP_PKEY *private_from_tpm(const char *uri, struct asking *asking)
{
	if (!load_tpm2(uri))
		return NULL;
	UI_METHOD *method = UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
	OSSL_STORE_CTX *store = method ? OSSL_STORE_open(uri, method, asking, NULL, NULL) : NULL;
	EVP_PKEY *key = NULL;

	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (!info)
			break;
		key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	UI_destroy_method(method);
	if (!key)
		complain_of_key(uri, asking->asked && !asking->given
				? "the TPM's key wants a password, and none was given: write it into a "
				  "file and name that, see --help"
				: "the TPM has no such key, or does not answer: check the URI and "
				  "TPM2OPENSSL_TCTI");
	else
		key = try_tpm_key(uri, key);
	ERR_clear_error();
	return key;
}

static bool starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

EVP_PKEY *key_source_load(const char *name, const struct passphrase *passphrase)
{
	struct asking asking = { .from = passphrase };

	/* Now: what is said while a token is opened is not shown. */
	if (passphrase->file && access(passphrase->file, R_OK) < 0) {
		complain(passphrase->file, "read passphrase", "%s", strerror(errno));
		return NULL;
	}
	if (starts(name, "pkcs11:"))
		return private_from_engine(name, &asking);
	if (starts(name, "handle:") || starts(name, "object:"))
		return private_from_tpm(name, &asking);
	return private_from_file(name, &asking);
}

const char *key_source_query(const EVP_PKEY *key, char *text, size_t size)
{
	const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key);

	if (!provider)
		return NULL;
	(void)snprintf(text, size, "?provider=%s", OSSL_PROVIDER_get0_name(provider));
	return text;
}

static pthread_mutex_t tpm_lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_in_tpm(const EVP_PKEY *key)
{
	const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key);

	return provider && strcmp(OSSL_PROVIDER_get0_name(provider), "tpm2") == 0;
}

void key_source_lock(const EVP_PKEY *key)
{
	if (is_in_tpm(key))
		(void)pthread_mutex_lock(&tpm_lock);
}

void key_source_unlock(const EVP_PKEY *key)
{
	if (is_in_tpm(key))
		(void)pthread_mutex_unlock(&tpm_lock);
}
