/* SPDX-License-Identifier: MIT */
#include "format/sidecar.c"

#include "tap.h"

static struct sidecar_reader reader;
static const char *wrong;

/* Takes all of a text, as a reader of lines gives it; the last file that was taken is left in reader. */
static unsigned parse_text(const char *text, size_t length)
{
	const char *end = text + length;

	wrong = NULL;
	sidecar_start(&reader);
	while (!wrong && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((newline ? newline : end) - text);
		char *line = calloc(1, size + 1);

		memcpy(line, text, size);
		wrong = sidecar_line(&reader, line, size, newline);
		free(line);
		if (!wrong && !reader.open && (!path_is_plain(reader.path) || reader.values[SIDECAR_IMA].size == 0))
			abort();
		text += size + 1;
	}
	if (!wrong)
		wrong = sidecar_end(&reader);
	return wrong ? 0 : reader.files;
}

static void refused(const char *text, unsigned line, const char *says, const char *name)
{
	bool right = parse_text(text, strlen(text)) == 0 && wrong && reader.line == line &&
		strstr(wrong, says);

	ok(right, name);
	if (!right)
		printf("# line %u: \"%s\"\n", reader.line, wrong ? wrong : "taken");
}

static void accepted(const char *text, unsigned files, const char *name)
{
	ok(parse_text(text, strlen(text)) == files, name);
	if (wrong)
		printf("# line %u: \"%s\"\n", reader.line, wrong);
}

static bool is_value(enum sidecar_name name, const char *bytes, size_t size)
{
	return reader.values[name].size == size && memcmp(reader.values[name].bytes, bytes, size) == 0;
}

#define A "# file: a\nsecurity.ima=0x0302\n\n"

static void test_limits(void)
{
	static char text[3 * LIMIT_LINE];

	sprintf(text, "# file: %0*d\nsecurity.ima=0x03\n\n", LIMIT_RESTORED_PATH - 1, 0);
	accepted(text, 1, "a path as long as the limit says");
	sprintf(text, "# file: %0*d\nsecurity.ima=0x03\n\n", LIMIT_RESTORED_PATH, 0);
	refused(text, 1, "1024 bytes or more", "  and one byte more");
	sprintf(text, "# file: a\nsecurity.ima=0x%0*d\n\n", 2 * LIMIT_XATTR, 0);
	accepted(text, 1, "a value as large as the limit says");
	sprintf(text, "# file: a\nsecurity.ima=0x%0*d\n\n", 2 * LIMIT_XATTR + 2, 0);
	refused(text, 2, "1 to 1024 bytes", "  and one byte more");
	sprintf(text, "# file: %0*d\n", LIMIT_LINE - 1 - 8, 0);
	refused(text, 1, "1024 bytes or more", "a line as long as the limit says");
	sprintf(text, "# file: %0*d\n", LIMIT_LINE - 8, 0);
	refused(text, 1, "4096 bytes or more", "  and one byte more");
}

static void test_paths(void)
{
	accepted("# file: a/b/.c/d..\nsecurity.ima=0x03\n\n", 1, "dots in names");
	refused("# file: /a\nsecurity.ima=0x03\n\n", 1, "below the root", "an absolute path");
	refused("# file: \nsecurity.ima=0x03\n\n", 1, "below the root", "no path");
	refused("# file: .\nsecurity.ima=0x03\n\n", 1, "below the root", "the root");
	refused("# file: ./a\nsecurity.ima=0x03\n\n", 1, "below the root", ".");
	refused("# file: ..\nsecurity.ima=0x03\n\n", 1, "below the root", "..");
	refused("# file: a/../b\nsecurity.ima=0x03\n\n", 1, "below the root", ".. in the midst");
	refused("# file: a/b/..\nsecurity.ima=0x03\n\n", 1, "below the root", ".. at the end");
	refused("# file: a//b\nsecurity.ima=0x03\n\n", 1, "below the root", "//");
	refused("# file: a/\nsecurity.ima=0x03\n\n", 1, "below the root", "a / at the end");
	refused("# file: a/\\056./b\nsecurity.ima=0x03\n\n", 1, "below the root", ".. by an escape");
	refused("# file: \\057a\nsecurity.ima=0x03\n\n", 1, "below the root", "an absolute path by an escape");
	accepted("# file: a\\012b\\134\\377\nsecurity.ima=0x03\n\n", 1, "escapes");
	ok(strcmp(reader.path, "a\nb\\\377") == 0, "  are the bytes that they stand for");
	refused("# file: a\\12\nsecurity.ima=0x03\n\n", 1, "escape", "an escape of two digits");
	refused("# file: a\\1", 1, "newline", "an escape at the end of the file");
	refused("# file: a\\018\nsecurity.ima=0x03\n\n", 1, "escape", "an escape that is not octal");
	refused("# file: a\\000\nsecurity.ima=0x03\n\n", 1, "escape", "an escape of a NUL");
	refused("# file: a\\400\nsecurity.ima=0x03\n\n", 1, "escape", "an escape of more than a byte");
}

static void test_values(void)
{
	accepted("# file: a\nsecurity.evm=0x0502\nsecurity.ima=0x0302ff\nsecurity.capability=0x00\n\n", 1, "all three, in any order");
	ok(is_value(SIDECAR_IMA, "\x03\x02\xff", 3) && is_value(SIDECAR_EVM, "\x05\x02", 2) &&
	   is_value(SIDECAR_CAPABILITY, "", 1), "  with their values");
	accepted("# file: a\nsecurity.ima=0x03\nsecurity.evm=0x05\n\n# file: b\nsecurity.ima=0x04\n\n", 2, "two files");
	ok(is_value(SIDECAR_IMA, "\x04", 1) && reader.values[SIDECAR_EVM].size == 0, "  the second has nothing of the first");
	refused("# file: a\nsecurity.ima=0x030\n\n", 2, "0x and lower-case hex", "an odd number of digits");
	refused("# file: a\nsecurity.ima=0x\n\n", 2, "0x and lower-case hex", "no digit");
	refused("# file: a\nsecurity.ima=0x03AB\n\n", 2, "0x and lower-case hex", "capitals");
	refused("# file: a\nsecurity.ima=0X03\n\n", 2, "0x and lower-case hex", "0X");
	refused("# file: a\nsecurity.ima=0x03 \n\n", 2, "0x and lower-case hex", "a blank behind it");
	refused("# file: a\nsecurity.ima=0sAwI=\n\n", 2, "0x and lower-case hex", "base64");
	refused("# file: a\nsecurity.ima=\"a\"\n\n", 2, "0x and lower-case hex", "text");
	refused("# file: a\nsecurity.ima\n\n", 2, "none of", "no value");
	refused("# file: a\nuser.a=0x03\n\n", 2, "none of", "another attribute");
	refused("# file: a\nsecurity.imax=0x03\n\n", 2, "none of", "  that begins like one");
	refused("# file: a\n security.ima=0x03\n\n", 2, "none of", "a blank ahead");
	refused("# file: a\nsecurity.ima=0x03\nsecurity.ima=0x03\n\n", 3, "already", "an attribute twice");
	refused("# file: a\n\n", 2, "without security.ima", "no attribute");
	refused("# file: a\nsecurity.evm=0x05\n\n", 3, "without security.ima", "security.evm alone");
	refused("# file: a\nsecurity.ima=0x03\nsecurity.evm=0x0302\n\n", 4, "no portable", "security.evm of another type");
}

static void test_form(void)
{
	refused("", 0, "no file", "empty");
	refused("\n", 1, "does not begin", "an empty line ahead");
	refused(A "\n" A, 4, "does not begin", "two empty lines");
	refused("security.ima=0x03\n\n", 1, "does not begin", "a value without a file");
	refused("#file: a\nsecurity.ima=0x03\n\n", 1, "does not begin", "another first word");
	refused(A A, 4, "sorted", "a file twice");
	refused("# file: b\nsecurity.ima=0x03\n\n" A, 4, "sorted", "not sorted");
	refused("# file: a\n# file: b\nsecurity.ima=0x03\n\n", 2, "none of", "no empty line between two files");
	refused("# file: a\nsecurity.ima=0x03\n", 2, "no empty line", "no empty line at the end");
	refused("# file: a\nsecurity.ima=0x03", 2, "does not end", "no newline at the end");
	refused("# file: a\n", 1, "no empty line", "a file and nothing else");
	refused("# file: a\r\nsecurity.ima=0x03\r\n\r\n", 2, "0x and lower-case hex", "CR LF");
	ok(parse_text("# file: a\0b\nsecurity.ima=0x03\n\n", 30) == 0 && strstr(wrong, "NUL"), "a NUL byte");
	ok(parse_text("# file: a\nsecurity.ima=0x03\n\0\n", 30) == 0 && strstr(wrong, "NUL"), "  in an empty line");
}

int main(void)
{
	static const char good[] = "# file: a\nsecurity.capability=0x01\nsecurity.evm=0x0502\nsecurity.ima=0x0302\n\n"
		"# file: b/c\\012\nsecurity.ima=0x0404ff\n\n# file: sbin/init\nsecurity.ima=0x0302\nsecurity.evm=0x0502\n\n";

	accepted(good, 3, "three files");
	test_form();
	test_paths();
	test_values();
	test_limits();
	for (int i = 0; i < 50000; i++) {
		size_t length;
		char *mutated = tap_mutate(good, sizeof(good) - 1, &length);

		(void)parse_text(mutated, length);
		free(mutated);
	}
	ok(true, "50,000 damaged sidecars are survived, and no path that is taken leads out of the root");
	return tap_done();
}
