#!/bin/bash
# SPDX-License-Identifier: MIT
# Module of dracut: /ima of /etc/ima-init/initramfs. It is part of every initramfs of a machine that has this
# directory, or whose command line asks for /ima/init.

tool=/usr/libexec/ima-init/initramfs-tree

# called by dracut, which leaves the module out when this returns an error
check() {
	local wanted=0

	"$tool" wanted || wanted=$?
	if [[ $wanted -gt 1 ]]; then
		dfatal "ima-init: $tool failed: no initramfs is made"
		exit 1
	fi
	return "$wanted"
}

# called by dracut
depends() {
	return 0
}

# called by dracut, which goes on when this only returns an error
install() {
	# shellcheck disable=SC2154 # initdir is dracut's
	"$tool" install "$initdir" || {
		dfatal "ima-init: /ima could not be put into the initramfs"
		exit 1
	}
	# dracut makes a file that only root may read, but writes over one that is there as it is.
	# shellcheck disable=SC2154 # outfile, too
	if [[ -e $initdir/ima/keys/kmk && -e $outfile ]]; then
		chmod go= "$outfile" || exit 1
	fi
}
