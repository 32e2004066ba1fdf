/* SPDX-License-Identifier: MIT */
/*
 * Files found and opened so that the kernel's rule `fowner=0` covers them.
 *
 * Everything is checked on descriptors, one path component after the other:
 * a file of another owner is not appraised by the built-in rules at all, and
 * no signature binds a name or a directory.
 */
#ifndef IMA_INIT_SECURE_OPEN_H
#define IMA_INIT_SECURE_OPEN_H

#include "boot.h"

struct file_facts {
	uint32_t mode;               /* type and permissions */
	uint32_t uid;
	uint32_t gid;
	uint64_t size;
	uint64_t mount;              /* mount id (5.8), before that the device number */
	bool is_mount_root;          /* always false before 5.8 */
};

/** file_facts() - statx() of a descriptor, also of an O_PATH one; 0 or -errno */
int file_facts(int descriptor, struct file_facts *facts);

/** open_ima_dir() - open /ima, of the new root where one is mounted, check it and note its mount */
enum failure_code open_ima_dir(struct boot *boot);

/**
 * check_facts() - directory or file, root's, not writable by others, on the mount
 * @path: for the message
 * @type: S_IFDIR or S_IFREG
 */
enum failure_code check_facts(struct boot *boot, const struct file_facts *facts,
			      const char *path, uint32_t type, uint64_t mount);

/** leave_above() - close the directory; for the scope attribute */
void leave_above(struct above *above);

/**
 * secure_find() - an O_PATH descriptor of a regular file below /ima, or on the root file system
 * @path: absolute
 * @facts: of the file; its owner and mode are not checked, its type, its mount
 *         and every directory above it are; no symlink is followed
 * @found: set on success
 *
 * A directory that was checked is not checked again while boot->above keeps it.
 */
enum failure_code secure_find(struct boot *boot, const char *path,
			      struct file_facts *facts, int *found);

/**
 * open_found() - open for reading what an O_PATH descriptor stands for
 * @found: of secure_find() or find_program(); the very same inode is opened
 * @facts: as found by the same function
 * @path: for the message
 * @limit: the largest size that is accepted. It is looked at first: the kernel hashes
 *         the whole file before the open returns, which takes hours for a sparse terabyte.
 */
enum failure_code open_found(struct boot *boot, int found, const struct file_facts *facts,
			     const char *path, uint64_t limit, int *opened);

/**
 * secure_open() - open a file below /ima for reading
 * @limit: the largest size that is accepted
 * @opened: set on success; the kernel has appraised what it reads
 *
 * Return: FAIL_NONE, or one of the FILE_ codes.
 */
enum failure_code secure_open(struct boot *boot, const char *path, uint64_t limit, int *opened);

/**
 * secure_read() - read an opened file whole
 * @size: bytes in @buffer; the file must be at least one byte smaller
 * @length: set on success; a NUL follows what was read
 *
 * Return: FAIL_NONE, FILE_EMPTY, FILE_TOO_LARGE or FILE_UNREADABLE.
 */
enum failure_code secure_read(struct boot *boot, int file, const char *path,
			      char *buffer, size_t size, size_t *length);

/**
 * find_program() - follow a path as execve() will, without opening the file
 * @path: absolute; symlinks are followed, each must be root's
 * @facts: of the file
 * @found: O_PATH descriptor of the file, root's and not writable by others
 *
 * Directories on the way are root's and, where others may write, sticky
 * (NixOS and ostree have such stores).
 */
enum failure_code find_program(struct boot *boot, const char *path, struct file_facts *facts,
			       int *found);

#endif
