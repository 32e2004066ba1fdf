#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# make-keys and make-evm-key: what they make, judged by openssl, and what they
# refuse to make, with a message that names it.
use strict;
use warnings;
use Command;
use Test::More;

my $keys = 'keys/make-keys "$work/keys"';
works('make-keys', "$keys --type p256 --name 'My Product'", qr/^made in/);
for my $use (qw(ima evm)) {
	works("x509_$use.der is issued by the CA", qq{openssl x509 -inform DER -in "\$work/keys/x509_$use.der" -out "\$work/x.pem" &&
		openssl verify -CAfile "\$work/keys/ca.pem" "\$work/x.pem"}, qr/OK/);
	works('  with the name that was asked for', q{openssl x509 -in "$work/x.pem" -noout -subject}, qr/CN = My Product \U$use\E signing key/);
	works('  may sign, and is no CA', q{openssl x509 -in "$work/x.pem" -noout -ext keyUsage,basicConstraints}, qr/CA:FALSE.*Digital Signature\s*$/s);
}
works('only the owner may read what was made', q{test -z "$(find "$work/keys" -perm /077)"});
refuses('to overwrite', $keys, qr/exists; it is not overwritten/);
for my $type (qw(rsa2048 p384)) {
	works("$type", "keys/make-keys \"\$work/$type\" --type $type");
}
refuses('an unknown type', 'keys/make-keys "$work/new" --type rsa1024', qr/unknown type rsa1024/);
refuses("the name '$_'", qq{keys/make-keys "\$work/new" --name '$_'}, qr/--name/) for 'a+b', 'a/CN=b', '', 'x' x 41;
refuses('a CA that is none', 'openssl x509 -inform DER -in "$work/keys/x509_ima.der" -out "$work/leaf.pem"
	keys/make-keys "$work/new" --ca "$work/leaf.pem" "$work/keys/ima.key"', qr/not the certificate of a CA/);
refuses('the key of another CA', 'keys/make-keys "$work/new" --ca "$work/keys/ca.pem" "$work/keys/ima.key"', qr/is not the key of/);
refuses('a CA that is not there', 'keys/make-keys "$work/new" --ca "$work/nothing" "$work/keys/ca.key"', qr/cannot read/);
works('nothing is left of what was refused', 'test ! -e "$work/new"');

works('make-evm-key', 'keys/make-evm-key "$work/keys"');
works('  kmk has 32 bytes', 'test "$(stat -c "%s %a" "$work/keys/kmk")" = "32 600"');
works('  evm-key has the form of the kernel, and no newline', 'cat "$work/keys/evm-key"; echo END', qr/\Adefault user:kmk 32 [0-9a-f]{162}END\n\z/);
refuses('to overwrite', 'keys/make-evm-key "$work/keys"', qr/evm-key exists/);
refuses('a master key of 31 bytes', 'mkdir "$work/short"; head -c 31 /dev/zero >"$work/k"; keys/make-evm-key "$work/short" --kmk "$work/k"', qr/31 bytes/);
refuses('a master key of 4097 bytes', 'head -c 4097 /dev/zero >"$work/k"; keys/make-evm-key "$work/short" --kmk "$work/k"', qr/4097 bytes/);
refuses('a directory that is not there', 'keys/make-evm-key "$work/nothing"', qr/No such file/);

works("--help of $_", "$_ --help", qr/^usage: /) for qw(keys/make-keys keys/make-evm-key);

done_testing();
