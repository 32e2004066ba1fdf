#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl sign on trees that are hard: names, depth, what is no file, other file systems,
# many and large files, files that change, errors of the disk, signals, two runs at once.
use strict;
use warnings;
use Command qw($work);
use Digest::SHA qw(sha256);
use Encode qw(decode);
use Fcntl qw(:flock);
use IO::Socket::UNIX;
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;
use Time::HiRes ();
use Tree;

under_fakeroot();
my $mounts = in_mount_namespace();
my $many = is_root() ? 100_000 : 10_000;     # fakeroot asks a process of its own for each file
umask 022;
chmod 0755, $work;
make_keys('old=rsa2048', 'new=rsa2048', 'p256');
END {
	local $?;
	system "umount --lazy '$work'/mnt.* 2>/dev/null" if $mounts;
}

my $count = 0;

# A new directory; on a file system of its own if one is named.
sub new_tree {
	my ($type, @options) = @_;
	my $tree = "$work/mnt." . ++$count;
	mkdir $tree or die "$tree: $!";
	return $tree if !$mounts;
	$type //= 'tmpfs';
	my ($status, $said) = quietly('mount', '-t', $type, @options, $type =~ /fs\z/ ? 'none' : (), $tree);
	BAIL_OUT("mount $type: $said") if $status != 0;
	return $tree;
}

# An ext4 image without a journal.
sub new_ext4 {
	my ($size, @options) = @_;
	my $image = spew("$work/image." . ++$count, '');
	truncate $image, $size or die "$image: $!";
	my ($status, $said) = quietly('mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', @options, $image);
	BAIL_OUT("mke2fs: $said") if $status != 0;
	return new_tree('ext4', '-o', 'loop', $image);
}

sub make_files {
	my ($tree, $number, $each) = @_;
	for my $i (0 .. $number - 1) {
		my $directory = sprintf '%s/%04d', $tree, $i / ($each // 100);
		mkdir $directory;
		spew("$directory/$i", "$i\n");
	}
	return;
}

sub changed_at { my ($path) = @_; return (Time::HiRes::stat($path))[10] }
sub processors { return scalar(() = slurp('/proc/cpuinfo') =~ /^processor\b/mg) }

# How many files of a tree have which verdict.
sub verdicts {
	my ($keys, $tree) = @_;
	my ($verdict_of, %number) = (verify($keys, $tree));
	$number{$verdict_of->{$_}}++ for grep { $_ ne '' } keys %$verdict_of;
	return \%number;
}

# Names, as they are and as they are shown.
{
	my $tree = new_tree();
	my %shown = (
		"new\nline" => 'new\012line', "it's \"quoted\"" => "it's \"quoted\"", 'back\\slash' => 'back\134slash', ' blank ' => ' blank ',
		'-dash' => '-dash', "caf\xc3\xa9" => "caf\xc3\xa9", "caf\xe9" => 'caf\351', "\xff\xfe" => '\377\376', "\e[2J" => '\033[2J',
		"\xc2\x9b2J" => '\302\2332J', "\xed\xa0\x80" => '\355\240\200',
		"\xe0\x9f\xbf" => '\340\237\277', "\xf0\x8f\xbf\xbf" => '\360\217\277\277', "\xf4\x90\x80\x80" => '\364\220\200\200', "\xf0\x9f\x94\x91" => "\xf0\x9f\x94\x91",
		"\r" => '\015', '$(id)`id`%s%n' => '$(id)`id`%s%n', 'x' x 255 => 'x' x 255,
	);
	spew("$tree/$_", 'x') for keys %shown;
	is_deeply([(sign('p256', $tree))[0, 2]], [0, ''], 'odd names');
	is_deeply(verify('p256', $tree), { '' => 0, map { decode('UTF-8', "$tree/$_") => 'valid' } values %shown }, '  as they are shown');
}

# The longest path below a tree that a system call takes, and a longer one.
{
	my $tree = new_tree();
	my ($path, $below) = ($tree, '');
	chdir $tree or die "$tree: $!";
	for (; length($below) < 4095 - 256; $path .= '/' . 'd' x 250, $below .= 'd' x 250 . '/') {
		mkdir 'd' x 250 or die "mkdir: $!";
		chdir 'd' x 250 or die "chdir: $!";
	}
	my @names = map { 'f' x (4095 - length($below) + $_) } 0, 1;
	spew($_, 'x') for @names;
	chdir $ENV{PWD} or die "chdir: $!";
	my ($status, $counts, $wrong) = sign('p256', $tree);
	is_deeply([$status, $counts->{signed}], [1, 1], 'a path of 4095 bytes is signed, a longer one is not');
	lines_right($wrong, { "$path/$names[1]" => qr/File name too long/ }, '  and is told');
	is(verify('p256', $tree)->{"$path/$names[0]"}, 'valid', '  and verified');
}

# What is no file, and what is one more name.
{
	my $top = new_tree();
	my ($tree, $outside) = ("$top/tree", "$top/outside");
	mkdir $_ for $tree, $outside, "$tree/d";
	spew("$_/file", 'x') for $tree, $outside;
	link "$tree/file", "$tree/$_" or die "link: $!" for 'd/hard', 'link';
	symlink $_->[1], "$tree/$_->[0]" or die "symlink: $!" for ['loop', '.'], ['up', '..'], ['outside', $outside], ['d/file', "$outside/file"], ['self', 'self'];
	POSIX::mkfifo("$tree/fifo", 0600) or die "mkfifo: $!";
	my $socket = IO::Socket::UNIX->new(Local => "$tree/socket", Listen => 1) or die "socket: $!";
	for (['zero', 'c', 1, 5], ['disk', 'b', 240, 0]) {
		my ($name, @device) = @$_;
		is((quietly('mknod', "$tree/$name", @device))[0], 0, "mknod $name");
	}
	my ($status, $counts, $wrong) = sign('p256', $tree);
	is_deeply([$status, @$counts{qw(signed unchanged)}, $wrong], [0, 1, 0, ''], 'of links, FIFO, socket and devices one file is signed, once');
	is_deeply(attributes("$outside/file"), {}, '  and none outside');
	is((values %{verdicts('p256', $tree)})[0], 1, '  and verified once');
	($status, $counts) = sign('p256', '--force', "$tree/outside");
	is_deeply([$status, $counts->{signed}], [0, 1], 'a tree that is named by a symlink');
	($status, $counts, $wrong) = sign('p256', "$tree/d/file");
	isnt($status, 0, 'a file that is named by a symlink is not left out in silence');
	lines_right($wrong, { "$tree/d/file" => qr/symlink/ }, '  but with a line');
}

if ($mounts) {
	my ($tree, $other) = (new_tree(), new_tree());
	mkdir "$tree/below";
	spew("$_/file", 'x') for $tree, $other;
	spew("$tree/covered", '');
	quietly('mount', '--bind', $other, "$tree/below");
	quietly('mount', '--bind', "$other/file", "$tree/covered");
	my ($status, $counts, $wrong) = sign('p256', $tree);
	is_deeply([$status, $counts->{signed}], [0, 1], 'no other file system is entered');
	is_deeply(attributes("$other/file"), {}, '  by a file that is mounted on one neither');
	is($counts->{mounts}, 2, '  and the summary has how many');
	lines_right($wrong, { map { $_ => qr/leave out: something is mounted there/ } "$tree/below", "$tree/covered" }, '  and a line which');
	my @packed = imactl('pack', '--format', 'tar', '--json', '-o', "$work/mounts.tar", $tree);
	is_deeply([$packed[0], @{decode_json($packed[1])}{qw(entries signed mounts)}], [0, 3, 1, 2], '  as pack does, but for the place of a directory');
	like((quietly('tar', '-tf', "$work/mounts.tar"))[1], qr{\A\./\n\./below/\n\./file\n\z}, '  which is empty');
	quietly('umount', $_) for "$tree/below", "$tree/covered";
}

# The same file system, as a chroot beside the files of the host has it.
if ($mounts) {
	my $top = new_tree();
	my ($tree, $other) = ("$top/tree", "$top/other");
	mkdir $_ for $tree, $other, "$tree/below";
	spew("$_/file", 'x') for $tree, $other;
	spew($_, '') for "$tree/covered", "$other/alone";
	quietly('mount', '--bind', $other, "$tree/below");
	quietly('mount', '--bind', "$other/alone", "$tree/covered");
	my ($status, $counts) = sign('p256', $tree);
	is_deeply([$status, $counts->{signed}], [0, 1], 'nothing is entered that is mounted from the same file system');
	is_deeply(attributes("$other/file"), {}, '  no directory');
	is_deeply(attributes("$other/alone"), {}, '  and no file');
	my @packed = imactl('pack', '--format', 'tar', '--json', '-o', "$work/bind.tar", $tree);
	is_deeply([$packed[0], @{decode_json($packed[1])}{qw(entries signed mounts)}], [0, 3, 1, 2], '  and nothing of it is packed');
	quietly('umount', $_) for "$tree/below", "$tree/covered";
	($status, $counts) = sign('p256', $tree);
	is_deeply([$status, @$counts{qw(signed unchanged)}], [0, 1, 1], '  and what they covered is signed when they are gone');
	quietly('mount', '--bind', $tree, $tree);
	($status, $counts) = sign('p256', $tree);
	is_deeply([$status, $counts->{unchanged}], [0, 2], '  a tree that is itself mounted is entered');
	quietly('umount', $tree);
}

# Sparse files. The digest of 4 GiB and a byte of zeros is as sha256sum says.
{
	my $tree = new_tree();
	my $large = pack 'H*', 'fbb82f7b353676bb562eb82157fcf0ea42c36492ca13ee56dbf82c08b6802c5c';
	truncate spew("$tree/large", ''), 2**32 + 1 or die "truncate: $!";
	open my $file, '>', "$tree/hole" or die;
	seek $file, 1 << 20, 0;
	print $file 'end';
	close $file;
	my ($status, $counts) = sign('old', $tree);
	is_deeply([$status, $counts->{signed}, $counts->{bytes}], [0, 2, 2**32 + 1 + (1 << 20) + 3], 'a file of 4 GiB');
	my $all = attributes("$tree/large", "$tree/hole");
	is(recovered('old', $all->{"$tree/large"}{'security.ima'}), $large, '  and openssl finds its digest');
	is(recovered('old', $all->{"$tree/hole"}{'security.ima'}), sha256("\0" x (1 << 20) . 'end'), '  and that of a sparse one');
	unlink "$tree/large";
}

# The SHA-256 digest that was signed, by an RSA key.
sub recovered {
	my ($keys, $value) = @_;
	my (undef, $digest) = quietly('openssl', 'pkeyutl', '-verifyrecover', '-certin', '-keyform', 'DER', '-inkey', "$work/$keys/x509_ima.der",
		'-in', spew("$work/signature", substr($value // '', 9)), '-pkeyopt', 'digest:sha256');
	return $digest;
}

# The largest size in memory, in MB; it only grows, so the last look counts.
sub memory_of {
	my ($pid) = @_;
	my $peak = 0;
	while (!finished($pid)) {
		$peak = $1 / 1024 if slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m;
		select undef, undef, undef, 0.002;
	}
	finish($pid);
	return $peak;
}

{
	# What the sanitizers keep back is not imactl's; they may be in a program that IMACTL names.
	local $ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (), 'quarantine_size_mb=1';
	my ($few, $lots) = (new_tree(), new_tree());
	make_files($few, 1000);
	make_files($lots, $many, $many);     # in one directory
	my @peaks = map { memory_of(start(sign_arguments('p256', $_))) } $few, $lots;
	cmp_ok($peaks[1], '<', $peaks[0] + ($ENV{IMACTL} ? 16 : 4), sprintf('%d files take no more memory than 1000: %.0f and %.0f MB', $many, reverse @peaks));
	is_deeply(verdicts('p256', $lots), { valid => $many }, '  and are all signed');
	quietly('umount', '-l', $lots) if $mounts;
}

# Files that grow: what was signed is what the file once was, or a line says why not.
{
	my $tree = new_tree();
	my @paths = map { spew("$tree/$_", "\0" x 400_000) } 1 .. 8;
	my $writer = fork // die "fork: $!";
	if ($writer == 0) {
		my $parent = getppid;
		for (my $i = 1; getppid == $parent; $i = ($i + 1) % 200) {
			for my $path (@paths) {
				open my $file, '>>', $path;
				$i ? syswrite $file, chr($i) x 4096 : truncate $file, 400_000;
				close $file;
				select undef, undef, undef, 0.001;     # so that some are signed
			}
		}
		POSIX::_exit(0);
	}
	my ($signed, $failed, @strange) = (0, 0);
	my %states;
	my $state = Digest::SHA->new(256)->add("\0" x 400_000);
	for (1 .. 200) {
		$states{$state->clone->digest} = 1;
		$state->add(chr($_) x 4096);
	}
	for (1 .. 20) {
		my ($status, $counts, $wrong) = sign('old', '--force', $tree);
		my %told = map { ($_ => 1) } $wrong =~ /^imactl: (\S+): (?:read|sign): it changed while it was /mg;
		$signed += $counts->{signed};
		$failed += $counts->{failed};
		push @strange, $wrong if keys %told != $counts->{failed} || $status != ($counts->{failed} > 0);
		my $all = attributes(@paths);
		push @strange, grep { !$told{$_} && !$states{recovered('old', $all->{$_}{'security.ima'})} } @paths;
	}
	kill 'KILL', $writer;
	waitpid $writer, 0;
	ok(!@strange && $signed + $failed == 160, "files that grow: $signed signed as they once were, $failed lines") or diag(@strange);
	my $after = verdicts('old', $tree);
	is_deeply([grep { !/\A(valid|bad|unsigned)\z/ } keys %$after], [], '  and the pairs belong together');
}

# What a disk and its owner may refuse.
{
	my $no_space = sub {
		my ($tree) = @_;
		spew("$tree/file", 'x');
		open my $fill, '>', "$tree/fill" or die;
		1 while syswrite($fill, 'x' x 1024);
	};
	my %refusals = (
		'a full disk' => [sub { new_ext4(1 << 20, '-I', 128, '-b', 1024, '-m', 0) }, $no_space, qr/No space left on device/],
		'no attributes' => [sub { new_tree('ramfs') }, sub { }, qr/the file system has no security attributes/],
		'read-only' => [\&new_tree, sub { quietly('mount', '-o', 'remount,ro', $_[0]) }, qr/Read-only file system/],
		'immutable' => [sub { new_ext4(1 << 20) }, sub { quietly('chattr', '+i', "$_[0]/file") }, qr/Operation not permitted: .*immutable/],
	);
	for my $name ($mounts ? sort keys %refusals : ()) {
		my ($make, $change, $like) = @{$refusals{$name}};
		my $tree = $make->();
		rmdir "$tree/lost+found";
		spew("$tree/file", "x\n");
		$change->($tree);
		my @paths = grep { -f } glob "$tree/*";
		my ($status, $counts, $wrong) = sign('p256', $tree);
		is_deeply([$status, $counts->{failed}], [1, scalar @paths], "$name: all fails");
		lines_right($wrong, { map { $_ => $like } @paths }, '  with a line each');
	}
}

# No room for the second attribute: the pair stays as it was.
if ($mounts) {
	my $tree = new_ext4(1 << 20, '-I', 128, '-b', 1024);
	rmdir "$tree/lost+found";
	my $path = spew("$tree/file", 'x');
	sign('p256', $tree);
	set_attributes({ $path => { 'security.selinux' => 'x' x 550 } });
	sign('p256', $tree);
	my $before = attributes($path);
	my ($status, undef, $wrong) = sign('old', $tree);
	is($status, 1, 'no room for the second attribute');
	lines_right($wrong, { $path => qr/No space left on device/ }, '  is told');
	is_deeply(attributes($path), $before, '  and the first is as it was');
}

# A directory that a user cannot read; root's test becomes one, who writes a sidecar.
{
	my $tree = new_tree();
	make_files($tree, 2, 1);
	quietly('env', '-u', 'LD_PRELOAD', 'chmod', '0', "$tree/0000");
	if (is_root()) {
		quietly('cp', '-r', "$work/p256", "$work/his");
		quietly('chown', '-R', 65534, "$work/his");
		quietly('cp', $ENV{imactl}, "$work/imactl");
	}
	local $Tree::uid = is_root() ? 65534 : undef;
	local $ENV{imactl} = is_root() ? "$work/imactl" : $ENV{imactl};
	my ($status, undef, $wrong) = sign(is_root() ? ('his', '--sidecar', "$work/his/sidecar") : 'p256', $tree);
	is($status, 1, 'a directory that cannot be read');
	lines_right($wrong, { "$tree/0000" => qr/Permission denied/ }, '  is told');
	is(verify(is_root() ? 'his' : 'p256', $tree)->{''}, 3, '  by verify, too');
	quietly('chmod', '700', "$tree/0000");
}

# Signals in the middle of a change of keys: each file has its old pair or its new one.
{
	my ($tree, $from, $to) = (new_tree(), 'old', 'new');
	my ($torn, $kills) = (0, 0);
	# In the background, or under nohup, they are ignored, and stay so.
	local @SIG{qw(INT TERM HUP PIPE)} = ('DEFAULT') x 4;
	make_files($tree, 2000);
	my @paths = glob "$tree/*/*";
	my @sample = @paths[map { $_ * 40 + 20 } 0 .. 49];
	sign($from, $tree);
	for my $signal (qw(INT TERM HUP PIPE), ('KILL') x 3) {
		my %before = map { $_ => changed_at($_) } @sample;
		my $pid = start(sign_arguments($to, $tree));
		while (!finished($pid)) {
			next if (grep { changed_at($_) != $before{$_} } @sample) < 10;
			kill $signal, $pid;
			last;
		}
		my ($status, undef, $wrong) = finish($pid);
		my $number = verdicts([$from, $to], $tree);
		my $mixed = $number->{'evm-bad'} // 0;
		my (undef, $counts) = sign($to, $tree);
		my ($new, $rest) = @$counts{qw(unchanged signed)};
		my $good = $new > 0 && $rest > 0 && ($number->{valid} // 0) + $mixed == 2000;
		# security.ima and security.evm are two calls: of each thread that is killed, one file may be between them.
		my $right = $signal eq 'KILL' ? $mixed <= processors()
			: $mixed == 0 && $status == 1 && $wrong eq "imactl: $tree: sign: interrupted; run it again and it goes on\n";
		ok($good && $right, "SIG$signal: $new new, $rest old") or diag("status $status: $wrong", explain($number));
		is_deeply(verdicts($to, $tree), { valid => 2000 }, '  the next run does the rest');
		$kills += $signal eq 'KILL';
		$torn += $mixed;
		($from, $to) = ($to, $from);
	}
	note("SIGKILL: $torn files in $kills runs with a new security.ima and an old security.evm");
}

# As under nohup.
{
	local $SIG{HUP} = 'IGNORE';
	my $tree = new_tree();
	make_files($tree, 500);
	my %before = map { $_ => changed_at($_) } glob "$tree/*/*";
	my $pid = start(sign_arguments('p256', $tree));
	1 while !finished($pid) && !grep { changed_at($_) != $before{$_} } keys %before;
	kill 'HUP', $pid;
	is((finish($pid))[0], 0, 'SIGHUP that was ignored before stays so');
	is_deeply(verdicts('p256', $tree), { valid => 500 }, '  and all is signed');
}

# Three runs at a time. What one holds, the others leave alone, and say so.
{
	my $tree = new_tree();
	make_files($tree, 500);
	my @lines = map { split /\n/, (finish($_))[2] } map { start(sign_arguments('p256', '--force', $tree)) } 1 .. 3;
	is_deeply([grep { !m{\Aimactl: \Q$tree\E/\S+: (?:lock|read|sign): .*run it again} } @lines], [], 'three runs at a time: ' . @lines . ' lines');
	is_deeply(verdicts('p256', $tree), { valid => 500 }, '  and no pair is mixed');
	my ($status, $counts) = sign('p256', $tree);
	is_deeply([$status, $counts->{unchanged}], [0, 500], '  and nothing is left to do');
	($status, $counts) = sign('p256', '--force', $tree);
	is_deeply([$status, $counts->{signed}], [0, 500], '  unless by --force');

	# Any user who can open a file can lock it.
	open my $file, '<', "$tree/0000/0" or die "$tree: $!";
	for my $lock (LOCK_SH, LOCK_EX) {
		flock $file, $lock or die "flock: $!";
		($status, $counts, my $wrong) = sign('p256', '--force', $tree);
		is_deeply([$status, $counts->{signed}, $wrong], [0, 500, ''], 'a file that another has locked is signed all the same');
	}
}

# Somebody exchanges a directory for a symlink, again and again, while it is signed.
{
	my $top = new_tree();
	my ($tree, $outside) = ("$top/tree", "$top/outside");
	make_files($_, 600, 300) for map { mkdir $_; $_ } $tree, $outside;
	symlink "$outside/0001", "$top/link" or die "symlink: $!";
	my $exchange = sub { syscall(316, -100, "$tree/0001", -100, "$top/link", 2) == 0 or die "renameat2: $!" };
	my $writer = fork // die "fork: $!";
	if ($writer == 0) {
		$exchange->() while getppid != 1;
		POSIX::_exit(0);
	}
	my @outside = glob "$outside/*/*";
	my ($strange, $told) = (0, 0);
	for (1 .. 10) {
		my (undef, undef, $wrong) = sign('p256', '--force', $tree);
		$strange += grep { !m{\Aimactl: \Q$tree\E/\S+: read: (?:a directory on the way|it was a directory and) is another now; run it again|\Aimactl: \Q$tree\E/\S+: read: No such} } split /\n/, $wrong;
		$told += () = $wrong =~ /is another now/g;
	}
	kill 'KILL', $writer;
	waitpid $writer, 0;
	is(scalar(keys %{attributes(@outside)}), 0, "a directory that is exchanged for a symlink: nothing outside of the tree is signed ($told lines)");
	is($strange, 0, '  and no other line is said');
	system('rm', '-rf', $top) if !$mounts;
}

# Killed at each of its system calls that write: each file has a pair, or what verify flags.
{
	my $tree = new_tree();
	my @paths = map { spew("$tree/$_", $_) } 1 .. 3;
	my ($cuts, %after) = (0);
	for my $call (qw(fsetxattr fremovexattr fgetxattr)) {
		sign('old', '--force', $tree);
		for my $number (1 .. 40) {
			my @command = ('strace', '-f', '-qq', '-o', "$work/trace", '-e', "inject=$call:signal=KILL:when=$number");
			my ($status) = quietly(@command, $ENV{imactl}, sign_arguments('new', '--force', $tree));
			last if $status == 0;
			$cuts++;
			my $verdict_of = verify(['old', 'new'], $tree);
			$after{$verdict_of->{$_}}++ for @paths;
			my ($again, undef, $wrong) = sign('new', $tree);
			$after{"not mended: $wrong"}++ if $again != 0 || verify('new', $tree)->{''} != 0;
			sign('old', '--force', $tree);
		}
	}
	SKIP: {
		skip 'fakeroot sets no attribute of the kernel', 2 if !is_root();
		cmp_ok($cuts, '>=', 6, "killed at $cuts system calls");
		is_deeply([grep { !/\A(?:valid|evm-bad)\z/ } keys %after], [], '  each pair belongs together, or verify finds evm-bad; and the next run mends it') or diag(explain(\%after));
	}
	note(join ', ', map { "$_ $after{$_}" } sort keys %after);
}

# While a private key is in memory: no core, locked memory, and nobody else looks in.
{
	my $tree = new_tree();
	spew("$tree/file", 'x');
	quietly('openssl', 'pkcs8', '-topk8', '-in', "$work/p256/evm.key", '-passout', 'pass:word', '-out', "$work/locked.key");
	for my $limit ('unlimited', '0') {
		pipe my $read, my $write or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			close $write;
			open STDIN, '<&', $read or die;
			my @command = ($ENV{imactl}, 'sign', '--quiet', '--system', '--passphrase-fd', 0, '--key', "$work/p256/ima.key", '--cert', "$work/p256/x509_ima.der",
				'--evm-key', "$work/locked.key", '--evm-cert', "$work/p256/x509_evm.der", "$tree/file");
			exec 'bash', '-c', "ulimit -c unlimited; ulimit -l $limit 2>/dev/null; exec \"\$\@\"", 'sh', @command;
		}
		close $read;
		# It waits for the passphrase when it has read all but that.
		1 until (readlink("/proc/$pid/exe") // '') =~ /imactl/ && slurp("/proc/$pid/wchan") =~ /pipe|0/ && slurp("/proc/$pid/syscall") =~ /\A0 0x0 /;
		my ($limits, $status) = map { slurp("/proc/$pid/$_") } qw(limits status);
		like($limits, qr/^Max core file size +0 +0 /m, "a key in memory, ulimit -l $limit: no core");
		my ($locked) = $status =~ /^VmLck:\s+(\d+)/m;
		cmp_ok($locked, '>=', $limit eq '0' && !is_root() ? 0 : 1, "  $locked kB are locked");
		print $write "word\n";
		close $write;
		waitpid $pid, 0;
		is($?, 0, '  and it signs');
	}
}

# Owners that a user namespace does not have.
if (is_root()) {
	my $tree = new_tree();
	spew("$tree/$_", 'x') for 'mapped', 'not';
	chown 5, 0, "$tree/not" or die "chown: $!";
	chmod 0755, $tree;
	my @namespace = ('unshare', '--user', '--map-root-user');
	my @sign = (@namespace, $ENV{imactl}, sign_arguments('p256', '--sidecar', "$work/unmapped.sidecar"));
	my ($status, $said) = quietly(@sign, $tree);
	is($status >> 8, 1, 'an owner that the user namespace does not have is not signed');
	like($said, qr{^imactl: \Q$tree\E/not: read attributes: its owner or group has no number in this user namespace}m, '  and is told');
	unlike(slurp("$work/unmapped.sidecar"), qr/^# file: not$/m, '  in no sidecar');
	is((quietly(@sign, '--owner', '0:0', $tree))[0], 0, '  but with --owner');
	spew("$work/permissions", "/not f 644 5 0\n");
	is((quietly(@sign, '--permissions', "$work/permissions", $tree))[0], 0, '  or --permissions');
	my @pack = (@namespace, $ENV{imactl}, 'pack', '--quiet', '--format', 'tar', '--sidecar', "$work/unmapped.sidecar");
	($status, $said) = quietly(@pack, '-o', "$work/unmapped.tar", $tree);
	ok($status != 0 && $said =~ m{/not: pack: its owner or group has no number}, '  nor packed') or diag($said);
	is((quietly(@pack, '--permissions', "$work/permissions", '-o', "$work/unmapped.tar", $tree))[0], 0, '  but with --permissions');
	chown 65534, 0, "$tree/not";
	is((sign('p256', $tree))[0], 0, 'uid 65534 of no namespace is an owner as others');
}

done_testing();
