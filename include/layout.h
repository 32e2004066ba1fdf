/* SPDX-License-Identifier: MIT */
/* Every path, name and limit that ima-init and imactl must agree on. */
#ifndef IMA_INIT_LAYOUT_H
#define IMA_INIT_LAYOUT_H

#define IMA_INIT_VERSION "0.1"

/* The directory that holds the whole early user space. */
#define ROOT_DIR           "/ima"

#define PATH_INIT          ROOT_DIR "/init"
#define PATH_MANIFEST      ROOT_DIR "/manifest"
#define PATH_CONF          ROOT_DIR "/init.conf"
#define PATH_POLICY        ROOT_DIR "/policy"
#define PATH_CANARY        ROOT_DIR "/canary"
#define PATH_CANARY_EXEC   ROOT_DIR "/canary-exec"

/* What PATH_CANARY_EXEC is: zero bytes, which no kernel takes for a program, of an owner that is not root. */
#define CANARY_EXEC_UID    1000  /* and its group */
#define CANARY_EXEC_SIZE   4096
#define CANARY_MODE        0400
#define CANARY_EXEC_MODE   0555

/*
 * ima-init-initramfs only, where the kernel has no trusted keyrings: the attributes
 * of a file with the content of PATH_CANARY_EXEC, of root's and with this mode.
 */
#define PATH_PROBE_IMA     ROOT_DIR "/probe.ima"
#define PATH_PROBE_EVM     ROOT_DIR "/probe.evm"
#define PROBE_MODE         0755

/* Loaded by the kernel itself: CONFIG_IMA_X509_PATH, CONFIG_EVM_X509_PATH. */
#define PATH_X509_IMA      ROOT_DIR "/keys/x509_ima.der"
#define PATH_X509_EVM      ROOT_DIR "/keys/x509_evm.der"

/* Loaded by ima-init; the directory's name says into which keyring. */
#define DIR_KEYS           ROOT_DIR "/keys/"
#define DIR_KEYS_BLACKLIST DIR_KEYS "blacklist/"
#define DIR_KEYS_SECONDARY DIR_KEYS "secondary/"
#define DIR_KEYS_IMA       DIR_KEYS "ima/"
#define DIR_KEYS_EVM       DIR_KEYS "evm/"
#define PATH_KMK           DIR_KEYS "kmk"
#define PATH_EVM_KEY       DIR_KEYS "evm-key"

/* security/integrity/digsig.c, without CONFIG_INTEGRITY_TRUSTED_KEYRING */
#define OWN_RING_IMA       "_ima"
#define OWN_RING_EVM       "_evm"
#define OWN_RING_PERMISSIONS "08030000" /* search, who possesses it; view and read, root */

/*
 * Of imactl provision: kmk and evm-key, a line each, where init.conf's device-keys says.
 * The file is nobody's, since the kernel's built-in rules appraise every file of root's,
 * and no device can sign one. The variable has its attributes ahead: non-volatile, and
 * there before and after the firmware hands over.
 */
#define DIR_DEVICE_KEYS    "/etc/ima-init/device"
#define PATH_DEVICE_KEYS   DIR_DEVICE_KEYS "/keys"
#define DEVICE_KEYS_UID    65534
#define DEVICE_KEYS_MODE   0400
#define DEVICE_KEYS_VARIABLE "ImaInitDeviceKeys-a1f29c06-5d0e-4c1b-9a6e-37c2b84f6d51"
#define DEVICE_KEYS_ATTRIBUTES "\7\0\0\0"

/* The kernel's names: security/keys/encrypted-keys, security/integrity/evm/evm_crypto.c */
#define KMK_DESCRIPTION     "kmk"
#define EVM_KEY_DESCRIPTION "evm-key"

/* Manifest: first line, then "HEX(security.ima)  /absolute/path", sorted by path. */
#define MANIFEST_FIRST_LINE "ima-init manifest 1"

/* Of imactl install: what /ima is made as before it has that name, and who vouches for it. */
#define NAME_STAGED         "ima.new"
#define PATH_SITE_CA        "/etc/ima-init/ca.pem"
#define CHAIN_VARIABLE      "IMACTL_CHAIN"
#define CHAIN_UNCHECKED     "unchecked"

/* Where a package has a site's /ima: SITE_TREE/ima, with its sidecar SITE_TREE.sidecar. */
#define SITE_TREE           "/usr/lib/ima-init/site/root"

/* Which of the programs a file is; each has one of these bytes, and no other. */
#define PROGRAM_MARK       "\nima-init program: "
#define MARK_DISK          PROGRAM_MARK "ima-init\n"
#define MARK_INITRAMFS     PROGRAM_MARK "ima-init-initramfs\n"
#define MARK_INITRD        PROGRAM_MARK "ima-init-initrd\n"

#define DEFAULT_NEXT_INIT  "/sbin/init"
#define INITRAMFS_NEXT_INIT "/init"    /* where no root is mounted */

/*
 * Limits. Bytes unless the name says otherwise. A limit that is reached is an
 * error that names it, never a truncation.
 */
#define LIMIT_MANIFEST       65536
#define LIMIT_MANIFEST_FILES 512   /* lines */
#define LIMIT_CONF           4096
#define LIMIT_CERTIFICATE    16384
#define LIMIT_KMK            4096
#define LIMIT_EVM_KEY        4096
#define LIMIT_DEVICE_KEYS    4096  /* of the file or variable with both */
#define LIMIT_POLICY         1048576
#define LIMIT_PROGRAM        268435456 /* the next init, a pinned file, any other below /ima */
#define LIMIT_KEYRING_FILES  64    /* files a keyring */
#define LIMIT_TREE_DEPTH     8     /* directories below /ima */
#define LIMIT_PATH           256   /* of a path in the manifest or in init.conf */
#define LIMIT_CMDLINE        8192  /* the largest COMMAND_LINE_SIZE of 6.x is 4096 */
#define LIMIT_XATTR          1024  /* RSA-4096 with its header is 521 */
#define LIMIT_LINE           4096  /* of a sidecar; with the NUL that ends it */
#define LIMIT_RESTORED_PATH  1024  /* of a file that is restored */
#define LIMIT_RESTORED_DEPTH 64    /* directories in one another that are */
#define LIMIT_SYMLINKS       40    /* the kernel's MAXSYMLINKS */
#define LIMIT_PCR            23    /* the last of a TPM for PCs */
#define KMK_MIN              32    /* a shorter user master key is guessable */
#define EVM_KEY_MIN          20    /* encrypted.c MIN_DATA_SIZE */
#define EVM_KEY_MAX          128   /* evm.h MAX_KEY_SIZE */

#endif
