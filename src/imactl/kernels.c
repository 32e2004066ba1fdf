/* SPDX-License-Identifier: MIT */
/*
 * What kernels can use. The rows were read in the kernel files that are named with them, of
 * Linux 6.1 and 6.12, and tried there: tests/boot/verdicts.t.
 */
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "hash.h"
#include "report.h"

/* Something that a kernel can use from a version on, if an option is built in. */
struct usable {
	int id;                      /* of what a table is about */
	unsigned from;               /* 0: all that are supported here */
	const char *option;          /* NULL: none of its own */
	const char *name;
};

/* x509_extract_key_data() in crypto/asymmetric_keys/x509_cert_parser.c, by NID */
static const struct usable key_types[] = {
	{ NID_rsaEncryption, 0, "CRYPTO_RSA", "RSA keys" },
	{ NID_X9_62_id_ecPublicKey, 0, "CRYPTO_ECDSA", "ECDSA keys" },
};

static const struct usable curves[] = {
	{ NID_X9_62_prime192v1, 0, NULL, "the curve P-192" },
	{ NID_X9_62_prime256v1, 0, NULL, "the curve P-256" },
	{ NID_secp384r1, 0, NULL, "the curve P-384" },
	{ NID_secp521r1, KERNEL_VERSION_OF(6, 10), NULL, "the curve P-521" },
};

/* rsa_check_key_length() in crypto/rsa.c, and pkcs1pad_verify(): the signature is as long */
static const int rsa_bytes[] = { 512 / 8, 1024 / 8, 1536 / 8, 2048 / 8, 3072 / 8, 4096 / 8 };
#define RSA_SIZES "1024, 1536, 2048, 3072 or 4096 bits"

/* software_key_determine_akcipher() in crypto/asymmetric_keys/public_key.c, by enum hash_algo */
static const struct usable hashes[] = {
	{ 2, 0, "CRYPTO_SHA1", "sha1" },
	{ 4, 0, "CRYPTO_SHA256", "sha256" },
	{ 5, 0, "CRYPTO_SHA512", "sha384" },
	{ 6, 0, "CRYPTO_SHA512", "sha512" },
	{ 7, 0, "CRYPTO_SHA256", "sha224" },
	{ 20, KERNEL_VERSION_OF(6, 7), "CRYPTO_SHA3", "sha3-256" },
	{ 21, KERNEL_VERSION_OF(6, 7), "CRYPTO_SHA3", "sha3-384" },
	{ 22, KERNEL_VERSION_OF(6, 7), "CRYPTO_SHA3", "sha3-512" },
};

/* x509_note_sig_algo() in x509_cert_parser.c: with RSA (PKCS #1 v1.5) and with ECDSA, by NID */
static const struct usable certificate_hashes[] = {
	{ NID_sha1, 0, "CRYPTO_SHA1", "certificates signed with SHA-1" },
	{ NID_sha224, 0, "CRYPTO_SHA256", "certificates signed with SHA-224" },
	{ NID_sha256, 0, "CRYPTO_SHA256", "certificates signed with SHA-256" },
	{ NID_sha384, 0, "CRYPTO_SHA512", "certificates signed with SHA-384" },
	{ NID_sha512, 0, "CRYPTO_SHA512", "certificates signed with SHA-512" },
	{ NID_sha3_256, KERNEL_VERSION_OF(6, 7), "CRYPTO_SHA3", "certificates signed with SHA3-256" },
	{ NID_sha3_384, KERNEL_VERSION_OF(6, 7), "CRYPTO_SHA3", "certificates signed with SHA3-384" },
	{ NID_sha3_512, KERNEL_VERSION_OF(6, 7), "CRYPTO_SHA3", "certificates signed with SHA3-512" },
};

/* x509_process_extension() reads both from 6.4 on, restrict_link_by_digsig() asks for them from 6.6 on */
#define READS_BASIC_CONSTRAINTS KERNEL_VERSION_OF(6, 4)
#define WANTS_DIGITAL_SIGNATURE KERNEL_VERSION_OF(6, 6)

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static unsigned oldest(const struct kernels *kernels)
{
	return kernels->oldest ? kernels->oldest : KERNELS_OLDEST;
}

static bool any_from(const struct kernels *kernels, unsigned version)
{
	return (kernels->newest ? kernels->newest : KERNELS_NEWEST) >= version;
}

bool kernels_build_in(const struct kernels *kernels, const char *option)
{
	const char *value = kernel_config_value(&kernels->config, option);

	return kernels->config.count == 0 || (value && strcmp(value, "y") == 0);
}

__attribute__((format(printf, 2, 3)))
static bool refuse(char *reason, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, KERNELS_REASON, format, arguments);
	va_end(arguments);
	return false;
}

static bool take_row(const struct kernels *kernels, const struct usable *row, char *reason)
{
	if (oldest(kernels) < row->from)
		return refuse(reason, "Linux %u.%u does not know %s, %u.%u does", oldest(kernels) / 1000,
			      oldest(kernels) % 1000, row->name, row->from / 1000, row->from % 1000);
	if (row->option && !kernels_build_in(kernels, row->option))
		return refuse(reason, "the kernel does not know %s: CONFIG_%s=y is not set", row->name,
			      row->option);
	return true;
}

static const struct usable *find_row(const struct usable *rows, size_t count, int id)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

bool kernels_take_hash(const struct kernels *kernels, unsigned id, char *reason)
{
	const struct usable *row = find_row(hashes, ROWS(hashes), (int)id);

	return row ? take_row(kernels, row, reason)
		   : refuse(reason, "the kernel does not know this digest; it knows sha256, sha384, sha512");
}

/* ---- keys ---- */

static const char *name_of(int nid)
{
	const char *name = OBJ_nid2ln(nid);

	return name ? name : "unknown";
}

static bool take_rsa(EVP_PKEY *key, char *reason)
{
	for (size_t i = 0; i < ROWS(rsa_bytes); i++)
		if (EVP_PKEY_get_size(key) == rsa_bytes[i])
			return true;
	return refuse(reason, "it is an RSA key of %d bits; the kernel uses " RSA_SIZES,
		      EVP_PKEY_get_bits(key));
}

/* ecdsa_set_pub_key() in crypto/ecdsa.c: a point in full, which begins with a 4 */
static bool take_point(X509 *certificate, char *reason)
{
	const ASN1_BIT_STRING *point = X509_get0_pubkey_bitstr(certificate);

	if (point && ASN1_STRING_length(point) > 0 && ASN1_STRING_get0_data(point)[0] == 4)
		return true;
	return refuse(reason, "its key is a compressed point; the kernel uses uncompressed ones");
}

bool kernels_take_key(const struct kernels *kernels, X509 *certificate, char *reason)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int type = key ? EVP_PKEY_get_base_id(key) : NID_undef;
	const struct usable *row = find_row(key_types, ROWS(key_types), type);

	ERR_clear_error();
	if (!row)
		return refuse(reason, "the kernel does not know keys of the type %s; it knows RSA and ECDSA",
			      name_of(type));
	if (!take_row(kernels, row, reason))
		return false;
	return type == NID_rsaEncryption ? take_rsa(key, reason) : take_point(certificate, reason);
}

/* ---- certificates ---- */

/* Explicit parameters are no name of a curve. */
static bool take_curve(const struct kernels *kernels, const X509_ALGOR *algorithm, char *reason)
{
	const void *parameters;
	int type;

	X509_ALGOR_get0(NULL, &type, &parameters, algorithm);
	if (type != V_ASN1_OBJECT)
		return refuse(reason, "its curve is given by parameters; the kernel knows curves by name");
	int curve = OBJ_obj2nid(parameters);
	const struct usable *row = find_row(curves, ROWS(curves), curve);

	return row ? take_row(kernels, row, reason)
		   : refuse(reason, "the kernel does not know the curve %s; it knows P-256 and P-384",
			    name_of(curve));
}

static bool take_key_form(const struct kernels *kernels, X509 *certificate, char *reason)
{
	X509_ALGOR *algorithm;
	const ASN1_OBJECT *object;

	X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(certificate));
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	int type = OBJ_obj2nid(object);

	if (!find_row(key_types, ROWS(key_types), type))
		return refuse(reason, "the kernel does not know keys of the type %s; it knows RSA and ECDSA",
			      name_of(type));
	return type == NID_rsaEncryption || take_curve(kernels, algorithm, reason);
}

static bool take_signature(const struct kernels *kernels, X509 *certificate, char *reason)
{
	int nid = X509_get_signature_nid(certificate), hash = NID_undef, type = NID_undef;
	const X509_ALGOR *outer;

	X509_get0_signature(NULL, &outer, certificate);
	if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(certificate)) != 0)
		return refuse(reason, "it names two algorithms for its one signature");
	(void)OBJ_find_sigid_algs(nid, &hash, &type);
	const struct usable *row = find_row(certificate_hashes, ROWS(certificate_hashes), hash);

	if (!row || !find_row(key_types, ROWS(key_types), type))
		return refuse(reason, "it is signed with %s, which the kernel does not know; have it issued "
			      "with SHA-256", name_of(nid));
	return take_row(kernels, row, reason);
}

/* x509_decode_time(): the calendar's own limits are OpenSSL's to know */
static bool take_time(const ASN1_TIME *time, char *reason)
{
	const char *text = (const char *)ASN1_STRING_get0_data(time);
	int length = ASN1_STRING_length(time);
	bool is_utc = ASN1_STRING_type(time) == V_ASN1_UTCTIME;
	int year = 0;

	if (length != (is_utc ? 13 : 15) || text[length - 1] != 'Z' || ASN1_TIME_check(time) != 1)
		return refuse(reason, "a date of its validity is not in the form that the kernel reads");
	for (int i = 0; i < length - 11; i++)
		year = 10 * year + (text[i] - '0');
	if (is_utc)
		year += year >= 50 ? 1900 : 2000;
	if (year < 1970 || (!is_utc && year >= 1950 && year <= 2049))
		return refuse(reason, "a date of its validity is before 1970, or before 2050 and not a UTCTime");
	return true;
}

/* x509_process_extension(): an OCTET STRING with a length of one byte */
static bool take_key_identifier(const uint8_t *data, int size, unsigned *seen, char *reason)
{
	if (++*seen > 1 || size < 3 || data[0] != V_ASN1_OCTET_STRING || data[1] != size - 2)
		return refuse(reason, "its subject key identifier is given twice, is empty, or has more "
			      "than 127 bytes");
	return true;
}

static bool take_basic_constraints(const uint8_t *data, int size, char *reason)
{
	bool is_sequence = size >= 2 && data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) &&
		data[1] == size - 2;

	if (is_sequence && (data[1] == 0 || (size >= 5 && memcmp(data + 2, "\x01\x01\xff", 3) == 0)))
		return true;
	return refuse(reason, "its basicConstraints are not CA:TRUE or empty, as newer kernels want them");
}

static bool take_key_usage(const uint8_t *data, int size, char *reason)
{
	if (size >= 4 && data[0] == V_ASN1_BIT_STRING && data[2] < 8)
		return true;
	return refuse(reason, "its keyUsage is empty, which newer kernels do not read");
}

static bool take_extensions(const struct kernels *kernels, const X509 *certificate, char *reason)
{
	bool newer = any_from(kernels, READS_BASIC_CONSTRAINTS), taken = true;
	unsigned identifiers = 0;

	for (int i = 0; taken && i < X509_get_ext_count(certificate); i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate, i);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
		const uint8_t *data = ASN1_STRING_get0_data(value);
		int size = ASN1_STRING_length(value);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		if (nid == NID_subject_key_identifier)
			taken = take_key_identifier(data, size, &identifiers, reason);
		else if (nid == NID_basic_constraints && newer)
			taken = take_basic_constraints(data, size, reason);
		else if (nid == NID_key_usage && newer)
			taken = take_key_usage(data, size, reason);
	}
	return taken;
}

bool kernels_take_certificate(const struct kernels *kernels, X509 *certificate, char *reason)
{
	/* x509_note_params() waits for a subject, and x509_key_preparse() takes its length. */
	if (X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0)
		return refuse(reason, "its subject is empty; give it a common name");
	return take_key_form(kernels, certificate, reason) &&
		take_signature(kernels, certificate, reason) &&
		take_time(X509_get0_notBefore(certificate), reason) &&
		take_time(X509_get0_notAfter(certificate), reason) &&
		take_extensions(kernels, certificate, reason);
}

#define IS_CA                1U
#define MAY_SIGN             2U
#define MAY_SIGN_CERTIFICATE 4U

/* As x509_process_extension() finds them, whatever OpenSSL makes of the certificate. */
static unsigned flags_of(const uint8_t *data, int size, int nid)
{
	unsigned flags = 0;

	if (nid == NID_basic_constraints && size >= 5 && data[1] > 0)
		flags |= IS_CA;
	if (nid != NID_key_usage || size < 4)
		return flags;
	if (data[3] & 0x80)
		flags |= MAY_SIGN;
	if (data[3] & 0x04 && ((data[1] == 2 && data[2] <= 2) || (data[1] == 3 && size > 4)))
		flags |= MAY_SIGN_CERTIFICATE;
	return flags;
}

bool kernels_take_signer(const struct kernels *kernels, X509 *certificate, char *reason)
{
	unsigned flags = 0;

	if (!any_from(kernels, WANTS_DIGITAL_SIGNATURE))
		return true;
	for (int i = 0; i < X509_get_ext_count(certificate); i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate, i);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);

		flags |= flags_of(ASN1_STRING_get0_data(value), ASN1_STRING_length(value),
				  OBJ_obj2nid(X509_EXTENSION_get_object(extension)));
	}
	if (flags & IS_CA)
		return refuse(reason, "it is a CA's; newer kernels take no CA into this keyring");
	if (!(flags & MAY_SIGN))
		return refuse(reason, "its key usage lacks digitalSignature; newer kernels demand it");
	if (flags & MAY_SIGN_CERTIFICATE)
		return refuse(reason, "its key may sign certificates; newer kernels refuse that here");
	return true;
}

/* ---- --kernel ---- */

/* MAJOR.MINOR and nothing else. */
static bool read_version(const char *value, unsigned *version)
{
	unsigned major, minor;
	char rest;

	if (sscanf(value, "%3u.%3u%c", &major, &minor, &rest) != 2)
		return false;
	*version = KERNEL_VERSION_OF(major, minor);
	return true;
}

enum exit_code kernels_option(const char *command, const char *value, struct kernels *kernels)
{
	unsigned version;

	if (!read_version(value, &version)) {
		kernel_config_free(&kernels->config);
		if (kernel_config_read(&kernels->config, value) < 0)
			return EXIT_UNCHECKED;
		version = kernels->config.version;
		/* A configuration without a heading may be of any of them. */
	}
	if (version != 0 && version < KERNELS_OLDEST)
		return usage_error(command, "--kernel %s: Linux 6.1 is the oldest that is supported", value);
	kernels->oldest = kernels->newest = version;
	return EXIT_OK;
}
