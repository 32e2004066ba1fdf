/* SPDX-License-Identifier: MIT */
/*
 * Reads a squashfs image back: version 4, compressed with gzip or not at all, by a reader
 * that shares no code with what has made it. fs/squashfs/squashfs_fs.h of the kernel.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>
#include <zlib.h>

#include "bytes.h"
#include "pack.h"
#include "report.h"

#define META       8192              /* bytes of a block of metadata, at most */
#define DATA_MAX   (1 << 20)
#define NO_XATTR   UINT32_MAX
#define NO_FRAGMENT UINT32_MAX

struct image {
	const uint8_t *bytes;
	size_t size;
	struct inventory *found;
	uint8_t *block;              /* DATA_MAX bytes */
	uint32_t block_size;
	uint64_t ids, xattrs, inodes, directories, fragments;   /* where the tables begin */
};

/* A place in a chain of blocks of metadata. */
struct cursor {
	const struct image *image;
	uint64_t next;               /* block */
	uint8_t bytes[META];
	size_t length, at;
};

static bool unpack(const struct image *image, uint64_t at, size_t packed, bool is_packed,
		   uint8_t *out, size_t room, size_t *length)
{
	uLongf size = room;

	if (at > image->size || packed > image->size - at)
		return false;
	if (is_packed) {
		*length = 0;
		if (uncompress(out, &size, image->bytes + at, packed) != Z_OK)
			return false;
		*length = size;
		return true;
	}
	if (packed > room)
		return false;
	memcpy(out, image->bytes + at, packed);
	*length = packed;
	return true;
}

static bool next_block(struct cursor *cursor)
{
	const struct image *image = cursor->image;

	if (cursor->next > image->size - 2)
		return false;
	unsigned header = get16(image->bytes + cursor->next);
	size_t packed = header & 0x7fff;
	bool right = unpack(image, cursor->next + 2, packed, !(header & 0x8000), cursor->bytes,
			    META, &cursor->length);

	cursor->next += 2 + packed;
	cursor->at = 0;
	return right && cursor->length > 0;
}

/* @table: where it begins; @reference: the block's offset from there, and the place inside it */
static bool go_to(struct cursor *cursor, const struct image *image, uint64_t table,
		  uint64_t reference)
{
	cursor->image = image;
	cursor->next = table + (reference >> 16);
	if (!next_block(cursor))
		return false;
	cursor->at = reference & 0xffff;
	return cursor->at <= cursor->length;
}

static bool take(struct cursor *cursor, void *to, size_t size)
{
	uint8_t *out = to;

	while (size > 0) {
		if (cursor->at == cursor->length && !next_block(cursor))
			return false;
		size_t left = cursor->length - cursor->at, part = left < size ? left : size;

		memcpy(out, cursor->bytes + cursor->at, part);
		cursor->at += part;
		out += part;
		size -= part;
	}
	return true;
}

/* An element of a table that is found by a list of its blocks. */
static bool element(const struct image *image, uint64_t list, uint32_t index, size_t size, void *to)
{
	struct cursor cursor;
	uint64_t place = (uint64_t)index * size;
	uint64_t at = list + place / META * 8;

	return image->size >= 8 && at <= image->size - 8 &&
		go_to(&cursor, image, get64(image->bytes + at), place % META) &&
		take(&cursor, to, size);
}

static bool id_of(const struct image *image, unsigned index, uint32_t *id)
{
	uint8_t bytes[4];

	if (!element(image, image->ids, index, sizeof(bytes), bytes))
		return false;
	*id = get32(bytes);
	return true;
}

/* ---- attributes ---- */

static bool take_value(struct cursor *cursor, struct entry *entry, const char *name)
{
	uint8_t size[4], value[65536];

	if (!take(cursor, size, sizeof(size)) || get32(size) > sizeof(value) ||
	    !take(cursor, value, get32(size)))
		return false;
	entry_add_attribute(entry, name, value, get32(size));
	return true;
}

/* A value that another inode has as well stands elsewhere, and here is where. */
static bool take_value_elsewhere(struct cursor *cursor, struct entry *entry, const char *name,
				 uint64_t table)
{
	uint8_t reference[12];
	struct cursor there;

	return take(cursor, reference, sizeof(reference)) && get32(reference) == 8 &&
		go_to(&there, cursor->image, table, get64(reference + 4)) &&
		take_value(&there, entry, name);
}

static bool take_attribute(struct cursor *cursor, struct entry *entry, uint64_t table)
{
	static const char *const prefixes[] = { "user.", "trusted.", "security." };
	uint8_t key[4];
	char name[16 + 256] = "";

	if (!take(cursor, key, sizeof(key)) || get16(key + 2) > 255 || (get16(key) & 0xff) > 2)
		return false;
	size_t length = (size_t)sprintf(name, "%s", prefixes[get16(key) & 0xff]);

	if (!take(cursor, name + length, get16(key + 2)))
		return false;
	name[length + get16(key + 2)] = '\0';
	return get16(key) & 0x100 ? take_value_elsewhere(cursor, entry, name, table)
				  : take_value(cursor, entry, name);
}

static bool read_attributes(const struct image *image, struct entry *entry, uint32_t index)
{
	struct cursor cursor;
	uint8_t id[16];

	if (index == NO_XATTR)
		return true;
	if (image->xattrs > image->size - 16 ||
	    !element(image, image->xattrs + 16, index, sizeof(id), id))
		return false;
	uint64_t table = get64(image->bytes + image->xattrs);
	bool right = go_to(&cursor, image, table, get64(id));

	for (uint32_t i = 0; right && i < get32(id + 8); i++)
		right = take_attribute(&cursor, entry, table);
	return right;
}

/* ---- content ---- */

struct file {
	uint64_t start, size;
	uint32_t fragment, offset;
};

static bool add_data(const struct image *image, EVP_MD_CTX *context, uint64_t *at, uint32_t size,
		     size_t expected)
{
	size_t length = expected, packed = size & 0xffffff;

	if (size == 0)
		memset(image->block, 0, expected);
	else if (!unpack(image, *at, packed, !(size & 1 << 24), image->block, DATA_MAX, &length))
		return false;
	*at += packed;
	return length == expected && EVP_DigestUpdate(context, image->block, length) == 1;
}

static bool add_fragment(const struct image *image, EVP_MD_CTX *context, const struct file *file,
			 size_t expected)
{
	uint8_t fragment[16];
	size_t length;

	if (!element(image, image->fragments, file->fragment, sizeof(fragment), fragment) ||
	    !unpack(image, get64(fragment), get32(fragment + 8) & 0xffffff,
		    !(get32(fragment + 8) & 1 << 24), image->block, DATA_MAX, &length) ||
	    file->offset > length || expected > length - file->offset)
		return false;
	return EVP_DigestUpdate(context, image->block + file->offset, expected) == 1;
}

/* The cursor is where the sizes of the blocks are. */
static bool add_content(struct cursor *cursor, const struct file *file, EVP_MD_CTX *context)
{
	const struct image *image = cursor->image;
	uint64_t left = file->size, at = file->start;
	uint8_t size[4];

	while (left >= image->block_size || (left > 0 && file->fragment == NO_FRAGMENT)) {
		size_t expected = left < image->block_size ? (size_t)left : image->block_size;

		if (!take(cursor, size, sizeof(size)) ||
		    !add_data(image, context, &at, get32(size), expected))
			return false;
		left -= expected;
	}
	return left == 0 || add_fragment(image, context, file, (size_t)left);
}

static bool read_content(struct cursor *cursor, struct entry *entry, const struct file *file)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right = inventory_takes(cursor->image->found, file->size) && context &&
		EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		add_content(cursor, file, context) &&
		EVP_DigestFinal_ex(context, entry->digest, NULL) == 1;

	entry->size = file->size;
	EVP_MD_CTX_free(context);
	return right;
}

/* ---- inodes; their bytes are those behind the common header ---- */

static bool read_entry(struct image *image, const char *path, uint64_t reference, unsigned depth);

static bool read_regular(struct cursor *cursor, struct entry *entry, bool is_long, uint32_t *xattr)
{
	uint8_t bytes[40];
	struct file file;

	if (!take(cursor, bytes, is_long ? 40 : 16))
		return false;
	if (is_long) {
		file = (struct file){ get64(bytes), get64(bytes + 8), get32(bytes + 28),
				      get32(bytes + 32) };
		*xattr = get32(bytes + 36);
	} else {
		file = (struct file){ get32(bytes), get32(bytes + 12), get32(bytes + 4),
				      get32(bytes + 8) };
	}
	return read_content(cursor, entry, &file);
}

static bool read_symlink(struct cursor *cursor, struct entry *entry, bool is_long, uint32_t *xattr)
{
	uint8_t bytes[8], more[4];

	if (!take(cursor, bytes, sizeof(bytes)) || get32(bytes + 4) >= TREE_PATH_SIZE)
		return false;
	entry->target = calloc(1, get32(bytes + 4) + 1);
	if (!entry->target)
		abort();
	if (!take(cursor, entry->target, get32(bytes + 4)) ||
	    (is_long && !take(cursor, more, sizeof(more))))
		return false;
	if (is_long)
		*xattr = get32(more);
	return true;
}

static bool read_device(struct cursor *cursor, struct entry *entry, bool is_long, uint32_t *xattr)
{
	uint8_t bytes[12];

	if (!take(cursor, bytes, is_long ? 12 : 8))
		return false;
	entry->device = get_device(get32(bytes + 4));
	if (is_long)
		*xattr = get32(bytes + 8);
	return true;
}

static bool read_fifo(struct cursor *cursor, bool is_long, uint32_t *xattr)
{
	uint8_t bytes[8];

	if (!take(cursor, bytes, is_long ? 8 : 4))
		return false;
	if (is_long)
		*xattr = get32(bytes + 4);
	return true;
}

static bool read_name(struct image *image, struct cursor *cursor, const char *path, uint32_t block,
		      unsigned depth, uint32_t *left)
{
	uint8_t bytes[8];
	char name[257] = "", below[TREE_PATH_SIZE + 512];

	if (!take(cursor, bytes, sizeof(bytes)))
		return false;
	size_t length = get16(bytes + 6) + 1U;

	if (length > 256 || length + 8 > *left || !take(cursor, name, length) ||
	    strlen(name) != length || strchr(name, '/'))
		return false;
	*left -= (uint32_t)length + 8;
	(void)snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", name);
	return read_entry(image, below, (uint64_t)block << 16 | get16(bytes), depth + 1);
}

static bool read_names(struct image *image, const char *path, uint64_t reference, uint32_t left,
		       unsigned depth)
{
	struct cursor *cursor = malloc(sizeof(*cursor));
	uint8_t header[12];

	if (!cursor)
		abort();
	bool right = left == 0 || go_to(cursor, image, image->directories, reference);

	while (right && left > 0) {
		right = left > sizeof(header) && take(cursor, header, sizeof(header)) &&
			get32(header) < 256;
		left -= sizeof(header);
		for (uint32_t i = 0; right && i <= get32(header); i++)
			right = read_name(image, cursor, path, get32(header + 4), depth, &left);
	}
	free(cursor);
	return right;
}

static bool read_directory(struct image *image, struct cursor *cursor, struct entry *entry,
			   bool is_long, uint32_t *xattr, unsigned depth)
{
	uint8_t bytes[24];

	if (!take(cursor, bytes, is_long ? 24 : 16))
		return false;
	uint32_t size = is_long ? get32(bytes + 4) : get16(bytes + 8);
	uint32_t block = is_long ? get32(bytes + 8) : get32(bytes);
	uint32_t offset = is_long ? get16(bytes + 18) : get16(bytes + 10);

	if (is_long)
		*xattr = get32(bytes + 20);
	/* 3 bytes stand for . and .. */
	return size >= 3 &&
		read_names(image, entry->path, (uint64_t)block << 16 | offset, size - 3, depth);
}

static bool read_kind(struct image *image, struct cursor *cursor, struct entry *entry,
		      unsigned type, uint32_t *xattr, unsigned depth)
{
	static const mode_t modes[] = { S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO };
	bool is_long = type > 7;

	if (is_long)
		type -= 7;
	if (type < 1 || type > 6)
		return false;
	entry->mode |= modes[type - 1];
	switch (type) {
	case 1:  return read_directory(image, cursor, entry, is_long, xattr, depth);
	case 2:  return read_regular(cursor, entry, is_long, xattr);
	case 3:  return read_symlink(cursor, entry, is_long, xattr);
	case 6:  return read_fifo(cursor, is_long, xattr);
	default: return read_device(cursor, entry, is_long, xattr);
	}
}

static bool read_entry(struct image *image, const char *path, uint64_t reference, unsigned depth)
{
	struct cursor *cursor = malloc(sizeof(*cursor));
	struct entry *entry = inventory_add(image->found, path);
	uint32_t uid = 0, gid = 0, xattr = NO_XATTR;
	uint8_t header[16];

	if (!cursor)
		abort();
	bool right = depth <= PACK_DEPTH_MAX &&
		inventory_takes(image->found, 0) &&
		go_to(cursor, image, image->inodes, reference) &&
		take(cursor, header, sizeof(header)) && id_of(image, get16(header + 4), &uid) &&
		id_of(image, get16(header + 6), &gid);

	if (right) {
		entry->mode = get16(header + 2) & 07777;
		entry->uid = uid;
		entry->gid = gid;
		entry->inode = get32(header + 12);
		right = read_kind(image, cursor, entry, get16(header), &xattr, depth) &&
			read_attributes(image, entry, xattr);
	}
	free(cursor);
	return right;
}

static bool read_image(struct image *image)
{
	const uint8_t *super = image->bytes;

	if (image->size < 96 || memcmp(super, "hsqs", 4) != 0 || get16(super + 20) != 1 ||
	    get16(super + 28) != 4)
		return false;
	image->block_size = get32(super + 12);
	image->ids = get64(super + 48);
	image->xattrs = get64(super + 56);
	image->inodes = get64(super + 64);
	image->directories = get64(super + 72);
	image->fragments = get64(super + 80);
	return image->block_size >= 4096 && image->block_size <= DATA_MAX &&
		read_entry(image, "", get64(super + 32), 0);
}

bool squashfs_read(const struct pack *pack, struct inventory *found)
{
	struct image image = { .found = found, .block = malloc(DATA_MAX) };

	image.bytes = pack_map(pack, &image.size);
	bool right = image.bytes && image.block && read_image(&image);

	if (image.bytes && !right)
		complain(pack->output, "read back", "it is no file system as it should be");
	pack_unmap(image.bytes, image.size);
	free(image.block);
	return right;
}
