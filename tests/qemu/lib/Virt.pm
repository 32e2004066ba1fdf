# SPDX-License-Identifier: MIT
# QEMU's machine `virt` of another architecture, booted with what the bed of the boot
# tests has made for it; and the cases of tests/boot that run there again.
#
#   use Virt 'arm64';             # in place of Bed
#   accepted_there 'as in Bed.pm', '', option => value;    refused_there likewise
#   again('manifest', 3, 1);      # of tests/boot/manifest.t the first three that are accepted,
#                                 # and the first of each failure code
#   main_tests();                 # of all files whose cases need no other kernel or machine
package Virt;
use strict;
use warnings;
use Qemu qw(run_qemu);

# [file, how many accepted, how many of each failure code]
my @MAIN = (
	['good', 10, 1], ['refused-init', 2, 1], ['refused-keys', 1, 1], ['refused-text', 2, 1], ['manifest', 5, 1], ['policy', 4, 2],
	['conf', 8, 1], ['handover', 4, 1], ['evm', 8, 1], ['enforcement', 5, 1], ['commandline', 3, 2], ['initramfs', 7, 1],
	['initrd', 6, 1], ['restore', 4, 2],
);
# What they say is of User-mode Linux, or of its memory.
my $OTHER_THERE = qr/^(?:words after --|the rootfs is freed|more files than a tmpfs takes)$/;
my @ONLY_THERE = qw(kernel verity late protected inside forge after);
# System calls that tests name by the numbers of x86-64, in DENY=.
my %CALLS = (
	arm64 => { 166 => 39, 190 => 7, 248 => 217, 250 => 219, 322 => 281 },
	arm => { 166 => 52, 190 => 228, 248 => 309, 250 => 311, 322 => 387 },
);
my $architecture;

sub import {
	my ($class, $name) = @_;
	$architecture = $name;
	$ENV{TEST_ARCH} = $name;
	require Bed;
	no strict 'refs';
	*{caller() . "::$_"} = \&{$_} for qw(accepted_there refused_there again main_tests finish);
	return;
}

sub boot_virt {
	my ($boot) = @_;
	my $option = $boot->{option};
	my $told = Bed::told($boot->{image}, $option, '/dev/vda');
	my $variant = $option->{kernel} // $architecture;
	return run_qemu(
		machine => $architecture, log => $boot->{log}, directory => "$boot->{directory}/machine",
		kernel => $option->{inside} ? Bed::kernel_around("$boot->{image}.initramfs", $variant) : "$boot->{kernels}/linux-$variant", disks => [$boot->{image}], initrd => $told->{initrd},
		append => join(' ', 'console=ttyAMA0', @{$told->{words}}),
		# It does not end the machine.
		until => qr/^(?:\[[ .0-9]+\] )?reboot: System halted/m);
}

sub accepted_there { my ($name, $change, %option) = @_; @_ = ($name, $change, %option, machine => \&boot_virt); goto &Bed::accepted }
sub refused_there { my ($name, $code, $change, %option) = @_; @_ = ($name, $code, $change, %option, machine => \&boot_virt); goto &Bed::refused }
sub finish { return Bed::finish() }

# The disk has another name, and another number.
sub renamed {
	my ($value) = @_;
	return [map { renamed($_) } @$value] if ref $value eq 'ARRAY';
	return { map { $_ => renamed($value->{$_}) } keys %$value } if ref $value eq 'HASH';
	return $value unless defined $value && (!ref $value || ref $value eq 'Regexp');
	my $text = "$value" =~ s/\bubd([ab])\b/vd$1/gr;
	return ref $value ? do { $text =~ s/\b98:0\b/25\\d:0/g; qr/$text/ } : $text;
}

sub again {
	my ($program, $accepted, $each) = @_;
	my %count;
	Bed::cases_of($program, sub {
		my ($name, $expected, $change, $option) = @_;
		return 0 if $name =~ $OTHER_THERE || grep { $option->{$_} } @ONLY_THERE;
		# A disk that has more than a file system is for kernels that know partitions.
		return 0 if ($option->{make} // '') =~ /imactl/;
		return 0 if ++$count{$$expected} > ($$expected eq 'handover' ? $accepted : $each);
		$$change = renamed($$change);
		%$option = (%{renamed($option)}, machine => \&boot_virt);
		$option->{with} =~ s{\bDENY=(\d+)}{'DENY=' . ($CALLS{$architecture}{$1} // $1)}e if defined $option->{with} && !ref $option->{with};
		return 1;
	});
	return;
}

sub main_tests {
	again(@$_) for @MAIN;
	return;
}

1;
