# SPDX-License-Identifier: MIT
# init.conf: each name, one by one, and each way to get it wrong.
use strict;
use warnings;
use Bed;

accepted 'without init.conf', '';
accepted 'comments and empty lines only', 'conf "# nothing" "" "   # indented"';
accepted 'blanks around everything', 'conf "  next-init   =   /sbin/init  "';
refused 'an unlisted init.conf' => 'file-unlisted', 'printf "prove-exec = no\n" | content ima/init.conf';
refused 'a listed init.conf that was deleted' => 'file-missing', 'conf "# strict"; rm ima/init.conf';

# The form.
refused 'an unknown name' => 'conf-invalid', 'conf "# one" "next-inti = /sbin/init"', like => qr/line 2/;
refused 'a name in capitals' => 'conf-invalid', 'conf "Next-Init = /sbin/init"';
refused 'a repeated name' => 'conf-invalid', 'conf "prove-exec = yes" "" "prove-exec = yes"', like => qr/line 3/;
refused 'no value' => 'conf-invalid', 'conf "next-init ="';
refused 'no name' => 'conf-invalid', 'conf "= yes"';
refused 'no equals sign' => 'conf-invalid', 'conf "prove-exec yes"';
refused 'CRLF line ends' => 'conf-invalid', 'printf "prove-exec = yes\r\n" | content ima/init.conf; manifest', like => qr/line 1/;
refused 'a NUL byte' => 'conf-invalid', 'printf "prove-exec = yes\n\0prove-exec = no\n" | content ima/init.conf; manifest';
refused 'a byte-order mark' => 'conf-invalid', 'printf "\xef\xbb\xbfprove-exec = yes\n" | content ima/init.conf; manifest';
refused 'no newline at the end' => 'conf-invalid', 'printf "prove-exec = yes" | content ima/init.conf; manifest';
accepted '4096 bytes', 'head -c 4095 /dev/zero | tr "\0" "#" | { cat; echo; } | content ima/init.conf; manifest';

# next-init
my $other = 'cp sbin/init sbin/other; sign sbin/other';
accepted 'next-init', "$other; conf 'next-init = /sbin/other'", payload => { argv => '[/sbin/other]' }, like => qr{next-init=/sbin/other};
refused 'next-init that is not there' => 'file-missing', 'conf "next-init = /sbin/other"';
refused 'next-init, relative' => 'conf-invalid', "$other; conf 'next-init = sbin/other'";
refused 'next-init that is unsigned' => 'handover-refused', 'conf "next-init = /bin/unsigned"';
refused 'next-init of another owner' => 'file-owner', 'conf "next-init = /bin/unsigned-other"';

# on-failure and rescue. What fails is the policy.
my $bad = 'printf "nonsense\n" | content ima/policy';
my %end = (
	panic => qr/Kernel panic - not syncing: Attempted to kill init/,
	reboot => qr/reboot: Restarting system|Linux version(?s:.*)Linux version/,
	poweroff => qr/reboot: (?:Power down|System halted)/,
	halt => qr/reboot: System halted/,
);
for my $action (sort keys %end) {
	refused "on-failure = $action" => 'policy-invalid', "$bad; conf 'on-failure = $action'", like => $end{$action},
		$action eq 'panic' ? () : (unlike => qr/Kernel panic/);
}
refused 'on-failure with a wrong value' => 'conf-invalid', 'conf "on-failure = continue"', like => $end{panic};
refused 'on-failure in a file that is wrong does not count' => 'conf-invalid', 'conf "on-failure = poweroff" "nonsense"', like => $end{panic};
refused 'before init.conf is read every failure is a panic' => 'file-unlisted',
	'conf "on-failure = poweroff"; touch ima/stray', like => $end{panic};
# A rescue program of this release: pinned, and linked statically.
sub rescue { my ($path) = @_; return qq{printf "on-failure = rescue\\nrescue = /$path\\n" | content ima/init.conf; pin $path} }
my $rescue = rescue('sbin/rescue');
my $runs = qr/^rescue: runs as pid 1/m;
refused 'on-failure = rescue' => 'policy-invalid', "$bad; $rescue", like => $runs, unlike => qr/Kernel panic/;
refused 'rescue before the policy: the kernel starts nothing by itself' => 'policy-invalid', "$bad; $rescue",
	with => 'sysctl.kernel.hotplug=/sbin/hotplug', like => [qr/^rescue: modprobe=\[\]/m, qr/^rescue: hotplug=\[\]/m];
refused 'rescue sees no key' => 'handover and FAIL policy-invalid', "$bad; " . rescue('sbin/init'),
	payload => { 'process-keyring' => 'ENOKEY', 'key-user-kmk' => 'ENOKEY', 'key-encrypted-evm-key' => 'ENOKEY',
		'proc-keys' => qr/^(?!.*\b(?:kmk|evm-key)\b)/ };
refused 'rescue without a program' => 'conf-invalid', 'conf "on-failure = rescue"';
refused 'a rescue program that is not listed' => 'conf-invalid', "$bad; conf 'on-failure = rescue' 'rescue = /sbin/rescue'",
	like => [$end{panic}, qr{the manifest does not list that program}], unlike => $runs;
# Before the step that compares pinned files, and after it.
my $early = $rescue =~ s/on-failure/require = tpm\\non-failure/r;
refused 'a failure before the pinned files are compared' => 'requirement', $early, like => $runs;
my %forged = (
	'unsigned' => ['unsign sbin/helper', 'file-refused'],
	'of another owner' => ['chown 1000 sbin/helper', 'file-owner'],
	'that is not there' => ['rm sbin/rescue', 'file-missing'],
	'that is another signed program' => ['ln -sf init sbin/rescue', 'file-differs'],
);
for my $how (sort keys %forged) {
	my ($change, $code) = @{$forged{$how}};
	refused "a rescue program $how, early" => "FAIL twice: requirement $code", "$early; $change",
		like => $end{panic}, unlike => qr/^(?:rescue|payload):/m;
	refused "a rescue program $how" => "FAIL twice: $code $code", "$rescue; $change",
		like => $end{panic}, unlike => qr/^(?:rescue|payload):/m;
}
# As dynamic programs are: the built-in rules would take a linker of uid 1000.
refused 'a rescue program with a dynamic linker' => 'FAIL twice: policy-invalid rescue-unfit',
	"$bad; cp /bin/true sbin/dynamic; sign sbin/dynamic; " . rescue('sbin/dynamic'), like => $end{panic};
refused 'a rescue program that is a script' => 'FAIL twice: policy-invalid next-init-unfit',
	qq{$bad; printf "#!/sbin/rescue\n" >sbin/script; chmod 755 sbin/script; sign sbin/script; } . rescue('sbin/script'), like => $end{panic};
refused 'a rescue program, and canary-exec deleted' => 'canary-exec-unfit', "$rescue; rm ima/canary-exec", like => $runs;
refused 'a rescue program, unsigned, under signed-init-only' => 'FAIL twice: file-refused file-refused',
	'content ima/policy <"$top/policy/signed-init-only"; printf "prove-exec = no\non-failure = rescue\nrescue = /sbin/rescue\n" |
	content ima/init.conf; pin sbin/rescue; unsign sbin/helper; rm sbin/init', unlike => $runs;
refused 'no rescue while keys are left' => 'FAIL twice: keys-left keys-left', $rescue, init => '/sbin/deny', with => 'DENY=250:1:7',
	unlike => $runs;
refused 'no rescue while nothing is proved' => 'not-enforcing', $rescue, with => 'ima_appraise=log', unlike => $runs;
accepted 'rescue without a failure', $rescue, like => qr/ pinned=1 /;

# env
accepted 'env', 'conf "env = FOO BAR"', with => 'FOO=1 BAR=a,b BAZ=3',
	payload => { env => '[HOME=/][TERM=linux][FOO=1][BAR=a,b]' }, like => qr/dropped BAZ/;
accepted 'env not in init.conf', '', with => 'FOO=1', payload => { env => '[HOME=/][TERM=linux]' }, like => qr/dropped FOO/;
accepted 'env whose name begins another', 'conf "env = FOO"', with => 'FOOT=1 FO=2', payload => { env => '[HOME=/][TERM=linux]' };
refused 'env with a value' => 'conf-invalid', 'conf "env = FOO=1"';

# kmk
accepted 'kmk = user', 'conf "kmk = user"', payload => { evm => 3 };
refused 'kmk = trusted, with a plain kmk' => 'kmk-invalid', 'conf "kmk = trusted keyhandle=0x81000001"';
refused 'kmk = trusted, on a kernel without trusted keys' => 'kmk-refused',
	'conf "kmk = trusted"; printf 00112233 | content ima/keys/kmk; manifest';
refused 'kmk = trusted, with half a byte' => 'kmk-invalid', 'conf "kmk = trusted"; printf 001 | content ima/keys/kmk; manifest';
refused 'kmk with a wrong value' => 'conf-invalid', 'conf "kmk = plain"';
refused 'kmk = user with options' => 'conf-invalid', 'conf "kmk = user x=1"';
refused 'kmk-pcrs with kmk = user' => 'conf-invalid', 'conf "kmk-pcrs = 7"', like => qr/kmk-pcrs without kmk = trusted/;
refused 'kmk-pcrs with a PCR that is none' => 'conf-invalid', 'conf "kmk = trusted" "kmk-pcrs = 7 24"', verify_not => 1;

# evm
my $no_hmac = 'rm ima/keys/kmk ima/keys/evm-key';
accepted 'evm = hmac', 'conf "evm = hmac"', payload => { evm => 3 };
accepted 'evm = x509', "$no_hmac; conf 'evm = x509'",
	payload => { evm => 2, 'evm-write-0' => 'EPERM', 'evm-write-1' => 'EPERM', 'exec-unsigned' => 'EACCES' };
refused 'evm = x509, with keys for HMACs' => 'conf-invalid', 'conf "evm = x509"';
refused 'evm = x509, with evm-key alone' => 'conf-invalid', 'rm ima/keys/kmk; conf "evm = x509"';
refused 'evm = x509, with kmk alone' => 'conf-invalid', 'rm ima/keys/evm-key; conf "evm = x509"';
refused 'evm = x509, a next init without security.evm' => 'handover-refused',
	"$no_hmac; conf 'evm = x509'; setfattr -x security.evm sbin/init";
refused 'evm = x509, without a certificate' => 'keyring-empty', "$no_hmac ima/keys/x509_evm.der; conf 'evm = x509'";
accepted 'evm = none', "$no_hmac ima/keys/x509_evm.der; conf 'evm = none'",
	payload => { evm => 0, 'exec-unsigned' => 'EACCES' };
refused 'evm = none, with x509_evm.der' => 'conf-invalid', "$no_hmac; conf 'evm = none'";
refused 'evm = none, with a certificate for it' => 'conf-invalid',
	"$no_hmac; mkdir ima/keys/evm; mv ima/keys/x509_evm.der ima/keys/evm; conf 'evm = none'";
refused 'evm = none, with evm-xattrs' => 'conf-invalid', "$no_hmac ima/keys/x509_evm.der; conf 'evm = none' 'evm-xattrs = security.one'";
refused 'evm = none, with keys for HMACs' => 'conf-invalid', 'rm ima/keys/x509_evm.der; conf "evm = none"';
refused 'x509_evm.der deleted where evm is x509' => 'evm-x509-missing', "$no_hmac; conf 'evm = x509'; rm ima/keys/x509_evm.der";
refused 'evm with a wrong value' => 'conf-invalid', 'conf "evm = off"';

# evm-xattrs
accepted 'evm-xattrs', 'conf "evm-xattrs = security.one security.two"',
	payload => { 'evm_xattrs-write-security.late' => 'EPERM' }, like => [qr/^payload: evm-xattr=security.one$/m, qr/^payload: evm-xattr=security.two$/m];
# The kernel remembers that EVM found a file right when it was opened; none may be before the list is complete.
my $xattr = 'printf "evm-xattrs = security.one\n" | content ima/init.conf';
accepted 'evm-xattrs, and the next init pinned', "$xattr; pin sbin/init";
refused 'an attribute of evm-xattrs that was not signed' => 'handover-refused', "$xattr; manifest; setfattr -n security.one -v x sbin/init";
refused 'an attribute of evm-xattrs that was not signed, on a pinned file' => 'file-refused',
	"$xattr; pin sbin/init; setfattr -n security.one -v x sbin/init";
accepted 'evm-xattrs that the kernel has already', 'conf "evm-xattrs = security.capability"';
refused 'evm-xattrs outside security.' => 'conf-invalid', 'conf "evm-xattrs = user.one"';
refused 'evm-xattrs without a name' => 'conf-invalid', 'conf "evm-xattrs = security."';

# policy
accepted 'policy = required', 'conf "policy = required"', payload => { 'exec-unsigned' => 'EACCES' };
accepted 'policy = none', 'rm ima/policy ima/canary-exec; conf "policy = none" "prove-exec = no"', like => qr/policy=none/,
	payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'ran' };
refused 'policy = none, with a policy' => 'conf-invalid', 'conf "policy = none" "prove-exec = no"';
refused 'no policy, but required' => 'file-missing', 'rm ima/policy; manifest';
refused 'policy with a wrong value' => 'conf-invalid', 'conf "policy = no"';

# prove-exec
my $by_owner = 'printf "appraise func=%s fowner=0 appraise_type=imasig\n" BPRM_CHECK MMAP_CHECK POLICY_CHECK | content ima/policy';
accepted 'prove-exec = yes', 'conf "prove-exec = yes"', like => qr/prove-exec=yes/;
refused 'prove-exec = yes, a policy by owner' => 'policy-escaped', "$by_owner; conf 'prove-exec = yes'";
accepted 'prove-exec = no, a policy by owner', "$by_owner; conf 'prove-exec = no'", like => qr/prove-exec=no/,
	payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'ran' };
accepted 'prove-exec = no, without the canary', 'rm ima/canary-exec; conf "prove-exec = no"';
refused 'prove-exec with a wrong value' => 'conf-invalid', 'conf "prove-exec = maybe"';

# require: User-mode Linux has none of them but lockdown, where it is asked for.
accepted 'require = lockdown, where it is', 'conf "require = lockdown"', with => 'lockdown=integrity', like => qr/ required=lockdown keyrings=/;
accepted 'nothing required', 'conf "prove-exec = yes"', with => 'lockdown=integrity', like => qr/ required=none keyrings=/;
for my $word (qw(lockdown secure-boot tpm)) {
	refused "require = $word" => 'requirement', "conf 'require = $word'", like => qr/FAIL requirement: $word/;
}
refused 'require with a wrong value' => 'conf-invalid', 'conf "require = luck"';

# The policy and init.conf that come together.
accepted 'signed-init-only with its init.conf',
	'content ima/policy <"$top/policy/signed-init-only"; content ima/init.conf <"$top/policy/signed-init-only.conf"; manifest';
refused 'signed-init-only without its init.conf' => 'policy-escaped', 'content ima/policy <"$top/policy/signed-init-only"; manifest';

finish;
