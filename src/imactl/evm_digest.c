/* SPDX-License-Identifier: MIT */
/* What a portable signature in security.evm is over. */
#include "evm_digest.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

/* evm_config_default_xattrnames[] in security/integrity/evm/evm_main.c, in its order. */
static const char *const protected_names[] = {
	"security.selinux",
	"security.SMACK64",
	"security.SMACK64EXEC",
	"security.SMACK64TRANSMUTE",
	"security.SMACK64MMAP",
	"security.apparmor",
	XATTR_IMA,
	XATTR_CAPABILITY,
	NULL,
};

bool evm_protects(const char *name)
{
	for (const char *const *known = protected_names; *known; known++)
		if (strcmp(*known, name) == 0)
			return true;
	return false;
}

/* Where the message goes. */
struct sink {
	int (*add)(void *data, const void *bytes, size_t size);
	void *data;
};

static int add_attribute(const struct sink *sink, int file, const char *name)
{
	uint8_t data[65536];         /* XATTR_SIZE_MAX */
	ssize_t size = fgetxattr(file, name, data, sizeof(data));

	if (size < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	return sink->add(sink->data, data, (size_t)size);
}

/* The names of a file's attributes, one after the other: asked for once, since most files have few. */
struct names {
	char text[65536];            /* XATTR_LIST_MAX */
	size_t size;
};

static bool has_name(const struct names *names, const char *name)
{
	for (size_t at = 0; at < names->size; at += strlen(names->text + at) + 1)
		if (strcmp(names->text + at, name) == 0)
			return true;
	return false;
}

static int add_attributes(const struct sink *sink, int file, const struct names *there,
			  const char *const *names, const struct value *ima,
			  const struct value *capability)
{
	int error = 0;

	for (; error == 0 && names && *names; names++) {
		if (strcmp(*names, XATTR_IMA) == 0)
			error = sink->add(sink->data, ima->data, ima->size);
		else if (capability && capability->size > 0 &&
			 strcmp(*names, XATTR_CAPABILITY) == 0)
			error = sink->add(sink->data, capability->data, capability->size);
		else if (has_name(there, *names))
			error = add_attribute(sink, file, *names);
	}
	return error;
}

/* hmac_add_misc(): in the byte order of the machine, which is little-endian on all that are met. */
static int add_metadata(const struct sink *sink, const struct stat *status, bool is_32_bit,
			const struct evm_misc *hmac)
{
	struct {
		uint32_t generation, uid, gid;
		uint16_t mode, padding;
	} misc = { hmac ? hmac->generation : 0, status->st_uid, status->st_gid,
		   (uint16_t)status->st_mode, 0 };
	uint64_t inode_number = hmac ? hmac->inode_number : 0;
	int error = sink->add(sink->data, &inode_number, is_32_bit ? 4 : 8);

	if (error == 0)
		error = sink->add(sink->data, &misc, sizeof(misc));
	return error != 0 || !hmac ? error : sink->add(sink->data, hmac->uuid, sizeof(hmac->uuid));
}

void evm_target_status(const struct evm_target *target, const char *inside, struct stat *status)
{
	if (target->owner_given) {
		status->st_uid = target->uid;
		status->st_gid = target->gid;
	}
	if (target->permissions)
		permissions_apply(target->permissions, inside, status);
}

int evm_message(int file, const struct stat *status, const struct value *ima,
		const struct evm_target *target, const struct evm_misc *misc,
		int (*add)(void *data, const void *bytes, size_t size), void *data)
{
	const struct sink sink = { add, data };
	struct names there;
	ssize_t size = flistxattr(file, there.text, sizeof(there.text));
	int error = size < 0 && errno != EOPNOTSUPP ? -errno : 0;

	there.size = size > 0 ? (size_t)size : 0;
	if (error == 0)
		error = add_attributes(&sink, file, &there, protected_names, ima,
				       target->capability);
	if (error == 0)
		error = add_attributes(&sink, file, &there, target->more, ima, NULL);
	return error != 0 ? error : add_metadata(&sink, status, target->is_32_bit, misc);
}

static int add_to_hasher(void *data, const void *bytes, size_t size)
{
	return hasher_add(data, bytes, size);
}

int evm_digest(struct hasher *hasher, const struct hash *hash, int file, const struct stat *status,
	       const struct value *ima, const struct evm_target *target, uint8_t digest[DIGEST_MAX])
{
	int error = hasher_start(hasher, hash);

	if (error == 0)
		error = evm_message(file, status, ima, target, NULL, add_to_hasher, hasher);
	return error != 0 ? error : hasher_end(hasher, digest);
}
