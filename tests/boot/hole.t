# SPDX-License-Identifier: MIT
# The holes that no program can close, shown on the stock kernel so that we learn
# when a kernel closes it: the built-in rule is `appraise fowner=0`, so that an
# unsigned /ima/init of another owner is run as PID 1. And that they are closed,
# and which are not, by the patch of packaging/kernel. See SECURITY.md.
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

# What else is run before a policy can be in force: a script, a linker, a library, modprobe.
my $script = 'unsign ima/init; printf "#!/sbin/init\n" >ima/init; chown 1000 ima/init';
my $linker = 'echo "int main(void) { return 0; }" | musl-gcc -fPIE -pie -x c - -Wl,--dynamic-linker=/linker -o linked;
	cat linked >ima/init; sign ima/init; cp sbin/init linker; unsign linker';
# Program and linker are signed; the library runs before main().
my $library = 'mkdir lib; cp "$(realpath /lib/ld-musl-*.so.1)" linker
	echo "int execl(const char *, ...); __attribute__((constructor)) void run(void) { execl(\"/sbin/init\", \"library\", (char *)0); }" |
		musl-gcc -shared -fPIC -x c - -o lib/libforged.so
	echo "int main(void) { return 0; }" |
		musl-gcc -fPIE -pie -x c - -Llib -Wl,--no-as-needed -lforged -Wl,-rpath,/lib -Wl,--dynamic-linker=/linker -o linked
	cat linked >ima/init; sign ima/init linker';
my $spy = 'cp sbin/helper sbin/modprobe; unsign sbin/modprobe; chown 1000 sbin/modprobe;
	setfattr -n security.ima -v 0x040b0000000000000000000000000000000000000000000000000000000000000000 ima/canary';
accepted 'THE HOLE: an unsigned script of uid 1000', $script, payload => { pid => 1 }, unlike => qr/ima-init:/, verify_not => 1;
accepted 'THE HOLE: an unsigned linker of uid 1000, for a signed program', "$linker; chown 1000 linker",
	payload => { pid => 1 }, unlike => qr/ima-init:/, verify_not => 1;
accepted 'THE HOLE: an unsigned library of uid 1000, for a signed program', "$library; chown 1000 lib/libforged.so",
	payload => { pid => 1, argv => '[library]' }, unlike => qr/ima-init:/, verify_not => 1;
refused 'an unsigned linker of root' => 'kernel-panic -13', $linker, verify_not => 1;
refused 'an unsigned library of root' => 'panic', $library, verify_not => 1;
accepted 'THE HOLE: an unsigned modprobe of uid 1000', $spy, init => '/sbin/init', like => qr/modprobe-spy: ran/;

# Closed by a kernel with CONFIG_IMA_APPRAISE_SIGNED_INIT_ANY_OWNER.
my @any = (kernel => 'signed-init-any-owner');
refused 'any owner: a forged /ima/init of root' => 'kernel-panic -13', $forge, @any;
refused 'any owner: a forged /ima/init of uid 1000' => 'kernel-panic -13', "$forge; chown 1000 ima/init", @any;
refused 'any owner: the same with its digest' => 'kernel-panic -13', "$forge; chown 1000 ima/init; digest ima/init", @any;
refused 'any owner: the same with a stranger\'s signatures' => 'kernel-panic -13',
	"$forge; chown 1000 ima/init; by stranger sign ima/init", @any;
refused 'any owner: an unsigned script of uid 1000' => 'kernel-panic -13', $script, @any;
refused 'any owner: an unsigned linker of uid 1000' => 'kernel-panic -13', "$linker; chown 1000 linker", @any;
refused 'any owner: an unsigned library of uid 1000' => 'panic', "$library; chown 1000 lib/libforged.so", @any,
	like => qr/libforged\.so: Permission denied/;
accepted 'any owner: a signed library of uid 1000', "$library; chown 1000 lib/libforged.so; sign lib/libforged.so", @any,
	payload => { pid => 1, argv => '[library]' };
accepted 'any owner: a signed linker of uid 1000', "$linker; chown 1000 linker; sign linker", @any, payload => { pid => 1 };
accepted 'any owner: an unsigned modprobe of uid 1000', $spy, init => '/sbin/init', @any,
	unlike => qr/modprobe-spy/, payload => { 'exec-unsigned-other' => 'EACCES' };

# A good boot is as on the stock kernel, and only the site's policy counts after it.
my $by_owner = 'printf "appraise func=%s fowner=0 appraise_type=imasig\n" BPRM_CHECK MMAP_CHECK POLICY_CHECK | content ima/policy';
accepted 'any owner: a good boot', '', @any, like => [qr/the canary and the rules in force$/m, qr/ prove-exec=yes/],
	payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES', 'open-canary-exec' => 'ok' };
accepted 'any owner: the built-in rules are gone with a policy by owner', "$by_owner; conf 'prove-exec = no'", @any,
	payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'ran' };
refused 'any owner: such a policy is found out' => 'policy-escaped', "$by_owner; manifest", @any;
accepted 'any owner: without a policy they stay', 'rm ima/policy ima/canary-exec; conf "policy = none" "prove-exec = no"', @any,
	like => [map { qr/^payload: rule=appraise $_ appraise_type=imasig *$/m } qw(func=POLICY_CHECK fowner=0 func=BPRM_CHECK func=MMAP_CHECK)],
	payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES' };

# What is read before the site's policy: the kernel asks for the policy's signature,
# and reads the certificates with appraisal off; the owner of each is PID 1's to check.
for my $file (qw(keys/x509_ima.der keys/x509_evm.der keys/ima/extra.der keys/kmk manifest policy init.conf)) {
	my $change = ($file eq 'init.conf' ? "conf 'prove-exec = yes'; " : '') . "chown 1000 ima/$file";
	refused "any owner: $file of uid 1000" => 'file-owner', $change, @any, like => qr{/ima/\Q$file\E belongs to uid 1000};
}
my $unsigned_policy = 'cp ima/policy etc/policy; unsign etc/policy; chown 1000 etc/policy';
refused 'THE HOLE: an unsigned policy of uid 1000 is taken' => 'halted', $unsigned_policy, init => '/sbin/load-policy', kernel => 'read-only',
	like => qr/^helper: policy: taken$/m;
refused 'any owner: it is refused' => 'halted', $unsigned_policy, init => '/sbin/load-policy', kernel => 'any-owner-no-write',
	like => qr/^helper: policy: Permission denied$/m;

# No signature binds a name: another signed program in the place of /ima/init is
# one, too, as long as the key of /ima signs more than /ima.
accepted 'STAND-IN: another program that the key of /ima has signed runs as PID 1', 'pin sbin/init; swap sbin/init ima/init',
	payload => { pid => 1, argv => '[/ima/init]', evm => 2, 'exec-unsigned-other' => 'ran' }, unlike => qr/ima-init:/, verify_not => 1;
accepted 'STAND-IN: any owner: the same', 'pin sbin/init; swap sbin/init ima/init', @any,
	payload => { pid => 1, argv => '[/ima/init]', evm => 2, 'exec-unsigned-other' => 'EACCES' }, unlike => qr/ima-init:/;
accepted 'STAND-IN: any owner: the same, given to uid 1000 and signed so', 'pin sbin/init; swap sbin/init ima/init; chown 1000 ima/init; sign ima/init', @any,
	payload => { pid => 1, argv => '[/ima/init]' }, unlike => qr/ima-init:/;

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
refused 'any owner: the same' => 'kernel-panic -13', "$apart pin sbin/init; swap sbin/init ima/init", @any;
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

# Linux 6.12: the same hole, and the same patch.
my @stock = (kernel => 'base-6-12');
@any = (kernel => 'signed-init-any-owner-6-12');
my @runs = (payload => { pid => 1 }, unlike => qr/ima-init:/, verify_not => 1);
refused "6.12: a forged /ima/init of root" => 'kernel-panic -13', $forge, @$_ for \@stock, \@any;
for my $row (['a forged /ima/init', "$forge; chown 1000 ima/init", 'kernel-panic -13'],
	['a forged /ima/init with a stranger\'s signatures', "$forge; chown 1000 ima/init; by stranger sign ima/init", 'kernel-panic -13'],
	['an unsigned script', $script, 'kernel-panic -13'], ['an unsigned linker', "$linker; chown 1000 linker", 'kernel-panic -13'],
	['an unsigned library', "$library; chown 1000 lib/libforged.so", 'panic']) {
	my ($name, $change, $verdict) = @$row;
	accepted "THE HOLE, 6.12: $name of uid 1000", $change, @stock, @runs;
	refused "6.12, any owner: $name of uid 1000" => $verdict, $change, @any;
}
accepted 'THE HOLE, 6.12: an unsigned modprobe of uid 1000', $spy, init => '/sbin/init', @stock, like => qr/modprobe-spy: ran/;
accepted '6.12, any owner: an unsigned modprobe of uid 1000', $spy, init => '/sbin/init', @any,
	unlike => qr/modprobe-spy/, payload => { 'exec-unsigned-other' => 'EACCES' };
accepted '6.12, any owner: signed ones of uid 1000', "$library; chown 1000 linker lib/libforged.so; sign linker lib/libforged.so", @any,
	payload => { pid => 1, argv => '[library]' };
accepted '6.12, any owner: a good boot', '', @any, like => [qr/the canary and the rules in force$/m, qr/ prove-exec=yes/],
	payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES', 'open-canary-exec' => 'ok' };
refused '6.12, any owner: a policy by owner' => 'policy-escaped', "$by_owner; manifest", @any;
accepted '6.12, any owner: without a policy they stay', 'rm ima/policy ima/canary-exec; conf "policy = none" "prove-exec = no"', @any,
	payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES' };

finish;
