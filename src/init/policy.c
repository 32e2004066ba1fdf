/* SPDX-License-Identifier: MIT */
/*
 * The IMA policy: hand its path to the kernel, and prove that the rules are in
 * force. The kernel says so nowhere in a return value: close() answers 0 even
 * where it threw every rule away.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "failure.h"
#include "kernel_log.h"
#include "kernel_fs.h"
#include "lines.h"
#include "manifest.h"
#include "rules.h"
#include "format/policy.h"
#include "format/text.h"

#define COMPLETED "ima: policy update completed"

static unsigned count_completed(void)
{
	unsigned count = 0;
	size_t length;
	const char *message = NULL;

	kernel_log_read();
	while ((message = kernel_log_next(message, &length)))
		if (text_is_word(message, length, COMPLETED))
			count++;
	return count;
}

static enum failure_code check_policy_form(struct boot *boot, struct lines *lines, unsigned *rules)
{
	struct policy_form form = { .line = 0 };
	const char *wrong = NULL;

	while (!wrong && lines_next(lines))
		wrong = policy_line(&form, lines->text, lines->length, lines->ended_in_newline);
	if (lines->error != 0)
		return fail(boot, FAIL_FILE_UNREADABLE, PATH_POLICY ": " ERRNO_FORMAT,
			    ERRNO(lines->error));
	if (!wrong)
		wrong = policy_end(&form);
	*rules = form.rules;
	return wrong ? fail_line(boot, FAIL_POLICY_INVALID, PATH_POLICY, form.line, wrong) : FAIL_NONE;
}

/* What the audit subsystem wrote of the rule that the kernel refused. */
struct refused_rule {
	unsigned number;             /* of the rule in the file, from 1 */
	char words[160];             /* as far as the kernel understood them */
};

/* "audit: type=1807 audit(1795487745.624:5): action=appraise func=X res=0" */
static bool parse_rule_record(const char *message, size_t length, unsigned *serial,
			      const char **words, size_t *words_length)
{
	static const char begin[] = "audit: type=1807 audit(";
	const char *end = message + length;

	if (length < strlen(begin) || memcmp(message, begin, strlen(begin)) != 0)
		return false;
	const char *digit = memchr(message + strlen(begin), ':', length - strlen(begin));

	if (!digit)
		return false;
	*serial = 0;
	for (digit++; digit < end && *digit >= '0' && *digit <= '9'; digit++)
		*serial = *serial * 10 + (unsigned)(*digit - '0');
	if (end - digit < 3)
		return false;
	*words = digit + strlen("): ");
	*words_length = (size_t)(end - *words);
	return true;
}

/*
 * Each rule has a record with a number of its own (AUDIT_INTEGRITY_POLICY_RULE,
 * 1807), also where the log's rate limit swallowed the record itself.
 */
static bool find_refused_rule(struct refused_rule *rule)
{
	static const char refused[] = " res=0";
	unsigned first = 0, serial;
	size_t length, words_length;
	const char *words, *message = NULL;
	bool found = false;

	kernel_log_read();
	while ((message = kernel_log_next(message, &length))) {
		if (!parse_rule_record(message, length, &serial, &words, &words_length))
			continue;
		if (first == 0)
			first = serial;
		if (words_length <= strlen(refused) || words_length - strlen(refused) >= sizeof(rule->words) ||
		    memcmp(words + words_length - strlen(refused), refused, strlen(refused)) != 0)
			continue;
		words_length -= strlen(refused);
		memcpy(rule->words, words, words_length);
		rule->words[words_length] = '\0';
		rule->number = serial - first + 1;
		found = true;
	}
	return found;
}

/* The line of the file that holds its n-th rule; 0: there is none. */
static unsigned line_of_rule(struct lines *policy, unsigned rule)
{
	unsigned number = 0;

	if (!lines_rewind(policy))
		return 0;
	while (lines_next(policy)) {
		number++;
		if (is_rule(policy->text) && --rule == 0)
			return number;
	}
	return 0;
}

/*
 * The word that the kernel refused is the last that it wrote. Before the first policy is in, a
 * label must be known, and no module has a policy that knows any (ima_lsm_rule_init()).
 */
static bool ends_in_label(const char *words)
{
	const char *last = strrchr(words, ' ');

	return last && (text_starts(last, " obj_") || text_starts(last, " subj_"));
}

static enum failure_code name_refused_rule(struct boot *boot, struct lines *policy)
{
	struct refused_rule rule;

	/* The records are written by a thread of the kernel's: give it the processor. */
	for (unsigned tries = 0; tries < 100; tries++) {
		if (find_refused_rule(&rule))
			return fail(boot, FAIL_POLICY_INVALID,
				    PATH_POLICY ": line %u: the kernel refuses it, and understood \"%s\"%s",
				    line_of_rule(policy, rule.number), rule.words, ends_in_label(rule.words)
				    ? "; no LSM has a policy yet that knows this label" : "");
		(void)sched_yield();
	}
	return fail(boot, FAIL_POLICY_INVALID, PATH_POLICY
		    ": the kernel refuses a rule, and its log does not show which one");
}

/* Writes the path; the kernel reads and appraises the file itself (POLICY_CHECK, 4.6). */
static enum failure_code write_path(struct boot *boot, struct lines *policy)
{
	int node = openat(boot->securityfs, POLICY_NODE, O_WRONLY | O_CLOEXEC);

	if (node < 0)
		return fail(boot, FAIL_POLICY_REFUSED, "securityfs/" POLICY_NODE ": " ERRNO_FORMAT,
			    ERRNO(errno));
	ssize_t written = write(node, PATH_POLICY, strlen(PATH_POLICY));
	int error = written < 0 ? errno : 0;

	/* The rules take effect here; later, and the next init would be judged by the old ones. */
	if (close(node) < 0 && error == 0)
		error = errno;
	if (error == EINVAL)
		return name_refused_rule(boot, policy);
	if (error != 0)
		return fail(boot, FAIL_POLICY_REFUSED, PATH_POLICY ": " ERRNO_FORMAT, ERRNO(error));
	if (written != (ssize_t)strlen(PATH_POLICY))
		return fail(boot, FAIL_POLICY_REFUSED, PATH_POLICY ": the kernel took %d bytes of its path",
			    (int)written);
	return FAIL_NONE;
}

/* Strongest first. NULL: *missing says what. */
static const char *prove_policy(struct boot *boot, struct lines *policy, unsigned rules,
				unsigned completed, const char **missing)
{
	*missing = "the kernel's log has no new \"" COMPLETED "\"";
	if (boot->rules_at_entry != 0)
		*missing = rules_end_with(boot, policy, rules);
	if (boot->rules_at_entry != 0)
		return *missing ? NULL : "rules";

	/*
	 * Without READ and WRITE_POLICY the node goes, and only after a good load.
	 * It is not opened: a close without a write counts as a failed update.
	 */
	if (faccessat(boot->securityfs, POLICY_NODE, F_OK, 0) < 0 && errno == ENOENT)
		return "node-gone";
	return count_completed() == completed + 1 ? "kernel-log" : NULL;
}

enum failure_code load_policy(struct boot *boot)
{
	static struct lines policy;
	AUTO_CLOSE int file = -1;
	unsigned rules = 0, completed = 0;
	const char *missing;

	if (!boot->conf.policy_required) {
		boot->policy_proof = "none";
		return FAIL_NONE;
	}
	enum failure_code code = manifest_open(boot, PATH_POLICY, &file);

	lines_start(&policy, file);
	if (code == FAIL_NONE)
		code = check_policy_form(boot, &policy, &rules);
	if (code != FAIL_NONE)
		return code;
	if (boot->rules_at_entry == 0)
		completed = count_completed();
	code = write_path(boot, &policy);
	if (code != FAIL_NONE)
		return code;
	boot->policy_proof = prove_policy(boot, &policy, rules, completed, &missing);
	if (!boot->policy_proof)
		return fail(boot, FAIL_POLICY_UNPROVED, PATH_POLICY ": %u rules were written, and %s",
			    rules, missing);
	return FAIL_NONE;
}

