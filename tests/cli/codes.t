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

my @codes = slurp('include/failure_codes.h') =~ /^FAILURE\(\w+, "([a-z0-9-]+)"/mg;
cmp_ok(scalar @codes, '>=', 30, 'the header has failure codes');

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
