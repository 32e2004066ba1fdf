# SPDX-License-Identifier: MIT
# A unified kernel image: kernel, initramfs and command line in one file that the
# firmware verifies by Secure Boot. Answer (a) to an unsigned /ima/init, with a
# firmware of its own.
use strict;
use warnings;
use Bed qw(finish);
use Uki;

# What init.conf requires, and then a change of the tree or of the initramfs.
sub requires { my ($what, $change) = @_; return qq(initramfs; printf 'require = $what\n' >"\$tree.initramfs/ima/init.conf"; ) . ($change // '') }
my $made = requires('secure-boot lockdown');
my $inside = 'cd "$tree.initramfs"; ';
my %enforced = (payload => { pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES' });

uki('as made' => 'handover', $made, %enforced,
	like => [qr/secureboot: Secure boot enabled/, qr/ima-init: handing over: .* proofs=rings,canary,rules evm=3 .* required=lockdown,secure-boot .* root=\/dev\/vdb/]);
uki('a root in squashfs, and no /dev in the image' => 'handover', $made . 'rm -r "$tree.initramfs/dev"', %enforced, fs => 'squashfs', without => qr/^rw$/, with => 'ro');
uki('THE HOLE IS CLOSED: a forged /ima/init of uid 1000 on the disk' => 'handover', $made . 'unsign ima/init; cat sbin/init >ima/init; chown 1000 ima/init', %enforced);

# The firmware.
my %denied = (like => qr/failed to load Boot\d+ .*: Access Denied/);
uki('without a signature' => 'no kernel started', $made, signer => '', %denied);
uki('signed with a key that the firmware does not know' => 'no kernel started', $made, signer => 'other', %denied);
uki("a bit of $_ flipped" => 'no kernel started', $made, alter => $_, %denied) for qw(.linux .initrd .cmdline);
uki('revoked in dbx' => 'no kernel started', $made, revoked => 1, %denied);

# Without Secure Boot all of these start, and init.conf is what stops them.
uki('Secure Boot off' => 'requirement', $made, secure_boot => 0, like => qr/FAIL requirement: secure-boot: /);
uki('  and nobody asks for it' => 'handover', requires('lockdown'), secure_boot => 0, signer => '', %enforced);
uki('shim, told not to verify' => 'requirement', $made, mok_sb_state => 1, like => qr/FAIL requirement: secure-boot: .*shim/);
uki('  or told to' => 'handover', $made, mok_sb_state => 0);
uki('the kernel not locked down' => 'requirement', $made, without => qr/^lockdown/, like => qr/FAIL requirement: lockdown: /);
uki('no TPM where one is required' => 'requirement', requires('tpm'), like => qr/FAIL requirement: tpm: /);

# What is beside the image, and is not verified.
my @forged = (loader => join ' ', grep({ !/^(?:rdinit|lockdown)/ } @WORDS), 'rdinit=/sbin/init');
uki('a command line by the boot entry' => 'handover', $made, @forged, %enforced, unlike => qr/rdinit=\/sbin\/init/);
uki('  which counts without Secure Boot, ahead of any init.conf' => 'handover', $made, @forged, secure_boot => 0, unlike => qr/ima-init: /, payload => { 'exec-unsigned-other' => 'ran' });
my $stays = 'sed -i "/^appraise func=BPRM_CHECK/i dont_appraise fsname=rootfs" ima/policy; ' .
	requires('secure-boot lockdown', 'printf "next-init = /init\n" >>"$tree.initramfs/ima/init.conf"; cp sbin/init "$tree.initramfs/init"');
uki('files by the stub: they are kept apart' => 'handover', $stays, without => qr/^(?:root=|rw)/, beside => { 'init.cred' => 'forged', 'kmk.cred' => 'forged' },
	payload => { pid => 1, evm => 3, extra => qr/^(?:init|kmk)\.cred$/ });

my $doctor = 'cp "$top/build/imactl" "$tree.initramfs/doctor"; echo "--way uki" >"$tree.initramfs/doctor.options"; cp --parents $(ldd "$top/build/imactl" | grep -o "/[^ ]*") "$tree.initramfs"; ';
uki("imactl doctor names the answer" => 'handover', "$stays; $doctor", memory => 1024, without => qr/^(?:root=|rw)/,
	like => [qr/^answer: a: ima-init is inside an image that Secure Boot has verified as a whole/m, qr/^ok +StubInfo: systemd-stub: /m, qr/^ok +Secure Boot: on: /m, qr/^ok +\.ima: 2 keys: /m, qr/^ok +\.evm: 1 keys: /m]);
uki('  and none without Secure Boot' => 'handover', "$stays; sed -i /require/d \"\$tree.initramfs/ima/init.conf\"; $doctor", memory => 1024, without => qr/^(?:root=|rw)/, secure_boot => 0,
	like => [qr/^answer: none: /m, qr/^WRONG +Secure Boot: off: /m]);

# The root, which nothing but its signatures protects.
uki('the next init altered' => 'handover-refused', $made . 'printf x >>sbin/init');
uki('  signed for another system' => 'handover-refused', $made . 'by stranger sign sbin/init');
uki('a root without a canary' => 'canary-unfit', $made . 'rm ima/canary', verify_not => 1);

finish();
