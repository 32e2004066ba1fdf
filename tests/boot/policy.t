# SPDX-License-Identifier: MIT
# The site's policy: what the kernel takes, what it does not, and the proof that
# a change of owner does not escape it.
use strict;
use warnings;
use Bed;

my @signed = map { "appraise func=$_ appraise_type=imasig" } qw(POLICY_CHECK BPRM_CHECK MMAP_CHECK);
my $signed = join ' ', map { "'$_'" } @signed;
my $lines = join '\n', @signed;

accepted 'three rules', "policy $signed", like => qr/ policy=rules /, payload => { 'exec-unsigned' => 'EACCES' };
accepted 'comments, empty and indented lines', "policy '# one' '' $signed '  # two' ''";
accepted 'a tab between words', qq{printf "$lines\\nmeasure\\tfunc=MODULE_CHECK\\n" | content ima/policy; manifest};
accepted '1,000 rules', "{ printf '$lines\\n'; for i in \$(seq 997); do echo \"measure func=FILE_CHECK uid=\$i\"; done; } | content ima/policy; manifest",
	like => qr/ policy=rules /;
accepted '1,000 rules on a kernel that does not show them',
	"{ printf '$lines\\n'; for i in \$(seq 997); do echo \"measure func=FILE_CHECK uid=\$i\"; done; } | content ima/policy; manifest",
	kernel => 'write-only', like => qr/ policy=kernel-log /;
accepted 'a comment of 5,000 bytes', "{ printf '$lines\\n#'; head -c 5000 /dev/zero | tr '\\0' x; echo; } | content ima/policy; manifest";
accepted 'rules that are there twice', "policy $signed $signed";

# The rules are read back to prove them. They are read in securityfs, which a rule may cover.
my $exempt = 'dont_appraise fsmagic=0x73636673';
for my $rule ('appraise fowner=0', 'appraise func=FILE_CHECK mask=MAY_READ', 'appraise func=FILE_CHECK appraise_type=imasig') {
	refused "a rule that covers securityfs: $rule" => 'policy-unproved', "policy $signed '$rule'",
		like => qr/cannot be read back: first dont_appraise fsmagic=0x73636673/;
}
accepted 'a rule for what is read, behind the exemption of securityfs', "policy $signed '$exempt' 'appraise func=FILE_CHECK mask=MAY_READ fowner=0 appraise_type=imasig'";
accepted 'a rule of the built-in ones', "policy $signed '$exempt'";
refused 'the built-in rules, and no other' => 'policy-unproved',
	'policy ' . join(' ', (map { "'dont_appraise fsmagic=$_'" } qw(0x9fa0 0x62656572 0x64626720 0x1021994 0x858458f6 0x1cd1 0x42494e4d
		0x73636673 0xf97cff8c 0x43415d53 0x6e736673 0xde5e81e4 0x27e0eb 0x63677270)), "'appraise func=POLICY_CHECK appraise_type=imasig'", "'appraise fowner=0 appraise_type=imasig'"),
	like => qr/those in force are as before/;

my $bad = 'appraise func=NONSENSE';
refused 'a bad first line' => 'policy-invalid', "policy '$bad' $signed", like => qr{/ima/policy: line 1: };
refused 'a bad line in the middle' => 'policy-invalid', "policy '# c' '$signed[0]' '' '$bad' '$signed[1]'", like => qr{/ima/policy: line 4: };
refused 'a bad last line' => 'policy-invalid', "policy $signed '$bad'", like => qr{/ima/policy: line 4: };
refused 'a bad line after 300 good ones' => 'policy-invalid',
	"{ printf '$lines\\n'; for i in \$(seq 300); do echo \"measure func=FILE_CHECK uid=\$i\"; done; echo '$bad'; } | content ima/policy; manifest";
refused 'a rule of 5,000 bytes' => 'policy-invalid',
	"{ printf '$lines\\nmeasure func=FILE_CHECK '; head -c 5000 /dev/zero | tr '\\0' x; echo; } | content ima/policy; manifest";
refused 'words that are no rule' => 'policy-invalid', 'policy "this is no rule"', like => qr{/ima/policy: line 1: };
refused 'only comments' => 'policy-invalid', 'policy "# nothing" "" "# at all"', like => qr/no rule/;
refused 'only empty lines' => 'policy-invalid', 'policy "" "" ""';
refused 'CRLF line ends' => 'policy-invalid', "printf '$lines\\n' | sed 's/\$/\\r/' | content ima/policy; manifest", like => qr/line 1: ends in CR LF/;
refused 'no newline at the end' => 'policy-invalid', "printf '$lines' | content ima/policy; manifest", like => qr/does not end in a newline/;
refused 'a NUL byte' => 'policy-invalid', "printf '$lines\\n\\0\\n' | content ima/policy; manifest";
refused 'a byte-order mark' => 'policy-invalid', "printf '\\xef\\xbb\\xbf$lines\\n' | content ima/policy; manifest";
refused 'a program' => 'policy-invalid', 'content ima/policy <sbin/init; manifest';
refused 'an LSM label without an LSM' => 'policy-invalid', "policy $signed 'appraise func=FILE_CHECK obj_type=etc_t'",
	like => qr{/ima/policy: line 4: .* obj_type="?etc_t"?"; no LSM has a policy yet that knows this label};
refused '  a word behind it that is none' => 'policy-invalid', "policy $signed 'appraise obj_type=etc_t func=NONSENSE'", like => qr/knows this label/;
refused '  the same word ahead of it' => 'policy-invalid', "policy $signed 'appraise func=NONSENSE obj_type=etc_t'",
	like => qr{/ima/policy: line 4: }, unlike => qr/knows this label/;

# canary-exec: unsigned and of uid 1000, it must not be mapped executable.
my $fowner = join ' ', map { "'appraise func=$_ fowner=0 appraise_type=imasig'" } qw(POLICY_CHECK BPRM_CHECK MMAP_CHECK);
refused 'a policy by owner' => 'policy-escaped', "policy $fowner";
refused 'a policy that does not judge mappings' => 'policy-escaped', "policy '$signed[0]' '$signed[1]'";
refused 'a policy that only measures' => 'policy-escaped', 'policy "measure func=BPRM_CHECK"';
refused 'a policy that does not judge programs' => 'policy-escaped', "policy '$signed[0]' '$signed[2]'", like => qr/can be executed/;
refused 'a policy that judges programs by owner' => 'policy-escaped',
	"policy '$signed[0]' '$signed[2]' 'appraise func=BPRM_CHECK fowner=0 appraise_type=imasig'", like => qr/can be executed/;
# Reading is refused there, executing is not.
my @files = ((map { "dont_appraise func=FILE_CHECK fsmagic=$_" } qw(0x9fa0 0x62656572 0x1021994 0x858458f6 0x73636673)),
	'appraise func=FILE_CHECK mask=^MAY_READ euid=0 appraise_type=imasig');
my $files = join ' ', map { "'$_'" } @files;
accepted 'a policy that judges what is read, too', "policy $signed $files", payload => { 'exec-unsigned-other' => 'EACCES' };
refused 'a policy that judges what is read, and programs by owner' => 'policy-escaped',
	"policy 'appraise func=BPRM_CHECK fowner=0 appraise_type=imasig' 'appraise func=MMAP_CHECK fowner=0 appraise_type=imasig' $files";
refused 'a policy that takes hashes' => 'policy-escaped',
	'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der; policy "appraise func=BPRM_CHECK" "appraise func=MMAP_CHECK"; conf "evm = none"';
refused 'a policy that takes hashes, and does not judge uid 1000' => 'policy-escaped', 'policy "appraise func=MMAP_CHECK fowner=0"';
refused 'a policy that exempts uid 1000 first' => 'policy-escaped', "policy 'dont_appraise fowner=1000' $signed";
refused 'canary-exec missing' => 'canary-exec-unfit', 'rm ima/canary-exec';
refused 'canary-exec of another uid' => 'canary-exec-unfit', 'chown 1001:1001 ima/canary-exec';
refused 'canary-exec of root' => 'canary-exec-unfit', 'chown 0:0 ima/canary-exec';
refused 'canary-exec of root, under a policy by owner' => 'canary-exec-unfit', "chown 0:0 ima/canary-exec; policy $fowner";
refused "canary-exec mode $_" => 'canary-exec-unfit', "chmod $_ ima/canary-exec", like => qr/does not have mode 0555/ for qw(0755 0500 4555);
refused 'canary-exec of group 0' => 'canary-exec-unfit', 'chown 1000:0 ima/canary-exec', like => qr/does not belong to group/;
refused 'canary-exec that EVM vouches for' => 'canary-exec-unfit', 'sign_evm ima/canary-exec', like => qr/security\.evm that is not an HMAC/;
accepted 'canary-exec with an HMAC, as a running kernel adds one', 'setfattr -n security.evm -v 0x02' . '00' x 20 . ' ima/canary-exec';
refused 'canary-exec signed' => 'canary-exec-unfit', 'sign ima/canary-exec';
refused 'canary-exec without a digest' => 'canary-exec-unfit', 'unsign ima/canary-exec';
refused 'canary-exec with a wrong digest' => 'canary-exec-unfit', 'flip_xattr ima/canary-exec security.ima';
refused 'canary-exec empty' => 'canary-exec-unfit', ': | overwrite ima/canary-exec';
refused 'canary-exec larger' => 'canary-exec-unfit', 'head -c 4097 /dev/zero | overwrite ima/canary-exec';
refused 'canary-exec is a program' => 'canary-exec-unfit', 'head -c 4096 sbin/init | overwrite ima/canary-exec; digest ima/canary-exec';
refused 'canary-exec is a script' => 'canary-exec-unfit',
	'{ printf "#!/bin/unsigned-other\n"; head -c 4074 /dev/zero; } | overwrite ima/canary-exec; digest ima/canary-exec';
refused 'canary-exec that cannot be executed' => 'canary-exec-unfit', 'chmod 0444 ima/canary-exec';
refused 'canary-exec is a symlink' => 'file-type', 'rm ima/canary-exec; ln -s /bin/unsigned-other ima/canary-exec';
refused 'canary-exec is a FIFO' => 'file-type', 'rm ima/canary-exec; mkfifo ima/canary-exec';
refused 'canary-exec is a device' => 'file-type', 'rm ima/canary-exec; mknod ima/canary-exec c 1 5';
refused 'canary-exec on another file system' => 'file-mount', '', init => '/sbin/mount-over', with => 'MOUNT_OVER=/ima/canary-exec';

finish;
