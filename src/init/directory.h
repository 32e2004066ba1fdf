/* SPDX-License-Identifier: MIT */
/* What getdents64() fills in: libc's readdir() would allocate. */
#ifndef IMA_INIT_DIRECTORY_H
#define IMA_INIT_DIRECTORY_H

#include <stdint.h>

/* include/linux/fs_types.h: what a file system may leave unsaid */
#define DIRECTORY_TYPE_UNKNOWN   0
#define DIRECTORY_TYPE_DIRECTORY 4

/* include/linux/dirent.h */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

#endif
