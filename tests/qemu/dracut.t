# SPDX-License-Identifier: MIT
# Debian's initramfs by dracut, with ima-init ahead of its /init, which is systemd; with EVM.
use strict;
use warnings;
use Debian;

use_generator 'dracut', evidence => qr/Welcome to .*dracut/;
my $refused = qr/^126: .*Permission denied/;
my $forged = qr/^126: .*_(?:ima|evm) .*stranger \w+ signing key.*Permission denied/;

holds_tree;
accepted 'up to the login prompt', like => qr/ima-init: handing over: .* proofs=probe,pin evm=2 .* machine=0 blacklist=0 .* keyrings=_ima,_evm prove-exec=yes nodev=rootfs root= next-init=\/init /, checks => {
	signed => qr/^0: it runs/, 'signed-again' => qr/^0: it runs/, 'signed-module' => qr/^0:/, end => qr/^0/,
	unsigned => $refused, altered => $refused, stranger => $refused, script => $refused, 'in-memory-run' => $refused,
	# Its owner is signed, too.
	'other-owner' => $refused,
	library => qr/cannot be preloaded/, module => qr/^1: .*Permission denied/,
	# Root's own keyrings by these names, in the session's or the user's keyring.
	'forged_ima-@s' => $forged, 'forged_ima-@u' => $forged, 'forged_evm-@s' => $forged, 'forged_evm-@u' => $forged,
	locked => qr/^1: .*Permission denied/, cleared => qr/^1: .*Permission denied/,
};

# What is wrong with /ima of the initramfs, whoever made it, stops the boot ahead of the distribution's /init.
refused 'no policy' => 'file-missing', 'rm policy';
refused 'no certificate for EVM' => 'keyring-empty', 'rm keys/evm/*';
refused 'probe.evm with another bit' => 'probe-refused', 'printf "\001" | dd of=probe.evm bs=1 seek=100 conv=notrunc status=none';
refused 'a policy that does not leave out the initramfs' => 'handover-refused', 'sed -i /fsname=rootfs/d policy';

finish;
