/* SPDX-License-Identifier: MIT */
/* The HMAC in security.evm: evm_calc_hmac() in security/integrity/evm/evm_crypto.c (6.1). */
#include "evm_hmac.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "evm_keys.h"
#include "report.h"
#include "tree.h"

bool evm_hmac_read_key(struct evm_hmac_key *key, const char *directory)
{
	static struct evm_keys keys;
	char kmk[TREE_PATH_SIZE], evm_key[TREE_PATH_SIZE];
	bool right = path_join(kmk, directory, "/kmk") &&
		path_join(evm_key, directory, "/evm-key") && read_master_key(&keys, kmk) &&
		read_evm_key(&keys, evm_key);

	memset(key->bytes, 0, sizeof(key->bytes));
	right = right && open_evm_key(&keys, evm_key, key->bytes);
	OPENSSL_cleanse(&keys, sizeof(keys));
	return right;
}

/* Since 6.10 for all file systems; ext4 has the older one. The same answer, 16 bytes. */
static bool read_uuid(int file, uint8_t uuid[16])
{
	struct {
		uint8_t size, uuid[16];
	} any = { .size = 0 };
	struct {
		uint32_t size, flags;
		uint8_t uuid[16];
	} ext4 = { .size = 16 };

	if (ioctl(file, _IOR(0x15, 0, any), &any) == 0 && any.size == 16) {
		memcpy(uuid, any.uuid, 16);
		return true;
	}
	if (ioctl(file, _IOR('f', 44, uint64_t), &ext4) != 0 || ext4.size != 16)
		return false;
	memcpy(uuid, ext4.uuid, 16);
	return true;
}

static int read_misc(int file, const struct stat *status, struct evm_misc *misc)
{
	int generation;

	misc->inode_number = status->st_ino;
	if (ioctl(file, FS_IOC_GETVERSION, &generation) != 0 || !read_uuid(file, misc->uuid))
		return -EOPNOTSUPP;
	misc->generation = (uint32_t)generation;
	return 0;
}

static int add_to_mac(void *data, const void *bytes, size_t size)
{
	return EVP_MAC_update(data, bytes, size) == 1 ? 0 : -ENOTSUP;
}

int evm_hmac(const struct evm_hmac_key *key, int file, const struct stat *status,
	     const struct value *ima, const struct evm_target *target, uint8_t hmac[EVM_HMAC_SIZE])
{
	struct evm_misc misc;
	int error = read_misc(file, status, &misc);

	if (error != 0)
		return error;
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA1", 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(algorithm);
	size_t size;

	error = context && EVP_MAC_init(context, key->bytes, sizeof(key->bytes), parameters) == 1
		? 0
		: -ENOTSUP;
	if (error == 0)
		error = evm_message(file, status, ima, target, &misc, add_to_mac, context);
	if (error == 0 && EVP_MAC_final(context, hmac, &size, EVM_HMAC_SIZE) != 1)
		error = -ENOTSUP;
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(algorithm);
	return error;
}
