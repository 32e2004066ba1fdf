/* SPDX-License-Identifier: MIT */
/* A sidecar as ima-init reads it: what it takes, imactl takes too, and reads the same in it. */
#include "init/sidecar.c"

#include "imactl/sidecar.h"
#include "lib/input.h"

static struct sidecar_reader reader;

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
	REQUIRE(sidecar_next(&reader));
	REQUIRE(strcmp(reader.path, path) == 0);
	REQUIRE(same_value(SIDECAR_IMA, ima) && same_value(SIDECAR_EVM, evm) &&
		same_value(SIDECAR_CAPABILITY, capability));
	return true;
}

/* Whether ima-init takes all of it. */
static bool take(int file)
{
	REQUIRE(lseek(file, 0, SEEK_SET) == 0);
	sidecar_start(&reader, file);
	while (sidecar_next(&reader)) {
		REQUIRE(is_plain(reader.path) && reader.path[0] != '/');
		REQUIRE(reader.values[SIDECAR_IMA].size > 0);
	}
	REQUIRE(reader.wrong || reader.files > 0);
	return !reader.wrong;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file file = input_file(data, size);

	if (take(file.descriptor)) {
		struct sidecar *sidecar = sidecar_new();
		FILE *in = fmemopen((void *)data, size, "r");
		unsigned long line;

		REQUIRE(in && !sidecar_parse(sidecar, in, &line));
		REQUIRE(sidecar_count(sidecar) == reader.files);
		REQUIRE(lseek(file.descriptor, 0, SEEK_SET) == 0);
		sidecar_start(&reader, file.descriptor);
		sidecar_for_each(sidecar, NULL, compare);
		REQUIRE(!sidecar_next(&reader) && !reader.wrong);
		(void)fclose(in);
		sidecar_free(sidecar);
	}
	(void)close(file.descriptor);
	return 0;
}
