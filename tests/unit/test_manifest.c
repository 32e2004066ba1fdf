/* SPDX-License-Identifier: MIT */
#include "manifest.c"

#include "tap.h"

static struct boot boot;

static enum failure_code parse_text(const char *text, size_t length)
{
	boot.manifest.count = 0;
	boot.what[0] = '\0';
	if (length >= sizeof(boot.manifest.text))
		abort();
	memcpy(boot.manifest.text, text, length);
	boot.manifest.text[length] = '\0';
	return parse(&boot, length);
}

#define HEAD "ima-init manifest 1\n"
#define INIT "0302  /ima/init\n"

static void refused(const char *text, const char *says, const char *name)
{
	enum failure_code code = parse_text(text, strlen(text));

	ok(code == FAIL_MANIFEST_INVALID && strstr(boot.what, says), name);
	if (!strstr(boot.what, says))
		printf("# said \"%s\"\n", boot.what);
}

int main(void)
{
	static const char good[] = HEAD INIT "0304  /ima/keys/kmk\n05ff  /ima/policy\n0606  /sbin/init\n";

	ok(parse_text(good, sizeof(good) - 1) == FAIL_NONE && boot.manifest.count == 4, "four files");
	ok(manifest_lists(&boot, "/ima/init") && manifest_lists(&boot, "/ima/policy") &&
	   manifest_lists(&boot, "/sbin/init"), "each is found");
	ok(!manifest_lists(&boot, "/ima/ini") && !manifest_lists(&boot, "/ima/init2") &&
	   !manifest_lists(&boot, "/a") && !manifest_lists(&boot, "/z"), "  and others are not");

	refused("", "no line for /ima/init", "empty");
	refused(HEAD, "no line for /ima/init", "no file");
	refused("ima-init manifest 2\n" INIT, "line 1", "another version");
	refused(INIT, "line 1", "no first line");
	refused(HEAD "0302  /ima/init", "line 2: does not end", "no newline at the end");
	refused(HEAD INIT "\n", "line 3", "an empty line");
	refused(HEAD INIT INIT, "line 3: is not sorted", "a line twice");
	refused(HEAD "0302  /ima/z\n" INIT, "line 3: is not sorted", "not sorted");
	refused(HEAD "0302 /ima/init\n", "two blanks", "one blank");
	refused(HEAD "030  /ima/init\n", "hex", "an odd number of digits");
	refused(HEAD "03  /ima/init\n", "hex", "one byte is no attribute");
	refused(HEAD "03AB  /ima/init\n", "hex", "capitals");
	refused(HEAD "03zz  /ima/init\n", "hex", "no hex");
	refused(HEAD "0302  ima/init\n", "plain absolute path", "a relative path");
	refused(HEAD "0302  /ima/../init\n", "plain absolute path", "..");
	refused(HEAD "0302  /ima/./init\n", "plain absolute path", ".");
	refused(HEAD "0302  /ima//init\n", "plain absolute path", "//");
	refused(HEAD "0302  /ima/init/\n", "plain absolute path", "a / at the end");
	refused(HEAD "0302  /ima/in\tit\n", "plain absolute path", "a control character");
	refused(HEAD "0302  /ima/init\r\n", "plain absolute path", "CR LF");

	static char text[LIMIT_MANIFEST + 1];
	size_t used = (size_t)sprintf(text, HEAD INIT);

	for (int i = 0; i < LIMIT_MANIFEST_FILES - 1; i++)
		used += (size_t)sprintf(text + used, "0302  /ima/x%05d\n", i);
	ok(parse_text(text, used) == FAIL_NONE, "as many files as the limit says");
	used += (size_t)sprintf(text + used, "0302  /ima/y\n");
	ok(parse_text(text, used) == FAIL_MANIFEST_INVALID && strstr(boot.what, "512"), "  and one more");

	char longest[LIMIT_PATH + 64];

	sprintf(longest, HEAD INIT "0302  /ima/z%0*d\n", LIMIT_PATH - 1 - 6, 0);
	ok(parse_text(longest, strlen(longest)) == FAIL_NONE, "a path as long as the limit says");
	sprintf(longest, HEAD INIT "0302  /ima/z%0*d\n", LIMIT_PATH - 6, 0);
	ok(parse_text(longest, strlen(longest)) == FAIL_MANIFEST_INVALID, "  and one byte more");

	static const char with_nul[] = HEAD "0302  /ima/in\0it\n";

	ok(parse_text(with_nul, sizeof(with_nul) - 1) == FAIL_MANIFEST_INVALID &&
	   strstr(boot.what, "NUL"), "a NUL byte");

	for (int i = 0; i < 200000; i++) {
		size_t length;
		char *mutated = tap_mutate(good, sizeof(good) - 1, &length);

		if (parse_text(mutated, length) == FAIL_NONE)
			for (size_t n = 1; n < boot.manifest.count; n++)
				if (strcmp(boot.manifest.entries[n - 1].path, boot.manifest.entries[n].path) >= 0)
					abort();
		free(mutated);
	}
	ok(true, "200,000 damaged manifests are survived, and none accepted is unsorted");
	return tap_done();
}
