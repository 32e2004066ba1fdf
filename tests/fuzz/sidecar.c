/* SPDX-License-Identifier: MIT */
/* A sidecar: what is taken is written and read again as the same. */
#include "imactl/sidecar.c"

#include "lib/input.h"

/* NULL: refused. The caller frees it. */
static char *read_and_write(const void *data, size_t size, size_t *files)
{
	struct sidecar *sidecar = sidecar_new();
	FILE *in = fmemopen((void *)data, size, "r");
	unsigned long line;
	char *text = NULL;

	REQUIRE(in);
	if (!sidecar_parse(sidecar, in, &line)) {
		size_t length;
		FILE *out = open_memstream(&text, &length);

		sidecar_for_each(sidecar, out, print_entry);
		REQUIRE(fclose(out) == 0);
	}
	*files = sidecar_count(sidecar);
	(void)fclose(in);
	sidecar_free(sidecar);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t files, again;

	/* fmemopen() makes no empty file. */
	if (size == 0)
		return 0;
	char *text = read_and_write(data, size, &files);

	if (text && *text) {
		char *second = read_and_write(text, strlen(text), &again);

		REQUIRE(second && again == files && strcmp(text, second) == 0);
		free(second);
	}
	free(text);
	return 0;
}
