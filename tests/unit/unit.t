#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Runs build/unit/*, each of which reports its own cases.
use strict;
use warnings;
use Test::More;

my @sources = glob 'tests/unit/test_*.c tests/unit/imactl/test_*.c';
ok(@sources > 0, 'there are unit tests');
for my $source (@sources) {
	# imactl's keep their test_: build/unit/imactl/test_NAME
	my ($name) = $source =~ m{^tests/unit/(?:test_)?(.+)\.c$};
	subtest $name => sub {
		open my $pipe, '-|', "build/unit/$name 2>&1" or die "build/unit/$name: $!";
		my ($plan, $count, @rest) = (-1, 0);
		while (my $line = <$pipe>) {
			if ($line =~ /^(not )?ok \d+ - (.*)/) {
				ok(!$1, $2);
				$count++;
			} elsif ($line =~ /^1\.\.(\d+)/) {
				$plan = $1;
			} else {
				push @rest, $line;
			}
		}
		close $pipe;
		is($?, 0, 'exit status') or diag(@rest);
		is($count, $plan, 'ran to its end');
	};
}
done_testing();
