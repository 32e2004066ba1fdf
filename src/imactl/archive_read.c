/* SPDX-License-Identifier: MIT */
/* Reads an archive back, by libarchive. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>

#include "pack.h"
#include "report.h"

/* "./a/" is a; "." is the root. */
static char *plain_path(const char *name)
{
	while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	char *path = strdup(strcmp(name, ".") == 0 ? "" : name);

	if (!path)
		abort();
	for (size_t length = strlen(path); length > 0 && path[length - 1] == '/'; length--)
		path[length - 1] = '\0';
	return path;
}

static int read_content(struct archive *archive, struct entry *entry)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const void *bytes;
	size_t size;
	la_int64_t offset;
	int result = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 ? ARCHIVE_OK
										    : ARCHIVE_FATAL;

	entry->size = 0;
	while (result == ARCHIVE_OK &&
	       (result = archive_read_data_block(archive, &bytes, &size, &offset)) == ARCHIVE_OK) {
		/* A hole would be one of a format that is not written here. */
		if ((uint64_t)offset != entry->size || EVP_DigestUpdate(context, bytes, size) != 1)
			result = ARCHIVE_FATAL;
		entry->size += size;
	}
	if (result == ARCHIVE_EOF)
		result = EVP_DigestFinal_ex(context, entry->digest, NULL) == 1 ? ARCHIVE_OK
									       : ARCHIVE_FATAL;
	EVP_MD_CTX_free(context);
	return result;
}

static void read_attributes(struct archive_entry *from, struct entry *entry)
{
	const char *name;
	const void *value;
	size_t size;

	(void)archive_entry_xattr_reset(from);
	while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK)
		entry_add_attribute(entry, name, value, size);
}

static int read_entry(struct archive *archive, struct archive_entry *from, struct inventory *found)
{
	const char *name = archive_entry_pathname(from);
	const char *link = archive_entry_hardlink(from), *target = archive_entry_symlink(from);

	if (!name)
		return ARCHIVE_FATAL;
	char *path = plain_path(name);
	struct entry *entry = inventory_add(found, path);

	free(path);
	entry->inode = found->count;
	entry->mode = archive_entry_mode(from);
	entry->uid = (uid_t)archive_entry_uid(from);
	entry->gid = (gid_t)archive_entry_gid(from);
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		entry->device = makedev(archive_entry_rdevmajor(from),
					archive_entry_rdevminor(from));
	if (link) {
		entry->target = plain_path(link);
		entry->mode = 0;     /* not known before the other is looked up */
	} else if (target) {
		entry->target = strdup(target);
	}
	read_attributes(from, entry);
	return link || S_ISREG(entry->mode) ? read_content(archive, entry) : ARCHIVE_OK;
}

/* A hard link is the entry that it names; in a cpio archive the last one has the content. */
static bool resolve_link(const struct inventory *found, struct entry *link)
{
	struct entry *entry = inventory_find(found, link->target);

	if (!entry || entry->mode == 0)
		return false;
	if (link->size > 0) {
		entry->size = link->size;
		memcpy(entry->digest, link->digest, sizeof(entry->digest));
	}
	link->inode = entry->inode;
	return true;
}

static void copy_link(const struct inventory *found, struct entry *link)
{
	const struct entry *entry = inventory_find(found, link->target);

	link->mode = entry->mode;
	link->uid = entry->uid;
	link->gid = entry->gid;
	link->size = entry->size;
	link->device = entry->device;
	memcpy(link->digest, entry->digest, sizeof(link->digest));
	for (size_t i = 0; i < entry->attribute_count; i++)
		entry_add_attribute(link, entry->attributes[i].name, entry->attributes[i].value,
				    entry->attributes[i].size);
	free(link->target);
	link->target = entry->target ? strdup(entry->target) : NULL;
}

static bool resolve_links(struct inventory *found)
{
	bool right = true;

	inventory_finish(found);
	for (size_t i = 0; right && i < found->count; i++)
		right = found->list[i]->mode != 0 || resolve_link(found, found->list[i]);
	for (size_t i = 0; right && i < found->count; i++)
		if (found->list[i]->mode == 0)
			copy_link(found, found->list[i]);
	return right;
}

bool archive_stream_read(const struct pack *pack, FILE *in, struct inventory *found)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char rest[4096];

	if (!archive)
		abort();
	(void)archive_read_support_format_tar(archive);
	(void)archive_read_support_format_cpio(archive);
	int result = archive_read_open_FILE(archive, in);

	while (result == ARCHIVE_OK &&
	       (result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
		result = read_entry(archive, entry, found);
	bool right = result == ARCHIVE_EOF && resolve_links(found);

	if (!right)
		complain(pack->output, "read back", "%s",
			 result != ARCHIVE_EOF && archive_error_string(archive)
				 ? archive_error_string(archive)
				 : "it is no archive as it should be");
	/* What comes after the end, so that nobody writes into a closed pipe. */
	while (right && fread(rest, 1, sizeof(rest), in) > 0)
		;
	(void)archive_read_free(archive);
	return right;
}

bool archive_read_image(const struct pack *pack, struct inventory *found)
{
	FILE *in = fopen(pack->image, "re");

	if (!in)
		return pack_failed(pack, "read back");
	bool right = archive_stream_read(pack, in, found);

	(void)fclose(in);
	return right;
}
