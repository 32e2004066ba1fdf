# SPDX-License-Identifier: MIT
# What the tests have done, for tests/boot/report.
package Records;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl;
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use Time::HiRes qw(time);

our @EXPORT_OK = qw(record_boot record_compared record_verdict);

my $directory = abs_path(dirname(__FILE__) . '/../../..') . '/build/boot';

# One write, so that parallel tests do not mix their lines.
sub record {
	my ($file, $line) = @_;
	make_path($directory);
	sysopen my $records, "$directory/$file", O_WRONLY | O_APPEND | O_CREAT or die "$directory/$file: $!";
	syswrite $records, $line;
	return;
}

# A boot of this test that began then, and whether it ended in the next init.
sub record_boot {
	my ($start, $handed_over) = @_;
	record('boots', sprintf "%.3f %.3f %s %d\n", $start, time, basename($0, '.t'), $handed_over ? 1 : 0);
	return;
}

# A boot beside imactl verify, which has looked at so many files.
sub record_compared {
	my ($files, $disagree) = @_;
	record('compared', "$files " . ($disagree ? 1 : 0) . "\n");
	return;
}

# A tree that imactl verify has judged for each kernel beside its boots: what came of each.
sub record_verdict {
	my (@words) = @_;
	record('verdicts', join(' ', map { tr/ /_/r } @words) . "\n");
	return;
}

1;
