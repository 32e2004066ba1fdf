# SPDX-License-Identifier: MIT
# What imactl verify says of a tree beside what the boot of it says, on each supported kernel.
#
#   verdict 'a case', 'commands of lib/change.sh and lib/verdicts.sh', stricter => 'why';
#   verdicts(keys => Zoo::zoo(...));
#
# Each case is one tree: `imactl verify` judges it for every kernel (--kernel VERSION) and for
# all of them (no option), then it is booted by every kernel from one image, read-only.
#
# They agree where verify finds nothing and the boot is handed over, and where the boot's failure
# code is among what verify found. Verify's words for the signature of a file are what the boot
# makes of them: file-refused, for /ima/init the kernel's panic, for the next init handover-refused.
#
# Options:
#   stricter  why verify may refuse what a kernel boots
#   verify    further options for imactl verify
package Verdicts;
use strict;
use warnings;
use Bed;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use JSON::PP qw(decode_json encode_json);
use POSIX ();
use Records qw(record_verdict);
use Test::More;

our @EXPORT = qw(verdict verdicts);

# The versions that --kernel names, and the test kernels of them.
my %KERNELS = ('6.1' => 'base', '6.12' => 'base-6-12');
my @VERSIONS = sort { $a <=> $b } keys %KERNELS;
my $WORKERS = 2;

my $top = abs_path(dirname(__FILE__) . '/../../..');
my @cases;

sub verdict {
	my ($name, $change, %option) = @_;
	push @cases, { name => $name, change => $change, %option };
	return;
}

# What fakeroot runs for one case.
my $MAKE = <<'END';
mkdir "$tree"
cd "$tree"
tar --numeric-owner -xf "$base/base.tar"
setfattr --restore="$base/base.xattrs"
. "$top/tests/boot/lib/change.sh"
. "$top/tests/boot/lib/verdicts.sh"
eval "$CHANGE"
for version in $VERSIONS all; do
	kernel="--kernel $version"
	[ "$version" != all ] || kernel=
	eval "\"\$top/build/imactl\" verify --ima --json $kernel --ca \"\$keys/ca.pem\" $VERIFY \"\$tree\"" >"$said/$version" 2>"$said/$version.error" || [ $? != 2 ]
done
"$top/tests/boot/lib/make-image" ext4 "$tree" "$image"
END

sub make_case {
	my ($case, $directory, $zoo) = @_;
	make_path("$directory/said");
	local @ENV{qw(top base tree image said CHANGE VERIFY VERSIONS zoo)} =
		($top, base_directory(), "$directory/tree", "$directory/root.img", "$directory/said", $case->{change}, $case->{verify} // '', "@VERSIONS", $zoo);
	open my $made, '-|', 'fakeroot', '--', 'bash', '-euo', 'pipefail', '-c', "exec 2>&1 </dev/null\n$MAKE" or die "fakeroot: $!";
	my $said = join '', <$made>;
	return close $made ? undef : "the change failed: $said";
}

# The failure codes; what else verify says is of the signature of a file, or its own.
my %CODES = do {
	open my $in, '<', "$top/include/failure_codes.h" or die "failure_codes.h: $!";
	map { /^FAILURE\(\w+,(?: \d+,)? "([a-z0-9-]+)"/ ? ($1 => 1) : () } <$in>;
};

# The word of the boot for what verify found.
sub expected_code {
	my ($finding, $tree) = @_;
	my ($word, $file) = @$finding{qw(finding file)};
	my $inside = $file =~ s/^\Q$tree\E//r;
	return $word if $CODES{$word} || $word =~ /^(?:private-key|hard-link)$/;
	return $inside eq '/ima/init' ? 'self-unsigned' : 'file-refused';
}

sub read_said {
	my ($directory, $version) = @_;
	open my $in, '<', "$directory/said/$version" or return { code => ["verify $version: $!"], text => '' };
	my $said = do { local $/ = undef; <$in> };
	my $json = eval { decode_json($said) };
	open my $error, '<', "$directory/said/$version.error";
	my $text = do { local $/ = undef; <$error> } // '';
	return { code => ['no JSON'], text => "$said$text" } unless $json;
	return {
		code => [map { expected_code($_, "$directory/tree") } @{$json->{findings}}],
		text => join("\n", map { "$_->{finding} $_->{file}: $_->{reason}" } @{$json->{findings}}) . "\n$text",
	};
}

# The kernel's own refusal of /ima/init has these words.
my %PANIC = map { $_ => 1 } qw(self-unsigned keyring-empty file-mode);

sub agrees {
	my ($codes, $boot) = @_;
	return !@$codes if $boot eq 'handover';
	# Or there is another program, which does what it does.
	return scalar grep { $PANIC{$_} } @$codes if $boot =~ /^(?:kernel-panic|halted)/;
	# Its dynamic linker is refused when it is no longer ours to say so.
	return grep({ /^(?:handover-refused|self-unsigned)$/ } @$codes) > 0 if $boot eq 'panic';
	return scalar grep { $_ eq $boot } @$codes;
}

sub run_case {
	my ($case, $number, $zoo) = @_;
	my $directory = "$top/build/boot/tmp/verdicts-$$-$number";
	make_path($directory);
	my %result = (number => $number, boots => {}, wrong => []);
	my $failed = make_case($case, $directory, $zoo);
	if ($failed) {
		push @{$result{wrong}}, $failed;
	} else {
		my %said = map { $_ => read_said($directory, $_) } @VERSIONS, 'all';
		my (@boots, $refused);
		for my $version (@VERSIONS) {
			my $slug = substr(lc($case->{name}) =~ s/[^a-z0-9]+/-/gr =~ s/^-|-$//gr, 0, 50);
			my $boot = boot_image(sprintf('%03d-%s-%s', $number, $slug, $version), "$directory/root.img", kernel => $KERNELS{$version}, ro => 1);
			$result{boots}{$version} = $boot->{verdict};
			$refused ||= $boot->{verdict} ne 'handover';
			my $codes = $said{$version}{code};
			push @boots, [$version, $codes, $boot];
			next if $case->{stricter} ? @$codes : agrees($codes, $boot->{verdict});
			my @lines = split /\n/, $boot->{text};
			push @{$result{wrong}}, "Linux $version: $boot->{verdict}; imactl verify: " . ("@$codes" || 'nothing') . "\n$said{$version}{text}",
				grep({ /ima-init:|x509|X\.509|integrity:|cause=|Key '|blacklist/ } @lines), "log: $boot->{log}";
		}
		# For all kernels: what one of them refuses, and nothing else.
		my $all = @{$said{all}{code}} > 0;
		push @{$result{wrong}}, 'without --kernel imactl verify finds ' . ($all ? "@{$said{all}{code}}" : 'nothing')
			if !$case->{stricter} && $all != !!$refused;
		$result{stricter} = $case->{stricter} && $all && !$refused;
	}
	remove_tree($directory) unless $ENV{KEEP};
	return \%result;
}

# ONLY: the number of a case, or a pattern for names.
sub is_wanted {
	my ($number) = @_;
	my $only = $ENV{ONLY} or return 1;
	return $only =~ /^\d+$/ ? $only == $number : $cases[$number - 1]{name} =~ /$only/;
}

sub work {
	my ($worker, $zoo, $to) = @_;
	for my $number (grep { $_ % $WORKERS == $worker } 1 .. @cases) {
		next unless is_wanted($number);
		syswrite $to, encode_json(run_case($cases[$number - 1], $number, $zoo)) . "\n";
	}
	return;
}

# Runs all cases, a line of TAP each.
sub verdicts {
	my ($zoo) = @_;
	pipe my $from, my $to or die "pipe: $!";
	for my $worker (0 .. $WORKERS - 1) {
		my $child = fork // die "fork: $!";
		next if $child;
		close $from;
		eval { work($worker, $zoo, $to); 1 } or syswrite $to, encode_json({ number => 0, wrong => ["$@"] }) . "\n";
		POSIX::_exit(0);
	}
	close $to;
	my %results = map { $_->{number} => $_ } map { decode_json($_) } <$from>;
	1 while wait != -1;
	my %counts;
	for my $number (sort { $a <=> $b } keys %results) {
		my ($result, $case) = ($results{$number}, $number ? $cases[$number - 1] : { name => 'worker' });
		my $boots = join ', ', map { "$_ $result->{boots}{$_}" } sort { $a <=> $b } keys %{$result->{boots}};
		ok(!@{$result->{wrong}}, "$case->{name}: $boots") or diag(join "\n", @{$result->{wrong}}, "again: ONLY=$number KEEP=1 prove -v tests/boot/verdicts.t");
		record_verdict(values %{$result->{boots}}, @{$result->{wrong}} ? 'disagree' : (), $result->{stricter} ? 'stricter' : ());
	}
	is(scalar keys %results, scalar grep({ is_wanted($_) } 1 .. @cases), 'every case has run');
	return;
}

1;
