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
refused 'before init.conf is read every failure is a panic' => 'file-unlisted',
	'conf "on-failure = poweroff"; touch ima/stray', like => $end{panic};
refused 'on-failure = rescue' => 'policy-invalid', "$bad; conf 'on-failure = rescue' 'rescue = /sbin/rescue'",
	like => qr/^rescue: runs as pid 1/m, unlike => qr/Kernel panic/;
refused 'rescue sees no key' => 'handover and FAIL policy-invalid', "$bad; conf 'on-failure = rescue' 'rescue = /sbin/init'",
	payload => { 'process-keyring' => 'ENOKEY', 'key-user-kmk' => 'ENOKEY', 'key-encrypted-evm-key' => 'ENOKEY',
		'proc-keys' => qr/^(?!.*\b(?:kmk|evm-key)\b)/ };
refused 'rescue without a program' => 'conf-invalid', 'conf "on-failure = rescue"';
refused 'a rescue program that is unsigned' => qr/^FAIL twice: policy-invalid (?:handover-refused|file-refused)$/,
	"$bad; conf 'on-failure = rescue' 'rescue = /bin/unsigned'", like => $end{panic};
refused 'a rescue program that is not there' => 'FAIL twice: policy-invalid file-missing',
	"$bad; conf 'on-failure = rescue' 'rescue = /sbin/nothing'", like => $end{panic};
refused 'no rescue while nothing is proved' => 'not-enforcing', "conf 'on-failure = rescue' 'rescue = /sbin/rescue'",
	with => 'ima_appraise=log', unlike => qr/^rescue:/m;
accepted 'rescue without a failure', 'conf "on-failure = rescue" "rescue = /sbin/rescue"';

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
refused 'kmk with a wrong value' => 'conf-invalid', 'conf "kmk = plain"';
refused 'kmk = user with options' => 'conf-invalid', 'conf "kmk = user x=1"';

# evm
my $no_hmac = 'rm ima/keys/kmk ima/keys/evm-key';
accepted 'evm = hmac', 'conf "evm = hmac"', payload => { evm => 3 };
accepted 'evm = x509', "$no_hmac; conf 'evm = x509'",
	payload => { evm => 2, 'evm-write-0' => 'EPERM', 'evm-write-1' => 'EPERM', 'exec-unsigned' => 'EACCES' };
refused 'evm = x509, with keys for HMACs' => 'conf-invalid', 'conf "evm = x509"';
refused 'evm = x509, a next init without security.evm' => 'handover-refused',
	"$no_hmac; conf 'evm = x509'; setfattr -x security.evm sbin/init";
refused 'evm = x509, without a certificate' => 'keyring-empty', "$no_hmac ima/keys/x509_evm.der; conf 'evm = x509'";
accepted 'evm = none', "$no_hmac ima/keys/x509_evm.der; conf 'evm = none'",
	payload => { evm => 0, 'exec-unsigned' => 'EACCES' };
refused 'evm = none, with x509_evm.der' => 'conf-invalid', "$no_hmac; conf 'evm = none'";
refused 'evm = none, with keys for HMACs' => 'conf-invalid', 'rm ima/keys/x509_evm.der; conf "evm = none"';
refused 'x509_evm.der deleted where evm is x509' => 'evm-x509-missing', "$no_hmac; conf 'evm = x509'; rm ima/keys/x509_evm.der";
refused 'evm with a wrong value' => 'conf-invalid', 'conf "evm = off"';

# evm-xattrs
accepted 'evm-xattrs', 'conf "evm-xattrs = security.one security.two"',
	payload => { 'evm_xattrs-write-security.late' => 'EPERM' }, like => [qr/^payload: evm-xattr=security.one$/m, qr/^payload: evm-xattr=security.two$/m];
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

# require: User-mode Linux has none of them.
for my $word (qw(lockdown secure-boot tpm)) {
	refused "require = $word" => 'requirement', "conf 'require = $word'", like => qr/FAIL requirement: $word/;
}
refused 'require with a wrong value' => 'conf-invalid', 'conf "require = luck"';

# The policy and init.conf that come together.
accepted 'signed-init-only with its init.conf',
	'content ima/policy <"$top/policy/signed-init-only"; content ima/init.conf <"$top/policy/signed-init-only.conf"; manifest';
refused 'signed-init-only without its init.conf' => 'policy-escaped', 'content ima/policy <"$top/policy/signed-init-only"; manifest';

finish;
