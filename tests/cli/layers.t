#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Who may use what: src/format reads texts in memory and nothing else, and is all that src/init and src/imactl
# have in common beside include/. Each check has something that it refuses.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;

sub slurp { my ($file) = @_; open my $in, '<', $file or die "$file: $!"; local $/ = undef; return scalar <$in>; }

# What memory and text need of libc, and what the compiler adds. Neither a heap nor a descriptor is among them.
my %libc = map { $_ => 1 } qw(memchr memcmp memcpy memmove memset strchr strcmp strcspn strerror strlen strncmp strpbrk strrchr strspn
	__stack_chk_fail _GLOBAL_OFFSET_TABLE_);
my @objects = map { 'build/format/' . basename($_, '.c') . '.o' } glob 'src/format/*.c';

sub symbols {
	my ($pattern, @files) = @_;
	open my $nm, '-|', 'nm', @files or die "nm: $!";
	my %found = map { /$pattern/ ? ($1 => 1) : () } <$nm>;
	close $nm or die "nm @files: status $?";
	return \%found;
}

# What an object takes from elsewhere than src/format and that list.
sub foreign {
	my ($own, @files) = @_;
	return join ' ', grep { !$libc{$_} && !$own->{$_} } sort keys %{symbols(qr/ U (\w+)/, @files)};
}

my $own = symbols(qr/ [A-TV-Z] (\w+)/, @objects);
cmp_ok(@objects, '>=', 7, 'src/format has its readers');
is(foreign($own, $_), '', "$_ has no heap, and no input or output") for @objects;
for my $program (qw(build/ima-init.debug build/imactl)) {
	my $linked = symbols(qr/ [Tt] (\w+)/, $program);
	ok($linked->{$_}, "  and $program has its $_()") for qw(conf_parse manifest_parse policy_line command_line_word);
}

my $directory = tempdir(CLEANUP => 1);
my %twins = (
	malloc => '#include <stdlib.h>', printf => '#include <stdio.h>', open => '#include <fcntl.h>', read => '#include <unistd.h>',
);
for my $function (sort keys %twins) {
	open my $out, '>', "$directory/$function.c" or die $!;
	print {$out} "$twins{$function}\nvoid *twin(void) { return (void *)$function; }\n";
	close $out;
	system(qw(musl-gcc -c -o), "$directory/$function.o", "$directory/$function.c") == 0 or die 'no twin';
	is(foreign($own, "$directory/$function.o"), $function, "an object with $function() is found");
}
is(foreign($own, 'build/init/lines.o') =~ s/\b(?:__errno_location|lseek) ?//gr, 'read', '  and one of src/init');

# Headers of the system that src/format may have, and that src/init may not.
my $texts = qr/^(?:errno|stdarg|stdbool|stddef|stdint|string)\.h$/;
my $hosted = qr/^(?:stdio|stdlib|malloc|dirent|pthread|search|fts)\.h$|^openssl\//;
my %may = (format => [qw(format)], init => [qw(init format)], imactl => [qw(imactl format)]);

# What is wrong with the includes of a text that is a file of src/FOLDER.
sub wrong_includes {
	my ($folder, $text) = @_;
	my @wrong;
	while ($text =~ /^#include (["<])([^">]+)[">]/mg) {
		my ($quote, $name) = ($1, $2);
		if ($quote eq '<') {
			push @wrong, $name if $folder eq 'format' ? $name !~ $texts : $folder eq 'init' && $name =~ $hosted;
			next;
		}
		push @wrong, $name if $name =~ /\.\./ || !grep { -e } "include/$name", "src/$folder/$name",
			$name =~ m{^(\w+)/} && grep({ $_ eq $1 } @{$may{$folder}}) ? "src/$name" : ();
	}
	return join ' ', @wrong;
}

for my $folder (sort keys %may) {
	my @files = glob "src/$folder/*.[ch]";
	cmp_ok(@files, '>', 10, "src/$folder has sources");
	is(join(' ', map { my $wrong = wrong_includes($folder, slurp($_)); $wrong ? "$_: $wrong" : () } @files), '',
		"  which include what src/$folder may use");
}
is(wrong_includes('init', qq{#include "imactl/sidecar.h"\n}), 'imactl/sidecar.h', 'src/init uses nothing of src/imactl');
is(wrong_includes('init', qq{#include "../imactl/sidecar.h"\n}), '../imactl/sidecar.h', '  by another path');
is(wrong_includes('init', qq{#include <stdio.h>\n}), 'stdio.h', '  and no stdio');
is(wrong_includes('imactl', qq{#include "init/boot.h"\n}), 'init/boot.h', 'src/imactl uses nothing of src/init');
is(wrong_includes('imactl', qq{#include "boot.h"\n}), 'boot.h', '  by its name alone');
is(wrong_includes('format', qq{#include "init/lines.h"\n#include "report.h"\n}), 'init/lines.h report.h', 'src/format uses neither');
is(wrong_includes('format', qq{#include <unistd.h>\n#include <string.h>\n}), 'unistd.h', '  and no descriptor');
is(wrong_includes('imactl', qq{#include "format/conf.h"\n#include "layout.h"\n#include <stdio.h>\n}), '', 'what is allowed');

done_testing();
