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

#include "acl.h"
#include "attributes.h"
#include "layout.h"
#include "output.h"
#include "report.h"
#include "temporary.h"
#include "unmapped.h"
#include "walk.h"
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

/* The path of an entry on this machine: for messages, and for what has no content. */
static bool source_path(const struct pack *pack, const char *inside, char *path)
{
	char below[TREE_PATH_SIZE + 512];

	(void)snprintf(below, sizeof(below), "/%s", inside);
	return path_join(path, pack->tree, below);
}

/* By the descriptor of the tree and no symlink, so that what is packed is of the tree. */
static int open_content(const struct pack *pack, const char *inside, struct stat *status)
{
	char path[TREE_PATH_SIZE];
	const struct tree_file file = { pack->root, path, inside };

	if (pack->restored && strcmp(inside, pack->restored) == 0)
		return path_join(path, pack->directory, ASIDE_SIDECAR) ? tree_open(path, status)
								       : -ENAMETOOLONG;
	return source_path(pack, inside, path) ? tree_open_found(&file, status) : -ENAMETOOLONG;
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
	/* A UKI's kernel and stub are what an option names: a FIFO, too. */
	AUTO_CLOSE int file = open(pack->image, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	void *bytes = MAP_FAILED;

	if (file >= 0 && fstat(file, &status) == 0 && !S_ISREG(status.st_mode))
		errno = EINVAL;
	else if (file >= 0 && fstat(file, &status) == 0)
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
	struct stat status;
	uint8_t buffer[BUFFER];
	uint64_t done = 0;
	ssize_t count;
	AUTO_CLOSE int file = open_content(pack, entry->path, &status);

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

static bool read_target(struct reading *reading, struct entry *entry, int link)
{
	char target[TREE_PATH_SIZE];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	if (length < 0)
		return pack_refuses(reading->pack, entry, strerror(errno));
	target[length] = '\0';
	entry->target = strdup(target);
	if (!entry->target)
		abort();
	return true;
}

/* Where the attributes of an entry are read. */
struct source {
	int file;                    /* -1: by the path, of what is no file and no directory */
	const char *path;
};

static ssize_t get_attribute(const struct source *source, const char *name, void *value, size_t size)
{
	return source->file < 0 ? lgetxattr(source->path, name, value, size)
				: fgetxattr(source->file, name, value, size);
}

static ssize_t list_attributes(const struct source *source, char *names, size_t size)
{
	return source->file < 0 ? llistxattr(source->path, names, size)
				: flistxattr(source->file, names, size);
}

/*
 * Without its ACL the group may do what that said. The bits of the mode are the mask, which is
 * what most of the others may do: more than the group, as a rule.
 */
static bool drop_acl(struct reading *reading, struct entry *entry, const char *name, size_t size)
{
	int bits = acl_group_bits(reading->value, size);

	if (bits < 0)
		return pack_refuses(reading->pack, entry, "its ACL is none that is known");
	reading->pack->acls++;
	if (strcmp(name, ACL_ACCESS) != 0)
		return true;
	mode_t mode = (entry->mode & ~(mode_t)S_IRWXG) | (mode_t)bits << 3;

	entry->mode_changed = mode != entry->mode;
	entry->mode = mode;
	return true;
}

static const char *acl_unfit(const struct pack *pack, const char *name)
{
	if (!is_acl(name))
		return "it has an attribute of system.* that is no ACL: not packed";
	return pack->has_acls ? NULL : "it has an ACL, for which this format has no place: give "
				       "--drop-acls, or take ext4, erofs or tar";
}

static bool read_attribute(struct reading *reading, struct entry *entry,
			   const struct source *source, const char *name)
{
	const struct pack *pack = reading->pack;
	ssize_t size = get_attribute(source, name, reading->value, sizeof(reading->value));
	/* The kernel's view of something else, which has other bytes on a disk. */
	bool is_system = strncmp(name, "system.", strlen("system.")) == 0;

	if (size < 0)
		return pack_refuses(pack, entry, strerror(errno));
	if (is_acl(name) && pack->drops_acls)
		return drop_acl(reading, entry, name, (size_t)size);
	if (is_system && acl_unfit(pack, name))
		return pack_refuses(pack, entry, acl_unfit(pack, name));
	if (strchr(name, '='))
		return pack_refuses(pack, entry, "an attribute has = in its name");
	entry_add_attribute(entry, name, reading->value, (size_t)size);
	return true;
}

static bool read_attributes(struct reading *reading, struct entry *entry,
			    const struct source *source)
{
	ssize_t length = list_attributes(source, reading->names, sizeof(reading->names));
	bool right = length >= 0 || errno == EOPNOTSUPP ||
		pack_refuses(reading->pack, entry, strerror(errno));

	for (ssize_t at = 0; right && at < length; at += (ssize_t)strlen(reading->names + at) + 1) {
		const char *name = reading->names + at;
		bool is_signature = strcmp(name, XATTR_IMA) == 0 || strcmp(name, XATTR_EVM) == 0;

		if (!reading->sidecar || !is_signature)
			right = read_attribute(reading, entry, source, name);
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

/* What the walk has met. */
struct met {
	const char *inside;
	struct stat status;
	int found;                   /* descriptor of O_PATH */
	bool is_mounted;
};

/* A descriptor to read attributes by; -1: there can be none, -errno below that. */
static int open_entry(const struct reading *reading, const struct met *met, struct stat *status)
{
	int file = -1;

	if (S_ISREG(met->status.st_mode))
		file = open_content(reading->pack, met->inside, status);
	else if (S_ISDIR(met->status.st_mode) && !met->is_mounted)
		file = tree_open_directory(reading->pack->root, met->inside);
	else
		return -1;
	/* -EPERM is -1: to be told from what has none. */
	if (file < 0)
		return file == -EPERM ? -EACCES : file;
	if (fstat(file, status) == 0 && status->st_ino == met->status.st_ino &&
	    status->st_dev == met->status.st_dev)
		return file;
	(void)close(file);
	return -ESTALE;
}

static bool read_by(struct reading *reading, struct entry *entry, const struct met *met)
{
	char path[TREE_PATH_SIZE];
	struct stat status;
	AUTO_CLOSE int file = open_entry(reading, met, &status);
	const struct source source = { file, path };

	if (file < -1)
		return pack_refuses(reading->pack, entry,
				    file == -ESTALE || file == -ELOOP || file == -EINVAL
					    ? "it changed while it was read"
					    : strerror(-file));
	return source_path(reading->pack, met->inside, path) &&
		read_attributes(reading, entry, &source) &&
		(!S_ISLNK(entry->mode) || read_target(reading, entry, met->found)) &&
		(!S_ISREG(entry->mode) || read_digest(reading, entry));
}

static bool read_entry(struct reading *reading, const struct met *met)
{
	struct entry *entry = inventory_add(&reading->pack->source, met->inside);
	const struct stat *status = &met->status;
	struct stat on_target = *status;

	if (unfit(status))
		return pack_refuses(reading->pack, entry, unfit(status));
	if (is_unmapped(reading->target, met->inside, status))
		return pack_refuses(reading->pack, entry, UNMAPPED);
	evm_target_status(reading->target, met->inside, &on_target);
	entry->mode = on_target.st_mode;
	entry->uid = on_target.st_uid;
	entry->gid = on_target.st_gid;
	entry->size = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0;
	entry->device = S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode) ? status->st_rdev : 0;
	entry->inode_device = status->st_dev;
	entry->inode = status->st_ino;
	return read_by(reading, entry, met);
}

/* ---- the tree ---- */

static bool read_directory(struct reading *reading, const char *inside, unsigned depth);

static bool complain_of(const struct reading *reading, const char *inside, const char *reason)
{
	const struct entry named = { .path = (char *)inside };

	return pack_refuses(reading->pack, &named, reason);
}

/* What is mounted there is not of the tree, and no signature of imactl sign is on it. */
static bool leave_out(struct reading *reading, const struct met *met)
{
	char path[TREE_PATH_SIZE];

	if (!source_path(reading->pack, met->inside, path))
		return false;
	complain(path, "leave out", WALK_MOUNTED);
	reading->pack->mounts++;
	/* The place of a directory is of the tree: the machine may mount the same there. */
	return !S_ISDIR(met->status.st_mode) || read_entry(reading, met);
}

static bool meet(struct reading *reading, int directory, const char *name, const char *inside,
		 unsigned depth)
{
	struct met met = { .inside = inside };
	AUTO_CLOSE int found = tree_look(reading->pack->root, inside, &met.status);

	if (found < 0)
		return complain_of(reading, inside, found == -ELOOP
				   ? "a directory on the way is another now; run it again when "
				     "nothing writes to the tree"
				   : strerror(-found));
	met.found = found;
	/* Without a mount: a subvolume of btrfs, or a kernel that does not tell. */
	met.is_mounted = walk_is_mounted(directory, name) ||
		(S_ISDIR(met.status.st_mode) && met.status.st_dev != reading->device);
	if (met.is_mounted)
		return leave_out(reading, &met);
	return read_entry(reading, &met) &&
		(!S_ISDIR(met.status.st_mode) || read_directory(reading, inside, depth + 1));
}

static DIR *open_directory(const struct reading *reading, const char *inside, unsigned depth)
{
	char reason[64];

	(void)snprintf(reason, sizeof(reason), "more than %d directories inside one another",
		       PACK_DEPTH_MAX);
	int file = depth > PACK_DEPTH_MAX ? -EMLINK :
		tree_open_directory(reading->pack->root, inside);
	DIR *directory = file < 0 ? NULL : fdopendir(file);

	if (!directory)
		(void)complain_of(reading, inside, file == -EMLINK ? reason :
				  file == -ELOOP || file == -ENOTDIR ? "it changed while it was read" :
				  strerror(file < 0 ? -file : errno));
	return directory;
}

static bool read_directory(struct reading *reading, const char *inside, unsigned depth)
{
	char below[TREE_PATH_SIZE + 256];
	DIR *directory = open_directory(reading, inside, depth);
	struct dirent *entry;
	bool right = directory != NULL;

	while (right && (errno = 0, entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(below, sizeof(below), "%s%s%s", inside, *inside ? "/" : "",
			       entry->d_name);
		right = is_temporary(below) ||
			meet(reading, dirfd(directory), entry->d_name, below, depth);
	}
	if (right && errno != 0)
		right = complain_of(reading, inside, strerror(errno));
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

/* A portable signature is over the mode. */
static bool modes_fit(const struct pack *pack)
{
	for (size_t i = 0; i < pack->source.count; i++)
		if (pack->source.list[i]->mode_changed &&
		    entry_attribute(pack->source.list[i], XATTR_EVM))
			return pack_refuses(pack, pack->source.list[i],
					    "without its ACL its mode is another than the one that was "
					    "signed: remove the ACL (setfacl -b), sign it again");
	return true;
}

static bool read_tree(struct reading *reading)
{
	struct pack *pack = reading->pack;
	struct met top = { .inside = "", .found = pack->root };

	if (pack->root < 0 || fstat(pack->root, &top.status) < 0) {
		complain(pack->tree, "pack", "%s", strerror(errno));
		return false;
	}
	reading->device = top.status.st_dev;
	return read_entry(reading, &top) && read_directory(reading, "", 0);
}

bool pack_read_tree(struct pack *pack, const struct sidecar *sidecar,
		    const struct evm_target *target)
{
	static struct reading reading;

	reading = (struct reading){ .pack = pack, .sidecar = sidecar, .target = target };
	pack->root = open(pack->tree[0] ? pack->tree : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!read_tree(&reading))
		return false;
	inventory_finish(&pack->source);
	if (sidecar)
		sidecar_for_each(sidecar, &reading, take_signatures);
	if (sidecar && !reading.sidecar)
		return false;
	if (sidecar || target->owner_given)
		set_canary_owner(pack);
	inventory_finish(&pack->source);
	if (!modes_fit(pack))
		return false;
	return inventory_id(&pack->source, pack->id) ||
		(complain(pack->tree, "pack", "OpenSSL gives no SHA-256"), false);
}
