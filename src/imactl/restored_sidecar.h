/* SPDX-License-Identifier: MIT */
/* The sidecar that ima-init-initramfs restores signatures from, as strictly as it takes it. */
#ifndef IMACTL_RESTORED_SIDECAR_H
#define IMACTL_RESTORED_SIDECAR_H

#include <stdio.h>

#include "sidecar.h"

/**
 * restored_sidecar_read() - read one, and see whether it fits a tree
 * @sidecar: set to what it has
 * @root: of tree_name()
 * @needs_evm: EVM will be on
 * @line: set to the number of the line that is wrong
 * @wrong: filled with what is wrong
 *
 * Return: whether ima-init-initramfs will take it.
 */
bool restored_sidecar_read(struct sidecar *sidecar, FILE *in, const char *root, bool needs_evm,
			   unsigned *line, char *wrong, size_t wrong_size);

#endif
