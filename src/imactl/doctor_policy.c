/* SPDX-License-Identifier: MIT */
/*
 * What the rules of a site's policy leave out of what the kernel loads, and what of them it
 * will not take. The rules for programs are proved at the boot (/ima/canary-exec).
 */
#include "doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "report.h"
#include "format/policy.h"
#include "format/text.h"

static const struct hook {
	const char *func;
	const char *option;          /* without it there is nothing to load */
	const char *itself;          /* with it the kernel demands a signature by itself; or NULL */
	const char *why, *remedy;
} hooks[] = {
	{ "MODULE_CHECK", "MODULES", "MODULE_SIG_FORCE",
	  "a module without a signature is loaded, and can switch all of this off",
	  "appraise func=MODULE_CHECK appraise_type=imasig" },
	{ "FIRMWARE_CHECK", "FW_LOADER", NULL, "firmware without a signature is loaded into devices",
	  "appraise func=FIRMWARE_CHECK appraise_type=imasig" },
	{ "KEXEC_KERNEL_CHECK", "KEXEC_FILE", "KEXEC_SIG_FORCE",
	  "kexec starts a kernel without a signature",
	  "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig" },
	{ "KEXEC_INITRAMFS_CHECK", "KEXEC_FILE", NULL,
	  "kexec starts a kernel with an initramfs without a signature",
	  "appraise func=KEXEC_INITRAMFS_CHECK appraise_type=imasig" },
};
#define HOOKS (sizeof(hooks) / sizeof(hooks[0]))

struct rules {
	unsigned whole[HOOKS];       /* line of the first rule for it without a condition; 0: none */
	unsigned partial[HOOKS];     /* of the first with one */
	char condition[HOOKS][64];
	unsigned modsig;             /* of the first that takes appended signatures */
};

/* What a rule demands of a file, or for what it is; any other word says which files. */
static bool is_condition(const char *word)
{
	return !text_starts(word, "func=") && !text_starts(word, "appraise_") &&
	       !text_starts(word, "digest_type=");
}

static void remember(struct rules *rules, size_t hook, unsigned number, const char *condition,
		     size_t length)
{
	unsigned *where = condition ? &rules->partial[hook] : &rules->whole[hook];

	if (*where != 0)
		return;
	*where = number;
	if (condition)
		(void)snprintf(rules->condition[hook], sizeof(rules->condition[hook]), "%.*s",
			       (int)length, condition);
}

static void read_rule(struct rules *rules, const char *line, unsigned number)
{
	size_t length, func_length, type_length;
	const char *next = line, *word = text_word(&next, &length);

	if (!word || !text_is_word(word, length, "appraise"))
		return;
	const char *func = rule_word(line, "func=", &func_length);
	const char *type = rule_word(line, "appraise_type=", &type_length);

	while ((word = text_word(&next, &length)) && !is_condition(word))
		;
	if (type && memmem(type, type_length, "modsig", strlen("modsig")) && rules->modsig == 0)
		rules->modsig = number;
	/* A rule without func= covers a file, but not what comes without one: init_module(2). */
	for (size_t i = 0; type && func && i < HOOKS; i++)
		if (text_is_word(func, func_length, hooks[i].func))
			remember(rules, i, number, word, length);
}

/* Without a configuration the kernel may have anything. */
static bool may_have(const struct doctor *doctor, const char *option)
{
	return !doctor->has_config || option_has(doctor, option, "y");
}

static void judge_hook(struct doctor *doctor, const struct rules *rules, size_t i)
{
	const struct hook *hook = &hooks[i];
	struct finding finding = { .verdict = VERDICT_OK, .option = hook->func, .why = hook->why,
				   .remedy = hook->remedy };
	const size_t size = sizeof(finding.found);
	char condition[256];

	if (!may_have(doctor, hook->option))
		return;
	if (rules->whole[i] != 0) {
		finding.why = "what is loaded has a signature";
		(void)snprintf(finding.found, size, "policy line %u: %s", rules->whole[i], hook->func);
	} else if (hook->itself && doctor->has_config && option_has(doctor, hook->itself, "y")) {
		finding.why = "the kernel demands its own signatures";
		(void)snprintf(finding.found, size, "policy: no rule for %s, but CONFIG_%s=y",
			       hook->func, hook->itself);
	} else if (rules->partial[i] != 0) {
		finding.verdict = VERDICT_ADVICE;
		(void)snprintf(finding.found, size, "policy line %u: %s only where %s",
			       rules->partial[i], hook->func,
			       escape_name(rules->condition[i], condition, sizeof(condition)));
	} else {
		finding.verdict = VERDICT_ADVICE;
		(void)snprintf(finding.found, size, "policy: no rule for %s", hook->func);
	}
	doctor_print(doctor, &finding);
}

static void judge_modsig(struct doctor *doctor, const struct rules *rules)
{
	struct finding finding = {
		.verdict = option_has(doctor, "IMA_APPRAISE_MODSIG", "y") ? VERDICT_OK : VERDICT_WRONG,
		.option = "modsig",
		.why = "a kernel that does not know the word refuses the whole policy",
		.remedy = "CONFIG_IMA_APPRAISE_MODSIG=y, or appraise_type=imasig",
	};

	if (rules->modsig == 0 || !doctor->has_config)
		return;
	(void)snprintf(finding.found, sizeof(finding.found),
		       "policy line %u: modsig, and CONFIG_IMA_APPRAISE_MODSIG%s", rules->modsig,
		       finding.verdict == VERDICT_OK ? "=y" : " is not set");
	doctor_print(doctor, &finding);
}

int doctor_check_policy(struct doctor *doctor, const char *path)
{
	struct rules rules = { 0 };
	unsigned number = 0;
	char *text = NULL;
	int error = kernel_text_read(path, LIMIT_POLICY, &text);

	if (error < 0)
		return error;
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		read_rule(&rules, line, ++number);
	}
	free(text);
	for (size_t i = 0; i < HOOKS; i++)
		judge_hook(doctor, &rules, i);
	judge_modsig(doctor, &rules);
	return 0;
}
