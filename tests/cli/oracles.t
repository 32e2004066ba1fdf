#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Signatures of imactl judged by evmctl and by openssl, theirs judged by imactl, and
# each field of a signature damaged: imactl says what is wrong, and they refuse it.
use strict;
use warnings;
use Command qw($work);
use Digest::SHA;
use Test::More;
use Tree;

under_fakeroot();
umask 022;

my %hash_id = (sha256 => 4, sha384 => 5, sha512 => 6, sha1 => 2, sha224 => 7);
my %hash_name = reverse %hash_id;
my @types = qw(rsa2048 rsa3072 rsa4096 p256 p384);
my @hashes = qw(sha256 sha384 sha512);
my %compared = (openssl => 0, evmctl => 0, disagreements => 0);
# evmctl 1.4 does not look at the size in the header; the kernel and imactl do.
my %peer_accepts = map { my $attribute = $_; map { ("$attribute $_ byte of the size" => 'known') } qw(high low) } qw(ima evm);
make_keys(@types, 'stranger=rsa2048');

sub digest {
	my ($hash, $message) = @_;
	return Digest::SHA->new($hash)->add($message)->digest;
}

# What portable signatures are over (evm_calc_hmac_or_hash() of the kernel): these
# attributes in this order, struct h_misc with neither inode nor generation.
sub portable_message {
	my ($path, $attributes) = @_;
	my @status = stat $path;
	return join '', (map { $attributes->{"security.$_"} // '' } qw(selinux SMACK64 SMACK64EXEC SMACK64TRANSMUTE
		SMACK64MMAP apparmor ima capability)), pack('Q< L< L< L< S< S<', 0, 0, @status[4, 5, 2], 0);
}

# struct signature_v2_hdr
sub pack_signature {
	my ($type, $hash, $key_id, $signature) = @_;
	return pack('C C C a4 n', $type, 2, $hash_id{$hash}, $key_id, length $signature) . $signature;
}

# A digest goes to openssl as it is. The key id is nothing to it.
sub openssl_verifies {
	my ($certificate, $value, $message) = @_;
	my (undef, undef, $id, undef, $size, $signature) = unpack 'C C C a4 n a*', $value;
	my $hash = $hash_name{$id};
	return $size == length $signature && (quietly('openssl', 'pkeyutl', '-verify', '-certin', '-keyform', 'DER', '-inkey', $certificate, '-in',
		spew("$work/digest", digest($hash, $message)), '-sigfile', spew("$work/signature", $signature), '-pkeyopt', "digest:$hash"))[0] == 0;
}

sub openssl_signs {
	my ($key, $hash, $message) = @_;
	my ($status, $signature) = quietly('openssl', 'pkeyutl', '-sign', '-inkey', $key, '-in',
		spew("$work/digest", digest($hash, $message)), '-pkeyopt', "digest:$hash");
	return $status == 0 ? $signature : BAIL_OUT("openssl: $signature");
}

sub evmctl_verifies {
	my ($attribute, $certificate, $path) = @_;
	return (quietly('evmctl', $attribute eq 'ima' ? 'ima_verify' : ('verify', '--portable'), '-k', $certificate, $path))[0] == 0;
}

# The end of the subject key identifier, as openssl prints it.
sub key_id {
	my ($certificate) = @_;
	my (undef, $said) = quietly('openssl', 'x509', '-inform', 'DER', '-in', $certificate, '-noout', '-ext', 'subjectKeyIdentifier');
	my ($id) = $said =~ /((?::[0-9A-F]{2}){4})\s*\z/ or BAIL_OUT("openssl: $said");
	return pack 'H*', $id =~ s/://gr;
}

# Both peers' verdicts of one attribute, against what is right.
sub compare {
	my ($case, $attribute, $keys, $path, $attributes, $right, $peers) = @_;
	my $certificate = "$work/$keys/x509_$attribute.der";
	my $message = $attribute eq 'ima' ? slurp($path) : portable_message($path, $attributes);
	my $good = 1;
	for my $peer (@$peers) {
		my $accepts = $peer eq 'openssl' ? openssl_verifies($certificate, $attributes->{"security.$attribute"}, $message)
			: evmctl_verifies($attribute, $certificate, $path);
		$compared{$peer}++;
		next if !!$accepts eq !!$right;
		if ($peer eq 'evmctl' && $accepts && $peer_accepts{"$attribute $case"}) {
			$peer_accepts{"$attribute $case"} = 'seen';
			next;
		}
		$compared{disagreements}++;
		$good = 0;
		diag("$peer ", $accepts ? 'accepts' : 'refuses', " security.$attribute, $keys, $case");
	}
	return $good;
}

sub two_peers { return [qw(openssl evmctl)] }

# Files whose owner, mode and other attributes differ. The capability is CAP_NET_RAW.
sub make_files {
	my ($tree) = @_;
	mkdir $tree or die "$tree: $!";
	my %content = (plain => "plain\n", empty => '', owned => "owned\n", labelled => 'x' x 300_000);
	my %path = map { $_ => spew("$tree/$_", $content{$_}) } keys %content;
	chown 1000, 5, $path{owned} or die "chown: $!";
	chmod 04751, $path{owned} or die "chmod: $!";
	set_attributes({ $path{labelled} => { 'security.selinux' => "system_u:object_r:bin_t:s0\0", 'security.SMACK64' => '_',
		'security.apparmor' => 'profile', 'security.capability' => pack('V5', 0x02000001, 1 << 13, 0, 0, 0) } }) or die 'setfattr';
	return sort values %path;
}

for my $type (@types) {
	for my $hash (@hashes) {
		my $tree = "$work/tree.$type.$hash";
		my @paths = make_files($tree);
		my ($status, undef, $wrong) = sign($type, '--hash', $hash, $tree);
		my $all = attributes(@paths);
		my $good = $status == 0 && $wrong eq '';
		for my $path (@paths) {
			for my $attribute (qw(ima evm)) {
				my $value = $all->{$path}{"security.$attribute"} // '';
				$good &&= substr($value, 0, 7) eq pack('C3 a4', $attribute eq 'ima' ? 3 : 5, 2, $hash_id{$hash}, key_id("$work/$type/x509_$attribute.der"))
					&& compare("of imactl, $hash", $attribute, $type, $path, $all->{$path}, 1, two_peers());
			}
		}
		ok($good, "$type, $hash: openssl and evmctl verify what imactl signed") or diag($wrong);

		# The other way: one file signed by each.
		my ($by_evmctl, @by_openssl) = @paths;
		set_attributes({ map { $_ => { 'security.ima' => undef, 'security.evm' => undef } } @paths });
		my %signed;
		for my $path (@by_openssl) {
			my %now = (%{$all->{$path}}, 'security.ima' => pack_signature(3, $hash, key_id("$work/$type/x509_ima.der"), openssl_signs("$work/$type/ima.key", $hash, slurp($path))));
			$now{'security.evm'} = pack_signature(5, $hash, key_id("$work/$type/x509_evm.der"),
				openssl_signs("$work/$type/evm.key", $hash, portable_message($path, \%now)));
			$signed{$path} = \%now;
		}
		set_attributes(\%signed);
		($status, my $said) = quietly('evmctl', 'sign', '--imasig', '--portable', '-a', $hash, '-k', "$work/$type/evm.key", $by_evmctl);
		BAIL_OUT("evmctl: $said") if $status != 0;
		my $verdicts = verify($type, '--cert', "$work/$type/x509_evm.der", $tree);
		$compared{openssl} += 2 * @by_openssl;
		$compared{evmctl} += 2;
		my @bad = grep { ($verdicts->{$_} // '') ne 'valid' } @paths;
		$compared{disagreements} += @bad;
		ok(!@bad && $verdicts->{''} == 0, "$type, $hash: imactl verifies what openssl and evmctl signed")
			or diag(map { "$_: " . ($verdicts->{$_} // 'nothing') . "\n" } @bad);
	}
}

# Another byte, another length, another thing altogether. What imactl must say of it
# in security.ima; in security.evm, if it is not the same with evm- before it.
sub flip { my ($at, $bits) = @_; return sub { my ($value) = @_; substr($value, $at, 1) ^= chr($bits // 0x80); return $value } }
sub set { my ($at, $byte) = @_; return sub { my ($value) = @_; substr($value, $at, 1) = chr $byte; return $value } }
sub cut { my ($size) = @_; return sub { return substr($_[0], 0, $size) } }
sub fitted { my ($value) = @_; return substr($value, 0, 7) . pack('n', length($value) - 9) . substr($value, 9) }
sub always { my ($value) = @_; return sub { return $value } }

my @damage = (
	['as it is' => sub { return $_[0] }, 'valid', 'valid'],
	['taken away' => always(undef), 'unsigned', 'evm-missing'],
	['no bytes' => cut(0), 'unsigned', 'evm-missing'],
	['type 0x83 or 0x85' => flip(0), 'malformed'],
	['type 6, of fs-verity' => set(0, 6), 'other-kind', 'evm-malformed'],
	['type 1' => set(0, 1), 'digest', 'evm-malformed'],
	['type 2' => set(0, 2), 'malformed', 'evm-hmac'],
	['type 4' => set(0, 4), 'digest', 'evm-malformed'],
	['version 0x82' => flip(1), 'malformed'],
	['version 1' => set(1, 1), 'malformed'],
	['version 3' => set(1, 3), 'malformed'],
	['SHA-224 for it' => set(2, 7), 'bad'],
	['SHA-1 for it' => set(2, 2), 'bad'],
	['digest 0xff' => set(2, 0xff), 'malformed'],
	['digest 0x84' => flip(2), 'malformed'],
	(map { ["byte $_ of the key id" => flip(2 + $_), 'unknown-key'] } 1 .. 4),
	['high byte of the size' => flip(7), 'malformed'],
	['low byte of the size' => flip(8, 1), 'malformed'],
	['first byte of the signature' => flip(9), 'bad'],
	['byte in the middle' => flip(40), 'bad'],
	['last byte' => flip(-1, 1), 'bad'],
	(map { ["cut to $_ bytes" => cut($_), 'malformed'] } 1, 2, 3, 6, 7, 8, 9, 10, 40, -1),
	['cut by one, the size made to fit' => sub { return fitted(substr $_[0], 0, -1) }, 'bad'],
	['cut to the header, the size made to fit' => sub { return fitted(substr $_[0], 0, 9) }, 'malformed'],
	['cut to one byte, the size made to fit' => sub { return fitted(substr $_[0], 0, 10) }, 'bad'],
	['a byte more' => sub { return "$_[0]\0" }, 'malformed'],
	['a byte more, the size made to fit' => sub { return fitted("$_[0]\0") }, 'bad'],
	['twice' => sub { return $_[0] x 2 }, 'malformed'],
	# fakeroot has no room for more; imactl has room for 1024.
	(map { my $size = $_; ["$size bytes" => sub { return substr($_[0] . "\0" x $size, 0, $size) }, 'malformed'] } 900, is_root() ? (1024, 1025, 2000) : ()),
	['zeros for a signature' => sub { return substr($_[0], 0, 9) . "\0" x (length($_[0]) - 9) }, 'bad'],
	['a SHA-256 digest' => always("\4\4" . digest('sha256', "content\n")), 'digest', 'evm-malformed'],
	['a SHA-1 digest' => always("\1" . digest('sha1', "content\n")), 'digest', 'evm-malformed'],
	['an HMAC' => always("\2" . 'h' x 20), 'malformed', 'evm-hmac'],
	['text' => always('no signature at all'), 'malformed'],
);

for (['rsa2048', 'sha256'], ['p384', 'sha384']) {
	my ($type, $hash) = @$_;
	my $tree = "$work/damaged.$type";
	mkdir $tree or die "$tree: $!";
	my %path = map { my $attribute = $_; map { ("$attribute $_->[0]" => spew("$tree/$attribute $_->[0]", "content\n")) } @damage } qw(ima evm);
	$path{$_} = spew("$tree/$_", "content\n") for 'ima in evm', 'evm in ima', 'of another file', 'stranger';
	spew("$tree/of another file", "another content\n");
	sign($type, '--hash', $hash, $tree);
	sign('stranger', $path{stranger});
	my $all = attributes(sort values %path);
	my %value = map { $_ => { %{$all->{$path{"$_ as it is"}}} } } qw(ima evm);
	my (%expected, %changed, %of);
	for my $attribute (qw(ima evm)) {
		for (@damage) {
			my ($name, $change, $in_ima, $in_evm) = @$_;
			my $path = $path{"$attribute $name"};
			$all->{$path}{"security.$attribute"} = $change->($all->{$path}{"security.$attribute"});
			$expected{$path} = $attribute eq 'ima' ? $in_ima : $in_evm // "evm-$in_ima";
			$of{$path} = [$attribute, $name];
		}
	}
	my %more = (
		'ima in evm' => ['evm', $all->{$path{'ima in evm'}}{'security.ima'}, 'evm-malformed'],
		'evm in ima' => ['ima', $all->{$path{'evm in ima'}}{'security.evm'}, 'malformed'],
		'of another file' => ['ima', $value{ima}{'security.ima'}, 'bad'],
		'stranger' => ['evm', $all->{$path{stranger}}{'security.evm'}, 'unknown-key'],
	);
	for my $name (keys %more) {
		my ($attribute, $value, $verdict) = @{$more{$name}};
		$all->{$path{$name}}{"security.$attribute"} = $value;
		($expected{$path{$name}}, $of{$path{$name}}) = ($verdict, [$attribute, $name]);
	}
	set_attributes($all) or BAIL_OUT('setfattr');
	my $verdicts = verify($type, $tree);
	is($verdicts->{''}, 1, "damaged, $type: the exit status");
	for my $path (sort keys %expected) {
		my ($attribute, $name) = @{$of{$path}};
		my $said = $verdicts->{$path} // 'nothing';
		is($said, $expected{$path}, "security.$attribute, $type: $name");
		my @peers = ($said =~ /valid|bad/ ? 'openssl' : (), 'evmctl');
		ok(compare($name, $attribute, $type, $path, $all->{$path}, $said eq 'valid', \@peers), "  and @peers");
	}
}

note("evmctl accepts security.$_ damaged") for grep { $peer_accepts{$_} eq 'seen' } sort keys %peer_accepts;
note("compared: openssl $compared{openssl}, evmctl $compared{evmctl}, disagreements $compared{disagreements}");
done_testing();
