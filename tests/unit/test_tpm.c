/* SPDX-License-Identifier: MIT */
/* What a TPM may answer, and what it must not. */
#include <sys/socket.h>

#include "init/tpm.c"

#include "tap.h"

static struct boot boot;
static uint8_t sent[64];
static ssize_t sent_size;

/* A TPM that has its answer ready. */
static enum failure_code ask(enum failure_code (*question)(struct boot *boot), const uint8_t *answer, size_t size)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0 || send(ends[1], answer, size, 0) < 0)
		abort();
	boot.tpm = ends[0];
	boot.what[0] = '\0';
	enum failure_code code = question(&boot);

	sent_size = recv(ends[1], sent, sizeof(sent), 0);
	close(ends[0]);
	close(ends[1]);
	return code;
}

#define POLICY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER  "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
/* A TPMKey: OID, emptyAuth, parent, public area of 46 bytes, private area of 32. */
#define BEGIN   "30820070" "06062b0601040102" "a0030101ff" "020481000001"
#define PUBLIC(type, policy) "0430" "002e" type "000000d2" "0020" policy "0000"
#define PRIVATE(bytes) "0420" bytes

static const char *blob;

static enum failure_code ask_digest(struct boot *asked)
{
	return compare(asked, blob);
}

int main(void)
{
	uint8_t session[32] = { 0x80, 0x01, 0, 0, 0, 32, 0, 0, 0, 0, 0x03, 0, 0, 0x01, 0, 16 };
	uint8_t done[10] = { 0x80, 0x01, 0, 0, 0, 10 };
	uint8_t digest[44] = { 0x80, 0x01, 0, 0, 0, 44, 0, 0, 0, 0, 0, 32 };

	ok(ask(start_session, session, 32) == FAIL_NONE && boot.tpm_session == 0x03000001, "a session");
	ok(sent_size == 43 && memcmp(sent, "\x80\1\0\0\0\x2b\0\0\1\x76\x40\0\0\7\x40\0\0\7\0\x10", 20) == 0 &&
	   memcmp(sent + 36, "\0\0\1\0\x10\0\x0b", 7) == 0, "  what it was asked for");
	boot.tpm_session = 0;
	session[10] = 0x02;
	ok(ask(start_session, session, 32) == FAIL_KMK_REFUSED && !boot.tpm_session, "an HMAC session");
	session[10] = 0x03;
	ok(ask(start_session, session, 31) == FAIL_KMK_REFUSED && !boot.tpm_session, "a byte less");
	session[5] = 31;
	ok(ask(start_session, session, 31) == FAIL_KMK_REFUSED, "  that it says");
	ok(ask(start_session, session, 9) == FAIL_KMK_REFUSED, "less than a header");
	done[8] = 0x09;
	done[9] = 0x03;
	ok(ask(start_session, done, 10) == FAIL_KMK_REFUSED && strstr(boot.what, "0x903"), "no session left: TPM_RC_SESSION_MEMORY");
	ok(ask(add_pcrs, done, 10) == FAIL_KMK_REFUSED, "PCRs that it refuses");
	done[8] = done[9] = 0;

	boot.tpm_session = 0x03000001;
	boot.conf.kmk_pcrs = 0x800081;
	ok(ask(add_pcrs, done, 10) == FAIL_NONE, "PCRs");
	ok(sent_size == 26 && memcmp(sent + 6, "\0\0\1\x7f\3\0\0\1\0\0\0\0\0\1\0\x0b\3\x81\0\x80", 20) == 0,
	   "  0, 7 and 23, of SHA-256");
	ok(ask(add_pcrs, digest, 44) == FAIL_KMK_REFUSED, "more than it was asked for");

	for (int i = 0; i < 32; i++)
		digest[12 + i] = (uint8_t)i;
	blob = BEGIN PUBLIC("0008000b", POLICY) PRIVATE(OTHER);
	ok(ask(ask_digest, digest, 44) == FAIL_NONE, "the digest is the policy of the blob");
	blob = "3070" "06062b0601040102" "020481000001" PUBLIC("0008000b", POLICY) PRIVATE(OTHER);
	ok(ask(ask_digest, digest, 44) == FAIL_NONE, "  with a short length, and an authorization");
	static const char *const elsewhere[] = {
		BEGIN PUBLIC("0008000b", OTHER) PRIVATE(POLICY), /* among what the TPM has encrypted */
		BEGIN PUBLIC("0008000b", OTHER) PRIVATE(OTHER) "0420" POLICY,
		BEGIN "0430" "002e" "0008000b" "000000d2" "0000" "0000" POLICY "0000",
		"3070" "06062b0601040102" "0420" POLICY PUBLIC("0008000b", OTHER),
		BEGIN PUBLIC("0001000b", POLICY) PRIVATE(OTHER), BEGIN PUBLIC("0008000c", POLICY) PRIVATE(OTHER),
		"", "30", "3070", BEGIN, BEGIN "04", BEGIN "0484ffffffff", BEGIN "0430" "002e" "0008000b", POLICY,
		"0020" "0008000b" POLICY,
	};
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++) {
		blob = elsewhere[i];
		char name[32];

		snprintf(name, sizeof(name), "  it is not, in blob %zu", i);
		ok(ask(ask_digest, digest, 44) == FAIL_PCRS_DIFFER, name);
	}
	blob = BEGIN PUBLIC("0008000b", POLICY) PRIVATE(OTHER);
	digest[43] ^= 1;
	ok(ask(ask_digest, digest, 44) == FAIL_PCRS_DIFFER && strstr(boot.what, "1b1c1d1e1e"), "it is not");
	ok(ask(ask_digest, digest, 43) == FAIL_KMK_REFUSED, "a byte less of it");
	ok(ask(ask_digest, done, 10) == FAIL_KMK_REFUSED, "no digest");

	ok(ask(tpm_end_policy, done, 10) == FAIL_NONE && sent_size == 14 &&
	   memcmp(sent + 6, "\0\0\1\x65\3\0\0\1", 8) == 0, "the session is flushed");
	boot.tpm_session = 0x03000001;
	done[9] = 0x1;
	ok(ask(tpm_end_policy, done, 10) == FAIL_KMK_REFUSED, "it is not");
	return tap_done();
}
