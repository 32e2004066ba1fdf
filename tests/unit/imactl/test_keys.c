/* SPDX-License-Identifier: MIT */
/* Certificates are made when the tests run. */
#include "scratch.h"

#include <sys/ioctl.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "kernels.h"
#include "keys.h"

static EVP_PKEY *test_key;

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* NULL: without that extension. */
static X509 *make_certificate(const char *skid, const char *usage, const char *constraints)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"test",
						    -1, -1, 0), 1);
	assert_int_equal(X509_set_issuer_name(certificate, name), 1);
	assert_int_equal(X509_set_pubkey(certificate, test_key), 1);
	if (skid)
		add_extension(certificate, NID_subject_key_identifier, skid);
	if (usage)
		add_extension(certificate, NID_key_usage, usage);
	if (constraints)
		add_extension(certificate, NID_basic_constraints, constraints);
	assert_true(X509_sign(certificate, test_key, EVP_sha256()) > 0);
	return certificate;
}

enum encoding { DER, PEM, PEM_ENCRYPTED };

/* As bytes, with room behind them. */
static size_t encode(X509 *certificate, enum encoding encoding, uint8_t *data, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	int written = encoding == DER ? i2d_X509_bio(bio, certificate) :
		      encoding == PEM ? PEM_write_bio_X509(bio, certificate) :
		      PEM_ASN1_write_bio((i2d_of_void *)i2d_X509, PEM_STRING_X509, bio, certificate,
					 EVP_aes_128_cbc(), (const uint8_t *)"secret", 6, NULL, NULL);
	size_t length = (size_t)BIO_get_mem_data(bio, &text);

	assert_int_equal(written, 1);
	assert_true(length <= size);
	memcpy(data, text, length);
	BIO_free(bio);
	return length;
}

struct file_row {
	const char *name;
	int result;
	enum encoding encoding;
	const char *skid;
	int change;                  /* bytes more, which are NUL, or less */
};

static const struct file_row file_rows[] = {
	{ "PEM", 0, PEM, "hash", 0 },
	{ "  cut off", -1, PEM, "hash", -10 },
	{ "  with a passphrase, which nobody is asked for", -1, PEM_ENCRYPTED, "hash", 0 },
	{ "DER", 0, DER, "hash", 0 },
	{ "  cut off", -1, DER, "hash", -1 },
	{ "  with a byte behind it, which the kernel passes over", 0, DER, "hash", 1 },
	{ "a subject key identifier of four bytes", 0, DER, "01020304", 0 },
	{ "  of three", -1, DER, "010203", 0 },
	{ "  none", -1, DER, NULL, 0 },
};

/* Somebody who would answer each question on standard input; how much was asked for. */
static int read_with_answers(struct key *key, const char *path, int *left)
{
	int ends[2], input = dup(STDIN_FILENO), result;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "secret\n", 7), 7);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	result = key_read_certificate(key, path);
	assert_int_equal(ioctl(ends[0], FIONREAD, left), 0);
	assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
	(void)close(input);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return result;
}

static void is_read(void **state)
{
	const struct file_row *row = *state;
	X509 *certificate = make_certificate(row->skid, "digitalSignature", NULL);
	uint8_t data[4096] = { 0 };
	size_t length = encode(certificate, row->encoding, data, sizeof(data) - 1);
	const char *path = scratch_file("certificate", data, length + (size_t)row->change);
	struct key key;
	int left;

	assert_int_equal(read_with_answers(&key, path, &left), row->result);
	assert_int_equal(left, 7);
	if (row->result == 0) {
		const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(certificate);

		assert_memory_equal(key.id, skid->data + skid->length - 4, 4);
		assert_int_equal(EVP_PKEY_eq(key.key, test_key), 1);
		assert_int_equal(X509_cmp(key.certificate, certificate), 0);
		assert_string_equal(key.name, path);
	}
	key_free(&key);
	X509_free(certificate);
}

static void refused(const char *path)
{
	struct key key;

	assert_int_equal(key_read_certificate(&key, path), -1);
	assert_null(key.certificate);
	key_free(&key);
}

static void other_files_are_refused(void **state)
{
	static char large[64 * 1024];

	(void)state;
	refused(scratch_path("is-not-there"));
	refused(scratch);
	refused(scratch_file("empty", "", 0));
	refused(scratch_file("text", "certificate\n", 12));
	refused(scratch_file("large", large, sizeof(large)));
	assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
	refused(scratch_path("fifo"));
}

struct fit_row {
	const char *name;
	const char *usage, *constraints;
	const char *says;            /* a part of the reason; NULL: fit */
};

static const struct fit_row fit_rows[] = {
	{ "digitalSignature", "digitalSignature", NULL, NULL },
	{ "  and that it is no CA", "digitalSignature", "CA:FALSE", NULL },
	{ "  and that it is one", "digitalSignature", "CA:TRUE", "a CA's" },
	{ "  and keyCertSign", "digitalSignature,keyCertSign", NULL, "may sign certificates" },
	{ "another usage", "keyEncipherment", NULL, "lacks digitalSignature" },
	{ "no usage", NULL, NULL, "lacks digitalSignature" },
};

static void fits(void **state)
{
	const struct fit_row *row = *state;
	static const struct kernels any, old = { .newest = KERNEL_VERSION_OF(6, 5) };
	X509 *certificate = make_certificate("hash", row->usage, row->constraints);
	char reason[KERNELS_REASON] = "";

	assert_int_equal(kernels_take_signer(&any, certificate, reason), !row->says);
	assert_non_null(strstr(reason, row->says ? row->says : ""));
	assert_true(kernels_take_signer(&old, certificate, reason));
	X509_free(certificate);
}

struct private_row {
	const char *name;
	bool its_own;
	const char *cipher, *passphrase;
	int result;
};

static const struct private_row private_rows[] = {
	{ "its private key", true, NULL, NULL, 0 },
	{ "  another", false, NULL, NULL, -1 },
	{ "its private key with a passphrase", true, "secret", "secret\n", 0 },
	{ "  a wrong one", true, "secret", "Secret\n", -1 },
	{ "  none", true, "secret", "", -1 },
};

static void has_private_key(void **state)
{
	const struct private_row *row = *state;
	EVP_PKEY *private_key = row->its_own ? test_key : EVP_EC_gen("P-256");
	struct key key = { .name = OPENSSL_strdup("certificate") };
	struct passphrase passphrase = { .descriptor = -1 };
	FILE *out = fopen(scratch_path("private"), "w");

	assert_int_equal(PEM_write_PKCS8PrivateKey(out, private_key, row->cipher ? EVP_aes_128_cbc() : NULL,
						   row->cipher, row->cipher ? (int)strlen(row->cipher) : 0,
						   NULL, NULL), 1);
	fclose(out);
	if (row->passphrase)
		passphrase.file = scratch_file("passphrase", row->passphrase, strlen(row->passphrase));
	key.certificate = make_certificate("hash", "digitalSignature", NULL);
	assert_int_equal(key_read_private(&key, scratch_path("private"), &passphrase), row->result);
	assert_int_equal(key.key != NULL, row->result == 0);
	key_free(&key);
	if (!row->its_own)
		EVP_PKEY_free(private_key);
}

int main(void)
{
	make_scratch();
	test_key = EVP_EC_gen("P-256");
	ADD_ROWS(file_rows, is_read);
	add_test("what is no certificate is refused", other_files_are_refused, NULL);
	ADD_ROWS(fit_rows, fits);
	ADD_ROWS(private_rows, has_private_key);
	int failed = run_table("keys");

	EVP_PKEY_free(test_key);
	return failed;
}
