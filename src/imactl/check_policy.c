/* SPDX-License-Identifier: MIT */
/* What ima-init will say of a policy: its form, and what escapes it. */
#include "layout_checks.h"

#include <stdlib.h>
#include <string.h>

#include "format/policy.h"

/* NULL: it is right. */
static const char *form_wrong(char *text, size_t size, struct policy_form *form)
{
	for (char *line = text; line < text + size;) {
		char *end = memchr(line, '\n', (size_t)(text + size - line));
		size_t length = (size_t)((end ? end : text + size) - line);

		line[length] = '\0';
		const char *wrong = policy_line(form, line, length, end);

		if (wrong)
			return wrong;
		if (end)
			*end = '\n';
		line += length + 1;
	}
	return policy_end(form);
}

/* An unsigned file with a right digest, which some owner has and which is executed. */
struct trial {
	struct policy_access access;
	bool takes_digest;           /* a rule that is content with a digest lets it through */
	enum failure_code code;
};

static bool gets_through(struct layout *layout, const char *text, struct trial *trial,
			 const char *hook, const char *what)
{
	unsigned line;

	trial->access.hook = hook;
	enum policy_verdict verdict = policy_match(text, &trial->access, &line);
	bool takes_digest = verdict == POLICY_DEMANDS_DIGEST && trial->takes_digest;
	char why[160];

	if (verdict != POLICY_LEAVES_OUT && !takes_digest)
		return false;
	(void)snprintf(why, sizeof(why), "an unsigned file of uid %u can be %s: %s %s",
		       trial->access.owner, what,
		       takes_digest ? "a digest is enough for" :
		       line > 0 ? "it is left out of" : "no rule appraises it for", hook);
	tell_line(layout, PATH_POLICY, trial->code, line, why);
	return true;
}

static bool any_gets_through(struct layout *layout, const char *text, struct trial *trial)
{
	return gets_through(layout, text, trial, "MMAP_CHECK", "mapped executable") ||
	       gets_through(layout, text, trial, "BPRM_CHECK", "executed");
}

/*
 * As prove_restored() and prove_use() of ima-init with a file of root's on a tmpfs, and as
 * prove_exec() with one of another owner. On a disk EVM refuses what has a digest only.
 */
static void check_escape(struct layout *layout, const char *text, enum access_place place)
{
	const struct conf *conf = layout->conf;
	struct trial of_root = { { NULL, 0, place }, true,
				 conf->trusted_keyrings ? FAIL_POLICY_EXEMPTS : FAIL_POLICY_WEAK };
	struct trial of_other = { { NULL, CANARY_EXEC_UID, place }, conf->evm == EVM_MODE_NONE,
				  FAIL_POLICY_ESCAPED };

	if (place == ACCESS_ON_TMPFS && any_gets_through(layout, text, &of_root))
		return;
	if (conf->prove_exec)
		(void)any_gets_through(layout, text, &of_other);
}

void layout_check_policy(struct layout *layout, enum access_place place)
{
	const struct conf *conf = layout->conf;
	struct policy_form form = { .line = 0 };
	size_t size;

	if (!layout_lists(layout, PATH_POLICY)) {
		if (!conf->policy_required && conf->prove_exec && place == ACCESS_ON_TMPFS)
			tell(layout, PATH_CONF, FAIL_POLICY_EXEMPTS, "policy = none, and the rules of "
			     "the kernel leave a tmpfs out: add prove-exec = no");
		else if (!conf->policy_required && conf->prove_exec && place != ACCESS_NOWHERE)
			tell(layout, PATH_CONF, FAIL_POLICY_ESCAPED,
			     "policy = none, and the rules of a kernel without the patch leave "
			     PATH_CANARY_EXEC " out: add prove-exec = no");
		return;
	}
	char *text = read_inside(layout, PATH_POLICY, LIMIT_POLICY, &size, FAIL_FILE_MISSING);
	const char *wrong = text ? form_wrong(text, size, &form) : NULL;

	if (wrong)
		tell_line(layout, PATH_POLICY, FAIL_POLICY_INVALID, form.line, wrong);
	else if (text && place != ACCESS_NOWHERE)
		check_escape(layout, text, place);
	free(text);
}
