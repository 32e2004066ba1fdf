/* SPDX-License-Identifier: MIT */
/* What the command line says of enforcement. */
#include "boot.h"
#include "failure.h"
#include "kernel_fs.h"
#include "format/command_line.h"
#include "format/text.h"

/*
 * Nothing is proved here: the proofs are made on the running kernel, and a weak
 * word only explains one that fails. evm=fix is the exception: it lets files
 * without a valid security.evm through, and no canary can show that, since the
 * canary is refused for its security.ima.
 */
enum failure_code read_command_line(struct boot *boot)
{
	static char text[LIMIT_CMDLINE];
	char *line = text;
	struct word word;
	bool appraises = false;
	ssize_t length = kernel_fs_read(boot->proc, "cmdline", text, sizeof(text));

	if (length < 0)
		return fail(boot, FAIL_COMMAND_LINE, "/proc/cmdline (at most %d bytes): "
			    ERRNO_FORMAT, LIMIT_CMDLINE - 1, ERRNO((int)-length));

	while (command_line_word(&line, &word)) {
		const char *value = word.value ? word.value : "";

		if (is_parameter(word.name, "evm") && text_starts(value, "fix"))
			return fail(boot, FAIL_COMMAND_LINE, "it says evm=%s", value);
		/* The kernel goes by the first letters, and by the last such word. */
		if (is_parameter(word.name, "ima_appraise")) {
			/* In an initramfs every one counts: nothing there shows at once which did. */
			if (!boot->in_initramfs)
				boot->weak_word[0] = '\0';
			if (!text_starts(value, "enforce"))
				(void)text_format(boot->weak_word, sizeof(boot->weak_word),
						  "ima_appraise=%s", value);
		}
		if (is_parameter(word.name, "ima_appraise_tcb") ||
		    (is_parameter(word.name, "ima_policy") && names_appraise_tcb(value)))
			appraises = true;
	}
	if (!appraises && !boot->weak_word[0])
		(void)text_format(boot->weak_word, sizeof(boot->weak_word),
				  "no ima_policy=appraise_tcb");
	return FAIL_NONE;
}
