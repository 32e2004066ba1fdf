# SPDX-License-Identifier: MIT
# EVM: the master key, the HMAC key, the bits and their order, certificates.
use strict;
use warnings;
use Bed;
use FindBin;

accepted 'HMAC and X.509', '', payload => { evm => 3, 'evm-write-0' => 'EPERM', 'evm-write-1' => 'EPERM' },
	like => qr/evm: key initialized/;
accepted 'a master key of 64 bytes',
	'head -c 64 /dev/urandom >long; "$top/build/imactl" keygen evm-key . --kmk long >/dev/null; content ima/keys/kmk <long;
	 content ima/keys/evm-key <evm-key; rm long evm-key; manifest', payload => { evm => 3 };

# Another pair is as good; a mixed one is not.
my $kmk = 'content ima/keys/kmk <"$keys/other-kmk/kmk"';
my $evm_key = 'content ima/keys/evm-key <"$keys/other-kmk/evm-key"';
accepted 'another kmk with its evm-key', "$kmk; $evm_key; manifest", payload => { evm => 3 };
refused 'another kmk' => 'evm-key-refused', "$kmk; manifest", unlike => qr/\Q5468657265\E/;
refused 'evm-key of another kmk' => 'evm-key-refused', "$evm_key; manifest";

my $change = sub { return qq{perl -pe '$_[0]' ima/keys/evm-key | content ima/keys/evm-key; manifest} };
# The kernel prints a parameter that it does not know in clear: no blob may get there unchecked.
my @no_leak = (unlike => qr/encrypted_key:/);
refused 'evm-key with a newline at the end' => 'evm-key-invalid', $change->('s/$/\n/'), @no_leak;
refused 'evm-key cut off by a byte' => 'evm-key-invalid', $change->('s/..$//'), @no_leak;
refused 'evm-key cut off by half a byte' => 'evm-key-invalid', $change->('s/.$//'), @no_leak;
refused 'evm-key too long' => 'evm-key-invalid', $change->('s/$/00/'), @no_leak;
refused 'evm-key in upper case' => 'evm-key-invalid', $change->('s/([0-9a-f]+)$/uc $1/e'), @no_leak;
refused 'evm-key with another master key\'s name' => 'evm-key-invalid', $change->('s/user:kmk/user:kml/'), @no_leak;
refused 'evm-key for a trusted master key' => 'evm-key-invalid', $change->('s/user:kmk/trusted:kmk/'), @no_leak;
refused 'evm-key with the words of keyctl' => 'evm-key-invalid', $change->('s/^/load /'), @no_leak;
refused 'evm-key that asks for a new key' => 'evm-key-invalid', 'printf "new user:kmk 32" | content ima/keys/evm-key; manifest', @no_leak;
refused 'evm-key that is a master key' => 'evm-key-invalid', 'content ima/keys/evm-key <ima/keys/kmk; manifest', @no_leak;
refused 'evm-key with a NUL byte' => 'evm-key-invalid', $change->('s/ 32 / 32\0 /'), @no_leak;
refused 'evm-key with a NUL byte at its end' => 'evm-key-invalid', $change->('s/$/\0/'), @no_leak;
refused 'evm-key of 2000 bytes' => 'evm-key-invalid', $change->('s/ 32 / 2000 /'), @no_leak;
refused 'evm-key with another length' => 'evm-key-invalid', $change->('s/ 32 / 48 /'), @no_leak;
refused 'evm-key with a changed byte' => 'evm-key-refused', $change->('s/0$/1/ or s/.$/0/');
refused 'evm-key without the name of the format it was made with' => 'evm-key-refused', $change->('s/^default //');

refused 'kmk of 31 bytes' => 'kmk-invalid', 'head -c 31 /dev/urandom | content ima/keys/kmk; manifest';
refused 'kmk of 1 byte' => 'kmk-invalid', 'printf x | content ima/keys/kmk; manifest';
refused 'kmk not listed and gone' => 'file-missing', 'rm ima/keys/kmk; manifest';
refused 'evm-key not listed and gone' => 'file-missing', 'rm ima/keys/evm-key; manifest';
refused 'both not listed and gone' => 'file-missing', 'rm ima/keys/kmk ima/keys/evm-key; manifest';
refused 'kmk and evm-key swapped' => 'file-differs', 'swap ima/keys/kmk ima/keys/evm-key';

# Certificates.
accepted 'a second EVM certificate', 'certificate "$keys/extra/x509_evm.der" ima/keys/evm/second.der; manifest',
	payload => { evm => 3 }, like => qr/evm-certs=1/;
accepted 'a next init that only the second EVM certificate vouches for',
	'certificate "$keys/extra/x509_evm.der" ima/keys/evm/second.der; manifest; signer=extra; sign_evm sbin/init';
refused 'the same without the certificate' => 'handover-refused', 'signer=extra; sign_evm sbin/init';
refused 'an EVM certificate of an untrusted CA' => 'key-refused',
	'certificate "$keys/stranger/x509_evm.der" ima/keys/evm/second.der; manifest', like => qr/second\.der/;
refused 'something that is no certificate' => 'key-refused',
	'printf "not a certificate" | content ima/keys/evm/second.der; manifest', like => qr/second\.der/;
refused 'a certificate in PEM form' => 'key-refused',
	'openssl x509 -inform DER -in "$keys/extra/x509_evm.der" | content ima/keys/evm/second.der; manifest';

refused 'x509_evm.der deleted' => 'evm-x509-missing', 'rm ima/keys/x509_evm.der';
refused 'x509_evm.der of an untrusted CA' => 'evm-x509-missing', 'cat "$keys/stranger/x509_evm.der" >ima/keys/x509_evm.der';

# Kernels without CONFIG_EVM_LOAD_X509 have no x509_evm.der: ima-init fills .evm.
my $by_us = 'mkdir ima/keys/evm; mv ima/keys/x509_evm.der ima/keys/evm';
accepted 'the EVM certificate loaded by ima-init', "$by_us; manifest", payload => { evm => 3 }, like => qr/evm-certs=1/;
accepted 'the same on a kernel without EVM_LOAD_X509', "$by_us; manifest", kernel => 'no-load-x509-evm',
	payload => { evm => 3, 'exec-unsigned' => 'EACCES' };
refused 'a next init without security.evm there' => 'handover-refused', "$by_us; manifest; setfattr -x security.evm sbin/init",
	kernel => 'no-load-x509-evm';
# What the kernel remembers of a file that was opened too early would outlive the change.
my $no_policy = 'rm ima/policy; printf "policy = none\nprove-exec = no\n" | content ima/init.conf';
accepted 'a pinned next init there, without a policy', "$by_us; $no_policy; pin sbin/init", kernel => 'no-load-x509-evm', payload => { evm => 3 };
refused 'a pinned next init without security.evm there' => 'file-refused',
	"$by_us; $no_policy; pin sbin/init; setfattr -x security.evm sbin/init", kernel => 'no-load-x509-evm';
refused 'x509_evm.der on a kernel that does not load it' => 'evm-x509-missing', '', kernel => 'no-load-x509-evm';
refused 'the EVM certificate moved, not listed so' => 'evm-x509-missing', $by_us;
# With a key for HMACs and none for signatures the kernel takes no signed file.
refused 'no EVM certificate at all' => qr/^(?!handover)/, 'rm ima/keys/x509_evm.der; manifest';

# Metadata writes: the third bit, which init.conf alone sets. What they change is refused until
# it is as it was signed; without them it cannot be changed at all.
my $metadata = 'mkdir metadata; cp sbin/helper metadata/signed; sign metadata/signed; ';
my $x509 = 'rm ima/keys/kmk ima/keys/evm-key; ';
my %kept = (none => 'ok,ran', mode => 'EPERM,ran', 'mode-again' => 'ok,ran', owner => 'EPERM,ran', 'owner-again' => 'ok,ran',
	capability => 'EPERM,ran', hmac => 'EPERM,ran', 'signature-again' => 'ok,ran', signature => 'EPERM,ran');
my %written = (%kept, map { ($_ => 'ok,EACCES') } qw(mode owner capability hmac signature));
sub metadata { my ($bits, %change) = @_; return (payload => { evm => $bits, 'evm-write-0' => 'EPERM', 'evm-write-1' => 'EPERM', map { ("metadata-$_" => $change{$_}) } keys %change }) }
accepted 'metadata writes', "$metadata $x509 conf 'evm = x509-metadata-writes'", metadata(6, %written), like => qr/ evm=6 kmk=none /;
accepted '  evm = x509: none', "$metadata $x509 conf 'evm = x509'", metadata(2, %kept), like => qr/ evm=2 kmk=none /;
accepted '  evm = hmac: none', "$metadata manifest", metadata(3, %kept), like => qr/ evm=3 kmk=plain /;
refused '  with an HMAC key' => 'conf-invalid', 'conf "evm = x509-metadata-writes"';
refused '  without a certificate' => 'evm-x509-missing', "$x509 conf 'evm = x509-metadata-writes'; rm ima/keys/x509_evm.der";
refused '  without any' => 'keyring-empty', "$x509 rm ima/keys/x509_evm.der; conf 'evm = x509-metadata-writes'", like => qr/\.evm holds no key/;
refused '  in an init.conf that is not signed' => 'file-refused', "$x509 conf 'evm = x509'; printf 'evm = x509-metadata-writes\n' | overwrite ima/init.conf";
refused '  EVM is closed already' => 'evm-not-set', "$x509 conf 'evm = x509-metadata-writes'", init => '/sbin/close-evm';
# By what has run before, such as an initramfs. Nothing but an HMAC key takes that back.
my @before = (init => '/sbin/write-metadata');
refused 'metadata writes before ima-init' => 'evm-not-set', "$x509 conf 'evm = x509'", @before, like => qr/metadata writes were allowed before us/;
refused '  before there is a key' => 'keyring-empty', "$x509 rm ima/keys/x509_evm.der; conf 'evm = none'", @before;
accepted '  that init.conf asks for', "$metadata $x509 conf 'evm = x509-metadata-writes'", @before, metadata(6, %written);
accepted '  evm = hmac, which ends them', "$metadata manifest", @before, metadata(3, %kept);

# The kernel's own HMAC key: no driver of Linux 6.1 sets one, so a debugger calls what such a one would.
my @driver = (around => ['gdb', '-nx', '-batch', '-x', 'tests/boot/lib/evm-set-key.gdb', '--args']);
my %closed = ('evm-write-0' => 'EPERM', 'evm-write-1' => 'EPERM', 'exec-unsigned' => 'EACCES', 'key-encrypted-evm-key' => 'ENOKEY');
accepted 'the HMAC key of a driver', "$x509 conf 'evm = kernel'", @driver, payload => { evm => 3, %closed }, like => [qr/evm: key initialized$/m, qr/ evm=3 kmk=none /];
refused '  which has set none' => 'evm-not-set', "$x509 conf 'evm = kernel'", like => qr/the kernel has set no HMAC key/, verify_not => 1;
refused '  and no certificate' => qr/^(?!handover)/, "$x509 rm ima/keys/x509_evm.der; conf 'evm = kernel'", @driver;
refused '  and EVM is closed already' => 'evm-not-set', "$x509 conf 'evm = kernel'", @driver, init => '/sbin/close-evm';
refused '  evm = hmac' => 'evm-not-set', '', @driver, verify_not => 1;
refused '  evm = x509' => 'evm-not-set', "$x509 conf 'evm = x509'", @driver, verify_not => 1;
refused '  and kmk and evm-key are there' => 'conf-invalid', 'conf "evm = kernel"', @driver;
refused '  a kernel without EVM' => 'kernel-lacks', "$x509 rm ima/keys/x509_evm.der; conf 'evm = kernel'", kernel => 'no-evm', verify_not => 1;

# The list of attributes: init.conf's are in it, and it is closed, or there is none.
my $names = 'conf "evm-xattrs = security.one security.two"';
accepted 'evm-xattrs', $names, payload => { 'evm_xattrs-write-security.late' => 'EPERM', 'evm-xattr' => qr/^security\.(?:ima|capability|one|two)$/ }, like => [map { qr/^payload: evm-xattr=security\.$_$/m } qw(one two ima capability)];
accepted '  one that the kernel knows and does not protect', 'conf "evm-xattrs = security.SMACK64"', like => qr/^payload: evm-xattr=security\.SMACK64$/m;
accepted '  one that the kernel protects already, and one twice', 'conf "evm-xattrs = security.ima security.one security.one"', like => qr/^payload: evm-xattr=security\.one$/m;
accepted '  none', '', payload => { 'evm_xattrs-write-security.late' => 'EPERM', 'evm-xattr' => qr/^security\.(?:ima|capability)$/ };
refused '  a name of 256 bytes' => 'evm-xattrs', 'conf "evm-xattrs = security.$(printf "%0247d" 0)"', like => qr/Argument list too long/;
accepted '  a name of 255 bytes', 'conf "evm-xattrs = security.$(printf "%0246d" 0)"', like => qr/^payload: evm-xattr=security\.0{246}$/m;
refused '  locked before ima-init' => 'evm-xattrs', $names, init => '/sbin/lock-xattrs';
refused '  and nothing to add' => 'evm-xattrs', '', init => '/sbin/lock-xattrs', like => qr/the list cannot be locked/;
refused '  on a kernel without the list' => 'evm-xattrs', $names, kernel => 'no-add-xattrs', like => qr/securityfs has no evm_xattrs/;
accepted '  on such a kernel, none', '', kernel => 'no-add-xattrs', payload => { evm => 3, 'evm-xattr' => 'ENOENT' };

# What the kernel itself writes: imactl computes the same HMAC from kmk and evm-key.
# Only where an image can be mounted: the HMAC is over the inode's number.
my $written = <<'END';
mkdir hmac
chgrp 8 hmac
chmod 2755 hmac
# EVM takes the attributes of a file that IMA knows to be new.
printf 'appraise func=FILE_CHECK fgroup=8\n' >>ima/policy
sign ima/policy
manifest
printf 'content\n' >hmac/content
cp hmac/content "$tree.file"
make_known "$tree.file"
"$top/build/imactl" sign --quiet --system --no-evm --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" "$tree.file"
getfattr --absolute-names --only-values -n security.ima "$tree.file" >hmac/ima
rm "$tree.file"
END
my $imactl = "$FindBin::Bin/../../build/imactl";
# Changes the mounted file; what imactl verify says of it with the keys in a directory.
sub judged {
	my ($like, $change, $directory) = @_;
	return sub {
		my ($image, $keys) = @_;
		local @ENV{qw(image keys imactl dir)} = ($image, $keys, $imactl, $directory // '');
		my $said = qx(unshare --mount bash -euc 'mount -o loop "\$image" /mnt; cd /mnt/hmac; $change
			"\$imactl" verify --system --all --evm-hmac "\$keys/\$dir" --cert "\$keys/product/x509_ima.der" /mnt/hmac/new' 2>&1);
		return $said =~ $like ? () : "imactl verify: $said";
	};
}
if ($> == 0 && system('unshare --mount mount -t tmpfs none /mnt 2>/dev/null') == 0) {
	my %hmac = (payload => { hmac => 'ok', evm => 3 });
	accepted 'an HMAC that the kernel has written', $written, %hmac, after => judged(qr/^1 valid;/, 'getfattr -d -m security.evm -e hex new | grep -q =0x02');
	accepted 'the same, the keys of another machine', $written, %hmac, after => judged(qr/^evm-bad /, '', 'other-kmk');
	my %changed = (
		'a flipped bit' => 'v=$(getfattr -e hex -n security.evm new | sed -n s/.*=//p); setfattr -n security.evm -v "${v%??}00" new; [ "${v: -2}" != 00 ] || setfattr -n security.evm -v "${v%??}01" new',
		'another mode' => 'chmod 0600 new',
		'another owner' => 'chown 0 new',
		'another group' => 'chgrp 0 new',
		'a capability' => 'setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 new',
		'a copy: another inode' => 'v=$(getfattr -e hex -n security.evm new | sed -n s/.*=//p); i=$(getfattr -e hex -n security.ima new | sed -n s/.*=//p)
			cp -p new copy; mv copy new; setfattr -n security.ima -v "$i" new; setfattr -n security.evm -v "$v" new',
		'another file system' => 'cd /; umount /mnt; e2fsck -fy "$image" >/dev/null 2>&1 || true; tune2fs -U random "$image" >/dev/null; mount -o loop "$image" /mnt',
	);
	accepted "the same, $_", $written, %hmac, after => judged(qr/^evm-bad /, $changed{$_}) for sort keys %changed;
	accepted 'the same, written by Linux 6.12', $written, %hmac, kernel => 'base-6-12', after => judged(qr/^1 valid;/, 'getfattr -d -m security.evm -e hex new | grep -q =0x02');
	accepted '  with a flipped bit', $written, %hmac, kernel => 'base-6-12', after => judged(qr/^evm-bad /, $changed{'a flipped bit'});
	accepted 'the same, another content', $written, %hmac, after => judged(qr/^bad /, 'printf x >>new');
} else {
	my $why = 'only root may mount an image, to see the HMAC that the kernel has written';
	$ENV{MUST_RUN} && $> == 0 ? Test::More::fail($why) : Test::More::note("skipped: $why");
}

finish;
