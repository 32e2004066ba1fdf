# SPDX-License-Identifier: MIT
# The holes that no program can close, shown on the stock kernel so that we learn
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
	unlike => qr/ima-init:/, verify_not => 1;
accepted 'THE HOLE: the same with a stranger\'s signatures', "$forge; chown 1000 ima/init; by stranger sign ima/init",
	payload => { pid => 1, argv => '[/ima/init]' }, verify_not => 1;

# No signature binds a name: another signed program in the place of /ima/init is
# one, too, as long as the key of /ima signs more than /ima.
accepted 'STAND-IN: another program that the key of /ima has signed runs as PID 1', 'pin sbin/init; swap sbin/init ima/init',
	payload => { pid => 1, argv => '[/ima/init]', evm => 2, 'exec-unsigned-other' => 'ran' }, unlike => qr/ima-init:/, verify_not => 1;

# The answer to it: the system is signed with a key of its own, which ima-init
# adds, under a CA that the kernel does not hold when it loads x509_ima.der.
my $apart = <<'END';
issue ca:root 'system CA' "$keys/ca" system-ca
issue ima 'system IMA' system-ca system-ima
issue evm 'system EVM' system-ca system-evm
certificate system-ca.der ima/keys/secondary/system.der
certificate system-ima.der ima/keys/ima/system.der
certificate system-evm.der ima/keys/evm/system.der
by_system_evm() { setfattr -x security.evm "$1"; quietly evmctl sign --portable -a sha256 --key "$PWD/system-evm.key" "$1"; }
by_system() { quietly evmctl ima_sign -a sha256 --key "$PWD/system-ima.key" "$1"; by_system_evm "$1"; }
by_system sbin/init
END
my $x509 = 'cat system-ima.der >ima/keys/x509_ima.der; cat system-evm.der >ima/keys/x509_evm.der';
accepted 'a system with keys of its own', "$apart manifest", like => qr/ secondary=1 ima=2 evm-certs=1 /;
accepted 'the same, and the next init is pinned', "$apart pin sbin/init", like => qr/ pinned=1 /;
refused 'its next init in place of /ima/init' => 'kernel-panic -13', "$apart pin sbin/init; swap sbin/init ima/init";
refused 'the same, and the certificates that the kernel loads exchanged' => 'kernel-panic -13',
	"$apart pin sbin/init; $x509; swap sbin/init ima/init";
# What ima-init adds comes too late for what is below /ima.
refused 'a key of keys/ima has signed /ima/init' => 'kernel-panic -13', "$apart by_system ima/init; manifest";
refused 'a key of keys/ima has signed the policy' => 'file-refused', "$apart by_system ima/policy; manifest";
refused 'a key of keys/evm has signed the policy' => 'file-refused', "$apart by_system_evm ima/policy; manifest";
# A key that the kernel's own CA has issued does not do: its certificate can be the one that the kernel loads.
accepted 'STAND-IN: a second key, issued by the CA that the kernel holds', 'signer=extra; sign sbin/init; manifest;
	cat "$keys/extra/x509_ima.der" >ima/keys/x509_ima.der; cat "$keys/extra/x509_evm.der" >ima/keys/x509_evm.der; swap sbin/init ima/init',
	payload => { pid => 1 }, unlike => qr/ima-init:/, verify_not => 1;

finish;
