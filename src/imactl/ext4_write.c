/* SPDX-License-Identifier: MIT */
/*
 * An ext4 image: mke2fs makes it, libext2fs fills it. debugfs does the same by the
 * same library, but reads its commands from lines, where not every name fits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <et/com_err.h>
#include <ext2fs/ext2fs.h>

#include "pack.h"
#include "tool.h"

#define BLOCK        4096            /* two RSA-4096 signatures do not fit into 1 KiB */
#define INODE        256
#define FIRST_INODE  11              /* lost+found */
#define JOURNAL      4096            /* blocks, at most; mke2fs takes fewer in a small one */
#define TAIL         12              /* metadata_csum keeps a checksum behind the last name */
#define GROUP        32768           /* blocks: what one bitmap is for */

/* Named, so that no configuration file and no release of mke2fs makes others. */
#define FEATURES                                                                            \
	"none,filetype,ext_attr,sparse_super,large_file,huge_file,dir_nlink,extra_isize,"   \
	"extents,flex_bg,dir_index,metadata_csum,64bit"

struct writing {
	const struct pack *pack;
	ext2_filsys fs;
	const struct entry *entry;   /* that is written at the moment */
};

static bool wrong(const struct writing *writing, errcode_t error)
{
	bool is_full = error == EXT2_ET_BLOCK_ALLOC_FAIL || error == EXT2_ET_INODE_ALLOC_FAIL ||
		error == ENOSPC;

	return pack_refuses(writing->pack, writing->entry,
			    error == EXT2_ET_EA_NO_SPACE
				    ? "its attributes do not fit into an inode and a block of ext4"
				    : is_full ? "the image is full: give it a larger --size"
					      : error_message(error));
}

/* ---- how large ---- */

static uint64_t blocks_of(uint64_t bytes)
{
	return (bytes + BLOCK - 1) / BLOCK;
}

/* Enough for any order of writing; what is left is what a small file system has free. */
static uint64_t needed_blocks(const struct pack *pack)
{
	uint64_t blocks = 0;

	for (size_t i = 0; i < pack->source.count; i++) {
		const struct entry *entry = pack->source.list[i];

		if (entry->first != entry)
			continue;
		/* Content, what points to it where that is large, and attributes. */
		blocks += blocks_of(entry->size) + blocks_of(entry->size) / 256;
		blocks += (entry->attribute_count > 0) + S_ISDIR(entry->mode) +
			S_ISLNK(entry->mode);
		/* A name is 8 bytes and itself, 15 of the longest are in a block. */
		blocks += i % 15 == 0;
	}
	return blocks;
}

static uint64_t default_blocks(const struct pack *pack)
{
	uint64_t blocks = needed_blocks(pack) + blocks_of(pack->source.count * INODE) + 64;

	if (pack->is_in_memory)
		return blocks + 2 * (blocks / GROUP + 1);
	blocks += blocks < 4096 ? 1024 : JOURNAL;
	return blocks + blocks / 8 + 2 * (blocks / GROUP + 1) + 256;
}

static bool make_empty(const struct pack *pack)
{
	char uuid[37], seed[128], count[24], size[24];
	uint64_t blocks = pack->size ? pack->size / BLOCK : default_blocks(pack);
	uint64_t inodes = pack->source.count + 64;
	bool has_journal = blocks >= 2048 && !pack->is_in_memory;
	int file = open(pack->image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (file < 0 || ftruncate(file, (off_t)(blocks * BLOCK)) < 0) {
		if (file >= 0)
			(void)close(file);
		return pack_failed(pack, "write");
	}
	(void)close(file);
	/* Where a size was asked for, files are to come: as many as mke2fs thinks of. */
	if (pack->size && inodes < blocks / 4)
		inodes = blocks / 4;
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)inodes);
	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)blocks);
	(void)snprintf(seed, sizeof(seed), "hash_seed=%s,root_owner=0:0,nodiscard",
		       pack_uuid(pack, HASH_UUID, uuid));
	return tool_run("e2fsprogs",
			(const char *const[]){ "mke2fs", "-q", "-F", "-t", "ext4", "-O",
					       has_journal ? FEATURES ",has_journal" : FEATURES,
					       "-b", "4096", "-I", "256", "-m", "0", "-o", "Linux",
					       "-e", "continue", "-N", count, "-E", seed, "-U",
					       pack_uuid(pack, FILE_SYSTEM_UUID, uuid),
					       pack->image, size, NULL });
}

/* ---- entries ---- */

/* The directory that an entry is in: its inode, which is always made before. */
static ext2_ino_t parent_of(const struct writing *writing, const char **name)
{
	const char *path = writing->entry->path;
	const char *slash = strrchr(path, '/');
	char parent[TREE_PATH_SIZE] = "";

	*name = slash ? slash + 1 : path;
	if (slash)
		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	return inventory_find(&writing->pack->source, parent)->number;
}

static int file_type(mode_t mode)
{
	return S_ISREG(mode)  ? EXT2_FT_REG_FILE
		: S_ISDIR(mode)  ? EXT2_FT_DIR
		: S_ISCHR(mode)  ? EXT2_FT_CHRDEV
		: S_ISBLK(mode)  ? EXT2_FT_BLKDEV
		: S_ISFIFO(mode) ? EXT2_FT_FIFO
				 : EXT2_FT_SYMLINK;
}

/*
 * ext2fs_link() reads a directory from its first block, for each name: with 20,000 of them that
 * takes longer than all the rest. What is written here has no names but ours, so that there is
 * room behind the last one or nowhere.
 */
static errcode_t last_block(struct writing *writing, ext2_ino_t directory, blk64_t *block)
{
	struct ext2_inode inode;
	errcode_t error = ext2fs_read_inode(writing->fs, directory, &inode);

	return error ? error : ext2fs_bmap2(writing->fs, directory, &inode, NULL, 0,
					    EXT2_I_SIZE(&inode) / BLOCK - 1, NULL, block);
}

/* Puts a name into what the last one of a block has to spare. */
static errcode_t add_to_block(struct writing *writing, char *bytes, const char *name,
			      ext2_ino_t inode, int type)
{
	unsigned end = BLOCK - TAIL, at = 0, room = 0;
	unsigned needed = ext2fs_dir_rec_len((__u8)strlen(name), 0);
	struct ext2_dir_entry *entry;

	for (; at < end; at += room) {
		entry = (void *)(bytes + at);
		if (ext2fs_get_rec_len(writing->fs, entry, &room) != 0 || room < 8)
			return EXT2_ET_DIR_CORRUPTED;
		if (at + room >= end)
			break;
	}
	unsigned used = entry->inode ? ext2fs_dir_rec_len((__u8)ext2fs_dirent_name_len(entry), 0) : 0;

	if (at >= end || room < used + needed)
		return EXT2_ET_DIR_NO_SPACE;
	if (used > 0) {
		(void)ext2fs_set_rec_len(writing->fs, used, entry);
		entry = (void *)(bytes + at + used);
	}
	entry->inode = inode;
	(void)ext2fs_set_rec_len(writing->fs, room - used, entry);
	ext2fs_dirent_set_name_len(entry, (int)strlen(name));
	ext2fs_dirent_set_file_type(entry, type);
	memcpy(entry->name, name, strlen(name));
	return 0;
}

static errcode_t add_name(struct writing *writing, ext2_ino_t parent, const char *name,
			  ext2_ino_t inode)
{
	_Alignas(struct ext2_dir_entry) char bytes[BLOCK];
	blk64_t block;
	errcode_t error = last_block(writing, parent, &block);

	if (error == 0)
		error = ext2fs_read_dir_block4(writing->fs, block, bytes, 0, parent);
	if (error == 0)
		error = add_to_block(writing, bytes, name, inode, file_type(writing->entry->mode));
	return error ? error : ext2fs_write_dir_block4(writing->fs, block, bytes, 0, parent);
}

static errcode_t give_name(struct writing *writing, ext2_ino_t parent, const char *name,
			   ext2_ino_t inode)
{
	errcode_t error = add_name(writing, parent, name, inode);

	if (error != EXT2_ET_DIR_NO_SPACE)
		return error;
	error = ext2fs_expand_dir(writing->fs, parent);
	return error ? error : add_name(writing, parent, name, inode);
}

/* Into a file that is all holes, blocks of zeros are not written. */
struct content {
	struct writing *writing;
	ext2_file_t file;
	errcode_t error;
};

static bool is_zero(const uint8_t *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static bool write_piece(void *data, const void *bytes, size_t size)
{
	struct content *content = data;
	const uint8_t *from = bytes;

	for (size_t done = 0; content->error == 0 && done < size;) {
		unsigned part = size - done < BLOCK ? (unsigned)(size - done) : BLOCK;
		unsigned written;

		content->error = is_zero(from + done, part)
			? ext2fs_file_llseek(content->file, part, EXT2_SEEK_CUR, NULL)
			: ext2fs_file_write(content->file, from + done, part, &written);
		done += part;
	}
	return content->error == 0 || wrong(content->writing, content->error);
}

static bool write_content(struct writing *writing, ext2_ino_t inode)
{
	struct content content = { .writing = writing };

	content.error = ext2fs_file_open(writing->fs, inode, EXT2_FILE_WRITE, &content.file);
	if (content.error != 0)
		return wrong(writing, content.error);
	bool right = pack_content(writing->pack, writing->entry, write_piece, &content);
	ext2_off64_t size = (ext2_off64_t)writing->entry->size;
	errcode_t error = right ? ext2fs_file_set_size2(content.file, size) : 0;
	errcode_t closed = ext2fs_file_close(content.file);

	if (error == 0)
		error = closed;
	return right && (error == 0 || wrong(writing, error));
}

/* As mknod() of the kernel: the old form where it fits, else the new one. */
static void set_device(struct ext2_inode *inode, dev_t device)
{
	unsigned high = major(device), low = minor(device);

	if (high < 256 && low < 256)
		inode->i_block[0] = high << 8 | low;
	else
		inode->i_block[1] = (low & 0xff) | high << 8 | (low & ~0xffU) << 12;
}

static errcode_t new_file(struct writing *writing, ext2_ino_t number)
{
	struct ext2_inode inode = { .i_mode = (__u16)writing->entry->mode, .i_links_count = 1 };
	ext2_extent_handle_t extents;
	errcode_t error = 0;

	if (S_ISREG(writing->entry->mode)) {
		error = ext2fs_extent_open2(writing->fs, number, &inode, &extents);
		if (error == 0)
			ext2fs_extent_free(extents);
	} else {
		set_device(&inode, writing->entry->device);
	}
	ext2fs_inode_alloc_stats2(writing->fs, number, +1, 0);
	return error ? error : ext2fs_write_new_inode(writing->fs, number, &inode);
}

/* The inode of an entry, and its name. */
static errcode_t new_entry(struct writing *writing, ext2_ino_t *inode)
{
	const struct entry *entry = writing->entry;
	const char *name;
	ext2_ino_t parent = parent_of(writing, &name);
	errcode_t error = ext2fs_new_inode(writing->fs, parent, (int)entry->mode, NULL, inode);

	if (error != 0)
		return error;
	if (S_ISDIR(entry->mode))
		error = ext2fs_mkdir(writing->fs, parent, *inode, NULL);
	else if (S_ISLNK(entry->mode))
		error = ext2fs_symlink(writing->fs, parent, *inode, NULL, entry->target);
	else
		error = new_file(writing, *inode);
	return error ? error : give_name(writing, parent, name, *inode);
}

static errcode_t add_link(struct writing *writing, ext2_ino_t *inode)
{
	struct ext2_inode status;
	const char *name;
	ext2_ino_t parent = parent_of(writing, &name);
	errcode_t error = ext2fs_read_inode(writing->fs, *inode, &status);

	if (error == 0)
		error = give_name(writing, parent, name, *inode);
	status.i_links_count++;
	return error ? error : ext2fs_write_inode(writing->fs, *inode, &status);
}

static errcode_t set_attributes(struct writing *writing, ext2_ino_t inode)
{
	struct ext2_xattr_handle *handle;
	errcode_t error = ext2fs_xattrs_open(writing->fs, inode, &handle);

	if (error != 0)
		return error;
	error = ext2fs_xattrs_read(handle);
	for (size_t i = 0; error == 0 && i < writing->entry->attribute_count; i++) {
		const struct attribute *attribute = &writing->entry->attributes[i];

		error = ext2fs_xattr_set(handle, attribute->name, attribute->value,
					 attribute->size);
	}
	(void)ext2fs_xattrs_close(&handle);
	return error;
}

static errcode_t set_status(struct writing *writing, ext2_ino_t number)
{
	struct ext2_inode_large inode;
	const struct entry *entry = writing->entry;
	errcode_t error = ext2fs_read_inode_full(writing->fs, number, (struct ext2_inode *)&inode,
						 sizeof(inode));

	if (error != 0)
		return error;
	inode.i_mode = (__u16)entry->mode;
	inode.i_uid = (__u16)entry->uid;
	inode.i_gid = (__u16)entry->gid;
	inode.osd2.linux2.l_i_uid_high = (__u16)(entry->uid >> 16);
	inode.osd2.linux2.l_i_gid_high = (__u16)(entry->gid >> 16);
	inode.i_atime = inode.i_ctime = inode.i_mtime = inode.i_crtime = writing->pack->time;
	/* The 32 bits have a sign; what goes beyond 2038 is in two bits more (EXT4_EPOCH_MASK). */
	inode.i_atime_extra = inode.i_ctime_extra = inode.i_mtime_extra = inode.i_crtime_extra =
		writing->pack->time > INT32_MAX;
	return ext2fs_write_inode_full(writing->fs, number, (struct ext2_inode *)&inode,
				       sizeof(inode));
}

static bool write_entry(struct writing *writing, uint32_t *inode)
{
	const struct entry *entry = writing->entry;
	errcode_t error = 0;

	if (!*entry->path) {
		*inode = EXT2_ROOT_INO;
	} else if (strcmp(entry->path, "lost+found") == 0 && S_ISDIR(entry->mode)) {
		*inode = FIRST_INODE;
	} else if (entry->first != entry) {
		error = add_link(writing, inode);
		return error == 0 || wrong(writing, error);
	} else {
		error = new_entry(writing, inode);
	}
	if (error == 0 && S_ISREG(entry->mode) && entry->size > 0 &&
	    !write_content(writing, *inode))
		return false;
	if (error == 0 && entry->attribute_count > 0)
		error = set_attributes(writing, *inode);
	return error == 0 || wrong(writing, error);
}

static bool write_entries(struct writing *writing)
{
	const struct inventory *source = &writing->pack->source;
	bool right = true;

	for (size_t i = 0; right && i < source->count; i++) {
		writing->entry = source->list[i];
		source->list[i]->number = source->list[i]->first->number;
		right = write_entry(writing, &source->list[i]->number);
	}
	/* Last: what is written into a directory changes its time. */
	for (size_t i = 0; right && i < source->count; i++) {
		writing->entry = source->list[i];
		errcode_t error = set_status(writing, source->list[i]->number);

		right = error == 0 || wrong(writing, error);
	}
	return right;
}

static bool fill(struct writing *writing)
{
	struct entry root = { .path = "" };

	writing->entry = &root;
	errcode_t error = ext2fs_open(writing->pack->image, EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0,
				      unix_io_manager, &writing->fs);

	if (error != 0)
		return wrong(writing, error);
	writing->fs->now = writing->pack->time > 0 ? writing->pack->time : 1;
	error = ext2fs_read_bitmaps(writing->fs);
	bool right = (error == 0 || wrong(writing, error)) && write_entries(writing);

	writing->entry = &root;
	if (!right) {
		ext2fs_free(writing->fs);
		return false;
	}
	error = ext2fs_close_free(&writing->fs);
	return error == 0 || wrong(writing, error);
}

bool ext4_write(const struct pack *pack)
{
	struct writing writing = { .pack = pack };

	if (!make_empty(pack))
		return false;
	initialize_ext2_error_table();
	return fill(&writing);
}
