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

#define BLANKS " \t"

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

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* What a rule demands of a file, and not which files it is for. */
static bool is_demand(const char *word)
{
	return begins(word, "appraise_") || begins(word, "digest_type=");
}

static void read_rule(struct rules *rules, char *line, unsigned number)
{
	const char *func = "", *type = "", *condition = NULL;
	char *rest = NULL, *action = strtok_r(line, BLANKS, &rest);

	if (!action || strcmp(action, "appraise") != 0)
		return;
	for (const char *word; (word = strtok_r(NULL, BLANKS, &rest));) {
		if (begins(word, "func="))
			func = word + strlen("func=");
		else if (begins(word, "appraise_type="))
			type = word + strlen("appraise_type=");
		else if (!is_demand(word) && !condition)
			condition = word;
	}
	if (strstr(type, "modsig") && rules->modsig == 0)
		rules->modsig = number;
	/* A rule without func= covers a file, but not what comes without one: init_module(2). */
	for (size_t i = 0; *type && i < HOOKS; i++) {
		unsigned *where = condition ? &rules->partial[i] : &rules->whole[i];

		if (strcmp(func, hooks[i].func) != 0 || *where != 0)
			continue;
		*where = number;
		if (condition)
			(void)snprintf(rules->condition[i], sizeof(rules->condition[i]), "%s", condition);
	}
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
