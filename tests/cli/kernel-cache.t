#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# tests/kernel/build, in a cache that is made here: what --prune removes and what stays; what a build says
# of how far it is; and that one which fails ends make, with its reason.
use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use POSIX qw(mkfifo);
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

# A kernel's source that builds nothing: "make linux" says what it compiles, waits until somebody has
# read "about", and leaves a file. FAKE_FAILS, a goal, fails.
my $FAKE = <<'END';
set -eu
case " ${FAKE_FAILS:-} " in *" $1 "*) echo 'fake.c:1:1: error: this compiler is broken'; exit 1 ;; esac
case $1 in
allnoconfig | olddefconfig) ;;
modules_install) mkdir -p "$INSTALL_MOD_PATH/lib/modules" ;;
*)
	[ -e "$O/.1.o.cmd" ] && files=1 || files='1 2 3'
	for n in $files; do
		echo 'deps_x := $(wildcard include/config/IMA) $(wildcard include/config/'"$([ $n = 3 ] && echo DM_VERITYX || echo DM_VERITY)"')' >"$O/.$n.o.new"
		mv "$O/.$n.o.new" "$O/.$n.o.cmd"
	done
	for n in $files; do
		echo "  CC      $n.o"
	done
	echo '  AR      built-in.a'
	[ -z "${FAKE_WAITS:-}" ] || read -r _ <"$FAKE_WAITS"
	for target in linux arch/x86/boot/bzImage arch/arm64/boot/Image arch/arm/boot/zImage; do
		mkdir -p "$O/$(dirname "$target")"
		: >"$O/$target"
	done ;;
esac
END
my $MERGE = <<'END';
output=$3
shift 4
sed -n 's/^CONFIG_\([A-Z0-9_]*\)=\(.*\)/\1 \2/p' "$@" |
	awk '{ name = $1; sub(/^[^ ]* /, ""); value[name] = $0 } END { for (n in value) if (value[n] != "n") print "CONFIG_" n "=" value[n] }' >"$output/.config"
END

sub write_file {
	my ($path, $text, $mode) = @_;
	open my $out, '>', $path or die "$path: $!";
	print {$out} $text;
	close $out or die "$path: $!";
	chmod $mode, $path if $mode;
	return;
}

# A cache with that source in it.
sub fake_cache {
	my $cache = tempdir(CLEANUP => 1) . '/cache';
	my $tree = "$cache/$name/work/linux-source-6.1";
	make_path("$tree/scripts/kconfig");
	write_file("$tree/.unpacked", '');
	write_file("$tree/Makefile", "Makefile: ;\n%:\n\t\@O='\$(O)' INSTALL_MOD_PATH='\$(INSTALL_MOD_PATH)' sh fake \$@\n");
	write_file("$tree/fake", $FAKE);
	write_file("$tree/scripts/kconfig/merge_config.sh", "#!/bin/sh\n$MERGE", 0755);
	return $cache;
}

# Not what the make that may run this test has told its children.
delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES)};

sub output_of {
	my ($cache, @command) = @_;
	local $ENV{IMA_INIT_CACHE} = $cache;
	open my $pipe, '-|', 'bash', '-c', 'exec 2>&1 </dev/null; "$@"', 'command', @command or die;
	my $said = join '', <$pipe>;
	close $pipe;
	return ($? >> 8, $said);
}

# What a build says until "about" is in it, upon which it may go on; and what it says then.
sub build_waiting {
	my ($cache, $variant) = @_;
	local @ENV{qw(IMA_INIT_CACHE FAKE_WAITS)} = ($cache, "$cache/go");
	mkfifo($ENV{FAKE_WAITS}, 0600) or die "mkfifo: $!" unless -p $ENV{FAKE_WAITS};
	open my $pipe, '-|', 'bash', '-c', 'exec 2>&1 </dev/null; "$@" >/dev/null', 'build', $build, $variant or die;
	my $said = '';
	while (my $line = <$pipe>) {
		$said .= $line;
		write_file($ENV{FAKE_WAITS}, "go\n") if $line =~ / of about /;
	}
	close $pipe;
	return ($? >> 8, $said);
}

my $cache = fake_cache();
my ($status, $said) = build_waiting($cache, 'base');
is($status, 0, 'a kernel is built') or diag($said);
like($said, qr/^kernel: Linux 6\.1, base \(1 of 1\): 3 of about \d{3,} files, \d+ s$/m, '  the first line with files has their total') or diag($said);
like($said, qr/^kernel: Linux 6\.1, base \(1 of 1\): done, 3 files, \d+ s\n\z/m, '  the last says how many they were') or diag($said);
unlike($said, qr/ 0 files/, '  nothing is counted before there is something');
($status, $said) = build_waiting($cache, 'dm-verity');
is($status, 0, 'the next kernel, in the same tree') or diag($said);
like($said, qr/, dm-verity \(1 of 1\): 1 of about 2 files, /, '  its total is what depends on the options that differ') or diag($said);
($status, $said) = output_of($cache, $build, 'base', 'dm-verity');
is($status, 0, 'what is built is not built again');
like($said, qr{\A/\S+/set-[0-9a-f]{16}\n\z}, '  and only the directory is said');

# A failure of the build is make's: its exit status, the reason, and nothing after it.
sub make { my ($from, @arguments) = @_; return output_of($from, 'make', '-o', 'packages', 'MAKE=:', @arguments) }

for my $row (['demo'], ['check', 'prove=echo TESTED'], ['check-boot', 'prove=echo TESTED'], ['check-qemu', 'prove=echo TESTED'],
	['check-full', 'prove=echo TESTED'], ['bench', 'T=boot'], ['print-test-kernel'], ['kernels']) {
	local $ENV{FAKE_FAILS} = 'linux';
	my ($goal) = @$row;
	my ($make_status, $make_said) = make(fake_cache(), @$row);
	is($make_status, 2, "make $goal fails when a kernel does") or diag($make_said);
	my $last = $goal eq 'check-full' ? 'check' : $goal;
	like($make_said, qr/^fake\.c:1:1: error: this compiler is broken\n(?:make\S*: .*\n)*kernel: Linux 6\.1, base \(1 of \d+\) failed; the whole log: \S+\nmake: \*\*\* \[Makefile:\d+: $last\] Error 1\n\z/m,
		'  its last lines have the reason, and no test was run') or diag($make_said);
}
($status, $said) = make(fake_cache(), 'check-qemu', 'T=good', 'prove=printenv TEST_KERNEL_DIR; :');
is($status, 0, 'make goes on when they are built') or diag($said);
like($said, qr{^/\S+/set-[0-9a-f]{16}$}m, '  and the tests are told where they are') or diag($said);
($status, $said) = make($cache, 'print-test-kernel');
is($status, 0, 'make print-test-kernel');
like($said, qr{\A(/\S+)/linux-base\n\g1/ca\.pem\n\g1/ca\.key\n\z}, '  prints three lines');
for my $file ($said =~ /^(\S+)$/mg) {
	ok(-s $file || $file =~ /linux-base/ && -x $file, "  of which one is $file");
}

# The shell loses the failure of a command in an assignment in front of another one.
open my $in, '<', 'Makefile' or die "Makefile: $!";
is_deeply([grep { /^\t.*?\b\w+="?\$\$\((?:[^()]|\([^()]*\))*\)"? +[^\s;&|]/ } <$in>], [], 'no recipe does so');
close $in;

done_testing;
