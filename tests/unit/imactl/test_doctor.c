/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "doctor.h"

struct list_row {
	const char *name;
	const char *list;
	bool named;
};

static const struct list_row list_rows[] = {
	{ "integrity alone", "integrity", true },
	{ "  first", "integrity,a", true },
	{ "  last", "a,integrity", true },
	{ "  as a part of a name", "integrity2,xintegrity", false },
	{ "  with blanks", "a, integrity", false },
	{ "  not there", "a,b", false },
	{ "an empty list", "", false },
	{ "no list", NULL, false },
};

static void is_named(void **state)
{
	const struct list_row *row = *state;

	assert_int_equal(names_module(row->list, "integrity"), row->named);
}

/* Of the check of that name. */
static void judge(const char *option, const char *line, struct finding *finding)
{
	struct doctor doctor = { .has_line = true };

	*finding = (struct finding){ .verdict = VERDICT_OK };
	assert_int_equal(kernel_command_line_parse(&doctor.line, line), 0);
	for (size_t i = 0; i < line_check_count; i++)
		if (strcmp(line_checks[i].option, option) == 0)
			line_checks[i].judge(&doctor, finding);
	kernel_command_line_free(&doctor.line);
}

struct line_row {
	const char *name;
	const char *option, *line;
	enum verdict verdict;
	const char *found;
};

static const struct line_row line_rows[] = {
	{ "ima-init by init=", "init=", "init=/ima/init", VERDICT_OK, "init=/ima/init" },
	{ "  and then another", "init=", "init=/ima/init init=/bin/sh", VERDICT_WRONG, "init=/bin/sh" },
	{ "  and then another behind --", "init=", "init=/ima/init -- init=/bin/sh", VERDICT_OK, "init=/ima/init" },
	{ "evm=fix", "evm=", "evm=fix", VERDICT_WRONG, "evm=fix" },
	{ "  none", "evm=", "", VERDICT_OK, "no evm=fix" },
	{ "a list of security modules with integrity", "lsm=", "lsm=a,integrity", VERDICT_OK, "lsm=a,integrity" },
	{ "  without", "lsm=", "lsm=a,b", VERDICT_WRONG, "lsm=a,b" },
	{ "variables, without their values", "environment", "LD_PRELOAD=/x A=b c=d", VERDICT_ADVICE, "LD_PRELOAD=, A=" },
	{ "  none", "environment", "c=d", VERDICT_OK, "no variables" },
};

static void is_judged(void **state)
{
	const struct line_row *row = *state;
	struct finding finding;

	judge(row->option, row->line, &finding);
	assert_string_equal(doctor_verdict_word(finding.verdict), doctor_verdict_word(row->verdict));
	assert_string_equal(finding.found, row->found);
}

/* Names of each length, so that they end at each place near the end of the text. */
static void many_variables_end_in_dots(void **state)
{
	struct finding finding;
	char line[8192];

	(void)state;
	for (int length = 1; length < 250; length++) {
		size_t used = 0;

		while (used + 256 < sizeof(line))
			used += (size_t)sprintf(line + used, "%0*d%c=x ", length, 0, 'A');
		judge("environment", line, &finding);
		assert_true(memchr(finding.found, '\0', sizeof(finding.found)) != NULL);
		assert_string_equal(finding.found + strlen(finding.found) - 5, ", ...");
	}
}

int main(void)
{
	ADD_ROWS(list_rows, is_named);
	ADD_ROWS(line_rows, is_judged);
	add_test("more variables than there is room for end in dots", many_variables_end_in_dots, NULL);
	return run_table("doctor");
}
