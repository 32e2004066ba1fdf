/* SPDX-License-Identifier: MIT */
/*
 * An erofs image, made by mkfs.erofs, which takes owners and attributes from the disk
 * alone; and read back by a reader that shares no code with it. What is compressed is
 * not read, and not written. fs/erofs/erofs_fs.h of the kernel.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "acl.h"
#include "bytes.h"
#include "pack.h"
#include "report.h"
#include "tool.h"

#define SUPER      1024              /* where the superblock is */
#define MAGIC      0xe0f5e1e2
#define SLOT       32                /* inodes are counted in these */

/* mkfs.erofs 1.5 cuts the last byte off, and then does not find the file. */
static bool fits(const struct pack *pack, const struct entry *entry)
{
	const char *slash = strrchr(entry->path, '/');

	return strlen(slash ? slash + 1 : entry->path) < NAME_MAX ||
		pack_refuses(pack, entry, "mkfs.erofs takes names of up to 254 bytes");
}

bool erofs_write(const struct pack *pack)
{
	char time[16], uuid[37], tree[TREE_PATH_SIZE + 1];

	for (size_t i = 0; i < pack->source.count; i++)
		if (!fits(pack, pack->source.list[i]))
			return false;
	(void)snprintf(time, sizeof(time), "-T%u", pack->time);
	(void)snprintf(tree, sizeof(tree), "%s/", pack->tree);
	/* -x: no attribute is common enough to be shared: their order would be the disk's. */
	return tool_run("erofs-utils",
			(const char *const[]){ "mkfs.erofs", "--quiet", "-x32767", time, "-U",
					       pack_uuid(pack, FILE_SYSTEM_UUID, uuid),
					       pack->image, tree, NULL });
}

struct image {
	const uint8_t *bytes;
	size_t size, block;
	const uint8_t *super;
	struct inventory *found;
};

struct inode {
	const uint8_t *data;         /* what follows it and its attributes */
	bool is_inline;              /* the last block stands there */
	uint64_t size;
	uint32_t where;              /* block of the data, or device */
};

/* Bytes of the image, or NULL: they are not in it. */
static const uint8_t *bytes_at(const struct image *image, uint64_t at, uint64_t size)
{
	return at <= image->size && size <= image->size - at ? image->bytes + at : NULL;
}

/* ---- attributes ---- */

static const char *prefix_of(unsigned index)
{
	static const char *const prefixes[] = {
		[1] = "user.", [2] = ACL_ACCESS, [3] = ACL_DEFAULT, [4] = "trusted.", [6] = "security.",
	};

	return index < sizeof(prefixes) / sizeof(prefixes[0]) ? prefixes[index] : NULL;
}

/* The bytes that it takes, or 0: it is not right. */
static size_t add_attribute(struct entry *entry, const uint8_t *at, size_t room)
{
	char name[sizeof(ACL_DEFAULT) + 256];

	if (room < 4 || 4U + at[0] + get16(at + 2) > room || !prefix_of(at[1]))
		return 0;
	(void)snprintf(name, sizeof(name), "%s%.*s", prefix_of(at[1]), at[0], (const char *)at + 4);
	entry_add_attribute(entry, name, at + 4 + at[0], get16(at + 2));
	return (4U + at[0] + get16(at + 2) + 3) & ~3U;
}

static bool add_shared(const struct image *image, struct entry *entry, uint32_t number)
{
	uint64_t at = (uint64_t)get32(image->super + 44) * image->block + (uint64_t)number * 4;
	const uint8_t *bytes = bytes_at(image, at, 4);

	return bytes && add_attribute(entry, bytes, image->size - at) > 0;
}

static bool read_attributes(const struct image *image, struct entry *entry, const uint8_t *at,
			    size_t size)
{
	if (size == 0)
		return true;
	size_t used = 12 + 4U * at[4];
	bool right = used <= size;

	for (unsigned i = 0; right && i < at[4]; i++)
		right = add_shared(image, entry, get32(at + 12 + 4 * i));
	while (right && used < size) {
		size_t one = add_attribute(entry, at + used, size - used);

		right = one > 0;
		used += one;
	}
	return right;
}

/* ---- content ---- */

typedef bool content_function(void *data, const uint8_t *bytes, size_t size);

static bool each_block(const struct image *image, const struct inode *inode,
		       content_function *function, void *data)
{
	uint64_t whole = inode->is_inline && inode->size > 0 ? (inode->size - 1) / image->block
							     : UINT64_MAX;

	for (uint64_t at = 0, number = 0; at < inode->size; at += image->block, number++) {
		size_t part = inode->size - at < image->block ? (size_t)(inode->size - at)
							      : image->block;
		uint64_t where = number < whole
			? (inode->where + number) * image->block
			: (uint64_t)(inode->data - image->bytes);
		const uint8_t *bytes = bytes_at(image, where, part);

		if (!bytes || !function(data, bytes, part))
			return false;
	}
	return true;
}

static bool read_content(const struct image *image, struct entry *entry, const struct inode *inode)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right = inventory_takes(image->found, inode->size) && context &&
		EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		each_block(image, inode, entry_add_to_digest, context) &&
		EVP_DigestFinal_ex(context, entry->digest, NULL) == 1;

	EVP_MD_CTX_free(context);
	entry->size = inode->size;
	return right;
}

/* ---- entries ---- */

static bool read_entry(struct image *image, const char *path, uint64_t number, unsigned depth);

struct directory {
	struct image *image;
	const char *path;
	unsigned depth;
};

static bool read_name(const struct directory *directory, const char *name, size_t length,
		      uint64_t number)
{
	char path[TREE_PATH_SIZE + 512];

	if ((length == 1 && name[0] == '.') || (length == 2 && memcmp(name, "..", 2) == 0))
		return true;
	if (length == 0 || length > 255 || memchr(name, '/', length))
		return false;
	(void)snprintf(path, sizeof(path), "%s%s%.*s", directory->path, *directory->path ? "/" : "",
		       (int)length, name);
	return read_entry(directory->image, path, number, directory->depth + 1);
}

/* A block of a directory: what is fixed of all names, then the names. */
static bool read_names(void *data, const uint8_t *bytes, size_t size)
{
	size_t first = size >= 12 ? get16(bytes + 8) : 0;

	if (first < 12 || first % 12 != 0 || first > size)
		return false;
	for (size_t at = 0; at < first; at += 12) {
		size_t start = get16(bytes + at + 8);
		size_t end = at + 12 < first ? get16(bytes + at + 12 + 8) : size;

		if (start > end || end > size ||
		    !read_name(data, (const char *)bytes + start,
			       strnlen((const char *)bytes + start, end - start),
			       get64(bytes + at)))
			return false;
	}
	return true;
}

/* Both forms of an inode: 32 bytes, or 64. */
static bool read_inode(const struct image *image, struct entry *entry, uint64_t number,
		       struct inode *inode)
{
	uint64_t at = (uint64_t)get32(image->super + 40) * image->block + number * SLOT;
	const uint8_t *bytes = number < image->size ? bytes_at(image, at, SLOT) : NULL;

	if (!bytes)
		return false;
	bool is_long = get16(bytes) & 1;
	unsigned layout = get16(bytes) >> 1 & 7, count = get16(bytes + 2);
	size_t size = is_long ? 64 : 32, attributes = count > 0 ? 12 + 4U * (count - 1) : 0;

	if (!bytes_at(image, at, size + attributes) || (layout != 0 && layout != 2))
		return false;
	entry->inode = number;
	entry->mode = get16(bytes + 4);
	entry->uid = is_long ? get32(bytes + 24) : get16(bytes + 24);
	entry->gid = is_long ? get32(bytes + 28) : get16(bytes + 26);
	*inode = (struct inode){
		.data = bytes + size + attributes, .is_inline = layout == 2,
		.size = is_long ? get64(bytes + 8) : get32(bytes + 8), .where = get32(bytes + 16),
	};
	return read_attributes(image, entry, bytes + size, attributes);
}

static bool read_entry(struct image *image, const char *path, uint64_t number, unsigned depth)
{
	struct entry *entry = inventory_add(image->found, path);
	struct directory directory = { image, path, depth };
	struct inode inode;

	if (depth > PACK_DEPTH_MAX || !inventory_takes(image->found, 0) ||
	    !read_inode(image, entry, number, &inode))
		return false;
	switch (entry->mode & S_IFMT) {
	case S_IFREG: return read_content(image, entry, &inode);
	case S_IFLNK: return each_block(image, &inode, entry_set_target, entry);
	case S_IFDIR: return each_block(image, &inode, read_names, &directory);
	case S_IFCHR:
	case S_IFBLK: entry->device = get_device(inode.where); return true;
	default:      return true;
	}
}

static bool read_image(struct image *image)
{
	image->super = bytes_at(image, SUPER, 128);
	if (!image->super || get32(image->super) != MAGIC || image->super[12] < 9 ||
	    image->super[12] > 16)
		return false;
	image->block = (size_t)1 << image->super[12];
	return read_entry(image, "", get16(image->super + 14), 0);
}

bool erofs_read(const struct pack *pack, struct inventory *found)
{
	struct image image = { .found = found };

	image.bytes = pack_map(pack, &image.size);
	bool right = image.bytes && read_image(&image);

	if (image.bytes && !right)
		complain(pack->output, "read back", "it is no file system as it should be");
	pack_unmap(image.bytes, image.size);
	return right && tool_run("erofs-utils",
				 (const char *const[]){ "fsck.erofs", pack->image, NULL });
}
