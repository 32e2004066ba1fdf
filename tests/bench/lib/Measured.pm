# SPDX-License-Identifier: MIT
# What tests/bench/boot has measured, for the table and for the plot.
package Measured;
use strict;
use warnings;
use Exporter qw(import);
use JSON::PP qw(decode_json);
use List::Util qw(sum);

our @EXPORT = qw(read_measured quantile middle fit milliseconds @CONTENDERS %LABEL %MACHINE);

our @CONTENDERS = qw(sbin-init floor ima-init dracut-dash dracut-busybox);
our %LABEL = (
	'sbin-init' => 'init=/sbin/init alone', floor => 'floor: the system calls, no check', 'ima-init' => 'ima-init',
	'dracut-dash' => 'dracut, dash', 'dracut-busybox' => 'dracut, busybox');
our %MACHINE = (uml => 'User-mode Linux', qemu => 'QEMU without KVM');

sub read_measured {
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	local $/ = undef;
	return decode_json(<$in>);
}

# The value that this share of all is not above; between two, in proportion.
sub quantile {
	my ($share, @values) = @_;
	my @sorted = sort { $a <=> $b } @values;
	my $place = $share * $#sorted;
	my $low = int $place;
	return $sorted[$low] if $low == $#sorted;
	return $sorted[$low] + ($place - $low) * ($sorted[$low + 1] - $sorted[$low]);
}

# The median, of microseconds in milliseconds.
sub middle { my ($measured, $machine, $contender) = @_; return quantile(0.5, @{$measured->{machines}{$machine}{$contender}{us}}) / 1000 }

# The line through the points of a growth: slope and height in milliseconds, and R squared.
sub fit {
	my ($points, $what, $contender) = @_;
	my @x = map { $_->{$what} } @$points;
	my @y = map { $_->{$contender} / 1000 } @$points;
	my ($mean_x, $mean_y) = (sum(@x) / @x, sum(@y) / @y);
	my $xx = sum(map { ($_ - $mean_x)**2 } @x);
	my $yy = sum(map { ($_ - $mean_y)**2 } @y) || 1;
	my $xy = sum(map { ($x[$_] - $mean_x) * ($y[$_] - $mean_y) } 0 .. $#x);
	my $slope = $xy / $xx;
	return ($slope, $mean_y - $slope * $mean_x, $xy**2 / ($xx * $yy));
}

sub milliseconds { my ($value) = @_; return sprintf $value < 10 ? '%.1f' : '%.0f', $value }

1;
