# SPDX-License-Identifier: MIT
# What imactl keygen makes, judged by the kernel and by ima-init: keys of each
# type sign an image that boots, the EVM keys load, and the system's set is not
# trusted before ima-init has added it.
use strict;
use warnings;
use Bed;

# Made for one boot each: those of the bed are made by imactl, too, but once.
my $keygen = 'imactl() { "$top/build/imactl" "$@" >/dev/null; }; keygen() { imactl keygen --profiles "$top/keys" "$@"; }; ';
# DIRECTORY OPTION...: everything signed by evmctl with new keys
my $signed = $keygen . <<'END';
signed() {
	local made=$1 keys signer
	shift
	keygen "$made" "$@"
	keys=$(dirname "$made") signer=$(basename "$made")
	cat "$made/x509_ima.der" >ima/keys/x509_ima.der
	cat "$made/x509_evm.der" >ima/keys/x509_evm.der
	sign ima/init ima/policy ima/keys/{x509_ima.der,x509_evm.der,ima/extra.der,kmk,evm-key} sbin/init sbin/helper
	manifest
}
trap 'rm -rf "$tree.made"' EXIT
mkdir "$tree.made"
product=(--ca "$keys/ca.pem" --ca-key "$keys/ca.key")
END

for my $type (qw(rsa2048 rsa3072 rsa4096 p256 p384)) {
	accepted "$type", $signed . "signed \"\$tree.made/new\" --type $type \"\${product[\@]}\"",
		payload => { evm => 3, 'exec-unsigned' => 'EACCES' };
	refused "$type, of a CA that the kernel does not hold" => 'kernel-panic -13',
		$signed . "signed \"\$tree.made/new\" --type $type", verify_not => 1;
}

# An encrypted key signs as well, once it is open.
accepted 'an encrypted key', $signed . <<'END';
printf secret >"$tree.made/p"
signed "$tree.made/new" --type p256 "${product[@]}"
keygen "$tree.made/locked" --type p256 "${product[@]}" --passphrase-file "$tree.made/p"
cat "$tree.made/locked/x509_ima.der" >ima/keys/x509_ima.der
cat "$tree.made/locked/x509_evm.der" >ima/keys/x509_evm.der
imactl sign --quiet --passphrase-file "$tree.made/p" --key "$tree.made/locked/ima.key" --evm-key "$tree.made/locked/evm.key" .
for file in sbin/init sbin/helper; do
	imactl sign --quiet --system --passphrase-file "$tree.made/p" --cert "$tree.made/locked/x509_ima.der" \
		--evm-cert "$tree.made/locked/x509_evm.der" --key "$tree.made/locked/ima.key" --evm-key "$tree.made/locked/evm.key" $file
done
END

# kmk and evm-key.
my $evm = $keygen . 'made=$tree.made; trap \'rm -rf "$made"\' EXIT; put() { content ima/keys/kmk <"$1/kmk"; content ima/keys/evm-key <"$2/evm-key"; manifest; }; ';
accepted 'kmk and evm-key', $evm . 'keygen() { imactl keygen evm-key "$@"; }; keygen "$made"; put "$made" "$made"', payload => { evm => 3 }, like => qr/evm: key initialized/;
refused 'evm-key of another kmk' => 'evm-key-refused', $evm . 'for i in 1 2; do imactl keygen evm-key "$made$i"; done; put "$made"1 "$made"2; rm -r "$made"1 "$made"2';
for my $size (32, 64, 4096) {
	my $with = $evm . "mkdir \"\$made\"; (umask 077; head -c $size /dev/urandom >\"\$made/kmk\"); imactl keygen evm-key \"\$made\" --kmk \"\$made/kmk\"; ";
	accepted "evm-key for a master key of $size bytes", $with . 'put "$made" "$made"', payload => { evm => 3 };
	refused "the same, a bit of the master key changed" => 'evm-key-refused', $with . 'flip "$made/kmk"; put "$made" "$made"';
}

# By the kernel of this machine, where it has such keys.
my $live = system(qq(keyctl session - sh -c 'keyctl add user kmk 01234567890123456789012345678901 \@s && keyctl add encrypted x "new user:kmk 32" \@s && keyctl pipe %encrypted:x' >/dev/null 2>&1)) == 0;
if ($live) {
	accepted 'kmk and evm-key made by a running kernel', $evm . 'imactl keygen evm-key "$made" --live user; put "$made" "$made"', payload => { evm => 3 };
	refused 'the same, of another run' => 'evm-key-refused', $evm . 'for i in 1 2; do imactl keygen evm-key "$made$i" --live user; done; put "$made"1 "$made"2; rm -r "$made"1 "$made"2';
}

# The system's set: its CA is added, and so vouches for the next init but not for /ima/init.
my $system = $signed . <<'END';
keygen --system "$tree.made/system" --type p384 "${product[@]}"
set=$tree.made/system
certificate "$set/system-ca.der" ima/keys/secondary/system-ca.der
certificate "$set/system-ima.der" ima/keys/ima/system-ima.der
certificate "$set/system-evm.der" ima/keys/evm/system-evm.der
by_system() { imactl sign --quiet --system --key "$set/system-ima.key" --cert "$set/system-ima.der" --evm-key "$set/system-evm.key" --evm-cert "$set/system-evm.der" "$@"; }
by_system sbin/init
END
accepted 'a system with the set of --system', "$system manifest", like => qr/ secondary=1 ima=2 evm-certs=1 /, payload => { evm => 3 };
refused 'the same without its CA' => 'key-refused', "$system rm -r ima/keys/secondary; manifest", like => qr/system-(?:ima|evm)\.der/;
refused 'the same without its keys' => 'handover-refused', "$system rm ima/keys/ima/system-ima.der; rm -r ima/keys/evm; manifest";
refused '/ima/init signed by it' => 'kernel-panic -13', "$system by_system ima/init; manifest";
refused 'the same, and its certificates where the kernel loads them' => 'kernel-panic -13',
	"$system cat \"\$set/system-ima.der\" >ima/keys/x509_ima.der; cat \"\$set/system-evm.der\" >ima/keys/x509_evm.der; by_system ima/init; manifest";

finish;
