# SPDX-License-Identifier: MIT
# What can be mapped executable under a rule for MMAP_CHECK and is not a regular file: every device on
# the stock kernel, which looks at regular files only; none on a kernel with the second patch of
# packaging/kernel. A signed process 1 loads the policy and tries; ima-init, which keeps devices from
# being mapped by mount options, is not in these boots.
use strict;
use warnings;
use Bed;

my $denied = 'Permission denied';
# What is the same on every kernel, and without the patch.
my %same = (
	'signed program' => 'mapped', 'unsigned program' => $denied, 'disk, to read' => 'mapped', 'zero, to read' => 'mapped',
	'disk, mprotect' => 'Operation not permitted', 'memfd' => $denied, 'anonymous memory' => 'mapped', 'shared memory' => 'mapped',
	'node, execve' => $denied,
);
my @devices = ('disk', 'disk, shared', 'symlink to it', 'node of it', 'zero', 'disk, READ_IMPLIES_EXEC');
my %open = (%same, map { $_ => 'mapped' } @devices);
my %closed = (%same, map { $_ => $denied } @devices);

# A boot with these rules, and all the lines that come of it. Options: said, patterns of the log;
# unsaid; the others are the bed's.
sub maps {
	my ($name, $kernel, $rules, $expected, %option) = @_;
	my ($said, $unsaid) = (delete $option{said}, delete $option{unsaid});
	my $policy = $rules ? "content ima/policy <<'END'\n" . join("\n", @$rules) . "\nEND\n" : '';
	refused "$kernel: $name" => 'halted',
		"${policy}cp \"\$top/build/boot/programs/mapper\" sbin/mapper; sign sbin/mapper",
		kernel => $kernel, init => '/sbin/mapper', %option,
		with => 'sysctl.kernel.printk_ratelimit=0 ' . ($option{with} // ''),
		like => [qr/\bima: policy update completed$/m, $said // (), map { qr/^mapper: \Q$_: $expected->{$_}\E$/m } sort keys %$expected],
		unlike => [qr/mapper: FAILS/, $unsaid // ()];
	return;
}

my $audit = qr/ op=appraise_data cause=not-regular-file /;
my $mmap = 'appraise func=MMAP_CHECK appraise_type=imasig';
my $by_request = 'appraise func=MMAP_CHECK_REQPROT appraise_type=imasig';
# tmpfs, whose number devtmpfs has, too.
my $no_tmpfs = 'dont_appraise fsmagic=0x01021994';

for my $kernel (qw(base base-6-12)) {
	maps('THE HOLE: every device', $kernel, undef, \%open, unsaid => $audit);
}
for my $kernel (qw(signed-init-any-owner signed-init-any-owner-6-12)) {
	maps('no device', $kernel, undef, \%closed, unsaid => qr{name="/dev/zero".* errno=[1-9]},
		said => qr{^.*$audit.*comm="mapper" name="/dev/ubda" dev="devtmpfs" ino=\d+ res=0 errno=0$}m);
	maps('whoever owns the node', $kernel, ['appraise func=MMAP_CHECK fowner=0 appraise_type=imasig'], \%closed, said => $audit);
	maps('a rule without func', $kernel, ['dont_appraise func=FILE_CHECK', 'appraise fowner=0 appraise_type=imasig'], \%closed, said => $audit);
	# The rules as they were: without one that matches, nothing is refused or said.
	my %free = map { $_ => 'mapped' } @devices, 'unsigned program', 'disk, mprotect', 'memfd';
	maps('no rule for MMAP_CHECK', $kernel, ['appraise func=BPRM_CHECK appraise_type=imasig'], { %open, %free }, unsaid => $audit);
	maps('a rule for another owner', $kernel, ['appraise func=MMAP_CHECK fowner=1000 appraise_type=imasig'], { %open, %free }, unsaid => $audit);
	maps('measured alone', $kernel, ['measure func=MMAP_CHECK', 'appraise func=BPRM_CHECK appraise_type=imasig'], { %open, %free }, unsaid => $audit);
	maps('a device that a rule exempts by its group', $kernel, ['dont_appraise func=MMAP_CHECK fgroup=7', $mmap], { %closed, zero => 'mapped' });
	maps('tmpfs is exempt, so is devtmpfs', $kernel, [$no_tmpfs, $mmap],
		{ %closed, (map { $_ => 'mapped' } grep { $_ ne 'node of it' } @devices), 'disk, mprotect' => 'mapped', memfd => 'mapped' });
	# Only the mode enforce refuses, but for mprotect(), which asks for no mode.
	my %allowed = (%open, 'unsigned program' => 'mapped', memfd => 'mapped');
	for my $mode (qw(log fix off)) {
		maps("ima_appraise=$mode", $kernel, undef, \%allowed, said => $audit, without => qr/^ima_appraise=/, with => "ima_appraise=$mode");
	}
}
# What the program asks for, not what its personality makes of it.
maps('what was asked for', 'signed-init-any-owner-6-12', [$by_request], { %closed, 'disk, READ_IMPLIES_EXEC' => 'mapped' }, said => $audit);
maps('THE HOLE: what was asked for', 'base-6-12', [$by_request], \%open);

finish;
