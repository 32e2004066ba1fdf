# SPDX-License-Identifier: MIT
# Signatures of version 3 by imactl, judged by a kernel that has fs-verity: type 6
# over the fs-verity digest, and what the same kernel says of version 3 elsewhere.
use strict;
use warnings;
use Bed;

# A program with fs-verity in /verity, signed so, and the rule that asks for it.
my $rule = 'appraise func=BPRM_CHECK digest_type=verity appraise_type=sigv3 fowner=1001';
sub program {
	my ($name, $type, @how) = @_;
	return <<"END";
new_keys $type
mkdir -p verity
cp bin/unsigned "verity/$name"
chown 1001 "verity/$name"
sed -i '0,/^appraise func=BPRM_CHECK/s//$rule\\n&/' ima/policy
certificate "\$keys/$type/x509_ima.der" ima/keys/ima/verity.der
certificate "\$keys/$type/x509_evm.der" ima/keys/evm/verity.der
sign ima/policy
manifest
verity_with=(--key "\$keys/$type/ima.key" --cert "\$keys/$type/x509_ima.der" --evm-key "\$keys/$type/evm.key" --evm-cert "\$keys/$type/x509_evm.der")
"\$top/build/imactl" sign --quiet --system --all "\${verity_with[\@]}" @how verity
"\$top/build/imactl" verify --quiet --system --all @{[ grep { $_ eq '--verity' } @how ]} --format v3 --cert "\$keys/$type/x509_ima.der" --evm-cert "\$keys/$type/x509_evm.der" verity
END
}
# The boot goes on; what counts is the program. Every audit line is shown.
my @with = (kernel => 'verity', fs => 'ext4-verity', with => 'sysctl.kernel.printk_ratelimit=0');
sub runs { my ($what, $name, $change, @options) = @_; return accepted $what, $change, @with, payload => { evm => 3, "exec-$name" => 'ran' }, @options }
sub stopped { my ($what, $name, $cause, $change) = @_; return accepted "refused: $what", $change, @with,
	payload => { "exec-$name" => 'EACCES' }, like => qr/cause=$cause .*name="(?:\/verity\/)?$name"/ }

for my $type (qw(rsa2048 p256)) {
	runs "$type, sha256", 'right', program('right', $type, '--verity');
	runs "$type, sha512", 'sha512', program('sha512', $type, qw(--verity --hash sha512));
	stopped "$type, a flipped byte in the signature", 'right', 'invalid-verity-signature', program('right', $type, '--verity') . "flip_xattr verity/right security.ima; by $type sign_evm verity/right";
	stopped "$type, another content", 'right', 'invalid-verity-signature', program('right', $type, '--verity') . 'printf x >>verity/right';
}
my $p256 = program('right', 'p256', '--verity');
stopped 'version 2 in the header', 'right', 'invalid-signature-version', $p256 . 'flip_byte verity/right security.ima 1 02; by p256 sign_evm verity/right';
stopped 'the type of an ordinary signature', 'right', 'verity-signature-required', $p256 . 'flip_byte verity/right security.ima 0 03; by p256 sign_evm verity/right';
stopped 'another key id', 'right', 'invalid-verity-signature', $p256 . 'flip_byte verity/right security.ima 3 00; by p256 sign_evm verity/right';
stopped 'an ordinary signature', 'right', 'verity-signature-required', program('right', 'p256');
stopped 'a file without fs-verity', 'plain', 'no-verity-digest', program('plain', 'p256', '--verity');
stopped 'fs-verity by another algorithm', 'sha512', 'invalid-verity-signature', program('sha512', 'rsa2048', '--verity');
stopped 'another mode', 'right', 'invalid-fail-immutable', $p256 . 'chmod 0755 verity/right; chmod u+s verity/right';
stopped 'version 3 for an ordinary rule', 'right', 'invalid-signature-version',
	program('right', 'p256', qw(--format v3)) . 'chown 0:0 verity/right; setfattr -x security.evm verity/right;
	"$top/build/imactl" sign --quiet --system --all "${verity_with[@]}" --format v3 verity; by p256 sign_evm verity/right';
stopped 'a portable signature of version 3', 'right', 'invalid-fail-immutable', program('right', 'p256', qw(--verity --format v3));

finish;
