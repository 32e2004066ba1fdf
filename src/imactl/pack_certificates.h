/* SPDX-License-Identifier: MIT */
/* What is packed must be of use to the kernels that it is for. */
#ifndef IMACTL_PACK_CERTIFICATES_H
#define IMACTL_PACK_CERTIFICATES_H

#include "kernels.h"
#include "pack.h"

/**
 * pack_check_certificates() - whether all kernels can use the certificates of /ima/keys in the tree
 *
 * Their form, their algorithms, and the keys of those that signatures are verified with. Who has
 * issued them, and what they have signed, is for imactl verify, which is given the CA.
 *
 * Return: true, or false with a line for each that one of the kernels cannot use.
 */
bool pack_check_certificates(const struct pack *pack, const struct kernels *kernels);

#endif
