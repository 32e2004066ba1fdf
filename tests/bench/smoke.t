#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The benchmark of a boot works: once each, in User-mode Linux. What does not do the work is no result.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $top = dirname(dirname(dirname(abs_path($0))));
my $work = tempdir(CLEANUP => 1);

sub run {
	my (@command) = @_;
	open my $said, '-|', 'bash', '-c', 'exec "$@" 2>&1 </dev/null', 'bash', @command or die "$command[0]: $!";
	my $text = join '', <$said>;
	close $said;
	return ($? >> 8, $text);
}

sub bench { return run("$top/tests/bench/boot", '--boots', 1, '--machines', 'uml', '--out', "$work/boot.json", @_) }

if (!$ENV{TEST_KERNEL_DIR}) {
	chomp(my ($program) = qx(make -s -C '$top' print-test-kernel));
	BAIL_OUT('no test kernel: make print-test-kernel fails') if $?;
	$ENV{TEST_KERNEL_DIR} = dirname($program);
}

my ($status, $said) = bench('--growth', 1, '--certificates', '1,3', '--rules', '1,8');
is($status, 0, 'each contender boots once') or diag($said);
my ($table_status, $table) = run("$top/tests/bench/table", "$work/boot.json");
is($table_status, 0, 'the table') or diag($table);
like($table, qr/^\| \Q$_\E.* ms \|/m, "it has a row: $_") for 'ima-init', 'floor', 'dracut, dash', 'dracut, busybox', '`init=/sbin/init` alone';
like($table, qr/each certificate adds -?[\d.]+ ms .*each rule of the policy -?[\d.]+ ms/s, 'and the growth');
my ($plot_status, $svg) = run("$top/tests/bench/plot", "$work/boot.json");
is($plot_status, 0, 'the plot');
like($svg, qr/\A<svg [^>]*>\n(?:<rect [^>]*>\n|<line [^>]*>\n|<circle [^>]*>\n|<text [^>]*>[^<]*<\/text>\n)*<\/svg>\n\z/, 'is an SVG') or diag($svg);

# Beside those that boot above: the same, but for one thing.
for my $case (['no-evm', 'evm=2, not 3'], ['no-policy', 'rules=\d+, not 7, unsigned=runs, not refused']) {
	my ($name, $wrong) = @$case;
	unlink "$work/boot.json";
	($status, $said) = bench('--growth', 0, '--run', "floor=/bench/$name");
	ok($status != 0 && $said =~ /^bench: uml, floor: invalid: $wrong$/m && !-e "$work/boot.json", "refused: $name") or diag($said);
}
($status, $said) = bench('--growth', 0, '--run', 'floor=/bench/nothing');
ok($status != 0 && $said =~ /^bench: uml, floor: the real init did not run/m, 'refused: a program that is not there') or diag($said);

# The README shows what was measured last.
SKIP: {
	skip 'nothing is published', 1 unless -e "$top/tests/bench/boot.json";
	my ($ok, $published) = run("$top/tests/bench/table");
	my $plotted = (run("$top/tests/bench/plot"))[1];
	my ($readme, $picture) = map { open my $in, '<', "$top/$_" or die "$_: $!"; local $/ = undef; scalar <$in> } 'README.md', 'tests/bench/boot.svg';
	ok(index($readme, "<!-- tests/bench/table -->\n$published<!-- end -->") > 0 && $picture eq $plotted, 'the README has the table, and the plot is of the same run');
}
done_testing();
