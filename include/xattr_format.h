/* SPDX-License-Identifier: MIT */
/*
 * The values of security.ima and security.evm, as the kernel defines them in
 * security/integrity/integrity.h (6.1). Multi-byte fields are big-endian.
 */
#ifndef IMA_INIT_XATTR_FORMAT_H
#define IMA_INIT_XATTR_FORMAT_H

#include <stdint.h>

#define XATTR_IMA "security.ima"
#define XATTR_EVM "security.evm"
#define XATTR_CAPABILITY "security.capability"

/* enum evm_ima_xattr_type: the first byte of either value. */
enum xattr_type {
	XATTR_TYPE_DIGEST = 1,       /* SHA-1, no algorithm byte */
	XATTR_TYPE_HMAC = 2,         /* security.evm only */
	XATTR_TYPE_DIGSIG = 3,       /* security.ima: struct signature_header */
	XATTR_TYPE_DIGEST_NG = 4,    /* algorithm byte, then the digest */
	XATTR_TYPE_PORTABLE = 5,     /* security.evm: struct signature_header */
	XATTR_TYPE_VERITY = 6,       /* security.ima over an fs-verity digest, 5.19 */
};

/* security.evm of type XATTR_TYPE_HMAC: the type and HMAC-SHA-1 (evm_crypto.c). */
#define XATTR_HMAC_SIZE 21

/* enum hash_algo, include/uapi/linux/hash_info.h */
enum hash_algorithm {
	HASH_ALGORITHM_SHA256 = 4,
	HASH_ALGORITHM_SHA384 = 5,
	HASH_ALGORITHM_SHA512 = 6,
};

/* struct signature_v2_hdr: types 3, 5 and 6; the signature follows. */
struct signature_header {
	uint8_t type;
	uint8_t version;             /* 2; 3 signs struct ima_file_id (5.19) */
	uint8_t hash_algorithm;
	uint8_t key_id[4];           /* last four bytes of the certificate's SKID */
	uint8_t signature_size[2];
} __attribute__((packed));

/*
 * What the canaries carry in security.ima: the right SHA-256 digest of an empty
 * file for /ima/canary, of 4096 zero bytes for /ima/canary-exec. A kernel that
 * takes digests lets them be used, and one that demands signatures does not.
 */
#define CANARY_XATTR \
	"\x04\x04\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24" \
	"\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55"
#define CANARY_EXEC_XATTR \
	"\x04\x04\xad\x7f\xac\xb2\x58\x6f\xc6\xe9\x66\xc0\x04\xd7\xd1\xd1\x6b\x02" \
	"\x4f\x58\x05\xff\x7c\xb4\x7c\x7a\x85\xda\xbd\x8b\x48\x89\x2c\xa7"
#define CANARY_XATTR_SIZE 34

#endif
