/* SPDX-License-Identifier: MIT */
/*
 * A tar archive of the pax format (POSIX.1-2001), with attributes as SCHILY.xattr.NAME,
 * which GNU tar, libarchive, mksquashfs and the kernel's friends read. Written here and
 * read back by libarchive, so that no mistake is made twice.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "pack.h"

#define BLOCK       512
#define RECORD      (20 * BLOCK)     /* archives end at one: some tapes had no other blocks */
#define NAME_ROOM   100
#define OCTAL_ID    07777777         /* what fits into the header's field */
#define OCTAL_SIZE  077777777777ULL
#define XATTR_KEY   "SCHILY.xattr."

struct header {
	char name[NAME_ROOM], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[NAME_ROOM], magic[8], user[32], group[32], major[8], minor[8], prefix[155];
	char rest[12];
};

struct writing {
	const struct pack *pack;
	FILE *out;
	uint64_t written;
	char *records;               /* of the entry's extended header */
	size_t size;
};

static bool put(struct writing *writing, const void *bytes, size_t size)
{
	writing->written += size;
	return fwrite(bytes, 1, size, writing->out) == size;
}

static bool pad(struct writing *writing, size_t unit)
{
	static const char zeros[RECORD];

	return put(writing, zeros, (size_t)(-writing->written % unit));
}

/* ---- the extended header ---- */

/* "LENGTH KEY=VALUE\n", where the length counts itself. */
static void add_record(struct writing *writing, const char *key, const void *value, size_t size)
{
	size_t rest = strlen(key) + size + 3, length = rest;
	char number[24];

	while (length != rest + (size_t)snprintf(number, sizeof(number), "%zu", length))
		length = rest + strlen(number);
	writing->records = realloc(writing->records, writing->size + length + 1);
	if (!writing->records)
		abort();
	char *at = writing->records + writing->size;

	at += sprintf(at, "%s %s=", number, key);
	memcpy(at, value, size);
	at[size] = '\n';
	writing->size += length;
}

static void add_number(struct writing *writing, const char *key, uint64_t number, uint64_t limit)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);

	if (number > limit)
		add_record(writing, key, text, (size_t)length);
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* Names that the header has no room for. They are UTF-8, unless it is said that they are bytes. */
static void add_names(struct writing *writing, const char *name, const char *link)
{
	bool long_name = strlen(name) > NAME_ROOM, long_link = strlen(link) > NAME_ROOM;

	if ((long_name && !is_ascii(name)) || (long_link && !is_ascii(link)))
		add_record(writing, "hdrcharset", "BINARY", strlen("BINARY"));
	if (long_name)
		add_record(writing, "path", name, strlen(name));
	if (long_link)
		add_record(writing, "linkpath", link, strlen(link));
}

static void add_attributes(struct writing *writing, const struct entry *entry)
{
	for (size_t i = 0; i < entry->attribute_count; i++) {
		const struct attribute *attribute = &entry->attributes[i];
		char key[sizeof(XATTR_KEY) + 256];

		(void)snprintf(key, sizeof(key), XATTR_KEY "%s", attribute->name);
		add_record(writing, key, attribute->value, attribute->size);
	}
}

/* ---- the header ---- */

static void set_number(char *field, size_t size, uint64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%0*llo", (int)size - 1, (unsigned long long)number);
	memcpy(field, text, size);
}

static bool put_header(struct writing *writing, struct header *header)
{
	unsigned sum = 0;

	set_number(header->mtime, sizeof(header->mtime), writing->pack->time);
	memcpy(header->magic, "ustar\00000", sizeof(header->magic));
	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += ((const unsigned char *)header)[i];
	set_number(header->checksum, 7, sum);
	return put(writing, header, sizeof(*header));
}

static bool put_records(struct writing *writing)
{
	struct header header = { .name = "./PaxHeaders", .type = 'x' };

	if (writing->size == 0)
		return true;
	set_number(header.mode, sizeof(header.mode), 0644);
	set_number(header.uid, sizeof(header.uid), 0);
	set_number(header.gid, sizeof(header.gid), 0);
	set_number(header.size, sizeof(header.size), writing->size);
	return put_header(writing, &header) && put(writing, writing->records, writing->size) &&
		pad(writing, BLOCK);
}

static char type_of(const struct entry *entry)
{
	if (entry->first != entry)
		return '1';
	switch (entry->mode & S_IFMT) {
	case S_IFLNK: return '2';
	case S_IFCHR: return '3';
	case S_IFBLK: return '4';
	case S_IFDIR: return '5';
	case S_IFIFO: return '6';
	default:      return '0';
	}
}

static void fill_header(struct header *header, const struct entry *entry, const char *name,
			const char *link)
{
	memcpy(header->name, name, strnlen(name, sizeof(header->name)));
	memcpy(header->link, link, strnlen(link, sizeof(header->link)));
	header->type = type_of(entry);
	set_number(header->mode, sizeof(header->mode), entry->mode & 07777);
	set_number(header->uid, sizeof(header->uid), entry->uid > OCTAL_ID ? 0 : entry->uid);
	set_number(header->gid, sizeof(header->gid), entry->gid > OCTAL_ID ? 0 : entry->gid);
	set_number(header->size, sizeof(header->size),
		   entry->first != entry || entry->size > OCTAL_SIZE ? 0 : entry->size);
	set_number(header->major, sizeof(header->major), major(entry->device));
	set_number(header->minor, sizeof(header->minor), minor(entry->device));
}

static bool put_piece(void *data, const void *bytes, size_t size)
{
	struct writing *writing = data;

	return put(writing, bytes, size) || pack_failed(writing->pack, "write");
}

static bool put_entry(struct writing *writing, const struct entry *entry)
{
	char name[TREE_PATH_SIZE + 8], link[TREE_PATH_SIZE + 8] = "";
	struct header header = { 0 };

	(void)snprintf(name, sizeof(name), "./%s%s", entry->path,
		       S_ISDIR(entry->mode) && *entry->path ? "/" : "");
	if (entry->first != entry)
		(void)snprintf(link, sizeof(link), "./%s", entry->first->path);
	else if (entry->target)
		(void)snprintf(link, sizeof(link), "%s", entry->target);
	writing->size = 0;
	add_names(writing, name, link);
	add_number(writing, "uid", entry->uid, OCTAL_ID);
	add_number(writing, "gid", entry->gid, OCTAL_ID);
	add_number(writing, "size", entry->first == entry ? entry->size : 0, OCTAL_SIZE);
	if (entry->first == entry)
		add_attributes(writing, entry);
	fill_header(&header, entry, name, link);
	if (!put_records(writing) || !put_header(writing, &header))
		return pack_failed(writing->pack, "write");
	if (entry->first != entry || !S_ISREG(entry->mode))
		return true;
	return pack_content(writing->pack, entry, put_piece, writing) &&
		(pad(writing, BLOCK) || pack_failed(writing->pack, "write"));
}

bool tar_stream(const struct pack *pack, FILE *out)
{
	static const char end[2 * BLOCK];
	struct writing writing = { .pack = pack, .out = out };
	bool right = true;

	for (size_t i = 0; right && i < pack->source.count; i++)
		right = put_entry(&writing, pack->source.list[i]);
	free(writing.records);
	return right && ((put(&writing, end, sizeof(end)) && pad(&writing, RECORD) &&
			  fflush(out) == 0) ||
			 pack_failed(pack, "write"));
}

bool tar_write(const struct pack *pack)
{
	return pack_write_file(pack, tar_stream);
}
