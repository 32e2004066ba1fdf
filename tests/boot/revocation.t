# SPDX-License-Identifier: MIT
# What a revoked key still does: before the handover by /ima/keys/blacklist, and after it,
# when root adds to the keyrings of the running kernel what the CA has signed.
use strict;
use warnings;
use Bed;

# /late has three programs: two by the key "extra", whose certificate is in /ima/keys/ima, and one by the
# product's. The payload's try_late_keys() says when it executes them.
my $late = <<'END';
mkdir late
for name in opened fresh other; do cp sbin/helper late/$name; done
by extra sign_ima late/opened late/fresh
sign_ima late/other
sign_evm late/*
END
# NAME CA: the hash of extra's certificate, or of a program, signed by the key of this CA
my $hash = <<'END';
openssl x509 -inform DER -in "$keys/extra/x509_ima.der" | openssl asn1parse -strparse 4 -noout -out ../tbs
tbs=tbs:$(sha256sum ../tbs | cut -d' ' -f1)
bin=bin:$(sha256sum late/fresh | cut -d' ' -f1)
by_ca() { printf %s "$1" | openssl smime -sign -nocerts -noattr -binary -signer "$keys/$2.pem" -inkey "$keys/$2.key" -outform DER; }
END
# A file of /late for a keyring is read by a program that the policy lets read anything.
sub late { my ($ring, $from) = @_; return qq{mkdir -p late/$ring; cp "\$keys/$from" late/$ring/1.der; } }
my $late_hash = 'mkdir late/.blacklist; by_ca "$%s" %s >"late/.blacklist/$%s"; ';
my $listed = 'certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; ';
my $without = 'rm -r ima/keys/ima; ';

my $rejected = qr/is in ima_blacklist_keyring/;
my %ran = ('late-opened' => 'ran', 'late-opened-again' => 'ran', 'late-fresh' => 'ran', 'late-other' => 'ran', 'late-caches' => 'ok', 'late-opened-dropped' => 'ran');
my %refused = (%ran, map { ("late-$_" => 'EACCES') } qw(opened opened-again fresh opened-dropped));
sub says { my ($all, %changed) = @_; return (payload => { %$all, %changed }) }

# Before the handover.
accepted 'nothing is revoked', "$late manifest", says(\%ran), like => qr/ blacklist=0 .* ima=1 /, unlike => $rejected;
accepted 'a revoked certificate', "$late $listed manifest", says(\%refused), like => [$rejected, qr/ blacklist=1 .* ima=1 /];
accepted "  and another for EVM, of the same name", "$late by extra sign_evm late/opened late/fresh; certificate \"\$keys/extra/x509_evm.der\" ima/keys/evm/extra.der; $listed manifest", says(\%refused);
accepted '  of the key that signed security.evm', "$late sign_ima late/*; by extra sign_evm late/opened late/fresh; certificate \"\$keys/extra/x509_evm.der\" ima/keys/evm/extra.der;
	certificate \"\$keys/extra/x509_evm.der\" ima/keys/blacklist/evm.der; manifest", says(\%refused), like => $rejected;
accepted '  the same, not revoked', "$late sign_ima late/*; by extra sign_evm late/opened late/fresh; certificate \"\$keys/extra/x509_evm.der\" ima/keys/evm/extra.der; manifest", says(\%ran);
accepted 'without its certificate', "$late $without manifest", says(\%refused), unlike => $rejected;
my $add_hash = 'mkdir -p ima/keys/blacklist; by_ca "$%s" %s >../p7s; content "ima/keys/blacklist/$%s.p7s" <../p7s; ';
refused 'its hash, and the certificate' => 'key-refused', $late . $hash . sprintf($add_hash, 'tbs', 'ca', 'tbs') . 'manifest', like => qr/extra\.der/;
refused '  by another CA' => 'key-refused', $late . $hash . sprintf($add_hash, 'tbs', 'stranger/ca', 'tbs') . 'manifest', like => qr/\.p7s/;
refused '  under another name' => 'key-refused', $late . $hash . sprintf($add_hash, 'tbs', 'ca', 'bin') . 'manifest', like => qr/\.p7s/;
# A certificate that was not there at the handover is added by root.
accepted 'its hash alone: nobody adds it', $late . $hash . sprintf($add_hash, 'tbs', 'ca', 'tbs') . late('.ima', 'extra/x509_ima.der') . "$without manifest",
	says(\%refused, 'late-add.ima' => 'EKEYREJECTED'), like => qr/ blacklist=1 .* ima=0 /;
accepted '  no hash: root does', $late . late('.ima', 'extra/x509_ima.der') . "$without manifest", says(\%ran, 'late-add.ima' => 'ok', 'late-opened' => 'EACCES', 'late-opened-again' => 'ran'), like => qr/ ima=0 /;
accepted '  a hash of something else: root does', $late . $hash . sprintf($add_hash, 'bin', 'ca', 'bin') . late('.ima', 'extra/x509_ima.der') . "$without manifest",
	says(\%ran, 'late-add.ima' => 'ok', 'late-opened' => 'EACCES'), like => [qr/ blacklist=1 .* ima=0 /, qr/^payload: proc-keys=.* bin:[0-9a-f]{64}/m];
accepted '  one that the CA has not signed: nobody', $late . late('.ima', 'stranger/x509_ima.der') . "$without manifest", says(\%refused, 'late-add.ima' => 'ENOKEY');

# What is looked up there carries its signature inside itself: a module, where a rule says so. It is no module
# here, which the kernel finds out when it has taken the signature.
my $module = <<'END';
head -c 1000 /dev/urandom >late/module
modsig() { # SIGNER: as scripts/sign-file of the kernel does
	openssl cms -sign -binary -noattr -nocerts -nosmimecap -md sha256 -outform DER -in late/module -out ../p7 -signer <(openssl x509 -inform DER -in "$keys/$1/x509_ima.der") -inkey "$keys/$1/ima.key"
	perl -e 'print pack "C C C C C x3 N", 0, 0, 2, 0, 0, -s shift' ../p7 >../modsig
	{ cat ../p7 ../modsig; printf '~Module signature appended~\n'; } >>late/module
}
END
my $rule = 'sed "s/^\(appraise func=MODULE_CHECK\).*/\1 appraise_type=imasig|modsig%s/" ima/policy >../policy; content ima/policy <../policy; ';
my $checked = sprintf $rule, ' appraise_flag=check_blacklist';
my @modsig = (kernel => 'modules');
my $its_hash = $module . 'bin=bin:$(sha256sum late/module | cut -d" " -f1); ' . $hash =~ s/^bin=.*\n//mr . sprintf($add_hash, 'bin', 'ca', 'bin');
accepted 'a module by a key in .ima', "$late $module modsig product; $checked manifest", @modsig, says(\%ran, 'late-module' => 'ENOEXEC');
accepted '  whose hash is revoked', "$late $its_hash modsig product; $checked manifest", @modsig, says(\%ran, 'late-module' => 'EACCES');
accepted '  where no rule asks', "$late $its_hash modsig product; " . sprintf($rule, '') . 'manifest', @modsig, says(\%ran, 'late-module' => 'ENOEXEC');
accepted '  the hash of another', "$late $module $hash" . sprintf($add_hash, 'bin', 'ca', 'bin') . "modsig product; $checked manifest", @modsig, says(\%ran, 'late-module' => 'ENOEXEC');
accepted '  by a stranger', "$late $module modsig stranger; $checked manifest", @modsig, says(\%ran, 'late-module' => 'EACCES');
accepted '  altered', "$late $module modsig product; flip late/module 100; $checked manifest", @modsig, says(\%ran, 'late-module' => 'EACCES');
accepted 'THE LIMIT: its key is revoked, which is not asked for there', "$late $module modsig product; certificate \"\$keys/product/x509_ima.der\" late/.ima_blacklist/1.der; $checked manifest", @modsig,
	says(\%ran, 'late-other' => 'EACCES', 'late-module' => 'ENOEXEC');
accepted '  the hash of a program that has security.ima', $late . $hash . sprintf($add_hash, 'bin', 'ca', 'bin') . 'manifest', says(\%ran), like => qr/ blacklist=1 .* ima=1 /;

# After it. What the kernel has found right once stays right for as long as it remembers the inode.
accepted 'revoked by root', "$late " . late('.ima_blacklist', 'extra/x509_ima.der') . 'manifest',
	says(\%ran, 'late-add.ima_blacklist' => 'ok', 'late-fresh' => 'EACCES', 'late-opened-dropped' => 'EACCES'), like => [$rejected, qr/ blacklist=0 /];
accepted '  a certificate of another CA: not', "$late " . late('.ima_blacklist', 'stranger/x509_ima.der') . 'manifest', says(\%ran, 'late-add.ima_blacklist' => 'ENOKEY'), unlike => $rejected;
accepted '  by a hash: its certificate stays in .ima', $late . $hash . sprintf($late_hash, 'tbs', 'ca', 'tbs') . 'manifest', says(\%ran, 'late-add.blacklist' => 'ok');
accepted '  and is not added again', $late . $hash . sprintf($late_hash, 'tbs', 'ca', 'tbs') . late('.ima', 'extra/x509_ima.der') . "$without manifest",
	says(\%refused, 'late-add.blacklist' => 'ok', 'late-add.ima' => 'EKEYREJECTED');
accepted '  by a hash that another CA has signed: not', $late . $hash . sprintf($late_hash, 'tbs', 'stranger/ca', 'tbs') . late('.ima', 'extra/x509_ima.der') . "$without manifest",
	says(\%ran, 'late-add.blacklist' => 'ENOKEY', 'late-add.ima' => 'ok', 'late-opened' => 'EACCES');
# The product's own: nothing that is new is executed any more, and the next boot does not come.
accepted '  the product\'s own certificate', "$late " . late('.ima_blacklist', 'product/x509_ima.der') . 'manifest', says(\%ran, 'late-other' => 'EACCES');

finish;
