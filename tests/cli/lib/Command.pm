# SPDX-License-Identifier: MIT
# Commands that must work, or be refused with one line; for the tests of scripts
# and of imactl. $work is a directory that goes when the test ends.
package Command;
use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use POSIX qw(setgid setuid);
use Test::More;

our @EXPORT = qw(run works refuses become_user $work);

our $work = tempdir(CLEANUP => 1);
$ENV{work} = $work;
$ENV{imactl} = $ENV{IMACTL} // 'build/imactl';
$ENV{PATH} .= ':/usr/sbin:/sbin';

# Root becomes an ordinary user for the rest of the test, in $work; it may not be
# able to read the checkout, so what it needs is copied: imactl, policy, profiles.
sub become_user {
	for my $what ('keys', 'policy', $ENV{imactl}) {
		system('cp', '-R', $what, "$work/") == 0 or die "cp $what\n";
	}
	$ENV{imactl} = "$work/" . $ENV{imactl} =~ s{.*/}{}r;
	rename "$work/keys", "$work/profiles" or die $!;
	system("mkdir '$work/build' && cp build/ima-init '$work/build'") == 0 or die "cp ima-init\n";
	if ($> == 0) {
		system("chown -R 1234:1234 '$work' && chmod -R go+rX '$work'") == 0 or die 'chown';
		setgid(1234) or die $!;
		setuid(1234) or die $!;
	}
	# Nor may he search the checkout for modules: perl takes that for an error.
	delete $ENV{PERL5LIB};
	chdir $work or die $!;
	return;
}

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
