/* SPDX-License-Identifier: MIT */
/* imactl explain: failure codes, lines of a boot log and audit records in plain words. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "command.h"
#include "explain.h"
#include "explain_log.h"
#include "options.h"
#include "report.h"

static const char help[] =
"usage: imactl explain [--json] WORD|LINE...\n"
"       imactl explain [--json] -\n"
"       imactl explain --list\n"
"\n"
"Says in plain words what a failure code of ima-init, a finding of imactl verify,\n"
"a cause, an error number or a line of the kernel's log means, and what to do.\n"
"With - it reads a log from standard input and explains what needs attention.\n"
"\n"
"  --json  an array of objects\n"
"  --list  every code, finding and cause with its meaning\n"
"\n"
"examples:\n"
"  imactl explain file-differs\n"
"  imactl explain cause=invalid-signature\n"
"  imactl explain exitcode=0x00002a00\n"
"  dmesg | imactl explain -\n";

static void print_answer(const struct answer *answer, unsigned times)
{
	char text[4 * EXPLAIN_TEXT];
	bool colour = use_colour(stdout);

	printf("%s%s%s (%s)", colour ? "\033[1m" : "", answer->word, colour ? "\033[0m" : "",
	       answer->kind);
	if (answer->file[0])
		printf(": %s", escape_name(answer->file, text, sizeof(text)));
	if (times > 1)
		printf(" (%u times)", times);
	printf("\n");
	if (answer->detail[0])
		printf("  line     %s\n", escape_name(answer->detail, text, sizeof(text)));
	printf("  means    %s\n  to do    %s\n", answer->meaning, answer->remedy);
}

static void add_json(json_t *array, const struct answer *answer, unsigned times)
{
	char file[4 * EXPLAIN_TEXT], detail[4 * EXPLAIN_TEXT];

	(void)json_array_append_new(array,
				    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "kind",
					      answer->kind, "word", answer->word, "file",
					      escape_name(answer->file, file, sizeof(file)), "line",
					      escape_name(answer->detail, detail, sizeof(detail)),
					      "meaning", answer->meaning, "remedy",
					      answer->remedy, "times", (int)times));
}

struct options {
	bool list;
	json_t *array;               /* NULL: text */
};

static void show_answer(const struct options *options, const struct answer *answer, unsigned times)
{
	if (options->array)
		add_json(options->array, answer, times);
	else
		print_answer(answer, times);
}

static enum exit_code answer_input(const struct options *options)
{
	struct explain_log log;
	enum exit_code code = explain_log_read(&log) ? EXIT_OK : EXIT_UNCHECKED;

	for (size_t i = 0; code == EXIT_OK && i < log.count; i++)
		show_answer(options, &log.answers[i].answer, log.answers[i].times);
	if (log.left_out > 0)
		complain("standard input", "explain", "%u lines are left out: more than %d answers",
			 log.left_out, LOG_ANSWERS);
	if (code == EXIT_OK && log.known == 0) {
		complain("standard input", "explain", "no line of it is known");
		code = EXIT_FAILED;
	} else if (code == EXIT_OK && log.count == 0 && !options->array) {
		puts("No line needs attention.");
	}
	explain_log_free(&log);
	return code;
}

static void print_table(const char *title, const struct explanation *table, size_t count)
{
	printf("%s\n", title);
	for (size_t i = 0; i < count; i++)
		printf("  %-26s %s\n", table[i].word, table[i].meaning);
}

static void print_messages(void)
{
	puts("Messages of the kernel:");
	for (size_t i = 0; i < kernel_message_count; i++)
		printf("  %-26s %s\n", kernel_messages[i].word, kernel_messages[i].meaning);
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
		struct answer answer;

		if (strcmp(words[i], "-") == 0) {
			code = answer_input(options);
		} else if (explain(&answer, words[i])) {
			show_answer(options, &answer, 1);
		} else {
			complain(words[i], "explain",
				 "not known; imactl explain --list shows what is");
			code = EXIT_FAILED;
		}
	}
	return code;
}

/* "-13" is an errno, and no option: what begins with one follows "--". */
static int mark_numbers(int argc, char **argv, char **marked)
{
	static char mark[] = "--";
	int count = 0;
	bool is_marked = false;

	for (int i = 0; i < argc; i++) {
		bool number = argv[i][0] == '-' && argv[i][1] >= '0' && argv[i][1] <= '9';

		if (strcmp(argv[i], "--") == 0)
			is_marked = true;
		if (number && !is_marked) {
			marked[count++] = mark;
			is_marked = true;
		}
		marked[count++] = argv[i];
	}
	marked[count] = NULL;
	return count;
}

static enum exit_code explain_words(int argc, char **argv)
{
	struct options options = { 0 };
	bool helped;
	enum exit_code code =
		options_parse(help, long_options, argc, argv, set_option, &options, &helped);

	if (helped || code != EXIT_OK)
		return code;
	if (options.list) {
		print_table("Failure codes of ima-init:", failures, failure_count);
		print_table("Verdicts of imactl verify:", verdicts, verdict_count);
		print_table("Other findings of imactl sign and verify:", findings, finding_count);
		print_table("Causes in the kernel's audit records:", kernel_causes,
			    kernel_cause_count);
		print_messages();
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

enum exit_code cmd_explain(int argc, char **argv)
{
	char **words = calloc((size_t)argc + 2, sizeof(*words));

	if (!words)
		abort();
	int count = mark_numbers(argc, argv, words);
	enum exit_code code = explain_words(count, words);

	free(words);
	return code;
}
