/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "evm_digest.h"
#include "options.h"

struct number_row {
	const char *name;
	const char *text;
	enum exit_code code;
	int number;                  /* from -5 to 100 */
};

static const struct number_row number_rows[] = {
	{ "a number", "7", EXIT_OK, 7 },
	{ "the least", "-5", EXIT_OK, -5 },
	{ "  and one less", "-6", EXIT_USAGE, 0 },
	{ "the most", "100", EXIT_OK, 100 },
	{ "  and one more", "101", EXIT_USAGE, 0 },
	{ "zeros in front are not octal", "010", EXIT_OK, 10 },
	{ "  and no hexadecimal", "0x10", EXIT_USAGE, 0 },
	{ "a letter behind", "7d", EXIT_USAGE, 0 },
	{ "a blank behind", "7 ", EXIT_USAGE, 0 },
	{ "a blank in front", " 7", EXIT_USAGE, 0 },
	{ "  and a tab", "\t7", EXIT_USAGE, 0 },
	{ "a plus", "+7", EXIT_USAGE, 0 },
	{ "a minus alone", "-", EXIT_USAGE, 0 },
	{ "a fraction", "7.0", EXIT_USAGE, 0 },
	{ "nothing", "", EXIT_USAGE, 0 },
	{ "a word", "seven", EXIT_USAGE, 0 },
	{ "what an int would make 7 of", "4294967303", EXIT_USAGE, 0 },
	{ "more than a long holds", "99999999999999999999", EXIT_USAGE, 0 },
};

static void is_number(void **state)
{
	const struct number_row *row = *state;
	int number = 4711;

	assert_int_equal(option_number("sign", "--days", row->text, -5, 100, &number), row->code);
	assert_int_equal(number, row->code == EXIT_OK ? row->number : 4711);
}

struct xattr_row {
	const char *name;
	const char *xattr;
	enum exit_code code;
	unsigned count;              /* of names that are added to security.there */
};

static const struct xattr_row xattr_rows[] = {
	{ "an attribute of security", "security.a", EXIT_OK, 1 },
	{ "  of another kind", "user.a", EXIT_USAGE, 0 },
	{ "  without a name", "security.", EXIT_USAGE, 0 },
	{ "  nothing", "", EXIT_USAGE, 0 },
	{ "one that is there", "security.there", EXIT_OK, 0 },
	{ "one that the kernel protects", "security.selinux", EXIT_OK, 0 },
};

static void is_added(void **state)
{
	const struct xattr_row *row = *state;
	struct evm_xattrs xattrs = { .names = { "security.there" }, .count = 1 };

	assert_int_equal(evm_xattrs_add(&xattrs, "sign", row->xattr), row->code);
	assert_int_equal(xattrs.count, 1 + row->count);
	if (row->count > 0)
		assert_string_equal(xattrs.names[1], row->xattr);
	assert_null(xattrs.names[xattrs.count]);
}

static void as_many_as_the_limit_says(void **state)
{
	static char names[EVM_XATTRS_MAX + 1][24];
	struct evm_xattrs xattrs = { .count = 0 };

	(void)state;
	for (int i = 0; i <= EVM_XATTRS_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "security.%d", i);
		assert_int_equal(evm_xattrs_add(&xattrs, "sign", names[i]),
				 i < EVM_XATTRS_MAX ? EXIT_OK : EXIT_USAGE);
	}
	assert_int_equal(xattrs.count, EVM_XATTRS_MAX);
	assert_null(xattrs.names[EVM_XATTRS_MAX]);
}

struct parse_row {
	const char *name;
	char *words[5];
	enum exit_code code;
	int option;                  /* the last that was set, 0: none */
	const char *value;
	int rest;                    /* the index of the first argument */
};

static const struct parse_row parse_rows[] = {
	{ "no option", { "sign", "tree" }, EXIT_OK, 0, NULL, 1 },
	{ "a flag", { "sign", "--force", "tree" }, EXIT_OK, 1, NULL, 2 },
	{ "a value behind =", { "sign", "--key=k", "tree" }, EXIT_OK, 2, "k", 2 },
	{ "a value of its own", { "sign", "--key", "k", "tree" }, EXIT_OK, 2, "k", 3 },
	{ "  none", { "sign", "--key" }, EXIT_USAGE, 0, NULL, 2 },
	{ "an unknown option", { "sign", "--keys" }, EXIT_USAGE, 0, NULL, 2 },
	{ "  behind --", { "sign", "--", "--keys" }, EXIT_OK, 0, NULL, 2 },
	{ "a value for a flag", { "sign", "--force=yes" }, EXIT_USAGE, 0, NULL, 2 },
	{ "what the function refuses", { "sign", "--key", "bad", "--force" }, EXIT_UNCHECKED, 2, "bad", 3 },
};

struct seen {
	int option;
	const char *value;
};

static enum exit_code set(void *data, int option, const char *value)
{
	*(struct seen *)data = (struct seen){ option, value };
	return value && strcmp(value, "bad") == 0 ? EXIT_UNCHECKED : EXIT_OK;
}

static void is_parsed(void **state)
{
	static const struct option list[] = {
		{ "force", no_argument, NULL, 1 }, { "key", required_argument, NULL, 2 }, { NULL, 0, NULL, 0 },
	};
	const struct parse_row *row = *state;
	struct parse_row copy = *row;
	struct seen seen = { 0, NULL };
	bool helped;
	int count = 0;

	while (count < (int)COUNT(copy.words) - 1 && copy.words[count])
		count++;
	optind = 0;
	assert_int_equal(options_parse("", list, count, copy.words, set, &seen, &helped), row->code);
	assert_false(helped);
	assert_int_equal(seen.option, row->option);
	if (row->value)
		assert_string_equal(seen.value, row->value);
	assert_int_equal(optind, row->rest);
}

struct owner_row {
	const char *name;
	const char *text;
	enum exit_code code;
	unsigned uid, gid;
};

static const struct owner_row owner_rows[] = {
	{ "an owner and a group", "0:100", EXIT_OK, 0, 100 },
	{ "the last of them", "4294967294:4294967294", EXIT_OK, 4294967294U, 4294967294U },
	{ "  and one more, which is none", "4294967295:0", EXIT_USAGE, 0, 0 },
	{ "  and what 32 bits would make root of", "4294967296:0", EXIT_USAGE, 0, 0 },
	{ "  also as a group", "0:4294967296", EXIT_USAGE, 0, 0 },
	{ "no group", "0", EXIT_USAGE, 0, 0 },
	{ "  an empty one", "0:", EXIT_USAGE, 0, 0 },
	{ "no owner", ":0", EXIT_USAGE, 0, 0 },
	{ "a sign", "0:+1", EXIT_USAGE, 0, 0 },
	{ "a blank", "0: 1", EXIT_USAGE, 0, 0 },
	{ "a third number", "0:0:0", EXIT_USAGE, 0, 0 },
	{ "names", "root:root", EXIT_USAGE, 0, 0 },
};

static void is_owner(void **state)
{
	static const char *const more[] = { NULL };
	const struct owner_row *row = *state;
	struct evm_target target = { .is_32_bit = true, .more = more };

	assert_int_equal(option_owner("sign", row->text, &target), row->code);
	assert_int_equal(target.owner_given, row->code == EXIT_OK);
	assert_int_equal(target.uid, row->uid);
	assert_int_equal(target.gid, row->gid);
	assert_true(target.is_32_bit);
	assert_ptr_equal(target.more, more);
}

int main(void)
{
	ADD_ROWS(owner_rows, is_owner);
	ADD_ROWS(number_rows, is_number);
	ADD_ROWS(xattr_rows, is_added);
	add_test("as many attributes as the limit says, and one more", as_many_as_the_limit_says, NULL);
	ADD_ROWS(parse_rows, is_parsed);
	return run_table("options");
}
