/* SPDX-License-Identifier: MIT */
/* What the writers of images and archives, and their readers, share. */
#ifndef IMACTL_PACK_H
#define IMACTL_PACK_H

#include <stdio.h>

#include "evm_digest.h"
#include "inventory.h"
#include "sidecar.h"
#include "tree.h"

/* Directories inside one another: what reads them has room for so many. */
#define PACK_DEPTH_MAX 128

struct package;

struct pack {
	const struct package *package;       /* the names of a package, or NULL */
	const char *tree;            /* of tree_name() */
	int root;                    /* descriptor of it, which leads to all that is packed */
	unsigned mounts;             /* that were left out */
	bool has_acls;               /* the format has a place for them */
	bool drops_acls;             /* they are left out, by choice */
	unsigned acls;               /* how many were */
	struct inventory source;     /* what the tree has, as it is to be in the image */
	uint8_t id[INVENTORY_DIGEST];
	uint32_t time;               /* of all that has one, in seconds since 1970 */
	uint64_t size;               /* of a file system to be written to; 0: what is needed */
	bool is_in_memory;           /* it is copied there: no room, no journal */
	const char *kernel, *cmdline, *stub; /* of a UKI; the stub: NULL for systemd's */
	const char *restored;        /* an entry whose content is ASIDE_SIDECAR, not the tree's; or NULL */
	const char *output;          /* its name, for what is said */
	char directory[TREE_PATH_SIZE];      /* aside, where everything is made; see output.h */
	char image[TREE_PATH_SIZE];  /* what becomes the output */
};

/**
 * pack_read_tree() - fill the inventory from a tree
 * @sidecar: where security.ima and security.evm come from; NULL: from the tree's attributes
 * @target: whom everything will belong to; but PATH_CANARY_EXEC belongs to CANARY_EXEC_UID
 *
 * Return: true, or false with a line.
 */
bool pack_read_tree(struct pack *pack, const struct sidecar *sidecar,
		    const struct evm_target *target);

/**
 * pack_content() - hand over the content of a regular file, piece by piece
 * @entry: path and size count
 * @piece: returns false where it could not take it
 *
 * Return: true; false with a line, unless @piece said it: the file cannot be read, or it is not
 * of that size any more.
 */
bool pack_content(const struct pack *pack, const struct entry *entry,
		  bool (*piece)(void *data, const void *bytes, size_t size), void *data);

/* What UUIDs are for. */
enum { FILE_SYSTEM_UUID, HASH_UUID, DISK_UUID, PARTITION_UUID };

/** pack_uuid() - a UUID that depends on what is packed, and on @purpose, as text */
const char *pack_uuid(const struct pack *pack, uint8_t purpose, char text[37]);

/** pack_refuses() - a line about an entry, "TREE/PATH: pack: REASON"; false */
bool pack_refuses(const struct pack *pack, const struct entry *entry, const char *reason);

/** pack_failed() - a line about the image, with errno, but none for EPIPE; false */
bool pack_failed(const struct pack *pack, const char *action);

/** pack_map() - all of the image's bytes; NULL with a line. pack_unmap() takes NULL, too. */
const uint8_t *pack_map(const struct pack *pack, size_t *size);
void pack_unmap(const uint8_t *bytes, size_t size);

/** pack_write_file() - pack->image, with what a function writes; false with a line */
bool pack_write_file(const struct pack *pack, bool (*stream)(const struct pack *pack, FILE *out));

/* An archive into a stream, or from one; false with a line. */
bool tar_stream(const struct pack *pack, FILE *out);
bool archive_stream_read(const struct pack *pack, FILE *in, struct inventory *found);

/* Each makes pack->image, or says a line; its reader adds all that it finds. */
bool ext4_write(const struct pack *pack);
bool ext4_read(const struct pack *pack, struct inventory *found);
bool erofs_write(const struct pack *pack);
bool erofs_read(const struct pack *pack, struct inventory *found);
bool squashfs_write(const struct pack *pack);
bool squashfs_read(const struct pack *pack, struct inventory *found);
bool tar_write(const struct pack *pack);
bool archive_read_image(const struct pack *pack, struct inventory *found);

/**
 * cpio_prepare() - make ASIDE_SIDECAR, with the signatures, and an entry of it where init.conf
 * says restore; false with a line
 */
bool cpio_prepare(struct pack *pack);
bool cpio_write(const struct pack *pack);
bool cpio_read(const struct pack *pack, struct inventory *found);

/**
 * pack_write_sidecar() - the signatures of all that is packed; false with a line
 *
 * pack_read_sidecar() gives them back to what was found without.
 */
bool pack_write_sidecar(const struct pack *pack, const char *path);
bool pack_read_sidecar(const char *path, struct inventory *found);
/** cpio_stream() - the archive alone, with no attributes */
bool cpio_stream(const struct pack *pack, FILE *out);

/* Unsigned; with the tree as an archive without attributes. */
bool uki_write(const struct pack *pack);
bool uki_read(const struct pack *pack, struct inventory *found);

/** disk_write() - pack->image, of a disk whose one partition is as the file @partition */
bool disk_write(const struct pack *pack, const char *partition);

/** disk_same() - whether its partition is that; false with a line */
bool disk_same(const struct pack *pack, const char *partition);

#endif
