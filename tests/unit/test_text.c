/* SPDX-License-Identifier: MIT */
#include "format/text.c"

#include "tap.h"

static const char *formatted(char *out, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_format_list(out, size, format, arguments);
	va_end(arguments);
	return out;
}

int main(void)
{
	char out[64], small[8];
	uint32_t value = 7;
	size_t length;
	const char *list = "  one\ttwo ";

	is_text(formatted(out, sizeof(out), "%s %d %u %x%%", "a", -2147483647 - 1, 4294967295U, 0xbeefU),
		"a -2147483648 4294967295 beef%", "numbers as printf() writes them");
	is_text(formatted(out, sizeof(out), "%s", "a\nb\x1b[31m\xff"), "a?b?[31m?",
		"what is not printable is shown as ?");
	is_text(formatted(small, sizeof(small), "%s", "1234567"), "1234567", "exactly what fits");
	is_text(formatted(small, sizeof(small), "%s", "12345678"), "1234...", "what does not fit ends in ...");

	ok(text_hex("0123abcd", 8, &value) && value == 0x0123abcd, "hex digits");
	ok(!text_hex("0123ABCD", 8, &value) && value == 0x0123abcd, "no capitals, and nothing is set");
	ok(!text_hex("", 0, &value), "no digits");
	ok(!text_hex("123456789", 9, &value), "more than eight");
	ok(!text_hex("12g", 3, &value), "not a digit");

	const char *word = text_word(&list, &length);

	ok(word && text_is_word(word, length, "one"), "first word");
	word = text_word(&list, &length);
	ok(word && text_is_word(word, length, "two"), "second word");
	ok(text_word(&list, &length) == NULL, "no third word");
	ok(!text_is_word("one", 3, "on") && !text_is_word("on", 2, "one"), "a part is not the word");

	ok(text_starts("/ima/x", "/ima/") && !text_starts("/im", "/ima/"), "begins with");
	ok(text_ends("a.der", ".der") && !text_ends("der", ".der"), "ends with");

	is_text(errno_words(ENOPKG), "an algorithm that the kernel lacks", "ENOPKG has words");
	is_text(errno_words(EBADMSG), "malformed or damaged", "EBADMSG, of a key or a file system");
	is_text(errno_words(EKEYREJECTED), "wrong key or signature", "EKEYREJECTED");
	is_text(errno_words(524), "not supported", "the kernel's own ENOTSUPP");
	is_text(errno_words(ENOENT), strerror(ENOENT), "others as libc says");
	return tap_done();
}
