# SPDX-License-Identifier: MIT
# Commands that must work, or be refused with one line; for the tests of scripts
# and of imactl. $work is a directory that goes when the test ends.
package Command;
use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use Test::More;

our @EXPORT = qw(run works refuses $work);

our $work = tempdir(CLEANUP => 1);
$ENV{work} = $work;
$ENV{imactl} = $ENV{IMACTL} // 'build/imactl';
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
	my ($name, $command, $like, $expected) = @_;
	my ($status, $said) = run($command);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @lines = split /\n/, $said;
	ok(($expected ? $status == $expected : $status != 0) && $said =~ $like && @lines == 1, "refused: $name") or diag("status $status: $said");
	return;
}

1;
