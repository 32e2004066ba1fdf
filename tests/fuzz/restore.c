/* SPDX-License-Identifier: MIT */
/* A sidecar as ima-init reads it: what it takes, imactl takes too, and reads the same in it. */
#include "format/path.h"
#include "format/sidecar.h"
#include "imactl/sidecar.h"
#include "lib/input.h"

static struct sidecar_reader reader;

/* Where the next line begins. */
static const uint8_t *next, *end;
static const char *wrong;

static void start(const uint8_t *data, size_t size)
{
	next = data;
	end = data + size;
	wrong = NULL;
	sidecar_start(&reader);
}

/* One more file. */
static bool take_file(void)
{
	while (!wrong && next < end) {
		const uint8_t *newline = memchr(next, '\n', (size_t)(end - next));
		size_t length = (size_t)((newline ? newline : end) - next);
		char *line = input_text(next, length);

		next += length + 1;
		wrong = sidecar_line(&reader, line, length, newline);
		free(line);
		if (!wrong && !reader.open)
			return true;
	}
	if (!wrong)
		wrong = sidecar_end(&reader);
	return false;
}

static bool same_value(enum sidecar_name name, const struct value *value)
{
	const struct sidecar_value *ours = &reader.values[name];

	return ours->size == value->size && memcmp(ours->bytes, value->data, value->size) == 0;
}

/* Both are in the order of the paths. */
static bool compare(void *data, const char *path, const struct value *ima, const struct value *evm,
		    const struct value *capability)
{
	(void)data;
	REQUIRE(take_file());
	REQUIRE(strcmp(reader.path, path) == 0);
	REQUIRE(same_value(SIDECAR_IMA, ima) && same_value(SIDECAR_EVM, evm) &&
		same_value(SIDECAR_CAPABILITY, capability));
	return true;
}

/* Whether ima-init takes all of it. */
static bool take(const uint8_t *data, size_t size)
{
	start(data, size);
	while (take_file()) {
		REQUIRE(path_is_plain(reader.path) && reader.path[0] != '/');
		REQUIRE(reader.values[SIDECAR_IMA].size > 0);
	}
	REQUIRE(wrong || reader.files > 0);
	return !wrong;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (take(data, size)) {
		struct sidecar *sidecar = sidecar_new();
		FILE *in = fmemopen((void *)data, size, "r");
		unsigned long line;

		REQUIRE(in && !sidecar_parse(sidecar, in, &line));
		REQUIRE(sidecar_count(sidecar) == reader.files);
		start(data, size);
		sidecar_for_each(sidecar, NULL, compare);
		REQUIRE(!take_file() && !wrong);
		(void)fclose(in);
		sidecar_free(sidecar);
	}
	return 0;
}
