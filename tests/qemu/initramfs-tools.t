# SPDX-License-Identifier: MIT
# Debian's initramfs by initramfs-tools, with ima-init ahead of its /init. Without EVM: dracut.t has that.
use strict;
use warnings;
use Debian;

use_generator 'initramfs-tools', evidence => qr/Loading, please wait\.\.\./;
my $refused = qr/^126: .*Permission denied/;
my $forged = qr/^126: .*_(?:ima|evm) .*stranger \w+ signing key.*Permission denied/;

holds_tree;
accepted 'up to the login prompt', like => qr/ima-init: handing over: .* proofs=probe,pin .* machine=0 blacklist=0 .* keyrings=_ima prove-exec=yes nodev=rootfs root= next-init=\/init /, checks => {
	signed => qr/^0: it runs/, 'signed-again' => qr/^0: it runs/, 'signed-module' => qr/^0:/, end => qr/^0/,
	unsigned => $refused, altered => $refused, stranger => $refused, script => $refused, 'in-memory-run' => $refused,
	# Nothing signs its owner without EVM.
	'other-owner' => qr/^0: it runs/,
	library => qr/cannot be preloaded/, module => qr/^1: .*Permission denied/,
	# Root's own _ima, in the session's or the user's keyring.
	'forged_ima-@s' => $forged, 'forged_ima-@u' => $forged,
	locked => qr/^1: .*Permission denied/, cleared => qr/^1: .*Permission denied/,
};
accepted 'THE HOLE: without ima-init the kernel believes whoever is first', without => qr/^rdinit=/, with => 'check=hole', checks => {
	hole => qr/^0: .*unsigned: Permission denied .*it runs$/,
};

# What is wrong with /ima of the initramfs, whoever made it, stops the boot ahead of the distribution's /init.
refused 'no policy' => 'file-missing', 'rm policy';
refused 'no certificate' => 'keyring-empty', 'rm keys/ima/*';
refused 'probe.ima with another bit' => 'probe-refused', 'printf "\001" | dd of=probe.ima bs=1 seek=100 conv=notrunc status=none';
refused 'a file that others may write to' => 'file-mode', 'chmod o+w policy';
# The kernel passes over it without a word (6.1) and mounts the root itself, for which Debian's has no driver.
refused 'no /ima/init' => qr/^kernel panic: VFS: Unable to mount root fs/, 'rm init';

finish;
