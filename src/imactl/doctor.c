/* SPDX-License-Identifier: MIT */
/* What the checks of imactl doctor share. */
#include "doctor.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report.h"

static const struct {
	const char *word, *colour;
} verdicts[VERDICT_COUNT] = {
	[VERDICT_OK] = { "ok", "\033[32m" },
	[VERDICT_WRONG] = { "WRONG", "\033[1;31m" },
	[VERDICT_ADVICE] = { "advice", "\033[33m" },
	[VERDICT_UNKNOWN] = { "unknown", "\033[2m" },
};

const struct subject_word subject_words[] = {
	{ "way", "no-initramfs", NO_INITRAMFS },
	{ "way", "embedded", EMBEDDED },
	{ "way", "uki", UKI },
	{ "way", "initrd-image", INITRD_IMAGE },
	{ "way", "cpio", CPIO },
	{ "way", "distribution", DISTRIBUTION },
	{ "evm", "hmac", EVM_HMAC },
	{ "evm", "x509", EVM_X509 },
	{ "evm", "none", EVM_NONE },
	{ "kmk", "user", KMK_USER },
	{ "kmk", "trusted", KMK_TRUSTED },
	{ "keys", "rsa", KEYS_RSA },
	{ "keys", "ecdsa", KEYS_ECDSA },
	{ "fs", "ext4", FS_EXT4 },
	{ "fs", "squashfs", FS_SQUASHFS },
	{ "fs", "erofs", FS_EROFS },
	{ "fs", "btrfs", FS_BTRFS },
	{ "fs", "xfs", FS_XFS },
	{ "fs", "f2fs", FS_F2FS },
	{ "fs", "ubifs", FS_UBIFS },
	{ "fs", "overlay", FS_OVERLAY },
	{ "fs", "tmpfs", FS_TMPFS },
};
const size_t subject_word_count = sizeof(subject_words) / sizeof(subject_words[0]);

const char *doctor_verdict_word(enum verdict verdict)
{
	return verdicts[verdict].word;
}

unsigned subject_mask(const char *option)
{
	unsigned mask = 0;

	for (size_t i = 0; i < subject_word_count; i++)
		if (strcmp(subject_words[i].option, option) == 0)
			mask |= subject_words[i].bit;
	return mask;
}

/* Of each option that the scope says something of, a word must be chosen. */
bool doctor_asks(const struct doctor *doctor, unsigned scope)
{
	static const char *const options[] = { "way", "evm", "kmk", "keys", "fs" };
	bool applies = !(scope & DM_CREATE) || (doctor->chosen & DM_CREATE);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		unsigned asked = scope & subject_mask(options[i]);

		applies = applies && (asked == 0 || (asked & doctor->chosen));
	}
	return applies;
}

#define VERDICT_COLUMNS 8    /* before what was found */
#define COLUMNS_MAX     100  /* of a line on a terminal */

/* Columns of a line; 0: any number, for a pipe, where a finding is one line. */
static size_t line_columns(void)
{
	struct winsize window;

	if (isatty(STDOUT_FILENO) != 1)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_col < 40 ||
	    window.ws_col > COLUMNS_MAX)
		return COLUMNS_MAX;
	return window.ws_col;
}

void print_wrapped(const char *text, size_t indent)
{
	size_t columns = line_columns(), room = columns - indent;

	while (columns > 0 && strlen(text) > room) {
		size_t cut = room;

		while (cut > 0 && text[cut] != ' ')
			cut--;
		if (cut == 0)
			cut = strcspn(text, " ");
		printf("%.*s\n%*s", (int)cut, text, (int)indent, "");
		text += cut + (text[cut] == ' ');
	}
	printf("%s\n", text);
}

void doctor_print(struct doctor *doctor, const struct finding *finding)
{
	bool colour = use_colour(stdout), right = finding->verdict == VERDICT_OK;

	doctor->counts[finding->verdict]++;
	if (doctor->json) {
		json_t *found = json_string(finding->found);

		(void)json_array_append_new(doctor->checks,
					    json_pack("{s:s, s:s, s:o, s:s, s:s?}", "verdict",
						      verdicts[finding->verdict].word, "option",
						      finding->option, "found",
						      found ? found : json_string("not in UTF-8"),
						      "why", finding->why, "remedy",
						      right ? NULL : finding->remedy));
		return;
	}
	bool bare = right && finding->alarms;
	char text[2048];

	(void)snprintf(text, sizeof(text), "%s%s%s%s%s", finding->found, bare ? "" : ": ",
		       bare ? "" : finding->why, right ? "" : ": ", right ? "" : finding->remedy);
	printf("%s%-7s%s ", colour ? verdicts[finding->verdict].colour : "",
	       verdicts[finding->verdict].word, colour ? "\033[0m" : "");
	print_wrapped(text, VERDICT_COLUMNS);
}

void doctor_run(struct doctor *doctor, const struct line_check *checks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct line_check *check = &checks[i];
		struct finding finding = { .verdict = VERDICT_OK,
					   .option = check->option,
					   .why = check->why,
					   .remedy = check->remedy,
					   .alarms = check->alarms };

		if (!doctor_asks(doctor, check->scope))
			continue;
		check->judge(doctor, &finding);
		doctor_print(doctor, &finding);
	}
}
