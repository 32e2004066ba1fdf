/* SPDX-License-Identifier: MIT */
/* The kernel's own file systems, reached without mounting anything into the tree. */
#ifndef IMA_INIT_KERNEL_FS_H
#define IMA_INIT_KERNEL_FS_H

#include <stddef.h>
#include <sys/types.h>

#include "boot.h"

/**
 * kernel_fs_open() - a directory descriptor of a kernel file system's root
 * @type: as in /proc/filesystems
 *
 * fsopen(), fsconfig() and fsmount() (5.2); where the kernel does not know
 * them, a mount over /ima that is taken away again before this returns.
 *
 * Return: the descriptor (close on exec), or -errno; -ENODEV: the kernel does
 * not have this file system.
 */
int kernel_fs_open(const char *type);

/**
 * kernel_fs_read() - a whole small file, of those that give all they have in one read()
 * @buffer: filled and terminated
 * @size: bytes there
 *
 * Return: the length without the NUL, or -errno; -EFBIG: larger than @size - 1.
 */
ssize_t kernel_fs_read(int directory, const char *path, char *buffer, size_t size);

/**
 * node_read() - what a node of the kernel's says, in one read() from its beginning
 * @node: open for reading
 *
 * Return: as kernel_fs_read().
 */
ssize_t node_read(int node, char *buffer, size_t size);

/** node_write() - one write() at the beginning of a node; 0 or -errno, -EIO: not all of it was taken */
int node_write(int node, const char *data, size_t size);

/** read_all() - up to @size bytes of a descriptor; the length or -errno */
ssize_t read_all(int descriptor, char *buffer, size_t size);

/** close_descriptor() - for the scope attribute */
void close_descriptor(int *descriptor);

#define AUTO_CLOSE __attribute__((cleanup(close_descriptor)))

#endif
