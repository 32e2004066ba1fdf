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
	"security.capability",
	NULL,
};

static int add_attribute(struct hasher *hasher, int file, const char *name)
{
	uint8_t data[65536];         /* XATTR_SIZE_MAX */
	ssize_t size = fgetxattr(file, name, data, sizeof(data));

	if (size < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	return hasher_add(hasher, data, (size_t)size);
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

static int add_attributes(struct hasher *hasher, int file, const struct names *there,
			  const char *const *names, const struct value *ima)
{
	int error = 0;

	for (; error == 0 && names && *names; names++) {
		if (strcmp(*names, XATTR_IMA) == 0)
			error = hasher_add(hasher, ima->data, ima->size);
		else if (has_name(there, *names))
			error = add_attribute(hasher, file, *names);
	}
	return error;
}

/* hmac_add_misc(): in the byte order of the machine, which is little-endian on all that are met. */
static int add_metadata(struct hasher *hasher, const struct stat *status, bool is_32_bit)
{
	struct {
		uint32_t generation, uid, gid;
		uint16_t mode, padding;
	} misc = { 0, status->st_uid, status->st_gid, (uint16_t)status->st_mode, 0 };
	static const uint8_t inode_number[8];
	int error = hasher_add(hasher, inode_number, is_32_bit ? 4 : 8);

	return error != 0 ? error : hasher_add(hasher, &misc, sizeof(misc));
}

void evm_target_status(const struct evm_target *target, struct stat *status)
{
	if (!target->owner_given)
		return;
	status->st_uid = target->uid;
	status->st_gid = target->gid;
}

int evm_digest(struct hasher *hasher, const struct hash *hash, int file, const struct stat *status,
	       const struct value *ima, const struct evm_target *target, uint8_t digest[DIGEST_MAX])
{
	struct names there;
	struct stat on_target = *status;
	ssize_t size = flistxattr(file, there.text, sizeof(there.text));
	int error = size < 0 && errno != EOPNOTSUPP ? -errno : hasher_start(hasher, hash);

	there.size = size > 0 ? (size_t)size : 0;
	evm_target_status(target, &on_target);
	if (error == 0)
		error = add_attributes(hasher, file, &there, protected_names, ima);
	if (error == 0)
		error = add_attributes(hasher, file, &there, target->more, ima);
	if (error == 0)
		error = add_metadata(hasher, &on_target, target->is_32_bit);
	return error != 0 ? error : hasher_end(hasher, digest);
}
