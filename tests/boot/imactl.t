# SPDX-License-Identifier: MIT
# Signatures by imactl, judged by the kernel: every type of key and digest, and
# metadata that a portable signature covers. The base of all other boot tests is
# signed by it, too.
use strict;
use warnings;
use Bed;

# Everything signed again by imactl: /ima with its manifest, and what runs after.
sub signed {
	my ($type, $hash, $before) = @_;
	return <<"END";
new_keys $type
cat "\$keys/$type/x509_ima.der" >ima/keys/x509_ima.der
cat "\$keys/$type/x509_evm.der" >ima/keys/x509_evm.der
@{[ $before // 'true' ]}
sign_with=(--quiet --hash $hash --key "\$keys/$type/ima.key" --evm-key "\$keys/$type/evm.key")
"\$top/build/imactl" sign "\${sign_with[\@]}" .
for file in sbin/init sbin/helper; do
	"\$top/build/imactl" sign "\${sign_with[\@]}" --system --cert "\$keys/$type/x509_ima.der" --evm-cert "\$keys/$type/x509_evm.der" \$file
done
END
}

for my $type (qw(rsa2048 rsa3072 rsa4096 p256 p384)) {
	accepted "$type, sha256", signed($type, 'sha256'), payload => { evm => 3, 'exec-unsigned' => 'EACCES' };
	accepted "$type, sha512", signed($type, 'sha512'), payload => { evm => 3 };
	refused "$type, a flipped byte in a signature" => 'file-refused', signed($type, 'sha512') . 'flip_xattr ima/policy security.ima';
	refused "$type, a flipped byte in security.evm" => 'file-refused', signed($type, 'sha256') . 'flip_xattr ima/policy security.evm';
}
accepted 'p256, sha384', signed('p256', 'sha384');

# Each field of the headers, of a file that is right otherwise.
my %header = (
	'type' => '0 04', 'version' => '1 01', 'digest' => '2 06', 'key id' => '3 00', 'size' => '7 01',
);
for my $field (sort keys %header) {
	for my $name (qw(security.ima security.evm)) {
		refused "another $field in $name" => qr/^file-(?:refused|differs)$/,
			signed('p256', 'sha256') . "flip_byte ima/policy $name $header{$field}";
	}
}

# What a portable signature covers besides.
my $capability = 'setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 sbin/init';
accepted 'a file with a capability', signed('p256', 'sha256', $capability);
refused 'another capability' => 'handover-refused', signed('p256', 'sha256', $capability) . $capability =~ s/0004/0008/r;
refused 'no capability any more' => 'handover-refused', signed('p256', 'sha256', $capability) . 'setfattr -x security.capability sbin/init';
refused 'a capability that was not signed' => 'handover-refused', signed('p256', 'sha256') . $capability;
accepted 'another group, signed so', signed('p256', 'sha256', 'chgrp 7 sbin/init ima/policy');
refused 'another group' => 'file-refused', signed('p256', 'sha256') . 'chgrp 7 ima/policy';
refused 'another mode' => 'file-refused', signed('p256', 'sha256') . 'chmod 0600 ima/policy';
refused 'another mode of the next init' => 'handover-refused', signed('p256', 'sha256') . 'chmod 4755 sbin/init';
my $xattrs = 'printf "evm-xattrs = security.one\n" >ima/init.conf; setfattr -n security.one -v x sbin/init';
accepted 'an attribute of evm-xattrs', signed('p256', 'sha256', $xattrs) =~ s/ --system/ --system --evm-xattr security.one/gr;
refused 'the same, not signed' => 'handover-refused', signed('p256', 'sha256', $xattrs);

# Signed into a sidecar, without an attribute, and set afterwards.
my $sidecar = signed('p256', 'sha256') =~ s/imactl" sign /imactl" sign --sidecar "\$tree.sidecar" /gr =~ s/ \$file\n/ --all .\n/r . <<'END';
find . -type f -exec setfattr -x security.ima {} + -exec setfattr -x security.evm {} + 2>/dev/null || true
chown 0:0 ima/canary-exec
"$top/build/imactl" apply --quiet --sidecar "$tree.sidecar" .
END
accepted 'from a sidecar', "trap 'rm -f \"\$tree.sidecar\"' EXIT; $sidecar", payload => { evm => 3 };
refused 'from a sidecar, without the line of one file' => 'handover-refused',
	"trap 'rm -f \"\$tree.sidecar\"' EXIT; " . $sidecar =~ s/^("\S+imactl" apply)/perl -0 -pi -e 's{# file: sbin.init.*?\\n\\n}{}s' "\$tree.sidecar"; $1/mr;

finish;
