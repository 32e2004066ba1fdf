/* SPDX-License-Identifier: MIT */
/* imactl explain: failure codes, lines of a boot log and audit records in plain words. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "command.h"
#include "failure_codes.h"
#include "file_verify.h"
#include "ima_directory.h"
#include "kernel_words.h"
#include "layout.h"
#include "options.h"
#include "report.h"

#define LINE_MAX_BYTES \
	4096 /* of a line of a log; longer ones are cut: their beginning says what they are */
#define NAME_BYTES     1024

static const char help[] =
"usage: imactl explain [--json] WORD|LINE...\n"
"       imactl explain [--json] -\n"
"       imactl explain --list\n"
"\n"
"Says in plain words what a failure code of ima-init, a finding of imactl verify, a\n"
"cause or a whole line of the kernel's log means, and what to do. With - it reads a\n"
"log from standard input and explains each line that asks for something.\n"
"\n"
"  --json  an array of objects\n"
"  --list  every code, finding and cause with its meaning\n"
"\n"
"examples:\n"
"  imactl explain file-differs\n"
"  imactl explain cause=invalid-signature\n"
"  dmesg | imactl explain -\n";

/* What was found out of a word or line. */
struct answer {
	const char *kind;            /* such as "failure code", "verdict" or "cause" */
	const char *word;
	const char *meaning;
	const char *remedy;
	char file[NAME_BYTES];       /* that the line is about, or "" */
	char detail[NAME_BYTES];     /* what happened, as the line has it, or "" */
};

static const struct explanation failures[] = {
#define FAILURE_ROW(name, number, word, cause, remedy) { word, cause, remedy },
	FAILURE_CODES(FAILURE_ROW)
#undef FAILURE_ROW
};
#define FAILURES (sizeof(failures) / sizeof(failures[0]))

static const struct explanation verdicts[] = {
#define VERDICT_ROW(name, word, meaning) \
	{ word, meaning, "imactl sign signs it; imactl verify --help lists the verdicts" },
	FILE_VERDICTS(VERDICT_ROW)
#undef VERDICT_ROW
};
#define VERDICTS (sizeof(verdicts) / sizeof(verdicts[0]))

static const struct explanation findings[] = {
#define FINDING_ROW(word, meaning, remedy) { word, meaning, remedy },
	OWN_FINDINGS(FINDING_ROW)
#undef FINDING_ROW
};
#define FINDINGS (sizeof(findings) / sizeof(findings[0]))

static bool set(struct answer *answer, const char *kind, const struct explanation *found)
{
	answer->kind = kind;
	answer->word = found->word;
	answer->meaning = found->meaning;
	answer->remedy = found->remedy;
	return true;
}

static bool find_word(struct answer *answer, const char *kind, const struct explanation *table,
		      size_t count, const char *word, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(table[i].word) == length && memcmp(table[i].word, word, length) == 0)
			return set(answer, kind, &table[i]);
	return false;
}

/* The value of NAME= in an audit record, with or without quotes; "" if it is not there. */
static void copy_value(const char *line, const char *name, char *value)
{
	const char *found = strstr(line, name);
	size_t length;

	value[0] = '\0';
	if (!found)
		return;
	found += strlen(name);
	if (*found == '"') {
		found++;
		length = strcspn(found, "\"");
	} else {
		length = strcspn(found, " \n");
	}
	if (length >= NAME_BYTES)
		length = NAME_BYTES - 1;
	memcpy(value, found, length);
	value[length] = '\0';
}

/* "ima-init: FAIL CODE: WHAT HAPPENED: REMEDY" */
static bool explain_failure(struct answer *answer, const char *line)
{
	static const char begin[] = "ima-init: FAIL ";
	const char *code = strstr(line, begin);

	if (!code)
		return false;
	code += strlen(begin);
	size_t length = strcspn(code, ":\n ");

	if (!find_word(answer, "failure code", failures, FAILURES, code, length))
		return false;
	const char *what = code + length + (strncmp(code + length, ": ", 2) == 0 ? 2 : 0);
	const char *end = strstr(what, answer->remedy);

	length = end && end > what + 2 ? (size_t)(end - what) - 2 : strlen(what);
	(void)snprintf(answer->detail, sizeof(answer->detail), "%.*s", (int)length, what);
	return true;
}

/* The last line of a good boot. */
static bool explain_summary(struct answer *answer, const char *line)
{
	static const struct explanation good = {
		"ok", "ima-init has proved what it lists and has handed over to the next init",
		"nothing"
	};
	static const struct explanation plain = {
		"ok",
		"ima-init has proved what it lists and has handed over to the next init; the EVM master key is on the disk in clear (kmk=plain)",
		"nothing; a trusted key (TPM) is not readable by whoever has the disk"
	};

	/* "ok:" is of 0.1. */
	if (!strstr(line, "ima-init: handing over: ") && !strstr(line, "ima-init: ok: "))
		return false;
	return set(answer, "summary", strstr(line, "kmk=plain") ? &plain : &good);
}

/* A record of the audit subsystem, or its cause= alone. */
static bool explain_cause(struct answer *answer, const char *line)
{
	char cause[NAME_BYTES];

	copy_value(line, "cause=", cause);
	if (!cause[0] ||
	    !find_word(answer, "cause", kernel_causes, kernel_cause_count, cause, strlen(cause)))
		return false;
	copy_value(line, " name=", answer->file);
	if (strcmp(answer->file, PATH_CANARY) == 0 || strcmp(answer->file, PATH_CANARY_EXEC) == 0) {
		answer->meaning =
			"ima-init provoked this refusal: it is the proof that the kernel enforces";
		answer->remedy = "nothing";
	}
	return true;
}

static bool explain_message(struct answer *answer, const char *line)
{
	for (size_t i = 0; i < kernel_message_count; i++)
		if (strstr(line, kernel_messages[i].word)) {
			(void)snprintf(answer->detail, sizeof(answer->detail), "%s", line);
			return set(answer, "kernel message", &kernel_messages[i]);
		}
	return false;
}

static bool explain_word(struct answer *answer, const char *word)
{
	size_t length = strlen(word);

	return find_word(answer, "failure code", failures, FAILURES, word, length) ||
	       find_word(answer, "verdict", verdicts, VERDICTS, word, length) ||
	       find_word(answer, "finding", findings, FINDINGS, word, length) ||
	       find_word(answer, "cause", kernel_causes, kernel_cause_count, word, length);
}

static bool explain(struct answer *answer, const char *line)
{
	memset(answer, 0, sizeof(*answer));
	return explain_word(answer, line) || explain_failure(answer, line) ||
		explain_summary(answer, line) || explain_cause(answer, line) ||
		explain_message(answer, line);
}

static void print_answer(const struct answer *answer)
{
	char text[4 * NAME_BYTES];
	bool colour = use_colour(stdout);

	printf("%s%s%s (%s)", colour ? "\033[1m" : "", answer->word, colour ? "\033[0m" : "",
	       answer->kind);
	if (answer->file[0])
		printf(": %s", escape_name(answer->file, text, sizeof(text)));
	printf("\n");
	if (answer->detail[0])
		printf("  line     %s\n", escape_name(answer->detail, text, sizeof(text)));
	printf("  means    %s\n  to do    %s\n", answer->meaning, answer->remedy);
}

static void add_json(json_t *array, const struct answer *answer)
{
	char file[4 * NAME_BYTES], detail[4 * NAME_BYTES];

	(void)json_array_append_new(array,
				    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kind",
					      answer->kind, "word", answer->word, "file",
					      escape_name(answer->file, file, sizeof(file)), "line",
					      escape_name(answer->detail, detail, sizeof(detail)),
					      "meaning", answer->meaning, "remedy",
					      answer->remedy));
}

struct options {
	bool list;
	bool is_log;                 /* of a whole log, what asks for nothing is left out */
	json_t *array;               /* NULL: text */
	unsigned known, explained;
};

static bool answer_line(struct options *options, const char *line)
{
	struct answer answer;

	if (!explain(&answer, line))
		return false;
	options->known++;
	if (options->is_log && strcmp(answer.remedy, "nothing") == 0 &&
	    strcmp(answer.kind, "summary") != 0)
		return true;
	if (options->array)
		add_json(options->array, &answer);
	else
		print_answer(&answer);
	options->explained++;
	return true;
}

/* The rest of a line that is too long is read and left out. */
static enum exit_code answer_input(struct options *options)
{
	char line[LINE_MAX_BYTES];
	bool begins = true;

	while (fgets(line, sizeof(line), stdin)) {
		size_t length = strcspn(line, "\n");
		bool ends = line[length] == '\n';

		line[length] = '\0';
		if (begins)
			(void)answer_line(options, line);
		begins = ends;
	}
	if (ferror(stdin)) {
		complain("standard input", "read", "it cannot be read");
		return EXIT_UNCHECKED;
	}
	if (options->known == 0) {
		complain("standard input", "explain", "no line of it is known");
		return EXIT_FAILED;
	}
	if (options->explained == 0 && !options->array)
		puts("Nothing in it asks for anything.");
	return EXIT_OK;
}

static void print_table(const char *title, const struct explanation *table, size_t count)
{
	printf("%s\n", title);
	for (size_t i = 0; i < count; i++)
		printf("  %-26s %s\n", table[i].word, table[i].meaning);
}

enum { OPTION_JSON = 1000, OPTION_LIST };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	(void)value;
	if (option == OPTION_LIST)
		options->list = true;
	else
		options->array = json_array();
	return EXIT_OK;
}

static enum exit_code answer_arguments(struct options *options, int count, char **words)
{
	enum exit_code code = EXIT_OK;

	for (int i = 0; i < count; i++) {
		options->is_log = strcmp(words[i], "-") == 0;
		if (options->is_log) {
			code = answer_input(options);
		} else if (!answer_line(options, words[i])) {
			complain(words[i], "explain",
				 "not known; imactl explain --list shows what is");
			code = EXIT_FAILED;
		}
	}
	return code;
}

enum exit_code cmd_explain(int argc, char **argv)
{
	struct options options = { 0 };
	bool helped;
	enum exit_code code =
		options_parse(help, long_options, argc, argv, set_option, &options, &helped);

	if (helped || code != EXIT_OK)
		return code;
	if (options.list) {
		print_table("Failure codes of ima-init:", failures, FAILURES);
		print_table("Verdicts of imactl verify:", verdicts, VERDICTS);
		print_table("Other findings of imactl sign and verify:", findings, FINDINGS);
		print_table("Causes in the kernel's audit records:", kernel_causes,
			    kernel_cause_count);
		print_table("Messages of the kernel:", kernel_messages, kernel_message_count);
		return EXIT_OK;
	}
	if (optind == argc)
		return usage_error("explain", "nothing to explain");
	code = answer_arguments(&options, argc - optind, argv + optind);
	if (options.array) {
		print_json(options.array);
		json_decref(options.array);
	}
	return code;
}
