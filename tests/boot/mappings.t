# SPDX-License-Identifier: MIT
# Whatever could be executed or mapped executable and is not a signed file of the root, each tried by
# root under policy/appraise-signed: the table of SECURITY.md, "What is not a regular file".
use strict;
use warnings;
use Bed;

my $program = 'cp "$top/build/boot/programs/mappings" sbin/init; sign sbin/init';
my $ext4 = q{truncate -s 12M "$image"; mke2fs -q -t ext4 -O casefold,encrypt,^has_journal,^resize_inode -E encoding=utf8 -b 4096 -N 256 -I 256 -m 0 -d "$tree" "$image"};
my $regular = 'EACCES,EACCES';
# A device is never executed: execve() takes regular files only. A fifo or socket cannot be mapped.
my %found = (
	(map { $_ => $regular } qw(unsigned-file tmpfs-file memfd casefold fscrypt)),
	'signed-program' => qr/^ok,/,
	(map { $_ => 'ENODEV,EACCES' } qw(fifo pipe socket)),
	'sysv-shared-memory' => qr/^EACCES,/,
	(map { $_ => 'EPERM,EACCES' } qw(dev-zero dev-disk symlink-to-a-disk loop-device)),
	'node-on-the-root' => $regular,
	# What is left, on a stock kernel.
	(map { $_ => 'ok,EACCES' } qw(node-on-a-later-tmpfs later-devtmpfs later-loop-device)),
	'proc-mem' => qr/^ok,/,
	anonymous => qr/^ok,/,
);
accepted 'under appraise-signed', $program, kernel => 'mappings', make => $ext4, payload => \%found;

finish;
