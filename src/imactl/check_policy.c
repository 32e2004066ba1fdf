/* SPDX-License-Identifier: MIT */
/* What ima-init will say of a policy: its form, and what escapes it. The rest is the kernel's to judge. */
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

/* As prove_exec() does it, with a file that has a right digest and no signature. */
static void check_hook(struct layout *layout, const char *text, enum access_place place, const char *hook,
		       const char *what)
{
	const struct policy_access access = { hook, CANARY_EXEC_UID, place };
	unsigned line;
	enum policy_verdict verdict = policy_match(text, &access, &line);
	/* EVM refuses it where a digest would do: it has no security.evm. */
	bool takes_digest = verdict == POLICY_DEMANDS_DIGEST && layout->conf->evm == EVM_MODE_NONE;
	char why[160];

	if (verdict != POLICY_LEAVES_OUT && !takes_digest)
		return;
	(void)snprintf(why, sizeof(why), PATH_CANARY_EXEC " of uid %d can be %s: %s %s", CANARY_EXEC_UID, what,
		       takes_digest ? "a digest is enough for" : line > 0 ? "it is left out of" : "no rule appraises it for",
		       hook);
	tell_line(layout, PATH_POLICY, FAIL_POLICY_ESCAPED, line, why);
}

static void check_escape(struct layout *layout, const char *text, enum access_place place)
{
	unsigned count = layout->count;

	check_hook(layout, text, place, "MMAP_CHECK", "mapped executable");
	if (layout->count == count)
		check_hook(layout, text, place, "BPRM_CHECK", "executed");
}

void layout_check_policy(struct layout *layout, enum access_place canary_exec)
{
	struct policy_form form = { .line = 0 };
	size_t size;

	if (!layout_lists(layout, PATH_POLICY)) {
		if (!layout->conf->policy_required && canary_exec != ACCESS_NOWHERE)
			tell(layout, PATH_CONF, FAIL_POLICY_ESCAPED, "policy = none, and the rules of a kernel "
			     "without the patch leave " PATH_CANARY_EXEC " out: add prove-exec = no");
		return;
	}
	char *text = read_inside(layout, PATH_POLICY, LIMIT_POLICY, &size, FAIL_FILE_MISSING);
	const char *wrong = text ? form_wrong(text, size, &form) : NULL;

	if (wrong)
		tell_line(layout, PATH_POLICY, FAIL_POLICY_INVALID, form.line, wrong);
	else if (text && canary_exec != ACCESS_NOWHERE)
		check_escape(layout, text, canary_exec);
	free(text);
}
