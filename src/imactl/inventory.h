/* SPDX-License-Identifier: MIT */
/* All that is in a tree or in an image of it: what is packed, and what is read back. */
#ifndef IMACTL_INVENTORY_H
#define IMACTL_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INVENTORY_DIGEST 32          /* SHA-256 */

struct attribute {
	char *name;
	uint8_t *value;
	size_t size;
};

struct entry {
	char *path;                  /* below the root, no slash before it; "": the root */
	mode_t mode;                 /* with the type */
	uid_t uid;
	gid_t gid;
	uint64_t size;               /* of a regular file */
	dev_t device;                /* that a device node stands for */
	char *target;                /* of a symlink */
	dev_t inode_device;          /* with the inode: which entries are hard links */
	uint64_t inode;
	struct entry *first;         /* the first of its hard links; itself where it is that */
	unsigned links;              /* of the first: how many there are in the tree */
	uint32_t number;             /* for whoever writes it: the inode in the image */
	struct attribute *attributes;
	size_t attribute_count;
	bool mode_changed;           /* it had an ACL, which was dropped */
	uint8_t digest[INVENTORY_DIGEST];    /* of a regular file's content */
};

struct inventory {
	struct entry **list;
	size_t count;
	/* Of one that is read back; 0: no limits. */
	size_t count_max;
	uint64_t bytes_left;         /* of content, that may still come */
};

/** inventory_add() - a new entry, at the end; aborts without memory */
struct entry *inventory_add(struct inventory *inventory, const char *path);

/** entry_add_attribute() - copies both; aborts without memory */
void entry_add_attribute(struct entry *entry, const char *name, const void *value, size_t size);

/** entry_attribute() - by its name, or NULL */
const struct attribute *entry_attribute(const struct entry *entry, const char *name);

/** For readers that hand over pieces: into an EVP_MD_CTX, and as the target of an entry. */
bool entry_add_to_digest(void *context, const uint8_t *bytes, size_t size);
bool entry_set_target(void *entry, const uint8_t *bytes, size_t size);

/** entry_remove_attribute() - if it is there */
void entry_remove_attribute(struct entry *entry, const char *name);

/** entry_remove_attributes() - all of them */
void entry_remove_attributes(struct entry *entry);

/**
 * inventory_finish() - sort entries and attributes, and find the hard links
 *
 * A directory comes before what is in it. Two entries with one path are both kept.
 * To be called again after a change.
 */
void inventory_finish(struct inventory *inventory);

/** inventory_find() - of a finished one; NULL: it has no such path */
struct entry *inventory_find(const struct inventory *inventory, const char *path);

/** inventory_limit() - to somewhat more than @source has: what is read back may be anything */
void inventory_limit(struct inventory *inventory, const struct inventory *source);

/** inventory_takes() - whether it is within its limits, and so much content still is */
bool inventory_takes(struct inventory *inventory, uint64_t size);

/** inventory_remove() - one entry, by its place */
void inventory_remove(struct inventory *inventory, size_t place);

void inventory_free(struct inventory *inventory);

/**
 * inventory_same() - whether an image has all that was packed, and nothing else
 * @image: its name, for the line
 *
 * Return: true, or false with a line for the first difference.
 */
bool inventory_same(const struct inventory *source, const struct inventory *found,
		    const char *image);

/** inventory_id() - a digest of all of it: what UUIDs are made of; false: OpenSSL failed */
bool inventory_id(const struct inventory *inventory, uint8_t id[INVENTORY_DIGEST]);

#endif
