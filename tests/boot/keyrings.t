# SPDX-License-Identifier: MIT
# ima-init-initramfs on a kernel without trusted keyrings: _ima and _evm made, proved,
# locked and kept, against root and against a user with keyrings of their own; and what
# happens on such a kernel when nobody does so.
use strict;
use warnings;
use Bed;

my %kernel = (kernel => 'distribution');
# A list for the kernel's command line, which says root=/dev/ubda: the next init's affair.
my %none = (%kernel, without => qr/^ima_policy/);

# Who maps and executes what, as tests/boot/keyrings.c says it.
sub uses {
	my ($ours, $theirs, @who) = @_;
	my %uses;
	for my $who (@who) {
		$uses{"$who-$_-ours"} = $ours for qw(map exec);
		$uses{"$who-$_-theirs"} = $theirs for qw(map exec);
		$uses{"$who-$_-unsigned"} = 'EACCES' for qw(map exec);
	}
	return %uses;
}
my @who = qw(user forger root again);

sub locked {
	my ($ring) = @_;
	my %locked;
	for my $who (qw(user root)) {
		$locked{"$who-$ring-$_"} = 'EACCES'
			for qw(add add-certificate add-ring link-into clear restrict setperm chown chown-same set-timeout invalidate revoke link possessed-link);
		$locked{"$who-$ring-$_"} = 'ENOKEY' for qw(search request);
		$locked{"$who-$ring-join"} = 'another';
	}
	$locked{"root-key-of$ring-$_"} = 'EACCES' for qw(setperm chown chown-same set-timeout invalidate revoke link unlink move);
	$locked{"root-$ring"} = "keyring;0;0;08030000;$ring";
	return %locked;
}

# The exemption is for one file system, and for who is root already.
my %exempt = ((map { ("root-map-unsigned-$_" => 'EACCES', "root-exec-unsigned-$_" => 'EACCES') } qw(ramfs tmpfs)),
	'root-mount-rootfs' => 'ENODEV', 'root-exec-unsigned-rootfs' => 'ok', 'user-namespace' => 'ok', 'user-take-root-away' => 'EINVAL', 'user-reach-rootfs' => 'no');
my %kept = (payload => { uses('ok', 'EACCES', @who), locked('_ima'), %exempt }, unlike => qr/(?:ima-init: .*){4}/s);
my %kept_both = (payload => { uses('ok', 'EACCES', @who), locked('_ima'), locked('_evm'), %exempt });

accepted 'evm = none', 'own_rings none', %none, %kept,
	like => [qr/ima-init: enforcement: proved by a signed file/, qr/handing over: .* proofs=probe,pin evm=0 .* ima=1 evm-certs=0 policy=node-gone required=none keyrings=_ima prove-exec=yes nodev=rootfs root= next-init=\/init /];
accepted 'evm = x509', 'own_rings x509', %none, %kept_both, like => qr/ proofs=probe,pin evm=2 kmk=none .* evm-certs=1 .* keyrings=_ima,_evm /;
accepted 'evm = hmac', 'own_rings hmac', %none, %kept_both, like => qr/ proofs=probe,pin evm=3 kmk=plain .* keyrings=_ima,_evm /;
accepted 'under the built-in rules', 'own_rings none', %kernel, %kept;
accepted 'a kernel that shows its rules and takes more', 'own_rings x509', kernel => 'no-trusted-keyring', payload => { uses('ok', 'EACCES', @who) }, like => qr/ policy=rules /;
accepted 'without prove-exec', 'own_rings none; echo "prove-exec = no" >>ima/init.conf', %none, %kept, like => qr/ prove-exec=no /;
accepted 'root = none, which is so anyway', 'own_rings none; echo "root = none" >>ima/init.conf', %none;
accepted 'as many certificates as there can be', 'own_rings none; for i in {2..64}; do cp ima/keys/ima/product.der ima/keys/ima/$i.der; done', %none, like => qr/ ima=64 /;
accepted 'several keys, the last of which signs', 'own_rings none; mv ima/keys/ima/product.der ima/keys/ima/z.der; cp "$keys/stranger/x509_evm.der" ima/keys/ima/a.der', %none, %kept, like => qr/ ima=2 /;

# What comes next.
accepted 'a next init that is a script', 'own_rings none; mv init interpreter; printf "#!/interpreter\n" >init; chmod 755 init', %none, %kept;
accepted '  by a symlink', 'own_rings none; mkdir lib; mv init lib/program; ln -s lib/program init', %none, %kept;
accepted '  another', 'own_rings none; mv init other; echo "next-init = /other" >>ima/init.conf', %none, like => qr/ next-init=\/other /;
refused '  that is not there' => 'file-missing', 'own_rings none; rm init', %none;
refused '  that is neither script nor program' => 'next-init-unfit', 'own_rings none; printf "x" >init', %none;
refused '  that is not root\'s' => 'file-owner', 'own_rings none; chown 1000 init', %none;
refused '  a script whose interpreter is missing' => 'handover-refused', 'own_rings none; printf "#!/interpreter\n" >init', %none;

# Why all this: whoever is first decides, and that is not undone.
accepted 'WITHOUT A PROOF: a user\'s keyring is the one that counts, for root, too', 'own_rings none; cp init naive', %none, init => '/naive',
	payload => { uses('EACCES', 'ok', @who) }, unlike => qr/ima-init: /;

# The keyrings.
refused 'no certificate' => 'keyring-empty', 'own_rings none; rm ima/keys/ima/*', %none, like => qr/_ima would hold no key/;
refused 'no certificate for EVM' => 'keyring-empty', 'own_rings x509; rm ima/keys/evm/*', %none, like => qr/_evm would hold no key/;
refused '  with HMACs' => 'keyring-empty', 'own_rings hmac; rm ima/keys/evm/*', %none;
refused 'no directory for them' => 'keyring-empty', 'own_rings none; rm -r ima/keys', %none;
refused 'one more than there can be' => 'key-too-many', 'own_rings none; for i in {2..65}; do cp ima/keys/ima/product.der ima/keys/ima/$i.der; done', %none;
refused 'no certificate at all in the file' => 'key-refused', 'own_rings none; echo x >ima/keys/ima/product.der', %none, like => qr/product\.der/;
# Such a certificate is taken, and no signature of its key.
accepted 'a type of key that the kernel lacks', 'own_rings none; cp "$keys/extra/x509_ima.der" ima/keys/ima/extra.der', %none, like => qr/ ima=2 /;
refused '  that signs' => 'probe-refused', 'own_rings none; cp "$keys/extra/x509_ima.der" ima/keys/ima/extra.der; by extra zeros ima/probe; rm ima/probe.evm', %none, verify_not => 1;
refused 'a certificate where only the kernel takes one from' => 'conf-invalid', 'own_rings none; mv ima/keys/ima/product.der ima/keys/x509_ima.der', %none, like => qr/move it to/;
refused '  beside another' => 'conf-invalid', 'own_rings none; cp ima/keys/ima/product.der ima/keys/x509_ima.der', %none;
refused '  for EVM' => 'evm-x509-missing', 'own_rings x509; mv ima/keys/evm/product.der ima/keys/x509_evm.der', %none;
refused 'a certificate in no keyring\'s directory' => 'key-unplaced', 'own_rings none; cp ima/keys/ima/product.der ima/keys', %none;

# The kernel.
refused 'a kernel that has .ima' => 'conf-invalid', 'own_rings x509', verify_not => 1, like => qr/the kernel has \.ima/;
refused '  and does not load it by itself' => 'conf-invalid', 'own_rings x509; rm ima/keys/ima/*', like => qr/the kernel has \.ima/;
refused 'one that has not, and init.conf does not say so' => 'keyring-empty', 'own_rings x509; sed -i 1d ima/init.conf', %kernel, like => qr/the kernel has no keyring \.ima/;
refused '  says yes' => 'keyring-empty', 'own_rings x509; sed -i "1s/no/yes/" ima/init.conf', %kernel;
refused '  has none' => 'keyring-empty', 'own_rings x509; rm ima/init.conf', %kernel;
refused 'a kernel without IMA' => 'kernel-lacks', 'own_rings x509', kernel => 'no-ima', without => qr{^ima_policy};
refused 'the word on a disk' => 'conf-invalid', 'conf "trusted-keyrings = no"', like => qr/is for ima-init-initramfs alone/;
accepted '  yes', 'conf "trusted-keyrings = yes"';
refused 'restricting the keyring fails' => 'keyring-open', 'own_rings none; cp "$tree/sbin/helper" deny', %none, init => '/deny', with => 'DENY=250:1:29';
refused 'taking permissions away does nothing' => 'keyring-open', 'own_rings none; cp "$tree/sbin/helper" deny', %none, init => '/deny', with => 'DENY=250:0:5', like => qr/can still be changed/;
refused 'unlinking does nothing' => 'keyring-open', 'own_rings none; cp "$tree/sbin/helper" deny', %none, init => '/deny', with => 'DENY=250:0:9', like => qr/can still be changed/;
refused 'the keyring cannot be searched when it is locked' => 'keyring-unpinned', 'own_rings none; cp init tamper', %none, init => '/tamper', like => qr/signed, when they are locked: mapping it executable: Permission denied; executing it: Permission denied/;
refused 'no keyring can be made' => 'kernel-lacks', 'own_rings none; cp "$tree/sbin/helper" deny', %none, init => '/deny', with => 'DENY=248:122';
refused 'no file can be signed' => 'kernel-lacks', 'own_rings none; cp "$tree/sbin/helper" deny', %none, init => '/deny', with => 'DENY=190:95', like => qr/CONFIG_TMPFS_XATTR/;
refused 'nothing can be executed by its descriptor' => 'probe-refused', 'own_rings none; cp "$tree/sbin/helper" deny', %none, init => '/deny', with => 'DENY=322:38';

# The files that prove it are given signatures and digests under the site's rules.
sub setxattr { my ($algorithms) = @_; return "own_rings none; echo 'appraise func=SETXATTR_CHECK appraise_algos=$algorithms' >>ima/policy" }
accepted 'a policy that lets nobody set other digests than those needed', setxattr('sha256'), %none, %kept;
refused '  than another' => 'policy-invalid', setxattr('sha512'), %none, like => qr/SETXATTR_CHECK lacks sha256/;
refused '  than that of the probe' => 'policy-invalid', setxattr('sha256') . '; sign_hash=sha512 zeros ima/probe; rm ima/probe.evm', %none, like => qr/SETXATTR_CHECK lacks sha256/;

# The command line.
refused "ima_appraise=$_" => 'not-enforcing', 'own_rings none', %none, with => "ima_appraise=$_", like => qr/the command line \(ima_appraise=$_\)/ for qw(log fix off);
refused '  under the built-in rules' => 'not-enforcing', 'own_rings none', %kernel, with => 'ima_appraise=log';
refused 'evm=fix' => 'command-line', 'own_rings x509', %none, with => 'evm=fix';

# The file that proves them.
refused 'no probe' => 'file-missing', 'own_rings none; rm ima/probe.ima', %none, like => qr{/ima/probe\.ima is needed};
refused 'no probe for EVM' => 'file-missing', "own_rings $_; rm ima/probe.evm", %none, like => qr{/ima/probe\.evm is needed} for qw(x509 hmac);
refused 'one for EVM too many' => 'conf-invalid', 'own_rings none; cp ima/probe.ima ima/probe.evm', %none;
refused 'an empty one' => 'file-empty', 'own_rings none; : >ima/probe.ima', %none;
refused 'a large one' => 'file-too-large', 'own_rings none; head -c 1025 /dev/zero >>ima/probe.ima', %none;
refused 'by another key' => 'probe-refused', 'own_rings none; cp attack/theirs.ima ima/probe.ima', %none,
	like => qr/a file on a tmpfs, signed: mapping it executable: Permission denied; executing it: Permission denied/;
refused '  for EVM' => 'probe-refused', "own_rings $_; cp attack/theirs.evm ima/probe.evm", %none for qw(x509 hmac);
my $flip = 'perl -pi -e \'BEGIN { $/ = undef } substr($_, -1) ^= "\\1"\'';
refused 'a flipped bit' => 'probe-refused', "own_rings none; $flip ima/probe.ima", %none;
refused '  for EVM' => 'probe-refused', "own_rings $_; $flip ima/probe.evm", %none for qw(x509 hmac);
refused 'of other content' => 'probe-refused', 'own_rings none; sign "$tree/sbin/helper"; getfattr --only-values --absolute-names -n security.ima "$tree/sbin/helper" >ima/probe.ima', %none;
refused 'a digest, under a signature for EVM' => 'probe-refused', 'own_rings x509; f=$tree/zeros; head -c 4096 /dev/zero >"$f"; chmod 755 "$f"; digest "$f"; sign_evm "$f"
	for a in ima evm; do getfattr --only-values --absolute-names -n security.$a "$f" >ima/probe.$a; done', %none, like => qr/probe\.ima is no signature/;
refused 'one for IMA in place of that for EVM' => 'probe-refused', 'own_rings x509; cp ima/probe.ima ima/probe.evm', %none, like => qr/probe\.evm is no signature/;
refused 'a certificate in place of it' => 'probe-refused', 'own_rings none; head -c 500 ima/keys/ima/product.der >ima/probe.ima', %none;

# The policy.
sub policy { return 'own_rings none; sed -i "' . join(';', @_) . '" ima/policy' }
my $rootfs = '/^dont_appraise/';
refused 'a tmpfs left out' => 'policy-weak', policy("${rootfs}a dont_appraise fsmagic=0x01021994"), %none, like => qr/forged: mapping it executable: allowed; executing it: allowed: demand/;
refused '  by its name' => 'policy-weak', policy("${rootfs}a dont_appraise fsname=tmpfs"), %none;
refused '  for execution only' => 'policy-weak', policy("${rootfs}a dont_appraise func=BPRM_CHECK fsname=tmpfs"), %none, like => qr/mapping it executable: Permission denied; executing it: allowed/;
refused 'digests are enough' => 'policy-weak', policy('s/ appraise_type=imasig//'), %none, like => qr/with a digest alone/;
refused 'no rule for programs' => 'policy-weak', policy('/func=BPRM_CHECK/d'), %none;
refused 'no rule for what is mapped' => 'policy-weak', policy('/func=MMAP_CHECK/d'), %none, like => qr/mapping it executable: allowed/;
refused 'no rule for either' => 'policy-weak', 'own_rings none; cp "$top/policy/signed-init-only" ima/policy', %none;
refused 'rules that measure' => 'policy-weak', 'own_rings none; echo "measure func=BPRM_CHECK" >ima/policy', %none;
refused 'rules for files of root\'s only' => 'policy-escaped', policy('s/^appraise func=[BM].*/& fowner=0/'), %none, like => qr/of another owner/;
accepted '  and no proof asked for' => policy('s/^appraise func=[BM].*/& fowner=0/') . '; echo "prove-exec = no" >>ima/init.conf', %none, like => qr/ prove-exec=no /;
refused 'the rootfs not left out' => 'handover-refused', 'own_rings none; cp "$top/policy/appraise-signed" ima/policy', %none;
refused 'policy = none' => 'conf-invalid', 'own_rings none; rm ima/policy; echo "policy = none" >>ima/init.conf', %none;
refused 'no policy' => 'file-missing', 'own_rings none; rm ima/policy', %none;
refused 'a root' => 'conf-invalid', 'own_rings none; echo "root = /dev/ubda" >>ima/init.conf', %none, like => qr/the next init mounts it/;
accepted 'rules for data, too, with their exemptions', policy('\$a dont_appraise func=FILE_CHECK fsmagic=0x9fa0\ndont_appraise func=FILE_CHECK fsmagic=0x73636673\ndont_appraise func=FILE_CHECK fsmagic=0x1021994\nappraise func=FILE_CHECK mask=^MAY_READ euid=0 appraise_type=imasig'), %none,
	payload => { uses('ok', 'EACCES', @who) };

# A rescue program before the proof would be one that anybody's keyring vouches for.
my $rescue = 'own_rings none; cp init ima/rescue; printf "on-failure = rescue\nrescue = /ima/rescue\n" >>ima/init.conf; ';
refused 'a rescue program, before the proof' => 'probe-refused', $rescue . 'cp attack/theirs.ima ima/probe.ima', %none, unlike => qr/rescue: /;
refused '  after it' => 'handover and FAIL file-missing', $rescue . 'rm init', %none, like => qr/rescue: executing/, payload => { uses('ok', 'EACCES', @who) };

finish;
