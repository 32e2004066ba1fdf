#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl sign with a key in a PKCS#11 token (SoftHSM), which never leaves it.
use strict;
use warnings;
use Command;
use Test::More;

my ($module) = grep { -e $_ } glob '/usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so';
ok($module, 'SoftHSM is there') or BAIL_OUT('no libsofthsm2.so: make packages');
$ENV{PKCS11_MODULE_PATH} = $module;
$ENV{SOFTHSM2_CONF} = "$work/softhsm2.conf";

works('a token with an imported key', <<'END');
mkdir "$work/tokens" && echo "directories.tokendir = $work/tokens" >"$SOFTHSM2_CONF" && printf 1234 >"$work/pin"
softhsm2-util --init-token --free --label test --pin 1234 --so-pin 5678
"$imactl" keygen --profiles keys --type p256 "$work/keys"
"$imactl" keygen --profiles keys --type rsa2048 "$work/other"
for use in ima evm; do
	openssl pkcs8 -topk8 -nocrypt -in "$work/keys/$use.key" -out "$work/p8"
	softhsm2-util --import "$work/p8" --token test --label $use --id $([ $use = ima ] && echo 01 || echo 02) --pin 1234
	rm "$work/p8" "$work/keys/$use.key"
done
mkdir "$work/tree" && for i in $(seq 100); do echo $i >"$work/tree/$i"; done
END
my $sign = '"$imactl" sign --system --all --key "$token;object=ima" --cert "$work/keys/x509_ima.der" \
	--evm-key "$token;object=evm" --evm-cert "$work/keys/x509_evm.der" "$work/tree"' =~ s/\$token;object=(\w+)/pkcs11:token=test;object=$1;type=private?pin-source=file:\$work\/pin/gr;
# One session of fakeroot, which keeps the attributes: signed by all threads, right for imactl and evmctl, not signed twice.
works('100 files, signed in the token', "$sign\n" . <<'END' . $sign, qr/\A100 signed, 0 unchanged, 0 failed.*\n100 valid.*\n(?s:.*)OK(?s:.*)OK\n0 signed, 100 unchanged/);
"$imactl" verify --system --all --cert "$work/keys/x509_ima.der" --evm-cert "$work/keys/x509_evm.der" "$work/tree"
evmctl ima_verify -k "$work/keys/x509_ima.der" "$work/tree/7"
evmctl verify --portable -k "$work/keys/x509_evm.der" "$work/tree/7"
END

my $append = $sign =~ s/ --system --all//r =~ s/--evm-key.*//sr =~ s/sign/sign --appended/r;
works('a module, signed in the token', qq{head -c 999 /dev/urandom >"\$work/module"; cp "\$work/module" "\$work/plain"; $append "\$work/module" &&
	tail -c +1000 "\$work/module" | head -c -40 | openssl cms -verify -inform DER -content "\$work/plain" -binary -noverify \\
		-certfile <(openssl x509 -inform DER -in "\$work/keys/x509_ima.der") -out /dev/null}, qr/^CMS Verification successful/m);

sub last_line { return "$_[0] 2>&1 | tail -n 1; exit \${PIPESTATUS[0]}" }
refuses('a key that the token does not have', last_line($sign =~ s/object=ima/object=nothing/r), qr/object=nothing.*open key/, 1);
refuses('a key of another certificate', last_line($sign =~ s{\$work/keys/x509_ima\.der}{\$work/other/x509_ima.der}r), qr/is not its key/, 1);
works('a PIN in the URI is not in the message', '"$imactl" sign --system --no-evm --key "pkcs11:token=test;object=nothing?pin-value=1234" --cert "$work/keys/x509_ima.der" "$work/tree" 2>&1 |
	grep "^imactl"', qr/pin-value=\.\.\.: open key(?!.*1234)/);

done_testing();
