# SPDX-License-Identifier: MIT
# Debian's own initramfs with /ima in it: made by initramfs-tools or dracut, booted with Debian's kernel in
# QEMU up to the login prompt, or to where it stops.
#
#   use_generator 'dracut', evidence => pattern of what its /init says first;
#   holds_tree                                      the initramfs has /ima as the site prepared it
#   accepted 'name', like => [...], checks => {...} the initramfs that the generator made
#   refused 'name' => 'failure-code', 'change'      the same with another /ima: shell commands in it
#   made 'name', 'change', by => 'command', like => pattern
#                                                  the generator takes the site's tree: shell commands in it
#   not_made 'name' => pattern, 'change'            it ends with an error, and the initramfs that is there stays
#   finish
package Debian;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use Qemu qw(run_qemu);
use Records qw(record_boot);
use Test::More;
use Time::HiRes qw(time);

our @EXPORT = qw(use_generator holds_tree accepted refused made not_made finish);

my @COMMAND_LINE = ('console=ttyS0', 'root=/dev/vda', 'ro', 'rdinit=/ima/init', 'panic=-1', 'loglevel=6', 'printk.devkmsg=on',
	'sysctl.kernel.printk_ratelimit=0');

my $lib = dirname(abs_path(__FILE__));
my $top = abs_path("$lib/../../..");
my $out = "$top/build/qemu";
my $test = basename($0, '.t');
my $number = 0;
my ($generator, $evidence, $machine, $temporary);
chdir $top or die "$top: $!";

# A shell as root of name spaces of its own; its status and all that it says.
sub inside {
	my ($commands, %environment) = @_;
	local @ENV{qw(top keys machine work), keys %environment} = ($top, "$out/keys", $machine, $temporary, values %environment);
	open my $pipe, '-|', "$lib/inside", 'bash', '-euo', 'pipefail', '-c', "exec 2>&1 </dev/null\numask 022\n$commands" or die "inside: $!";
	my $said = join '', <$pipe>;
	close $pipe;
	return ($? >> 8, $said);
}

# What the site's tree is in the initramfs, and the installed system for the generator.
my $PREPARE = <<'END';
mkdir -p "$work/image" "$work/system"
tar -C "$work/system" --numeric-owner --exclude='./dev/*' -xf "$machine/root.tar"
cd "$work/image"
zstd -q -dc "$machine/initrd.img" | cpio --quiet -idm --no-preserve-owner ima 'ima/*' ./ima './ima/*'
END

sub use_generator {
	my ($name, %option) = @_;
	($generator, $evidence) = ($name, $option{evidence});
	my @said = qx('$top/tests/qemu/make-machine' '$generator');
	BAIL_OUT("make-machine $generator failed") if $? != 0 || !@said;
	chomp($machine = $said[-1]);
	$temporary = "$out/tmp/$test-$$/$generator";
	make_path("$out/logs", $temporary);
	# What a killed test program left.
	for my $left (glob "$out/tmp/*") {
		inside('rm -rf --one-file-system "$left"', left => $left) if $left =~ /-(\d+)$/ && !kill(0, $1) && $!{ESRCH} && !$ENV{KEEP};
	}
	my ($status, $said) = inside($PREPARE);
	BAIL_OUT("no initramfs to look into: $said") if $status;
	return;
}

END {
	my $status = $?;
	inside('rm -rf --one-file-system "${work%/*}"') if $machine && !$ENV{KEEP};
	$? = $status;
}

sub next_case {
	$number++;
	return !$ENV{ONLY} || $ENV{ONLY} == $number;
}

# The archive is listed by somebody else, with owners and modes, and each file compared.
sub holds_tree {
	return unless next_case();
	my ($status, $said) = inside(<<'END');
cd "$work"
zstd -q -dc "$machine/initrd.img" | cpio --quiet -itvn | sed -n 's|^\(\S*\) *[0-9]* \([0-9]*\) *\([0-9]*\) .* \(\./\)\?\(ima\(/.*\)\?\)$|\5 \1 \2:\3|p' | LC_ALL=C sort >listed
(cd system/etc/ima-init/initramfs && find ima -printf '%p %M %U:%G\n'; echo 'ima/init -rwxr-xr-x 0:0') | LC_ALL=C sort >wanted
diff wanted listed
rm -rf compared
cp -a system/etc/ima-init/initramfs compared
cp "$top/build/ima-init-initramfs" compared/ima/init
diff -r compared image
END
	ok($status == 0, "$generator: /ima is the site's, with ima-init-initramfs, and root's") or diag($said);
	return;
}

sub boot {
	my ($name, %option) = @_;
	my $slug = substr(lc($name) =~ s/[^a-z0-9]+/-/gr =~ s/^-|-$//gr, 0, 60);
	my $start = time;
	my $boot = run_qemu(
		log => sprintf('%s/logs/%s-%02d-%s.log', $out, $test, $number, $slug), directory => "$temporary/boot",
		kernel => "$machine/vmlinuz", initrd => $option{initrd} // "$machine/initrd.img",
		append => join(' ', grep({ !defined $option{without} || !/$option{without}/ } @COMMAND_LINE), $option{with} // ()),
		disks => ["$machine/root.img"], memory => 1024, seconds => $ENV{BED_HANG_SECONDS} // 300,
		until => qr/ login: /, more => ['-snapshot']);
	record_boot($start, $boot->{ended} eq 'until');
	return $boot;
}

# What came of a boot, in the words of the boot tests.
sub verdict {
	my ($boot) = @_;
	my @failures = $boot->{text} =~ /ima-init: FAIL ([a-z0-9-]+):/g;
	my @seen = (($boot->{text} =~ $evidence ? "$generator\'s /init" : ()), ($boot->{ended} eq 'until' ? 'login' : ()));
	return 'hung' if $boot->{ended} eq 'hung';
	return join ' and ', @failures, @seen if @failures || @seen;
	return $boot->{text} =~ /Kernel panic - not syncing: (.*)/ ? "kernel panic: $1" : 'nothing';
}

sub list { my ($value) = @_; return ref $value eq 'ARRAY' ? @$value : defined $value ? ($value) : () }

sub expect {
	my ($expected, $name, $boot, %option) = @_;
	my $verdict = verdict($boot);
	my @wrong = (ref $expected ? $verdict =~ $expected : $verdict eq $expected) ? () : ("expected $expected, got $verdict");
	for my $pattern (list($option{like})) {
		push @wrong, "the console has nothing like $pattern" if $boot->{text} !~ $pattern;
	}
	my %checks = $boot->{text} =~ /check: ([^:\n]+): ([^\n]*)/g;
	for my $check (sort keys %{$option{checks} // {}}) {
		my $said = $checks{$check} // 'nothing';
		push @wrong, "$check: got: $said, expected $option{checks}{$check}" if $said !~ $option{checks}{$check};
	}
	local $Test::Builder::Level = $Test::Builder::Level + 2;
	ok(!@wrong, "$generator: $name: $expected") or
		diag(join "\n", @wrong, (reverse((reverse split /\n/, $boot->{text})[0 .. 24])), "booted: $boot->{command}");
	return;
}

sub accepted {
	my ($name, %option) = @_;
	return unless next_case();
	expect("$generator\'s /init and login", $name, boot($name, %option), %option);
	return;
}

# What the generator had made before, and behind it, as a boot loader would give it, another /ima.
my $CHANGE = <<'END';
cd "$work"
rm -rf changed
cp -a image changed
(cd changed/ima && eval "$CHANGE")
(cd changed && find ima 2>/dev/null | LC_ALL=C sort | cpio --quiet -o -H newc) >changed.cpio
# An archive begins at a multiple of four bytes.
cp "$machine/stock.img" changed.img
truncate -s %4 changed.img
cat changed.cpio >>changed.img
END

sub refused {
	my ($name, $code, $change, %option) = @_;
	return unless next_case();
	my ($status, $said) = inside($CHANGE, CHANGE => $change);
	return fail("$name: the change failed: $said") if $status;
	expect($code, $name, boot($name, initrd => "$temporary/changed.img", %option), %option);
	return;
}

# The generator on the site's tree after a change there, which is then undone.
my $GENERATE = <<'END';
system=$work/system
cp -a "$system/etc" "$work/etc"
(cd "$system/etc/ima-init/initramfs/ima" && eval "$CHANGE")
printf old >"$system/boot/old.img"
status=0
"$top/tests/qemu/lib/enter" "$system" sh -euc "$GENERATE" || status=$?
rm -rf "$system/etc"
mv "$work/etc" "$system/etc"
[ "$(head -c 3 "$system/boot/old.img")" = old ] || echo "the initramfs is another one"
exit "$status"
END

our %generate = (
	# The hook alone, as mkinitramfs calls it; the whole of it takes half a minute.
	'initramfs-tools' => 'rm -rf /var/tmp/initramfs; mkdir /var/tmp/initramfs; export DESTDIR=/var/tmp/initramfs; /usr/share/initramfs-tools/hooks/ima-init; test -e $DESTDIR/ima/init && echo "/ima is there" || echo "/ima is not there"',
	# One module alone.
	dracut => 'dracut --force --quiet --no-kernel --modules ima-init /boot/old.img; lsinitrd /boot/old.img | grep " ima/init$" && echo "/ima is there" || echo "/ima is not there"',
);

sub generate {
	my ($change, %option) = @_;
	return inside($GENERATE, CHANGE => $change, GENERATE => $option{by} // $generate{$generator});
}

sub made {
	my ($name, $change, %option) = @_;
	return unless next_case();
	my ($status, $said) = generate($change, %option);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $right = $option{like} // qr/^\/ima is there$/m;
	ok($status == 0 && $said !~ /ima-init:/ && $said =~ $right, "$generator makes it: $name") or diag("status $status: $said");
	return;
}

sub not_made {
	my ($name, $like, $change, %option) = @_;
	return unless next_case();
	my ($status, $said) = generate($change, %option);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($status != 0 && $said =~ $like && $said =~ /\bima-init: (?:.* failed: )?no initramfs is made$/m && $said !~ /^the initramfs is another one$/m, "$generator refuses: $name") or
		diag("status $status: $said");
	return;
}

sub finish { done_testing(); return }

1;
