/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "permissions.h"

struct form_row {
	const char *name;
	const char *text;
	unsigned long wrong;         /* the line; 0: accepted */
};

static const struct form_row form_rows[] = {
	{ "no line", "", 0 },
	{ "a comment and an empty line", "# a\n\n \t\n", 0 },
	{ "a file", "/a f 644 0 0\n", 0 },
	{ "  without an end", "/a f 644 0 0", 1 },
	{ "  of five fields and five dashes", "/a f 644 0 0 - - - - -\n", 0 },
	{ "  of six dashes", "/a f 644 0 0 - - - - - -\n", 1 },
	{ "  with a number of devices", "/a f 644 0 0 1 - - - -\n", 1 },
	{ "  without a gid", "/a f 644 0\n", 1 },
	{ "the root", "/ d 755 0 0\n", 0 },
	{ "a path without a slash", "a f 644 0 0\n", 1 },
	{ "  with ..", "/a/../b f 644 0 0\n", 1 },
	{ "  that ends in .", "/a/. d 755 0 0\n", 1 },
	{ "  with an empty name", "/a//b f 644 0 0\n", 1 },
	{ "  with a slash at its end", "/a/ d 755 0 0\n", 1 },
	{ "  with names that begin with dots", "/.a/..b/... f 644 0 0\n", 0 },
	{ "a device", "/a c 600 0 0 1 3 - - -\n", 1 },
	{ "the highest mode", "/a f 7777 0 0\n", 0 },
	{ "  one more", "/a f 10000 0 0\n", 1 },
	{ "  not octal", "/a f 648 0 0\n", 1 },
	{ "  less than none", "/a f -1 0 0\n", 1 },
	{ "the highest uid", "/a f 644 4294967294 0\n", 0 },
	{ "  one more, which stands for none", "/a f 644 4294967295 0\n", 1 },
	{ "a uid that is a name", "/a f 644 root 0\n", 1 },
	{ "a CR", "/a f 644 0 0\r\n", 1 },
	{ "two paths", "/b f 644 0 0\n/a f 644 0 0\n", 0 },
	{ "  the same", "/b f 644 0 0\n/a f 644 0 0\n/b f 600 0 0\n", 3 },
	{ "a canary", "/a f 644 0 0\n/ima/canary f 644 0 0\n", 2 },
	{ "  the other", "/ima/canary-exec f 755 0 0\n", 1 },
};

static struct permissions *parse(const char *text, unsigned long *line, const char **wrong)
{
	/* fmemopen() takes no size of 0. */
	FILE *in = *text ? fmemopen((void *)text, strlen(text), "r") : fopen("/dev/null", "re");

	assert_non_null(in);
	struct permissions *permissions = permissions_parse(in, line, wrong);

	fclose(in);
	return permissions;
}

static void has_form(void **state)
{
	const struct form_row *row = *state;
	unsigned long line;
	const char *wrong;
	struct permissions *permissions = parse(row->text, &line, &wrong);

	assert_true((permissions == NULL) == (row->wrong != 0));
	assert_true((wrong == NULL) == (row->wrong == 0));
	if (row->wrong)
		assert_int_equal(line, row->wrong);
	permissions_free(permissions);
}

static void applies(void **state)
{
	unsigned long line;
	const char *wrong;
	struct permissions *permissions =
		parse("/ d 700 1 2\n/b f 4755 3 4\n/a f 600 5 6\n", &line, &wrong);
	struct stat file = { .st_mode = S_IFREG | 0644 }, other = file,
		    root = { .st_mode = S_IFDIR | 0755 };

	(void)state;
	assert_non_null(permissions);
	permissions_apply(permissions, "/b", &file);
	assert_int_equal(file.st_mode, S_IFREG | 04755);
	assert_int_equal(file.st_uid, 3);
	assert_int_equal(file.st_gid, 4);
	permissions_apply(permissions, "", &root);
	assert_int_equal(root.st_mode, S_IFDIR | 0700);
	permissions_apply(permissions, "b/c", &other);
	assert_int_equal(other.st_mode, S_IFREG | 0644);
	assert_int_equal(other.st_uid, 0);
	permissions_free(permissions);
}

int main(void)
{
	ADD_ROWS(form_rows, has_form);
	add_test("what a table names, and nothing else, is changed", applies, NULL);
	return run_table("permissions");
}
