/* SPDX-License-Identifier: MIT */
/* Rules of IMA as a file or the kernel has them, and the kernel's log of them. */
#include "init/kernel_log.c"
#include "init/policy.c"
#include "init/rules.c"

#include "imactl/policy_match.h"
#include "lib/input.h"

static const uint8_t *log_data;
static size_t log_size;

/* In place of the kernel's. */
int klogctl(int type, char *buffer, int size)
{
	REQUIRE(type == SYSLOG_ACTION_READ_ALL && size > 0);
	if ((size_t)size > log_size)
		size = (int)log_size;
	memcpy(buffer, log_data, (size_t)size);
	return size;
}

static void read_log(struct lines *policy)
{
	struct refused_rule rule;

	REQUIRE(count_completed() <= log_size);
	if (find_refused_rule(&rule)) {
		REQUIRE(strlen(rule.words) < sizeof(rule.words));
		(void)line_of_rule(policy, rule.number);
	}
}

static void look_at(const char *line, const char *last)
{
	(void)is_rule(line);
	(void)demands_signatures(line);
	REQUIRE(same_rule(line, last) == same_rule(line, last));
}

/* As lines_next() takes them, and each with the one before it. */
static void read_lines(int file)
{
	static struct lines lines;
	char last[sizeof(lines.text)] = "";

	for (lines_start(&lines, file); lines_next(&lines);) {
		REQUIRE(strlen(lines.text) < sizeof(lines.text) && !strchr(lines.text, '\n'));
		look_at(lines.text, last);
		memcpy(last, lines.text, sizeof(last));
	}
	REQUIRE(lines.error == 0);
}

static void read_record(const char *text, size_t size)
{
	unsigned serial;
	const char *words;
	size_t length;

	if (parse_rule_record(text, size, &serial, &words, &length))
		REQUIRE(words >= text && words + length == text + size);
}

/* A rule in front that matches decides, whatever stands behind it. */
static void match(const uint8_t *data, size_t size)
{
	static const char first[] = "dont_appraise\n";
	const struct policy_access access = { "BPRM_CHECK", 1000, ACCESS_ON_DISK };
	char *text = input_text(data, size), *longer = malloc(sizeof(first) + size);
	unsigned line;

	REQUIRE(longer);
	(void)policy_match(text, &access, &line);
	REQUIRE(line <= size + 1);
	(void)stpcpy(stpcpy(longer, first), text);
	REQUIRE(policy_match(longer, &access, &line) == POLICY_LEAVES_OUT && line == 1);
	free(longer);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot boot;
	static struct lines policy;
	struct input_file file = input_file(data, size);
	unsigned rules;

	log_data = data;
	log_size = size;
	lines_start(&policy, file.descriptor);
	(void)check_policy_form(&boot, &policy, &rules);
	REQUIRE(lseek(file.descriptor, 0, SEEK_SET) == 0);
	read_lines(file.descriptor);
	read_record((const char *)data, size);
	read_log(&policy);
	match(data, size);
	(void)close(file.descriptor);
	return 0;
}
