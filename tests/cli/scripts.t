#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# make-keys, make-evm-key and sign-ima: what they make, judged by openssl and
# getfattr, and what they refuse to make, with a message that names it.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $work = tempdir(CLEANUP => 1);
$ENV{work} = $work;
$ENV{PATH} .= ':/usr/sbin:/sbin';

# One shell command, under fakeroot as a user would; its status and all that it says.
sub run {
	my ($command) = @_;
	open my $pipe, '-|', 'fakeroot', '--', 'bash', '-c', "exec 2>&1 </dev/null; set -u; $command" or die "fakeroot: $!";
	my $said = join '', <$pipe>;
	close $pipe;
	return ($? >> 8, $said);
}

sub works {
	my ($name, $command, $like) = @_;
	my ($status, $said) = run($command);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($status == 0 && (!defined $like || $said =~ $like), $name) or diag("status $status: $said");
	return;
}

sub refuses {
	my ($name, $command, $like) = @_;
	my ($status, $said) = run($command);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @lines = split /\n/, $said;
	ok($status != 0 && $said =~ $like && @lines == 1, "refused: $name") or diag("status $status: $said");
	return;
}

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

# A root with all that sign-ima needs; each case makes one thing wrong in it.
my $root = <<'END';
umask 022
R=$(mktemp -d "$work/root.XXXXXX")
chmod 755 "$R"
mkdir -p "$R/ima/keys" "$R/sbin"
install -m 755 /bin/true "$R/ima/init"
install -m 755 /bin/true "$R/sbin/init"
install -m 644 policy/appraise-signed "$R/ima/policy"
install -m 644 "$work"/keys/x509_*.der "$R/ima/keys"
install -m 400 "$work/keys/kmk" "$work/keys/evm-key" "$R/ima/keys"
sign() { packaging/sign-ima "$R" --key "$work/keys/ima.key" --evm-key "$work/keys/evm.key" "$@"; }
END
works('sign-ima', "$root sign --pin /sbin/init && cut -d' ' -f3 \"\$R/ima/manifest\"", qr{\A1\n/ima/init\n/ima/keys/evm-key\n/ima/keys/kmk\n
	/ima/keys/x509_evm\.der\n/ima/keys/x509_ima\.der\n/ima/policy\n/sbin/init\n\z}x);
works('  the manifest has the bytes of security.ima', $root . <<'END');
sign --pin /sbin/init
tail -n +2 "$R/ima/manifest" | while read -r hex path; do
	[ "$(getfattr --absolute-names --only-values -n security.ima "$R$path" | od -An -v -tx1 | tr -d ' \n')" = "$hex" ] || exit 1
done
END
my $signature = <<'END';
getfattr --absolute-names --only-values -n security.ima "$R/$file" | tail -c +10 >"$work/signature"
openssl x509 -inform DER -in "$work/keys/x509_ima.der" -noout -pubkey >"$work/public"
openssl dgst -sha256 -verify "$work/public" -signature "$work/signature" "$R/$file"
END
works("  openssl verifies the signature of $_", "$root sign --also /sbin/init && file=$_\n$signature", qr/Verified OK/) for qw(ima/policy ima/manifest sbin/init);
works('  and not that of a changed file', "$root sign && echo >>\"\$R/ima/policy\"; file=ima/policy\n$signature true", qr/failure/i);
works('  signs again', "$root sign && sign && sign --manifest-only");
works('  makes the canaries anew', qq{$root sign; printf x >"\$R/ima/canary"; setfattr -x security.ima "\$R/ima/canary-exec"; sign
	stat -c '%n %s %u %a' "\$R"/ima/canary*; getfattr --absolute-names -e hex -d -m security "\$R"/ima/canary*}, qr{canary\ 0\ 0\ 400\n.*canary-exec\ 4096\ 1000\ 555\n
	.*=0x0404e3b0c442.*=0x0404ad7facb2}xs);

my %refused = (
	'no /ima' => ['rm -r "$R/ima"; sign', qr/ima is not there/],
	'no init' => ['rm "$R/ima/init"; sign', qr{/ima/init is not there}],
	'no certificate for IMA' => ['rm "$R/ima/keys/x509_ima.der"; sign', qr/x509_ima\.der is not there/],
	'no certificate for EVM' => ['rm "$R/ima/keys/x509_evm.der"; sign', qr/x509_evm\.der is not there/],
	'the keys swapped' => ['packaging/sign-ima "$R" --key "$work/keys/evm.key" --evm-key "$work/keys/ima.key"', qr/is not the key of/],
	'a key that is not there' => ['packaging/sign-ima "$R" --key "$work/nothing" --evm-key "$work/keys/evm.key"', qr/cannot read/],
	'no key' => ['packaging/sign-ima "$R" --evm-key "$work/keys/evm.key"', qr/--key is needed/],
	'no key for EVM' => ['packaging/sign-ima "$R" --key "$work/keys/ima.key"', qr/--evm-key is needed/],
	'a certificate as key' => ['packaging/sign-ima "$R" --key "$work/keys/ca.pem" --evm-key "$work/keys/evm.key"', qr/no private key/],
	'a private key below /ima' => ['cp "$work/keys/ima.key" "$R/ima/ima.key"; chmod 600 "$R/ima/ima.key"; sign', qr/is a private key/],
	'a file of another owner' => ['chown 1000 "$R/ima/policy"; sign', qr/must belong to root.*policy \(uid 1000/],
	'a file that others may write' => ['chmod o+w "$R/ima/policy"; sign', qr/must belong to root.*mode 646/],
	'a directory that the group may write' => ['chmod g+w "$R/ima/keys"; sign', qr/must belong to root/],
	'a root that the group may write' => ['chmod g+w "$R"; sign', qr/must belong to root/],
	'a symlink' => ['ln -s policy "$R/ima/link"; sign', qr/neither a file nor a directory/],
	'a name outside ASCII' => [q{touch "$R/ima/"$'caf\\xc3\\xa9'; sign}, qr/printable ASCII/],
	'a name with a newline' => [q{touch "$R/ima/"$'a\\nb'; sign}, qr/printable ASCII/s],
	'a name with a backslash' => [q{touch "$R/ima/a\\\\b"; sign}, qr/printable ASCII/],
	'a path of 256 bytes' => ['touch "$R/ima/$(printf "x%.0s" $(seq 251))"; sign', qr/at most 255/],
	'directories nine deep' => ['mkdir -p "$R/ima/1/2/3/4/5/6/7/8/9"; sign', qr/deeper than 8/],
	'513 files' => ['for i in $(seq 507); do : >"$R/ima/$i"; done; sign', qr/at most 512/],
	'--pin of a relative path' => ['sign --pin sbin/init', qr/leading slash/],
	'--pin of a path with two slashes' => ['sign --pin /sbin//init', qr/without \/\//],
	'--pin of what is not there' => ['sign --pin /sbin/nothing', qr/not a regular file/],
	'--also of a path below /ima' => ['sign --also /ima/init', qr/anyway/],
	'an unknown option' => ['sign --sha512', qr/unknown option/],
);
for my $name (sort keys %refused) {
	my ($command, $like) = @{$refused{$name}};
	# A name with a newline is printed as it is.
	$command .= ' 2>&1 | tr "\n" " "; exit "${PIPESTATUS[0]}"' if $name =~ /newline/;
	refuses($name, "$root $command", $like);
}
works('a refused run leaves no manifest', "$root chmod o+w \"\$R/ima/policy\"; sign; test ! -e \"\$R/ima/manifest\" -a ! -e \"\$R/ima/.manifest.new\"");
works("--help of $_", "$_ --help", qr/^usage: /) for qw(keys/make-keys keys/make-evm-key packaging/sign-ima);

done_testing();
