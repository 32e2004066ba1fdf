/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/manifest.h"

/* What is on the disk, what the kernel is given, and what it answers. */
static const char *blob;
static char given[8192];
static int answer;

static key_serial_t fake_add_key(const char *type, const char *description, const void *data, size_t size,
				 key_serial_t ring)
{
	(void)ring;
	snprintf(given, sizeof(given), "%s %s: %.*s", type, description, (int)size, (const char *)data);
	errno = answer;
	return answer ? -1 : 1;
}

static enum failure_code fake_read(struct boot *boot, const char *path, char *buffer, size_t size, size_t *length)
{
	(void)boot;
	(void)path;
	if (strlen(blob) >= size)
		abort();
	*length = (size_t)(stpcpy(buffer, blob) - buffer);
	return FAIL_NONE;
}

#define add_key fake_add_key
#define manifest_read fake_read
#include "init/evm.c"

#include "tap.h"

/* 2 * (16 + 1 + 32 + 32) digits: a key of 32 bytes. */
static char hex[2 * (16 + 1 + 128 + 32) + 1];

static const char *check(const char *head, size_t digits, const char *tail)
{
	static char blob[1024];

	snprintf(blob, sizeof(blob), "%s%.*s%s", head, (int)digits, hex, tail);
	return evm_key_wrong(blob, strlen(blob), false);
}

/* Whatever seals: the kernel is given the type, the blob, and the words of init.conf. */
static void kmk_is_given(const char *options, const char *expected, const char *name)
{
	static struct boot boot;

	blob = "a1b2";
	boot.conf.kmk_options = options;
	ok(load_kmk(&boot) == FAIL_NONE, name);
	is_text(given, expected, "  as the kernel wants it");
	answer = ENODEV;
	ok(load_kmk(&boot) == FAIL_KMK_REFUSED && strstr(boot.what, "as a trusted key: ") &&
	   strstr(boot.what, "(error 19)"), "  and without the device the line says so");
	answer = 0;
	blob = "a1b2\n";
	ok(load_kmk(&boot) == FAIL_KMK_INVALID, "  a newline behind the blob");
}

int main(void)
{
	kmk_is_given("keyhandle=0x81000001", "trusted kmk: load a1b2 keyhandle=0x81000001", "a TPM's blob");
	kmk_is_given("keyhandle=0x81000001 hash=sha256  migratable=0",
		     "trusted kmk: load a1b2 keyhandle=0x81000001 hash=sha256  migratable=0", "  with more options");
	kmk_is_given("", "trusted kmk: load a1b2 ", "that of a TEE, CAAM or DCP");

	memset(hex, 'a', sizeof(hex) - 1);
	const size_t whole = 2 * (16 + 1 + 32 + 32);

	is_text(check("default user:kmk 32 ", whole, ""), NULL, "with the format's name");
	is_text(check("user:kmk 32 ", whole, ""), NULL, "without it");
	is_text(check("user:kmk 20 ", whole, ""), NULL, "the shortest key");
	is_text(check("user:kmk 128 ", 2 * (16 + 1 + 128 + 32), ""), NULL, "the longest key");

	ok(check("user:kmk 32 ", whole, "\n") != NULL, "a newline at the end");
	ok(check("user:kmk 32 ", whole - 2, "") != NULL, "a byte less");
	ok(check("user:kmk 32 ", whole + 2, "") != NULL, "a byte more");
	ok(check("user:kmk 32 ", whole - 1, "g") != NULL, "no hex");
	ok(check("user:kmk 32 ", whole, " x") != NULL, "a word more");
	ok(check("user:kmk 19 ", whole, "") != NULL, "too short a key");
	ok(check("user:kmk 129 ", whole, "") != NULL, "too long a key");
	ok(check("user:kmk 4294967328 ", whole, "") != NULL, "a length that wraps around to 32");
	ok(check("user:kmk 3x ", whole, "") != NULL, "a length that is no number");
	ok(check("trusted:kmk 32 ", whole, "") != NULL, "another type of master key");
	ok(check("user:kmk2 32 ", whole, "") != NULL, "another master key");
	ok(check("ecryptfs user:kmk 32 ", whole, "") != NULL, "another format");
	ok(check("", 0, "") != NULL, "nothing");
	ok(check("user:kmk", 0, "") != NULL, "the master key only");
	ok(check("user:kmk 32", 0, "") != NULL, "no blob");
	ok(check("user:kmk 32 ", 0, "") != NULL, "an empty blob");

	char seed[512];
	int length = snprintf(seed, sizeof(seed), "default user:kmk 32 %.*s", (int)whole, hex);

	for (int i = 0; i < 200000; i++) {
		size_t mutated_length;
		char *text = tap_mutate(seed, (size_t)length, &mutated_length);

		(void)evm_key_wrong(text, strlen(text), false);
		free(text);
	}
	ok(true, "200,000 damaged blobs are survived");
	static const char list[] = "security.ima\nsecurity.one\n";

	ok(has_line(list, "security.one", 12) && has_line(list, "security.ima", 12), "a name in the list of EVM");
	ok(!has_line(list, "security.on", 11) && !has_line(list, "security.ones", 13) &&
	   !has_line(list, "security", 8) && !has_line("", "security.one", 12), "  and others");
	return tap_done();
}
