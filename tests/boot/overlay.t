# SPDX-License-Identifier: MIT
# A root that is a tmpfs over a file system that stays as it is: `root-overlay` of
# init.conf. What the kernel appraises there is the overlay's own inode: rules by
# owner or file system see the overlay, and a file counts as what it has become.
use strict;
use warnings;
use Bed;

# OPTIONS, TEXT: init.conf of the initramfs
sub overlay { my ($options, $text) = @_; $text //= ''; return "initramfs; printf 'root = /dev/ubda\\nroot-overlay = tmpfs$options\\n$text' >\"\$tree.initramfs/ima/init.conf\"; " }
my $overlay = overlay('');
my @mounts = (mount => qr{^\d+ \d+ \S+ / (?:/dev rw|/ rw,nodev,relatime - overlay overlay rw,)});
my %enforced = (pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES', 'open-canary' => 'ok', @mounts);

accepted 'over ext4', $overlay, payload => \%enforced, like => qr/ proofs=rings,canary,rules .* prove-exec=yes nodev=yes root=\/dev\/ubda /;
accepted "over $_", $overlay, payload => \%enforced, fs => $_ for qw(squashfs erofs);
accepted 'over what cannot be written to', $overlay, payload => \%enforced, protected => 1;
accepted 'with options of the tmpfs', overlay(' size=1M,mode=0755'), payload => \%enforced;
accepted 'over a root that the command line names, by its partition', q{initramfs; printf 'root-overlay = tmpfs\n' >"$tree.initramfs/ima/init.conf"}, payload => \%enforced,
	make => '"$top/build/imactl" pack --quiet --disk --format "$fs" -o "$image" "$tree"', with => 'root=PARTLABEL=root';
accepted 'ro is of the lower one', $overlay, payload => \%enforced, ro => 1;
accepted 'without /dev', overlay('', 'nodev = no\n') . 'rmdir dev', payload => { mount => qr{^\d+ \d+ \S+ / / rw,relatime - overlay } };
# Nothing that was written is in the image afterwards.
my $image = '';
accepted 'the image stays as it is', $overlay . 'mkdir copy-up; cp sbin/helper copy-up/written; sign copy-up/written', payload => { 'copy-up-written' => 'ok' },
	forge => sub { $image = qx(sha256sum <'$_[0]') }, after => sub { return qx(sha256sum <'$_[0]') eq $image ? () : 'the image was written to' };

# Programs that run, are copied up to the tmpfs, and run no more when their content is another one.
my $programs = 'mkdir copy-up; for name in opened written owned moded linked stripped; do cp sbin/helper copy-up/$name; sign copy-up/$name; done';
my %copied = ((map { ("copy-up-$_" => 'ok', "attributes-$_" => '1,1', "exec-$_" => 'ran') } qw(opened linked)), 'copy-up-written' => 'ok',
	'exec-written' => qr/^(?:ran|EACCES)$/, 'exec-new' => 'EACCES');
# EVM lets nobody change what a portable signature covers.
my %covered = map { ("copy-up-$_" => 'EPERM', "attributes-$_" => '1,1') } qw(owned moded stripped);
my $written = qr/payload: exec-written=ran\n(?:payload: (?!exec-written).*\n)*payload: exec-written=EACCES\n/;
accepted 'files that are copied up', $overlay . $programs, payload => { %copied, %covered, %enforced }, like => $written;
accepted '  with EVM by signatures only', overlay('', 'evm = x509\n') . $programs . '; rm "$tree.initramfs"/ima/keys/{kmk,evm-key}', payload => { %copied, %covered, evm => 2 }, like => $written;
accepted '  without EVM', overlay('', 'evm = none\n') . $programs . '; rm "$tree.initramfs"/ima/keys/{kmk,evm-key,x509_evm.der}', kernel => 'no-evm',
	like => [$written, qr/exec-stripped=ran\n(?:payload: (?!exec-stripped).*\n)*payload: exec-stripped=EACCES\n/],
	payload => { %copied, 'copy-up-stripped' => 'ok', 'exec-stripped' => qr/^(?:ran|EACCES)$/ };

# Rules that leave a file system out: the lower one and the tmpfs are not looked at.
sub left_out { my ($magic) = @_; return qq{sed -i "/^appraise func=BPRM_CHECK/i dont_appraise fsmagic=$magic" ima/policy; } }
accepted "a policy that leaves out $_->[0]", left_out($_->[1]) . $overlay . $programs, payload => { %copied, %enforced }, like => $written for ['the lower file system', '0xef53'], ['the tmpfs', '0x01021994'];
refused 'a policy that leaves out overlays' => 'policy-escaped', left_out('0x794c7630') . $overlay;
accepted '  and does not mind: everything runs', left_out('0x794c7630') . overlay('', 'prove-exec = no\n'), payload => { 'exec-unsigned' => 'ran', 'exec-unsigned-other' => 'ran' };
refused 'a policy that covers files of root\'s only' => 'policy-escaped', 'sed -i "s/^appraise.*/& fowner=0/" ima/policy; ' . $overlay;

# What is on the lower one.
refused 'no canary' => 'canary-unfit', $overlay . 'rm ima/canary', verify_not => 1;
refused 'no canary-exec' => 'canary-exec-unfit', $overlay . 'rm ima/canary-exec', verify_not => 1;
refused 'a canary of another owner' => 'file-owner', $overlay . 'chown 1000 ima/canary', verify_not => 1;
refused 'a kernel that takes digests for signatures, and shows no rules' => 'not-enforcing',
	overlay('', 'evm = none\n') . 'rm "$tree.initramfs"/ima/keys/{x509_evm.der,kmk,evm-key}', kernel => 'no-signed-init-no-read', like => qr/canary can be opened/;
refused 'a root directory of another owner' => 'file-owner', $overlay . 'chown 1000 .', fs => 'squashfs', verify_not => 1;
refused 'a root directory that others may write' => 'file-mode', $overlay . 'chmod 0777 .', fs => 'squashfs', verify_not => 1;
refused 'the next init altered' => 'handover-refused', $overlay . 'printf x >>sbin/init';
refused 'the next init unsigned' => 'handover-refused', $overlay . 'unsign sbin/init';
refused 'the next init of another owner' => 'file-owner', $overlay . 'chown 1000 sbin/init', verify_not => 1;
refused 'another system\'s signatures' => 'handover-refused', $overlay . 'by stranger sign sbin/init';
# trusted.overlay.* on the disk: what a layer may say of others.
refused 'a next init by an attribute of overlays' => 'file-unreadable', $overlay . 'cp -a sbin/init etc/hidden; : >sbin/init; chmod 755 sbin/init; unsign sbin/init; setfattr -n trusted.overlay.metacopy sbin/init; setfattr -n trusted.overlay.redirect -v /etc/hidden sbin/init', verify_not => 1;
refused '  of a directory' => 'file-missing', $overlay . 'mkdir etc/hidden; cp -a sbin/init etc/hidden; rm -r sbin/*; setfattr -n trusted.overlay.redirect -v /etc/hidden sbin', verify_not => 1;

# The overlay itself.
refused 'no root' => 'root-missing', q{initramfs; printf 'root-overlay = tmpfs\n' >"$tree.initramfs/ima/init.conf"}, with => 'root=', like => qr/no root is named/;
refused 'options that a tmpfs does not know' => 'root-refused', overlay(' nothing=1'), like => qr/a tmpfs with "nothing=1"/;
refused 'a tmpfs too small for its directories' => 'root-refused', overlay(' nr_inodes=2');
refused 'a tmpfs without attributes' => 'kernel-lacks', $overlay, kernel => 'no-tmpfs-xattr', like => qr/CONFIG_TMPFS_XATTR/;
refused 'another word than tmpfs' => 'conf-invalid', q{initramfs; printf 'root-overlay = /dev/ubdb\n' >"$tree.initramfs/ima/init.conf"}, like => qr/line 1/;
refused 'more than one word of options' => 'conf-invalid', overlay(' size=1M ro'), like => qr/line 2/;
refused 'on a disk' => 'conf-invalid', 'printf "root-overlay = tmpfs\n" >ima/init.conf; sign ima/init.conf; manifest', verify_not => 1, like => qr/ima-init mounts no root/;
refused 'on the command line it says nothing' => 'root-missing', 'initramfs', with => 'root=/dev/none root-overlay=tmpfs';

finish;
