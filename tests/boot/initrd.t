# SPDX-License-Identifier: MIT
# An initrd that is an image with attributes: the kernel appraises /ima/init in it
# as on a disk. The file as a whole must be verified by what loads it: in its place
# the kernel takes a cpio archive as well, whose /init nobody signs.
use strict;
use warnings;
use Bed;

my @from = (root => 'ram0', ro => 1);
my %enforced = (payload => { pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES', mount => qr{ / (?:/ ro.* - squashfs /dev/root|/dev )} });
accepted 'a squashfs', '', fs => 'squashfs', @from, %enforced;
accepted 'an ext4', '', fs => 'ext4', root => 'ram0', payload => { mount => qr{ / (?:/ rw.* - ext4 /dev/root|/dev )} };
refused 'a flipped byte in /ima/init' => 'kernel-panic -13', 'flip ima/init', fs => 'squashfs', @from;
refused 'an unsigned /ima/init' => 'kernel-panic -13', 'unsign ima/init', fs => 'squashfs', @from;
refused 'no /ima/init' => 'kernel-panic -2', 'rm ima/init', fs => 'squashfs', @from;
refused 'signed by a stranger' => 'kernel-panic -13', 'by stranger sign ima/init', fs => 'squashfs', @from;
refused 'a flipped byte in the policy' => 'file-refused', 'flip ima/policy', fs => 'squashfs', @from;
refused 'no manifest' => 'manifest-missing', 'rm ima/manifest', fs => 'squashfs', @from;
refused 'the next init unsigned' => 'handover-refused', 'unsign sbin/init', fs => 'squashfs', @from;

# The file exchanged: the reason why it is verified as a whole.
accepted 'THE LIMIT: a cpio in its place is unpacked, and its unsigned /init runs',
	'mkdir -p "$tree.initramfs/dev"; cp sbin/init "$tree.initramfs/init"; mknod "$tree.initramfs/dev/console" c 5 1',
	with => 'rdinit=/init', payload => { pid => 1, argv => '[/init]' }, unlike => qr/ima-init:/;

finish;
