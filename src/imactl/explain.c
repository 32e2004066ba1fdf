/* SPDX-License-Identifier: MIT */
/* What a word, a number or a line of a log means. */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure_codes.h"
#include "file_verify.h"
#include "ima_directory.h"
#include "layout.h"

#define CUT_MIN 16   /* bytes of a message that a screen has cut off: fewer may be anything */

const struct explanation failures[] = {
#define FAILURE_ROW(name, number, word, cause, remedy) { word, cause, remedy },
	FAILURE_CODES(FAILURE_ROW)
#undef FAILURE_ROW
};
const size_t failure_count = sizeof(failures) / sizeof(failures[0]);

static const int failure_numbers[] = {
#define FAILURE_ROW(name, number, word, cause, remedy) (number),
	FAILURE_CODES(FAILURE_ROW)
#undef FAILURE_ROW
};

const struct explanation verdicts[] = {
#define VERDICT_ROW(name, word, meaning) \
	{ word, meaning, "imactl sign signs it; imactl verify --help lists the verdicts" },
	FILE_VERDICTS(VERDICT_ROW)
#undef VERDICT_ROW
};
const size_t verdict_count = sizeof(verdicts) / sizeof(verdicts[0]);

const struct explanation findings[] = {
#define FINDING_ROW(word, meaning, remedy) { word, meaning, remedy },
	OWN_FINDINGS(FINDING_ROW)
#undef FINDING_ROW
};
const size_t finding_count = sizeof(findings) / sizeof(findings[0]);

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

static int digit_of(char character)
{
	return character >= '0' && character <= '9' ? character - '0'
		: character >= 'A' && character <= 'F' ? character - 'A' + 10
						       : -1;
}

/* The audit subsystem writes a name with a blank or worse in it in hexadecimal, without quotes. */
static void decode_hex(char *value)
{
	size_t length = strlen(value);

	if (length < 2 || length % 2 != 0 || strspn(value, "0123456789ABCDEF") != length)
		return;
	for (size_t i = 0; i < length / 2; i++)
		value[i] = (char)(digit_of(value[2 * i]) << 4 | digit_of(value[2 * i + 1]));
	value[length / 2] = '\0';
}

/* Where a value without quotes ends: ausearch -i writes names with blanks so. */
static size_t plain_length(const char *value, const char *name)
{
	const char *end = strcmp(name, " name=") == 0 ? strstr(value, " dev=") : NULL;

	return end ? (size_t)(end - value) : strcspn(value, " \n");
}

/* The value of NAME= in an audit record, with or without quotes; "" if it is not there. */
static void copy_value(const char *line, const char *name, char *value)
{
	const char *found = strstr(line, name);

	value[0] = '\0';
	if (!found)
		return;
	found += strlen(name);
	bool quoted = *found == '"';

	found += quoted;
	size_t length = quoted ? strcspn(found, "\"") : plain_length(found, name);

	if (length >= EXPLAIN_TEXT)
		length = EXPLAIN_TEXT - 1;
	memcpy(value, found, length);
	value[length] = '\0';
	if (!quoted)
		decode_hex(value);
}

/* A whole code, or the beginning of just one where the line ends with it. */
static bool find_failure(struct answer *answer, const char *code, size_t length)
{
	const struct explanation *found = NULL;
	unsigned fits = 0;

	if (find_word(answer, "failure code", failures, failure_count, code, length))
		return true;
	for (size_t i = 0; length >= 6 && code[length] == '\0' && i < failure_count; i++)
		if (strncmp(failures[i].word, code, length) == 0) {
			found = &failures[i];
			fits++;
		}
	return fits == 1 && set(answer, "failure code", found);
}

/* "ima-init: FAIL CODE: WHAT HAPPENED: REMEDY", with or without what stands before FAIL. */
static bool explain_failure(struct answer *answer, const char *line)
{
	static const char begin[] = "FAIL ";
	const char *prefixed = strstr(line, "ima-init: FAIL ");
	const char *code = prefixed ? prefixed + strlen("ima-init: ")
		: strncmp(line, begin, strlen(begin)) == 0 ? line : NULL;

	if (!code)
		return false;
	code += strlen(begin);
	size_t length = strcspn(code, ":\n ");

	if (!find_failure(answer, code, length))
		return false;
	const char *what = code + length + (strncmp(code + length, ": ", 2) == 0 ? 2 : 0);
	const char *end = strstr(what, answer->remedy);

	length = end && end > what + 2 ? (size_t)(end - what) - 2 : strlen(what);
	(void)snprintf(answer->detail, sizeof(answer->detail), "%.*s", (int)length, what);
	return true;
}

/* The last line of a boot before the next init is executed. */
static bool explain_summary(struct answer *answer, const char *line)
{
	static const struct explanation good = {
		"handing over", "ima-init has proved what it lists, and executes the next init", "nothing"
	};
	static const struct explanation plain = {
		"handing over",
		"ima-init has proved what it lists, and executes the next init; the EVM master key is on "
		"the disk in clear (kmk=plain)",
		"nothing; a trusted key (TPM) is not readable by whoever has the disk"
	};

	/* "ok:" is of 0.1. */
	if (!strstr(line, "ima-init: handing over: ") && !strstr(line, "ima-init: ok: "))
		return false;
	return set(answer, "summary", strstr(line, "kmk=plain") ? &plain : &good);
}

/* The beginning of just one cause, where the line ends with it. */
static bool find_cut_cause(struct answer *answer, const char *line, const char *cause)
{
	const struct explanation *found = NULL;
	size_t length = strlen(cause), whole = strlen(line);
	unsigned fits = 0;

	if (length < 6 || length > whole || strcmp(line + whole - length, cause) != 0)
		return false;
	for (size_t i = 0; i < kernel_cause_count; i++)
		if (strncmp(kernel_causes[i].word, cause, length) == 0) {
			found = &kernel_causes[i];
			fits++;
		}
	return fits == 1 && set(answer, "cause", found);
}

/* A record of the audit subsystem, or its cause= alone. */
static bool explain_cause(struct answer *answer, const char *line)
{
	char cause[EXPLAIN_TEXT];

	copy_value(line, "cause=", cause);
	if (!cause[0])
		return false;
	/* The one that has blanks. */
	if (strncmp(cause, "signed", 6) == 0 && strstr(line, "cause=signed policy"))
		(void)snprintf(cause, sizeof(cause),
			       "signed policy file (specified as an absolute pathname) required");
	if (!find_word(answer, "cause", kernel_causes, kernel_cause_count, cause, strlen(cause)) &&
	    !find_cut_cause(answer, line, cause))
		return false;
	copy_value(line, " name=", answer->file);
	if (strcmp(answer->file, PATH_CANARY) == 0 || strcmp(answer->file, PATH_CANARY_EXEC) == 0) {
		answer->meaning =
			"ima-init provoked this refusal: it is the proof that the kernel enforces";
		answer->remedy = "nothing";
	}
	return true;
}

/* Record 1807: a rule of a policy; the kernel writes of it what it has understood. */
static bool explain_rule(struct answer *answer, const char *line)
{
	static const struct explanation refused = {
		"policy rule", "the kernel refused a rule of the policy; the line shows what it understood",
		"correct the last word that is shown (UNKNOWN= stands before one that the kernel does "
		"not know), or what is missing after it; a label needs its LSM's policy first"
	};
	static const struct explanation taken = {
		"policy rule", "a rule of a policy was read", "nothing"
	};
	bool is_rule = strstr(line, "type=1807") || strstr(line, "type=INTEGRITY_POLICY_RULE") ||
		       strstr(line, "type=POLICY_RULE");
	const char *rule = is_rule ? strstr(line, "action=") : NULL;

	if (!rule)
		return false;
	(void)snprintf(answer->detail, sizeof(answer->detail), "%s", rule);
	return set(answer, "kernel message",
		   strstr(rule, "res=0") || strstr(rule, "res=no") ? &refused : &taken);
}

/* "(-2)", "error -13", "err -11": the last negative number; 0: there is none. */
static int error_of(const char *line)
{
	int error = 0;

	for (const char *minus = line; (minus = strchr(minus, '-')); minus++)
		if (minus > line && strchr(" (:", minus[-1]) && minus[1] >= '1' && minus[1] <= '9' &&
		    strspn(minus + 1, "0123456789") <= 3)
			error = atoi(minus + 1);
	return error;
}

/* Where the message is in the line; its beginning is enough at the end of a screen's line. */
static const char *find_message(const char *line, const char *word)
{
	const char *found = strstr(line, word);
	size_t length = strlen(line), size = strlen(word) - 1;

	for (; !found && size >= CUT_MIN; size--)
		if (length > size && strncmp(line + length - size, word, size) == 0)
			found = line + length - size;
	return found;
}

static bool explain_message(struct answer *answer, const char *line)
{
	int error = error_of(line);

	for (size_t i = 0; i < kernel_message_count; i++) {
		const struct kernel_message *row = &kernel_messages[i];
		const char *found = row->error == 0 || row->error == error
			? find_message(line, row->word) : NULL;

		if (!found || (row->also && !strstr(found, row->also)))
			continue;
		(void)snprintf(answer->detail, sizeof(answer->detail), "%s", found);
		return set(answer, "kernel message",
			   &(struct explanation){ row->word, row->meaning, row->remedy });
	}
	return false;
}

static bool explain_code(struct answer *answer, unsigned long number)
{
	for (size_t i = 0; i < failure_count; i++)
		if ((unsigned long)failure_numbers[i] == number)
			return set(answer, "failure code", &failures[i]);
	return false;
}

static const struct explanation killed = {
	"killed", "process 1 was ended by a signal: the last two digits are its number",
	"report this if process 1 was /ima/init; otherwise the next init has crashed"
};
static const struct explanation not_found = {
	"ended", "process 1 ended with 127: a dynamic linker that could not load a library, or a shell "
	"that did not find a program, ends so",
	"sign libraries and dynamic linker: imactl sign --system; the lines before it name the file"
};
static const struct explanation ended = {
	"ended", "process 1 ended by itself, with a number that is not a failure code of ima-init",
	"look into the lines before it: ima-init has not run, or has handed over to what ended"
};

/* exitcode= of a panic: what process 1 exited with in the second byte, a signal in the first. */
static bool explain_exit(struct answer *answer, const char *line)
{
	const char *hex = strstr(line, "exitcode=0x");
	char *end;

	if (!hex && strncmp(line, "0x", 2) != 0)
		return false;
	hex = hex ? hex + strlen("exitcode=") : line;
	unsigned long code = strtoul(hex, &end, 16);

	/* Of a panic it has eight digits: fewer were cut, and would mean something else. */
	if (end == hex + 2 || (hex - line > (long)strlen("exitcode=") && end - hex < 10))
		return false;
	(void)snprintf(answer->detail, sizeof(answer->detail), "exitcode=%.32s", hex);
	if ((code & 0x7f) != 0)
		return set(answer, "kernel message", &killed);
	if (code < 0x10000 && explain_code(answer, code >> 8))
		return true;
	return set(answer, "kernel message", code == 127 << 8 ? &not_found : &ended);
}

/* "42": a failure code; "-13", "error -13": an errno. */
static bool explain_number(struct answer *answer, const char *line)
{
	const char *number = strncmp(line, "error ", 6) == 0 ? line + 6
		: strncmp(line, "errno=", 6) == 0 ? line + 6
		: strncmp(line, "err ", 4) == 0 ? line + 4 : line;
	bool negative = *number == '-';
	const char *digits = number + negative;
	size_t length = strspn(digits, "0123456789");

	if (length == 0 || length > 3 || digits[length] != '\0')
		return false;
	if (!negative && digits == line)
		return explain_code(answer, strtoul(digits, NULL, 10));
	for (size_t i = 0; i < kernel_error_count; i++)
		if (kernel_errors[i].number == atoi(digits))
			return set(answer, "errno",
				   &(struct explanation){ kernel_errors[i].word, kernel_errors[i].meaning,
							  kernel_errors[i].remedy });
	return false;
}

static bool explain_word(struct answer *answer, const char *word)
{
	size_t length = strlen(word);

	return find_word(answer, "failure code", failures, failure_count, word, length) ||
	       find_word(answer, "verdict", verdicts, verdict_count, word, length) ||
	       find_word(answer, "finding", findings, finding_count, word, length) ||
	       find_word(answer, "cause", kernel_causes, kernel_cause_count, word, length);
}

bool explain(struct answer *answer, const char *line)
{
	memset(answer, 0, sizeof(*answer));
	return explain_word(answer, line) || explain_number(answer, line) ||
	       explain_failure(answer, line) || explain_summary(answer, line) ||
	       explain_rule(answer, line) || explain_cause(answer, line) ||
	       explain_exit(answer, line) || explain_message(answer, line);
}
