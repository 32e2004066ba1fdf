# SPDX-License-Identifier: MIT
# Trees that imactl signs and verifies, seen from Perl: keys, attributes, verdicts.
# As an ordinary user a test runs itself again under fakeroot.
package Tree;
use strict;
use warnings;
use Command qw($work);
use Exporter qw(import);
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;

our @EXPORT = qw(under_fakeroot in_mount_namespace is_root quietly spew slurp make_keys start finished finish imactl sign_arguments sign verify
	lines_right attributes set_attributes);

# fakeroot says that everybody is root.
sub is_root { return $> == 0 && !$ENV{FAKEROOTKEY} }

sub under_fakeroot {
	return if $> == 0;
	rmdir $work;
	exec 'fakeroot', '--', $^X, $0 or die "fakeroot: $!";
}

# Root's tests mount what only they see. False for a user, and where root may not.
sub in_mount_namespace {
	return 0 if !is_root();
	return 1 if $ENV{MOUNT_NAMESPACE};
	my ($status, $said) = quietly('unshare', '--mount', 'true');
	if ($status != 0) {
		fail("unshare --mount: $said") if $ENV{MUST_RUN};
		return 0;
	}
	rmdir $work;
	$ENV{MOUNT_NAMESPACE} = 1;
	exec 'unshare', '--mount', $^X, $0 or die "unshare: $!";
}

# A program's status and what it says on both channels.
sub quietly {
	my @command = @_;
	my $pid = open(my $pipe, '-|') // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		exec { $command[0] } @command or exit 127;
	}
	my $said = do { local $/; <$pipe> } // '';
	close $pipe;
	return ($?, $said);
}

sub spew {
	my ($path, $content) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $content;
	close $file or die "$path: $!";
	return $path;
}

sub slurp {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	local $/;
	return scalar <$file>;
}

# Directories of keys, made side by side: $work/TYPE or $work/NAME=TYPE.
sub make_keys {
	my @children;
	for (@_) {
		my ($name, $type) = /\A(.*)=(.*)\z/ ? ($1, $2) : ($_, $_);
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			open STDOUT, '>', '/dev/null';
			exec $ENV{imactl}, 'keygen', '--profiles', 'keys', '--type', $type, "$work/$name" or exit 127;
		}
		push @children, $pid;
	}
	for (@children) {
		waitpid $_, 0;
		BAIL_OUT('no keys') if $? != 0;
	}
	return;
}

# A process of imactl, as another user if that is said.
our $uid;

sub start {
	my @arguments = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	open STDOUT, '>', "$work/stdout.$$" or die;
	open STDERR, '>', "$work/stderr.$$" or die;
	POSIX::setuid($uid) if $uid;
	exec $ENV{imactl}, @arguments or POSIX::_exit(127);
}

# Ended, but for finish().
sub finished {
	my ($pid) = @_;
	return slurp("/proc/$pid/stat") =~ /\A\d+ \(.*\) Z/s;
}

# Status, standard output, standard error.
sub finish {
	my ($pid) = @_;
	waitpid $pid, 0;
	my $status = $? & 127 ? "signal $?" : $? >> 8;
	my @said = map { slurp("$work/$_.$pid") } qw(stdout stderr);
	unlink "$work/stdout.$pid", "$work/stderr.$pid";
	return ($status, @said);
}

sub imactl { return finish(start(@_)) }

sub sign_arguments {
	my ($keys, @more) = @_;
	return ('sign', '--system', '--all', '--json', '--key', "$work/$keys/ima.key", '--cert', "$work/$keys/x509_ima.der",
		'--evm-key', "$work/$keys/evm.key", '--evm-cert', "$work/$keys/x509_evm.der", @more);
}

# Status, the counts, standard error.
sub sign {
	my ($status, $said, $wrong) = imactl(sign_arguments(@_));
	return ($status, eval { decode_json($said) } // {}, $wrong);
}

# The verdict of each file, by its name, and the exit status as ''.
sub verify {
	my ($keys, @more) = @_;
	my @keys = ref $keys ? @$keys : $keys;
	my ($status, $said, $wrong) = imactl('verify', '--system', '--all', '--json', '--verbose',
		(map { ('--cert', "$work/$_/x509_ima.der", '--evm-cert', "$work/$_/x509_evm.der") } @keys), @more);
	my $report = eval { decode_json($said) } or diag("verify: status $status: $said$wrong");
	return { '' => $status, map { $_->{file} => $_->{finding} } @{$report->{findings}} };
}

# Of what was said, each line names one object that is expected: path => reason.
sub lines_right {
	my ($said, $expected, $name) = @_;
	my %left = %$expected;
	my @strange;
	for my $line (split /\n/, $said) {
		my ($path) = grep { index($line, "imactl: $_: ") == 0 && $line =~ $left{$_} } keys %left;
		defined $path ? delete $left{$path} : push @strange, $line;
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok(!@strange && !%left, $name) || diag(map { "$_\n" } "said: $said", map({ "not said: $_: $left{$_}" } keys %left));
}

# path => { name => value }
sub attributes {
	my (@paths) = @_;
	my (%all, $path);
	open my $pipe, '-|', 'getfattr', '--absolute-names', '-d', '-m', '^security', '-e', 'hex', '--', @paths or die "getfattr: $!";
	while (<$pipe>) {
		$path = $1 if /\A# file: (.*)\n/;
		$all{$path}{$1} = pack 'H*', $2 if /\A(security\.\w+)=0x(.*)\n/;
	}
	close $pipe;
	return \%all;
}

# path => { name => value }; undef takes an attribute away.
sub set_attributes {
	my ($all) = @_;
	for my $path (keys %$all) {
		for my $name (grep { !defined $all->{$path}{$_} } keys %{$all->{$path}}) {
			system('setfattr', '-x', $name, '--', $path) == 0 or die 'setfattr -x';
		}
	}
	open my $pipe, '|-', 'setfattr', '--restore=-' or die "setfattr: $!";
	for my $path (sort keys %$all) {
		my $values = $all->{$path};
		print $pipe "# file: $path\n", (map { "$_=0x" . unpack('H*', $values->{$_}) . "\n" } grep { defined $values->{$_} } sort keys %$values), "\n";
	}
	return close $pipe;
}

1;
