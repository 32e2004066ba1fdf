/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include "selection.h"

struct file_row {
	const char *name;
	const char *below, *content;
	mode_t mode;
	bool selected;
};

static const struct file_row file_rows[] = {
	{ "a program", "bin/a", "", 0755, true },
	{ "  that only its group may execute", "bin/a", "", 0610, true },
	{ "  that nobody may execute", "bin/a", "", 0644, false },
	{ "a script by its first line", "srv/a", "#!/bin/sh\n", 0644, true },
	{ "  and text", "srv/a", "# a\n", 0644, false },
	{ "an ELF file", "srv/a", "\177ELF", 0644, true },
	{ "  cut off", "srv/a", "\177EL", 0644, false },
	{ "a library by its name", "lib/liba.so.1", "", 0644, true },
	{ "  and a directory that is called so", "lib/a.so/text", "", 0644, false },
	{ "a module", "usr/lib/modules/6.1/a.ko.xz", "", 0644, true },
	{ "firmware", "lib/firmware/a", "", 0644, true },
	{ "  in another directory", "opt/glib/firmware/a", "", 0644, false },
	{ "  in both", "opt/glib/firmware/lib/firmware/a", "", 0644, true },
	{ "configuration", "etc/a", "", 0644, true },
	{ "  not of the root", "opt/etc/a", "", 0644, false },
};

static void is_signed(void **state)
{
	const struct file_row *row = *state;
	const struct stat status = { .st_mode = S_IFREG | row->mode };
	int file = open(scratch_file("file", row->content, strlen(row->content)), O_RDONLY | O_CLOEXEC);

	assert_int_equal(is_selected(file, row->below, &status), row->selected);
	(void)close(file);
}

int main(void)
{
	make_scratch();
	ADD_ROWS(file_rows, is_signed);
	return run_table("selection");
}
