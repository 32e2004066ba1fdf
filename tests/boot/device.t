# SPDX-License-Identifier: MIT
# IMA appraises regular files alone: a library whose name leads to a device is unsigned code that no
# rule looks at. The attack is real: everything is signed, the library of a dynamic next init is
# exchanged for a symlink to the root's own disk, or for a node of it, and an ELF header lies in the
# disk's first block, which ext4 does not use, with its segments in free blocks.
use strict;
use warnings;
use Bed;
use Elf qw(library_on_device);

# A dynamic next init, all of it signed.
my $dynamic = 'dynamic_init; ';
# What the disk's writer does: the second loads nothing and shows that the attack is not the symlink's.
my %attack = (
	'a symlink to the disk' => 'ln -sf /dev/$disk lib/libgreeting.so',
	'a relative symlink to it' => 'ln -sf ../dev/$disk lib/libgreeting.so',
	'a node of the disk' => 'rm lib/libgreeting.so; mknod lib/libgreeting.so b 98 0',
	'a symlink to a node on the disk' => 'mknod etc/disk b 98 0; ln -sf /etc/disk lib/libgreeting.so',
);
my $ran = qr/payload: library=forged/;
my %good = (payload => { library => 'signed', pid => 1 }, unlike => $ran);
# The dynamic linker finds no library and process 1 ends: the kernel has executed what was signed.
my %stopped = (unlike => $ran, like => qr/ima-init: handing over: .* nodev=yes .*Error loading shared library \S*libgreeting\.so/s);

for my $kernel (qw(base base-6-12)) {
	my @on = (kernel => $kernel);
	accepted "$kernel: a dynamic next init", $dynamic, @on, %good, like => qr/ nodev=yes /;
	refused "  a forged library" => 'panic', $dynamic . 'flip lib/libgreeting.so', @on, unlike => $ran;
	for my $how (sort keys %attack) {
		refused "  $how" => 'panic', $dynamic . $attack{$how}, @on, %stopped, forge => \&library_on_device;
		accepted "  THE ATTACK WORKS: nodev = no, $how", $dynamic . "conf 'nodev = no'; $attack{$how}", @on,
			forge => \&library_on_device, payload => { library => 'forged', pid => 1 }, like => qr/ nodev=no /;
	}
}

# The patched kernels of packaging/kernel refuse it by themselves.
for my $kernel (qw(signed-init-any-owner signed-init-any-owner-6-12)) {
	accepted "$kernel: nodev = no, a dynamic next init", $dynamic . q{conf 'nodev = no'}, kernel => $kernel, payload => { library => 'signed' };
	refused "  nodev = no, $_" => 'panic', $dynamic . "conf 'nodev = no'; $attack{$_}", kernel => $kernel, forge => \&library_on_device, unlike => $ran,
		like => [qr/ nodev=no /, qr/Error loading shared library \S*libgreeting\.so: Permission denied/] for sort keys %attack;
}

# Whatever mounts the root and /dev.
my $disk = $attack{'a symlink to the disk'};
my $node = $attack{'a node of the disk'};
my %initramfs = (
	'an initramfs' => 'initramfs',
	'an overlay' => q{initramfs; printf 'root = /dev/ubda\nroot-overlay = tmpfs\n' >"$tree.initramfs/ima/init.conf"},
	'an initrd image' => 'initrd',
);
for my $way (sort keys %initramfs) {
	my $make = "$dynamic$initramfs{$way}; ";
	my $open = $way eq 'an initrd image' ? $dynamic . 'initrd "nodev = no"; '
		: qq{$make printf 'nodev = no\n' >>"\$tree.initramfs/ima/init.conf"; };
	accepted "$way, a dynamic next init", $make, %good, like => qr/ nodev=yes /;
	for my $how ($disk, $node) {
		refused "  $how" => 'panic', $make . $how, %stopped, forge => \&library_on_device;
		accepted '  THE ATTACK WORKS: nodev = no', $open . $how, forge => \&library_on_device, payload => { library => 'forged', pid => 1 };
	}
}
for my $how ($disk, $node) {
	refused "read-only, $how" => 'panic', $dynamic . $how, ro => 1, %stopped, forge => \&library_on_device;
	refused "no device is mounted by the kernel, $how" => 'panic', $dynamic . $how, with => 'devtmpfs.mount=0', %stopped, forge => \&library_on_device;
}

# What the next init finds. The flags of the root stay what they were.
sub mounts { my ($root) = @_; return (mount => qr{^(?:\d+ \d+ \S+ / / $root|\d+ \d+ \S+ / /dev rw,nosuid,noexec,relatime - devtmpfs )}) }
accepted '/ and /dev', '', payload => { mounts('rw,nodev,relatime - ext4 ') };
accepted '  a read-only root', '', ro => 1, payload => { mounts('ro,nodev,relatime - ext4 ') };
accepted '  a file system without writing', '', fs => 'erofs', payload => { mounts('rw,nodev,relatime - erofs ') };
accepted '  devtmpfs that the kernel does not mount', '', with => 'devtmpfs.mount=0', payload => { mounts('rw,nodev,relatime - ext4 ') };
accepted '  a kernel without mount_setattr()', '', init => '/sbin/deny', with => 'DENY=442:38', payload => { mounts('rw,nodev,relatime - ext4 ') };
accepted '  the same, read-only', '', ro => 1, init => '/sbin/deny', with => 'DENY=442:38', payload => { mounts('ro,nodev,relatime - ext4 ') };
refused '  a kernel that does not do it' => 'devices-open', '', init => '/sbin/deny', with => 'DENY=442:1', like => qr{making / nodev: Operation not permitted};
accepted '  nodev = no', q{conf 'nodev = no'}, payload => { mount => qr{^\d+ \d+ \S+ / (?:/ rw,relatime - ext4 |/dev rw,relatime - devtmpfs )} };
accepted '  nodev = no, and a static /dev', q{conf 'nodev = no'; mknod dev/console c 5 1}, with => 'devtmpfs.mount=0', payload => { mount => qr{^\d+ \d+ \S+ / / rw,relatime - ext4 } };
my $missing = qr{/dev is not there, or is not a directory};
refused '/dev deleted' => 'devices-open', 'rmdir dev', like => $missing;
refused '  a file in its place' => 'devices-open', 'rmdir dev; printf x >dev', like => $missing;
refused '  a symlink in its place' => 'devices-open', 'rmdir dev; ln -s etc dev', like => $missing;
accepted '  nodev = no', q{conf 'nodev = no'; rmdir dev};
refused '/dev of an initramfs\'s root deleted' => 'devices-open', 'initramfs; rmdir dev', like => $missing;
refused '  a symlink in its place' => 'devices-open', 'initramfs; rmdir dev; ln -s sbin dev', like => $missing;
refused 'a wrong word' => 'conf-invalid', q{conf 'nodev = maybe'};

finish;
