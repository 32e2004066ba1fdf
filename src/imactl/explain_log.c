/* SPDX-License-Identifier: MIT */
/* A whole log: each thing once, and what only several lines together say. */
#include "explain_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "report.h"

#define LINE_MAX_BYTES 4096 /* longer ones are cut: their beginning says what they are */

/*
 * A line ends with a newline, a carriage return (a serial console) or a NUL byte (a serial
 * console, pstore). What a line has beyond @size is left out. False: nothing is left.
 */
static bool read_line(char *line, size_t size)
{
	size_t length = 0;
	int byte;

	while ((byte = getchar()) != EOF && byte != '\n' && byte != '\r' && byte != '\0')
		if (length < size - 1)
			line[length++] = (char)byte;
	line[length] = '\0';
	return byte != EOF || length > 0;
}

/* Colours, as dmesg and journalctl write them. */
static void drop_colours(char *line)
{
	char *to = line;

	for (const char *from = line; *from;) {
		if (from[0] == '\033' && from[1] == '[') {
			from += 2 + strspn(from + 2, "0123456789;");
			from += *from != '\0';
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static void note_start(struct explain_log *log, const char *line)
{
	static const char runs[] = "Run ", source[] = "Loading X.509 certificate: ";
	const char *run = strstr(line, runs), *as = run ? strstr(run, " as init process") : NULL;
	const char *certificate = strstr(line, source), *words = strstr(line, "ommand line: ");
	bool own = strstr(line, "ima-init: ") || strstr(line, "Requested init " PATH_INIT);

	if (certificate)
		(void)snprintf(log->certificate, sizeof(log->certificate), "%s",
			       certificate + strlen(source));
	if (as && strncmp(run + strlen(runs), PATH_INIT " ", strlen(PATH_INIT " ")) == 0)
		own = true;
	else if (as)
		(void)snprintf(log->other_init, sizeof(log->other_init), "%.*s",
			       (int)(as - run - strlen(runs)), run + strlen(runs));
	else if (words && !strstr(words, "=" PATH_INIT) && !log->other_init[0])
		log->not_named = true;
	else if (!log->other_init[0] && strstr(line, "systemd[1]: ") &&
		 (log->not_named || strstr(line, " running in system mode")))
		(void)snprintf(log->other_init, sizeof(log->other_init), "systemd");
	log->ima_init_ran = log->ima_init_ran || own;
}

/* The next init was executed, and could not load a library. */
static bool is_library(const struct answer *answer)
{
	return strcmp(answer->word, "failed to map segment from shared object") == 0 ||
	       strcmp(answer->word, "Error loading shared library") == 0;
}

/* What lines before have said of it. */
static void correct(struct explain_log *log, struct answer *answer)
{
	if (strcmp(answer->word, "Problem loading X.509 certificate") == 0 &&
	    (strncmp(log->certificate, "UEFI:", 5) == 0 ||
	     strncmp(log->certificate, "MokListRT", 9) == 0)) {
		(void)snprintf(answer->file, sizeof(answer->file), "%s", log->certificate);
		answer->meaning = "the kernel did not take a certificate of the firmware or of shim; "
				  "nothing of ima-init's depends on it";
		answer->remedy = "nothing";
	}
	if (strcmp(answer->kind, "failure code") != 0 && strcmp(answer->word, "killed") != 0 &&
	    strcmp(answer->word, "ended") != 0 && !is_library(answer))
		return;
	for (size_t i = log->boot; i < log->count; i++) {
		struct answer *before = &log->answers[i].answer;

		if (strcmp(before->kind, "summary") != 0)
			continue;
		before->meaning = strcmp(answer->kind, "failure code") == 0
			? "ima-init had proved what it lists and tried to execute the next init; that failed, see below"
			: is_library(answer)
			? "ima-init has proved what it lists and has handed over; then a library was not loaded, see below"
			: "ima-init has proved what it lists and has handed over; process 1 ended after that, see below";
		before->remedy = "see the next one";
	}
}

static bool is_same(const struct answer *one, const struct answer *other)
{
	/* The panic names the code that a line before it has told. */
	bool panic = strcmp(one->kind, "failure code") == 0 &&
		     strncmp(other->detail, "exitcode=", 9) == 0;

	return one->word == other->word && one->meaning == other->meaning &&
	       strcmp(one->file, other->file) == 0 &&
	       (panic || strcmp(one->detail, other->detail) == 0);
}

static void add(struct explain_log *log, const struct answer *answer)
{
	/* A summary is of its own boot, which what follows corrects. */
	for (size_t i = strcmp(answer->kind, "summary") == 0 ? log->boot : 0; i < log->count; i++)
		if (is_same(&log->answers[i].answer, answer)) {
			log->answers[i].times += strncmp(answer->detail, "exitcode=", 9) != 0;
			return;
		}
	if (log->count == LOG_ANSWERS) {
		log->left_out++;
		return;
	}
	log->answers[log->count++] = (struct log_answer){ *answer, 1 };
}

static void add_not_started(struct explain_log *log)
{
	struct answer answer = {
		.kind = "boot", .word = "not-started",
		.meaning = "the kernel did not start /ima/init: nothing of ima-init's was done in this boot",
		.remedy = "init=/ima/init on the command line (rdinit=/ima/init in an initramfs); the last "
			  "such word counts",
	};

	(void)snprintf(answer.detail, sizeof(answer.detail), "started was %s", log->other_init);
	log->known++;
	add(log, &answer);
}

/* A log may be of more than one boot: what one says is not of another. */
static void end_boot(struct explain_log *log)
{
	if (!log->ima_init_ran && log->other_init[0])
		add_not_started(log);
	log->ima_init_ran = log->not_named = false;
	log->other_init[0] = log->certificate[0] = '\0';
	log->boot = log->count;
}

bool explain_log_read(struct explain_log *log)
{
	char line[LINE_MAX_BYTES];
	struct answer answer;

	*log = (struct explain_log){ .answers = calloc(LOG_ANSWERS, sizeof(*log->answers)) };
	if (!log->answers)
		abort();
	while (read_line(line, sizeof(line))) {
		drop_colours(line);
		if (strstr(line, "Linux version "))
			end_boot(log);
		note_start(log, line);
		if (!explain(&answer, line))
			continue;
		log->known++;
		correct(log, &answer);
		if (strcmp(answer.remedy, "nothing") != 0 || strcmp(answer.kind, "summary") == 0)
			add(log, &answer);
	}
	end_boot(log);
	if (!ferror(stdin))
		return true;
	complain("standard input", "read", "it cannot be read");
	return false;
}

void explain_log_free(struct explain_log *log)
{
	free(log->answers);
	log->answers = NULL;
}
