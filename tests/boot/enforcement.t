# SPDX-License-Identifier: MIT
# The proofs that the kernel enforces signatures: what weakens the kernel, what
# spoils a proof, and how PID 1 itself was started.
use strict;
use warnings;
use Bed;

# The command line. What is given last is what counts for the kernel.
accepted 'ima_policy=appraise_tcb ima_appraise=enforce', '';
for my $mode (qw(log fix off)) {
	refused "ima_appraise=$mode" => 'not-enforcing', '', without => qr/^ima_appraise=/, with => "ima_appraise=$mode",
		like => qr/\(ima_appraise=$mode\)/;
	refused "ima_appraise=$mode after enforce" => 'not-enforcing', '', with => "ima_appraise=$mode";
}
accepted 'ima_appraise=log, then enforce', '', without => qr/^ima_appraise=/, with => 'ima_appraise=log ima_appraise=enforce';
accepted 'no ima_appraise=: the kernel enforces', '', without => qr/^ima_appraise=/;
refused 'no ima_policy=' => 'not-enforcing', '', without => qr/^ima_policy=/, like => qr/appraise_tcb/;
refused 'no ima_policy=, and ima_appraise=log taken back' => 'not-enforcing', '', without => qr/^ima_policy=/,
	with => 'ima_appraise=log ima_appraise=enforce', like => qr/no ima_policy=appraise_tcb/;
refused 'ima_policy=tcb' => 'not-enforcing', '', without => qr/^ima_policy=/, with => 'ima_policy=tcb';
refused 'ima_policy=secure_boot' => 'not-enforcing', '', without => qr/^ima_policy=/, with => 'ima_policy=secure_boot';
accepted 'ima_policy= with two names', '', without => qr/^ima_policy=/, with => 'ima_policy=tcb|appraise_tcb';
accepted 'ima_appraise_tcb, the old name', '', without => qr/^ima_policy=/, with => 'ima_appraise_tcb';
refused 'evm=fix' => 'command-line', '', with => 'evm=fix';

# The command line weakens what the disk holds: a file that is not signed.
for my $mode (qw(log fix off)) {
	refused "ima_appraise=$mode, a forged policy" => 'not-enforcing', 'flip ima/policy', with => "ima_appraise=$mode";
	refused "ima_appraise=$mode, no canary" => 'canary-unfit', 'rm ima/canary', with => "ima_appraise=$mode";
}

# Kernels.
refused 'a kernel without IMA' => 'kernel-lacks', '', kernel => 'no-ima', like => qr/CONFIG_IMA/;
refused 'a kernel without EVM, for an image with it' => 'evm-x509-missing', '', kernel => 'no-evm';
my $no_evm = 'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der';
accepted 'a kernel without EVM, and evm = none', "$no_evm; conf 'evm = none'", kernel => 'no-evm',
	payload => { evm => 'ENOENT', 'exec-unsigned' => 'EACCES' };
refused 'a kernel without EVM, and no evm = none' => 'kernel-lacks', "$no_evm; manifest", kernel => 'no-evm', like => qr/CONFIG_EVM/;
refused 'a kernel without SIGNED_INIT' => 'not-enforcing', '', kernel => 'no-signed-init';
refused 'a kernel without SIGNED_INIT, that cannot show its rules' => qr/^(?:not-enforcing|evm-x509-missing)$/, '',
	kernel => 'no-signed-init-no-read';
refused 'the same without EVM in the image' => 'not-enforcing', "$no_evm; conf 'evm = none'", kernel => 'no-signed-init-no-read',
	like => qr{/ima/canary can be opened};
# There the kernel looks for a keyring _ima that nobody can have made, and refuses every signature.
refused 'a kernel without trusted keyrings' => 'kernel-panic -13', '', kernel => 'no-trusted-keyring', like => qr/no _ima keyring/;
refused 'the same, and nothing is enforced' => 'keyring-empty', '', kernel => 'no-trusted-keyring', without => qr/^ima_policy=/,
	like => qr/no keyring \.ima \(CONFIG_INTEGRITY_TRUSTED_KEYRING\)/;
refused 'x509_ima.der deleted, and nothing is enforced' => 'keyring-empty', 'rm ima/keys/x509_ima.der', without => qr/^ima_policy=/,
	like => qr/\.ima holds no key/;

# The canary: fit only if its refusal proves something.
refused 'canary missing' => 'canary-unfit', 'rm ima/canary';
refused 'canary signed' => 'canary-unfit', 'sign ima/canary';
refused 'canary without security.ima' => 'canary-unfit', 'setfattr -x security.ima ima/canary';
refused 'canary with a wrong digest' => 'canary-unfit', 'flip_xattr ima/canary security.ima';
refused 'canary with a digest of another algorithm' => 'canary-unfit',
	'setfattr -n security.ima -v 0x01da39a3ee5e6b4b0d3255bfef95601890afd80709 ima/canary';
refused 'canary not empty' => 'canary-unfit', 'printf x | overwrite ima/canary';
refused 'canary of uid 1000' => 'file-owner', 'chown 1000 ima/canary';
refused 'canary mode 0666' => 'file-mode', 'chmod 0666 ima/canary';
refused "canary mode $_" => 'canary-unfit', "chmod $_ ima/canary", like => qr/does not have mode 0400/ for qw(0000 0444 0600 4400);
refused 'canary of group 1000' => 'canary-unfit', 'chown 0:1000 ima/canary', like => qr/does not belong to group/;
refused 'canary is a symlink' => 'file-type', 'mv ima/canary etc/canary; ln -s /etc/canary ima/canary';
refused 'canary is a FIFO' => 'file-type', 'rm ima/canary; mkfifo ima/canary';
refused 'canary is a directory' => 'file-type', 'rm ima/canary; mkdir ima/canary';
refused 'canary is a device' => 'file-type', 'rm ima/canary; mknod ima/canary c 1 3';
refused 'canary on another file system' => 'file-mount', '', init => '/sbin/mount-over', with => 'MOUNT_OVER=/ima/canary';
refused 'canary that EVM vouches for' => 'canary-unfit', 'sign_evm ima/canary', like => qr/security\.evm that is not an HMAC/;
refused 'canary with other bytes as security.evm' => 'canary-unfit', "setfattr -n security.evm -v $_ ima/canary", like => qr/security\.evm/
	for '0x02', '0x05' . '00' x 20, '0x02' . '00' x 21, '0x05' . '00' x 100;
accepted 'canary with an HMAC, as a running kernel adds one', 'setfattr -n security.evm -v 0x02' . '00' x 20 . ' ima/canary';

refused 'canary with a byte behind its digest' => 'canary-unfit', 'setfattr -n security.ima -v \
	0x0404e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85500 ima/canary';

# Where nothing is enforced the kernel starts any /ima/init; it must not believe itself.
my %self = (
	'unsigned' => ['unsign ima/init', qr/no portable signature/],
	'without security.evm' => ['setfattr -x security.evm ima/init', qr/no portable signature/],
	'with an HMAC in security.evm' => ['setfattr -n security.evm -v 0x02$(printf "00%.0s" $(seq 20)) ima/init', qr/no portable signature/],
	'EVM-signed by an unknown key' => ['by stranger sign_evm ima/init', qr/security\.evm names the key [0-9a-f]+, which is not in \.evm/],
	'without security.ima' => ['setfattr -x security.ima ima/init', qr/it has no security\.ima/],
	'with a digest' => ["$no_evm; manifest; digest ima/init", qr/security\.ima is a digest/],
	'signed by an unknown key' => ['by stranger sign_ima ima/init; sign_evm ima/init', qr/security\.ima names the key [0-9a-f]+, which is not in \.ima/],
	'with a portable signature in security.ima' => ['flip_byte ima/init security.ima 0 05', qr/security\.ima is no signature/],
	'with a byte behind its signature' => ['setfattr -n security.ima -v "0x$(hex_of ima/init security.ima)00" ima/init', qr/security\.ima is no signature/],
);
for my $how (sort keys %self) {
	my ($change, $like) = @{$self{$how}};
	refused "/ima/init $how, and nothing is enforced" => 'self-unsigned', $change, without => qr/^ima_policy=/, like => $like;
}
refused '/ima/init as it is, and nothing is enforced' => 'not-enforcing', '', without => qr/^ima_policy=/;

# How PID 1 was started.
refused 'started as another process' => 'not-pid-1', '', init => '/sbin/not-pid-1', like => qr/^helper: child exited 10$/m;
accepted 'started with descriptors 0 to 2 closed', '', init => '/sbin/close-fds', payload => { fds => '' };

# modprobe is root's code before any policy. The spy is unsigned and belongs to
# uid 1000, so that the built-in rules do not cover it.
my $spy = 'cp sbin/helper sbin/modprobe; unsign sbin/modprobe; chown 1000 sbin/modprobe';
my $crafted = sub { "setfattr -n security.ima -v 0x040b0000000000000000000000000000000000000000000000000000000000000000 $_[0]" };
my $ran = qr/modprobe-spy: ran/;
accepted 'THE SPY WORKS: without ima-init the kernel runs it', "$spy; " . $crafted->('ima/canary'), init => '/sbin/init', like => $ran;
refused 'crafted security.ima on the canary' => 'canary-unfit', "$spy; " . $crafted->('ima/canary'), unlike => $ran;
refused 'crafted security.ima on the manifest' => 'file-refused', "$spy; " . $crafted->('ima/manifest'), unlike => $ran;
refused 'crafted security.ima on the policy' => 'file-refused', "$spy; " . $crafted->('ima/policy'), unlike => $ran;
refused 'crafted security.ima on the next init' => 'handover-refused', "$spy; " . $crafted->('sbin/init'), unlike => $ran;
refused 'a kernel on which modprobe cannot be stopped' => 'kernel-lacks', $spy, kernel => 'no-sysctl', like => qr/CONFIG_PROC_SYSCTL/;
accepted 'a signed modprobe is there after the handover', 'cp sbin/helper sbin/modprobe; sign sbin/modprobe',
	payload => { modprobe => '/sbin/modprobe' };

finish;
