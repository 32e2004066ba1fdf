#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl sign --appended: what it appends is, byte for byte, what sign-file of the kernel's
# source does (tests/boot/modules.t has the kernel judge it); and what it refuses.
use strict;
use warnings;
use Command;
use Test::More;

my $sign_file = '/usr/lib/linux-kbuild-6.1/scripts/sign-file';
run(qq{"\$imactl" keygen --profiles keys "\$work/rsa" --type rsa2048; "\$imactl" keygen --profiles keys "\$work/p256" --type p256});
my $cut_any = 'size=$(stat -c %s $f); length=$((0x$(tail -c 32 $f | head -c 4 | od -An -tx1 | tr -d " "))); head -c $((size - length - 40)) $f >plain; tail -c $((length + 40)) $f | head -c $length >p7s; ' .
	'openssl cms -verify -inform DER -in p7s -content plain -binary -noverify -certfile <(openssl x509 -inform DER -in $k/x509_ima.der) -out /dev/null 2>&1';
# $f is a module; a is how imactl is called.
my $module = 'cd "$work"; imactl=$(realpath "$OLDPWD/$imactl"); a() { "$imactl" sign --appended --key $k/ima.key --cert $k/x509_ima.der "$@"; }; k=rsa; f=m.ko; rm -rf m.ko* other; ' .
	"head -c 100000 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null >\$f; cp \$f plain; ";

for my $hash (qw(sha256 sha384 sha512)) {
	works("RSA, $hash: as sign-file does it", "$module a --hash $hash \$f && cp plain other && $sign_file $hash \$k/ima.key \$k/x509_ima.der other && cmp \$f other");
}
my $cut = 'size=$(stat -c %s $f); length=$((0x$(tail -c 32 $f | head -c 4 | od -An -tx1 | tr -d " "))); tail -c +100001 $f | head -c $length >p7s; head -c 100000 $f | cmp - plain; [ $size = $((100000 + length + 40)) ]';
my $verified = 'openssl cms -verify -inform DER -in p7s -content plain -binary -noverify -certfile <(openssl x509 -inform DER -in $k/x509_ima.der) -out /dev/null';
works('ECDSA, as openssl reads it', "$module k=p256; a \$f && $cut && $verified", qr/^CMS Verification successful/);
works('  and of other content, it does not', "$module k=p256; a \$f && $cut && echo >>plain; ! $verified 2>&1 | grep successful");
works('owner and mode stay, attributes do not', "$module chown 5:6 \$f; chmod 4640 \$f; setfattr -n security.ima -v x \$f; a \$f; stat -c '%u:%g %a' \$f; getfattr -d -m - \$f; ls", qr/\A5:6 4640\n(?!.*security)(?!.*\.new)/s);
works('a signature that is there makes no difference to sign', "$module a \$f && \"\$imactl\" sign --quiet --system --no-evm --key rsa/ima.key --cert rsa/x509_ima.der \$f && \"\$imactl\" verify --system --no-evm --cert rsa/x509_ima.der \$f");
works('several', "$module cp \$f m.ko2; a \$f m.ko2 && cmp \$f m.ko2 && ! cmp -s \$f plain");

refuses('one that has a signature already', "$module a \$f; cp \$f other; a \$f; e=\$?; cmp \$f other; exit \$e", qr/^imactl: m\.ko: append signature: it ends in a signature already$/, 1);
for my $pack ('xz', 'gzip', 'zstd -q --rm') {
	refuses("one that is compressed: $pack", "$module $pack \$f; a m.ko.*", qr/append signature: it is compressed/, 1);
}
# Somebody writes to the module again and again: cut short, or with other bytes of the same length.
my $writer = 'perl -e \'open my $f, "+<", $ARGV[0] or die; my $n = 0; while (getppid != 1) { seek $f, 0, 0; $ARGV[1] eq "cut" ? (truncate($f, 4096), truncate($f, 8e6)) : syswrite $f, chr($n++ % 256) x 8e6 }\' ';
my $changing = "$module truncate -s 8M \$f; $writer \$f WORD & w=\$!; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do a \$f 2>>said; s=\$?; echo \$s; [ \$s != 0 ] || { $cut_any; break; }; done; kill \$w; grep -v 'it changed while it was read or signed; run it again' said; rm -f said; true";
works("a module that changes while it is signed: $_", $changing =~ s/WORD/$_/r, qr/\A(?:1\n)*(?:0\nCMS Verification successful\n)?\z/i) for qw(cut written);
refuses('an empty one', "$module : >\$f; a \$f", qr/it has 0 bytes/, 1);
refuses('one that is not there', "$module a none", qr/^imactl: none: open: No such file/, 1);
refuses('a symlink', "$module ln -s \$f m.ko2; a m.ko2", qr/m\.ko2: open: /, 1);
refuses('a directory', "$module mkdir m.ko2; a m.ko2; e=\$?; rmdir m.ko2; exit \$e", qr/m\.ko2: open: not a regular file/, 1);
refuses('a FIFO', "$module mkfifo m.ko2; a m.ko2", qr/m\.ko2: open: not a regular file/, 1);
refuses('one of several, and the others are signed', "$module a none \$f; e=\$?; cmp -s \$f plain && echo not signed; exit \$e", qr/^imactl: none: open: No such file/, 1);
refuses('a full disk', "$module ulimit -f 90; trap '' XFSZ; a \$f; e=\$?; cmp \$f plain; ls m.ko.new 2>/dev/null; exit \$e", qr/^imactl: m\.ko: write: File too large$/, 1);
refuses('a key that is not the certificate\'s', "$module \"\$imactl\" sign --appended --key p256/ima.key --cert rsa/x509_ima.der \$f", qr/is not its key/, 1);
refuses('no certificate', "$module \"\$imactl\" sign --appended --key rsa/ima.key \$f", qr/--cert is needed/, 2);
refuses('no module', "$module a", qr/no module is named/, 2);
refuses("with $_", "$module a $_ \$f", qr/--appended takes|--appended|--probe takes/, 2)
	for ('--detached', '--probe', '--evm-key x', '--all', '--system', '--sidecar x', '--force', '--owner 0:0', '--format v3');
refuses('with --json', "$module a --json \$f >json", qr/--appended takes/, 2);

done_testing();
