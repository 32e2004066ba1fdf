# SPDX-License-Identifier: MIT
# The hole that no program can close, shown on the stock kernel so that we learn
# when a kernel closes it: the built-in rule is `appraise fowner=0`, so that an
# unsigned /ima/init of another owner is run as PID 1. See SECURITY.md.
use strict;
use warnings;
use Bed;

# The forged /ima/init is the payload: it reports what it can do.
my $forge = 'cp sbin/init forged; unsign ima/init; cat forged >ima/init';

refused 'a forged /ima/init of root' => 'kernel-panic -13', $forge;
accepted 'THE HOLE: a forged /ima/init of uid 1000 runs as PID 1', "$forge; chown 1000 ima/init",
	payload => { pid => 1, argv => '[/ima/init]', 'open-canary' => 'EACCES' },
	unlike => qr/ima-init:/;
accepted 'THE HOLE: the same with a stranger\'s signatures', "$forge; chown 1000 ima/init; by stranger sign ima/init",
	payload => { pid => 1, argv => '[/ima/init]' };

finish;
