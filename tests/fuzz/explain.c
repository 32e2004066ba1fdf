/* SPDX-License-Identifier: MIT */
/* A word or a line of a log that imactl explain is asked about. */
#include "imactl/explain.h"

#include "lib/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer answer;
	char *line = input_text(data, size);

	if (explain(&answer, line)) {
		REQUIRE(answer.kind && answer.word && answer.meaning && answer.remedy);
		REQUIRE(strlen(answer.file) < sizeof(answer.file));
		/* What is shown of the line is of the line; "0x..." becomes "exitcode=0x...". */
		REQUIRE(strlen(answer.detail) <= size + strlen("exitcode="));
	}
	free(line);
	return 0;
}
