/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "explain.h"

struct line_row {
	const char *name;
	const char *line;
	const char *kind;            /* NULL: not known */
	const char *word, *file, *detail;
};

#define AUDIT "type=1800 audit(1.2:3): pid=1 op=appraise_data cause="

static const struct line_row line_rows[] = {
	{ "a failure code", "file-differs", "failure code", "file-differs", "", "" },
	{ "  and a part of it", "file-differ", NULL, NULL, NULL, NULL },
	{ "a verdict", "evm-bad", "verdict", "evm-bad", "", "" },
	{ "a cause", "cause=invalid-signature", "cause", "invalid-signature", "", "" },
	{ "  that nobody knows", "cause=invalid", NULL, NULL, NULL, NULL },
	{ "an audit record", AUDIT "\"invalid-hash\" name=\"/bin/a b\" dev=x", "cause", "invalid-hash", "/bin/a b", "" },
	{ "  without quotes", AUDIT "invalid-hash name=/bin/a dev=x", "cause", "invalid-hash", "/bin/a", "" },
	{ "  with a quote that is never closed", AUDIT "invalid-hash name=\"/bin/a", "cause", "invalid-hash", "/bin/a", "" },
	{ "a failure", "[ 1.2] ima-init: FAIL file-differs: /ima/x: why", "failure code", "file-differs", "", "/ima/x: why" },
	{ "  of an unknown code", "ima-init: FAIL file: /ima/x: why", NULL, NULL, NULL, NULL },
	{ "  that ends behind the code", "ima-init: FAIL file-differs", "failure code", "file-differs", "", "" },
	{ "  that ends behind the colon", "ima-init: FAIL file-differs:", "failure code", "file-differs", "", ":" },
	{ "a good boot", "ima-init: ok: version=0.1", "summary", "handing over", "", "" },
	{ "a cause that was cut", AUDIT "IMA-signature-req", "cause", "IMA-signature-required", "", "" },
	{ "  too short", AUDIT "IMA-s", NULL, NULL, NULL, NULL },
	{ "  and not at the end", AUDIT "IMA-signature-req comm=x", NULL, NULL, NULL, NULL },
	{ "an exit code that was cut", "panic! exitcode=0x00002a", NULL, NULL, NULL, NULL },
	{ "an errno", "errno=-13", "errno", "EACCES", "", "" },
	{ "nothing", "", NULL, NULL, NULL, NULL },
};

static void is_explained(void **state)
{
	const struct line_row *row = *state;
	struct answer answer;
	/* At the end of an allocation: a byte behind it is noticed. */
	char *line = strdup(row->line);
	bool known = explain(&answer, line);

	free(line);
	assert_int_equal(known, row->kind != NULL);
	if (!known)
		return;
	assert_string_equal(answer.kind, row->kind);
	assert_string_equal(answer.word, row->word);
	assert_string_equal(answer.file, row->file);
	assert_string_equal(answer.detail, row->detail);
}

static void what_follows_is_left_out(void **state)
{
	struct answer answer;
	char line[1024];

	(void)state;
	assert_true(explain(&answer, "file-differs"));
	(void)snprintf(line, sizeof(line), "ima-init: FAIL file-differs: what: %s", answer.remedy);
	assert_true(explain(&answer, line));
	assert_string_equal(answer.detail, "what");
}

int main(void)
{
	ADD_ROWS(line_rows, is_explained);
	add_test("the remedy is not part of what happened", what_follows_is_left_out, NULL);
	return run_table("explain");
}
