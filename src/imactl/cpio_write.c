/* SPDX-License-Identifier: MIT */
/*
 * A cpio archive of the form that the kernel unpacks as an initramfs (newc:
 * Documentation/driver-api/early-userspace/buffer-format.rst). It has no attributes:
 * the signatures are in a sidecar, which something in the initramfs is to restore. Where
 * that is ima-init-initramfs, the archive has it by the name that init.conf says.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <openssl/evp.h>

#include "layout_verify.h"
#include "output.h"
#include "pack.h"
#include "report.h"
#include "xattr_format.h"
#include "format/path.h"

#define BLOCK    512
#define SIZE_MAX_BYTES UINT32_MAX    /* eight hexadecimal digits */

struct writing {
	const struct pack *pack;
	FILE *out;
	uint64_t written;
};

static bool put(struct writing *writing, const void *bytes, size_t size)
{
	writing->written += size;
	return fwrite(bytes, 1, size, writing->out) == size;
}

static bool pad(struct writing *writing, size_t unit)
{
	static const char zeros[BLOCK];

	return put(writing, zeros, (size_t)(-writing->written % unit));
}

static bool put_header(struct writing *writing, const struct entry *entry, const char *name,
		       unsigned number, uint32_t size)
{
	char header[6 + 13 * 8 + 1];
	unsigned links = S_ISDIR(entry->mode) ? 2 : entry->first->links;

	(void)snprintf(header, sizeof(header),
		       "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", number,
		       entry->mode, entry->uid, entry->gid, links, writing->pack->time, size,
		       0U, 0U, major(entry->device), minor(entry->device),
		       (unsigned)strlen(name) + 1, 0U);
	return put(writing, header, sizeof(header) - 1) && put(writing, name, strlen(name) + 1) &&
		pad(writing, 4);
}

static bool put_piece(void *data, const void *bytes, size_t size)
{
	struct writing *writing = data;

	return put(writing, bytes, size) || pack_failed(writing->pack, "write");
}

/* Of hard links the last has the content, as GNU cpio wants it; the kernel takes any. */
static bool is_last(const struct entry *entry)
{
	return --entry->first->number == 0;
}

static bool put_entry(struct writing *writing, const struct entry *entry, unsigned number)
{
	const char *name = *entry->path ? entry->path : ".";
	bool has_content = is_last(entry) && S_ISREG(entry->mode);
	uint32_t size = entry->target ? (uint32_t)strlen(entry->target)
		: has_content         ? (uint32_t)entry->size
				      : 0;

	if (entry->size > SIZE_MAX_BYTES)
		return pack_refuses(writing->pack, entry, "cpio has no room for 4 GiB and more");
	if (!put_header(writing, entry, name, number, size) ||
	    (entry->target && !put(writing, entry->target, size)))
		return pack_failed(writing->pack, "write");
	return (!has_content || pack_content(writing->pack, entry, put_piece, writing)) &&
		(pad(writing, 4) || pack_failed(writing->pack, "write"));
}

/* Inode numbers: the place of the first of the links, so that they do not depend on the disk. */
static unsigned number_of(const struct inventory *source, const struct entry *entry, size_t place)
{
	if (entry->first == entry)
		return (unsigned)place + 1;
	for (size_t i = 0; i < place; i++)
		if (source->list[i] == entry->first)
			return (unsigned)i + 1;
	return 0;
}

bool cpio_stream(const struct pack *pack, FILE *out)
{
	static const struct entry none = { .first = (struct entry *)&none, .links = 1 };
	struct writing writing = { .pack = pack, .out = out };
	bool right = true;

	for (size_t i = 0; i < pack->source.count; i++)
		pack->source.list[i]->number = pack->source.list[i]->links;
	for (size_t i = 0; right && i < pack->source.count; i++)
		right = put_entry(&writing, pack->source.list[i],
				  number_of(&pack->source, pack->source.list[i], i));
	if (!right)
		return false;
	return (put_header(&writing, &none, "TRAILER!!!", 0, 0) && pad(&writing, BLOCK)) ||
		pack_failed(pack, "write");
}

/* ---- the signatures ---- */

static void copy_value(struct value *value, const struct attribute *attribute)
{
	value->size = attribute ? attribute->size : 0;
	if (attribute)
		memcpy(value->data, attribute->value, attribute->size);
}

/* Its attributes as a sidecar has them: three, of files. */
static bool add_signatures(const struct pack *pack, struct sidecar *sidecar,
			   const struct entry *entry)
{
	const struct attribute *ima = entry_attribute(entry, XATTR_IMA);
	const struct attribute *evm = entry_attribute(entry, XATTR_EVM);
	const struct attribute *capability = entry_attribute(entry, XATTR_CAPABILITY);
	size_t known = (ima != NULL) + (evm != NULL) + (capability != NULL);
	struct value ima_value, evm_value, capability_value;

	if (entry->attribute_count == 0)
		return true;
	if (!ima || known != entry->attribute_count || !S_ISREG(entry->mode))
		return pack_refuses(pack, entry,
				    "a sidecar has of files only security.ima, and with it "
				    "security.evm and security.capability");
	if (ima->size > LIMIT_XATTR || (evm && evm->size > LIMIT_XATTR) ||
	    (capability && capability->size > LIMIT_XATTR))
		return pack_refuses(pack, entry, "an attribute is too large for a sidecar");
	copy_value(&ima_value, ima);
	copy_value(&evm_value, evm);
	copy_value(&capability_value, capability);
	(void)signatures_write(sidecar, -1, entry->path, &ima_value, &evm_value, NULL);
	sidecar_set_capability(sidecar, entry->path, &capability_value);
	return true;
}

bool pack_write_sidecar(const struct pack *pack, const char *path)
{
	struct sidecar *sidecar = sidecar_new();
	bool right = true;

	for (size_t i = 0; right && i < pack->source.count; i++)
		right = add_signatures(pack, sidecar, pack->source.list[i]);
	right = right && sidecar_write(sidecar, path);
	sidecar_free(sidecar);
	return right;
}

static bool digest_piece(void *data, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(data, bytes, size) == 1;
}

static void on_conf_finding(void *data, const char *path, const char *word, const char *reason)
{
	(void)data;
	complain(path, "pack", "%s: %s", word, reason);
}

/* As read_conf() of ima-init-initramfs, and whether there is room for it. */
static const char *restored_wrong(const struct pack *pack, const char *restore)
{
	char directory[TREE_PATH_SIZE];
	const struct entry *entry = inventory_find(&pack->source, restore + 1);

	if (strncmp(restore, ROOT_DIR "/", strlen(ROOT_DIR "/")) != 0 || path_wrong(restore))
		return "init.conf has it for the sidecar, and it is no file below " ROOT_DIR;
	if (entry)
		return "the sidecar is put there, as init.conf says: remove it";
	(void)strcpy(directory, restore + 1);
	*strrchr(directory, '/') = '\0';
	entry = inventory_find(&pack->source, directory);
	return entry && S_ISDIR(entry->mode) ? NULL
		: "init.conf has it for the sidecar, and its directory is not there";
}

static bool add_restored(struct pack *pack, const char *restore, const char *sidecar)
{
	const struct entry named = { .path = (char *)restore + 1 };
	struct stat status;

	if (restored_wrong(pack, restore))
		return pack_refuses(pack, &named, restored_wrong(pack, restore));
	if (stat(sidecar, &status) < 0)
		return pack_failed(pack, "pack");
	struct entry *entry = inventory_add(&pack->source, restore + 1);
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	entry->mode = S_IFREG | 0644;
	entry->size = (uint64_t)status.st_size;
	entry->inode_device = status.st_dev;
	entry->inode = status.st_ino;
	pack->restored = entry->path;
	bool right = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		pack_content(pack, entry, digest_piece, context) &&
		EVP_DigestFinal_ex(context, entry->digest, NULL) == 1;

	EVP_MD_CTX_free(context);
	inventory_finish(&pack->source);
	return right;
}

bool cpio_prepare(struct pack *pack)
{
	static struct site_conf site;
	char directory[TREE_PATH_SIZE], sidecar[TREE_PATH_SIZE];

	return path_join(directory, pack->tree, ROOT_DIR) &&
		path_join(sidecar, pack->directory, ASIDE_SIDECAR) &&
		layout_read_conf(directory, &site, on_conf_finding, NULL) == 0 &&
		pack_write_sidecar(pack, sidecar) &&
		(!site.conf.restore || add_restored(pack, site.conf.restore, sidecar));
}

bool cpio_write(const struct pack *pack)
{
	return pack_write_file(pack, cpio_stream);
}

static bool take_signatures(void *data, const char *path, const struct value *ima,
			    const struct value *evm, const struct value *capability)
{
	struct inventory *found = data;
	struct entry *entry = inventory_find(found, path);

	/* A file that is not in the archive is a difference that is found later. */
	if (!entry)
		entry = inventory_add(found, path);
	entry_add_attribute(entry, XATTR_IMA, ima->data, ima->size);
	if (evm->size > 0)
		entry_add_attribute(entry, XATTR_EVM, evm->data, evm->size);
	if (capability->size > 0)
		entry_add_attribute(entry, XATTR_CAPABILITY, capability->data, capability->size);
	return true;
}

bool pack_read_sidecar(const char *path, struct inventory *found)
{
	struct sidecar *sidecar = sidecar_new();
	bool right = sidecar_read(sidecar, path, false);

	inventory_finish(found);
	if (right)
		sidecar_for_each(sidecar, found, take_signatures);
	sidecar_free(sidecar);
	return right;
}

bool cpio_read(const struct pack *pack, struct inventory *found)
{
	char path[TREE_PATH_SIZE];

	return archive_read_image(pack, found) && path_join(path, pack->directory, ASIDE_SIDECAR) &&
		pack_read_sidecar(path, found);
}
