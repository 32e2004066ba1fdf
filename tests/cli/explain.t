#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl explain: every failure code, every cause of the kernel's, and lines as
# real boots have them.
use strict;
use warnings;
use Command;
use JSON::PP qw(decode_json);
use Test::More;

sub slurp { my ($path) = @_; open my $in, '<', $path or BAIL_OUT("$path: $!"); local $/ = undef; return scalar <$in> }

# The table is the program's own; the text is compared with it.
my @codes = slurp('include/failure_codes.h') =~ /^FAILURE\(\w+, \d+, "([a-z0-9-]+)"/mg;
cmp_ok(scalar @codes, '>=', 30, 'the header has failure codes');
works('every failure code', '"$imactl" explain --json ' . "@codes" . ' >"$work/codes"');
is_deeply([map { "$_->{kind} $_->{word}" } @{decode_json(slurp("$work/codes"))}], [map { "failure code $_" } @codes], '  each by its own name');

# As the kernel's source has them (6.1, security/integrity).
my @causes = qw(IMA-signature-required blacklisted-hash denied-hash-algorithm failed(directio) failed-mprotect hashing_error
	invalid-HMAC invalid-fail-immutable invalid-hash invalid-signature invalid-signature-version invalid-verity-digest
	invalid-verity-signature missing-HMAC missing-hash no-verity-digest sigv3-hashing-error unavailable-hash-algorithm
	unknown-ima-data unverifiable-signature verity-signature-required invalid-policy no_label no_xattrs);
# And the patch of packaging/kernel.
push @causes, 'not-regular-file';
works("cause=$_", "\"\$imactl\" explain 'cause=$_' '$_'", qr/\A\Q$_\E \(cause\)\n(?s:.*)^\Q$_\E \(cause\)$/m) for @causes;
works('--list has them all', '"$imactl" explain --list >"$work/list"');
my $list = slurp("$work/list");
is_deeply([grep { $list !~ /^  \Q$_\E +\S/m } @codes, @causes], [], '  each with its meaning');

my %line = (
	'[    0.070000] ima-init: FAIL file-owner: /ima/keys/kmk belongs to uid 1000: chown 0:0 it and sign it again' =>
		qr/\Afile-owner \(failure code\)\n  line +\/ima\/keys\/kmk belongs to uid 1000\n  means .*root.*\n  to do +chown/,
	'<2>ima-init: FAIL policy-invalid: /ima/policy: line 4: the kernel refuses it' => qr/\Apolicy-invalid .*\n  line +\/ima\/policy: line 4/,
	'Nov 24 09:00:00 host kernel: ima-init: FAIL manifest-missing: /ima/manifest is not there' => qr/\Amanifest-missing/,
	'ima-init: ok: version=0.1 proofs=rings evm=3 kmk=plain files=7' => qr/\Ahanding over \(summary\)\n  means .*kmk=plain/,
	'ima-init: ok: version=0.1 proofs=rings evm=3 kmk=trusted files=7' => qr/\Ahanding over \(summary\)\n  means (?!.*kmk=plain)/,
	'audit: type=1800 audit(1795507694.486:14): pid=59 uid=0 auid=4294967295 ses=4294967295 op=appraise_data cause=IMA-signature-required comm="init" name="/bin/unsigned" dev="ubda" ino=13 res=0 errno=0' =>
		qr{\AIMA-signature-required \(cause\): /bin/unsigned\n},
	'type=INTEGRITY_DATA msg=audit(1:2): pid=1 op=appraise_data cause=invalid-signature comm="x" name="/a b" dev="sda"' => qr{\Ainvalid-signature \(cause\): /a b\n},
	'audit: type=1800 audit(1:2): pid=1 uid=0 op=appraise_data cause=IMA-signature-required comm="init" name="/ima/canary" dev="ubda"' =>
		qr{\AIMA-signature-required \(cause\): /ima/canary\n  means .*provoked},
	"integrity: Request for unknown key 'id:f30340e9' err -11" => qr/\ARequest for unknown key/,
	'Kernel panic - not syncing: Requested init /ima/init failed (error -13).' => qr/\ARequested init.*\n.*\n.*IMA or EVM refused it/,
	'encrypted_key: keyword \'abc\' not recognized' => qr/MAY SHOW A KEY/,
	'evm: key initialized' => qr/\Aevm: key initialized \(kernel message\)/,
	"[    0.150000] nls_base: module verification failed: signature and/or required key missing - tainting kernel" => qr/\Amodule verification failed.*\n.*\n.*IMA has judged/,
	'Lockdown: init: unsigned module loading is restricted; see man kernel_lockdown.7' => qr{\Aunsigned module loading is restricted.*\n.*\n.*\n.*keys/secondary},
	'Loading of unsigned module is rejected' => qr/\ALoading of unsigned module(?s:.*)--appended/,
	'Loading of module with unavailable key is rejected' => qr{\ALoading of module with unavailable key(?s:.*)keys/secondary},
	'ima: impossible to appraise a module without a file descriptor. sig_enforce kernel parameter might help' => qr/\Aimpossible to appraise a module(?s:.*)not compressed/,
	'ima: Prevent firmware loading_store.' => qr{\APrevent firmware loading_store(?s:.*)/lib/firmware},
	'misc test_firmware: Direct firmware load for unsigned failed with error -13' => qr/\ADirect firmware load for(?s:.*)refused by IMA/,
	'ima-init: handing over: version=0.1 proofs=rings evm=3 kmk=trusted files=7' => qr/\Ahanding over \(summary\)\n  means .*executes the next init/,
	# What is left on a screen, or copied from it.
	'FAIL file-refused' => qr/\Afile-refused \(failure code\)/,
	'[    0.412] ima-init: FAIL evm-x509-mis' => qr/\Aevm-x509-missing \(failure code\)/,
	'[    0.391207] integrity: Problem loading X.509 certi' => qr/\AProblem loading X\.509 certificate/,
	'exitcode=0x00002a00' => qr/\A[a-z0-9-]+ \(failure code\)\n  line +exitcode=0x00002a00\n  means/,
	'Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b' => qr/\Akilled \(kernel message\)/,
	'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100' => qr/\Aended \(kernel message\)/,
	# Other tools' forms of the same record.
	'type=INTEGRITY_DATA msg=audit(11/24/2026 09:00:00.123:14) : pid=59 uid=root op=appraise_data cause=invalid-hash comm=sh name=/opt/my tool dev=vda1 ino=13 res=no' => qr{\Ainvalid-hash \(cause\): /opt/my tool\n},
	'audit: type=1800 audit(1.2:3): pid=1 op=appraise_data cause=invalid-hash comm="sh" name=2F6F70742F6D7920746F6F6C dev="vda1" ino=13 res=0' => qr{\Ainvalid-hash \(cause\): /opt/my tool\n},
	'type=INTEGRITY_DATA msg=audit(1.2:3): op=appraise_data cause=invalid-hash name=2F1B5B324A dev="vda1"' => qr{\Ainvalid-hash \(cause\): /\\033\[2J\n},
	'[Tue Nov 24 09:00:00 2026] audit: type=1800 audit(1.2:3): cause=IMA-sigv3-required name="/bin/x" dev="vda"' => qr{\AIMA-sigv3-required \(cause\): /bin/x(?s:.*)--format v3},
	'6,412,391207,-;integrity: Problem loading in-kernel X.509 certificate (-65)' => qr/\AProblem loading in-kernel(?s:.*)algorithm/,
	'audit: type=1807 audit(1.2:3): action=appraise func=BPRM_CHECK appraise_type= res=0' => qr/\Apolicy rule \(kernel message\)\n  line +action=appraise func=BPRM_CHECK(?s:.*)refused a rule/,
	'type=INTEGRITY_POLICY_RULE msg=audit(1.2:3): action=appraise func=X res=no' => qr/\Apolicy rule(?s:.*)refused a rule/,
	'audit: type=1802 audit(1.2:3): op=policy_update cause="signed policy file (specified as an absolute pathname) required" comm="cp" res=0' => qr/\Asigned policy(?s:.*)write the path/,
	'ima: signed policy file (specified as an absolute pathname) required' => qr/\Asigned policy file/,
	# The rest of a boot.
	'Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.' => qr{\ANo working init(?s:.*)init=/ima/init},
	'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)' => qr/\AUnable to mount root(?s:.*)root=/,
	'ima: Secure boot enabled: ignoring ima_appraise=log option' => qr/\Aignoring ima_appraise=(?s:.*)enforce/,
	'trusted_key: key_unseal failed: unsealing data (-1)' => qr/\Aunsealing data(?s:.*)PCR/,
	'tpm tpm0: A TPM error (2460) occurred attempting to load a key' => qr/\ATPM error \((?s:.*)sealed/,
	'/sbin/agent: error while loading shared libraries: libx.so.1: failed to map segment from shared object' => qr/\Afailed to map(?s:.*)MMAP_CHECK/,
	"can't run '/etc/rc': Permission denied" => qr/\Acan't run(?s:.*)--system/,
	# One message, another number or another path: another remedy.
	"integrity: Request for unknown key 'id:f30340e9' err -13" => qr/\ARequest for unknown key.*\n.*\n  means +the kernel may not search/,
	'integrity: Unable to open file: /ima/keys/x509_ima.der (-2)' => qr{\AUnable to open(?s:.*)put it back},
	'integrity: Unable to open file: /etc/keys/x509_evm.der (-2)' => qr{\AUnable to open(?s:(?!.*put it back).*)CONFIG_EVM_X509_PATH},
	'integrity: Problem loading X.509 certificate -126' => qr/\AProblem loading(?s:.*)CONFIG_SYSTEM_TRUSTED_KEYS/,
	'misc dev0: Direct firmware load for b.bin failed with error -2' => qr/\ADirect firmware(?s:(?!.*imactl sign).*)nothing if the device works/,
	'bad' => qr/\Abad \(verdict\)/,
	'private-key' => qr/\Aprivate-key \(finding\)\n  means .*could sign with it\n  to do +remove it/,
	'hard-link' => qr/\Ahard-link \(finding\)\n  means .*two names/,
);
for my $line (sort keys %line) {
	$ENV{line} = $line;
	works(substr($line, 0, 60), '"$imactl" explain "$line"', $line{$line});
	works('  from standard input', 'printf "something else\n%s\nand more\n" "$line" | "$imactl" explain -', $line{$line}) unless $line =~ /key initialized|canary|verification failed/;
}
# Numbers alone.
works("  $_->[0]", "\"\$imactl\" explain '$_->[0]'", $_->[1]) for ['error -13', qr/\AEACCES \(errno\)(?s:.*)audit line/], ['-126', qr/\AENOKEY/], ['-65', qr/\AENOPKG/], ['-524', qr/\AENOTSUPP/];
my %number = map { reverse /^FAILURE\(\w+, (\d+), "([a-z0-9-]+)"/ } slurp('include/failure_codes.h') =~ /^(FAILURE\(\w+, \d+, "[a-z0-9-]+")/mg;
for my $code (@codes) {
	my $hex = sprintf '0x%08x', $number{$code} << 8;
	works("$number{$code}, $hex", "\"\$imactl\" explain $number{$code} $hex 'Kernel panic - not syncing: Attempted to kill init! exitcode=$hex ]---'", qr/\A(?:\Q$code\E \(failure code\)\n(?:  .*\n)+){3}\z/);
}
refuses('a number that is not a code', '"$imactl" explain 9', qr/not known/, 1);
refuses('an errno that nobody knows', '"$imactl" explain -999', qr/not known/, 1);

# Whole logs.
my $log = sub { my ($name, $text, $like) = @_; open my $out, '>', "$work/log" or die $!; print {$out} $text; close $out; works($name, '"$imactl" explain - <"$work/log"', $like) };
$log->('300 equal lines give one', "type=1800 audit(1:2): cause=invalid-hash name=\"/bin/a\" dev=x\n" x 300 . "type=1800 audit(1:2): cause=invalid-hash name=\"/bin/b\" dev=x\n", qr{\Ainvalid-hash \(cause\): /bin/a \(300 times\)\n.*\n.*\ninvalid-hash \(cause\): /bin/b\n.*\n.*\n\z});
$log->('a NUL byte, a carriage return and colours', "\0\0\0[ 0.1] ima-init: FAIL file-type: /x is a FIFO\r\n\0\e[1mima-init: FAIL kmk-inva\e[0mlid: y\0", qr{\Afile-type.*\n  line +/x is a FIFO\n(?s:.*)^kmk-invalid}m);
my $over = "ima-init: handing over: version=0.1 kmk=trusted\n";
my $panic = sub { sprintf "Kernel panic - not syncing: Attempted to kill init! exitcode=0x%08x\n", $_[0] };
$log->('a refused handover', $over . "ima-init: FAIL handover-refused: /sbin/init: Permission denied (error 13)\n" . $panic->($number{'handover-refused'} << 8), qr/\Ahanding over .*\n  means +.*tried to execute the next init; that failed(?s:(?!.*has handed over).*)^handover-refused \(failure code\)\n(?:  .*\n){3}\z/m);
$log->('  of which only the panic is left', $panic->($number{'handover-refused'} << 8), qr/\Ahandover-refused/);
$log->('a next init that crashes', $over . $panic->(11), qr/\Ahanding over .*\n  means +.*has handed over; process 1 ended after that(?s:.*)^killed/m);
my $forgotten = "Linux version 6.1.0\nKernel command line: root=/dev/vda ro quiet\n";
$log->('init= forgotten', "${forgotten}Run /sbin/init as init process\nsystemd[1]: Detected architecture x86-64.\n", qr{\Anot-started \(boot\)\n  line +started was /sbin/init\n  means +the kernel did not start /ima/init(?s:.*)init=/ima/init});
$log->('  and a journal', "Nov 24 09:00:00 h kernel: Command line: root=/dev/vda ro\nNov 24 09:00:00 h systemd[1]: Started it.\n", qr/\Anot-started/);
$log->('  and not', "${forgotten}Run /ima/init as init process\n$over", qr/\Ahanding over(?s:(?!.*not-started))/);
$log->('a certificate of the firmware', "integrity: Loading X.509 certificate: UEFI:db\nintegrity: Problem loading X.509 certificate -65\n", qr/\ANo line needs attention/);
$log->('  and one of ours', "integrity: Loading X.509 certificate: UEFI:db\nintegrity: Loading X.509 certificate: /ima/keys/x509_ima.der\nintegrity: Problem loading X.509 certificate -65\n", qr/\AProblem loading X\.509/);
$log->('a library that is refused', "$over/sbin/init: error while loading shared libraries: libx.so.1: failed to map segment from shared object\n", qr/\Ahanding over .*\n  means +.*a library was not loaded, see below\n(?s:.*)^failed to map/m);
$log->('  and with musl', "${over}Error loading shared library libx.so: Permission denied (needed by /sbin/init)\n" . $panic->(127 << 8), qr/\Ahanding over(?s:.*)^Error loading shared library .*\n(?s:.*)^ended .*\n.*\n  means +.*127.*dynamic linker/m);
$log->('a later boot says nothing of this one', "${over}Linux version 6.1\nima-init: FAIL handover-refused: x\n", qr/\Ahanding over .*\n  means +.*executes the next init\n(?s:.*)^handover-refused/m);
$log->('init= forgotten in one boot of two', "${forgotten}Run /sbin/init as init process\nLinux version 6.1.0\nRun /ima/init as init process\n$over", qr/\Anot-started(?s:.*)^handing over/m);
$log->('systemd alone', "[ 1.0] systemd[1]: systemd 252 running in system mode (+PAM)\n", qr/\Anot-started/);
$log->('exitcode= that was cut', "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00002a\n", qr/\AAttempted to kill init/);
$log->('a cause that was cut', "audit: type=1800 audit(1:2): pid=1 op=appraise_data cause=IMA-signature-req\n", qr/\AIMA-signature-required \(cause\)/);
works("  $_", "\"\$imactl\" explain $_", qr/\AEACCES/) for qw(errno=13 errno=-13);
works("key_unseal, $_", "\"\$imactl\" explain 'trusted_key: key_unseal failed ($_)'", qr/\Akey_unseal failed/) for -1, -22;
works('the help fits 80 columns', '"$imactl" explain --help', qr/\A(?:.{0,80}\n)+\z/);
refuses('a cause that begins like two', '"$imactl" explain cause=missing', qr/not known/, 1);
works('what asks for nothing is left out of a log', 'echo "evm: key initialized" | "$imactl" explain -', qr/\ANo line needs attention\.\n\z/);

# Whatever word imactl tells a finding by.
my @words = map { /(?:listener->data|->data), \w+, "([a-z-]+)"/g, /^#define FINDING_\w+ +"([a-z-]+)"/mg } map { slurp($_) } glob 'src/imactl/*.[ch]';
cmp_ok(scalar @words, '>=', 2, 'imactl has findings of its own');
works("finding $_", "\"\$imactl\" explain $_", qr/\A\Q$_\E \(/) for @words;

refuses('a word that is not known', '"$imactl" explain nonsense', qr/nonsense: explain: not known/, 1);
refuses('the beginning of a code', '"$imactl" explain file', qr/not known/, 1);
refuses('a cause that is not known', '"$imactl" explain cause=nonsense', qr/not known/, 1);
refuses('a failure line without its code', '"$imactl" explain "ima-init: FAIL"', qr/not known/, 1);
refuses('nothing', '"$imactl" explain', qr/nothing to explain/, 2);
refuses('empty input', '"$imactl" explain - </dev/null', qr/no line of it is known/, 1);
refuses('input that is no text', 'head -c 100000 /dev/urandom | "$imactl" explain - ', qr/no line of it is known/, 1);
refuses('a line of 100 KB', 'head -c 100000 /dev/zero | tr "\0" x | "$imactl" explain -', qr/no line of it is known/, 1);
works('a long line that is known by its beginning', '{ printf "ima-init: FAIL file-type: "; head -c 100000 /dev/zero | tr "\0" x; } | "$imactl" explain -', qr/\Afile-type/);
works('a NUL byte ends a line', 'printf "ima-init: FAIL file-type: x\0y\n" | "$imactl" explain -', qr/\Afile-type/);
works('a log cannot write to the terminal', q{"$imactl" explain $'cause=missing-hash name="/x\e[2J"'}, qr{/x\\033\[2J});
works('--json', q{printf 'ima-init: FAIL file-type: /x "is" a FIFO\n' | "$imactl" explain --json - >"$work/json"});
is(decode_json(slurp("$work/json"))->[0]{word}, 'file-type', '  parses');
works('--help', '"$imactl" explain --help', qr/^usage: imactl explain/);

done_testing();
