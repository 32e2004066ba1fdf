/* SPDX-License-Identifier: MIT */
/* A manifest: what ima-init takes, imactl would have written, byte by byte. */
#include <regex.h>

#include "format/manifest.h"

#include "format/path.h"
#include "format/text.h"
#include "imactl/ima_directory.h"
#include "lib/input.h"

static struct manifest manifest;

static struct value value_of(const char *hex)
{
	struct value value = { .size = strlen(hex) / 2 };
	uint32_t byte;

	REQUIRE(value.size <= sizeof(value.data));
	for (size_t i = 0; i < value.size; i++) {
		REQUIRE(text_hex(hex + 2 * i, 2, &byte));
		value.data[i] = (uint8_t)byte;
	}
	return value;
}

static void write_again(const uint8_t *data, size_t size)
{
	struct ima_entries entries = IMA_ENTRIES_EMPTY;
	size_t length;

	for (size_t i = 0; i < manifest.count; i++) {
		const struct manifest_entry *entry = &manifest.entries[i];
		struct value value = value_of(entry->xattr);

		REQUIRE(!path_wrong(entry->path));
		REQUIRE(manifest_find(&manifest, entry->path) == entry);
		REQUIRE(ima_entries_add(&entries, entry->path, &value));
	}
	char *text = ima_manifest_text(&entries, &length);

	REQUIRE(text && length == size && memcmp(text, data, size) == 0);
	free(text);
	ima_entries_free(&entries);
}

/* ima-init(8), of a path in the manifest. */
static bool is_described(const char *path)
{
	static const char expression[] = "^(/([!-.0-~ ]{3,}|[!-.0-~ ]?[ -,0-~-]|[ -,0-~-][!-.0-~ ]))+$";
	static regex_t compiled;
	static bool done;

	if (!done)
		REQUIRE(regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) == 0);
	done = true;
	return strlen(path) <= 255 && regexec(&compiled, path, 0, NULL, 0) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned line;

	if (size > LIMIT_MANIFEST)
		return -1;
	memcpy(manifest.text, data, size);
	manifest.text[size] = '\0';
	if (!manifest_parse(&manifest, size, &line))
		write_again(data, size);

	/* The same bytes as a path. */
	char *path = input_text(data, size);

	REQUIRE(!path_wrong(path) == is_described(path));
	free(path);
	return 0;
}
