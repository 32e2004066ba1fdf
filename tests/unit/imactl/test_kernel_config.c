/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include <errno.h>

#include <zlib.h>

#include "kernel_config.h"

struct option_row {
	const char *name;
	const char *text;
	const char *value;           /* of CONFIG_A; NULL: n */
};

static const struct option_row option_rows[] = {
	{ "y", "CONFIG_A=y\n", "y" },
	{ "m", "CONFIG_A=m\n", "m" },
	{ "n", "CONFIG_A=n\n", NULL },
	{ "not set", "# CONFIG_A is not set\n", NULL },
	{ "not there", "CONFIG_AB=y\n", NULL },
	{ "a comment is none", "CONFIG_B=y\n#CONFIG_A=y\n# CONFIG_A=y\n", NULL },
	{ "a number", "CONFIG_A=0x10\n", "0x10" },
	{ "a string", "CONFIG_A=\"a b\"\n", "a b" },
	{ "an empty string", "CONFIG_A=\"\"\n", "" },
	{ "quotes and backslashes inside", "CONFIG_A=\"\\\"a\\\\\"\n", "\"a\\" },
	{ "a quote that is never closed", "CONFIG_A=\"a b\n", NULL },
	{ "the last word counts", "CONFIG_A=m\nCONFIG_B=y\nCONFIG_A=y\n", "y" },
	{ "  also when it is no", "CONFIG_A=y\n# CONFIG_A is not set\n", NULL },
	{ "blanks behind", "CONFIG_A=y \t\n", "y" },
	{ "blanks in front", "CONFIG_B=y\n CONFIG_A=y\n", NULL },
	{ "CR LF", "CONFIG_A=y\r\n", "y" },
	{ "no newline at the end", "CONFIG_A=y", "y" },
	{ "a name that goes on", "CONFIG_B=y\nCONFIG_A-B=y\n", NULL },
};

static void has_value(void **state)
{
	const struct option_row *row = *state;
	struct kernel_config config;

	assert_int_equal(kernel_config_parse(&config, row->name, strdup(row->text)), 0);
	const char *value = kernel_config_value(&config, "A");

	assert_int_equal(value != NULL, row->value != NULL);
	if (value)
		assert_string_equal(value, row->value);
	kernel_config_free(&config);
}

struct version_row {
	const char *name;
	const char *line;
	unsigned version;
};

static const struct version_row version_rows[] = {
	{ "a version", "# Linux/x86 6.1.192 Kernel Configuration", 6001 },
	{ "  of two digits", "# Linux/arm64 6.12.0-rc1 Kernel Configuration", 6012 },
	{ "  another system", "# BSD/x86 6.1.192 Kernel Configuration", 0 },
	{ "  no number", "# Linux/x86 next Kernel Configuration", 0 },
};

static void has_version(void **state)
{
	const struct version_row *row = *state;
	struct kernel_config config;
	char text[128];

	(void)snprintf(text, sizeof(text), "#\n%s\nCONFIG_A=y\n", row->line);
	assert_int_equal(kernel_config_parse(&config, row->name, strdup(text)), 0);
	assert_int_equal(config.version, row->version);
	kernel_config_free(&config);
}

static int parse_line_of(size_t length)
{
	struct kernel_config config;
	char *text = malloc(length + 1);

	memset(text, 'x', length);
	memcpy(text, "CONFIG_A=", 9);
	text[length] = '\0';
	int error = kernel_config_parse(&config, "long", text);

	kernel_config_free(&config);
	return error;
}

static void what_is_no_configuration(void **state)
{
	struct kernel_config config;

	(void)state;
	assert_int_equal(kernel_config_parse(&config, "empty", strdup("")), -EBADMSG);
	assert_int_equal(config.count, 0);
	assert_int_equal(kernel_config_parse(&config, "text", strdup("A=y\nCONFIG_=y\n# CONFIG_A\n")), -EBADMSG);
	assert_int_equal(parse_line_of(LIMIT_KERNEL_CONFIG_LINE - 1), 0);
	assert_int_equal(parse_line_of(LIMIT_KERNEL_CONFIG_LINE), -EFBIG);
}

#define TEXT "CONFIG_A=y\n"
#define BYTES(text) text, sizeof(text) - 1

struct file_row {
	const char *name;
	const char *data;
	size_t size;
	bool packed;
	int cut;                     /* bytes off the end */
	int result;                  /* with a limit of 16 bytes */
};

static const struct file_row file_rows[] = {
	{ "plain text", BYTES(TEXT), false, 0, 0 },
	{ "gzip", BYTES(TEXT), true, 0, 0 },
	{ "  without its checksum", BYTES(TEXT), true, 8, -EBADMSG },
	{ "  without its end", BYTES(TEXT), true, 12, -EBADMSG },
	{ "nothing", "", 0, false, 0, 0 },
	{ "as many bytes as the limit", BYTES("0123456789abcdef"), false, 0, 0 },
	{ "  and one more", BYTES("0123456789abcdefg"), false, 0, -EFBIG },
	{ "the same unpacked", BYTES("0123456789abcdef"), true, 0, 0 },
	{ "  and one more", BYTES("0123456789abcdefg"), true, 0, -EFBIG },
	{ "a NUL byte", BYTES("CONFIG\0A=y\n"), false, 0, -EBADMSG },
	{ "  packed", BYTES("CONFIG\0A=y\n"), true, 0, -EBADMSG },
	{ "xz", BYTES("\xfd" "7zXZ\0"), false, 0, -EBADMSG },
	{ "zstd", BYTES("\x28\xb5\x2f\xfd$"), false, 0, -EBADMSG },
	{ "bzip2", BYTES("BZh91AY"), false, 0, -EBADMSG },
};

static const char *pack(const struct file_row *row)
{
	const char *path = scratch_path("config.gz");
	gzFile out = gzopen(path, "w");
	struct stat status;

	assert_int_equal(gzwrite(out, row->data, (unsigned)row->size), row->size);
	assert_int_equal(gzclose(out), Z_OK);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size - row->cut), 0);
	return path;
}

static void is_text(void **state)
{
	const struct file_row *row = *state;
	const char *path = row->packed ? pack(row) : scratch_file("config", row->data, row->size);
	char *text = NULL;

	assert_int_equal(kernel_text_read(path, 16, &text), row->result);
	if (row->result == 0)
		assert_string_equal(text, row->data);
	else
		assert_null(text);
	free(text);
}

static void only_regular_files(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
	assert_int_equal(kernel_text_read(scratch_path("fifo"), 16, &text), -EINVAL);
	assert_int_equal(kernel_text_read(scratch, 16, &text), -EINVAL);
	assert_int_equal(kernel_text_read("/dev/null", 16, &text), -EINVAL);
	assert_int_equal(kernel_text_read(scratch_path("is-not-there"), 16, &text), -ENOENT);
	assert_null(text);
}

int main(void)
{
	make_scratch();
	ADD_ROWS(option_rows, has_value);
	ADD_ROWS(version_rows, has_version);
	add_test("what is no configuration, and the longest line", what_is_no_configuration, NULL);
	ADD_ROWS(file_rows, is_text);
	add_test("a FIFO, a directory, a device, nothing", only_regular_files, NULL);
	return run_table("kernel_config");
}
