/* SPDX-License-Identifier: MIT */
/* The files that the manifest lists: opened, compared with their lines, and read. */
#ifndef IMA_INIT_MANIFEST_H
#define IMA_INIT_MANIFEST_H

#include "boot.h"
#include "format/manifest.h"

/**
 * manifest_open() - open a file below /ima and compare it with its line
 * @path: absolute, below /ima; not listed: FAIL_FILE_MISSING
 * @opened: set on success
 */
enum failure_code manifest_open(struct boot *boot, const char *path, int *opened);

/** manifest_check() - open a pinned file as execve() would find it, and compare it with its line */
enum failure_code manifest_check(struct boot *boot, const char *path);

/**
 * manifest_read() - manifest_open() a file and read it whole
 * @size: bytes in @buffer; the file must be at least one byte smaller
 * @length: set on success; a NUL follows what was read
 */
enum failure_code manifest_read(struct boot *boot, const char *path,
				char *buffer, size_t size, size_t *length);

#endif
