/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "package.h"

/* e_ident's class and byte order, and the two bytes of e_machine as they lie. */
struct machine_row {
	const char *name;
	uint8_t class, data, machine[2];
	const char *deb, *rpm;       /* NULL: refused */
};

static const struct machine_row machine_rows[] = {
	{ "x86-64", 2, 1, { 62, 0 }, "amd64", "x86_64" },
	{ "  of the other byte order", 2, 2, { 0, 62 }, NULL, NULL },
	{ "  with pointers of 32 bits (x32)", 1, 1, { 62, 0 }, NULL, NULL },
	{ "i386", 1, 1, { 3, 0 }, "i386", "i686" },
	{ "ARM, 64 bits", 2, 1, { 183, 0 }, "arm64", "aarch64" },
	{ "ARM, 32 bits", 1, 1, { 40, 0 }, "armhf", "armv7hl" },
	{ "  of the other byte order", 1, 2, { 0, 40 }, NULL, NULL },
	{ "RISC-V, 64 bits", 2, 1, { 243, 0 }, "riscv64", "riscv64" },
	{ "  32 bits", 1, 1, { 243, 0 }, NULL, NULL },
	{ "POWER, little-endian", 2, 1, { 21, 0 }, "ppc64el", "ppc64le" },
	{ "  big-endian", 2, 2, { 0, 21 }, NULL, NULL },
	{ "S/390", 2, 2, { 0, 22 }, "s390x", "s390x" },
	{ "a machine that is not known", 2, 1, { 2, 0 }, NULL, NULL },
};

static void names_machine(void **state)
{
	const struct machine_row *row = *state;
	uint8_t header[20] = { 0x7f, 'E', 'L', 'F', row->class, row->data };

	memcpy(header + 18, row->machine, 2);
	const struct architecture *architecture = architecture_of(header, sizeof(header));

	assert_true((architecture != NULL) == (row->deb != NULL));
	if (architecture) {
		assert_string_equal(architecture->deb, row->deb);
		assert_string_equal(architecture->rpm, row->rpm);
	}
	assert_null(architecture_of(header, sizeof(header) - 1));
	header[0] = '#';
	assert_null(architecture_of(header, sizeof(header)));
}

struct names_row {
	const char *name;
	struct package package;
	bool right;
};

static const struct names_row names_rows[] = {
	{ "a version alone", { NULL, "1", NULL }, true },
	{ "  none", { "acme", NULL, NULL }, false },
	{ "  that is empty", { "acme", "", NULL }, false },
	{ "  with all that it may have", { "acme", "1.0+b~rc1", NULL }, true },
	{ "  with a dash, which rpm does not take", { "acme", "1.0-1", NULL }, false },
	{ "  with a line of control", { "acme", "1\nDepends: x", NULL }, false },
	{ "  that begins with a letter", { "acme", "v1", NULL }, false },
	{ "a name with all that it may have", { "a0+-.b", "1", NULL }, true },
	{ "  of one letter", { "a", "1", NULL }, false },
	{ "  with a capital", { "Acme", "1", NULL }, false },
	{ "  that is a macro of rpm", { "a%{x}", "1", NULL }, false },
	{ "a maintainer", { NULL, "1", "A B <a@b.example>" }, true },
	{ "  without a name", { NULL, "1", "<a@b.example>" }, false },
	{ "  without an address", { NULL, "1", "A B" }, false },
	{ "  with something behind it", { NULL, "1", "A <a@b.example> B" }, false },
	{ "  of two lines", { NULL, "1", "A\nB <a@b.example>" }, false },
	{ "  that is a macro of rpm", { NULL, "1", "%(id) <a@b.example>" }, false },
};

static void checks_names(void **state)
{
	const struct names_row *row = *state;
	struct package package = row->package;

	assert_true((package_names_wrong(&package) == NULL) == row->right);
	if (row->right)
		assert_true(package.name && package.maintainer);
}

int main(void)
{
	ADD_ROWS(machine_rows, names_machine);
	ADD_ROWS(names_rows, checks_names);
	return run_table("package");
}
