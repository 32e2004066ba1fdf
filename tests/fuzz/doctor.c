/* SPDX-License-Identifier: MIT */
/* A kernel configuration, a NUL, and a command line, as imactl doctor judges them. */
#include "imactl/doctor.h"

#include "lib/input.h"

static void judge(struct doctor *doctor)
{
	for (size_t i = 0; i < line_check_count; i++) {
		struct finding finding = { .verdict = VERDICT_OK };

		line_checks[i].judge(doctor, &finding);
		REQUIRE(finding.verdict < VERDICT_COUNT);
		REQUIRE(finding.found[0] && strlen(finding.found) < sizeof(finding.found));
	}
	doctor_check_config(doctor);
	REQUIRE(json_array_size(doctor->checks) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doctor doctor = { .chosen = ~0U, .json = true, .has_line = true };
	char *text = input_text(data, size), *line = text + strlen(text);

	doctor.has_config = kernel_config_parse(&doctor.config, "input", strdup(text)) == 0;
	line += line < text + size;
	REQUIRE(kernel_command_line_parse(&doctor.line, line) == 0);
	doctor.checks = json_array();
	judge(&doctor);
	json_decref(doctor.checks);
	kernel_config_free(&doctor.config);
	kernel_command_line_free(&doctor.line);
	free(text);
	return 0;
}
