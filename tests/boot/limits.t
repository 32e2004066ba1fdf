# SPDX-License-Identifier: MIT
# The kernel hashes a file before the open returns: a sparse file of a terabyte costs hours and the
# disk nothing. So sizes are looked at before anything is opened. Without that these boots hang.
use strict;
use warnings;
use Bed;

my $TERABYTE = 1 << 40;

sub debugfs {
	my (@commands) = @_;
	return sub {
		my ($image) = @_;
		for my $command (@commands) {
			my $said = qx(debugfs -w -R '$command' '$image' 2>&1);
			die "debugfs: $said" if $said =~ /^(?!debugfs \d)./m;
		}
	};
}
sub sized { my ($path, $size) = @_; return (verify_not => 1, forge => debugfs("set_inode_field /$path size $size")) }

my %limit = (
	'ima/manifest' => 65536, 'ima/init.conf' => 4096, 'ima/policy' => 1048576, 'ima/keys/kmk' => 4096, 'ima/keys/evm-key' => 4096,
	'ima/keys/ima/extra.der' => 16384, 'ima/other' => 268435456,
);
my $all = q{printf x | content ima/other; conf 'policy = required'; pin sbin/helper};
accepted 'all of them', $all;
for my $path (sort keys %limit) {
	refused "$path of a terabyte" => 'file-too-large', $all, sized($path, $TERABYTE), like => qr{/$path is larger than $limit{$path} bytes};
}
refused 'the canary of a terabyte' => 'canary-unfit', $all, sized('ima/canary', $TERABYTE), like => qr/is not empty/;
refused 'canary-exec of a terabyte' => 'canary-exec-unfit', $all, sized('ima/canary-exec', $TERABYTE), like => qr/does not have 4096 bytes/;
refused 'a pinned file of a terabyte' => 'file-too-large', $all, sized('sbin/helper', $TERABYTE), like => qr{/sbin/helper is larger than 268435456 bytes};
refused 'the next init of a terabyte' => 'file-too-large', $all, sized('sbin/init', $TERABYTE), like => qr{/sbin/init is larger than 268435456 bytes};
refused '  a pinned one' => 'file-too-large', 'pin sbin/init', sized('sbin/init', $TERABYTE);
refused '  on the root of an initramfs' => 'file-too-large', 'initramfs', sized('sbin/init', $TERABYTE);
# To the byte.
my $grown = 'truncate -s %d sbin/init; sign sbin/init';
accepted 'a next init as large as it may be', sprintf $grown, 268435456;
refused '  a byte more' => 'file-too-large', sprintf($grown, 268435457);

finish;
