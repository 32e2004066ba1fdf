/* SPDX-License-Identifier: MIT */
/*
 * Reads an ext4 image back: what ext4_write.c has made, by a reader that shares no
 * code with what has made it. Anything that it does not know is an error.
 * Documentation/filesystems/ext4 of the kernel; the structures are those of the headers.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2_ext_attr.h>
#include <ext2fs/ext3_extents.h>
#include <openssl/evp.h>

#include "acl.h"
#include "bytes.h"
#include "pack.h"
#include "report.h"
#include "tool.h"


struct image {
	const uint8_t *bytes;        /* all of it */
	size_t size;
	size_t block;                /* bytes of one */
	const struct ext2_super_block *super;
	struct inventory *found;
};

/* One block, or NULL: it is not in the image. */
static const uint8_t *block_at(const struct image *image, uint64_t number)
{
	return number > 0 && number < image->size / image->block
		? image->bytes + number * image->block
		: NULL;
}

static const struct ext2_inode_large *inode_at(const struct image *image, uint32_t number)
{
	const struct ext2_super_block *super = image->super;
	uint32_t group = (number - 1) / super->s_inodes_per_group;
	uint32_t index = (number - 1) % super->s_inodes_per_group;
	size_t descriptor_size = super->s_desc_size ? super->s_desc_size : 32;
	size_t at = image->block + group * descriptor_size;

	if (number == 0 || number > super->s_inodes_count || at + descriptor_size > image->size)
		return NULL;
	const struct ext4_group_desc *descriptor = (const void *)(image->bytes + at);
	uint64_t table = descriptor->bg_inode_table |
		(descriptor_size >= 64 ? (uint64_t)descriptor->bg_inode_table_hi << 32 : 0);

	at = table * image->block + (size_t)index * super->s_inode_size;
	return at + super->s_inode_size <= image->size ? (const void *)(image->bytes + at) : NULL;
}

static uint64_t inode_bytes(const struct ext2_inode_large *inode)
{
	return inode->i_size | (S_ISREG(inode->i_mode) ? (uint64_t)inode->i_size_high << 32 : 0);
}

/* ---- content ---- */

/* What content is handed to, in order; NULL stands for zeros. */
typedef bool content_function(void *data, const uint8_t *bytes, size_t size);

struct content {
	const struct image *image;
	content_function *function;
	void *data;
	uint64_t size, done;
};

static bool add_zeros(struct content *content, uint64_t until)
{
	static const uint8_t zeros[4096];

	while (content->done < until) {
		size_t part = until - content->done < sizeof(zeros) ? until - content->done
								    : sizeof(zeros);

		if (!content->function(content->data, zeros, part))
			return false;
		content->done += part;
	}
	return true;
}

static bool add_extent(struct content *content, const struct ext3_extent *extent)
{
	const struct image *image = content->image;
	uint64_t first = extent->ee_start | (uint64_t)extent->ee_start_hi << 32;
	uint64_t start = (uint64_t)extent->ee_block * image->block;
	unsigned length = extent->ee_len;
	bool is_zero = length > EXT_INIT_MAX_LEN;    /* allocated, not written */

	if (is_zero)
		length -= EXT_INIT_MAX_LEN;
	if (start < content->done || start > content->size || !add_zeros(content, start))
		return false;
	for (unsigned i = 0; i < length && content->done < content->size; i++) {
		const uint8_t *bytes = block_at(image, first + i);
		size_t part = content->size - content->done < image->block
			? content->size - content->done
			: image->block;

		if (is_zero ? !add_zeros(content, content->done + part)
			    : !bytes || !content->function(content->data, bytes, part))
			return false;
		content->done += is_zero ? 0 : part;
	}
	return true;
}

static bool add_extents(struct content *content, const uint8_t *node, size_t size, int depth)
{
	const struct ext3_extent_header *header = (const void *)node;

	if (!node || header->eh_magic != EXT3_EXT_MAGIC || header->eh_depth != depth ||
	    sizeof(*header) + header->eh_entries * sizeof(struct ext3_extent) > size)
		return false;
	for (unsigned i = 0; i < header->eh_entries; i++) {
		const struct ext3_extent *extent = (const struct ext3_extent *)(header + 1) + i;
		const struct ext3_extent_idx *index = (const void *)extent;

		if (depth == 0 ? !add_extent(content, extent)
			       : !add_extents(content,
					      block_at(content->image,
						       index->ei_leaf |
							       (uint64_t)index->ei_leaf_hi << 32),
					      content->image->block, depth - 1))
			return false;
	}
	return true;
}

static bool each_piece(const struct image *image, const struct ext2_inode_large *inode,
		       content_function *function, void *data)
{
	struct content content = { image, function, data, inode_bytes(inode), 0 };
	const struct ext3_extent_header *header = (const void *)inode->i_block;

	/* A small symlink has its bytes where the extents would be. */
	if (S_ISLNK(inode->i_mode) && !(inode->i_flags & EXT4_EXTENTS_FL))
		return content.size < sizeof(inode->i_block) &&
			function(data, (const uint8_t *)inode->i_block, content.size);
	return inode->i_flags & EXT4_EXTENTS_FL && header->eh_depth <= 5 &&
		add_extents(&content, (const uint8_t *)inode->i_block, sizeof(inode->i_block),
			    header->eh_depth) &&
		add_zeros(&content, content.size);
}

/* ---- attributes ---- */

/* EXT4_XATTR_INDEX_POSIX_ACL_ACCESS and _DEFAULT */
enum { INDEX_ACL_ACCESS = 2, INDEX_ACL_DEFAULT = 3 };

static const char *prefix_of(unsigned index)
{
	static const char *const prefixes[] = {
		[1] = "user.", [4] = "trusted.", [6] = "security.",
	};

	return index < sizeof(prefixes) / sizeof(prefixes[0]) ? prefixes[index] : NULL;
}

/* ACLs have an index and no name, and are kept in another form. */
static bool add_acl(struct entry *entry, unsigned index, const uint8_t *bytes, size_t size)
{
	static uint8_t acl[ACL_SIZE_MAX];
	size_t length = acl_from_ext4(bytes, size, acl);

	if (length > 0)
		entry_add_attribute(entry, index == INDEX_ACL_ACCESS ? ACL_ACCESS : ACL_DEFAULT, acl,
				    length);
	return length > 0;
}

static bool add_attribute(struct entry *entry, const struct ext2_ext_attr_entry *one,
			  const uint8_t *value)
{
	char name[16 + 256];

	if (one->e_name_len == 0 && (one->e_name_index == INDEX_ACL_ACCESS ||
				     one->e_name_index == INDEX_ACL_DEFAULT))
		return add_acl(entry, one->e_name_index, value, one->e_value_size);
	if (!prefix_of(one->e_name_index))
		return false;
	(void)snprintf(name, sizeof(name), "%s%.*s", prefix_of(one->e_name_index),
		       one->e_name_len, (const char *)(one + 1));
	entry_add_attribute(entry, name, value, one->e_value_size);
	return true;
}

/* @values: from where the offsets count; @end: of the room for both. */
static bool add_attributes(struct entry *entry, const uint8_t *at, const uint8_t *values,
			   const uint8_t *end)
{
	for (;;) {
		const struct ext2_ext_attr_entry *one = (const void *)at;

		if (at + 4 > end)
			return false;
		if (at[0] == 0 && at[1] == 0 && at[2] == 0 && at[3] == 0)
			return true;
		if (at + sizeof(*one) > end || at + EXT2_EXT_ATTR_LEN(one->e_name_len) > end ||
		    one->e_value_inum != 0 ||
		    one->e_value_size > (size_t)(end - values) ||
		    one->e_value_offs > (size_t)(end - values) - one->e_value_size ||
		    !add_attribute(entry, one, values + one->e_value_offs))
			return false;
		at += EXT2_EXT_ATTR_LEN(one->e_name_len);
	}
}

static bool read_attributes(const struct image *image, struct entry *entry,
			    const struct ext2_inode_large *inode)
{
	const uint8_t *start = (const uint8_t *)inode;
	const uint8_t *inside = start + EXT2_GOOD_OLD_INODE_SIZE + inode->i_extra_isize;
	const uint8_t *end = start + image->super->s_inode_size;
	uint64_t number = inode->i_file_acl |
		(uint64_t)inode->osd2.linux2.l_i_file_acl_high << 32;
	const uint8_t *block = block_at(image, number);

	if (inode->i_extra_isize % 4 != 0)
		return false;
	if (inside + 8 <= end && *(const uint32_t *)(const void *)inside == EXT2_EXT_ATTR_MAGIC &&
	    !add_attributes(entry, inside + 4, inside + 4, end))
		return false;
	if (number == 0)
		return true;
	const struct ext2_ext_attr_header *header = (const void *)block;

	return block && header->h_magic == EXT2_EXT_ATTR_MAGIC && header->h_blocks == 1 &&
		add_attributes(entry, (const uint8_t *)(header + 1), block, block + image->block);
}

/* ---- entries ---- */

static bool read_entry(struct image *image, const char *path, uint32_t number, unsigned depth);

struct directory {
	struct image *image;
	const char *path;
	unsigned depth;
};

static bool read_name(const struct directory *directory, const struct ext2_dir_entry_2 *one)
{
	char path[TREE_PATH_SIZE + 256];

	if (one->inode == 0 || (one->name_len == 1 && one->name[0] == '.') ||
	    (one->name_len == 2 && memcmp(one->name, "..", 2) == 0))
		return true;
	if (memchr(one->name, '/', one->name_len) || memchr(one->name, '\0', one->name_len))
		return false;
	(void)snprintf(path, sizeof(path), "%s%s%.*s", directory->path, *directory->path ? "/" : "",
		       one->name_len, one->name);
	return read_entry(directory->image, path, one->inode, directory->depth + 1);
}

/* A block of a directory. Those of an index look like one entry without an inode. */
static bool read_names(void *data, const uint8_t *bytes, size_t size)
{
	const struct directory *directory = data;

	for (size_t at = 0; at < size;) {
		const struct ext2_dir_entry_2 *one = (const void *)(bytes + at);

		if (size - at < 12 || one->rec_len < 12 || one->rec_len % 4 != 0 ||
		    one->rec_len > size - at ||
		    one->name_len + 8U > one->rec_len || !read_name(directory, one))
			return false;
		at += one->rec_len;
	}
	return true;
}

static bool read_content(const struct image *image, struct entry *entry,
			 const struct ext2_inode_large *inode)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right = inventory_takes(image->found, entry->size) && context &&
		EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		each_piece(image, inode, entry_add_to_digest, context) &&
		EVP_DigestFinal_ex(context, entry->digest, NULL) == 1;

	EVP_MD_CTX_free(context);
	return right;
}

static void set_status(struct entry *entry, const struct ext2_inode_large *inode, uint32_t number)
{

	entry->mode = inode->i_mode;
	entry->uid = inode->i_uid | (uid_t)inode->osd2.linux2.l_i_uid_high << 16;
	entry->gid = inode->i_gid | (gid_t)inode->osd2.linux2.l_i_gid_high << 16;
	entry->inode = number;
	entry->size = S_ISREG(entry->mode) ? inode_bytes(inode) : 0;
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		entry->device = inode->i_block[0]
			? makedev(inode->i_block[0] >> 8, inode->i_block[0] & 0xff)
			: get_device(inode->i_block[1]);
}

static bool read_entry(struct image *image, const char *path, uint32_t number, unsigned depth)
{
	const struct ext2_inode_large *inode = inode_at(image, number);
	struct directory directory = { image, path, depth };

	if (!inode || depth > PACK_DEPTH_MAX || !inventory_takes(image->found, 0))
		return false;
	struct entry *entry = inventory_add(image->found, path);

	set_status(entry, inode, number);
	if (!read_attributes(image, entry, inode))
		return false;
	switch (entry->mode & S_IFMT) {
	case S_IFREG: return read_content(image, entry, inode);
	case S_IFLNK: return each_piece(image, inode, entry_set_target, entry);
	case S_IFDIR: return each_piece(image, inode, read_names, &directory);
	default:      return true;
	}
}

/* What mke2fs has made, unless the tree has one itself. */
static void forget_lost_and_found(const struct pack *pack, struct inventory *found)
{
	if (inventory_find(&pack->source, "lost+found"))
		return;
	for (size_t i = 0; i < found->count; i++) {
		struct entry *entry = found->list[i];

		if (strcmp(entry->path, "lost+found") != 0 || entry->mode != (S_IFDIR | 0700) ||
		    entry->uid != 0 || entry->gid != 0 || entry->attribute_count != 0)
			continue;
		inventory_remove(found, i);
		return;
	}
}

static bool read_image(struct image *image)
{
	const struct ext2_super_block *super = (const void *)(image->bytes + 1024);

	image->super = super;
	image->block = 4096;
	return image->size > 8192 && super->s_magic == EXT2_SUPER_MAGIC &&
		super->s_log_block_size == 2 && super->s_inode_size == 256 &&
		super->s_inodes_per_group > 0 &&
		(super->s_desc_size == 0 || super->s_desc_size == 32 || super->s_desc_size == 64) &&
		read_entry(image, "", EXT2_ROOT_INO, 0);
}

bool ext4_read(const struct pack *pack, struct inventory *found)
{
	struct image image = { .found = found };

	image.bytes = pack_map(pack, &image.size);
	bool right = image.bytes && read_image(&image);

	if (image.bytes && !right)
		complain(pack->output, "read back", "it is no file system as it should be");
	pack_unmap(image.bytes, image.size);
	if (!right)
		return false;
	forget_lost_and_found(pack, found);
	return tool_run("e2fsprogs",
			(const char *const[]){ "e2fsck", "-f", "-n", pack->image, NULL });
}
