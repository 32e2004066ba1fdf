#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# tests/kernel/build --prune: what it removes from a cache that is made here, and what stays.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $build = 'tests/kernel/build';
# Which of a cache's directories is this clone's depends on what it builds from alone.
my ($name) = `$build --where` =~ m{/(kernel-[0-9a-f]{16})/set-\w+\n\z} or BAIL_OUT('tests/kernel/build --where');

# Directories as they are left by builds, this clone's among them as $mine; then what is changed.
sub prune {
	my ($change, @arguments) = @_;
	my $work = tempdir(CLEANUP => 1);
	local @ENV{qw(work IMA_INIT_CACHE)} = ($work, "$work/cache");
	local @ENV{qw(mine name)} = ("$work/cache/$name", $name);
	system('bash', '-euc', <<'END' . $change) == 0 or die 'bash';
old() { mkdir -p "$IMA_INIT_CACHE/$1/work"; : >"$IMA_INIT_CACHE/$1/lock"; head -c 8192 /dev/zero >"$IMA_INIT_CACHE/$1/work/x"; }
cd "$work"
mkdir -p "$mine/set-1"
: >"$mine/lock"
: >"$mine/linux-base"
ln -s ../linux-base "$mine/set-1/linux-base"
old kernel-0000000000000001
mkdir "$IMA_INIT_CACHE/debian-0000000000000001"
END
	open my $pipe, '-|', 'bash', '-c', 'exec 2>&1 </dev/null; "$@"', 'prune', $build, @arguments or die;
	my $said = join '', <$pipe>;
	close $pipe;
	my $status = $? >> 8;
	my $left = join ' ', map { s{.*/}{}r =~ s/^\Q$ENV{name}\E$/mine/r } sort glob "$work/cache/*";
	my $whole = -e "$ENV{mine}/linux-base" && -l "$ENV{mine}/set-1/linux-base";
	return ($status, $said, $whole ? $left : "damaged: $left");
}

sub leaves {
	my ($name, $expected, $like, $change, $code, @arguments) = @_;
	my ($status, $said, $left) = prune($change, @arguments ? @arguments : '--prune');
	my %left = map { $_ => 1 } split / /, $left;
	is_deeply([sort keys %left], [sort split / /, $expected], $name);
	ok($status == ($code // 0) && $said =~ $like, '  and says so') or diag("status $status: $said");
	return;
}

my ($old, $other) = ('kernel-0000000000000001', 'kernel-0000000000000002');
my $always = 'mine debian-0000000000000001';
leaves('what other inputs made goes', $always, qr{\Aremoved \S+/$old, \d{4,} bytes\n\z}, '');
leaves('  each by its name', $always, qr{\Aremoved \S+/$old, \d+ bytes\nremoved \S+/$other, \d+ bytes\n\z}, "old $other");
leaves('a cache without such', $always, qr/\A\z/, "rm -r \"\$IMA_INIT_CACHE/$old\"");
leaves('what a link leads into stays', "$always $old", qr/\A\z/, "ln -s \"\$IMA_INIT_CACHE/$old/work\" \"\$mine/work\"");
leaves('  a relative one', "$always $old", qr/\A\z/, "ln -s ../$old/work \"\$mine/work\"");
leaves('  one of a set', "$always $old", qr/\A\z/, "ln -s ../../$old/work/x \"\$mine/set-1/linux-x\"");
leaves('  one that leads nowhere yet', "$always $old", qr/\A\z/, "ln -s ../$old/none \"\$mine/work\"");
leaves('  and what that one has links into', "$always $old $other", qr/\A\z/, "old $other; ln -s ../$old/work \"\$mine/work\"; ln -s ../$other/work/x \"\$IMA_INIT_CACHE/$old/y\"");
leaves('  by another name of the cache', "$always $old", qr/\A\z/, "ln -s cache other; ln -s \"\$work/other/$old/work\" \"\$mine/work\"");
leaves('what only an old one has a link into goes with it', $always, qr/(?:removed.*){2}/s, "old $other; ln -s ../$other/work \"\$IMA_INIT_CACHE/$old/y\"");
leaves('what a build is going on in stays', "$always $old", qr/\Akernel: \S+$old stays: a build is going on there\n\z/,
	"exec 8>\"\$IMA_INIT_CACHE/$old/lock\"; flock 8; (exec tail -f /dev/null --pid \$PPID) >/dev/null 2>&1 &\n");
leaves('a directory of such a name without a lock stays', "$always $old", qr/\A\z/, "rm \"\$IMA_INIT_CACHE/$old/lock\"");
leaves('another name stays', "$always kernel-mine kernel-00000000000000010 $old.bak", qr/\Aremoved.*\n\z/, "for n in kernel-mine kernel-00000000000000010 $old.bak; do old \$n; done");
leaves('a symlink of such a name stays, and what it leads to', "$always $old kernel-mine", qr/\A\z/, "mv \"\$IMA_INIT_CACHE/$old\" \"\$IMA_INIT_CACHE/kernel-mine\"; ln -s kernel-mine \"\$IMA_INIT_CACHE/$old\"");
leaves('a file of such a name stays', "$always $old", qr/\A\z/, "rm -r \"\$IMA_INIT_CACHE/$old\"; : >\"\$IMA_INIT_CACHE/$old\"");
leaves('with a variant nothing goes', "$always $old", qr/--prune takes no variant/, '', 1, '--prune', 'base');

done_testing;
