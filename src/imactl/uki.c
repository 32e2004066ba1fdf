/* SPDX-License-Identifier: MIT */
/*
 * A unified kernel image: a stub of systemd-stub(7), a program for the firmware, to which
 * objcopy adds the kernel, the tree as an initramfs and the command line as sections of
 * those names. It is signed later, as a whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "bytes.h"
#include "output.h"
#include "pack.h"
#include "report.h"
#include "tool.h"

#define DEFAULT_STUB "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
#define PAGE         4096

/* ---- PE (Microsoft's PE format): what is in which section ---- */

#define HEADER_AT     0x3c           /* in the DOS header: where the rest is */
#define SECTION_COUNT 6              /* behind the signature */
#define TIME          8
#define OPTIONAL_SIZE 20
#define OPTIONAL      24
#define IMAGE_BASE    24             /* of PE32+ */
#define CHECKSUM      64             /* the signer makes it */
#define SECTION       40
#define SECTIONS_MAX  96

struct program {
	const uint8_t *bytes;
	size_t size;
	const uint8_t *sections;
	unsigned count;
	uint64_t base;
};

static bool read_program(struct program *program)
{
	if (program->size < HEADER_AT + 4)
		return false;
	size_t at = get32(program->bytes + HEADER_AT);
	const uint8_t *header = program->bytes + at;

	if (at > program->size || program->size - at < OPTIONAL + CHECKSUM + 4 ||
	    memcmp(header, "PE\0\0", 4) != 0 || get16(header + OPTIONAL) != 0x20b)
		return false;
	at += OPTIONAL + (size_t)get16(header + OPTIONAL_SIZE);
	program->count = get16(header + SECTION_COUNT);
	program->base = get64(header + OPTIONAL + IMAGE_BASE);
	program->sections = program->bytes + at;
	return program->count <= SECTIONS_MAX && at <= program->size &&
		program->size - at >= (size_t)program->count * SECTION;
}

/* The first page behind all sections, from the base. */
static uint64_t free_page(const struct program *program)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < program->count; i++) {
		const uint8_t *section = program->sections + i * SECTION;
		uint64_t section_end = (uint64_t)get32(section + 12) + get32(section + 8);

		end = section_end > end ? section_end : end;
	}
	return (end + PAGE - 1) / PAGE * PAGE;
}

/* The one section of that name, and how many there are; one that is not all there has nothing. */
static unsigned find_section(const struct program *program, const char *name, const uint8_t **bytes,
			     size_t *size)
{
	char padded[8] = "";
	unsigned found = 0;

	memcpy(padded, name, strlen(name));
	for (unsigned i = 0; i < program->count; i++) {
		const uint8_t *section = program->sections + i * SECTION;
		size_t used = get32(section + 8), at = get32(section + 20);
		bool is_whole = used <= get32(section + 16) && at <= program->size &&
			used <= program->size - at;

		if (memcmp(section, padded, sizeof(padded)) != 0)
			continue;
		found++;
		*bytes = is_whole ? program->bytes + at : NULL;
		*size = is_whole ? used : 0;
	}
	return found;
}

/* Where a section can go: the base of a program, and how far behind it. */
struct place {
	uint64_t base, at;
};

/* ---- the parts ---- */

enum part { CMDLINE, KERNEL, INITRD, PARTS };

static const char *const part_names[PARTS] = { ".cmdline", ".linux", ".initrd" };

/* A file of which pack_map() and pack_write_file() know by the name alone. */
static bool set_file(struct pack *file, const struct pack *pack, enum part part)
{
	const char *name = part == INITRD ? ASIDE_INITRD : ASIDE_CMDLINE;

	*file = *pack;
	if (part != KERNEL)
		return path_join(file->image, pack->directory, name);
	file->output = pack->kernel;
	return path_join(file->image, pack->kernel, "");
}

static bool write_cmdline(const struct pack *pack, FILE *out)
{
	return fputs(pack->cmdline, out) >= 0 || pack_failed(pack, "write");
}

static bool write_parts(const struct pack *pack, struct pack files[PARTS])
{
	for (enum part part = 0; part < PARTS; part++)
		if (!set_file(&files[part], pack, part))
			return false;
	return pack_write_file(&files[CMDLINE], write_cmdline) &&
		pack_write_file(&files[INITRD], cpio_stream);
}

static const char *stub_of(const struct pack *pack)
{
	return pack->stub ? pack->stub : DEFAULT_STUB;
}

/* Where the first section can go; a stub that has one of them already would not be obeyed. */
static bool find_place(const struct pack *pack, struct place *place)
{
	struct pack stub = { .output = stub_of(pack) };
	struct program program = { 0 };
	const uint8_t *bytes;
	size_t size;

	if (!path_join(stub.image, stub.output, ""))
		return false;
	program.bytes = pack_map(&stub, &program.size);
	bool right = program.bytes && read_program(&program);

	if (program.bytes && !right)
		complain(stub.output, "pack", "it is no program for 64-bit firmware");
	for (enum part part = 0; right && part < PARTS; part++) {
		if (find_section(&program, part_names[part], &bytes, &size) == 0)
			continue;
		complain(stub.output, "pack", "it has a section %s already", part_names[part]);
		right = false;
	}
	if (right)
		*place = (struct place){ program.base, free_page(&program) };
	pack_unmap(program.bytes, program.size);
	return right;
}

/* objcopy's words for a part: its section, file and place; the place behind it. */
static bool add_words(const struct pack *file, enum part part, char add[TREE_PATH_SIZE + 16],
		      char where[64], struct place *place)
{
	struct stat status;

	if (stat(file->image, &status) < 0) {
		complain(file->output, "pack", "%s", strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode) || status.st_size == 0) {
		complain(file->output, "pack", "it is empty, or no regular file");
		return false;
	}
	(void)snprintf(add, TREE_PATH_SIZE + 16, "%s=%s", part_names[part], file->image);
	(void)snprintf(where, 64, "%s=0x%llx", part_names[part],
		       (unsigned long long)(place->base + place->at));
	place->at += ((uint64_t)status.st_size + PAGE - 1) / PAGE * PAGE;
	if (place->at <= UINT32_MAX)
		return true;
	/* objcopy would begin again at 0, over what is there. */
	complain(file->output, "pack", "behind the stub it would end beyond 4 GiB, and no program can");
	return false;
}

/* objcopy gives it the time of day, and a checksum that depends on it. */
static bool set_time(const struct pack *pack)
{
	const uint8_t time[4] = { (uint8_t)pack->time, (uint8_t)(pack->time >> 8),
				  (uint8_t)(pack->time >> 16), (uint8_t)(pack->time >> 24) };
	const uint8_t none[4] = { 0 };
	uint8_t place[4];
	AUTO_CLOSE int file = open(pack->image, O_RDWR | O_CLOEXEC);

	if (file < 0 || pread(file, place, sizeof(place), HEADER_AT) != sizeof(place))
		return pack_failed(pack, "write");
	off_t header = (off_t)get32(place);

	return (pwrite(file, time, sizeof(time), header + TIME) == sizeof(time) &&
		pwrite(file, none, sizeof(none), header + OPTIONAL + CHECKSUM) == sizeof(none)) ||
		pack_failed(pack, "write");
}

bool uki_write(const struct pack *pack)
{
	static struct pack files[PARTS];
	static char add[PARTS][TREE_PATH_SIZE + 16], where[PARTS][64];
	const char *arguments[4 * PARTS + 4] = { "objcopy" };
	unsigned count = 1;
	struct place place;

	if (!write_parts(pack, files) || !find_place(pack, &place))
		return false;
	for (enum part part = 0; part < PARTS; part++) {
		if (!add_words(&files[part], part, add[part], where[part], &place))
			return false;
		arguments[count++] = "--add-section";
		arguments[count++] = add[part];
		arguments[count++] = "--change-section-vma";
		arguments[count++] = where[part];
	}
	arguments[count++] = stub_of(pack);
	arguments[count++] = pack->image;
	return tool_run("binutils", arguments) && set_time(pack);
}

/* ---- read back ---- */

static bool same_part(const struct pack *pack, const struct program *program, enum part part)
{
	static struct pack file;
	const uint8_t *bytes = NULL, *wanted;
	size_t size = 0, wanted_size = 0;

	if (!set_file(&file, pack, part))
		return false;
	wanted = pack_map(&file, &wanted_size);
	bool same = wanted && find_section(program, part_names[part], &bytes, &size) == 1 &&
		size == wanted_size && memcmp(bytes, wanted, size) == 0;

	pack_unmap(wanted, wanted_size);
	if (wanted && !same)
		complain(pack->output, "read back", "%s is not what was to be in it",
			 part_names[part]);
	return same;
}

static bool read_initrd(const struct pack *pack, const struct program *program,
			struct inventory *found)
{
	const uint8_t *bytes = NULL;
	size_t size = 0;

	if (find_section(program, part_names[INITRD], &bytes, &size) != 1)
		return false;
	FILE *in = fmemopen((void *)bytes, size, "r");

	if (!in)
		return pack_failed(pack, "read back");
	bool right = archive_stream_read(pack, in, found);

	(void)fclose(in);
	return right;
}

bool uki_read(const struct pack *pack, struct inventory *found)
{
	struct program program = { 0 };

	program.bytes = pack_map(pack, &program.size);
	bool right = program.bytes && read_program(&program);

	if (program.bytes && !right)
		complain(pack->output, "read back", "it is no program for 64-bit firmware");
	for (enum part part = 0; right && part < PARTS; part++)
		right = same_part(pack, &program, part);
	right = right && read_initrd(pack, &program, found);
	pack_unmap(program.bytes, program.size);
	return right;
}
