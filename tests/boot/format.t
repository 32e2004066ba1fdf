# SPDX-License-Identifier: MIT
# Both programs read the files of /ima with the same readers: what a boot refuses for its text alone, imactl
# verify refuses with the same code, and mostly in the same words. Each kind stands beside one that boots.
use strict;
use warnings;
use Bed;

my %same = (foretold => 2);
my %code = (foretold => 1);
# What is written is signed, and listed.
sub written { my ($file, $text) = @_; return "printf '$text' | content ima/$file; manifest"; }

# init.conf: a value of each name, and the form.
my %wrong = (
	'next-init' => 'sbin/init', root => 'a b c d', 'root-overlay' => 'overlay', restore => 'x', 'on-failure' => 'stop', rescue => 'x',
	env => 'A=b', nodev => 'maybe', 'trusted-keyrings' => 'maybe', kmk => 'plain', 'kmk-pcrs' => '24', 'device-keys' => 'none', provision => 'once',
	evm => 'off', 'evm-xattrs' => 'user.x', policy => 'no', 'prove-exec' => 'maybe', require => 'luck',
);
my %names = do { open my $in, '<', 'include/conf_names.h' or die $!; map { /^CONF_NAME\(\w+, "([a-z-]+)"/ ? ($1 => 1) : () } <$in> };
die "a name of include/conf_names.h has no wrong value here\n" if grep { !$wrong{$_} } keys %names or grep { !$names{$_} } keys %wrong;
for my $name (sort keys %wrong) {
	refused "a wrong value of $name" => 'conf-invalid', "conf '# a comment' '$name = $wrong{$name}'", %same, like => qr/line 2: has a wrong value/;
}
refused 'an unknown name' => 'conf-invalid', "conf 'a = b'", %same;
refused 'a name twice' => 'conf-invalid', "conf 'evm = hmac' 'evm = hmac'", %same;
refused 'no =' => 'conf-invalid', "conf 'evm'", %same;
refused 'CR LF' => 'conf-invalid', written('init.conf', 'evm = hmac\r\n'), %same;
refused 'no newline at the end' => 'conf-invalid', written('init.conf', 'evm = hmac'), %same;
refused 'a NUL byte' => 'conf-invalid', written('init.conf', 'evm = hmac\n\0\n'), %same;
accepted 'a comment, and a value of each kind', "conf '# a' '' 'evm = hmac' 'env = A B' 'kmk = user' 'next-init = /sbin/init'";

# What init.conf says against the manifest, the program and itself.
my @contradictions = (
	['rescue without a program', "'on-failure = rescue'"], ['rescue of a program that is not listed', "'on-failure = rescue' 'rescue = /sbin/init'"],
	['root on a disk', "'root = /dev/ubda'"], ['root-overlay on a disk', "'root-overlay = tmpfs'"],
	['policy = none with a policy', "'policy = none' 'prove-exec = no'"], ['kmk-pcrs without a trusted key', "'kmk-pcrs = 7'"],
	['provision without device-keys', "'provision = yes'"], ['device-keys without a trusted key', "'device-keys = root'"],
	['evm = x509 with kmk', "'evm = x509'"], ['evm = none with kmk', "'evm = none'"],
	['evm-xattrs without EVM', "'evm = none' 'evm-xattrs = security.x'", 'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der'],
	['certificates without EVM', "'evm = none'", 'rm ima/keys/kmk ima/keys/evm-key'],
);
refused $_->[0] => 'conf-invalid', ($_->[2] // 'true') . "; conf $_->[1]", %same for @contradictions;
accepted 'evm = x509 without kmk', 'rm ima/keys/kmk ima/keys/evm-key; conf "evm = x509"';

# An initramfs, and an initrd image.
sub inside { my ($text) = @_; return "initramfs; printf '$text' >\"\$tree.initramfs/ima/init.conf\"" }
refused 'a wrong value in an initramfs' => 'conf-invalid', inside('root = a b c d\n'), %same;
refused 'root-overlay without a root' => 'root-missing', inside('root = none\nroot-overlay = tmpfs\n'), %same;
refused 'restore of no file below /ima' => 'conf-invalid', inside('restore = /sbin/init\n'), %same;
refused 'restore and root' => 'conf-invalid', inside('root = /dev/ubda\nrestore = /ima/signatures\n'), %same;
refused 'device-keys on a root' => 'conf-invalid',
	'rm ima/keys/kmk ima/keys/evm-key; ' . inside('kmk = trusted\ndevice-keys = root\n'), %same;
accepted 'a root in an initramfs', inside('root = /dev/ubda\n');
refused 'an initrd image that names no root' => 'conf-invalid', q{initrd; cd "$tree.initrd"; conf 'root = none'; cd "$tree"},
	%same, like => qr/root is not given, and must be/;
accepted '  that names one', 'initrd';

# The manifest.
refused 'another first line' => 'manifest-invalid', 'manifest "1s/1/2/"', %same;
refused 'an empty line' => 'manifest-invalid', '{ manifest_lines; echo; } | content ima/manifest', %same;
refused 'capitals' => 'manifest-invalid', q(manifest '2s/^03/0A/'), %same;
refused 'one blank' => 'manifest-invalid', q(manifest '3s/  / /'), %same;
refused 'a path with ..' => 'manifest-invalid', q(manifest '3s,/ima/,/ima/../ima/,'), %same;
refused 'a relative path' => 'manifest-invalid', q(manifest '2s,  /,  ,'), %same;
refused 'not sorted' => 'manifest-invalid', q(manifest '2{h;d};3G'), %same;
refused 'a line twice' => 'manifest-invalid', q(manifest '3p'), %same;
refused 'CR LF in the manifest' => 'manifest-invalid', q(manifest 's/$/\r/'), %same;
refused 'no newline at the end of the manifest' => 'manifest-invalid', 'printf %s "$(manifest_lines)" | content ima/manifest', %same;
refused 'a NUL byte in the manifest' => 'manifest-invalid', '{ manifest_lines; printf "\0\n"; } | content ima/manifest', %same;
refused 'no line for /ima/init' => 'manifest-invalid', q(manifest '\,/ima/init$,d'), %same;
refused 'a path of 256 bytes' => 'manifest-invalid',
	'{ manifest_lines; printf "0302  /z%0254d\n" 0; } | content ima/manifest', %same, like => qr/fewer than 256 bytes/;

# What no line can name.
my $longest = '"ima/$(printf "%0250d" 0)"';
accepted 'a directory with a path of 255 bytes', "mkdir $longest";
refused '  of 256' => 'file-unlisted', "mkdir ${longest}1", %code;
refused '  deeper' => 'file-unlisted', 'mkdir -p "ima/$(printf "%0200d" 0)/$(printf "%050d" 0)"', %code;
accepted 'a file with a path of 255 bytes', ": >$longest; printf x >$longest; sign $longest; manifest";
refused '  of 256, which is not listed' => 'file-unlisted', "printf x >${longest}1; sign ${longest}1", %code;
refused 'a name that is not ASCII' => 'file-unlisted', q(f=ima/$'\xc3\xa4'; printf x >"$f"; sign "$f"), %code;

# The policy: its form, and what escapes it.
my @signed = map { "appraise func=$_ appraise_type=imasig" } qw(POLICY_CHECK BPRM_CHECK MMAP_CHECK);
my $lines = join '\n', @signed;
refused 'CR LF in the policy' => 'policy-invalid', written('policy', $lines =~ s/\\n/\\r\\n/gr . '\r\n'), %same;
refused '  in its last line' => 'policy-invalid', written('policy', "$lines\\r\\n"), %same, like => qr/line 3: ends in CR LF/;
refused 'no newline at the end of the policy' => 'policy-invalid', written('policy', $lines), %same;
refused 'no rule' => 'policy-invalid', written('policy', '# nothing\n\n'), %same;
refused 'a NUL byte in the policy' => 'policy-invalid', written('policy', "$lines\\n\\0\\n"), %same;

my $rules = join ' ', map { "'$_'" } @signed;
sub rules { return 'policy ' . join ' ', map { "'$_'" } @_; }
accepted 'rules for all owners', "policy $rules";
accepted '  for more than root, by number', rules($signed[0], map { "$_ fowner>0" } @signed[1, 2]);
refused '  for fewer' => 'policy-escaped', rules($signed[0], map { "$_ fowner<1000" } @signed[1, 2]), %code;
accepted '  behind one that leaves out what is no root', rules('dont_appraise fsmagic=0x9fa0', 'dont_appraise fsname=tmpfs', @signed);
refused 'signed-init-only without its init.conf' => 'policy-escaped', 'content ima/policy <"$top/policy/signed-init-only"; manifest', %code;
accepted '  with it', 'content ima/policy <"$top/policy/signed-init-only"; content ima/init.conf <"$top/policy/signed-init-only.conf"; manifest';
refused 'rules by owner' => 'policy-escaped', rules(map { "$_ fowner=0" } @signed), %code;
refused '  for programs alone' => 'policy-escaped', rules(@signed[0, 2], "$signed[1] fowner=0"), %code, like => qr/can be executed/;
refused 'no rule for mappings' => 'policy-escaped', rules(@signed[0, 1]), %code;
refused 'no rule for programs' => 'policy-escaped', rules(@signed[0, 2]), %code;
refused 'rules for what is read' => 'policy-escaped', rules($signed[0], map { "$_ mask=MAY_READ" } @signed[1, 2]), %code;
accepted '  for what is executed', rules($signed[0], map { "$_ mask=^MAY_EXEC" } @signed[1, 2]);
refused 'rules for another user' => 'policy-escaped', rules($signed[0], map { "$_ uid=1000" } @signed[1, 2]), %code;
accepted '  for root', rules($signed[0], map { "$_ uid=0" } @signed[1, 2]);
refused 'uid 1000 left out first' => 'policy-escaped', rules('dont_appraise fowner=1000', @signed), %code;
accepted '  last', rules(@signed, 'dont_appraise fowner=1000');
refused 'digests without EVM' => 'policy-escaped',
	'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der; policy "appraise func=BPRM_CHECK" "appraise func=MMAP_CHECK"; conf "evm = none"', %code;
refused 'policy = none, and a proof' => 'policy-escaped', 'rm ima/policy; conf "policy = none"', %code;

finish;
