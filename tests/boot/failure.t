# SPDX-License-Identifier: MIT
# What is left of a failure: its line on the console, whatever the kernel's log level, and the
# number of its code in the kernel's last line.
use strict;
use warnings;
use Bed;

sub number { my ($number) = @_; return qr/Attempted to kill init! exitcode=0x0000\Q@{[sprintf '%02x', $number]}\E00/ }

# Before and after init.conf was read, with and without a failure action that comes back.
refused 'a code before init.conf is read' => 'manifest-missing', 'rm ima/manifest', like => number(20);
refused 'a code that the kernel gives' => 'file-refused', 'flip ima/policy', like => number(23);
refused 'a code after init.conf is read' => 'policy-invalid', q{policy 'appraise func=NOTHING'}, like => number(47);
refused 'the last code' => 'handover-refused', 'unsign sbin/init',
	like => [number(64), qr/ima-init: handing over: .* next-init=\/sbin\/init .*ima-init: FAIL handover-refused: /s];
refused 'a rescue program that is refused keeps the first code' => qr/^FAIL twice: file-missing file-refused$/,
	q{rm ima/keys/kmk; conf 'on-failure = rescue' 'rescue = /sbin/init'; pin sbin/init; flip sbin/init}, like => number(22);
accepted 'no code', '', unlike => qr/exitcode/, like => qr/ima-init: handing over: /;

# 1 is the lowest that loglevel= can be.
for my $level ('loglevel=1', 'quiet', 'loglevel=7', 'printk.devkmsg=off', 'printk.devkmsg=off loglevel=1') {
	refused "the line with $level" => 'manifest-missing', 'rm ima/manifest', with => $level, like => number(20);
}
accepted 'a good boot with loglevel=1 is silent', '', with => 'loglevel=1', unlike => qr/ima-init: /;

finish();
