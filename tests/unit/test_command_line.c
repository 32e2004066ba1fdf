/* SPDX-License-Identifier: MIT */
/*
 * Against the kernel's rules as lib/cmdline.c (6.1) states them; the boot tests
 * compare with what a kernel makes of such words.
 */
#include "format/command_line.c"

#include "tap.h"

/* The words as NAME or NAME=VALUE, with a `|` behind each. */
static const char *split(const char *text)
{
	static char out[512];
	char *copy = strdup(text), *line = copy;
	struct word word;
	size_t used = 0;

	out[0] = '\0';
	while (command_line_word(&line, &word))
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s%s|", word.name,
					 word.value ? "=" : "", word.value ? word.value : "");
	free(copy);
	return out;
}

int main(void)
{
	is_text(split("a b=c  d=\n"), "a|b=c|d=|", "words, values, an empty value");
	is_text(split("a=\"b c\" d"), "a=b c|d|", "quotes around a value");
	is_text(split("\"a=b c\" d"), "a=b c|d|", "quotes around a word");
	is_text(split("a=b\" \"c d"), "a=b\" \"c|d|", "quotes inside join, and stay");
	is_text(split("a=\"b c"), "a=b c|", "a quote that is never closed");
	is_text(split("\"a=\"b\"\" c"), "a=b\"|c|", "one quote only is taken off at the end");
	is_text(split("a -- evm=fix"), "a|", "nothing behind --");
	is_text(split("a --x evm=fix"), "a|--x|evm=fix|", "--x is not --");
	is_text(split("=a b"), "=a|b|", "a word that begins with =");
	is_text(split("a=b=c"), "a=b=c|", "the first = counts");
	is_text(split(""), "", "nothing");
	is_text(split("\""), "", "one quote");
	is_text(split("a\xa0" "b"), "a|b|", "a no-break space");
	is_text(split(" \t\n"), "", "blanks");

	ok(is_parameter("ima-appraise", "ima_appraise"), "- is _");
	ok(!is_parameter("ima_appraise_tcb", "ima_appraise"), "a longer name is another");
	ok(!is_parameter("ima_apprais", "ima_appraise"), "a shorter name is another");
	ok(names_appraise_tcb("tcb|appraise_tcb") && names_appraise_tcb("appraise_tcb|tcb"), "one of several policies");
	ok(!names_appraise_tcb("appraise_tcb2|tcb") && !names_appraise_tcb(""), "  and none of them");

	static const char seed[] = "root=/dev/vda ima_policy=\"tcb|appraise_tcb\" \"quoted word=x\" evm=fix -- -b";

	for (int i = 0; i < 200000; i++) {
		size_t length;
		char *text = tap_mutate(seed, sizeof(seed) - 1, &length);

		(void)split(text);
		free(text);
	}
	ok(true, "200,000 damaged command lines are survived");
	return tap_done();
}
