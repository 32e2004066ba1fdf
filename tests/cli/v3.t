#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Signatures of version 3 as openssl sees them, over digests that are computed
# here by the kernel's sources: struct ima_file_id (calc_file_id_hash() in
# ima_appraise.c) and fs-verity (Documentation/filesystems/fsverity.rst). What
# kernels make of them: tests/boot/verity.t.
use strict;
use warnings;
use Command;
use Digest::SHA;
use Test::More;

for my $type (qw(rsa2048 p256)) {
	works("keys: $type", "\"\$imactl\" keygen --profiles keys \"\$work/$type\" --type $type && openssl x509 -in \"\$work/$type/x509_ima.der\" -noout -pubkey >\"\$work/$type/ima.pub\" &&
		openssl x509 -in \"\$work/$type/x509_evm.der\" -noout -pubkey >\"\$work/$type/evm.pub\"");
}

my %hash_id = (sha256 => 4, sha384 => 5, sha512 => 6);
sub digest { my ($hash, $data) = @_; return Digest::SHA->new($hash)->add($data)->digest }

# The fs-verity digest: a tree of hashes of blocks of 4096 bytes, its root in a descriptor.
sub verity {
	my ($hash, $data) = @_;
	my ($size, $level) = (length $data, $data);
	my $root = "\0" x length digest($hash, '');
	while (length $level) {
		my @hashes = map { digest($hash, $_ . "\0" x (4096 - length)) } unpack '(a4096)*', $level;
		$root = $hashes[0];
		last if @hashes == 1;
		$level = join '', @hashes;
	}
	my $descriptor = pack 'CCCCVQ<a64a32a144', 1, $hash eq 'sha256' ? 1 : 2, 12, 0, 0, $size, $root, '', '';
	return digest($hash, $descriptor);
}

sub slurp { my ($path) = @_; open my $in, '<:raw', $path or die "$path: $!"; local $/ = undef; return scalar <$in> }
sub spew { my ($path, $data) = @_; open my $out, '>:raw', $path or die "$path: $!"; print {$out} $data; close $out or die $!; return }

# Whether openssl takes the value as a signature of version 3 by the key.
sub openssl_takes {
	my ($value, $type, $key, $hash, $digest) = @_;
	my ($got, $version, $id, undef, $size) = unpack 'CCCa4n', $value;
	return "header $got $version $id" if $got != $type || $version != 3 || $id != $hash_id{$hash} || $size != length($value) - 9;
	spew("$work/d", digest($hash, pack('CC', $type, $id) . $digest));
	spew("$work/s", substr $value, 9);
	my $said = qx(openssl pkeyutl -verify -pubin -inkey '$key' -in '$work/d' -sigfile '$work/s' -pkeyopt digest:$hash 2>&1);
	return $? == 0 ? '' : "openssl: $said";
}

my %sizes = (empty => 0, one => 1, block => 4096, more => 4097, two_levels => 128 * 4096 + 1, large => 3_000_000);
spew("$work/$_", join '', map { chr($_ % 251) } 1 .. $sizes{$_}) for keys %sizes;
chmod 0644, "$work/$_" for keys %sizes;
my $script = <<'END';
with=(--system --key "$work/$type/ima.key" --cert "$work/$type/x509_ima.der" --evm-key "$work/$type/evm.key" --evm-cert "$work/$type/x509_evm.der")
certs=(--system --cert "$work/$type/x509_ima.der" --evm-cert "$work/$type/x509_evm.der")
sign() { "$imactl" sign --quiet "${with[@]}" "$@" "$work/$file"; }
verify() { "$imactl" verify "${certs[@]}" "$@" "$work/$file"; }
value() { getfattr --absolute-names --only-values -n "security.$1" "$work/$file" >"$work/$1"; }
flip() { # ATTRIBUTE OFFSET HEX
	local v
	v=$(getfattr --absolute-names -e hex -n "security.$1" "$work/$file" | sed -n 's/.*=0x//p')
	setfattr -n "security.$1" -v "0x${v:0:$2*2}$3${v:$2*2+2}" "$work/$file"
}
END
my ($compared, $files) = (0, 0);
for my $case (map { my $type = $_; map { [$type, @$_] } [sha256 => ''], [sha384 => ''], [sha512 => ''], [sha256 => '--verity'], [sha512 => '--verity'] } qw(rsa2048 p256)) {
	my ($type, $hash, $verity) = @$case;
	for my $file ($verity ? sort keys %sizes : 'one') {
		my $what = "$type $hash $verity $file";
		works("$what: signs and verifies", "type=$type file=$file; $script sign --format v3 --hash $hash $verity && verify --format v3 $verity && value ima && value evm && stat -c '%u %g %f' \"\$work/\$file\" >\"\$work/stat\"", qr/^1 valid/);
		my ($ima, $evm, $data) = map { slurp("$work/$_") } 'ima', 'evm', $file;
		my ($uid, $gid, $mode) = split ' ', slurp("$work/stat");
		my $message = $ima . pack 'x8L<L<L<S<x2', 0, $uid, $gid, hex $mode;
		is(openssl_takes($ima, $verity ? 6 : 3, "$work/$type/ima.pub", $hash, $verity ? verity($hash, $data) : digest($hash, $data)), '', '  openssl: security.ima');
		is(openssl_takes($evm, 5, "$work/$type/evm.pub", $hash, digest($hash, $message)), '', '  openssl: security.evm');
		isnt(openssl_takes($ima, $verity ? 6 : 3, "$work/$type/ima.pub", $hash, digest($hash, "$data.")), '', '  and not for other content');
		$compared += 2;
	}
}
# Known answers, from the kernel's ioctl FS_IOC_MEASURE_VERITY (6.1).
is(unpack('H*', verity('sha256', "\0" x 1048576)), 'feb19a23e72cb1b8f935d668a09ecaad0bf7c5b9cdfa6dbba7c88a9998ed2b87', 'the fs-verity digest of this test, 1 MiB of zeros');
is(unpack('H*', verity('sha256', '')), '3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95', '  of an empty file');

works('nothing is signed twice', "type=p256 file=more; $script sign --format v3 && \"\$imactl\" sign \"\${with[\@]}\" --format v3 \"\$work/\$file\" && \"\$imactl\" sign \"\${with[\@]}\" \"\$work/\$file\"", qr/^0 signed, 1 unchanged.*^1 signed/ms);
works('with --verity', "type=p256 file=more; $script sign --verity && \"\$imactl\" sign \"\${with[\@]}\" --verity \"\$work/\$file\" && \"\$imactl\" sign \"\${with[\@]}\" \"\$work/\$file\"", qr/^0 signed, 1 unchanged.*^1 signed/ms);
works('version 2 is read beside it', "type=p256 file=more; $script sign && verify --format v3", qr/^1 valid/);
works('a digest', "type=p256 file=more; $script \"\$imactl\" sign --detached --format v3 --key \"\$work/p256/ima.key\" --cert \"\$work/p256/x509_ima.der\" \$(sha256sum <\"\$work/more\" | cut -c 1-64)", qr/^0x030304/);

# What no kernel takes, or only a newer one.
my %found = (
	'version 3 before Linux 7.1' => ['sign --format v3; verify', 'malformed'],
	'the same in security.evm alone' => ['sign --format v3; "$imactl" sign --detached --key "$work/p256/ima.key" --cert "$work/p256/x509_ima.der" $(sha256sum <"$work/more" | cut -c 1-64) >"$work/v"
		setfattr -n security.ima -v "$(cut -d" " -f1 "$work/v")" "$work/more"; verify', 'evm-malformed'],
	'version 2 called version 3' => ['sign; flip ima 1 03; verify --format v3', 'bad'],
	'version 3 called version 2' => ['sign --format v3; flip ima 1 02; verify --format v3', 'bad'],
	'the same in security.evm' => ['sign; flip evm 1 03; verify --format v3', 'evm-bad'],
	'version 4' => ['sign --format v3; flip ima 1 04; verify --format v3', 'malformed'],
	'version 2 over the fs-verity digest' => ['sign --verity; flip ima 1 02; verify --verity', 'malformed'],
	'an ordinary one where fs-verity is wanted' => ['sign --format v3; verify --verity', 'other-kind'],
	'fs-verity where an ordinary one is wanted' => ['sign --verity; verify', 'other-kind'],
	'the type changed to fs-verity' => ['sign --format v3; flip ima 0 06; verify --verity', 'bad'],
	'the type changed from fs-verity' => ['sign --verity; flip ima 0 03; verify --format v3', 'bad'],
	'the algorithm changed to one of the same size' => ['sign --verity; flip ima 2 05; verify --verity', 'bad'],
	'other content, of the same fs-verity block' => ['sign --verity; printf x >>"$work/more"; verify --verity', 'bad'],
	'another mode' => ['sign --verity; chmod 600 "$work/more"; verify --verity; chmod 644 "$work/more"', 'evm-bad'],
	'a digest where fs-verity is wanted' => ['setfattr -n security.ima -v 0x0404 "$work/more"; verify --verity', 'digest'],
);
works("verify finds: $_", "type=p256 file=more; cp \"\$work/more\" \"\$work/kept\"; $script $found{$_}[0]; cp \"\$work/kept\" \"\$work/more\"", qr/^$found{$_}[1] /m) for sort keys %found;
refuses($_->[0], "type=p256 file=more; $script $_->[1]", $_->[2], 2) for
	['sha384 for fs-verity', 'sign --verity --hash sha384', qr/fs-verity has sha256 and sha512, not sha384/],
	['fs-verity for /ima', '"$imactl" sign --ima --verity --key "$work/p256/ima.key" --no-evm "$work"', qr/--verity is for files of --system/],
	['fs-verity for a digest', 'sign --detached --verity', qr/--verity is for files/],
	['--format v1', 'sign --format v1', qr/--format v1: v2 or v3/],
	['verify --format 3', 'verify --format 3', qr/--format 3: v2 or v3/],
	['verify --verity of /ima', '"$imactl" verify --verity "$work"', qr/--verity and --evm-hmac are for files of --system/];

note("compared with openssl: $compared values");
done_testing();
