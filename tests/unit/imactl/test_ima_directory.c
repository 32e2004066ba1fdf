/* SPDX-License-Identifier: MIT */
/* tests/fuzz/manifest.c writes again what ima-init takes. */
#include "scratch.h"

#include "ima_directory.h"

static void is_sorted_by_path(void **state)
{
	struct ima_entries entries = IMA_ENTRIES_EMPTY;
	static const struct value one = { { 3, 2, 0xff }, 3 }, other = { { 3, 0x0a }, 2 };
	size_t size;

	(void)state;
	assert_true(ima_entries_add(&entries, "/ima/keys/a", &one));
	assert_true(ima_entries_add(&entries, "/ima/init", &other));
	assert_true(ima_entries_add(&entries, "/ima/keys", &one));
	char *text = ima_manifest_text(&entries, &size);

	assert_string_equal(text, "ima-init manifest 1\n030a  /ima/init\n0302ff  /ima/keys\n0302ff  /ima/keys/a\n");
	assert_int_equal(size, strlen(text));
	free(text);
	ima_entries_free(&entries);
}

static bool fill(struct ima_entries *entries, unsigned count, const struct value *value)
{
	bool fits = true;
	char path[32];

	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "/ima/%u", i);
		fits = ima_entries_add(entries, path, value) && fits;
	}
	return fits;
}

static void as_many_as_the_limit_says(void **state)
{
	struct ima_entries entries = IMA_ENTRIES_EMPTY;
	static const struct value small = { { 3, 2 }, 2 }, large = { { 3, 2 }, 521 };
	size_t size;

	(void)state;
	assert_true(fill(&entries, LIMIT_MANIFEST_FILES, &small));
	assert_false(ima_entries_add(&entries, "/ima/more", &small));
	assert_int_equal(entries.count, LIMIT_MANIFEST_FILES);
	ima_entries_free(&entries);

	/* A line is of 1,052 bytes or so: 62 are less than LIMIT_MANIFEST, 63 more. */
	assert_true(fill(&entries, 62, &large));
	char *text = ima_manifest_text(&entries, &size);

	assert_non_null(text);
	assert_true(size <= LIMIT_MANIFEST);
	free(text);
	ima_entries_free(&entries);
	assert_true(fill(&entries, 63, &large));
	assert_null(ima_manifest_text(&entries, &size));
	ima_entries_free(&entries);
}

struct tree_row {
	const char *name;
	const char *file;
	mode_t mode;
	const char *content;
	const char *word;            /* of what is found of it; NULL: nothing */
};

/* With "/ima/" ahead it has 255 bytes. */
#define FIFTY   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONGEST FIFTY FIFTY FIFTY FIFTY FIFTY

#define PEM_BEGIN "-----BEGIN PRIVATE KEY-----\n"

static const struct tree_row tree_rows[] = {
	{ "a file", "ima/file", 0644, "x", NULL },
	{ "  that its group can write", "ima/file", 0664, "x", "file-mode" },
	{ "  that all can write", "ima/file", 0646, "x", "file-mode" },
	{ "  with a name that no manifest holds", "ima/a\nb", 0644, "x", "file-unlisted" },
	{ "  with a private key", "ima/file", 0600, PEM_BEGIN, "private-key" },
	{ "  with a certificate", "ima/file", 0600, "-----BEGIN CERTIFICATE-----\n", NULL },
	{ "eight directories deep", "ima/1/2/3/4/5/6/7/8/f", 0644, "x", NULL },
	{ "  and nine", "ima/1/2/3/4/5/6/7/8/9/f", 0644, "x", "file-unlisted" },
	{ "a path as long as the limit says", "ima/" LONGEST, 0644, "x", NULL },
	{ "  and one byte more", "ima/" LONGEST "x", 0644, "x", "file-unlisted" },
	{ "a directory with such a path", "ima/" LONGEST "/", 0755, "", NULL },
	{ "  and one byte more", "ima/" LONGEST "x/", 0755, "", "file-unlisted" },
	{ "a symlink", "ima/link", 0, NULL, "file-type" },
};

static void take(void *data, const char *path, const char *word, const char *reason)
{
	char *words = data;

	(void)path;
	(void)reason;
	(void)snprintf(words + strlen(words), 128 - strlen(words), "%s ", word);
}

static void make_directories(const char *path)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s", path);
	for (char *slash = text + strlen(scratch); (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		(void)mkdir(text, 0755);
		*slash = '/';
	}
}

static void is_found(void **state)
{
	/* Who runs the tests may not be root. */
	static const struct evm_target target = { .owner_given = true };
	const struct tree_row *row = *state;
	char words[128] = "", expected[64] = "";

	remove_scratch();
	assert_int_equal(mkdir(scratch, 0755), 0);
	make_directories(scratch_path(row->file));
	if (row->content && !*row->content) {
		/* A directory, which make_directories() has made. */
	} else if (row->content) {
		(void)scratch_file(row->file, row->content, strlen(row->content));
		assert_int_equal(chmod(scratch_path(row->file), row->mode), 0);
	} else {
		assert_int_equal(symlink("init", scratch_path(row->file)), 0);
	}
	(void)ima_directory_check(scratch, scratch_path("ima"), &target, take, words);
	if (row->word)
		(void)snprintf(expected, sizeof(expected), "%s ", row->word);
	assert_string_equal(words, expected);
}

int main(void)
{
	make_scratch();
	umask(022);
	add_test("a manifest is sorted by path", is_sorted_by_path, NULL);
	add_test("as many files and bytes as the limits say, and more", as_many_as_the_limit_says, NULL);
	ADD_ROWS(tree_rows, is_found);
	return run_table("ima_directory");
}
