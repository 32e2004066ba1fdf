# SPDX-License-Identifier: MIT
# The bed of the boot tests: changes one thing in a signed image, boots it in
# User-mode Linux and compares what came of it with what the test expects.
#
#   accepted 'what this is', 'shell commands of lib/change.sh', option => value;
#   refused  'what this is' => 'failure-code', 'shell commands', option => value;
#
# What can come of a boot: "handover" (the payload ran), a failure code of
# ima-init, "kernel-panic -13" (the kernel itself refused /ima/init), "halted"
# (powered off or halted without either), "panic" (any other), "hung"; and "no
# kernel started", where a firmware comes first.
#
# Options:
#   fs       ext4 (default), ext4-verity (files may have fs-verity), squashfs or erofs
#   verity   true: the root is under dm-verity, set up by the kernel itself
#   forge    called with the image's path when all of it was made, hashes included
#   kernel   variant of the test kernel: the program linux-VARIANT (default: base)
#   make     a command that makes the image: it finds $fs, $tree and $image (default:
#            lib/make-image)
#   around   an array: the command that runs the kernel's, such as a debugger
#   root     the device: ubda (default), ubda1 (the image is a disk), ram0 (it is an initrd)
#   init     instead of /ima/init
#            A change that makes the directory $tree.initramfs makes an initramfs of
#            it, which is booted with rdinit=; one that makes $tree.initrd, an initrd
#            image. imactl verify is then asked about that.
#   inside   true: the initramfs is the one inside the kernel, and what the change puts
#            into $tree.external is an archive of the boot loader's
#   late     true: the device of the root comes only when it is waited for
#   initrd   the file system of that image: squashfs (default), ext4 or erofs
#   with     words added to the kernel's command line: a text, or an array of
#            words that may have blanks inside quotes
#   without  a pattern; words of the default command line that match are left out
#   ro       true: the root is mounted read-only
#   protected  true: the device of the root cannot be written to
#   like, unlike   a pattern, or an array of them, for the boot's log
#   verify   options for `imactl verify`, which judges each changed tree before it
#            becomes an image: where the kernel and the command line are the usual
#            ones, it must find nothing in a tree that is handed over from, and
#            something in one that is refused for what is on the disk
#   verify_not  true: it need not agree
#   foretold  1: it must give the code of the boot; 2: in the words of the boot, too
#   machine  what boots the image instead of User-mode Linux: called with { image, log,
#            directory (gone after the boot), test kernel's directory as kernels, and these
#            options as option }; returns { text, ended, command }, as Qemu.pm does. What
#            the bed would tell the kernel is told()
#   after    called after the boot with the paths of the image and of the keys; what it
#            returns is wrong
#   payload  { key => pattern or text, ... }: every line `payload: key=...` must match
#
# The cases of another test program are run again by cases_of().
#
# TEST_ARCH is the architecture of what is booted: that of build/$TEST_ARCH, not the host's.
# ONLY=NUMBER runs one case of a test program, KEEP=1 keeps its tree and image.
package Bed;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use File::Path qw(make_path remove_tree);
use IO::Select;
use JSON::PP qw(decode_json);
use List::Util qw(sum);
use POSIX qw(setpgid WNOHANG);
use Records qw(record_boot record_compared);
use Socket qw(PF_UNIX SOCK_DGRAM pack_sockaddr_un);
use Test::More;
use Time::HiRes qw(time);

our @EXPORT = qw(accepted refused case boot boot_image base_directory finish);
our @EXPORT_OK = qw(cases_of told);

# The words of a good command line; `init=` and `root=` are the bed's own.
my @COMMAND_LINE = qw(ima_policy=appraise_tcb ima_appraise=enforce panic=-1);
# What the kernel puts ahead of a line: the time, and with CONFIG_PRINTK_CALLER who wrote it.
my $STAMP = qr/(?:\[[ .0-9]+\](?:\[[ TC0-9]+\])? )?/;
# Nothing decides by this: it ends a boot that would otherwise never end.
my $HANG_SECONDS = $ENV{BED_HANG_SECONDS} // 120;

my $lib = dirname(abs_path(__FILE__));
my $top = abs_path("$lib/../../..");
my $out = "$top/build/boot";
my $built = "$top/build" . ($ENV{TEST_ARCH} ? "/$ENV{TEST_ARCH}" : '');
my $test = basename($0, '.t');
my $program = abs_path($0) =~ s{^\Q$top\E/}{}r;
my ($number, $group, $temporary, $base) = (0);
# What is run of another test program's cases, while these are read.
our $selected;

# The directory that holds linux-VARIANT and the CA.
sub kernel_directory {
	return $ENV{TEST_KERNEL_DIR} if $ENV{TEST_KERNEL_DIR};
	my ($program) = qx(make -s -C '$top' print-test-kernel);
	BAIL_OUT('no test kernel: make print-test-kernel fails') if $?;
	chomp $program;
	return dirname($program);
}

sub end_boot {
	return unless $group;
	kill 'KILL', -$group;
	waitpid $group, 0;
	undef $group;
	return;
}

sub clean {
	end_boot();
	remove_tree($temporary) if $temporary && !$ENV{KEEP};
	undef $temporary;
	return;
}

# Kernels must not outlive an interrupted prove.
for my $signal (qw(INT TERM HUP PIPE)) {
	$SIG{$signal} = sub { clean(); $SIG{$signal} = 'DEFAULT'; kill $signal, $$; };
}
END { my $status = $?; clean(); $? = $status; }

sub kernel_program {
	my ($variant) = @_;
	return "$ENV{TEST_KERNEL_DIR}/linux-$variant";
}

# What fakeroot runs: unpack, change, make the image.
my $MAKE = <<'END';
mkdir "$tree"
cd "$tree"
tar --numeric-owner -xf "$base/base.tar"
setfattr --restore="$base/base.xattrs"
. "$top/tests/boot/lib/change.sh"
eval "$CHANGE"
"$top/build/imactl" verify --ima $imactl_bits --json --ca "$keys/ca.pem" $VERIFY . >"$verify" 2>&1 || [ $? != 2 ]
for name in initramfs initrd; do
	[ ! -d "$tree.$name" ] || "$top/build/imactl" verify $([ $name = initrd ] || echo --initramfs) $imactl_bits --json --ca "$keys/ca.pem" $VERIFY "$tree.$name" >"$verify" 2>&1 || [ $? != 2 ]
done
eval "$MAKE_IMAGE"
[ ! -d "$tree.initrd" ] || "$top/tests/boot/lib/make-image" "$initrd" "$tree.initrd" "$image.initrd"
for name in initramfs external; do
	[ ! -d "$tree.$name" ] || (cd "$tree.$name" && find . -print0 | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc) >"$image.$name"
done
END

# The image of the changed tree; undef and a diag if the change failed.
sub make_image {
	my ($change, $fs, $option) = @_;
	my $image = "$temporary/root.img";
	if ($change eq '' && $fs eq 'ext4' && !$option->{make}) {
		system('cp', '--sparse=always', '--reflink=auto', "$base/base.img", $image) == 0 or return;
		return $image;
	}
	local @ENV{qw(top built base tree fs image CHANGE verify VERIFY initrd MAKE_IMAGE)} =
		($top, $built, $base, "$temporary/tree", $fs, $image, $change, "$temporary/verify", $option->{verify} // '', $option->{initrd} // 'squashfs',
		$option->{make} // '"$top/tests/boot/lib/make-image" "$fs" "$tree" "$image"');
	open my $made, '-|', 'fakeroot', '--', 'bash', '-euo', 'pipefail', '-c', "exec 2>&1 </dev/null\n$MAKE"
		or die "fakeroot: $!";
	my $said = join '', <$made>;
	return $image if close $made;
	diag("the change failed: $change\n$said");
	return;
}

# The hash tree of an image, and the words by which the kernel sets both up as /dev/dm-0 (CONFIG_DM_INIT).
sub verity_root {
	my ($image) = @_;
	my $said = qx(veritysetup format --no-superblock --data-block-size=4096 --hash-block-size=4096 --salt=00 '$image' '$image.hash' 2>&1);
	my ($hash) = $said =~ /^Root hash:\s+([0-9a-f]+)/m or die "veritysetup: $said";
	my $blocks = (-s $image) / 4096;
	return ("ubd0=$image", "ubd1=$image.hash", sprintf('dm-mod.create="root,,,ro,0 %d verity 1 /dev/ubda /dev/ubdb 4096 4096 %d 0 sha256 %s 00"',
		8 * $blocks, $blocks, $hash));
}

# A kernel with another archive where its build has linked one in (CONFIG_INITRAMFS_SOURCE).
sub kernel_around {
	my ($archive, $variant) = @_;
	my $read = sub { open my $in, '<:raw', $_[0] or die "$_[0]: $!"; local $/ = undef; return scalar <$in> };
	my ($kernel, $inside) = ($read->(kernel_program($variant)), $read->($archive));
	my $at = index($kernel, 'ima-init-placeholder') - 110;
	die 'no placeholder in the kernel' if $at < 0 || substr($kernel, $at, 6) ne '070701';
	die "$archive: too large" if length $inside > 1 << 20;
	substr($kernel, $at, 1 << 20) = $inside . "\0" x ((1 << 20) - length $inside);
	open my $out, '>:raw', "$temporary/linux" or die $!;
	print {$out} $kernel;
	close $out or die $!;
	chmod 0755, "$temporary/linux";
	return "$temporary/linux";
}

# What gives a running kernel a device (arch/um/drivers/mconsole_kern.c).
sub plug_in {
	my ($id, $words) = @_;
	socket my $socket, PF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
	bind $socket, pack_sockaddr_un("$temporary/mconsole") or die "bind: $!";
	my $request = pack 'L3 a512', 0xcafebabe, 2, length "config $words", "config $words";
	send $socket, $request, 0, pack_sockaddr_un("$temporary/.uml/$id/mconsole") or die "mconsole: $!";
	return;
}

# What a boot's kernel is told: the words of its command line, and the archive or image that its
# loader gives along, if any. ROOT is the device of the image's disk, as root= names it.
sub told {
	my ($image, $option, $root) = @_;
	my @words = grep { !defined $option->{without} || !/$option->{without}/ } @COMMAND_LINE;
	my ($initrd) = grep { -e } $option->{inside} ? "$image.external" : "$image.initramfs";
	my $in_rootfs = $option->{inside} || $initrd;
	my $type = $option->{fs};
	($initrd, $root) = ($image, '/dev/ram0') if ($option->{root} // '') eq 'ram0';
	# The kernel's words are on the image then.
	($initrd, $root, $type) = ("$image.initrd", '/dev/ram0', $option->{initrd}) if -e "$image.initrd";
	return {
		initrd => $initrd,
		words => [
			"root=$root", $option->{ro} ? 'ro' : 'rw', ($in_rootfs ? 'rdinit=' : 'init=') . ($option->{init} // '/ima/init'),
			($type ? ('rootfstype=' . $type =~ s/-.*//r) : ()), @words, ref $option->{with} ? @{$option->{with}} : split(' ', $option->{with} // '')],
	};
}

sub command {
	my ($image, $option) = @_;
	my $device = $option->{root} // 'ubda';
	# ubda has a file when the kernel starts, whether one is named or not.
	my @disks = $option->{late} || $device eq 'ram0' ? () : $option->{verity} ? verity_root($image) : (($option->{protected} ? 'ubd0r' : 'ubd0') . "=$image");
	my $told = told($image, $option, $option->{late} ? '/dev/ubdb' : $option->{verity} ? '/dev/dm-0' : "/dev/$device");
	return (
		$option->{inside} ? kernel_around("$image.initramfs", $option->{kernel}) : kernel_program($option->{kernel} // 'base'), "umid=ima-init-$$-$number",
		@disks, $told->{initrd} ? "initrd=$told->{initrd}" : (), 'con=null', 'con0=fd:0,fd:1', @{$told->{words}});
}

# Runs the kernel, writes its log, returns the log's lines and how it ended. What is to happen
# meanwhile: "waits" is called when the root is waited for; the power is "cut" so many seconds
# after a line of the log, [line, seconds].
sub run_kernel {
	my ($log, $meanwhile, @command) = @_;
	my ($waits, $cut) = @$meanwhile{qw(waits cut)};
	my $end = time + $HANG_SECONDS;
	pipe my $from, my $to or die "pipe: $!";
	my $child = fork // die "fork: $!";
	if (!$child) {
		# A group of its own: a panicking kernel signals its whole group.
		setpgid(0, 0);
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
		open STDIN, '<', '/dev/null';
		open STDOUT, '>&', $to;
		open STDERR, '>&', $to;
		# Its memory is a file in TMPDIR, its control socket is below HOME; on the
		# command line (mem=, uml_dir=) they would end up in PID 1's environment.
		@ENV{qw(TMPDIR HOME)} = ($temporary, $temporary);
		# setpriv: gone with this program, even if that is killed.
		no warnings "exec";
		exec 'setpriv', '--pdeathsig', 'KILL', 'prlimit', '--core=0', @command;
		POSIX::_exit(127);
	}
	setpgid($child, $child);
	$group = $child;
	close $to;

	open my $file, '>', $log or die "$log: $!";
	print {$file} "@command\n";
	my ($text, $ended, $cut_at) = ('', 'end');
	my $select = IO::Select->new($from);
	while (1) {
		my $left = $end - time;
		if ($left <= 0) { $ended = 'hung'; last }
		$cut_at //= time + $cut->[1] if $cut && $text =~ $cut->[0];
		if (defined $cut_at) {
			$left = $cut_at - time if $cut_at - time < $left;
			if ($left <= 0) { $ended = 'cut'; last }
		}
		next unless $select->can_read($left);
		my $got = sysread $from, my $part, 65536;
		last unless $got;
		print {$file} $part =~ s/\r//gr;
		$text .= $part;
		# User-mode Linux reboots by starting over: one start is a boot. These are its
		# first words; what follows them now and then never comes.
		if ($waits && $text =~ /waiting for/) { $waits->(); undef $waits }
		my @starts = $text =~ /^Core dump limits :/mg;
		if (@starts > 1) { $ended = 'reboot'; last }
	}
	end_boot();
	close $file;
	$text =~ s/\r//g;
	return ($text, $ended);
}

sub verdict {
	my ($text, $ended) = @_;
	my @failures = $text =~ /^${STAMP}ima-init: FAIL ([a-z0-9-]+):/mg;
	my $handover = $text =~ /^payload: runs$/m;
	return $ended if $ended eq 'hung' || $ended =~ /^no kernel/;
	return 'handover and FAIL ' . join(' ', @failures) if $handover && @failures;
	return 'FAIL twice: ' . join(' ', @failures) if @failures > 1;
	return $failures[0] if @failures;
	return 'handover' if $handover;
	return "kernel-panic $1" if $text =~ /Kernel panic - not syncing: Requested init \S+ failed \(error (-\d+)\)/;
	return 'panic' if $text =~ /Kernel panic/;
	return 'no kernel started' if $text !~ /Linux version /;
	return 'rebooted' if $ended eq 'reboot';
	return 'halted';
}

sub user_mode_linux {
	my ($boot) = @_;
	my @command = command($boot->{image}, $boot->{option});
	$boot->{option}{forge}->($boot->{image}) if $boot->{option}{forge};
	my $plug = sub { plug_in("ima-init-$$-$number", "ubdb=$boot->{image}") };
	my ($text, $ended) = -x $command[0]
		? run_kernel($boot->{log}, { waits => $boot->{option}{late} && $plug }, @{$boot->{option}{around} // []}, @command) : ('', "no kernel $command[0]");
	return { text => $text, ended => $ended, command => join ' ', map { /[^\w\/.,=:-]/ ? "'$_'" : $_ } @command };
}

# Boots once; returns { verdict, text, log, payload => { key => [values] } }.
sub boot {
	my ($name, $change, %option) = @_;
	my $slug = substr(lc($name) =~ s/[^a-z0-9]+/-/gr =~ s/^-|-$//gr, 0, 60);
	my $log = sprintf '%s/logs/%s/%02d-%s.log', $out, $test, $number, $slug;
	make_path(dirname($log));
	$temporary = "$out/tmp/$test-$$-$number";
	make_path($temporary);
	my %result = (verdict => 'no image', text => '', log => $log, payload => {});
	my $image = make_image($change, $option{fs} // 'ext4', \%option);
	if ($image) {
		my $machine = $option{machine} // \&user_mode_linux;
		my $start = time;
		my $booted = $machine->({ image => $image, log => $log, directory => $temporary, kernels => $ENV{TEST_KERNEL_DIR}, option => \%option });
		@result{qw(text command)} = @$booted{qw(text command)};
		$result{verdict} = verdict($booted->{text}, $booted->{ended});
		record_boot($start, $result{verdict} eq 'handover');
	}
	$result{foreseen} = foreseen("$temporary/verify");
	$result{initramfs} = $image && -e "$image.initramfs";
	$result{after} = [$option{after}->($image, "$base/keys")] if $image && $option{after};
	while ($result{text} =~ /^payload: ([^=\n]+)=(.*)$/mg) {
		push @{$result{payload}{$1}}, $2;
	}
	clean();
	return \%result;
}

# Boots an image that is there, and is written to. Options: arguments, an array, for the next
# init; cut, as for run_kernel(). Returns { verdict, text, ended }.
sub boot_image {
	my ($name, $image, %option) = @_;
	my $log = sprintf '%s/logs/%s/%02d-%s.log', $out, $test, $number, $name;
	make_path(dirname($log));
	$temporary = "$out/tmp/$test-$$-$number";
	make_path($temporary);
	my @command = command($image, \%option);
	push @command, '--', @{$option{arguments}} if $option{arguments};
	my $start = time;
	my ($text, $ended) = run_kernel($log, { cut => $option{cut} }, @command);
	my $verdict = verdict($text, $ended);
	record_boot($start, $verdict eq 'handover');
	clean();
	return { verdict => $verdict, text => $text, ended => $ended, log => $log };
}

# The directory that make-base has made.
sub base_directory { return $base }

# What `imactl verify` found in the tree, and in how many files; undef: it was not asked.
sub foreseen {
	my ($file) = @_;
	open my $in, '<', $file or return;
	local $/ = undef;
	my $said = <$in>;
	my ($json) = $said =~ /^(\{.*)/ms or return { findings => ["no JSON: $said"], files => 0 };
	my $verified = decode_json($json);
	return { findings => [map { $_->{finding} } @{$verified->{findings}}], said => $verified->{findings}, files => sum(0, values %{$verified->{files}}) };
}

# What depends on the disk alone must be known before the boot, and nothing else be found.
my $KNOWABLE = qr/^(?:manifest|file|conf-invalid|canary|key-unplaced|key-too-many|kmk-invalid|kernel-panic -13)/;

# In an initramfs the command line may name the root that this is tried on, and verify has none.
my $KNOWABLE_DISK = qr/^policy-escaped/;
my $KNOWABLE_INITRAMFS = qr/^(?:sidecar|conf-invalid|next-init|probe|keyring-empty|self-unsigned|policy-exempts|policy-weak)/;

sub disagreement {
	my ($result, $option) = @_;
	# What is unusual there is why that kernel has no trusted keyrings, and the tree says so.
	my %usual = $result->{initramfs} && ($option->{kernel} // '') eq 'distribution' ? (without => 1, kernel => 1) : ();
	return if !$result->{foreseen} || grep({ $option->{$_} && !$usual{$_} } qw(kernel init with without)) || $option->{verify_not};
	my @found = @{$result->{foreseen}{findings}};
	my $knowable = $result->{verdict} =~ $KNOWABLE ||
		$result->{verdict} =~ ($result->{initramfs} ? $KNOWABLE_INITRAMFS : $KNOWABLE_DISK);
	my $wrong = !@found && $knowable ? 'imactl verify found nothing' :
		@found && $result->{verdict} eq 'handover' ? "imactl verify found: @found" : undef;
	record_compared($result->{foreseen}{files}, $wrong);
	return $wrong // ();
}

# Of verify's findings that have the code of the boot: the boot's line must have the reason as well.
sub not_foretold {
	my ($result, $how) = @_;
	my @same = grep { $_->{finding} eq $result->{verdict} } @{$result->{foreseen}{said} // []};
	my $said = join '; ', map { "$_->{finding}: $_->{reason}" } @{$result->{foreseen}{said} // []};
	return "imactl verify does not give $result->{verdict}: $said" unless @same;
	my ($line) = $result->{text} =~ /ima-init: FAIL \Q$result->{verdict}\E: (.*)/;
	return "imactl verify does not say what the boot does: $said" if $how > 1 && !grep { index($line, $_->{reason}) >= 0 } @same;
	return;
}

sub list { my ($value) = @_; return ref $value eq 'ARRAY' ? @$value : defined $value ? ($value) : () }

# What is wrong with a boot, a line each.
sub complaints {
	my ($result, $expected, $option) = @_;
	my @wrong;
	my $right = ref $expected ? $result->{verdict} =~ $expected : $result->{verdict} eq $expected;
	push @wrong, "expected $expected, got $result->{verdict}" unless $right;
	push @wrong, not_foretold($result, $option->{foretold}) if $option->{foretold};
	push @wrong, disagreement($result, $option), @{$result->{after} // []};
	for my $pattern (list($option->{like})) {
		push @wrong, "the log has nothing like $pattern" if $result->{text} !~ $pattern;
	}
	for my $pattern (list($option->{unlike})) {
		push @wrong, "the log has: $&" if $result->{text} =~ $pattern;
	}
	my $payload = $option->{payload} // {};
	for my $key (sort keys %$payload) {
		my $want = $payload->{$key};
		my $values = $result->{payload}{$key};
		push @wrong, "the payload says nothing of $key" unless $values;
		for my $value (@{$values // []}) {
			my $right = ref $want ? $value =~ $want : $value eq $want;
			push @wrong, "payload: $key=$value, expected $want" unless $right;
		}
	}
	return @wrong;
}

sub show {
	my ($result, @wrong) = @_;
	# A panicking kernel's registers and stack say nothing here.
	my @lines = grep { !/^\[[ .0-9]+\]\s+\[?<?[0-9a-f]{8}|: (?:CPU|RIP|Call Trace|Stack)/ } split /\n/, $result->{text} =~ s/^\[[ .0-9]+\] (?:CPU: \d+ PID|Call Trace|Stack|RIP|RSP|R[A-Z0-9]+:|Modules linked|Pid:).*\n//mgr;
	splice @lines, 0, @lines - 25 if @lines > 25;
	diag(join "\n", @wrong, @lines, "log: $result->{log}",
		"again: ONLY=$number KEEP=1 prove -v $program",
		'booted: ' . ($result->{command} // 'nothing'));
	return;
}

# Counts a case; false if another one alone is wanted.
sub next_case {
	$number++;
	return !$ENV{ONLY} || $ENV{ONLY} == $number;
}

# One case, one line of TAP. Returns the boot's result.
sub expect {
	my ($expected, $name, $change, %option) = @_;
	$change //= '';
	return if $selected && !$selected->($name, \$expected, \$change, \%option);
	return unless next_case();
	my $result = boot($name, $change, %option);
	my @wrong = complaints($result, $expected, \%option);
	local $Test::Builder::Level = $Test::Builder::Level + 2;
	ok(!@wrong, "$name: $expected") or show($result, @wrong);
	return $result;
}

sub accepted {
	my ($name, $change, %option) = @_;
	return expect('handover', $name, $change, %option);
}

sub refused {
	my ($name, $code, $change, %option) = @_;
	return expect($code, $name, $change, %option);
}

# Something other than a boot, counted and named like one.
sub case {
	my ($name, $check) = @_;
	return if $selected || !next_case();
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @wrong = $check->();
	ok(!@wrong, $name) or diag(join "\n", @wrong);
	return;
}

# The boots of tests/boot/PROGRAM.t that SELECT wants, in this program. It is called with each one's
# name, and with references to what is expected, the change and the options, which it may alter.
sub cases_of {
	my ($other, $select) = @_;
	my $file = "$top/tests/boot/$other.t";
	open my $in, '<', $file or die "$file: $!";
	my $text = do { local $/ = undef; <$in> };
	my $package = "Cases::$other" =~ s/-/_/gr;
	local $selected = $select;
	eval "package $package;\n#line 1 \"$file\"\n$text\n1" or die $@;    ## no critic: each has functions of its own
	return;
}

sub finish { done_testing() unless $selected; return }

sub prepare {
	$ENV{TEST_KERNEL_DIR} = abs_path(kernel_directory());
	$ENV{PATH} .= ':/usr/sbin:/sbin';
	my @said = qx('$top/tests/boot/make-base' 2>&1);
	BAIL_OUT("make-base failed: @said") if $? != 0 || !@said;
	chomp($base = $said[-1]);
	remove_tree("$out/logs/$test") unless $ENV{ONLY};
	# What a killed test program left.
	for my $left (glob "$out/tmp/*") {
		remove_tree($left) if $left =~ /-(\d+)-\d+$/ && !kill(0, $1) && $!{ESRCH} && !$ENV{KEEP};
	}
	return;
}

prepare();

1;
