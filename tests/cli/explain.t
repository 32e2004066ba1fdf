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
	'ima-init: ok: version=0.1 proofs=rings evm=3 kmk=plain files=7' => qr/\Aok \(summary\)\n  means .*kmk=plain/,
	'ima-init: ok: version=0.1 proofs=rings evm=3 kmk=trusted files=7' => qr/\Aok \(summary\)\n  means (?!.*kmk=plain)/,
	'audit: type=1800 audit(1795507694.486:14): pid=59 uid=0 auid=4294967295 ses=4294967295 op=appraise_data cause=IMA-signature-required comm="init" name="/bin/unsigned" dev="ubda" ino=13 res=0 errno=0' =>
		qr{\AIMA-signature-required \(cause\): /bin/unsigned\n},
	'type=INTEGRITY_DATA msg=audit(1:2): pid=1 op=appraise_data cause=invalid-signature comm="x" name="/a b" dev="sda"' => qr{\Ainvalid-signature \(cause\): /a b\n},
	'audit: type=1800 audit(1:2): pid=1 uid=0 op=appraise_data cause=IMA-signature-required comm="init" name="/ima/canary" dev="ubda"' =>
		qr{\AIMA-signature-required \(cause\): /ima/canary\n  means .*provoked},
	"integrity: Request for unknown key 'id:f30340e9' err -11" => qr/\ARequest for unknown key/,
	'Kernel panic - not syncing: Requested init /ima/init failed (error -13).' => qr/\ARequested init.*\n.*\n.*refused by IMA/,
	'encrypted_key: keyword \'abc\' not recognized' => qr/MAY SHOW A KEY/,
	'evm: key initialized' => qr/\Aevm: key initialized \(kernel message\)/,
	"[    0.150000] nls_base: module verification failed: signature and/or required key missing - tainting kernel" => qr/\Amodule verification failed.*\n.*\n.*IMA has judged/,
	'Lockdown: init: unsigned module loading is restricted; see man kernel_lockdown.7' => qr{\Aunsigned module loading is restricted.*\n.*\n.*\n.*keys/secondary},
	'Loading of unsigned module is rejected' => qr/\ALoading of unsigned module(?s:.*)--appended/,
	'Loading of module with unavailable key is rejected' => qr{\ALoading of module with unavailable key(?s:.*)keys/secondary},
	'ima: impossible to appraise a module without a file descriptor. sig_enforce kernel parameter might help' => qr/\Aimpossible to appraise a module(?s:.*)not compressed/,
	'ima: Prevent firmware loading_store.' => qr{\APrevent firmware loading_store(?s:.*)/lib/firmware},
	'misc test_firmware: Direct firmware load for unsigned failed with error -13' => qr/\ADirect firmware load for(?s:.*)refused by IMA/,
	'bad' => qr/\Abad \(verdict\)/,
	'private-key' => qr/\Aprivate-key \(finding\)\n  means .*could sign with it\n  to do +remove it/,
	'hard-link' => qr/\Ahard-link \(finding\)\n  means .*two names/,
);
for my $line (sort keys %line) {
	$ENV{line} = $line;
	works(substr($line, 0, 60), '"$imactl" explain "$line"', $line{$line});
	works('  from standard input', 'printf "something else\n%s\nand more\n" "$line" | "$imactl" explain -', $line{$line}) unless $line =~ /key initialized|canary|verification failed/;
}
works('what asks for nothing is left out of a log', 'echo "evm: key initialized" | "$imactl" explain -', qr/\ANothing in it asks for anything\.\n\z/);

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
