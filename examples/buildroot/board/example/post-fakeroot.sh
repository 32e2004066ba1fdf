#!/bin/sh
# SPDX-License-Identifier: MIT
# BR2_ROOTFS_POST_FAKEROOT_SCRIPT: everything has its owner and mode by now, and this is under fakeroot
# still. Signs the root, verifies it as ima-init will, and packs it: BINARIES_DIR/ima-init.erofs.
# usage: post-fakeroot.sh ROOT KEYS      KEYS: BR2_ROOTFS_POST_SCRIPT_ARGS, of imactl keygen
set -eu

root=$1 keys=$2 system=$2/system
ima=$root/ima

mkdir -p "$ima/keys/secondary" "$ima/keys/ima" "$ima/keys/evm"
install -m 0644 "$keys/x509_ima.der" "$keys/x509_evm.der" "$ima/keys"
install -m 0644 "$system/system-ca.der" "$ima/keys/secondary"
install -m 0644 "$system/system-ima.der" "$ima/keys/ima"
install -m 0644 "$system/system-evm.der" "$ima/keys/evm"
# The root is read-only: no master key.
echo 'evm = x509' >"$ima/init.conf"
chmod 0644 "$ima/init.conf"

imactl sign --quiet --system --all --key "$system/system-ima.key" --cert "$system/system-ima.der" \
	--evm-key "$system/system-evm.key" --evm-cert "$system/system-evm.der" "$root"
imactl sign --quiet --key "$keys/ima.key" --evm-key "$keys/evm.key" "$root"
imactl verify --quiet --ca "$keys/ca.pem" "$root"
imactl pack --force --format erofs -o "$BINARIES_DIR/ima-init.erofs" "$root"
