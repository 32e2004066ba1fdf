#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Each failure code has a boot test that ends in it, and no boot test waits for
# a word that is no code.
use strict;
use warnings;
use Test::More;

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or BAIL_OUT("$path: $!");
	local $/ = undef;
	return scalar <$in>;
}

my @rows = slurp('include/failure_codes.h') =~ /^FAILURE\(\w+, (\d+), "([a-z0-9-]+)"/mg;
my @codes = @rows[grep { $_ % 2 } 0 .. $#rows];
cmp_ok(scalar @codes, '>=', 30, 'the header has failure codes');

# A number never changes: it is what is left of a boot on a screen that has scrolled. A new code
# is added here, too.
my %number = qw(
	not-pid-1 10
	kernel-lacks 11
	command-line 12
	not-enforcing 13
	not-initramfs 14
	not-initrd 15
	keyring-empty 16
	self-unsigned 17
	canary-unfit 18
	evm-x509-missing 19
	manifest-missing 20
	manifest-invalid 21
	file-missing 22
	file-refused 23
	file-unreadable 24
	file-type 25
	file-owner 26
	file-mode 27
	file-mount 28
	file-empty 29
	file-too-large 30
	file-differs 31
	file-unlisted 32
	conf-invalid 33
	requirement 34
	key-unplaced 35
	key-too-many 36
	key-refused 37
	device-keys-missing 38
	device-keys-invalid 39
	kmk-invalid 40
	kmk-refused 41
	pcrs-differ 42
	evm-key-invalid 43
	evm-key-refused 44
	evm-xattrs 45
	evm-not-set 46
	policy-invalid 47
	policy-refused 48
	policy-unproved 49
	probe-refused 50
	policy-weak 51
	keyring-unpinned 52
	keyring-open 53
	sidecar-invalid 54
	restore-refused 55
	policy-exempts 56
	root-missing 57
	root-refused 58
	canary-exec-unfit 59
	policy-escaped 60
	next-init-unfit 61
	rescue-unfit 62
	keys-left 63
	handover-refused 64
	devices-open 65
);
is_deeply({reverse @rows}, \%number, 'each has the number that it has always had');
my %times;
is_deeply([grep { $times{$_}++ || $_ < 10 || $_ > 125 } values %number], [], 'which is its own, from 10 to 125');

my $tests = join '', map { slurp($_) } glob('tests/boot/*.t'), glob('tests/qemu/*.t'), 'tests/boot/lib/Defects.pm';
$tests =~ s/^\s*#.*\n//mg;
my %expected = map { $_ => 1 } map { split ' ' } $tests =~ /=>\s*'([^'\n]*)'/g, $tests =~ /', '([a-z0-9-]+)'\]/g;
is_deeply([grep { !$expected{$_} } @codes], [], 'each has a boot test');

# Verdicts of the test bed, lib/Bed.pm.
my %known = map { $_ => 1 } @codes, qw(handover and FAIL twice: panic halted kernel-panic -2 -5 -8 -13);
my @refused = map { split ' ' } $tests =~ /^\s*refused (?:'[^'\n]*'|"[^"\n]*"|\$\w+) => ['"]([^'"\n]+)['"]/mg;
cmp_ok(scalar @refused, '>=', 100, 'there are boot tests that expect a code');
is_deeply([grep { !$known{$_} && !/^\$/ } @refused], [], 'each of them expects one that exists');

done_testing();
