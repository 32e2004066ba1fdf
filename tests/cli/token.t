#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl sign with a key that never leaves where it is: a PKCS#11 token (SoftHSM), by OpenSSL's
# engine, or a TPM (swtpm), by OpenSSL's provider tpm2.
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

# One line each, and none of the engine's own, which has the PIN in it.
my $try = sub { my ($uri, $more) = @_; return qq{setsid --wait "\$imactl" sign --system --no-evm --key '$uri' --cert "\$work/keys/x509_ima.der" @{[$more // '']} "\$work/tree"} };
refuses('a key that the token does not have', $try->('pkcs11:token=test;object=nothing?pin-value=1234'), qr/object=nothing\?pin-value=\.\.\.: open key: the token has no such private key(?!.*1234)/, 1);
refuses('a wrong PIN', $try->('pkcs11:token=test;object=ima?pin-value=9999'), qr/pin-value=\.\.\.: open key: the token refused the PIN(?!.*9999)/, 1);
refuses('no PIN', $try->('pkcs11:token=test;object=ima'), qr/object=ima: open key: the token wants a PIN, and none was given/, 1);
works('  but one from a file', $try->('pkcs11:token=test;object=ima', '--passphrase-file "$work/pin"'), qr/^\d+ signed, \d+ unchanged, 0 failed/);
refuses('  and a wrong one', $try->('pkcs11:token=test;object=ima', '--passphrase-fd 0 <<<12345'), qr/the token refused the PIN/, 1);
refuses('  and a file that is not there', $try->('pkcs11:token=test;object=ima', '--passphrase-file "$work/nothing"'), qr{/nothing: read passphrase: No such file}, 1);
refuses('a token that is not there', $try->('pkcs11:token=other;object=ima?pin-value=1234'), qr/there is no such token/, 1);
refuses('a URI that is not one', $try->('pkcs11:tokn=test;object=ima?pin-value=1234'), qr/not a valid PKCS#11 URI(?!.*1234)/, 1);
refuses('a module that is not there', 'PKCS11_MODULE_PATH=/nothing.so ' . $try->('pkcs11:token=test;object=ima?pin-value=1234'), qr/the PKCS#11 module cannot be loaded: PKCS11_MODULE_PATH/, 1);
refuses('no engine', 'OPENSSL_ENGINES=/nothing ' . $try->('pkcs11:token=test;object=ima?pin-value=1234'), qr/no engine "pkcs11": install the package libengine-pkcs11-openssl/, 1);
refuses('a key of another certificate', $sign =~ s{\$work/keys/x509_ima\.der}{\$work/other/x509_ima.der}r, qr/is not its key/, 1);

# A TPM: one key whose blob is a file, with a password; one that is persistent, with none and with one.
$ENV{TPM2OPENSSL_TCTI} = $ENV{TPM2TOOLS_TCTI} = "swtpm:path=$work/tpm/server";
mkdir "$work/tpm" or die $!;
END { kill 'TERM', <$_> =~ /(\d+)/ for grep { $_ } open_pid() }
sub open_pid { open my $in, '<', "$work/tpm/pid" or return; return $in }
# Not under fakeroot, with whose end it would end. It is a daemon once it listens.
is(system("swtpm socket --tpm2 --tpmstate dir='$work/tpm' --server type=unixio,path='$work/tpm/server' --ctrl type=unixio,path='$work/tpm/server.ctrl' --flags not-need-init,startup-clear --daemon --pid file='$work/tpm/pid' >'$work/tpm/log' 2>&1 </dev/null"), 0, 'a TPM starts');
works('  and has keys', <<'END');
printf secret >"$work/secret" && printf wrong >"$work/wrong" && cd "$work/tpm" && tpm2_createprimary -Q -c primary
for key in "0x81000005 -p secret" 0x81000006; do
	set -- $key
	tpm2_create -Q -C primary -G ecc256 -u pub -r priv "${@:2}" && tpm2_flushcontext -t && tpm2_load -Q -C primary -u pub -r priv -c key &&
		tpm2_flushcontext -t && tpm2_evictcontrol -Q -c key "$1" && tpm2_flushcontext -t || exit 1
done
tpm="-provider tpm2 -provider default -propquery ?provider=tpm2"
openssl genpkey $tpm -algorithm EC -pkeyopt group:P-256 -pkeyopt user-auth:secret -out blob.key || exit 1
for key in "blob blob.key" "handle handle:0x81000006" "secret handle:0x81000005?pass"; do
	set -- $key
	openssl req $tpm -x509 -subj /CN=test -addext keyUsage=digitalSignature -addext basicConstraints=CA:FALSE -outform DER -passin pass:secret -key "$2" -out "$1.der" || exit 1
done
END
my $in_tpm = sub { my ($certificate, $key, $more) = @_; return qq{rm -rf "\$work/files"; mkdir "\$work/files" && for i in \$(seq 30); do echo \$i >"\$work/files/\$i"; done
	setsid --wait "\$imactl" sign --system --all --no-evm --key "$key" --cert "\$work/tpm/$certificate.der" @{[$more // '']} "\$work/files"} };
my $verified = sub { my ($certificate) = @_; return qq{\n"\$imactl" verify --system --all --no-evm --cert "\$work/tpm/$certificate.der" "\$work/files" && evmctl ima_verify -k "\$work/tpm/$certificate.der" "\$work/files/7"} };
my $secret = '--passphrase-file "$work/secret"';
works("signed in the TPM, with $_->[0]", $in_tpm->(@{$_}[1 .. 3]) . $verified->($_->[1]), qr/\A30 signed, 0 unchanged, 0 failed.*\n30 valid(?s:.*)OK/)
	for ['the blob of a key', 'blob', '$work/tpm/blob.key', $secret], ['a handle', 'handle', 'handle:0x81000006'], ['a handle and a password', 'secret', 'handle:0x81000005?pass', $secret];
works('a module, signed in the TPM', qq{head -c 999 /dev/urandom >"\$work/module"; cp "\$work/module" "\$work/plain"
	"\$imactl" sign --appended --key handle:0x81000006 --cert "\$work/tpm/handle.der" "\$work/module" &&
	tail -c +1000 "\$work/module" | head -c -40 | openssl cms -verify -inform DER -content "\$work/plain" -binary -noverify \\
		-certfile <(openssl x509 -inform DER -in "\$work/tpm/handle.der") -out /dev/null}, qr/^CMS Verification successful/m);
works('certificates that a CA in the TPM issues', <<'END', qr/issued: OK/);
openssl req -provider tpm2 -provider default -propquery ?provider=tpm2 -x509 -subj /CN=CA -addext keyUsage=keyCertSign -key handle:0x81000006 -out "$work/ca.pem" &&
"$imactl" keygen --profiles keys --type p256 --ca "$work/ca.pem" --ca-key handle:0x81000006 "$work/issued.d" &&
openssl x509 -inform DER -in "$work/issued.d/x509_ima.der" -out "$work/issued" && openssl verify -CAfile "$work/ca.pem" "$work/issued"
END
# One attempt, not one a file: each counts towards the lockout of the TPM.
my $attempts = sub { my (undef, $said) = run('tpm2_getcap properties-variable'); return hex(($said =~ /TPM2_PT_LOCKOUT_COUNTER: (0x[0-9A-F]+)/)[0]) };
my $before = $attempts->();
refuses('a wrong password', $in_tpm->('secret', 'handle:0x81000005?pass', '--passphrase-file "$work/wrong"'), qr/handle:0x81000005\?pass: open key: the TPM does not sign with it: the password is wrong/, 1);
is($attempts->(), $before + 1, '  is tried once');
refuses('a password that is not asked for', $in_tpm->('secret', 'handle:0x81000005', $secret), qr/none was asked for \(URI\?pass\)/, 1);
refuses('no password', $in_tpm->('secret', 'handle:0x81000005?pass'), qr/wants a password, and none was given/, 1);
refuses('no password of a blob', $in_tpm->('blob', '$work/tpm/blob.key'), qr/blob\.key: open key: it is encrypted, and no passphrase was given/, 1);
refuses('a handle that is not there', $in_tpm->('handle', 'handle:0x81000009'), qr/the TPM has no such key/, 1);
refuses('a handle of another certificate', $in_tpm->('secret', 'handle:0x81000006'), qr/is not its key/, 1);
refuses('no TPM', 'export TPM2OPENSSL_TCTI=swtpm:path=/nothing; ' . $in_tpm->('handle', 'handle:0x81000006'), qr/provider "tpm2" does not start/, 1);
refuses('no provider', 'export OPENSSL_MODULES=/nothing; ' . $in_tpm->('handle', 'handle:0x81000006'), qr/install the package tpm2-openssl/, 1);
done_testing();
