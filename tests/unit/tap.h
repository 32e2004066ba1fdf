/* SPDX-License-Identifier: MIT */
/* Test Anything Protocol, and bytes to throw at a parser. */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

static void ok(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++tap_count, name);
	tap_failed += !passed;
}

/* The same in all but the text that is looked for, which a failure shows. */
__attribute__((unused))
static void is_text(const char *got, const char *expected, const char *name)
{
	bool same = got && expected ? strcmp(got, expected) == 0 : got == expected;

	ok(same, name);
	if (!same)
		printf("# got \"%s\", expected \"%s\"\n", got ? got : "(none)",
		       expected ? expected : "(none)");
}

static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

/* xorshift64: the same bytes in every run. */
__attribute__((unused))
static uint64_t tap_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15U;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/*
 * A text with up to four of its bytes changed, left out or doubled, at the very
 * end of an allocation, so that a sanitizer sees a read of one byte too many.
 * The caller frees it.
 */
__attribute__((unused))
static char *tap_mutate(const char *text, size_t length, size_t *mutated_length)
{
	char *work = malloc(length + 8);
	static const char bytes[] = "\0\n\r =\"#/.0aZ\x80\xff-_:";

	memcpy(work, text, length);
	for (uint64_t changes = 1 + tap_random() % 4; changes > 0 && length > 0; changes--) {
		size_t at = tap_random() % length;
		uint64_t kind = tap_random() % 4;

		if (kind == 0) {
			memmove(work + at, work + at + 1, --length - at);
		} else if (kind == 1 && changes < 8) {
			memmove(work + at + 1, work + at, length - at);
			length++;
		} else if (kind == 2) {
			work[at] = bytes[tap_random() % (sizeof(bytes) - 1)];
		} else {
			length = at;
		}
	}
	char *exact = malloc(length + 1);

	memcpy(exact, work, length);
	exact[length] = '\0';
	free(work);
	*mutated_length = length;
	return exact;
}

#endif
