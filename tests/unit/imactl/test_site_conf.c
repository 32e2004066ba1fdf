/* SPDX-License-Identifier: MIT */
/* tests/fuzz/conf.c compares with ima-init's. */
#include "table.h"

#include "site_conf.h"

struct form_row {
	const char *name;
	const char *text;
	const char *wrong;           /* NULL: accepted */
	unsigned line;
};

static const struct form_row form_rows[] = {
	{ "an empty file", "", NULL, 1 },
	{ "comments and blank lines", "# a\n\n \t\n  # b = c\n", NULL, 5 },
	{ "without blanks", "evm=none\n", NULL, 2 },
	{ "with blanks", " evm \t=\t none \n", NULL, 2 },
	{ "no =", "# x\nevm none\n", "is not \"name = value\"", 2 },
	{ "an unknown name", "next = /x\n", "has an unknown name", 1 },
	{ "a name in capitals", "EVM = none\n", "has an unknown name", 1 },
	{ "two names", "evm = none\npolicy = none\n", NULL, 3 },
	{ "  the same", "evm = none\nevm = none\n", "repeats a name", 2 },
	{ "an empty value", "evm = \n", "has a wrong value", 1 },
	{ "CR LF", "evm = none\r\n", "has a byte that is not printable ASCII", 1 },
	{ "a byte-order mark", "\xef\xbb\xbf" "evm = none\n", "has a byte that is not printable ASCII", 1 },
	{ "no newline at the end", "evm = none", "does not end in a newline", 1 },
};

static const char *parse(struct site_conf *conf, const char *text, size_t size, unsigned *line)
{
	memset(conf, 0, sizeof(*conf));
	assert_true(size < sizeof(conf->text));
	memcpy(conf->text, text, size);
	site_conf_defaults(conf);
	return site_conf_parse(conf, size, line);
}

static void has_form(void **state)
{
	const struct form_row *row = *state;
	struct site_conf conf;
	unsigned line;
	const char *wrong = parse(&conf, row->text, strlen(row->text), &line);

	assert_int_equal(wrong != NULL, row->wrong != NULL);
	if (wrong)
		assert_string_equal(wrong, row->wrong);
	assert_int_equal(line, row->line);
}

static void a_nul_byte_is_wrong(void **state)
{
	static const char text[] = "evm = none\n\0\n";
	struct site_conf conf;
	unsigned line;

	(void)state;
	assert_string_equal(parse(&conf, text, sizeof(text) - 1, &line), "has a NUL byte");
}

struct value_row {
	const char *name;
	const char *text;
	const char *next_init, *evm, *evm_xattrs;
	bool kmk_trusted, policy_required, prove_exec;
};

static const struct value_row value_rows[] = {
	{ "the defaults", "", "/sbin/init", "hmac", "", false, true, true },
	{ "next-init", "next-init = /lib/x\n", "/lib/x", "hmac", "", false, true, true },
	{ "evm", "evm = x509\n", "/sbin/init", "x509", "", false, true, true },
	{ "evm-xattrs", "evm-xattrs = security.a security.b \n", "/sbin/init", "hmac", "security.a security.b",
	  false, true, true },
	{ "kmk = user", "kmk = user\n", "/sbin/init", "hmac", "", false, true, true },
	{ "kmk = trusted", "kmk = trusted keyhandle=1\n", "/sbin/init", "hmac", "", true, true, true },
	{ "kmk = trusted, without options", "kmk = trusted\n", "/sbin/init", "hmac", "", true, true, true },
	{ "policy = none", "policy = none\n", "/sbin/init", "hmac", "", false, false, true },
	{ "policy = required", "policy = required\n", "/sbin/init", "hmac", "", false, true, true },
	{ "prove-exec = no", "prove-exec = no\n", "/sbin/init", "hmac", "", false, true, false },
	{ "prove-exec = yes", "prove-exec = yes\n", "/sbin/init", "hmac", "", false, true, true },
	{ "what imactl does not look at", "require = tpm\nenv = A\nrescue = /x\non-failure = halt\n",
	  "/sbin/init", "hmac", "", false, true, true },
};

static void has_values(void **state)
{
	const struct value_row *row = *state;
	struct site_conf conf;
	unsigned line;

	assert_null(parse(&conf, row->text, strlen(row->text), &line));
	assert_string_equal(conf.next_init, row->next_init);
	assert_string_equal(conf.evm, row->evm);
	assert_string_equal(conf.evm_xattrs, row->evm_xattrs);
	assert_int_equal(conf.kmk_trusted, row->kmk_trusted);
	assert_int_equal(conf.policy_required, row->policy_required);
	assert_int_equal(conf.prove_exec, row->prove_exec);
}

/* What an initramfs depends on. */
struct initramfs_row {
	const char *name;
	const char *text;
	bool trusted_keyrings, next_init_given;
	const char *root;
};

static const struct initramfs_row initramfs_rows[] = {
	{ "the defaults of an initramfs", "", true, false, NULL },
	{ "trusted-keyrings = no", "trusted-keyrings = no\n", false, false, NULL },
	{ "trusted-keyrings = yes", "trusted-keyrings = yes\n", true, false, NULL },
	{ "root", "root = none\n", true, false, "none" },
	{ "the default next-init, given", "next-init = /sbin/init\n", true, true, NULL },
};

static void has_initramfs_values(void **state)
{
	const struct initramfs_row *row = *state;
	struct site_conf conf;
	unsigned line;

	assert_null(parse(&conf, row->text, strlen(row->text), &line));
	assert_int_equal(conf.trusted_keyrings, row->trusted_keyrings);
	assert_int_equal(conf.next_init_given, row->next_init_given);
	assert_string_equal(conf.root ? conf.root : "", row->root ? row->root : "");
}

/* What imactl provision goes by. */
struct device_row {
	const char *name;
	const char *text;
	const char *kmk_options, *kmk_pcrs, *device_keys;
	bool provision;
};

static const struct device_row device_rows[] = {
	{ "no keys of the device's", "", NULL, NULL, NULL, false },
	{ "kmk without options", "kmk = trusted\n", NULL, NULL, NULL, false },
	{ "with two", "kmk = trusted  a=1 b=2\n", "a=1 b=2", NULL, NULL, false },
	{ "kmk-pcrs", "kmk = trusted\nkmk-pcrs = 0 7\n", NULL, "0 7", NULL, false },
	{ "device-keys and provision", "device-keys = root\nprovision = yes\n", NULL, NULL, "root", true },
	{ "provision = no", "device-keys = efivarfs\nprovision = no\n", NULL, NULL, "efivarfs", false },
};

static bool same(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) == 0 : left == right;
}

static void has_device_values(void **state)
{
	const struct device_row *row = *state;
	struct site_conf conf;
	unsigned line;

	assert_null(parse(&conf, row->text, strlen(row->text), &line));
	assert_true(same(conf.kmk_options, row->kmk_options));
	assert_true(same(conf.kmk_pcrs, row->kmk_pcrs));
	assert_true(same(conf.device_keys, row->device_keys));
	assert_int_equal(conf.provision, row->provision);
}

int main(void)
{
	ADD_ROWS(form_rows, has_form);
	add_test("a NUL byte", a_nul_byte_is_wrong, NULL);
	ADD_ROWS(value_rows, has_values);
	ADD_ROWS(initramfs_rows, has_initramfs_values);
	ADD_ROWS(device_rows, has_device_values);
	return run_table("site_conf");
}
