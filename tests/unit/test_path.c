/* SPDX-License-Identifier: MIT */
#include "format/path.c"

#include "tap.h"

static void refused(const char *path, const char *says, const char *name)
{
	const char *wrong = path_wrong(path);

	ok(wrong && strstr(wrong, says), name);
}

int main(void)
{
	char path[LIMIT_PATH + 1];

	ok(!path_wrong("/ima/init"), "a path");
	refused("ima/init", "is absolute", "  that is relative");
	refused("", "is absolute", "  that is empty");
	ok(!path_wrong("/ima/a b"), "a blank in a name");
	refused("/ima/a\nb", "printable", "  a newline");
	refused("/ima/a\tb", "printable", "  a tab");
	refused("/ima/a\x7f", "printable", "  a DEL");
	refused("/ima/\xc3\xa4", "printable", "  a character of UTF-8");
	ok(!path_wrong("/ima/..a/.b/..."), "a name that begins with dots");
	refused("/ima/../init", "is absolute", "  ..");
	refused("/ima/..", "is absolute", "  .. at the end");
	refused("/ima/./init", "is absolute", "  .");
	refused("/ima//init", "is absolute", "//");
	refused("/ima/init/", "is absolute", "a slash at the end");
	refused("/", "is absolute", "the root directory");

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[LIMIT_PATH - 1] = '\0';
	ok(!path_wrong(path), "a path as long as the limit says");
	path[LIMIT_PATH - 1] = 'a';
	path[LIMIT_PATH] = '\0';
	refused(path, "fewer than 256 bytes", "  and one byte more");

	ok(path_is_plain("a/.b/c..") && !path_is_plain("a/./b") && !path_is_plain("../a") && !path_is_plain("/a") &&
	   !path_is_plain("a/") && !path_is_plain(""), "what stays below a directory");
	return tap_done();
}
