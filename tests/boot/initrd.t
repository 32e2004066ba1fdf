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

# Then a root on a disk: ima-init-initrd proves in the image what ima-init proves on a
# disk, and what is proved of the root behind an initramfs.
# A change of the image
my $inside = 'initrd; cd "$tree.initrd"; ';
my $back = '; cd "$tree"';
my %root = (payload => { pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES', 'open-canary' => 'ok', mount => qr{^\d+ \d+ \S+ / (?:/ rw\S* - ext4 /dev/ubda |/dev rw)} });
accepted 'a root on a disk', 'initrd', %root,
	like => qr{handing over: .* proofs=rings,self,canary,rules evm=3 kmk=plain files=8 .* policy=rules .*prove-exec=yes nodev=yes root=/dev/ubda next-init=/sbin/init};
accepted '  from an image in ext4', 'initrd', %root, initrd => 'ext4';
# The kernel knows no other by its beginning (init/do_mounts_rd.c).
refused '  from one in erofs' => 'panic', 'initrd', initrd => 'erofs', like => qr/RAMDISK: Couldn't find valid RAM disk image/;
accepted '  by imactl pack', 'initrd', %root,
	make => '"$top/tests/boot/lib/make-image" "$fs" "$tree" "$image"; "$top/build/imactl" pack --quiet --format initrd -o "$image.initrd" "$tree.initrd"; rm -r "$tree.initrd"';
accepted '  by the name of its partition', q{initrd; cd "$tree.initrd"; conf 'root = PARTLABEL=root'; cd "$tree"}, make => '"$top/build/imactl" pack --quiet --disk --format "$fs" -o "$image" "$tree"';
accepted '  under an overlay', 'initrd "root-overlay = tmpfs"', payload => { %{$root{payload}}, mount => qr{^\d+ \d+ \S+ / (?:/dev rw|/ rw,nodev,relatime - overlay )} };
accepted '  in squashfs', 'initrd', fs => 'squashfs', payload => { %{$root{payload}}, mount => qr{^\d+ \d+ \S+ / (?:/dev rw|/ r\S+ - squashfs /dev/ubda ro)} };
accepted '  with another next init', 'initrd "next-init = /sbin/other"; cp -a sbin/init sbin/other; sign sbin/other', like => qr/next-init=\/sbin\/other/;
my $verify = '"$top/build/imactl" verify --ima --quiet $imactl_bits --ca "$keys/ca.pem" "$tree.initrd"';
accepted '  in which imactl verify finds nothing', "initrd; $verify", %root;
refused '  or what the boot ends in' => 'file-refused', "$inside flip ima/policy$back; ! $verify";
accepted 'at most eight lines', 'initrd', unlike => qr/(?:.*ima-init: ){9}/s;
accepted 'a disk without keys, policy and manifest, and a forged /ima/init', 'initrd; rm -r ima/keys ima/manifest ima/policy; unsign ima/init; cat sbin/init >ima/init; chown 1000 ima/init', %root;
accepted 'what the command line says of a root is of the image', 'initrd', %root, with => 'rootfstype=squashfs rootflags=errors=continue';

# The image altered, file by file: as on a disk.
refused 'a flipped byte in its /ima/init' => 'kernel-panic -13', "$inside flip ima/init$back";
refused 'its /ima/init unsigned' => 'kernel-panic -13', "$inside unsign ima/init$back";
refused 'its /ima/init by a stranger' => 'kernel-panic -13', "$inside by stranger sign ima/init$back";
refused "a flipped byte in its $_" => 'file-refused', "$inside flip $_$back" for qw(ima/manifest ima/policy ima/init.conf ima/keys/kmk ima/keys/evm-key ima/keys/ima/extra.der);
refused "its $_ missing" => 'file-missing', "$inside rm $_$back" for qw(ima/policy ima/init.conf ima/keys/kmk ima/keys/evm-key ima/keys/ima/extra.der);
refused 'no manifest' => 'manifest-missing', "$inside rm ima/manifest$back";
refused 'the manifest of the disk' => 'file-differs', $inside . 'cat "$tree/ima/manifest" >ima/manifest; sign ima/manifest' . $back, like => qr{/ima/init: };
refused 'a file that is not listed' => 'file-unlisted', "$inside printf x >ima/more$back";
refused 'no certificate for EVM' => 'evm-x509-missing', "$inside rm ima/keys/x509_evm.der$back";
refused 'its x509_ima.der of a stranger' => 'kernel-panic -13', "$inside cat \"\$keys/stranger/x509_ima.der\" >ima/keys/x509_ima.der$back";
refused 'its policy given to uid 1000' => 'file-owner', "$inside chown 1000 ima/policy$back";
refused 'its canary missing' => 'canary-unfit', "$inside rm ima/canary$back";
refused 'its canary signed' => 'canary-unfit', "$inside sign ima/canary$back";
refused 'a wrong line in its init.conf' => 'conf-invalid', 'initrd "nothing = 1"';
refused 'keys of the device on a root that is not there yet' => 'conf-invalid', "$inside rm ima/keys/kmk ima/keys/evm-key; conf 'root = /dev/ubda' 'kmk = trusted' 'device-keys = root'$back",
	like => qr/device-keys = root, but no root is mounted yet/;
refused 'an init.conf without a root' => 'conf-invalid', $inside . q{conf 'next-init = /sbin/init'} . $back, like => qr/root is not given/;
refused 'no init.conf at all' => 'conf-invalid', "$inside rm ima/init.conf; manifest$back", like => qr/root is not given/;
refused 'no place to mount the root' => 'root-refused', "$inside rmdir new-root$back", like => qr{/new-root cannot be made \(an initrd image must have it\)};
refused 'a place for the root that is a symlink to /ima' => 'root-refused', "$inside rmdir new-root; ln -s ima new-root$back", like => qr/is no directory/;
refused '/dev that is a symlink: the kernel mounts devtmpfs there' => 'kernel-panic -2', "$inside rmdir dev; ln -s ima dev$back";
refused '  to another place' => 'root-refused', "$inside rmdir dev; ln -s new-root dev$back", like => qr{/dev is no directory};
refused 'no /dev' => 'root-refused', "$inside rmdir dev$back", like => qr{/dev cannot be made \(an initrd image must have it\)};

# The root.
sub conf { my ($lines) = @_; return $inside . "conf $lines" . $back }
refused 'no such device' => 'root-missing', conf(q{'root = /dev/ubdb'});
refused 'a device without a file system' => 'root-refused', conf(q{'root = /dev/ram1'});
refused 'another type' => 'root-refused', conf(q{'root = /dev/ubda squashfs'});
refused 'the image itself' => 'root-refused', conf(q{'root = /dev/ram0'});
refused '  read-only, as it is mounted' => 'root-refused', conf(q{'root = /dev/ram0'}), ro => 1;
refused 'a root without /ima' => 'file-missing', 'initrd; rm -r ima', verify_not => 1;
refused 'a root without a canary' => 'canary-unfit', 'initrd; rm ima/canary', verify_not => 1;
refused 'a root whose canary says nothing' => 'canary-unfit', 'initrd; setfattr -x security.ima ima/canary', verify_not => 1;
refused 'a root whose canary EVM vouches for' => 'canary-unfit', 'initrd; unsign ima/canary; chown 0:0 ima/canary; sign ima/canary; setfattr -x security.evm ima/canary; digest ima/canary; sign_evm ima/canary', verify_not => 1, like => qr/security\.evm that is not an HMAC/;
refused 'a root without canary-exec' => 'canary-exec-unfit', 'initrd; rm ima/canary-exec', verify_not => 1;
refused 'a root with another system\'s signatures' => 'handover-refused', 'initrd; by stranger sign sbin/init';
refused 'its next init altered' => 'handover-refused', 'initrd; printf x >>sbin/init';
refused 'its next init of another owner' => 'file-owner', 'initrd; chown 1000 sbin/init', verify_not => 1;
refused 'its next init missing' => 'file-missing', 'initrd; rm sbin/init', verify_not => 1;
refused 'a policy that covers files of root\'s only' => 'policy-escaped', 'sed -i "s/^appraise.*/& fowner=0/" ima/policy; initrd';

# A rescue program is one of the image.
my $rescue = q{initrd; cd "$tree.initrd"; cp "$tree/sbin/init" ima/rescue; sign ima/rescue; conf 'root = /dev/ubda' 'on-failure = rescue' 'rescue = /ima/rescue'; cd "$tree"; };
refused 'a rescue program, while the image is the root' => 'handover and FAIL canary-unfit', $rescue . 'rm ima/canary', like => qr/rescue: executing/;
refused '  when it is not any more, and the disk has one by its name' => 'file-missing', $rescue . 'cp -a sbin/init ima/rescue; mv sbin/init sbin/other', unlike => qr/rescue: /, verify_not => 1;
# 166 is umount2(), 16 is EBUSY.
refused '  nor when it is half left' => 'root-refused', $rescue . 'cp sbin/init ima/rescue; sign ima/rescue; cd "$tree.initrd"; cp "$tree/sbin/helper" deny; sign deny; cd "$tree"',
	init => '/deny', with => 'DENY=166:16', like => qr{moving it to /: }, unlike => qr/rescue: /, verify_not => 1;

# Each program in its place.
refused 'ima-init-initrd on a disk' => 'not-initrd', 'cat "$built/ima-init-initrd" >ima/init; sign ima/init; manifest', verify_not => 1, like => qr/is on the device 98:0/;
refused 'ima-init-initrd on a rootfs' => 'not-initrd', 'initramfs; install -m 0755 "$built/ima-init-initrd" "$tree.initramfs/ima/init"', like => qr/is on the device 0:/;
refused 'ima-init-initramfs in an image' => 'not-initramfs', "$inside cat \"\$built/ima-init-initramfs\" >ima/init; sign ima/init; manifest$back";
refused 'ima-init in an image whose init.conf names a root' => 'conf-invalid', "$inside cat \"\$tree/ima/init\" >ima/init; sign ima/init; manifest$back", like => qr/ima-init mounts no root/;

# The command line.
refused 'ima_appraise=log' => 'not-enforcing', 'initrd', with => 'ima_appraise=log';
refused 'evm=fix' => 'command-line', 'initrd', with => 'evm=fix';
refused 'no ima_policy=' => 'not-enforcing', 'initrd', without => qr/^ima_policy/;

# The file exchanged: the reason why it is verified as a whole.
accepted 'THE LIMIT: a cpio in its place is unpacked, and its unsigned /init runs',
	'mkdir -p "$tree.initramfs/dev"; cp sbin/init "$tree.initramfs/init"; mknod "$tree.initramfs/dev/console" c 5 1',
	with => 'rdinit=/init', payload => { pid => 1, argv => '[/init]' }, unlike => qr/ima-init:/;

finish;
