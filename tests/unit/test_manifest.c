/* SPDX-License-Identifier: MIT */
#include "format/manifest.c"

#include "tap.h"

static struct manifest manifest;
static unsigned line;
static const char *wrong;

static bool parse_text(const char *text, size_t length)
{
	if (length >= sizeof(manifest.text))
		abort();
	memcpy(manifest.text, text, length);
	manifest.text[length] = '\0';
	wrong = manifest_parse(&manifest, length, &line);
	return !wrong;
}

#define HEAD "ima-init manifest 1\n"
#define INIT "0302  /ima/init\n"

static void refused(const char *text, unsigned at, const char *says, const char *name)
{
	bool right = !parse_text(text, strlen(text)) && line == at && strstr(wrong, says);

	ok(right, name);
	if (!right)
		printf("# line %u: \"%s\"\n", line, wrong ? wrong : "taken");
}

int main(void)
{
	static const char good[] = HEAD INIT "0304  /ima/keys/kmk\n05ff  /ima/policy\n0606  /sbin/init\n";

	ok(parse_text(good, sizeof(good) - 1) && manifest.count == 4, "four files");
	ok(manifest_lists(&manifest, "/ima/init") && manifest_lists(&manifest, "/ima/policy") &&
	   manifest_lists(&manifest, "/sbin/init"), "each is found");
	ok(!manifest_lists(&manifest, "/ima/ini") && !manifest_lists(&manifest, "/ima/init2") &&
	   !manifest_lists(&manifest, "/a") && !manifest_lists(&manifest, "/z"), "  and others are not");

	refused("", 0, "no line for /ima/init", "empty");
	refused(HEAD, 0, "no line for /ima/init", "no file");
	refused("ima-init manifest 2\n" INIT, 1, "", "another version");
	refused(INIT, 1, "", "no first line");
	refused(HEAD "0302  /ima/init", 2, "does not end", "no newline at the end");
	refused(HEAD INIT "\n", 3, "", "an empty line");
	refused(HEAD INIT INIT, 3, "is not sorted", "a line twice");
	refused(HEAD "0302  /ima/z\n" INIT, 3, "is not sorted", "not sorted");
	refused(HEAD "0302 /ima/init\n", 2, "two blanks", "one blank");
	refused(HEAD "030  /ima/init\n", 2, "hex", "an odd number of digits");
	refused(HEAD "03  /ima/init\n", 2, "hex", "one byte is no attribute");
	refused(HEAD "03AB  /ima/init\n", 2, "hex", "capitals");
	refused(HEAD "03zz  /ima/init\n", 2, "hex", "no hex");
	refused(HEAD "0302  ima/init\n", 2, "a path is absolute", "a relative path");
	refused(HEAD "0302  /ima/../init\n", 2, "a path is absolute", "..");
	refused(HEAD "0302  /ima/./init\n", 2, "a path is absolute", ".");
	refused(HEAD "0302  /ima//init\n", 2, "a path is absolute", "//");
	refused(HEAD "0302  /ima/init/\n", 2, "a path is absolute", "a / at the end");
	refused(HEAD "0302  /ima/in\tit\n", 2, "a path is printable ASCII", "a control character");
	refused(HEAD "0302  /ima/init\r\n", 2, "a path is printable ASCII", "CR LF");

	static char text[LIMIT_MANIFEST + 1];
	size_t used = (size_t)sprintf(text, HEAD INIT);

	for (int i = 0; i < LIMIT_MANIFEST_FILES - 1; i++)
		used += (size_t)sprintf(text + used, "0302  /ima/x%05d\n", i);
	ok(parse_text(text, used), "as many files as the limit says");
	used += (size_t)sprintf(text + used, "0302  /ima/y\n");
	ok(!parse_text(text, used) && line == LIMIT_MANIFEST_FILES + 2 && strstr(wrong, "512"), "  and one more");

	char longest[LIMIT_PATH + 64];

	sprintf(longest, HEAD INIT "0302  /ima/z%0*d\n", LIMIT_PATH - 1 - 6, 0);
	ok(parse_text(longest, strlen(longest)), "a path as long as the limit says");
	sprintf(longest, HEAD INIT "0302  /ima/z%0*d\n", LIMIT_PATH - 6, 0);
	ok(!parse_text(longest, strlen(longest)) && line == 3 && strstr(wrong, "256"), "  and one byte more");

	static const char with_nul[] = HEAD "0302  /ima/in\0it\n";

	ok(!parse_text(with_nul, sizeof(with_nul) - 1) && line == 0 && strstr(wrong, "NUL"), "a NUL byte");

	manifest.count = 0;
	ok(!manifest_add(&manifest, "/ima/b") && !manifest_add(&manifest, "/ima/c") && !manifest_add(&manifest, "/ima/a") &&
	   strcmp(manifest.entries[0].path, "/ima/a") == 0 && manifest_lists(&manifest, "/ima/b") &&
	   manifest_lists_below(&manifest, "/ima/") && !manifest_lists_below(&manifest, "/sbin/"),
	   "files that are added are found");
	for (int i = 3; i < LIMIT_MANIFEST_FILES; i++) {
		char path[32];

		sprintf(path, "/ima/x%d", i);
		if (manifest_add(&manifest, path))
			abort();
	}
	ok(manifest_add(&manifest, "/ima/y") && manifest.count == LIMIT_MANIFEST_FILES, "  and no more than the limit says");
	ok(manifest_needs_no_line("/ima/manifest") && manifest_needs_no_line("/ima/canary") &&
	   manifest_needs_no_line("/ima/canary-exec") && !manifest_needs_no_line("/ima/canary-exe") &&
	   !manifest_needs_no_line("/ima/init") && !manifest_needs_no_line("/manifest"),
	   "the manifest and the canaries need no line");

	for (int i = 0; i < 200000; i++) {
		size_t length;
		char *mutated = tap_mutate(good, sizeof(good) - 1, &length);

		if (parse_text(mutated, length))
			for (size_t n = 1; n < manifest.count; n++)
				if (strcmp(manifest.entries[n - 1].path, manifest.entries[n].path) >= 0)
					abort();
		free(mutated);
	}
	ok(true, "200,000 damaged manifests are survived, and none accepted is unsorted");
	return tap_done();
}
