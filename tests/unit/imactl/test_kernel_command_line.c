/* SPDX-License-Identifier: MIT */
/* tests/unit/test_command_line.c splits lines into words. */
#include "table.h"

#include "kernel_command_line.h"

static void words_are_found(void **state)
{
	struct kernel_command_line line;

	(void)state;
	assert_int_equal(kernel_command_line_parse(&line, "ima-appraise=fix a ima_appraise=log b -- evm=fix"), 0);
	assert_string_equal(kernel_command_line_value(&line, "ima_appraise"), "log");
	assert_null(kernel_command_line_value(&line, "ima_apprais"));
	assert_null(kernel_command_line_value(&line, "ima_appraise_tcb"));
	assert_null(kernel_command_line_value(&line, "a"));
	assert_null(kernel_command_line_value(&line, "evm"));
	assert_true(kernel_command_line_has(&line, "a"));
	assert_true(kernel_command_line_has(&line, "ima_appraise"));
	assert_false(kernel_command_line_has(&line, "evm"));
	kernel_command_line_free(&line);
	kernel_command_line_free(&line);
}

struct environment_row {
	const char *name;
	char *word, *value;
	bool lands;
};

static const struct environment_row environment_rows[] = {
	{ "LD_PRELOAD", "LD_PRELOAD", "/x", true },
	{ "  without a value", "LD_PRELOAD", NULL, false },
	{ "  with a dot: a module's", "a.LD_PRELOAD", "/x", false },
	{ "small letters: a parameter", "root", "/dev/sda", false },
	{ "HOME: it is there anyhow", "HOME", "/", false },
	{ "BOOT_IMAGE: a boot loader's", "BOOT_IMAGE", "/boot/x", false },
	{ "BOOT_IMAGES: another", "BOOT_IMAGES", "/boot/x", true },
};

static void lands_in_environment(void **state)
{
	const struct environment_row *row = *state;
	const struct word word = { row->word, row->value };

	assert_int_equal(kernel_word_is_environment(&word), row->lands);
}

struct verity_row {
	const char *name;
	const char *create, *root;
	bool verified;
};

#define VERITY "0 8 verity 1 /dev/a /dev/b 4096 4096 1 1 sha256 aa bb"

static const struct verity_row verity_rows[] = {
	{ "verity", "root,,,ro," VERITY, "/dev/dm-0", true },
	{ "  of another device", "root,,,ro," VERITY, "/dev/dm-1", false },
	{ "  by another name", "root,,,ro," VERITY, "/dev/sda", false },
	{ "  with something behind the number", "root,,,ro," VERITY, "/dev/dm-0p1", false },
	{ "  a sign before the number", "root,,,ro," VERITY, "/dev/dm-+0", false },
	{ "  a blank before the number", "root,,,ro," VERITY, "/dev/dm- 0", false },
	{ "linear", "root,,,ro,0 8 linear /dev/a 0", "/dev/dm-0", false },
	{ "verity as an argument", "root,,,ro,0 8 linear verity 0", "/dev/dm-0", false },
	{ "damage ignored", "root,,,ro," VERITY " 1 ignore_corruption", "/dev/dm-0", false },
	{ "all tables", "root,,,ro," VERITY "," VERITY, "/dev/dm-0", true },
	{ "  but one", "root,,,ro," VERITY ",8 8 linear /dev/a 0", "/dev/dm-0", false },
	{ "no table", "root,,,ro", "/dev/dm-0", false },
	{ "the second device", "a,,,rw,0 8 linear /dev/a 0;root,,,ro," VERITY, "/dev/dm-1", true },
	{ "  and the first", "a,,,rw,0 8 linear /dev/a 0;root,,,ro," VERITY, "/dev/dm-0", false },
	{ "a number of its own", "root,,7,ro," VERITY, "/dev/dm-7", true },
	{ "  and not by its place", "root,,7,ro," VERITY, "/dev/dm-0", false },
	{ "nothing", "", "/dev/dm-0", false },
};

static void is_verified(void **state)
{
	const struct verity_row *row = *state;

	assert_int_equal(kernel_root_is_verity(row->create, row->root), row->verified);
}

int main(void)
{
	add_test("words are found by the kernel's rules, the last counts", words_are_found, NULL);
	ADD_ROWS(environment_rows, lands_in_environment);
	ADD_ROWS(verity_rows, is_verified);
	return run_table("kernel_command_line");
}
