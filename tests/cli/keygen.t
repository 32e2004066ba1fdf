#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl keygen: what it makes, judged by openssl and evmctl, and what it refuses
# to make, with a message that names it.
use strict;
use warnings;
use Command;
use JSON::PP qw(decode_json);
use Test::More;

my $keygen = '"$imactl" keygen --profiles keys';
works('keygen', "$keygen \"\$work/keys\" --type p256 --name 'My Product'", qr{\A\S+/ca\.pem -> the kernel's build(?s:.*)x509_ima\.der -> /ima/keys/x509_ima\.der, mode 0644});
sub certificate_is_right {
	my ($certificate, $ca, $name) = @_;
	works("$certificate is issued by the CA", qq{openssl x509 -inform DER -in "\$work/$certificate" -out "\$work/x.pem" &&
		openssl verify -x509_strict -CAfile "\$work/$ca" "\$work/x.pem"}, qr/OK/);
	works('  with the name that was asked for', 'openssl x509 -in "$work/x.pem" -noout -subject', qr/CN = \Q$name\E$/m);
	return;
}
for my $use (qw(ima evm)) {
	certificate_is_right("keys/x509_$use.der", 'keys/ca.pem', "My Product \U$use\E signing key");
	works('  may sign, and is no CA', 'openssl x509 -in "$work/x.pem" -noout -ext keyUsage,basicConstraints', qr/CA:FALSE.*Digital Signature\s*$/s);
	works('  has the identifiers by which the kernel finds keys', 'openssl x509 -in "$work/x.pem" -noout -ext subjectKeyIdentifier,authorityKeyIdentifier',
		qr/Subject Key Identifier.*[0-9A-F]{2}:.*Authority Key Identifier.*[0-9A-F]{2}:/s);
	works('  belongs to its key', qq{test "\$(openssl x509 -in "\$work/x.pem" -noout -pubkey)" = "\$(openssl pkey -in "\$work/keys/$use.key" -pubout)"});
}
works('the CA may issue', 'openssl x509 -in "$work/keys/ca.pem" -noout -ext keyUsage,basicConstraints', qr/CA:TRUE.*Certificate Sign/s);
works('evmctl signs with the key, by the id of the certificate', 'echo x >"$work/f"; evmctl ima_sign -a sha256 -k "$work/keys/ima.key" "$work/f" >/dev/null 2>&1 &&
	evmctl ima_verify -k "$work/keys/x509_ima.der" "$work/f" && test "$(getfattr -e hex --absolute-names -n security.ima "$work/f" | sed -n "s/.*=0x030204\(........\).*/\1/p")" = \
	"$(openssl x509 -inform DER -in "$work/keys/x509_ima.der" -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d " :\n" | tail -c 8 | tr A-F a-f)"');
works('private keys are their owner\'s', 'test "$(stat -c %a "$work"/keys/*.key | sort -u)" = 600');
works('nothing else is left', 'ls -A "$work/keys" | tr "\n" " "', qr/\Aca\.key ca\.pem evm\.key ima\.key x509_evm\.der x509_ima\.der \z/);
works("$_", "$keygen \"\$work/$_\" --type $_ >/dev/null && openssl pkey -in \"\$work/$_/ima.key\" -noout -text | head -n 1", qr/(?:\Q@{[substr $_, -3]}\E)/)
	for qw(rsa2048 rsa3072 rsa4096 p256 p384);
works('a CA that is there', "$keygen \"\$work/second\" --ca \"\$work/keys/ca.pem\" --ca-key \"\$work/keys/ca.key\" --type rsa2048; ls \"\$work/second\" | tr '\\n' ' '", qr/evm\.key ima\.key x509_evm\.der x509_ima\.der \z/);
certificate_is_right('second/x509_ima.der', 'keys/ca.pem', 'ima-init IMA signing key');
works('--system', "$keygen --system \"\$work/system\" --ca \"\$work/keys/ca.pem\" --ca-key \"\$work/keys/ca.key\" --type p384", qr{system-ca\.der -> /ima/keys/secondary/system-ca\.der(?s:.*)-> /ima/keys/evm/system-evm\.der});
certificate_is_right('system/system-ca.der', 'keys/ca.pem', 'ima-init system CA');
works('  its keys are below it', 'openssl x509 -inform DER -in "$work/system/system-ima.der" -out "$work/x.pem"; cat "$work/keys/ca.pem" "$work/system/system-ca.pem" >"$work/both.pem"
	openssl verify -x509_strict -CAfile "$work/both.pem" "$work/x.pem" && ! openssl verify -CAfile "$work/keys/ca.pem" "$work/x.pem"', qr/OK/);
works('--days', "$keygen \"\$work/days\" --type p256 --days 10 >/dev/null && openssl x509 -in \"\$work/days/ca.pem\" -noout -checkend 777600 && ! openssl x509 -in \"\$work/days/ca.pem\" -noout -checkend 950400");
works('--encrypt', "printf 'secret\\n' >\"\$work/p\"; $keygen \"\$work/enc\" --type p256 --encrypt --passphrase-file \"\$work/p\" && openssl pkey -in \"\$work/enc/ima.key\" -passin pass:secret -noout &&
	! openssl pkey -in \"\$work/enc/ima.key\" -passin pass:wrong -noout 2>/dev/null && grep -c 'BEGIN ENCRYPTED' \"\$work\"/enc/*.key", qr/ca\.key:1.*evm\.key:1.*ima\.key:1/s);
works('  and its CA issues with the passphrase', "$keygen \"\$work/enc2\" --type p256 --ca \"\$work/enc/ca.pem\" --ca-key \"\$work/enc/ca.key\" --passphrase-file \"\$work/p\"");
works('--json', "$keygen --json \"\$work/j\" --type p256 >\"\$work/json\"");
{
	open my $in, '<', "$work/json" or die $!;
	local $/ = undef;
	is(scalar @{decode_json(<$in>)}, 6, '  six files');
}

my $new = "$keygen \"\$work/new\"";
my %refused = (
	'to overwrite' => ["$keygen \"\$work/keys\"", qr/exists, and is not overwritten/, 1],
	'an unknown type' => ["$new --type rsa1024", qr/--type rsa1024/, 2],
	'a name with a plus' => ["$new --name a+b", qr/--name/, 2],
	'a name with a slash' => ["$new --name a/CN=b", qr/--name/, 2],
	'no name' => ["$new --name ''", qr/--name/, 2],
	'a long name' => ["$new --name " . 'x' x 41, qr/--name/, 2],
	'no days' => ["$new --days 0", qr/--days 0: a number from 1/, 2],
	'days that are no number' => ["$new --days 1x", qr/--days/, 2],
	'a CA without its key' => ["$new --ca \"\$work/keys/ca.pem\"", qr/belong together/, 2],
	'a CA that is none' => ["$new --ca \"\$work/keys/x509_ima.der\" --ca-key \"\$work/keys/ima.key\"", qr/not the certificate of a CA/, 1],
	'the key of another CA' => ["$new --ca \"\$work/keys/ca.pem\" --ca-key \"\$work/keys/ima.key\"", qr/is not its key/, 1],
	'a CA that is not there' => ["$new --ca \"\$work/nothing\" --ca-key \"\$work/keys/ca.key\"", qr/No such file/, 1],
	'a wrong passphrase of the CA' => ["$new --ca \"\$work/enc/ca.pem\" --ca-key \"\$work/enc/ca.key\" --passphrase-fd 0 <<<wrong", qr/passphrase/, 1],
	'--encrypt without a passphrase' => ["$new --encrypt --passphrase-fd 0 </dev/null", qr/there is none/, 1],
	'--system without a CA' => ["$new --system", qr/--system needs --ca/, 2],
	'profiles that are not there' => ['"$imactl" keygen "$work/new" --type p256 --profiles "$work/nothing"', qr/ca\.cnf: read profile/, 1],
	'a profile that is none' => ['mkdir -p "$work/bad"; echo "[root" >"$work/bad/ca.cnf"; "$imactl" keygen "$work/new" --type p256 --profiles "$work/bad"', qr/ca\.cnf: read profile: line 1/, 1],
	'a profile without its section' => ['mkdir -p "$work/bad2"; echo "[x]" >"$work/bad2/ca.cnf"; "$imactl" keygen "$work/new" --type p256 --profiles "$work/bad2"', qr/section root/, 1],
	'a directory below none' => ["$keygen \"\$work/no/where\"", qr/No such file/, 1],
	'a file as directory' => ["$keygen \"\$work/p\"", qr/Not a directory/, 1],
	'no directory' => [$keygen, qr/one directory/, 2],
	'two directories' => ["$new \"\$work/other\"", qr/one directory/, 2],
	'--kmk for certificates' => ["$new --kmk x", qr/--kmk belongs/, 2],
);
for my $name (sort keys %refused) {
	my ($command, $like, $status) = @{$refused{$name}};
	refuses($name, $command, $like, $status);
}
works('nothing is left of what was refused', 'test ! -e "$work/new"');

my $evm = '"$imactl" keygen evm-key';
works('evm-key', "$evm \"\$work/keys\"", qr{evm-key -> /ima/keys/evm-key, mode 0400\n.*kmk -> /ima/keys/kmk, mode 0400});
works('  kmk has 32 bytes', 'test "$(stat -c "%s %a" "$work/keys/kmk")" = "32 600"');
works('  evm-key has the form of the kernel, and no newline', 'cat "$work/keys/evm-key"; echo END', qr/\Adefault user:kmk 32 [0-9a-f]{162}END\n\z/);
works('  for a master key that is there', "mkdir \"\$work/k\"; head -c 64 /dev/urandom >\"\$work/k64\"; $evm \"\$work/k\" --kmk \"\$work/k64\"; ls \"\$work/k\"", qr/^evm-key$/m);
refuses('to overwrite evm-key', "$evm \"\$work/keys\"", qr/evm-key: write: it exists/, 1);
refuses('to overwrite kmk', "mkdir \"\$work/half\"; touch \"\$work/half/kmk\"; $evm \"\$work/half\"", qr/kmk: write: it exists/, 1);
works('  and there is no evm-key then', 'test ! -e "$work/half/evm-key"');
for my $size (31, 4097) {
	refuses("a master key of $size bytes", "head -c $size /dev/zero >\"\$work/size\"; $evm \"\$work/short\" --kmk \"\$work/size\"", qr/$size bytes/, 1);
}
refuses('a FIFO as master key', "mkfifo \"\$work/fifo\"; $evm \"\$work/short\" --kmk \"\$work/fifo\"", qr/not a regular file/, 1);
works('--help', '"$imactl" keygen --help', qr/^usage: imactl keygen/);

# A full disk; root may mount one.
SKIP: {
	if ($> != 0) {
		skip 'only root mounts a small file system', 1;
	}
	mkdir "$work/full" or die $!;
	system('mount', '-t', 'tmpfs', '-o', 'size=4k', 'none', "$work/full") == 0 or die "mount: $?";
	my ($status, $said) = run("head -c 4096 /dev/zero >\"\$work/full/x\" 2>/dev/null; $evm \"\$work/full\"; ls -A \"\$work/full\"");
	system('umount', "$work/full");
	like($said, qr/No space left on device.*\nx\n\z/s, 'a full disk: said, and nothing is left');
}

done_testing();
