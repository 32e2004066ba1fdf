# SPDX-License-Identifier: MIT
# The names of a root: its node, its number, its partition. The kernel resolves them
# by itself only for a root that it mounts; ima-init-initramfs reads sysfs.
use strict;
use warnings;
use Bed;

# TEXT: init.conf of the initramfs
sub conf { my ($text) = @_; return "initramfs; printf '$text' >\"\$tree.initramfs/ima/init.conf\"; " }
# A disk by imactl, whose one partition is called root.
my $disk = '"$top/build/imactl" pack --quiet --disk --format "$fs" -o "$image" "$tree"';
# LABEL, NAME, NAME: two partitions with the same file system, by a partition table of this kind.
sub two { my ($label, @names) = @_;
	my $lines = join '', map { 'size=14M' . (defined $_ ? ",name=\\\"$_\\\"" : '') . '\n' } @names;
	return qq{"\$top/tests/boot/lib/make-image" "\$fs" "\$tree" "\$image.part"; truncate -s 40M "\$image"; printf "label: $label\\n$lines" | sfdisk -q "\$image"; } .
		'for at in 1 15; do dd if="$image.part" of="$image" bs=1M seek=$at conv=notrunc status=none; done';
}
my %enforced = (payload => { pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES' });
sub on { my ($device) = @_; return (%enforced, payload => { %{$enforced{payload}}, mount => qr{ / (?:/dev |/ .* - ext4 /dev/$device )} }) }

# By the name of the partition.
accepted 'PARTLABEL= on the command line', 'initramfs', on('ubda1'), make => $disk, with => 'root=PARTLABEL=root', like => qr/ root=PARTLABEL=root /;
accepted 'PARTLABEL= in init.conf', conf('root = PARTLABEL=root ext4 errors=remount-ro\n'), on('ubda1'), make => $disk, with => 'root=/dev/none';
accepted '  which wins over the command line', conf('root = PARTLABEL=root\n'), on('ubda1'), make => $disk, with => 'root=PARTLABEL=other';
accepted 'PARTLABEL= with rootwait, and it is there', 'initramfs', on('ubda1'), make => $disk, with => 'root=PARTLABEL=root rootwait', unlike => qr/waiting/;
accepted 'the second of two partitions', 'initramfs', on('ubda2'), make => two('gpt', 'a', 'b'), with => 'root=PARTLABEL=b';
accepted 'a name with a blank', 'initramfs', on('ubda1'), make => two('gpt', 'the root', 'b'), with => ['"root=PARTLABEL=the root"'];
accepted 'a name beside one that has none', 'initramfs', on('ubda2'), make => two('gpt', undef, 'b'), with => 'root=PARTLABEL=b';
refused 'no partition of that name' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTLABEL=other', like => qr/no partition has this name/;
refused '  after a second of rootwait=1' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTLABEL=other rootwait=1', like => qr/waiting for PARTLABEL=other/;
refused '  its beginning' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTLABEL=roo';
refused '  and more than it' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTLABEL=root2';
refused '  in other letters' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTLABEL=ROOT';
refused '  nothing' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTLABEL=';
refused '  in init.conf' => 'root-missing', conf('root = PARTLABEL=other\n'), make => $disk, with => 'root=PARTLABEL=root';
refused 'two partitions of that name' => 'root-missing', 'initramfs', make => two('gpt', 'root', 'root'), with => 'root=PARTLABEL=root', like => qr/two partitions have this name/;
refused '  rootwait changes nothing' => 'root-missing', 'initramfs', make => two('gpt', 'root', 'root'), with => 'root=PARTLABEL=root rootwait', unlike => qr/FAIL.*FAIL/s;
refused 'a partition table without names' => 'root-missing', 'initramfs', make => two('dos', undef, undef), with => 'root=PARTLABEL=root';
refused 'no partition table' => 'root-missing', 'initramfs', with => 'root=PARTLABEL=root';
refused 'an altered file on the partition' => 'handover-refused', 'initramfs; printf x >>sbin/init', make => $disk, with => 'root=PARTLABEL=root';
refused 'no canary on the partition' => 'canary-unfit', 'initramfs; rm ima/canary', make => $disk, with => 'root=PARTLABEL=root';

# Linux 6.13 has PARTUUID in the uevent of a partition; tests/unit has what comes of it.
refused 'PARTUUID= on a kernel that does not show it' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTUUID=1234-01', like => qr/this kernel does not show PARTUUIDs in sysfs, as Linux 6.13 does/;
refused '  rootwait changes nothing' => 'root-missing', 'initramfs', make => $disk, with => 'root=PARTUUID=1234-01 rootwait', like => qr/this kernel does not show/;
refused '  on a table of MBR' => 'root-missing', 'initramfs', make => two('dos', undef, undef), with => 'root=PARTUUID=1234-01', like => qr/this kernel does not show/;
refused '  without a partition' => 'root-missing', 'initramfs', with => 'root=PARTUUID=1234-01', like => qr/no partition has this name/;

# By its number: 98 is the major number of ubd, which has 16 minor numbers a device.
accepted "the number $_", 'initramfs', on('ubda'), with => "root=$_" for qw(98:0 0x6200 6200);
accepted "the number $_ of a partition", 'initramfs', on('ubda1'), make => $disk, with => "root=$_" for qw(98:1 6201);
accepted 'a number in init.conf', conf('root = 98:0\n'), on('ubda'), with => 'root=/dev/none';
refused "no such number, $_" => 'root-missing', 'initramfs', with => "root=$_", like => qr/there is no block device/ for qw(98:200 62c8 0x1 98);
refused "no number, $_" => 'root-missing', 'initramfs', with => "root=$_", like => qr/it is no node/ for '98:', ':0', '98:0:', '98:0x', '98:0:0', '-1:0', '0x', '1234567890:0', '123456789';
refused 'the number of a character device' => 'root-missing', 'initramfs', with => 'root=5:1';

# A device that comes late: rootwait.
my @late = (kernel => 'late-devices', late => 1);
my %waited = (like => qr/ima-init: root: waiting for .*ima-init: handing over: /s);
accepted 'a node that comes late', 'initramfs', @late, %waited, with => 'rootwait';
accepted '  within seconds', 'initramfs', @late, %waited, with => 'rootwait=100';
accepted 'a partition that comes late', 'initramfs', @late, %waited, make => $disk, with => 'root=PARTLABEL=root rootwait', payload => { mount => qr{ / (?:/dev |/ .* - ext4 /dev/ubdb1 )} };
accepted 'a number that comes late', 'initramfs', @late, %waited, with => 'root=98:16 rootwait';
refused 'another partition that comes late' => 'root-missing', 'initramfs', @late, make => $disk, with => 'root=PARTLABEL=other rootwait=2', like => qr/waiting for .*no partition has this name/s;
refused 'PARTUUID= of one that comes late' => 'root-missing', 'initramfs', @late, make => $disk, with => 'root=PARTUUID=1234-01 rootwait', like => qr/waiting for .*this kernel does not show/s;
refused 'without rootwait' => 'root-missing', 'initramfs', @late, unlike => qr/waiting/;

# What is not looked up here; and how it is said.
refused "root=$_->[0]" => 'root-missing', 'initramfs', with => "root=$_->[0]", like => $_->[1]
	for ['LABEL=root', qr/what a file system calls itself is not read: .*PARTLABEL=/], ['UUID=1234-01', qr/what a file system calls itself is not read/],
	['/dev/nfs', qr/from the network/], ['/dev/cifs', qr/from the network/], ['nfs:10.0.0.1:/root', qr/from the network/], ['ubi0:root', qr/only a block device/],
	['mtd:root', qr/such as .dev.mtdblock0/], ['PARTLABEL', qr/it is no node/], ['ubda', qr/it is no node/], ['ID=1', qr/it is no node/];
refused '  rootwait changes nothing' => 'root-missing', 'initramfs', with => 'root=LABEL=root rootwait';
refused '  in init.conf' => 'root-missing', conf('root = UUID=1234\n'), like => qr/not read/;

finish;
