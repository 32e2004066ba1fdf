#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What build/ima-init and its two companions may and may not be made of. Read with binutils, and with
# a refused twin for each check: a program that has what is forbidden.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

# In KiB. What only an initramfs needs, a root and keyrings of its own, is not in the first.
my %limits = (
	'build/ima-init' => 72, 'build/ima-init-initramfs' => 104, 'build/ima-init-initrd' => 88,
	'build/arm64/ima-init' => 84, 'build/arm64/ima-init-initramfs' => 112, 'build/arm64/ima-init-initrd' => 96,
	'build/arm/ima-init' => 64, 'build/arm/ima-init-initramfs' => 88, 'build/arm/ima-init-initrd' => 72,
);
my @programs = sort keys %limits;
my %machines = (arm64 => 'AArch64', arm => 'ARM');
my $directory = tempdir(CLEANUP => 1);
my $twins = 0;

sub output {
	my @command = @_;
	open my $pipe, '-|', @command or die "$command[0]: $!";
	local $/;
	my $text = <$pipe>;
	close $pipe or die "@command: status $?";
	return $text // '';
}

# Functions that a program without a heap, a child or a thread has no use for.
my $forbidden = qr/^(?:malloc|calloc|realloc|free|aligned_alloc|posix_memalign|strdup|sbrk|__libc_malloc_impl
	|fork|vfork|clone|posix_spawn|system|popen|pthread_create
	|v?s?n?printf|vfprintf|fopen|fdopen|opendir|dlopen|dlsym
	|(?:EVP|CRYPTO|OPENSSL|RSA|EC|X509|ASN1|PKCS7)_\w+)$/x;

sub forbidden_in {
	my ($file) = @_;
	return join ' ', grep { $_ =~ $forbidden } map { (split)[-1] } split /\n/, output('nm', $file);
}

# Of the file, but not the zeros between its two segments: a kernel for arm64 may have pages of 64 KiB.
sub size_of {
	my ($file) = @_;
	my ($first, $second) = map { [map { hex } /LOAD\s+(0x\w+) 0x\w+ 0x\w+ (0x\w+)/] } output('readelf', '-lW', $file) =~ /(LOAD.*)/g;
	return (-s $file) - ($second->[0] - $first->[0] - $first->[1]);
}

# What tells the kernel's version: what it can do is found out by trying.
sub version_of_kernel_in {
	my ($file) = @_;
	return join ' ', grep({ $_ eq 'uname' } map { (split)[-1] } split /\n/, output('nm', $file)), output('strings', '-a', $file) =~ m{(proc/version|sys/kernel/(?:osrelease|version))}g;
}

sub machine_of     { return output('readelf', '-hW', $_[0]) =~ /Machine:\s+(.*)/ && $1 }
sub is_static      { return output('readelf', '-lWd', $_[0]) !~ /INTERP|\(NEEDED\)/ }
sub has_relro      { return output('readelf', '-lW', $_[0]) =~ /GNU_RELRO/ }
sub stack_is_plain { return output('readelf', '-lW', $_[0]) =~ /GNU_STACK.*\sRW\s/ }
sub is_pie         { return output('readelf', '-hW', $_[0]) =~ /Type:\s+DYN/ }
sub text_is_plain  { return output('readelf', '-dW', $_[0]) !~ /TEXTREL/ }
sub no_wx_segment  { return output('readelf', '-lW', $_[0]) !~ /LOAD.*\sRWE\s/ }
sub has_protector  { return output('nm', $_[0]) =~ /\b__stack_chk_fail$/m }

# A program that is wrong in one way.
sub twin {
	my ($compiler, $source, @flags) = @_;
	my $file = "$directory/twin" . ++$twins;
	open my $c, '>', "$file.c" or die $!;
	print {$c} $source;
	close $c;
	system($compiler, @flags, '-o', $file, "$file.c") == 0 or die "cannot build the twin with $compiler @flags";
	return $file;
}

my $plain = 'int main(void) { return 0; }';
my $heap = '#include <stdlib.h>
	int main(int c, char **v) { (void)v; void *p = malloc(c); free(p); return p == 0; }';

for my $program (@programs) {
	my $limit = 1024 * $limits{$program};
	my ($folder) = $program =~ m{(\w+)/[^/]+$};
	cmp_ok(size_of($program), '<=', $limit, "$program: at most $limit bytes, stripped: " . size_of($program));
	like(machine_of($program), qr/^$machines{$folder}$/, '  for that architecture') if $folder ne 'build';
	unlike(output('readelf', '-SW', $program), qr/\.symtab|\.debug/, '  stripped');
	ok(is_static($program), '  static');
	ok(is_pie($program), '  position independent');
	ok(text_is_plain($program), '  the code needs no relocations');
	ok(has_relro($program), '  relocations become read-only');
	ok(stack_is_plain($program), '  the stack is not executable');
	ok(no_wx_segment($program), '  nothing is writable and executable');
	ok(has_protector("$program.debug"), '  has the stack protector');
	is(forbidden_in("$program.debug"), '', '  no heap, no child process, no stdio, no libcrypto');
	is(version_of_kernel_in("$program.debug"), '', '  never asks for the version of the kernel');
}
# What only the one needs is not in the other.
unlike(output('nm', 'build/ima-init.debug'), qr/\b(?:switch_root|leave_ramdisk|mount_root|root_device_find|restore_files|sidecar_line)$/m, 'no root is mounted from a disk, and no sidecar read');
like(output('nm', 'build/ima-init-initramfs.debug'), qr/\b\Q$_\E$/m, "  and $_ is in that of an initramfs") for qw(switch_root restore_files sidecar_line);
unlike(output('nm', 'build/ima-init-initramfs.debug'), qr/\b(?:leave_ramdisk|prove_self|check_ramdisk)$/m, '  which is not left as a RAM disk is');
like(output('nm', 'build/ima-init-initrd.debug'), qr/\bleave_ramdisk$/m, '  and one is from an initrd image');
unlike(output('nm', 'build/ima-init-initrd.debug'), qr/\b(?:switch_root|check_rootfs|list_files)$/m, '  which is not left as a rootfs is');

# ARCH is asked for, by make's own word for it.
like(scalar qx(make ARCH=mips 2>&1), qr/ARCH=mips is none of arm64, arm/, 'no program for another architecture');
like(scalar qx(make ARCH=arm64 check 2>&1), qr/ARCH= is for what runs as process 1/, '  and no test for one');
like(scalar qx(make -n ARCH=armhf build/arm/ima-init.debug -W src/init/main.c 2>&1), qr{-o build/arm/init/main\.o}, '  armhf is arm');
unlike(scalar qx(ARCH=arm make -n build/ima-init.debug -W src/init/main.c 2>&1), qr{build/arm/}, '  and not what the environment of a kernel has');

ok(!is_static(twin('gcc', $plain)), 'a dynamic program is not static');
ok(!is_pie(twin('gcc', $plain, '-no-pie')), 'another is not position independent');
ok(!text_is_plain(twin('gcc', "__asm__(\".pushsection .text; .quad main; .popsection\"); $plain", '-pie', '-Wl,-z,notext')), 'elsewhere the code has relocations');
ok(!has_relro(twin('gcc', $plain, '-static', '-Wl,-z,norelro')), 'elsewhere relocations stay writable');
ok(!stack_is_plain(twin('gcc', $plain, '-Wl,-z,execstack')), 'elsewhere the stack is executable');
ok(!has_protector(twin('musl-gcc', $plain, '-static', '-fno-stack-protector')), 'another has no stack protector');
isnt(machine_of(twin('gcc', $plain)), $machines{$_}, "the host's is not for $_") for sort keys %machines;
like(forbidden_in(twin('musl-gcc', $heap, '-static')), qr/malloc/, 'another has a heap');
is(version_of_kernel_in(twin('musl-gcc', "#include <sys/utsname.h>\nint main(void) { struct utsname u; return uname(&u); }", '-static')), 'uname', 'another asks for the version');
is(version_of_kernel_in(twin('musl-gcc', "#include <fcntl.h>\nint main(void) { return open(\"$_\", O_RDONLY); }", '-static')), $_, "  or reads $_")
	for 'proc/version', 'sys/kernel/osrelease', 'sys/kernel/version';

done_testing();
