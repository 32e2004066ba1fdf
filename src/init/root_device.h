/* SPDX-License-Identifier: MIT */
/* The device of the root, by its node, its number or the name of its partition. */
#ifndef IMA_INIT_ROOT_DEVICE_H
#define IMA_INIT_ROOT_DEVICE_H

#include "boot.h"

/**
 * root_device_find() - wait for the block device that root.device names, and set root.node
 *
 * /dev/NODE; MAJOR:MINOR and hexadecimal MMmm; PARTLABEL= and PARTUUID= as far as
 * the kernel shows them in sysfs: PARTNAME in the uevent of a partition, and since
 * Linux 6.13 PARTUUID. No partition table is read here. devtmpfs is mounted at /dev.
 *
 * Return: FAIL_NONE, ROOT_MISSING, or KERNEL_LACKS without sysfs where it is needed.
 */
enum failure_code root_device_find(struct boot *boot);

#endif
