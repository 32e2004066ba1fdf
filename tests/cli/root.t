#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl sign and imactl verify on a root with an /ima: signatures and manifest as
# openssl, evmctl and getfattr see them; what is refused, with a message that names
# it; and that verify finds what ima-init would, by the same words.
use strict;
use warnings;
use Command;
use Test::More;

works('keys', '"$imactl" keygen --profiles keys "$work/keys" --type p256 && "$imactl" keygen --profiles keys "$work/stranger" --type rsa2048 &&
	"$imactl" keygen --profiles keys --system "$work/system" --type p256 --ca "$work/keys/ca.pem" --ca-key "$work/keys/ca.key" &&
	"$imactl" keygen evm-key "$work/keys"');

# A root with all that is needed; each case makes one thing wrong in it.
my $root = <<'END';
umask 022
R=$(mktemp -d "$work/root.XXXXXX")
chmod 755 "$R"
mkdir -p "$R/ima/keys" "$R/sbin" "$R/etc"
install -m 755 build/ima-init "$R/ima/init"
install -m 755 build/ima-init "$R/sbin/init"
install -m 644 policy/appraise-signed "$R/ima/policy"
install -m 644 "$work"/keys/x509_*.der "$R/ima/keys"
install -m 400 "$work/keys/kmk" "$work/keys/evm-key" "$R/ima/keys"
printf 'name\n' >"$R/etc/hostname"
printf 'data\n' >"$R/data"
keys=(--key "$work/keys/ima.key" --evm-key "$work/keys/evm.key")
certs=(--cert "$work/keys/x509_ima.der" --evm-cert "$work/keys/x509_evm.der")
by_product=(--key "$work/keys/ima.key" --evm-key "$work/keys/evm.key" "${certs[@]}")
sign() { "$imactl" sign --quiet "${keys[@]}" "$@" "$R" && sign_next; }
# The next init, as sign --system, if nobody has signed it.
sign_next() {
	[ ! -f "$R/sbin/init" ] || getfattr --absolute-names -n security.ima "$R/sbin/init" >"$R.signed" 2>&1 ||
		"$imactl" sign --quiet --system "${by_product[@]}" "$R/sbin/init"
}
verify() { "$imactl" verify --ca "$work/keys/ca.pem" "$@" "$R"; }
END

works('sign', "$root sign --pin /sbin/init && cut -d' ' -f3 \"\$R/ima/manifest\"", qr{\A1\n/ima/init\n/ima/keys/evm-key\n/ima/keys/kmk\n
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
evmctl ima_verify -k "$work/keys/x509_ima.der" "$R/$file"
evmctl verify --portable -k "$work/keys/x509_evm.der" "$R/$file"
END
works("  openssl and evmctl verify $_", "$root sign --pin /sbin/init && file=$_\n$signature", qr/Verified OK(?s:.*verification is OK){2}/)
	for qw(ima/policy ima/manifest ima/keys/kmk sbin/init);
works('  and not a changed file', "$root sign && echo >>\"\$R/ima/policy\"; file=ima/policy\n$signature true", qr/failure/i);
works('  the canaries', qq{$root sign; stat -c '%n %s %u %a' "\$R"/ima/canary*; getfattr --absolute-names -e hex -d -m security "\$R"/ima/canary*},
	qr{canary\ 0\ 0\ 400\n.*canary-exec\ 4096\ 1000\ 555\n.*=0x0404e3b0c442.*=0x0404ad7facb2}xs);
works('  makes forged ones anew', qq{$root sign; printf x >"\$R/ima/canary"; chown 0 "\$R/ima/canary-exec"; sign && verify});
works('signs nothing twice', "$root sign; getfattr -R -d -m - \"\$R\" >\"\$work/a\" 2>/dev/null; \"\$imactl\" sign \"\${keys[\@]}\" \"\$R\"", qr/^0 signed, 6 unchanged/);
works('  unless told to', "$root sign; \"\$imactl\" sign --force \"\${keys[\@]}\" \"\$R\"", qr/^6 signed, 0 unchanged/);
works('  a changed mode needs a new security.evm only', "$root sign; B=\$(getfattr --only-values -n security.ima --absolute-names \"\$R/ima/policy\" | sha256sum)
	chmod 600 \"\$R/ima/policy\"; sign; A=\$(getfattr --only-values -n security.ima --absolute-names \"\$R/ima/policy\" | sha256sum); test \"\$A\" = \"\$B\" && verify");
works("$_ keys", "$root \"\$imactl\" keygen --profiles keys \"\$R.k\" --type $_ >/dev/null && cp \"\$R.k\"/x509_*.der \"\$R/ima/keys\" &&
	\"\$imactl\" sign --quiet --key \"\$R.k/ima.key\" --evm-key \"\$R.k/evm.key\" --pin /sbin/init \"\$R\" && \"\$imactl\" verify --ca \"\$R.k/ca.pem\" \"\$R\"", qr/^8 valid/)
	for qw(rsa2048 rsa3072 rsa4096 p384);
works("--hash $_", "$root sign --hash $_ && verify && evmctl ima_verify -k \"\$work/keys/x509_ima.der\" \"\$R/ima/policy\"", qr/OK/) for qw(sha256 sha384 sha512);
works('a key in DER form', 'openssl pkey -in "$work/keys/ima.key" -outform DER -out "$work/ima.der"; ' . "$root keys=(--key \"\$work/ima.der\" --evm-key \"\$work/keys/evm.key\"); sign && verify");
my $encrypted = 'openssl pkcs8 -topk8 -in "$work/keys/ima.key" -passout pass:secret -out "$work/encrypted.key"; ' .
	"$root keys=(--key \"\$work/encrypted.key\" --evm-key \"\$work/keys/evm.key\")";
works('an encrypted key, the passphrase in a file', "$encrypted; printf 'secret\\n' >\"\$work/p\"; sign --passphrase-file \"\$work/p\" && verify");
works('an encrypted key, the passphrase on a descriptor', "$encrypted; printf secret | sign --passphrase-fd 0 && verify");
works('a signature that evmctl made', $root . 'sign; for f in ima/policy ima/init; do setfattr -x security.evm "$R/$f"; setfattr -x security.ima "$R/$f"
	evmctl ima_sign -a sha512 -k "$work/keys/ima.key" "$R/$f"; evmctl sign --portable --generation 0 -a sha512 -k "$work/keys/evm.key" "$R/$f"; done >/dev/null 2>&1
	"$imactl" verify --no-evm "${certs[@]:0:2}" --system --all "$R/ima/policy" && "$imactl" verify "${certs[@]}" --system "$R/ima/policy"', qr/^1 valid.*\n1 valid/);

# The system, by another key.
works('--system', "$root sign; \"\$imactl\" sign --quiet --system \"\${keys[\@]}\" \"\${certs[\@]}\" \"\$R\"; \"\$imactl\" verify --system \"\${certs[\@]}\" \"\$R\"; getfattr -m security -d --absolute-names \"\$R/data\"",
	qr/\A2 valid; [^\n]*\n\z/);
works('--system --all', "$root \"\$imactl\" sign --system --all \"\${keys[\@]}\" \"\${certs[\@]}\" \"\$R\"", qr/^3 signed/);
works('a file is pinned by the symlinks of the root', "$root mv \"\$R/sbin\" \"\$R/usr\"; ln -s /usr \"\$R/sbin\"; sign --pin /sbin/init && grep -c ' /sbin/init' \"\$R/ima/manifest\" && verify", qr/^1\n.*^\d+ valid; /ms);
works('a pinned file keeps the signature of another key', $root . '"$imactl" sign --quiet --system --key "$work/stranger/ima.key" --cert "$work/stranger/x509_ima.der" \
	--evm-key "$work/stranger/evm.key" --evm-cert "$work/stranger/x509_evm.der" "$R"; A=$(getfattr -n security.ima --absolute-names "$R/sbin/init"); sign --pin /sbin/init
	test "$A" = "$(getfattr -n security.ima --absolute-names "$R/sbin/init")" || exit 1
	! verify --cert "$work/stranger/x509_ima.der" --evm-cert "$work/stranger/x509_evm.der"', qr/^unknown-key +\S+sbin.init/m);
my %links = (
	'by the name that is selected, whichever is met first' => 'printf x >"$R/a/1"; ln "$R/a/1" "$R/etc/1"; ln "$R/a/1" "$R/zz/1"',
	'also of a file below /ima' => 'printf x >"$R/ima/x"; ln "$R/ima/x" "$R/etc/x"',
);
works('hard links once', "$root mkdir \"\$R/x\"; ln \"\$R/sbin/init\" \"\$R/x/init\"; \"\$imactl\" sign --system \"\${keys[\@]}\" \"\${certs[\@]}\" \"\$R\"", qr/^2 signed/);
works("  $_", "$root mkdir \"\$R/a\" \"\$R/zz\"; $links{$_}; \"\$imactl\" sign --system \"\${keys[\@]}\" \"\${certs[\@]}\" \"\$R\" && \"\$imactl\" verify --system \"\${certs[\@]}\" \"\$R\"", qr/^3 signed.*^3 valid/ms) for sort keys %links;
works('no symlink is followed', "$root ln -s /etc/passwd \"\$R/etc/p\"; ln -s . \"\$R/etc/loop\"; mkfifo \"\$R/etc/fifo\"; \"\$imactl\" sign --system --all \"\${keys[\@]}\" \"\${certs[\@]}\" \"\$R\"", qr/^3 signed/);
works('odd names', $root . q{for n in $'a\nb' $'caf\xc3\xa9' $'\xff\xfe' "it's" 'a"b' ' blank ' '-dash' "$(printf 'x%.0s' $(seq 255))"; do printf x >"$R/etc/$n"; done
	"$imactl" sign --system "${keys[@]}" "${certs[@]}" "$R" && "$imactl" verify --system "${certs[@]}" "$R"}, qr/^10 signed.*\n10 valid/);
works('a name from the disk cannot write to the terminal', $root . q{printf x >"$R/etc/"$'\e[2J\nimactl: ok'; "$imactl" verify --system "${certs[@]}" "$R"; true}, qr/unsigned\s+\S+\\033\[2J\\012imactl: ok: /);
works('--no-evm takes a stale security.evm away', $root . 'sign; printf "# x\n" >>"$R/ima/policy"; "$imactl" sign --quiet --no-evm --key "$work/keys/ima.key" "$R"
	getfattr --absolute-names -d -m security "$R/ima/policy" | grep -c security.evm; true', qr/\A0/);
works('--json', $root . 'sign; printf x >"$R/ima/stray"; verify --json >"$work/json"; perl -MJSON::PP -e \'local $/; $j = decode_json(<STDIN>);
	print join " ", $j->{files}{valid}, $j->{layout}, map { $_->{finding} } @{$j->{findings}}\' <"$work/json"', qr/\A7 1 file-unlisted unsigned\z/);

# Both, the system by the certificates that /ima has for it.
my $both = $root . <<'END';
mkdir -p "$R/ima/keys/ima" "$R/ima/keys/evm" "$R/ima/keys/secondary"
cp "$work/system/system-ima.der" "$R/ima/keys/ima/system.der"
cp "$work/system/system-evm.der" "$R/ima/keys/evm/system.der"
cp "$work/system/system-ca.der" "$R/ima/keys/secondary/ca.der"
system=(--key "$work/system/system-ima.key" --cert "$work/system/system-ima.der" --evm-key "$work/system/system-evm.key" --evm-cert "$work/system/system-evm.der")
sign
"$imactl" sign --quiet --system --force "${system[@]}" "$R"
END
works('--ima --system', "$both verify --ima --system", qr/\A12 valid; /);
works('  in any order', "$both verify --system --ima --all; test \$? = 1", qr/^unsigned +\S+data: .*^12 valid, 1 unsigned/ms);
works('  by sidecar', "$both mkdir \"\$R/x\"; \"\$imactl\" sign --quiet --all --system --sidecar \"\$work/s\" \"\${system[\@]}\" \"\$R\"; verify --system --ima --all --sidecar \"\$work/s\"; test \$? = 1", qr/^unsigned +\S+ima\/init: /m);
my %both = (
	'a changed file of the system' => ['printf x >>"$R/etc/hostname"', qr/^bad +\S+etc.hostname: /m],
	'a changed file of /ima' => ['printf x >>"$R/ima/policy"', qr/^bad +\S+ima.policy: /m],
	'a file of the system by a key that /ima does not have' => ['"$imactl" keygen --profiles keys "$R.k" >/dev/null; setfattr -x security.ima "$R/etc/hostname"; setfattr -x security.evm "$R/etc/hostname"
		"$imactl" sign --quiet --system --key "$R.k/ima.key" --cert "$R.k/x509_ima.der" --no-evm "$R/etc/hostname"', qr/^unknown-key +\S+etc.hostname: /m],
	'no CA in keys/secondary' => ['rm -r "$R/ima/keys/secondary"; sign', qr/^key-refused +\S+ima.system\.der: the CA has not issued it/m],
	'a CA in keys/secondary that the CA has not issued' => ['openssl x509 -in "$work/stranger/ca.pem" -outform DER -out "$R/ima/keys/secondary/other.der"; sign', qr/^key-refused +\S+secondary.other\.der: the CA that it names has not signed it/m],
	'a certificate that the manifest does not list' => ['cp "$work/keys/x509_ima.der" "$R/ima/keys/ima/more.der"', qr/^file-unlisted +\S+more\.der: /m],
);
works("  finds: $_", "$both $both{$_}[0]; verify --ima --system; test \$? = 1", $both{$_}[1]) for sort keys %both;
my $no_id = 'printf "[req]\ndistinguished_name=d\n[d]\n" >"$R.c"; printf "subjectKeyIdentifier=none\n" >"$R.x"; openssl req -new -key "$work/stranger/ima.key" -config "$R.c" -subj /CN=x -out "$R.r"
	openssl x509 -req -in "$R.r" -CA "$work/keys/ca.pem" -CAkey "$work/keys/ca.key" -extfile "$R.x" -outform DER -out';
# The kernel takes a certificate without a subject key identifier; it is of no use to signatures.
for my $inside (qw(keys/ima/a.der keys/evm/a.der keys/secondary/a.der)) {
	works("a certificate without an identifier: $inside", "$both $no_id \"\$R/ima/$inside\" 2>/dev/null; sign; verify --kernel 6.1", qr{^11 valid}m);
	works('  for a kernel that asks for digitalSignature', "$both $no_id \"\$R/ima/$inside\" 2>/dev/null; sign; verify --kernel 6.12; test \$? = " . ($inside =~ /secondary/ ? 0 : 1),
		$inside =~ /secondary/ ? qr{^11 valid}m : qr{^key-refused +\S+$inside: its key usage lacks digitalSignature}m);
}
works('  what ima-init would refuse counts more', "$both $no_id \"\$R/ima/keys/ima/a.der\" 2>/dev/null; sign; printf x >\"\$R/ima/stray\"; verify; test \$? = 1", qr{^file-unlisted}m);

my %refused = (
	'--system without a certificate, beside /ima' => ['sign; "$imactl" verify --system "$R"', qr/--cert is needed, or --ima --system/, 2],
	'--system without a certificate' => ['"$imactl" verify --system "$R/etc"', qr/--cert is needed;/, 2],
	'sign --ima --system' => ['sign --ima --system', qr/two runs/, 2],
	'sign --system --ima' => ['sign --system --ima', qr/two runs/, 2],
	'--ima --system of an initramfs' => ['sign; printf "restore = /sidecar\\n" >"$R/ima/init.conf"; verify --ima --system', qr/init\.conf says that it is an initramfs/, 2],
	'--initramfs --system' => ['verify --initramfs --system', qr/--initramfs is of/, 2],
	'no /ima' => ['rm -r "$R/ima"; sign --ima', qr/init is not there|needed/],
	'no init' => ['rm "$R/ima/init"; sign --ima', qr{/ima/init is not there}],
	'no certificate for IMA' => ['rm "$R/ima/keys/x509_ima.der"; sign "${certs[@]}"', qr/x509_ima\.der is not there/],
	'no certificate for EVM' => ['rm "$R/ima/keys/x509_evm.der"; sign "${certs[@]}"', qr/x509_evm\.der is not there/],
	'the keys swapped' => ['"$imactl" sign --key "$work/keys/evm.key" --evm-key "$work/keys/ima.key" "$R"', qr/is not its key/],
	'a key that is not there' => ['"$imactl" sign --key "$work/nothing" --evm-key "$work/keys/evm.key" "$R"', qr/No such file/],
	'no key' => ['"$imactl" sign --evm-key "$work/keys/evm.key" "$R"', qr/--key is needed/, 2],
	'no key for EVM' => ['"$imactl" sign --key "$work/keys/ima.key" "$R"', qr/--evm-key is needed/, 2],
	'a certificate as key' => ['"$imactl" sign --key "$work/keys/ca.pem" --evm-key "$work/keys/evm.key" "$R"', qr/is not a private key, but holds a CERTIFICATE/],
	'a FIFO as key' => ['mkfifo "$work/fifo.$$"; "$imactl" sign --key "$work/fifo.$$" --evm-key "$work/keys/evm.key" "$R"', qr/not a regular file/],
	'a CA as signing certificate' => ['"$imactl" sign --system --no-evm --key "$work/keys/ca.key" --cert "$work/keys/ca.pem" "$R"', qr/it is a CA's/],
	'a wrong passphrase' => ['openssl pkcs8 -topk8 -in "$work/keys/ima.key" -passout pass:secret -out "$work/e.$$"; echo wrong |
		"$imactl" sign --passphrase-fd 0 --key "$work/e.$$" --evm-key "$work/keys/evm.key" "$R"', qr/passphrase/],
	'a private key below /ima' => ['cp "$work/keys/ima.key" "$R/ima/ima.key"; chmod 600 "$R/ima/ima.key"; sign', qr/private-key/],
	'a file of another owner' => ['chown 1000 "$R/ima/policy"; sign', qr/policy: file-owner: belongs to uid 1000/],
	'a file that others may write' => ['chmod o+w "$R/ima/policy"; sign', qr/policy: file-mode/],
	'a directory that the group may write' => ['chmod g+w "$R/ima/keys"; sign', qr/keys: file-mode/],
	'a root that the group may write' => ['chmod g+w "$R"; sign', qr/file-mode/],
	'a symlink' => ['ln -s policy "$R/ima/link"; sign', qr/link: file-type/],
	'two names of one file below /ima' => ['ln "$R/ima/policy" "$R/ima/zz"; sign', qr/hard-link: another name/],
	'a name outside ASCII' => [q{printf x >"$R/ima/"$'caf\\xc3\\xa9'; sign}, qr/printable ASCII/],
	'a name with a newline' => [q{printf x >"$R/ima/"$'a\\nb'; sign}, qr/a\\012b: .*printable ASCII/],
	'a path of 256 bytes' => ['printf x >"$R/ima/$(printf "x%.0s" $(seq 251))"; sign', qr/fewer than 256 bytes/],
	'directories nine deep' => ['mkdir -p "$R/ima/1/2/3/4/5/6/7/8/9"; sign', qr/deeper than 8/],
	'--pin of a relative path' => ['sign --pin sbin/init', qr/a path is absolute/, 2],
	'--pin of a path with two slashes' => ['sign --pin /sbin//init', qr/without \/\//, 2],
	'--pin of what is not there' => ['sign --pin /sbin/nothing', qr/pin: it is not there/],
	'--pin of a file of this machine, by a symlink' => ['ln -s /usr/bin "$R/bin"; sign --pin /bin/true', qr{root\.\w+/usr: pin: it is not there}],
	'--pin of a file of somebody else\'s' => ['chown 5 "$R/sbin/init"; sign --pin /sbin/init', qr/pin: it, or what is on the way to it, does not belong to root/],
	'--pin of a path below /ima' => ['sign --pin /ima/init', qr/anyway/, 2],
	'--pin without an /ima' => ['rm -r "$R/ima"; sign "${certs[@]}" --pin /sbin/init', qr/--pin is for the manifest of \/ima/, 2],
	'--pin of the system' => ['sign --system "${certs[@]}" --pin /sbin/init', qr/--pin is for the manifest of \/ima/, 2],
	'--all of an /ima' => ['sign --all', qr/--all is for the system.*give --system, too/, 2],
	'verify --all of an /ima' => ['sign; verify --all', qr/--all is for the system.*give --system, too/, 2],
	'a certificate for EVM without EVM' => ['"$imactl" sign --system --no-evm --key "$work/keys/ima.key" "${certs[@]}" "$R"', qr/--no-evm and --evm-cert exclude/, 2],
	'verify with a certificate for EVM without EVM' => ['"$imactl" verify --system --no-evm "${certs[@]}" "$R"', qr/--no-evm and --evm-cert exclude/, 2],
	'verify of HMACs without EVM' => ['"$imactl" verify --system --no-evm --evm-hmac "$work/keys" --cert "$work/keys/x509_ima.der" "$R"', qr/--no-evm and --evm-hmac exclude/, 2],
	'a passphrase from two places' => ['sign --passphrase-fd 0 --passphrase-file "$R/data"', qr/the passphrase comes from one place/, 2],
	'an unknown option' => ['sign --frobnicate', qr/--frobnicate: no such option/, 2],
	'an unknown digest' => ['sign --hash md5', qr/sha256, sha384 or sha512/, 2],
	'no tree' => ['"$imactl" sign "${keys[@]}" "${certs[@]}"', qr/no tree/, 2],
	'a tree that is not there' => ['"$imactl" sign --quiet --system "${keys[@]}" "${certs[@]}" "$R/nothing"', qr/No such file/],
	'verify of an image' => ['truncate -s 4M "$work/root.img" && mkfs.ext4 -q "$work/root.img" && "$imactl" verify "$work/root.img"', qr/root\.img: it is an image \(ext4\): mount/, 2],
	'verify --ima of an image' => ['printf hsqs >"$work/root.img"; "$imactl" verify --ima "$work/root.img"', qr/it is an image \(squashfs\)/, 2],
	'verify of a file that is not an image' => ['echo x >"$work/root.img"; "$imactl" verify "$work/root.img"', qr/--cert is needed;/, 2],
	'verify without a certificate' => ['"$imactl" verify --system "$R"', qr/--cert is needed/, 2],
	'verify with what is no certificate' => ['"$imactl" verify --cert "$R/data" "$R"', qr/neither PEM nor DER/, 3],
);
for my $name (sort keys %refused) {
	my ($command, $like, $status) = @{$refused{$name}};
	refuses($name, "$root $command", $like, $status);
}
works('513 files', "$root for i in \$(seq 507); do printf x >\"\$R/ima/\$i\"; done; sign; test ! -e \"\$R/ima/manifest\"", qr/at most 512 files/);
for my $left ('file .manifest.new', 'file .imactl.manifest', 'link .imactl.manifest', 'directory .imactl.probe', 'lock .imactl.lock') {
	my ($kind, $name) = split / /, $left;
	my %make = (file => 'printf x >"$L"', link => 'ln -s /etc/passwd "$L"', directory => 'mkdir "$L"; printf x >"$L/x"', lock => 'mkdir -m 700 "$L"');
	works("what a killed run has left is not listed: a $kind, $name", "$root L=\$R/ima/$name; $make{$kind}; sign && verify && ls -A \"\$R/ima\" && ! grep -F $name \"\$R/ima/manifest\"", qr/^7 valid;.*\ncanary\ncanary-exec\ninit\nkeys\nmanifest\npolicy\n\z/s);
}
works('  and not of the system', "$root mkdir \"\$R/ima.new\"; for f in ima.new/init etc/.imactl.x lib/.imactl.m.ko; do install -D -m 755 /bin/true \"\$R/\$f\"; done; sign --system \"\${certs[\@]}\" && \"\$imactl\" verify --system \"\${certs[\@]}\" \"\$R\" && \"\$imactl\" pack --format tar -o \"\$R.tar\" \"\$R\" && tar -tf \"\$R.tar\" | grep -c 'imactl\\|ima.new'; true", qr/^2 valid.*\n0\n\z/s);
works('two runs at a time: the second is refused', "$root mkdir -m 700 \"\$R/ima/.imactl.lock\"; flock \"\$R/ima/.imactl.lock\" \"\$imactl\" sign --quiet \"\${keys[\@]}\" \"\$R\"; test \$? = 1 && sign && verify", qr{^imactl: \S+/ima: lock: another imactl sign is at work here; run it again.*^7 valid}ms);
works('what is not signed by choice is counted', "$root printf x >\"\$R/data2\"; \"\$imactl\" sign --system \"\${keys[\@]}\" \"\${certs[\@]}\" \"\$R\"", qr/^2 signed, 0 unchanged, 0 failed, 2 not selected \(--all\), /m);
works('  and a tree that is refused has failed', "$root chmod o+w \"\$R/ima/policy\"; \"\$imactl\" sign \"\${keys[\@]}\" \"\$R\"; test \$? = 1", qr/^0 signed, 0 unchanged, 1 failed, /m);
works('a refused run leaves no manifest', "$root chmod o+w \"\$R/ima/policy\"; sign; test ! -e \"\$R/ima/manifest\" -a -z \"\$(find \"\$R\" -name '.imactl*')\"");

# What verify finds is what ima-init would say; the boot tests have the same changes.
my %found = (
	'as it is' => ['true', qr/^7 valid/, 0],
	'a changed policy' => ['printf "# x\n" >>"$R/ima/policy"', qr/^bad +\S+policy/m],
	'an unsigned file' => ['setfattr -x security.ima "$R/ima/init"', qr/^unsigned +\S+init/m],
	'a digest' => ['setfattr -n security.ima -v 0x0404$(sha256sum "$R/ima/init" | cut -c1-64) "$R/ima/init"', qr/^digest/m],
	'no security.evm' => ['setfattr -x security.evm "$R/ima/init"', qr/^evm-missing/m],
	'an HMAC' => ['setfattr -n security.evm -v 0x02$(printf "00%.0s" $(seq 20)) "$R/ima/init"', qr/^evm-hmac/m],
	'another mode' => ['chmod 700 "$R/ima/init"', qr/^evm-bad +\S+init/m],
	'another group' => ['chgrp 5 "$R/ima/init"', qr/^evm-bad +\S+init/m],
	'a capability' => ['setfattr -n security.capability -v 0x0100000200000000000000000000000000000000 "$R/ima/init"', qr/^evm-bad +\S+init/m],
	'another owner' => ['chown 1000 "$R/ima/init"', qr/^file-owner.*^evm-bad/ms],
	'a strange signature' => ['"$imactl" sign --quiet --system --no-evm --key "$work/stranger/ima.key" --cert "$work/stranger/x509_ima.der" "$R/ima/policy" "$R/sbin/init"', qr/^file-differs.*^unknown-key +\S+policy/ms],
	'a missing manifest' => ['rm "$R/ima/manifest"', qr/^manifest-missing/m],
	'an edited manifest' => ['sed -i "/policy/d" "$R/ima/manifest"', qr/^file-unlisted +\S+policy.*^unsigned +\S+manifest/ms],
	'a manifest without its last newline' => ['truncate -s -1 "$R/ima/manifest"', qr/^manifest-invalid/m],
	'a missing file' => ['rm "$R/ima/policy"', qr/^file-missing +\S+policy/m],
	'an unlisted file' => ['printf x >"$R/ima/README"', qr/^file-unlisted +\S+README/m],
	'two files swapped' => ['mv "$R/ima/policy" "$R/x"; mv "$R/ima/init" "$R/ima/policy"; mv "$R/x" "$R/ima/init"', qr/^file-differs +\S+init.*^file-differs +\S+policy/ms],
	'a missing canary' => ['rm "$R/ima/canary"', qr/^canary-unfit/m],
	'a signed canary' => ['"$imactl" sign --quiet --system --all "${keys[@]}" "${certs[@]}" "$R/ima/canary"', qr/^canary-unfit/m],
	'a missing canary-exec' => ['rm "$R/ima/canary-exec"', qr/^canary-exec-unfit/m],
	'canary-exec of root' => ['chown 0 "$R/ima/canary-exec"', qr/^canary-exec-unfit/m],
	'a symlink' => ['ln -sf /etc/passwd "$R/ima/policy"', qr/^file-type +\S+policy/m],
	'a directory that others may write' => ['chmod 777 "$R/ima/keys"', qr/^file-mode +\S+keys/m],
	'a private key' => ['cp "$work/keys/ima.key" "$R/ima/k"', qr/^private-key +\S+k:/m],
);
for my $name (sort keys %found) {
	my ($change, $like, $status) = @{$found{$name}};
	$status //= 1;
	works("verify finds: $name", "$root sign; $change; verify; test \$? = $status", $like);
}
my %signed_so = (
	'a certificate in the wrong directory' => ['mkdir "$R/ima/keys/imma"; cp "$R/ima/keys/x509_ima.der" "$R/ima/keys/imma/a.der"', qr/^key-unplaced/m],
	'a certificate that is none' => ['mkdir "$R/ima/keys/ima"; printf x >"$R/ima/keys/ima/a.der"', qr/^key-refused/m],
	'a short kmk' => ['truncate -s 31 "$R/ima/keys/kmk"', qr/^kmk-invalid/m],
	'an evm-key with a newline' => ['chmod 600 "$R/ima/keys/evm-key"; echo >>"$R/ima/keys/evm-key"', qr/^evm-key-invalid/m],
	'a policy without a rule' => ['printf "# x\n" >"$R/ima/policy"', qr/^policy-invalid/m],
	'a policy with CRLF' => ['sed -i "s/\$/\r/" "$R/ima/policy"', qr/^policy-invalid/m],
	'a policy without its last newline' => ['truncate -s -1 "$R/ima/policy"', qr/^policy-invalid/m],
	'an empty file' => [': >"$R/ima/policy"', qr/^file-empty/m],
	'a policy that is too large' => ['truncate -s 1048577 "$R/ima/policy"', qr/^file-too-large/m],
	'prove-exec = no, without the canary' => ['printf "prove-exec = no\n" >"$R/ima/init.conf"', qr/^8 valid/m, 0, 'rm "$R/ima/canary-exec"'],
);
for my $name (sort keys %signed_so) {
	my ($change, $like, $status, $after) = @{$signed_so{$name}};
	$status //= 1;
	$after //= 'true';
	works("verify finds, though it is signed: $name", "$root $change; sign; $after; verify; test \$? = $status", $like);
}
works("a key with two certificates, one of them of another CA, $_->[0]", "$root openssl req -x509 -new -key \"\$work/keys/ima.key\" -subj /CN=twin -days 30 -out \"\$work/twin.pem\" && sign --system \"\${certs[\@]}\" &&
	\"\$imactl\" verify --system --ca \"\$work/keys/ca.pem\" --evm-cert \"\$work/keys/x509_evm.der\" $_->[1] \"\$R\"$_->[2]", $_->[3])
	for ['the right one last', '--cert "$work/twin.pem" --cert "$work/keys/x509_ima.der"', '', qr/^2 valid/m],
		['the right one first', '--cert "$work/keys/x509_ima.der" --cert "$work/twin.pem"', '', qr/^2 valid/m],
		['that one alone', '--cert "$work/twin.pem"', '; test $? = 1', qr/^untrusted/m];
works('no finding stands behind the progress, on a terminal', "$root for i in \$(seq 40); do : >\"\$R/etc/\$i\"; done; script -qec \"'\$imactl' verify --system --no-evm --cert '\$work/keys/x509_ima.der' '\$R'\" /dev/null >\"\$work/typescript\"
	grep -q 'files/s' \"\$work/typescript\" && ! grep -q 'files/s[^\r]*unsigned' \"\$work/typescript\" && grep -c 'unsigned  *[^ ]*/etc/' \"\$work/typescript\"; tail -n 1 \"\$work/typescript\"", qr/^41\n.*42 unsigned/ms);
works('a certificate that the CA does not vouch for', "$root sign; \"\$imactl\" verify --ca \"\$work/stranger/ca.pem\" \"\$R\"; test \$? = 1", qr/^untrusted/m);
works('two roots at once, which have certificates of their own', "$root sign; verify \"\$R/.\"; test \$? = 2", qr/which count for it alone/);
works('a key of keys/ima counts for what is pinned outside /ima alone', $root . 'mkdir "$R/ima/keys/ima" "$R/ima/keys/evm"
	cp "$work/stranger/x509_ima.der" "$R/ima/keys/ima"; cp "$work/stranger/x509_evm.der" "$R/ima/keys/evm"
	others=(--key "$work/stranger/ima.key" --cert "$work/stranger/x509_ima.der" --evm-key "$work/stranger/evm.key" --evm-cert "$work/stranger/x509_evm.der")
	"$imactl" sign --quiet --system "${others[@]}" "$R"; sign --pin /sbin/init; "$imactl" verify "$R" || exit 1
	"$imactl" sign --quiet --system --all --force "${others[@]}" "$R/ima/init"; "$imactl" verify "$R"; test $? = 1', qr/^10 valid;.*^unknown-key +\S+ima.init/ms);
works('a file that cannot be read', "$root \"\$imactl\" verify --system \"\${certs[\@]}\" \"\$R/nothing\"; test \$? = 3");
works("--help of $_", "\"\$imactl\" $_ --help", qr/^usage: imactl $_ /) for qw(sign verify);
works('--help', '"$imactl" --help', qr/^usage: imactl COMMAND/);
refuses('no such command', '"$imactl" frobnicate 2>&1 | head -n 1; exit 2', qr/frobnicate: no such command/);

done_testing();
