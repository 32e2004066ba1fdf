#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What --kernel says of keys, digests and certificates: by version and by configuration, in every
# command that takes it; and the forms in which keys and CAs come. That the kernels agree is
# tests/boot/verdicts.t.
use strict;
use warnings;
use Command;
use Test::More;

my $keygen = '"$imactl" keygen --profiles keys';
works('keys', "$keygen \"\$work/keys\" --type p256 && $keygen \"\$work/other\" --type p256");

# A key of the kind that is named and its certificate by the CA, as $D/k.key and $D/k.der.
my $made = <<'END';
D=$(mktemp -d "$work/case.XXXXXX")
K=$work/keys
printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >"$D/x"
certify() { # WORDS...: of `openssl x509`
	openssl req -new -key "$D/k.key" -subj /CN=k -out "$D/r" 2>/dev/null &&
		openssl x509 -req -in "$D/r" -CA "$K/ca.pem" -CAkey "$K/ca.key" -days 9 -extfile "$D/x" "$@" -outform DER -out "$D/k.der" 2>/dev/null
}
make() { openssl genpkey -quiet -algorithm "$@" -out "$D/k.key" && certify; }
sign() { "$imactl" sign --detached --key "$D/k.key" --cert "$D/k.der" "$@" "$(printf x | sha256sum | cut -d' ' -f1)"; }
config() { printf '%s\n' '# Linux/x86 6.12.1 Kernel Configuration' "$@" >"$D/config"; }
END

# sign refuses what it would not be verified by.
works("sign: $_->[0]", "$made make $_->[1]; sign", qr/^0x0302/) for
	['RSA of 3072 bits', 'RSA -pkeyopt rsa_keygen_bits:3072'], ['P-384', 'EC -pkeyopt ec_paramgen_curve:P-384'];
refuses("sign: $_->[0]", "$made make $_->[1]; sign", $_->[2], 1) for
	['RSA of 2304 bits', 'RSA -pkeyopt rsa_keygen_bits:2304', qr/use certificate: it is an RSA key of 2304 bits; the kernel uses 1024, 1536, 2048, 3072 or 4096/],
	['RSASSA-PSS', 'RSA-PSS -pkeyopt rsa_keygen_bits:2048', qr/use certificate: the kernel does not know keys of the type rsassaPss/],
	['brainpool', 'EC -pkeyopt ec_paramgen_curve:brainpoolP256r1', qr/does not know the curve brainpoolP256r1/],
	['a curve by its parameters', 'EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit', qr/its curve is given by parameters/],
	['Ed25519', 'ED25519', qr/does not know keys of the type ED25519/],
	['P-521', 'EC -pkeyopt ec_paramgen_curve:P-521', qr/Linux 6\.1 does not know the curve P-521, 6\.10 does/];
works('  for a kernel that has P-521', "$made make EC -pkeyopt ec_paramgen_curve:P-521; sign --kernel 6.12", qr/^0x0302/);
refuses('  for one that does not', "$made make EC -pkeyopt ec_paramgen_curve:P-521; sign --kernel 6.9", qr/Linux 6\.9 does not know the curve P-521/, 1);
my $own = "$made make RSA -pkeyopt rsa_keygen_bits:2048; own() { openssl req -new -x509 -subj /CN=k -key \"\$D/k.key\" -addext keyUsage=digitalSignature -addext basicConstraints=CA:FALSE -config /dev/stdin -outform DER -out \"\$D/k.der\" \"\$\@\" <<<\$'[req]\\ndistinguished_name=n\\nx509_extensions=e\\n[n]\\n[e]\\nsubjectKeyIdentifier=hash'; };";
refuses("sign: a certificate by $_->[0]", "$own own $_->[1]; sign", $_->[2], 1) for
	['MD5', '-md5', qr/it is signed with md5WithRSAEncryption, which the kernel does not know; have it issued with SHA-256/],
	['PSS', '-sigopt rsa_padding_mode:pss', qr/it is signed with rsassaPss, which/],
	['SHA3-256', '-sha3-256', qr/Linux 6\.1 does not know certificates signed with SHA3-256, 6\.7 does/];
works('  which newer kernels know', "$own own -sha3-256; sign --kernel 6.12", qr/^0x0302/);
refuses('sign --appended', "$made make RSA -pkeyopt rsa_keygen_bits:2560; printf x >\"\$D/m\"; \"\$imactl\" sign --appended --key \"\$D/k.key\" --cert \"\$D/k.der\" \"\$D/m\"", qr/RSA key of 2560 bits/, 1);

# pack looks at the certificates of /ima/keys before it makes anything.
my $packed = 'mkdir -p "$D/tree/ima/keys/ima" "$D/tree/ima/keys/blacklist"; pack() { "$imactl" pack --quiet --format tar --owner 0:0 -o "$D/image.tar" "$@" "$D/tree"; local e=$?; ls "$D"/image*; return $e; };';
my %place = ('x509_ima.der' => 'x509_ima.der', 'x509_evm.der' => 'x509_evm.der', 'ima' => 'ima/k.der');
for my $name (sort keys %place) {
	works("pack: a P-256 key in $name", "$made $packed make EC -pkeyopt ec_paramgen_curve:P-256; cp \"\$D/k.der\" \"\$D/tree/ima/keys/$place{$name}\"; pack", qr{/image\.tar$}m);
	refuses('  RSA of 2304 bits', "$made $packed make RSA -pkeyopt rsa_keygen_bits:2304; cp \"\$D/k.der\" \"\$D/tree/ima/keys/$place{$name}\"; pack 2>&1 | grep -v ^ls; exit \${PIPESTATUS[0]}",
		qr{ima/keys/$place{$name}: pack: a kernel cannot use it: it is an RSA key of 2304 bits}, 1);
	works('  P-521 for a kernel that has it', "$made $packed make EC -pkeyopt ec_paramgen_curve:P-521; cp \"\$D/k.der\" \"\$D/tree/ima/keys/$place{$name}\"; pack --kernel 6.12", qr{/image\.tar$}m);
	refuses("  $_", "$made $packed make EC -pkeyopt ec_paramgen_curve:P-521; cp \"\$D/k.der\" \"\$D/tree/ima/keys/$place{$name}\"; pack $_ 2>&1 | grep -v ^ls; exit \${PIPESTATUS[0]}",
		qr{a kernel cannot use it: Linux 6\.1 does not know the curve P-521}, 1) for '', '--kernel 6.1';
}
refuses('pack: what is not a certificate', "$made $packed echo x >\"\$D/tree/ima/keys/ima/k.der\"; pack 2>&1 | grep -v ^ls; exit \${PIPESTATUS[0]}", qr{it is not a certificate in DER form}, 1);
works('pack: the key of one that is revoked verifies nothing', "$made $packed make RSA -pkeyopt rsa_keygen_bits:2304; cp \"\$D/k.der\" \"\$D/tree/ima/keys/blacklist/k.der\"; pack", qr{/image\.tar$}m);
works('pack: elsewhere it is data', "$made $packed echo x >\"\$D/tree/k.der\"; pack", qr{/image\.tar$}m);

# By configuration.
my $p256 = "$made make EC -pkeyopt ec_paramgen_curve:P-256;";
works('a configuration with all of it', "$p256 config CONFIG_CRYPTO_ECDSA=y CONFIG_CRYPTO_SHA256=y; sign --kernel \"\$D/config\"", qr/^0x0302/);
refuses('  without the key', "$p256 config CONFIG_CRYPTO_RSA=y CONFIG_CRYPTO_SHA256=y; sign --kernel \"\$D/config\"", qr/the kernel does not know ECDSA keys: CONFIG_CRYPTO_ECDSA=y is not set/, 1);
refuses('  as a module', "$p256 config CONFIG_CRYPTO_ECDSA=m CONFIG_CRYPTO_SHA256=y; sign --kernel \"\$D/config\"", qr/CONFIG_CRYPTO_ECDSA=y is not set/, 1);
refuses('  without the digest', "$p256 config CONFIG_CRYPTO_ECDSA=y; sign --kernel \"\$D/config\"", qr/--hash sha256: .*CONFIG_CRYPTO_SHA256=y is not set/, 2);
works('  of a version that has P-521', "$made make EC -pkeyopt ec_paramgen_curve:P-521; config CONFIG_CRYPTO_ECDSA=y CONFIG_CRYPTO_SHA256=y; sign --kernel \"\$D/config\"", qr/^0x0302/);
refuses('what is no configuration', "$p256 printf x >\"\$D/config\"; sign --kernel \"\$D/config\"", qr/it is no kernel configuration/, 3);
refuses('a kernel that is too old', "$p256 sign --kernel 5.10", qr/--kernel 5\.10: Linux 6\.1 is the oldest/, 2);

# doctor.
my $doctor = 'doctor() { "$imactl" doctor --cmdline "" --cert "$D/k.der" "$@" | grep "D/k.der\|/k.der"; };';
works('doctor: a certificate', "$p256 $doctor config CONFIG_CRYPTO_ECDSA=y CONFIG_CRYPTO_SHA256=y; doctor --config \"\$D/config\"", qr/^ok .*k\.der: the kernel takes it/m);
works('  that the kernel cannot use', "$p256 $doctor config CONFIG_CRYPTO_RSA=y CONFIG_CRYPTO_SHA256=y; doctor --config \"\$D/config\"", qr/^WRONG .*k\.der: the kernel does not know ECDSA keys: CONFIG_CRYPTO_ECDSA=y is not set/m);
works('  that 6.1 cannot', "$made $doctor make EC -pkeyopt ec_paramgen_curve:P-521; doctor", qr/^WRONG .*k\.der: Linux 6\.1 does not know the curve P-521/m);

# The CA.
refuses('keygen --ca: one that no kernel uses', "$made openssl req -new -x509 -newkey rsa:2304 -nodes -subj /CN=ca -keyout \"\$D/ca.key\" -out \"\$D/ca.pem\" -addext keyUsage=keyCertSign 2>/dev/null; $keygen \"\$D/new\" --ca \"\$D/ca.pem\" --ca-key \"\$D/ca.key\"",
	qr/use as CA: it is an RSA key of 2304 bits/, 1);
works('  P-521, for a kernel that has it', "$made openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-521 -nodes -subj /CN=ca -keyout \"\$D/ca.key\" -out \"\$D/ca.pem\" -addext keyUsage=keyCertSign 2>/dev/null; ! $keygen \"\$D/new\" --ca \"\$D/ca.pem\" --ca-key \"\$D/ca.key\" 2>/dev/null &&
	$keygen \"\$D/new\" --type p256 --kernel 6.12 --ca \"\$D/ca.pem\" --ca-key \"\$D/ca.key\" >/dev/null");
my $verify = "$made printf x >\"\$D/f\"; \"\$imactl\" sign --quiet --system --no-evm --key \"\$K/ima.key\" --cert \"\$K/x509_ima.der\" \"\$D/f\"; verify() { \"\$imactl\" verify --no-evm --system --cert \"\$K/x509_ima.der\" \"\$\@\" \"\$D/f\"; };";
works('--ca takes all of a bundle', "$verify cat \"\$work/other/ca.pem\" \"\$K/ca.pem\" >\"\$D/b\"; verify --ca \"\$D/b\"", qr/^1 valid/);
works('  and needs the right one', "$verify cat \"\$work/other/ca.pem\" >\"\$D/b\"; ! verify --ca \"\$D/b\"", qr/^untrusted /m);
works('  in DER form', "$verify openssl x509 -in \"\$K/ca.pem\" -outform DER -out \"\$D/b\"; verify --ca \"\$D/b\"", qr/^1 valid/);
refuses('  whose second is cut off', "$verify cat \"\$K/ca.pem\" >\"\$D/b\"; head -n 5 \"\$work/other/ca.pem\" >>\"\$D/b\"; verify --ca \"\$D/b\"", qr/read certificate: after 1 that are right/, 3);

# Keys as openssl writes them.
works('a key behind its parameters', "$made openssl ecparam -name prime256v1 -genkey -out \"\$D/k.key\" && head -n 1 \"\$D/k.key\" && certify && sign", qr/BEGIN EC PARAMETERS.*^0x0302/ms);
works('  behind its certificate', "$p256 openssl x509 -inform DER -in \"\$D/k.der\" >\"\$D/both\"; cat \"\$D/k.key\" >>\"\$D/both\"; mv \"\$D/both\" \"\$D/k.key\"; \"\$imactl\" sign --detached --key \"\$D/k.key\" --cert \"\$D/k.key\" \$(printf x | sha256sum | cut -c1-64)", qr/^0x0302/);
works('  ahead of it', "$p256 openssl x509 -inform DER -in \"\$D/k.der\" >>\"\$D/k.key\"; \"\$imactl\" sign --detached --key \"\$D/k.key\" --cert \"\$D/k.key\" \$(printf x | sha256sum | cut -c1-64)", qr/^0x0302/);
works('bytes behind a certificate in DER form, as for the kernel', "$p256 printf '\\0\\0' >>\"\$D/k.der\"; sign", qr/^0x0302/);

done_testing();
