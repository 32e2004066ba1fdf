#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl keygen: what it makes, judged by openssl, evmctl and the running kernel, and
# what it refuses to make, with a message that names it.
use strict;
use warnings;
use Command;
use JSON::PP qw(decode_json);
use Test::More;

my $keygen = '"$imactl" keygen --profiles keys';
# A passphrase prompt would be answered from the terminal that the tests run on.
my $no_terminal = 'setsid --wait';
# What may not be read or written, made outside fakeroot, which would let its root do both;
# and the real root without the capabilities that open everything.
mkdir "$work/shut" or die $!;
for my $closed ('closed.key', 'closed.kmk') {
	open my $out, '>', "$work/$closed" or die $!;
	print {$out} 'x' x 32;
	chmod 0, $out or die $!;
}
chmod 0555, "$work/shut" or die $!;
my $bounded = $> == 0 ? 'setpriv --bounding-set=-dac_override,-dac_read_search' : '';

# What cannot be waited for: a signal, a full disk or another file at a given moment, and
# a kernel without keys or with a TPM. MEET: errno, or a file of that name that comes first.
open my $source, '>', "$work/moment.c" or die "$work/moment.c: $!";
print {$source} <<'END';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_time(const char *name, int *count)
{
	const char *at = getenv(name);

	return at && ++*count == atoi(at);
}

int fsync(int file)
{
	static int count;

	(void)file;
	if (is_time("SIGNAL_AT", &count))
		kill(getpid(), SIGTERM);
	return 0;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	static int count;
	int (*next)(int, const char *, int, const char *, unsigned) = dlsym(RTLD_NEXT, "renameat2");
	const char *meet = getenv("MEET");

	if (meet && atoi(meet) == EINVAL) {
		errno = EINVAL;
		return -1;
	}
	if (is_time("MEET_AT", &count)) {
		if (atoi(meet) != 0) {
			errno = atoi(meet);
			return -1;
		}
		close(openat(to, new, O_WRONLY | O_CREAT | O_EXCL, 0600));
	}
	return next(from, old, to, new, flags);
}

int32_t add_key(const char *type, const char *name, const void *data, size_t size, int32_t ring)
{
	const char *fail = getenv("NO_KEYS");

	(void)ring;
	if (fail && (!getenv("NO_TYPE") || strcmp(getenv("NO_TYPE"), type) == 0)) {
		errno = atoi(fail);
		return -1;
	}
	if (strcmp(type, "user") != 0)
		fprintf(stderr, "%s %s: %.*s\n", type, name, (int)size, (const char *)data);
	return strcmp(type, "encrypted") == 0 ? 78 : 77;
}

long keyctl_read(int32_t id, char *text, size_t size)
{
	return snprintf(text, size, id == 78 ? "default trusted:kmk 32 %0162d" : "%0512d", 0);
}

long keyctl_unlink(int32_t id, int32_t ring)
{
	(void)ring;
	fprintf(stderr, "unlinked %d\n", id);
	return 0;
}
END
close $source or die;
system('gcc', '-shared', '-fPIC', '-o', "$work/moment.so", "$work/moment.c", '-ldl') == 0 or die 'gcc';
my $moment = 'LD_PRELOAD="$work/moment.so${LD_PRELOAD:+ $LD_PRELOAD}"';

works('keygen', "$keygen \"\$work/keys/\" --type p256 --name 'My Product'",
	qr{\A\S+/keys/ca\.pem +certificate +-> the kernel's build.*\n.*/x509_ima\.der +certificate +-> ROOT/ima/keys/x509_ima\.der, mode 0644\n.*/evm\.key +private key +-> stays on the build host\n\z}s);
my $id = sub { my ($ext, $file) = @_; return "\$(openssl x509 $file -noout -ext $ext | tail -n 1 | tr -d ' :\\n' | sed s/keyid// | tr A-F a-f)" };
# What openssl and evmctl say of a certificate and its key; what it is may be verified by.
sub certificate_is_right {
	my ($certificate, $key, $ca, $name) = @_;
	works("$certificate is issued by the CA", qq{openssl x509 -inform DER -in "\$work/$certificate" -out "\$work/x.pem" &&
		openssl verify -x509_strict -CAfile "\$work/$ca" "\$work/x.pem"}, qr/OK/);
	works('  with the name that was asked for', 'openssl x509 -in "$work/x.pem" -noout -subject', qr/CN = \Q$name\E$/m);
	works('  from yesterday on, with a random serial number', 'openssl x509 -in "$work/x.pem" -noout -serial -startdate; date -u -d "25 hours ago" +%s; date -u -d "$(openssl x509 -in "$work/x.pem" -noout -startdate | cut -d= -f2)" +%s; date -u -d "23 hours ago" +%s',
		qr/serial=[0-9A-F]{36,40}\nnotBefore=.*\n(\d+)\n(\d+)\n(\d+)\n\z(?(?{ $1 < $2 && $2 < $3 })|(*FAIL))/);
	works('  names the CA as the kernel looks for it', "test \"@{[ $id->('authorityKeyIdentifier', '-in \"$work/x.pem\"') ]}\" = \"@{[ $id->('subjectKeyIdentifier', qq{-in \"\$work/$ca\"}) ]}\"");
	works('  belongs to its key', qq{test "\$(openssl x509 -in "\$work/x.pem" -noout -pubkey)" = "\$(openssl pkey -in "\$work/$key" -pubout)"});
	return if $name =~ /CA$/;
	works('  may sign, and is no CA', 'openssl x509 -in "$work/x.pem" -noout -ext keyUsage,basicConstraints', qr/CA:FALSE.*Digital Signature\s*$/s);
	works('  is by its identifier what evmctl names in a signature', qq{rm -f "\$work/f"; echo x >"\$work/f"; evmctl ima_sign -a sha256 -k "\$work/$key" "\$work/f" >/dev/null 2>&1 &&
		evmctl ima_verify -k "\$work/$certificate" "\$work/f" && ID=@{[ $id->('subjectKeyIdentifier', '-in "$work/x.pem"') ]} &&
		getfattr -e hex --absolute-names -n security.ima "\$work/f" | grep "=0x030204\${ID: -8}"});
	return;
}
for my $use (qw(ima evm)) {
	certificate_is_right("keys/x509_$use.der", "keys/$use.key", 'keys/ca.pem', "My Product \U$use\E signing key");
}
works('the CA may issue', 'openssl x509 -in "$work/keys/ca.pem" -noout -ext keyUsage,basicConstraints', qr/CA:TRUE.*Certificate Sign/s);
works('its certificate belongs to its key', 'test "$(openssl x509 -in "$work/keys/ca.pem" -noout -pubkey)" = "$(openssl pkey -in "$work/keys/ca.key" -pubout)"');
works('private keys are their owner\'s, certificates everybody\'s', 'umask 077; test "$(stat -c "%a %n" "$work"/keys/* | sed "s|/.*\.||" | sort -u | tr "\n" ,)" = "600 key,644 der,644 pem,"');
works('whatever the umask', "umask 0; $keygen \"\$work/umask\" --type p256 >/dev/null; test \"\$(stat -c %a \"\$work/umask\" \"\$work\"/umask/* | sort -u | tr '\\n' ,)\" = 600,644,700,");
works('nothing else is left', 'ls -A "$work/keys" | tr "\n" " "', qr/\Aca\.key ca\.pem evm\.key ima\.key x509_evm\.der x509_ima\.der \z/);
my %kind = (rsa2048 => '2048 bit', rsa3072 => '3072 bit', rsa4096 => '4096 bit', p256 => 'NIST CURVE: P-256', p384 => 'NIST CURVE: P-384');
for my $type (sort keys %kind) {
	works($type, "$keygen \"\$work/$type\" --type $type >/dev/null && openssl pkey -in \"\$work/$type/ca.key\" -noout -text && openssl pkey -in \"\$work/$type/evm.key\" -noout -text", qr/\Q$kind{$type}\E.*\Q$kind{$type}\E/s);
	works('  signs with a digest as strong', "for f in ima evm; do openssl x509 -inform DER -in \"\$work/$type/x509_\$f.der\" -noout -text; done", $type eq 'p384' ? qr/SHA384/ : qr/SHA256/i);
	certificate_is_right("$type/x509_$_.der", "$type/$_.key", "$type/ca.pem", "ima-init \U$_\E signing key") for qw(ima evm);
}
works('rsa3072 unless told', "$keygen \"\$work/default\" >/dev/null && openssl pkey -in \"\$work/default/ima.key\" -noout -text", qr/3072 bit/);
works('no two serial numbers are the same', 'for f in "$work"/*/x509_*.der; do openssl x509 -inform DER -in "$f" -noout -serial; done | sort | uniq -d', qr/\A\z/);
works('a CA that is there', "$keygen \"\$work/second\" --ca \"\$work/keys/ca.pem\" --ca-key \"\$work/keys/ca.key\" --type rsa2048; ls \"\$work/second\" | tr '\\n' ' '", qr/evm\.key ima\.key x509_evm\.der x509_ima\.der \z/);
certificate_is_right('second/x509_ima.der', 'second/ima.key', 'keys/ca.pem', 'ima-init IMA signing key');

# The set for everything outside /ima.
works('--system', "$keygen --system \"\$work/system\" --ca \"\$work/keys/ca.pem\" --ca-key \"\$work/keys/ca.key\" --type p384", qr{system-ca\.der +certificate +-> ROOT/ima/keys/secondary/system-ca\.der(?s:.*)-> ROOT/ima/keys/ima/system-ima\.der(?s:.*)-> ROOT/ima/keys/evm/system-evm\.der});
certificate_is_right('system/system-ca.der', 'system/system-ca.key', 'keys/ca.pem', 'ima-init system CA');
works('  the DER form is the PEM form', 'openssl x509 -in "$work/system/system-ca.pem" -outform DER | cmp - "$work/system/system-ca.der"');
works('  its keys are below it', 'cat "$work/keys/ca.pem" "$work/system/system-ca.pem" >"$work/both.pem"');
works("  system-$_.der is vouched for through it alone", "openssl x509 -inform DER -in \"\$work/system/system-$_.der\" -out \"\$work/x.pem\"
	openssl verify -x509_strict -CAfile \"\$work/both.pem\" \"\$work/x.pem\" && ! openssl verify -CAfile \"\$work/keys/ca.pem\" \"\$work/x.pem\" 2>/dev/null", qr/OK/) for qw(ima evm);
works('  private keys are their owner\'s', 'test "$(stat -c %a "$work"/system/*.key | sort -u)" = 600 && ls -A "$work/system" | wc -l', qr/\A7$/);
works('--days', "$keygen \"\$work/days\" --type p256 --days 10 >/dev/null && openssl x509 -in \"\$work/days/ca.pem\" -noout -checkend 777600 && ! openssl x509 -in \"\$work/days/ca.pem\" -noout -checkend 950400");

# Passphrases.
works('--passphrase-file', "printf 'secret\\n' >\"\$work/p\"; $keygen \"\$work/enc\" --type p256 --passphrase-file \"\$work/p\" >/dev/null && grep -c 'BEGIN ENCRYPTED' \"\$work\"/enc/*.key", qr/ca\.key:1.*evm\.key:1.*ima\.key:1/s);
works('  opens with it', "for f in ca ima evm; do openssl pkey -in \"\$work/enc/\$f.key\" -passin pass:secret -noout || exit 1; done");
works('  and only with it', "for f in ca ima evm; do ! openssl pkey -in \"\$work/enc/\$f.key\" -passin pass:wrong -noout 2>/dev/null || exit 1; done");
works('  by AES-256 and scrypt', 'openssl asn1parse -in "$work/enc/ima.key"', qr/:scrypt.*:aes-256-cbc/s);
works('  evmctl signs with it', 'rm -f "$work/f"; echo x >"$work/f"; evmctl ima_sign -a sha256 --pass=secret -k "$work/enc/ima.key" "$work/f" >/dev/null 2>&1 && evmctl ima_verify -k "$work/enc/x509_ima.der" "$work/f"');
works('  imactl sign, too', 'rm -f "$work/f"; echo x >"$work/f"; "$imactl" sign --no-evm --cert "$work/enc/x509_ima.der" --key "$work/enc/ima.key" --passphrase-file "$work/p" "$work/f" && evmctl ima_verify -k "$work/enc/x509_ima.der" "$work/f"', qr/OK/);
works('--passphrase-fd', "printf secret | $keygen \"\$work/fd\" --type p256 --passphrase-fd 0 >/dev/null && openssl pkey -in \"\$work/fd/ima.key\" -passin pass:secret -noout");
works('--ca-passphrase-file', "$keygen \"\$work/enc2\" --type p256 --ca \"\$work/enc/ca.pem\" --ca-key \"\$work/enc/ca.key\" --ca-passphrase-file \"\$work/p\" >/dev/null && ! grep ENCRYPTED \"\$work/enc2/ima.key\"");
works('both passphrases, on one descriptor', "printf 'secret\\nother\\n' | $keygen \"\$work/enc3\" --type p256 --ca \"\$work/enc/ca.pem\" --ca-key \"\$work/enc/ca.key\" --ca-passphrase-fd 0 --passphrase-fd 0 >/dev/null &&
	openssl pkey -in \"\$work/enc3/ima.key\" -passin pass:other -noout");
my $typed = sub { my ($text, $options) = @_; return "printf '$text' | script -qec '$keygen \"\$work/typed\" --type p256 $options' /dev/null | tr -d '\\r'; test \${PIPESTATUS[1]} = " };
works('--encrypt asks twice', $typed->('typed\ntyped\n', '--encrypt') . '0 && openssl pkey -in "$work/typed/ima.key" -passin pass:typed -noout', qr/^Passphrase for the new keys: \nVerifying - Passphrase for the new keys: $/m);
works('  on the terminal, whatever the input is', 'rm -r "$work/typed"; ' . $typed->('typed\ntyped\n', '--encrypt </dev/null') . '0 && openssl pkey -in "$work/typed/ima.key" -passin pass:typed -noout');
works('  and refuses what was not typed the same', 'rm -r "$work/typed"; ' . $typed->('typed\nwrong\n', '--encrypt') . '1 && test ! -e "$work/typed"', qr/not typed the same twice/);
works('asks for the passphrase of the CA', $typed->('secret\n', '--ca "$work/enc/ca.pem" --ca-key "$work/enc/ca.key"') . '0 && test -e "$work/typed/ima.key"', qr/Passphrase of the key:/);

works('--json', "$keygen --json \"\$work/j\" --type p256 >\"\$work/json\"");
sub json { open my $in, '<', "$work/json" or die $!; local $/ = undef; return decode_json(scalar <$in>) }
is_deeply([map { [$_->{file} =~ s{.*/}{}r, @$_{qw(kind place mode)}] } @{json()}], [
	['ca.pem', 'certificate', undef, undef], ['ca.key', 'private key', undef, undef],
	['x509_ima.der', 'certificate', '/ima/keys/x509_ima.der', '0644'], ['ima.key', 'private key', undef, undef],
	['x509_evm.der', 'certificate', '/ima/keys/x509_evm.der', '0644'], ['evm.key', 'private key', undef, undef]], '  says the same');
works('--json with odd bytes in a name', "mkdir \"\$work\"/\$'o\\xff\\x1b'; $keygen --json \"\$work\"/\$'o\\xff\\x1b/d' --type p256 >\"\$work/json\"");
like(json()->[0]{file}, qr{/o\\377\\033/d/ca\.pem\z}, '  is JSON still');

my $new = "$keygen \"\$work/new\"";
my $profile = sub {
	my ($name, $change) = @_;
	return "mkdir -p \"\$work/bad\"; cp keys/*.cnf \"\$work/bad\"; sed -i '$change' \"\$work/bad/$name.cnf\"; \"\$imactl\" keygen \"\$work/new\" --type p256 --profiles \"\$work/bad\"";
};
my $by = sub { my ($cert, $key, $options) = @_; return "$new --ca \"\$work/$cert\" --ca-key \"\$work/$key\" --type p256 " . ($options // '') };
my %refused = (
	'to overwrite' => ["$keygen \"\$work/keys\"", qr/ca\.pem: write: it exists, and is not overwritten/, 1],
	'to overwrite, before a passphrase is asked for' => ["$no_terminal $keygen \"\$work/keys\" --encrypt", qr/ca\.pem: write: it exists/, 1],
	'to overwrite one of them' => ['mkdir "$work/one"; ln -s nothing "$work/one/evm.key"; ' . "$keygen \"\$work/one\"", qr/evm\.key: write: it exists/, 1],
	'an unknown type' => ["$new --type rsa1024", qr/--type rsa1024/, 2],
	'a name with a plus' => ["$new --name a+b", qr/--name/, 2],
	'a name with a slash' => ["$new --name a/CN=b", qr/--name/, 2],
	'no name' => ["$new --name ''", qr/--name/, 2],
	'a long name' => ["$new --name " . 'x' x 41, qr/--name/, 2],
	'no days' => ["$new --days 0", qr/--days 0: a number from 1/, 2],
	'too many days' => ["$new --days 36501", qr/--days 36501: a number from 1 to 36500/, 2],
	'days that are no number' => ["$new --days 1x", qr/--days/, 2],
	'an unknown option' => ["$new --frobnicate", qr/--frobnicate: no such option/, 2],
	'a CA without its key' => ["$new --ca \"\$work/keys/ca.pem\"", qr/belong together/, 2],
	'a CA\'s key alone' => ["$new --ca-key \"\$work/keys/ca.key\"", qr/belong together/, 2],
	'a CA that is none' => [$by->('keys/x509_ima.der', 'keys/ima.key'), qr/not the certificate of a CA/, 1],
	'a CA that is no certificate' => [$by->('p', 'keys/ca.key'), qr{/p: read certificate: neither PEM nor DER}, 1],
	'the key of another CA' => [$by->('keys/ca.pem', 'keys/ima.key'), qr/is not its key/, 1],
	'a CA that is not there' => [$by->('nothing', 'keys/ca.key'), qr/nothing: read: No such file/, 1],
	'a CA\'s key that is not there' => [$by->('keys/ca.pem', 'nothing'), qr/nothing: read: No such file/, 1],
	'a directory as CA' => [$by->('keys', 'keys/ca.key'), qr/not a regular file/, 1],
	'a FIFO as a CA\'s key' => ['mkfifo "$work/pipe"; ' . $by->('keys/ca.pem', 'pipe'), qr/not a regular file/, 1],
	'a CA that it may not read' => ["$bounded " . $by->('closed.key', 'keys/ca.key'), qr/closed\.key: read: Permission denied/, 1],
	'a CA\'s key that it may not read' => ["$bounded " . $by->('keys/ca.pem', 'closed.key'), qr/closed\.key: read: Permission denied/, 1],
	'a wrong passphrase of the CA' => [$by->('enc/ca.pem', 'enc/ca.key', '--ca-passphrase-fd 0 <<<wrong'), qr/the passphrase that was given is not its passphrase/, 1],
	'the other passphrase for the CA' => [$by->('enc/ca.pem', 'enc/ca.key', '--passphrase-fd 0 <<<secret') =~ s/^/$no_terminal /r, qr/encrypted, and no passphrase was given/, 1],
	'a certificate in place of the key of the CA' => [$by->('enc/ca.pem', 'enc/ca.pem'), qr/not a private key, but holds a CERTIFICATE/, 1],
	'  in DER' => [$by->('enc/ca.pem', 'enc/x509_ima.der'), qr/not a private key, but holds a CERTIFICATE/, 1],
	'a public key' => ['openssl pkey -in "$work/keys/ima.key" -pubout -out "$work/public"; ' . $by->('enc/ca.pem', 'public'), qr/but holds a PUBLIC KEY/, 1],
	'half a key' => ['head -c 100 "$work/keys/ima.key" >"$work/half.key"; ' . $by->('enc/ca.pem', 'half.key'), qr/the private key in it is damaged/, 1],
	'what is not a key at all' => [$by->('enc/ca.pem', 'p'), qr/not a private key: neither PEM nor DER/, 1],
	'no passphrase of a key in DER' => ['openssl pkcs8 -topk8 -in "$work/keys/ima.key" -outform DER -passout pass:secret -out "$work/e.der"; ' . $by->('enc/ca.pem', 'e.der') =~ s/^/$no_terminal /r, qr/no passphrase was given/, 1],
	'a CA\'s passphrase, but no CA' => ["$new --ca-passphrase-file \"\$work/p\"", qr/no --ca-key/, 2],
	'a passphrase from two places' => ["$new --passphrase-file \"\$work/p\" --passphrase-fd 0", qr/from one place/, 2],
	'a passphrase file that is not there' => ["$new --type p256 --passphrase-file \"\$work/nothing\" 2>&1 | tail -n 1; exit \${PIPESTATUS[0]}", qr/passphrase/, 1],
	'an empty passphrase' => ["$new --type p256 --passphrase-fd 0 </dev/null", qr/there is none/, 1],
	'a passphrase that is too long' => ["head -c 2000 /dev/zero | tr '\\0' x >\"\$work/long\"; $new --type p256 --passphrase-file \"\$work/long\"", qr/longer than 1022 bytes/, 1],
	'--encrypt without a terminal' => ["$no_terminal $new --type p256 --encrypt", qr/there is none/, 1],
	'--system without a CA' => ["$new --system", qr/--system needs --ca/, 2],
	'profiles that are not there' => ['"$imactl" keygen "$work/new" --type p256 --profiles "$work/nothing"', qr/ca\.cnf: read profile: (?i:no such file)/, 1],
	'one profile that is not there' => ['mkdir -p "$work/bad3"; cp keys/ca.cnf keys/ima.cnf "$work/bad3"; "$imactl" keygen "$work/new" --type p256 --profiles "$work/bad3"', qr/evm\.cnf: read profile/, 1],
	'a profile that is none' => [$profile->('ca', '1s/.*/[root/'), qr/ca\.cnf: read profile: line 1: /, 1],
	'a profile without its section' => [$profile->('ca', 's/^.root.*/[x]/'), qr/section root: /, 1],
	'a profile with an unknown extension' => [$profile->('ima', 's/^keyUsage/keyUsages/'), qr/ima\.cnf: read profile: section signing: /, 1],
	'a profile without subjectKeyIdentifier' => [$profile->('ima', '/^subjectKey/d'), qr/ima\.cnf: .*(?i:issuer keyid|no subject key identifier)/, 1],
	'a CA profile without subjectKeyIdentifier' => [$profile->('ca', '/KeyIdentifier/d'), qr/ca\.cnf: make certificate: section root: it gives no subject key identifier/, 1],
	'a profile without authorityKeyIdentifier' => [$profile->('evm', '/^authorityKey/d'), qr/evm\.cnf: make certificate: .*no authority key identifier/, 1],
	'a profile without digitalSignature' => [$profile->('evm', 's/digitalSignature$/keyAgreement/'), qr/evm\.cnf: make certificate: .*lacks digitalSignature/, 1],
	'a signing profile of a CA' => [$profile->('ima', 's/CA:FALSE/CA:TRUE/'), qr/ima\.cnf: make certificate: .*a CA's/, 1],
	'a CA profile of none' => [$profile->('ca', 's/CA:TRUE$/CA:FALSE/'), qr/ca\.cnf: make certificate: .*it gives no CA/, 1],
	'a directory below none' => ["$keygen \"\$work/no/where\"", qr/No such file/, 1],
	'a file as directory' => ["$keygen \"\$work/p\"", qr/Not a directory/, 1],
	'a directory that it may not write' => ["$bounded $keygen \"\$work/shut\"", qr/shut: write: Permission denied/, 1],
	'a directory in one that it may not write' => ["$bounded $keygen \"\$work/shut/new\"", qr/make directory: Permission denied/, 1],
	'no directory' => [$keygen, qr/one directory/, 2],
	'a directory without a name' => ["$keygen ''", qr/one directory/, 2],
	'two directories' => ["$new \"\$work/other\"", qr/one directory/, 2],
	'--kmk for certificates' => ["$new --kmk x", qr/--kmk: no such option/, 2],
);
for my $name (sort keys %refused) {
	my ($command, $like, $status) = @{$refused{$name}};
	refuses($name, $command, $like, $status);
}
works('nothing is left of what was refused', 'test ! -e "$work/new" && ls -A "$work/shut" "$work/one" | sed "s|.*/||"', qr/\Aone:\nevm\.key\n\nshut:\n\z/);

# All or nothing.
my $all = '"$(ls -A "$work/m" | wc -l)" = 6';
for my $at (1, 3, 6) {
	works("a signal at file $at: nothing is left", "SIGNAL_AT=$at $moment $keygen \"\$work/m\" --type p256; test \$? = 143 && test ! -e \"\$work/m\"", qr/\A(?:Terminated\n)?\z/);
	works('  and of the directory only what was in it', "mkdir \"\$work/m\"; touch \"\$work/m/x\"; SIGNAL_AT=$at $moment $keygen \"\$work/m\" --type p256; test \$? = 143 && ls -A \"\$work/m\"; rm -r \"\$work/m\"", qr/^x\n\z/m);
}
works('a signal when all have their names: they are there', "SIGNAL_AT=7 $moment $keygen \"\$work/m\" --type p256; test \$? = 143 && test $all; rm -r \"\$work/m\"");
works('a signal that is ignored', "(trap '' TERM; SIGNAL_AT=3 $moment $keygen \"\$work/m\" --type p256 >/dev/null) && test $all; rm -r \"\$work/m\"");
works('a file system that knows no renameat2()', "MEET=22 $moment $keygen \"\$work/m\" --type p256 >/dev/null && test $all && test \"\$(stat -c %h \"\$work\"/m/* | sort -u)\" = 1; rm -r \"\$work/m\"");
refuses("$_->[2] at the $_->[1]. name", "MEET=$_->[0] MEET_AT=$_->[1] $moment $keygen \"\$work/m\" --type p256", $_->[3], 1)
	for [28, 1, 'no space', qr/ca\.pem: write: No space/], [28, 6, 'no space', qr/evm\.key: write: No space/];
works('  and nothing is left', 'test ! -e "$work/m"');
refuses('a file that comes meanwhile is not overwritten', "mkdir \"\$work/m\"; MEET=0 MEET_AT=4 $moment $keygen \"\$work/m\" --type p256", qr/ima\.key: write: it exists/, 1);
works('  and alone there', 'ls -A "$work/m"; test ! -s "$work/m/ima.key"', qr/\Aima\.key\n\z/);
refuses('a file that may not grow', "(trap '' XFSZ; ulimit -f 0; $new --type p256)", qr/ca\.pem: write: File too large/, 1);
works('  and nothing is left', 'test ! -e "$work/new"');
SKIP: {
	if (system('unshare -rm true 2>/dev/null') != 0) {
		fail('a small file system can be mounted') if $ENV{MUST_RUN};
		skip 'neither root nor user namespaces: no small file system', 3;
	}
	mkdir "$work/full" or die $!;
	my $mounted = sub {
		my ($options, $command) = @_;
		open my $pipe, '-|', 'unshare', '-rm', 'bash', '-c', "exec 2>&1; mount -t tmpfs -o $options none \"\$work/full\" && $command; ls -A \"\$work/full\"" or die "unshare: $!";
		local $/ = undef;
		return scalar <$pipe>;
	};
	like($mounted->('size=16k', "$keygen \"\$work/full\" --type p256"), qr/\Aimactl: \S+: write: No space left on device\n\z/, 'a full disk: said, and nothing is left');
	like($mounted->('size=4k', 'head -c 4096 /dev/zero >"$work/full/x"; "$imactl" keygen evm-key "$work/full"'), qr/\Aimactl: \S+: write: No space left on device\nx\n\z/, '  the same of evm-key');
	like($mounted->('ro', "$keygen \"\$work/full\" --type p256"), qr/\Aimactl: \S+full: write: Read-only file system\n\z/, 'a read-only disk');
}
works('output that cannot be written', "$keygen \"\$work/dev\" --type p256 >/dev/full; test \$? = 1", qr/standard output: write: No space/);

# The EVM keys.
my $evm = '"$imactl" keygen evm-key';
works('evm-key', "$evm \"\$work/keys\"", qr{evm-key +EVM HMAC key +-> ROOT/ima/keys/evm-key, mode 0400\n.*kmk +EVM master key -> ROOT/ima/keys/kmk, mode 0400});
works('  kmk has 32 bytes', 'test "$(stat -c "%s %a" "$work/keys/kmk")" = "32 600"');
works('  evm-key has the form of the kernel, and no newline', 'stat -c %a "$work/keys/evm-key"; cat "$work/keys/evm-key"; echo END', qr/\A600\ndefault user:kmk 32 [0-9a-f]{162}END\n\z/);
works('  each time another', "$evm \"\$work/again\" >/dev/null; ! cmp -s \"\$work/keys/kmk\" \"\$work/again/kmk\" && ! cmp -s \"\$work/keys/evm-key\" \"\$work/again/evm-key\"");
works("  for a master key of $_ bytes", "mkdir \"\$work/k$_\"; (umask 077; head -c $_ /dev/urandom >\"\$work/kmk$_\"); $evm \"\$work/k$_\" --kmk \"\$work/kmk$_\"; ls \"\$work/k$_\"", qr/\A\S+evm-key .*\nevm-key\n\z/) for 32, 64, 4096;
works('  a warning where others may read it', "chmod 640 \"\$work/kmk64\"; $evm \"\$work/warned\" --kmk \"\$work/kmk64\"", qr/kmk64: use as master key: warning: others may read it, its mode is 0640/);
works('  --json', "$evm --json \"\$work/ej\" >\"\$work/json\"");
is_deeply([map { [$_->{file} =~ s{.*/}{}r, @$_{qw(kind place mode)}] } @{json()}], [
	['evm-key', 'EVM HMAC key', '/ima/keys/evm-key', '0400'], ['kmk', 'EVM master key', '/ima/keys/kmk', '0400']], '  says the same');
my %evm_refused = (
	'to overwrite evm-key' => ["$evm \"\$work/keys\"", qr/evm-key: write: it exists/, 1],
	'to overwrite kmk' => ["mkdir \"\$work/half\"; touch \"\$work/half/kmk\"; $evm \"\$work/half\"", qr/kmk: write: it exists/, 1],
	(map { ("a master key of $_ bytes" => ["head -c $_ /dev/zero >\"\$work/size\"; $evm \"\$work/short\" --kmk \"\$work/size\"", qr/$_ bytes; it has 32 to 4096/, 1]) } 0, 31, 4097, 9999),
	'a FIFO as master key' => ["mkfifo \"\$work/fifo\"; $evm \"\$work/short\" --kmk \"\$work/fifo\"", qr/not a regular file/, 1],
	'a directory as master key' => ["$evm \"\$work/short\" --kmk \"\$work\"", qr/not a regular file/, 1],
	'a symlink as master key' => ["ln -s kmk64 \"\$work/link\"; $evm \"\$work/short\" --kmk \"\$work/link\"", qr/link: read: not a regular file/, 1],
	'a master key that is not there' => ["$evm \"\$work/short\" --kmk \"\$work/nothing\"", qr/No such file/, 1],
	'a master key that it may not read' => ["$bounded $evm \"\$work/short\" --kmk \"\$work/closed.kmk\"", qr/Permission denied/, 1],
	'no directory' => [$evm, qr/one directory/, 2],
	'--type' => ["$evm \"\$work/short\" --type p256", qr/--type: no such option/, 2],
	'--live of an unknown type' => ["$evm \"\$work/short\" --live encrypted", qr/--live encrypted: user or trusted/, 2],
	'--key-options without --live trusted' => ["$evm \"\$work/short\" --live user --key-options x=y", qr/belongs to --live trusted/, 2],
	'--kmk with --live trusted' => ["$evm \"\$work/short\" --live trusted --kmk \"\$work/kmk64\"", qr/exclude each other/, 2],
	'--key-options of two lines' => ["$evm \"\$work/short\" --live trusted --key-options \$'x=y\\nz'", qr/--key-options/, 2],
	'--key-options that end in a blank' => ["$evm \"\$work/short\" --live trusted --key-options 'x=y '", qr/--key-options/, 2],
	'--key-options without words' => ["$evm \"\$work/short\" --live trusted --key-options ''", qr/--key-options/, 2],
	'--key-options that are too long' => ["$evm \"\$work/short\" --live trusted --key-options " . 'x' x 1025, qr/at most 1024 bytes/, 2],
	'--key-options with a secret' => ["$evm \"\$work/short\" --live trusted --key-options 'keyhandle=0x81000001 keyauth=00'", qr/keyauth= and blobauth= are secrets/, 2],
	'a kernel without keyrings' => ["NO_KEYS=38 $moment $evm \"\$work/short\" --live user", qr/user: make key: no keyrings here/, 1],
	'a container that forbids keyrings' => ["NO_KEYS=1 $moment $evm \"\$work/short\" --live user", qr/user: make key: no keyrings here/, 1],
	'a kernel without trusted keys' => ["NO_KEYS=19 $moment $evm \"\$work/short\" --live trusted", qr/trusted: make key: the running kernel has no such key type.*CONFIG_TRUSTED_KEYS/, 1],
	'a kernel without encrypted keys' => ["NO_KEYS=19 NO_TYPE=encrypted $moment $evm \"\$work/short\" --live user | tail -n 1; exit \${PIPESTATUS[0]}", qr/encrypted: make key: the running kernel has no such key type \(CONFIG_ENCRYPTED_KEYS\)/, 1],
);
for my $name (sort keys %evm_refused) {
	my ($command, $like, $status) = @{$evm_refused{$name}};
	$command =~ s/\Q | tail -n 1\E/ 2>&1 >\/dev\/null | grep -v ^unlinked/;
	refuses($name, $command, $like, $status);
}
works('nothing is left of what was refused', 'test ! -e "$work/short" && test ! -s "$work/half/kmk" && test ! -e "$work/half/evm-key"');
works('--live trusted asks the kernel for both', "$moment $evm \"\$work/tpm\" --live trusted --key-options 'keyhandle=0x81000001 hash=sha256'",
	qr/^trusted kmk: new 32 keyhandle=0x81000001 hash=sha256\nencrypted evm-key: new trusted:kmk 32\nunlinked 78\nunlinked 77\n.*kmk +EVM master key -> .*mode 0400; init\.conf: kmk = trusted keyhandle=0x81000001 hash=sha256$/ms);
works('  and writes what it gives', 'cat "$work/tpm/kmk"; echo; cat "$work/tpm/evm-key"; echo', qr/\A0{512}\ndefault trusted:kmk 32 0{162}\n\z/);

# The kernel of this machine as judge, where it has keyrings.
SKIP: {
	# DIR OF KMK, DIR OF EVM-KEY: as ima-init loads them.
	my $load = 'load() { keyctl session - bash -c \'keyctl padd user kmk @s <"$1/kmk" >/dev/null && keyctl add encrypted evm-key "load $(cat "$2/evm-key")" @s >/dev/null\' load "$work/$1" "$work/$2" 2>/dev/null; }; ';
	my ($status) = run('keyctl session - bash -c \'keyctl add user kmk 01234567890123456789012345678901 @s && keyctl add encrypted x "new user:kmk 32" @s && keyctl pipe %encrypted:x\'');
	skip 'this kernel has no encrypted keys, or a container forbids them', 10 if $status != 0;
	works('the kernel takes the pair', $load . 'load keys keys');
	works('  and no other', $load . '! load keys again && ! load again keys');
	works("  for a master key of $_ bytes", $load . "cp \"\$work/kmk$_\" \"\$work/k$_/kmk\" && load k$_ k$_ && ! load keys k$_") for 64, 4096;
	works('--live user', "$evm \"\$work/live\" --live user", qr/evm-key .*\n.*kmk /);
	works('  has the same form', 'stat -c "%a %s" "$work/live/kmk"; cat "$work/live/evm-key"; echo END', qr/\A600 32\ndefault user:kmk 32 [0-9a-f]{162}END\n\z/);
	works('  the kernel takes it again, and no other', $load . 'load live live && ! load keys live && ! load live keys');
	works('  for a master key that is there', $load . "$evm \"\$work/live64\" --live user --kmk \"\$work/k64/kmk\" >/dev/null 2>&1 && load k64 live64 && ls \"\$work/live64\"", qr/\Aevm-key\n\z/);
	works('  a key of that name in the session is neither taken nor changed', $load . "keyctl session - bash -c 'keyctl add user kmk 01234567890123456789012345678901 \@s >/dev/null; $evm \"\$work/session\" --live user >/dev/null; keyctl list \@s | wc -l; keyctl pipe %user:kmk; echo' && load session session", qr/^2\n01234567890123456789012345678901$/m);
	works('--live trusted: sealed, or said why not', "if $evm \"\$work/t\" --live trusted; then grep -E '^[0-9a-f]+\$' \"\$work/t/kmk\"; else test \$? = 1; fi", qr/trusted: make key: |[0-9a-f]{64}/);
}
works('--help', '"$imactl" keygen --help', qr/^usage: imactl keygen/);
works('--help of evm-key', '"$imactl" keygen evm-key --help', qr/^usage: imactl keygen/);

done_testing();
