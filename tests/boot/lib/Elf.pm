# SPDX-License-Identifier: MIT
# A shared library on a disk, outside every file: its header in the first block, its segments in free ones.
package Elf;
use strict;
use warnings;
use Exporter qw(import);
use File::Basename qw(dirname);
use Cwd qw(abs_path);

our @EXPORT_OK = qw(library_on_device);

my $top = abs_path(dirname(__FILE__) . '/../../..');
my $PAGE = 4096;

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or die "$path: $!";
	local $/ = undef;
	return scalar <$in>;
}

# Bytes of the first of so many free blocks that follow each other.
sub free_blocks {
	my ($image, $count) = @_;
	my $said = qx(debugfs -R 'ffb 2000' '$image' 2>/dev/null);
	my @free = $said =~ /\b(\d+)\b/g;
	for my $i (0 .. $#free - $count) {
		return $PAGE * $free[$i] if $free[$i] > 2 && $free[$i + $count - 1] == $free[$i] + $count - 1;
	}
	die "$image: no $count free blocks: $said";
}

# The file system stays clean. What ld.so reads of a library is its header and its program headers, and
# maps the rest from where they say: all of it is moved by as many bytes.
sub library_on_device {
	my ($image) = @_;
	my $library = "$image.library";
	system("$top/tests/boot/lib/make-library", $library, 'forged') == 0 or die 'make-library';
	my $bytes = slurp($library);
	unlink $library;
	my $blocks = int((length($bytes) + $PAGE - 1) / $PAGE);
	my $at = free_blocks($image, $blocks);
	my ($phoff, $phentsize, $phnum) = (unpack('x32 Q', $bytes), unpack('x54 S', $bytes), unpack('x56 S', $bytes));
	die 'the program headers do not fit' if $phoff + $phentsize * $phnum > 1024;
	my $header = substr $bytes, 0, $phoff + $phentsize * $phnum;
	for my $i (0 .. $phnum - 1) {
		my $field = $phoff + $i * $phentsize + 8;
		substr($header, $field, 8) = pack 'Q', unpack('Q', substr $header, $field, 8) + $at;
	}
	open my $out, '+<:raw', $image or die "$image: $!";
	for ([0, $header], [$at, $bytes]) {
		seek $out, $_->[0], 0;
		print {$out} $_->[1];
	}
	close $out or die "$image: $!";
	my $fsck = qx(e2fsck -fn '$image' 2>&1);
	die "$image: $fsck" if $?;
	return;
}

1;
