# SPDX-License-Identifier: MIT
# imactl verify says yes where the machine boots, and no where it does not: every kind of key,
# digest, certificate and fault, judged for each supported kernel and booted by it.
use strict;
use warnings;
use Bed qw(base_directory finish);
use Verdicts;
use Zoo;

# ---- keys: each signs all, or the next init, and issues ----

my @KEYS = (
	(map { ["rsa$_", "RSA -pkeyopt rsa_keygen_bits:$_"] } qw(1024 1536 2000 2040 2047 2048 2304 2560 3072 4096)),
	['rsa-e3', 'RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3'],
	['rsa-pss', 'RSA-PSS -pkeyopt rsa_keygen_bits:2048'],
	(map { ["p$_->[0]", "EC -pkeyopt ec_paramgen_curve:$_->[1]"] } [192, 'prime192v1'], [224, 'secp224r1'], [256, 'P-256'], [384, 'P-384'], [521, 'P-521']),
	['secp256k1', 'EC -pkeyopt ec_paramgen_curve:secp256k1'],
	['brainpool', 'EC -pkeyopt ec_paramgen_curve:brainpoolP256r1'],
	['p256-explicit', 'EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit'],
	['p256-compressed', 'EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt point-format:compressed'],
	['ed25519', 'ED25519'],
	['ed448', 'ED448'],
);
for my $row (@KEYS) {
	my ($name, $words) = @$row;
	key $name, $words;
	certificate $name;
	certificate "$name-ca", key => $name, ca => 1;
	key "$name-ca-leaf", 'EC -pkeyopt ec_paramgen_curve:P-256';
	certificate "$name-ca-leaf", issuer => "$name-ca";
	verdict "$name: $_", "at_$_ $name" for qw(x509_ima x509_evm ima evm);
	verdict "$name: secondary", "at_secondary $name-ca";
	verdict "$name: blacklist", "at_blacklist $name";
}

# ---- digests ----

for my $key (qw(rsa2048 p256 p384 p521)) {
	verdict "$key, $_: x509_ima", "hash=$_; at_x509_ima $key" for qw(sha1 sha224 sha384 sha512);
	verdict "$key, $_: pinned, evm", "hash=$_; at_ima_pinned $key; hash=$_; at_evm $key" for qw(sha1 sha512);
}
verdict "rsa2048, $_: ima", "hash=$_; at_ima rsa2048" for qw(md5 rmd160 sha3-256 sm3);

# ---- certificates: each in every place; what signs is a key that any kernel uses ----

# What is changed in a certificate of the CA's. In a place for signatures its key signs the next init, in
# keys/secondary it issues the one that does.
my %FORMS = (
	(map { ("by $_" => { digest => $_ }) } qw(md5 sha1 sha224 sha384 sha512 sha3-256)),
	'by PSS' => { words => '-sigopt rsa_padding_mode:pss' },
	'by a CA with P-256' => { issuer => 'p256-ca' },
	'no authority key identifier' => { changed => { authorityKeyIdentifier => undef } },
	'its authority by name and number' => { changed => { authorityKeyIdentifier => 'authorityKeyIdentifier=issuer:always' } },
	'its authority by all' => { changed => { authorityKeyIdentifier => 'authorityKeyIdentifier=keyid:always,issuer:always' } },
	'no subject key identifier' => { changed => { subjectKeyIdentifier => undef } },
	(map { my $size = $_; ("a subject key identifier of $size bytes" => { changed => { subjectKeyIdentifier => 'subjectKeyIdentifier=' . '5a' x $size } }) } 1, 3, 4, 32, 127, 128),
	'no key usage' => { changed => { keyUsage => undef } },
	'another key usage' => { changed => { keyUsage => 'keyUsage=keyEncipherment' } },
	'more key usages' => { changed => { keyUsage => 'keyUsage=digitalSignature,nonRepudiation,decipherOnly' } },
	'may sign certificates' => { changed => { keyUsage => 'keyUsage=digitalSignature,keyCertSign' } },
	'an empty key usage' => { changed => { keyUsage => 'keyUsage=DER:030100' } },
	'no basic constraints' => { changed => { basicConstraints => undef } },
	'a CA that signs' => { changed => { basicConstraints => 'basicConstraints=CA:TRUE', keyUsage => 'keyUsage=digitalSignature' } },
	'a CA' => { ca => 1 },
	'a path length' => { ca => 1, changed => { basicConstraints => 'basicConstraints=CA:TRUE,pathlen:0' } },
	'no CA, said in full' => { changed => { basicConstraints => 'basicConstraints=DER:3003010100' } },
	'an unknown critical extension' => { more => ['1.2.3.4.5=critical,DER:0500'] },
	'for a server' => { more => ['extendedKeyUsage=critical,serverAuth'] },
	'expired' => { dates => ['20000101000000Z', '20010101000000Z'] },
	'not valid yet' => { dates => ['20450101000000Z', '20460101000000Z'] },
	'valid until 9999' => { dates => ['20200101000000Z', '99991231235959Z'] },
	'before 1970' => { dates => ['19600101000000Z', '20400101000000Z'] },
	'a serial number of 0' => { words => '-set_serial 0' },
	'a serial number of 20 bytes' => { words => '-set_serial 0x7fffffffffffffffffffffffffffffffffffffff' },
	'a long name' => { words => '-subj "/O=zoo/OU=some/L=where/CN=ab cd/emailAddress=a@b.example"' },
	'no name' => { words => '-subj /' },
	'no name, of an RSA key' => { key => 'rsa2048', words => '-subj /' },
	'the same usage twice' => { more => ['2.5.29.15=DER:03020780'] },
	'self-signed' => { issuer => 'self' },
	'by a stranger' => { issuer => 'stranger' },
	'by the key of a signer' => { issuer => 'p256' },
	'bytes behind it' => { then => 'printf "\0\0" >>$name.der' },
	'another certificate behind it' => { then => 'cat p256.der >>$name.der' },
	'cut off' => { then => 'truncate -s -1 $name.der' },
	'PEM' => { then => 'cp $name.pem $name.der' },
	'a flipped bit of its signature' => { then => 'perl -e \'open F, "+<", shift; seek F, -3, 2; read F, $b, 1; seek F, -3, 2; print F chr(ord($b) ^ 1)\' $name.der' },
	'another name of its algorithm' => { then => 'perl -0777 -pi -e \'s/(\x2a\x86\x48\x86\xf7\x0d\x01\x01)\x0b(?!.*\1)/$1\x0c/s\' $name.der' },
);
my $form = 0;
for my $name (sort keys %FORMS) {
	my %option = (key => 'p256', %{$FORMS{$name}});
	my $file = 'form' . ++$form;
	$option{then} =~ s/\$name/$file/g if $option{then};
	certificate $file, %option;
	my $issues = $name !~ /behind|cut off|PEM|flipped|another name/;
	certificate "$file-leaf", issuer => $file, key => 'p384', changed => { authorityKeyIdentifier => 'authorityKeyIdentifier=keyid,issuer' } if $issues;
	verdict "$name: $_", "at_$_ $file" for qw(x509_ima x509_evm ima evm blacklist);
	verdict "$name: secondary", ($issues ? 'at_secondary' : 'at_secondary_alone') . " $file";
}

# ---- keys of EVM ----

my $again = 'manifest';
verdict "kmk: $_->[0]", "$_->[1]; $again", @$_[2 .. $#$_] for
	['of another evm-key', 'content ima/keys/kmk <"$keys/other-kmk/kmk"'],
	['and its evm-key', 'content ima/keys/kmk <"$keys/other-kmk/kmk"; content ima/keys/evm-key <"$keys/other-kmk/evm-key"'],
	['mode 0644', 'chmod 644 ima/keys/kmk; sign ima/keys/kmk'],
	['mode 0444', 'chmod 444 ima/keys/kmk ima/keys/evm-key; sign ima/keys/kmk ima/keys/evm-key'],
	['31 bytes', 'head -c 31 "$keys/kmk" | content ima/keys/kmk'],
	['64 bytes', 'head -c 64 /dev/urandom >../kmk; chmod 600 ../kmk; "$top/build/imactl" keygen evm-key --kmk ../kmk ../made >/dev/null; content ima/keys/kmk <../kmk; content ima/keys/evm-key <../made/evm-key'],
	['33 bytes, and an evm-key of 32', '{ cat "$keys/kmk"; printf x; } | content ima/keys/kmk'],
	['hex, as of a trusted key', 'od -An -tx1 -v "$keys/kmk" | tr -d " \n" | content ima/keys/kmk'];
verdict "evm-key: $_->[0]", "sed '$_->[1]' <\"\$keys/evm-key\" | tr -d '\\n' | content ima/keys/evm-key; $again" for
	['as it is', ''], ['without its format', 's/default //'], ['another format', 's/default/ecryptfs/'], ['of a trusted key', 's/user:/trusted:/'],
	['another length', 's/ 32 / 33 /'], ['of a length that fits as well', 's/ 32 / 20 /'], ['a leading zero', 's/ 32 / 032 /'],
	['cut off', 's/..$//'], ['a digit flipped', 's/[0-7]$/8/; t; s/[89a-f]$/0/'], ['in upper case', 's/[a-f]/\U&/8g'], ['a byte of its vector', 's/ 32 ../ 32 00/; t'];
verdict 'evm-key: a newline', '{ cat "$keys/evm-key"; echo; } | content ima/keys/evm-key; manifest';

# ---- what is executed ----

my $init = 'sign ima/init; manifest';
verdict "/ima/init: $_->[0]", "$_->[1]; $init" for
	['not executable', 'chmod 644 ima/init'], ['for root alone', 'chmod 700 ima/init'], ['executable for group and others alone', 'chmod 655 ima/init'],
	['another program', 'cat sbin/helper >ima/init'], ['no program', 'echo x >ima/init'], ['ima-init-initramfs', 'cat "$built/ima-init-initramfs" >ima/init'],
	['ima-init-initrd', 'cat "$built/ima-init-initrd" >ima/init'], ['a script', 'printf "#!/ima/init\n" >ima/init'];
verdict 'another init, unsigned', 'unsign ima/init';
verdict '  changed', 'flip ima/init';

my $dynamic = 'gcc -x c -o sbin/init - <<<"int main(void) { return 0; }"; ';
verdict "next init: $_->[0]", $_->[1], @$_[2 .. $#$_] for
	['unsigned', 'unsign sbin/init'], ['changed', 'flip sbin/init'], ['a digest', 'digest sbin/init; setfattr -x security.evm sbin/init'],
	['a digest, with security.evm', 'digest sbin/init; sign_evm sbin/init'], ['by a stranger', 'by stranger sign sbin/init'], ['without security.evm', 'setfattr -x security.evm sbin/init'],
	['another mode', 'chmod 700 sbin/init'], ['another mode, signed so', 'chmod 700 sbin/init; sign sbin/init'], ['not executable', 'chmod 644 sbin/init; sign sbin/init'],
	['unsigned, pinned', 'pin sbin/init; unsign sbin/init'], ['changed, pinned', 'pin sbin/init; flip sbin/init'], ['pinned', 'pin sbin/init'],
	['by another key, pinned', 'by extra sign_ima sbin/init; pin sbin/init'],
	['by a symlink', 'mv sbin/init bin/real; ln -s ../bin/real sbin/init'], ['  unsigned', 'mv sbin/init bin/real; ln -s ../bin/real sbin/init; unsign bin/real'],
	['unsigned, under the built-in rules', 'rm ima/policy; unsign sbin/init; conf "policy = none"'], ['signed, under the built-in rules', 'rm ima/policy; conf "policy = none" "prove-exec = no"'],
	['unsigned, under rules that do not ask', 'content ima/policy <"$top/policy/signed-init-only"; unsign sbin/init; conf "prove-exec = no"'],
	['under rules that do not ask, to be proved', 'content ima/policy <"$top/policy/signed-init-only"; manifest'],
	['under rules for root alone', 'sed "s/BPRM_CHECK/& fowner=0/" "$top/policy/appraise-signed" | content ima/policy; manifest'],
	['  and mapped', 'sed "s/MMAP_CHECK/& fowner=0/" "$top/policy/appraise-signed" | content ima/policy; manifest'],
	['  nothing to be proved', 'sed "s/\(BPRM\|MMAP\)_CHECK/& fowner=0/" "$top/policy/appraise-signed" | content ima/policy; conf "prove-exec = no"'],
	['  and unsigned', 'sed "s/\(BPRM\|MMAP\)_CHECK/& fowner=0/" "$top/policy/appraise-signed" | content ima/policy; conf "prove-exec = no"; unsign sbin/init'],
	['a digest, under rules that take one', 'printf "%s\n" "appraise func=BPRM_CHECK" "appraise func=MMAP_CHECK" | content ima/policy; manifest; digest sbin/init; sign_evm sbin/init'],
	['dynamic, its linker is not there', $dynamic . 'sign sbin/init'],
	['dynamic, its linker unsigned', $dynamic . 'sign sbin/init; mkdir -p lib64; cp -L /lib64/ld-linux-x86-64.so.2 lib64'];

# ---- revoked ----

my $hash = <<'END';
openssl x509 -inform DER -in "$keys/extra/x509_ima.der" | openssl asn1parse -strparse 4 -noout -out ../tbs
tbs=tbs:$(sha256sum ../tbs | cut -d' ' -f1)
revoke() { mkdir -p ima/keys/blacklist; printf %s "$1" | openssl smime -sign -nocerts -noattr -binary -signer "$keys/$2.pem" -inkey "$keys/$2.key" -outform DER | content "ima/keys/blacklist/$3.p7s"; manifest; }
END
my $listed = 'certificate "$keys/%s" ima/keys/blacklist/1.der; ';
verdict "revoked: $_->[0]", $_->[1] for
	['a key that signs nothing', sprintf($listed, 'extra/x509_ima.der') . 'manifest'],
	['of the next init', 'by extra sign_ima sbin/init; sign_evm sbin/init; ' . sprintf($listed, 'extra/x509_ima.der') . 'manifest'],
	['  pinned', 'by extra sign_ima sbin/init; sign_evm sbin/init; ' . sprintf($listed, 'extra/x509_ima.der') . 'pin sbin/init'],
	['  of its security.evm', 'certificate "$keys/extra/x509_evm.der" ima/keys/evm/extra.der; by extra sign_evm sbin/init; ' . sprintf($listed, 'extra/x509_evm.der') . 'manifest'],
	['  not revoked', 'certificate "$keys/extra/x509_evm.der" ima/keys/evm/extra.der; by extra sign_evm sbin/init; manifest'],
	['the product\'s own', sprintf($listed, 'product/x509_ima.der') . 'manifest'],
	['the product\'s own, of EVM', sprintf($listed, 'product/x509_evm.der') . 'manifest'],
	['a stranger\'s', sprintf($listed, 'stranger/x509_ima.der') . 'manifest'],
	['the hash of a certificate that is added', $hash . 'revoke "$tbs" ca "$tbs"'],
	['  that is not there', $hash . 'rm ima/keys/ima/extra.der; revoke "$tbs" ca "$tbs"'],
	['  signed by a stranger', $hash . 'rm ima/keys/ima/extra.der; revoke "$tbs" stranger/ca "$tbs"'],
	['  under another name', $hash . 'rm ima/keys/ima/extra.der; revoke "$tbs" ca bin:00'],
	['  a name that is none', $hash . 'rm ima/keys/ima/extra.der; revoke abc ca abc'],
	['  in upper case', $hash . 'rm ima/keys/ima/extra.der; revoke tbs:AB ca tbs:AB'],
	['the hash of a file', $hash . 'revoke bin:00 ca bin:00'];

# ---- what is there, and is not ----

verdict "$_->[0]", $_->[1], @$_[2 .. $#$_] for
	['no x509_ima.der', 'rm ima/keys/x509_ima.der; manifest', verify => '--cert $keys/product/x509_ima.der --evm-cert $keys/product/x509_evm.der'],
	['no x509_evm.der', 'rm ima/keys/x509_evm.der; manifest', verify => '--evm-cert $keys/product/x509_evm.der'],
	['  that the manifest lists', 'rm ima/keys/x509_evm.der', verify => '--evm-cert $keys/product/x509_evm.der'],
	['a certificate of EVM in keys/evm instead', 'mkdir -p ima/keys/evm; mv ima/keys/x509_evm.der ima/keys/evm/x.der; sign ima/keys/evm/x.der; manifest'],
	['a stranger\'s x509_ima.der', 'by stranger sign ima/init; cat "$keys/stranger/x509_ima.der" >ima/keys/x509_ima.der', verify => '--cert $keys/product/x509_ima.der'],
	['the same certificate in two places', 'certificate "$keys/product/x509_ima.der" ima/keys/ima/again.der; manifest'],
	['64 certificates', 'for i in {2..64}; do cp "$keys/extra/x509_ima.der" ima/keys/ima/$i.der; product_ima ima/keys/ima/$i.der; product_evm ima/keys/ima/$i.der; done; manifest'],
	['65 certificates', 'for i in {2..65}; do cp "$keys/extra/x509_ima.der" ima/keys/ima/$i.der; product_ima ima/keys/ima/$i.der; product_evm ima/keys/ima/$i.der; done; manifest'],
	['two CAs, one below the other, in any order', 'certificate "$zoo/z-ca.der" ima/keys/secondary/b.der; certificate "$zoo/z-ca-2.der" ima/keys/secondary/a.der; at_ima z-leaf'],
	['  without the first', 'certificate "$zoo/z-ca-2.der" ima/keys/secondary/a.der; at_ima z-leaf'],
	['  whose leaf is revoked, for which they do not vouch', 'certificate "$zoo/z-ca.der" ima/keys/secondary/b.der; certificate "$zoo/z-ca-2.der" ima/keys/secondary/a.der; certificate "$zoo/z-leaf.der" ima/keys/blacklist/z.der; manifest'],
	(map { my $by = $_; ["two certificates with one id: by $by", "certificate \"\$zoo/same-1.der\" ima/keys/ima/1.der; at_ima $by; certificate \"\$zoo/same-2.der\" ima/keys/ima/2.der; manifest",
		stricter => 'the kernel tries one of them, and it depends on addresses which'] } qw(same-1 same-2)),
	['  of one key', 'certificate "$zoo/same-1.der" ima/keys/ima/1.der; at_ima again-1'],
	['a private key in PEM form', 'content ima/note <"$keys/extra/ima.key"; manifest', stricter => 'it boots, with the key given away'],
	['  in DER form', 'openssl pkey -in "$keys/extra/ima.key" -outform DER | content ima/note; manifest', stricter => 'the same'],
	['  of RSA, in its own form', 'openssl rsa -in "$keys/product/ima.key" -traditional -outform DER 2>/dev/null | content ima/note; manifest', stricter => 'the same'],
	['  encrypted', 'openssl pkcs8 -topk8 -in "$keys/extra/ima.key" -passout pass:x -outform DER | content ima/note; manifest', stricter => 'the same'];
key "z-$_", 'EC -pkeyopt ec_paramgen_curve:P-256' for qw(ca ca-2 leaf);
certificate 'z-ca', ca => 1;
certificate 'z-ca-2', ca => 1, issuer => 'z-ca';
certificate 'z-leaf', issuer => 'z-ca-2';
certificate 'same-1', key => 'p256', changed => { subjectKeyIdentifier => 'subjectKeyIdentifier=0011223344' };
certificate 'same-2', key => 'p384', changed => { subjectKeyIdentifier => 'subjectKeyIdentifier=5511223344' };
certificate 'again-1', key => 'p256', changed => { subjectKeyIdentifier => 'subjectKeyIdentifier=6611223344' };

verdicts(zoo(base_directory() . '/keys'));

finish;
