/* SPDX-License-Identifier: MIT */
/*
 * A session of the TPM, for a master key that was sealed to the values of PCRs.
 * Trusted Platform Module Library 2.0, Part 3: four commands, of fixed bytes but for
 * the session and the PCRs.
 */
#include "tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "kernel_fs.h"
#include "format/text.h"

#define HEADER 10                    /* tag, size, code */
#define DIGEST 32
#define SESSION_TYPE 0x03            /* first byte of a policy session's handle: TPM_HT_POLICY_SESSION */
#define TAG  0x80, 0x01              /* TPM_ST_NO_SESSIONS */
#define SIZE(size) 0, 0, 0, (size)
#define RH_NULL 0x40, 0, 0, 0x07
#define SHA256  0, 0x0b

/* Tags of DER in a blob: security/keys/trusted-keys/tpm2key.asn1 */
#define DER_SEQUENCE   0x30
#define DER_OID        0x06
#define DER_EMPTY_AUTH 0xa0
#define DER_INTEGER    0x02
#define DER_OCTETS     0x04
#define POLICY_AT      (2 * (2 + 2 + 2 + 4 + 2)) /* digits ahead of a policy digest in a TPM2B_PUBLIC */

static void put_u32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/*
 * One command, one response, which has to have that size, or with @longer that or
 * more: what the TPM says ends up in the handle that the kernel is given.
 */
static enum failure_code command(struct boot *boot, const char *what,
				 const uint8_t *bytes, uint8_t *response, size_t size, size_t wanted,
				 bool longer)
{
	size_t sent = bytes[5];
	ssize_t length = write(boot->tpm, bytes, sent) == (ssize_t)sent
		? read(boot->tpm, response, size) : -1;
	int error = errno;

	if (length < 0)
		return fail(boot, FAIL_KMK_REFUSED, "kmk-pcrs: %s: " ERRNO_FORMAT, what, ERRNO(error));
	uint32_t code = length >= HEADER && get_u32(response + 2) == (uint32_t)length
		? get_u32(response + 6) : ~0U;

	if (code == 0 && ((size_t)length == wanted || (longer && (size_t)length > wanted)))
		return FAIL_NONE;
	return fail(boot, FAIL_KMK_REFUSED, "kmk-pcrs: %s: the TPM answers 0x%x, %d bytes", what, code,
		    (int)length);
}

static enum failure_code start_session(struct boot *boot)
{
	/* Nobody's key, bound to nothing, a nonce that nothing depends on: a policy has no secret. */
	static const uint8_t start[] = {
		TAG, SIZE(43), 0, 0, 0x01, 0x76, RH_NULL, RH_NULL, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0x01, 0, 0x10, SHA256,
	};
	_Static_assert(sizeof(start) == 43, "its size is in it");
	uint8_t response[HEADER + 4 + 2 + 64];
	enum failure_code code = command(boot, "StartAuthSession", start, response,
					 sizeof(response), HEADER + 4 + 2 + 16, true);

	if (code == FAIL_NONE && response[HEADER] != SESSION_TYPE)
		code = fail(boot, FAIL_KMK_REFUSED, "kmk-pcrs: no policy session");
	if (code == FAIL_NONE)
		boot->tpm_session = get_u32(response + HEADER);
	return code;
}

/* An empty digest: the TPM takes what the PCRs hold. */
static enum failure_code add_pcrs(struct boot *boot)
{
	uint32_t pcrs = boot->conf.kmk_pcrs;
	uint8_t add[] = {
		TAG, SIZE(26), 0, 0, 0x01, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, SHA256,
		3, (uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16),
	};
	uint8_t response[HEADER + 1];

	_Static_assert(sizeof(add) == 26, "its size is in it");
	put_u32(add + HEADER, boot->tpm_session);
	return command(boot, "PolicyPCR", add, response, sizeof(response), HEADER, false);
}

/*
 * A DER element of the blob, whose hex digits may end anywhere: its content, and moves on.
 * NULL: another tag, or not a length of at most 64 KiB.
 */
static const char *take_element(const char **at, uint32_t tag)
{
	uint32_t found, length = 0;
	unsigned more = 0;

	if (!text_hex(*at, 2, &found) || found != tag || !text_hex(*at + 2, 2, &length))
		return NULL;
	if (length >= 0x80) {
		more = length - 0x80;
		if (more < 1 || more > 2 || !text_hex(*at + 4, 2 * more, &length))
			return NULL;
	}
	const char *content = *at + 4 + 2 * more;

	*at = content;
	if (tag != DER_SEQUENCE) {
		if (strnlen(content, 2 * length) < 2 * length)
			return NULL;
		*at += 2 * length;
	}
	return content;
}

/*
 * The digits of the policy digest in the blob: TPMKey of trusted_tpm2.c (5.13), whose public
 * area is a TPM2B_PUBLIC of a sealed object. NULL: this is not such a blob, or it has no policy.
 */
static const char *policy_in(const char *blob)
{
	/* Behind its size: TPM_ALG_KEYEDHASH, TPM_ALG_SHA256; then attributes, and a digest's size. */
	static const char type[] = "0008000b", digest_size[] = "0020";
	const char *at = blob;

	if (!take_element(&at, DER_SEQUENCE) || !take_element(&at, DER_OID))
		return NULL;
	(void)take_element(&at, DER_EMPTY_AUTH);
	if (!take_element(&at, DER_INTEGER))
		return NULL;
	const char *public = take_element(&at, DER_OCTETS);

	if (!public || strnlen(public, POLICY_AT) < POLICY_AT || !text_starts(public + 4, type) ||
	    !text_starts(public + POLICY_AT - 4, digest_size))
		return NULL;
	return public + POLICY_AT;
}

/* Whether the blob was sealed under what the session says. */
static enum failure_code compare(struct boot *boot, const char *blob)
{
	uint8_t get[] = { TAG, SIZE(14), 0, 0, 0x01, 0x89, 0, 0, 0, 0 };
	uint8_t response[HEADER + 2 + DIGEST + 1];
	char digits[2 * DIGEST + 2];

	put_u32(get + HEADER, boot->tpm_session);
	enum failure_code code = command(boot, "PolicyGetDigest", get, response,
					 sizeof(response), HEADER + 2 + DIGEST, false);

	if (code != FAIL_NONE)
		return code;
	for (size_t i = 0; i < DIGEST; i++)
		(void)text_format(digits + 2 * i, 4, "%x%x", response[HEADER + 2 + i] >> 4,
				  response[HEADER + 2 + i] & 15);
	const char *policy = policy_in(blob);

	if (!policy)
		return fail(boot, FAIL_PCRS_DIFFER, "kmk is not a blob that was sealed under a policy");
	if (text_starts(policy, digits))
		return FAIL_NONE;
	return fail(boot, FAIL_PCRS_DIFFER, "kmk is not sealed under the policy of these PCRs now, %s", digits);
}

enum failure_code tpm_begin_policy(struct boot *boot, const char *blob)
{
	/* tpmrm0 would take the session away behind each command, and the kernel not find it. */
	AUTO_CLOSE int devices = kernel_fs_open("devtmpfs");

	boot->tpm = openat(devices, "tpm0", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (boot->tpm < 0)
		return fail(boot, FAIL_KMK_REFUSED, "kmk-pcrs: /dev/tpm0: " ERRNO_FORMAT, ERRNO(errno));
	enum failure_code code = start_session(boot);

	if (code == FAIL_NONE)
		code = add_pcrs(boot);
	return code == FAIL_NONE ? compare(boot, blob) : code;
}

enum failure_code tpm_end_policy(struct boot *boot)
{
	uint8_t flush[] = { TAG, SIZE(14), 0, 0, 0x01, 0x65, 0, 0, 0, 0 };
	uint8_t response[HEADER + 1];
	enum failure_code code = FAIL_NONE;

	put_u32(flush + HEADER, boot->tpm_session);
	if (boot->tpm_session)
		code = command(boot, "FlushContext", flush, response, sizeof(response), HEADER,
			       false);
	close_descriptor(&boot->tpm);
	return code;
}
