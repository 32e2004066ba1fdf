/* SPDX-License-Identifier: MIT */
/* What is to be packed: a tree, with the attributes and the owners that it has or will have. */
#include "pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "attributes.h"
#include "layout.h"
#include "output.h"
#include "report.h"
#include "xattr_format.h"

#define NAMES_MAX  65536             /* XATTR_LIST_MAX */
#define VALUE_MAX  65536             /* XATTR_SIZE_MAX */
#define BUFFER     65536

struct reading {
	struct pack *pack;
	const struct sidecar *sidecar;
	const struct evm_target *target;
	dev_t device;                /* of the tree */
	char names[NAMES_MAX];
	uint8_t value[VALUE_MAX];
};

/* Where an entry is on this machine. */
static bool source_path(const struct pack *pack, const char *inside, char *path)
{
	char below[TREE_PATH_SIZE + 512];

	if (pack->restored && strcmp(inside, pack->restored) == 0)
		return path_join(path, pack->directory, ASIDE_SIDECAR);
	(void)snprintf(below, sizeof(below), "/%s", inside);
	return path_join(path, pack->tree, below);
}

bool pack_refuses(const struct pack *pack, const struct entry *entry, const char *reason)
{
	char path[2 * TREE_PATH_SIZE + 2];

	(void)snprintf(path, sizeof(path), "%s/%s", pack->tree, entry->path);
	complain(path, "pack", "%s", reason);
	return false;
}

bool pack_failed(const struct pack *pack, const char *action)
{
	/* tool_end() knows more of a tool that takes no more input. */
	if (errno != EPIPE)
		complain(pack->output, action, "%s", strerror(errno));
	return false;
}

bool pack_write_file(const struct pack *pack, bool (*stream)(const struct pack *pack, FILE *out))
{
	FILE *out = fopen(pack->image, "wxe");
	bool right = out && stream(pack, out);
	bool closed = out && fclose(out) == 0;

	/* What the stream could not do, it has said. */
	return right && closed ? true : out && !right ? false : pack_failed(pack, "write");
}

const uint8_t *pack_map(const struct pack *pack, size_t *size)
{
	struct stat status;
	AUTO_CLOSE int file = open(pack->image, O_RDONLY | O_CLOEXEC);
	void *bytes = MAP_FAILED;

	if (file >= 0 && fstat(file, &status) == 0)
		bytes = mmap(NULL, *size = (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes != MAP_FAILED)
		return bytes;
	(void)pack_failed(pack, "read back");
	return NULL;
}

void pack_unmap(const uint8_t *bytes, size_t size)
{
	if (bytes)
		(void)munmap((void *)bytes, size);
}

const char *pack_uuid(const struct pack *pack, uint8_t purpose, char text[37])
{
	uint8_t bytes[INVENTORY_DIGEST];
	char *out = text;

	memcpy(bytes, pack->id, sizeof(bytes));
	bytes[0] ^= purpose;
	/* RFC 9562: version 8, whose bits are for whoever makes it; and the variant. */
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x80);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
		out += sprintf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			       bytes[i]);
	return text;
}

bool pack_content(const struct pack *pack, const struct entry *entry,
		  bool (*piece)(void *data, const void *bytes, size_t size), void *data)
{
	char path[TREE_PATH_SIZE];
	struct stat status;
	uint8_t buffer[BUFFER];
	uint64_t done = 0;
	ssize_t count;

	if (!source_path(pack, entry->path, path))
		return false;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0)
		return pack_refuses(pack, entry,
				    file == -EINVAL ? "it is not a regular file any more"
						    : strerror(-file));
	while ((count = read(file, buffer, sizeof(buffer))) > 0) {
		done += (uint64_t)count;
		if (done > entry->size)
			break;
		if (!piece(data, buffer, (size_t)count))
			return false;
	}
	if (count < 0)
		return pack_refuses(pack, entry, strerror(errno));
	return done == entry->size || pack_refuses(pack, entry, "it changed while it was read");
}

/* ---- one entry ---- */

static bool add_to_digest(void *context, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(context, bytes, size) == 1;
}

static bool read_digest(struct reading *reading, struct entry *entry)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		pack_content(reading->pack, entry, add_to_digest, context) &&
		EVP_DigestFinal_ex(context, entry->digest, NULL) == 1;

	EVP_MD_CTX_free(context);
	return right;
}

static bool read_target(struct reading *reading, struct entry *entry, const char *path)
{
	char target[TREE_PATH_SIZE];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return pack_refuses(reading->pack, entry, strerror(errno));
	target[length] = '\0';
	entry->target = strdup(target);
	if (!entry->target)
		abort();
	return true;
}

/* Those that are the kernel's view of something else, such as ACLs, have other bytes on a disk. */
static bool is_packed(const char *name)
{
	return strncmp(name, "system.", strlen("system.")) != 0;
}

static bool read_attribute(struct reading *reading, struct entry *entry, const char *path,
			   const char *name)
{
	ssize_t size = lgetxattr(path, name, reading->value, sizeof(reading->value));

	if (size < 0)
		return pack_refuses(reading->pack, entry, strerror(errno));
	if (!is_packed(name))
		return pack_refuses(reading->pack, entry,
				    "it has an ACL, or another attribute of system.*: not packed");
	if (strchr(name, '='))
		return pack_refuses(reading->pack, entry, "an attribute has = in its name");
	entry_add_attribute(entry, name, reading->value, (size_t)size);
	return true;
}

static bool read_attributes(struct reading *reading, struct entry *entry, const char *path)
{
	ssize_t length = llistxattr(path, reading->names, sizeof(reading->names));
	bool right = length >= 0 || errno == EOPNOTSUPP ||
		pack_refuses(reading->pack, entry, strerror(errno));

	for (ssize_t at = 0; right && at < length; at += (ssize_t)strlen(reading->names + at) + 1) {
		const char *name = reading->names + at;
		bool is_signature = strcmp(name, XATTR_IMA) == 0 || strcmp(name, XATTR_EVM) == 0;

		if (!reading->sidecar || !is_signature)
			right = read_attribute(reading, entry, path, name);
	}
	return right;
}

static const char *unfit(const struct stat *status)
{
	switch (status->st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:  return NULL;
	case S_IFSOCK: return "it is a socket, which belongs to a program that runs";
	/* fakeroot of Debian 12 forgets it where attributes are set before owner or mode. */
	default:       return "it is of no type that is known; under fakeroot, chmod it first";
	}
}

static bool read_entry(struct reading *reading, const char *inside, const struct stat *status)
{
	struct entry *entry = inventory_add(&reading->pack->source, inside);
	struct stat on_target = *status;
	char path[TREE_PATH_SIZE];

	if (unfit(status))
		return pack_refuses(reading->pack, entry, unfit(status));
	evm_target_status(reading->target, inside, &on_target);
	entry->mode = on_target.st_mode;
	entry->uid = on_target.st_uid;
	entry->gid = on_target.st_gid;
	entry->size = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0;
	entry->device = S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode) ? status->st_rdev : 0;
	entry->inode_device = status->st_dev;
	entry->inode = status->st_ino;
	return source_path(reading->pack, inside, path) &&
		read_attributes(reading, entry, path) &&
		(!S_ISLNK(entry->mode) || read_target(reading, entry, path)) &&
		(!S_ISREG(entry->mode) || read_digest(reading, entry));
}

/* ---- the tree ---- */

static bool read_directory(struct reading *reading, const char *inside, unsigned depth);

static bool meet(struct reading *reading, const char *inside, unsigned depth)
{
	char path[TREE_PATH_SIZE];
	struct stat status;

	if (!source_path(reading->pack, inside, path))
		return false;
	if (lstat(path, &status) < 0) {
		complain(path, "pack", "%s", strerror(errno));
		return false;
	}
	if (!read_entry(reading, inside, &status))
		return false;
	/* What is mounted there is not of the tree; its place is. */
	return !S_ISDIR(status.st_mode) || status.st_dev != reading->device ||
		read_directory(reading, inside, depth + 1);
}

static DIR *open_directory(const struct reading *reading, const char *inside, char *path,
			   unsigned depth)
{
	if (!source_path(reading->pack, inside, path))
		return NULL;
	DIR *directory = depth > PACK_DEPTH_MAX ? NULL : opendir(path);

	if (depth > PACK_DEPTH_MAX)
		complain(path, "pack", "more than %d directories inside one another",
			 PACK_DEPTH_MAX);
	else if (!directory)
		complain(path, "pack", "%s", strerror(errno));
	return directory;
}

static bool read_directory(struct reading *reading, const char *inside, unsigned depth)
{
	char path[TREE_PATH_SIZE], below[TREE_PATH_SIZE + 256];
	DIR *directory = open_directory(reading, inside, path, depth);
	struct dirent *entry;
	bool right = directory != NULL;

	while (right && (errno = 0, entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(below, sizeof(below), "%s%s%s", inside, *inside ? "/" : "",
			       entry->d_name);
		right = meet(reading, below, depth);
	}
	if (right && errno != 0) {
		complain(path, "pack", "%s", strerror(errno));
		right = false;
	}
	if (directory)
		(void)closedir(directory);
	return right;
}

/* ---- signatures from a sidecar ---- */

static void set_signatures(struct entry *entry, const struct value *ima, const struct value *evm,
			   const struct value *capability)
{
	entry_remove_attribute(entry, XATTR_IMA);
	entry_remove_attribute(entry, XATTR_EVM);
	entry_add_attribute(entry, XATTR_IMA, ima->data, ima->size);
	if (evm->size > 0)
		entry_add_attribute(entry, XATTR_EVM, evm->data, evm->size);
	if (capability->size == 0)
		return;
	entry_remove_attribute(entry, XATTR_CAPABILITY);
	entry_add_attribute(entry, XATTR_CAPABILITY, capability->data, capability->size);
}

static bool take_signatures(void *data, const char *path, const struct value *ima,
			    const struct value *evm, const struct value *capability)
{
	struct reading *reading = data;
	struct entry *entry = inventory_find(&reading->pack->source, path);
	struct entry named = { .path = (char *)path };

	if (!entry || !S_ISREG(entry->mode)) {
		reading->sidecar = NULL;
		return pack_refuses(reading->pack, &named,
				    entry ? "the sidecar has it, and it is not a regular file"
					  : "the sidecar has it, and it is not there");
	}
	set_signatures(entry, ima, evm, capability);
	/* A hard link has the attributes of the file, whichever name the sidecar has. */
	for (size_t i = 0; entry->first->links > 1 && i < reading->pack->source.count; i++)
		if (reading->pack->source.list[i]->first == entry->first)
			set_signatures(reading->pack->source.list[i], ima, evm, capability);
	return true;
}

/* As imactl apply does: it is nobody else's, and the builder could not give it away. */
static void set_canary_owner(struct pack *pack)
{
	struct entry *entry = inventory_find(&pack->source, PATH_CANARY_EXEC + 1);
	const struct attribute *ima = entry ? entry_attribute(entry, XATTR_IMA) : NULL;

	if (ima && ima->size == CANARY_XATTR_SIZE &&
	    memcmp(ima->value, CANARY_EXEC_XATTR, CANARY_XATTR_SIZE) == 0)
		entry->uid = entry->gid = CANARY_EXEC_UID;
}

bool pack_read_tree(struct pack *pack, const struct sidecar *sidecar,
		    const struct evm_target *target)
{
	static struct reading reading;
	struct stat status;

	reading = (struct reading){ .pack = pack, .sidecar = sidecar, .target = target };
	if (stat(pack->tree[0] ? pack->tree : "/", &status) < 0) {
		complain(pack->tree, "pack", "%s", strerror(errno));
		return false;
	}
	reading.device = status.st_dev;
	if (!read_entry(&reading, "", &status) || !read_directory(&reading, "", 0))
		return false;
	inventory_finish(&pack->source);
	if (sidecar)
		sidecar_for_each(sidecar, &reading, take_signatures);
	if (sidecar && !reading.sidecar)
		return false;
	if (sidecar || target->owner_given)
		set_canary_owner(pack);
	inventory_finish(&pack->source);
	return inventory_id(&pack->source, pack->id) ||
		(complain(pack->tree, "pack", "OpenSSL gives no SHA-256"), false);
}
