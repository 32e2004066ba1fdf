# SPDX-License-Identifier: MIT
# Good boots: what is handed over, and that it does not depend on key type, file
# system or kernel options.
use strict;
use warnings;
use Bed;

# What the kernel gives a program that it starts itself is what the next init
# must find: everything but argv[0], the kernel's rules and the keyrings.
my $direct = accepted 'the payload started by the kernel itself', '', init => '/sbin/init';
my $good = accepted 'the default', '', payload => {
	pid => 1,
	argv => '[/sbin/init]',
	env => '[HOME=/][TERM=linux]',
	fds => '0,1,2',
	umask => '0022',
	cwd => '/',
	'blocked-signals' => '0',
	'ignored-signals' => '0',
	'thread-keyring' => 'ENOKEY',
	'process-keyring' => 'ENOKEY',
	'key-user-kmk' => 'ENOKEY',
	'key-trusted-kmk' => 'ENOKEY',
	'key-encrypted-evm-key' => 'ENOKEY',
	'proc-keys' => qr/^(?!.*\b(?:kmk|evm-key)\b)/,
	modprobe => '/sbin/modprobe',
	evm => 3,
	'evm-write-0' => 'EPERM',
	'evm-write-1' => 'EPERM',
	'evm_xattrs-write-security.late' => 'EPERM',
	'policy-node' => 'ok',
	'exec-unsigned' => 'EACCES',
	'exec-unsigned-other' => 'EACCES',
}, like => [
	qr/^(?:\[[ .0-9]+\] )?ima-init: handing over: version=/m,
	qr/ machine=absent blacklist=0 /,
	qr/ima-init: enforcement: proved by the keyrings, our own signature, the canary and the rules/,
];
# These two boots again where one of the next cases runs alone.
sub direct { return $direct //= boot 'direct', '', init => '/sbin/init' }
sub good   { return $good //= boot 'good', '' }
# The two mounts get flags, and nothing else is changed.
sub guarded { my ($mounts) = @_; return $mounts =~ s{ / / rw,}{ / / rw,nodev,}r =~ s{ /dev rw,}{ /dev rw,nosuid,noexec,}r }
case 'everything else as the kernel gives it' => sub {
	my @wrong;
	for my $key (qw(pid session uid env fds umask cwd blocked-signals ignored-signals limits nice
			thread-keyring process-keyring session-keyring fd0 fd1 fd2 mount status modprobe)) {
		my ($want, $got) = map { join "\n", @{$_->{payload}{$key} // ['nothing']} } direct(), good();
		$want = guarded($want) if $key eq 'mount';
		push @wrong, "$key: the kernel gives $want, ima-init $got" if $want ne $got || $want eq 'nothing';
	}
	return @wrong;
};
case 'at most eight lines in the log' => sub {
	my $lines = () = good()->{text} =~ /^(?:\[[ .0-9]+\] )?ima-init: /mg;
	return $lines >= 1 && $lines <= 8 ? () : "$lines lines";
};

# Keys.
for my $type (qw(rsa3072 rsa4096 p256 p384)) {
	accepted "$type keys", "resign_all $type", payload => { evm => 3, 'exec-unsigned' => 'EACCES' };
	refused "$type keys, a flipped byte in a signature" => 'file-refused',
		"resign_all $type; flip_xattr ima/keys/kmk security.ima";
	refused "$type keys, EVM's signature by the IMA key" => 'file-refused',
		"resign_all $type; setfattr -x security.evm ima/policy; quietly evmctl sign --portable -a sha256 --key \$keys/$type/ima.key ima/policy";
}

# Three certificates, each signed by the one before, loaded in an order that
# cannot work at the first go; the last one vouches for the next init.
my $chain = <<'END';
issue ca:root 'first CA' "$keys/ca" first
issue ca:intermediate 'second CA' first second
issue ima 'last' second last
certificate second.der ima/keys/secondary/1.der
certificate first.der ima/keys/secondary/2.der
certificate last.der ima/keys/ima/last.der
quietly evmctl ima_sign -a sha256 --key "$PWD/last.key" sbin/init
sign_evm sbin/init
END
accepted 'a chain of three certificates in the wrong order', "$chain manifest", like => qr/secondary=2 ima=2/;
refused 'a chain without its middle' => 'key-refused', "$chain rm ima/keys/secondary/1.der; manifest", like => qr/last\.der/;
refused 'a chain without its first link' => 'key-refused', "$chain rm ima/keys/secondary/2.der; manifest", like => qr/1\.der/;
refused 'a next init that only a missing certificate vouches for' => 'handover-refused',
	"$chain rm -r ima/keys/secondary ima/keys/ima/last.der; manifest";
refused 'a certificate of a CA that the kernel does not trust' => 'key-refused',
	'certificate "$keys/stranger/x509_ima.der" ima/keys/ima/stranger.der; manifest', like => qr/stranger\.der/;
accepted 'the same certificate twice', 'certificate ima/keys/ima/extra.der ima/keys/ima/again.der; manifest';
accepted 'no certificate beside the kernel\'s own', 'rm -r ima/keys/ima; manifest', like => qr/ ima=0/;

# Revocation.
accepted 'a revoked certificate that nothing needs',
	'certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; rm -r ima/keys/ima; manifest', like => qr/blacklist=1/;
refused 'a revoked certificate that vouches for the next init' => 'handover-refused',
	'certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; manifest;
	 quietly evmctl ima_sign -a sha256 --key "$keys/extra/ima.key" sbin/init; sign_evm sbin/init';
accepted 'the same without the revocation',
	'quietly evmctl ima_sign -a sha256 --key "$keys/extra/ima.key" sbin/init; sign_evm sbin/init';
# A hash, signed by the kernel's CA: of the part of a certificate that is signed.
my $revoke = sub { my ($how) = @_; return <<"END" };
mkdir -p ima/keys/blacklist
openssl x509 -inform DER -in ima/keys/ima/extra.der | openssl asn1parse -strparse 4 -noout -out tbs
hash=tbs:\$(sha256sum tbs | cut -d' ' -f1)
printf %s "\$hash" | openssl smime -sign -nocerts -noattr -binary -signer "\$keys/$how.pem" -inkey "\$keys/$how.key" \\
	-outform DER 2>/dev/null >hash.p7s
content "ima/keys/blacklist/\$hash.p7s" <hash.p7s
END
refused 'a certificate whose hash is revoked' => 'key-refused', $revoke->('ca') . 'manifest', like => qr/extra\.der/;
accepted 'the same, and the certificate left out', $revoke->('ca') . 'rm -r ima/keys/ima; manifest', like => qr/ blacklist=1 .* ima=0 /;
refused 'a hash that an unknown CA revokes' => 'key-refused',
	$revoke->('stranger/ca') . 'manifest', like => qr/\.p7s/;
refused 'a revocation on a kernel that has no keyring for it' => 'kernel-lacks',
	'certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; manifest', kernel => 'no-add-xattrs', like => qr/CONFIG_IMA_BLACKLIST_KEYRING/;
refused 'the revocation deleted' => 'file-missing',
	'certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; manifest; rm ima/keys/blacklist/extra.der';

# The kernel does not look at dates.
accepted 'a certificate that has expired vouches for the next init', <<'END';
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out old.key
printf '[ca]\ndefault_ca=x\n[x]\ndatabase=index\nnew_certs_dir=.\nserial=serial\npolicy=p\n[p]\ncommonName=supplied\n' >ca.cnf
: >index; echo 01 >serial
openssl req -new -key old.key -config "$top/keys/ima.cnf" -out old.csr
quietly openssl ca -batch -notext -md sha256 -config ca.cnf -extfile "$top/keys/ima.cnf" -extensions signing -cert "$keys/ca.pem" \
	-keyfile "$keys/ca.key" -in old.csr -out old.pem -startdate 20200101000000Z -enddate 20210101000000Z
openssl x509 -in old.pem -outform DER | content ima/keys/ima/old.der
manifest
quietly evmctl ima_sign -a sha256 --key "$PWD/old.key" sbin/init
sign_evm sbin/init
END

# File systems.
for my $fs (qw(ext4 squashfs erofs)) {
	accepted "$fs", 'true', fs => $fs, payload => { evm => 3, 'exec-unsigned' => 'EACCES' };
	accepted "$fs, read-only", 'true', fs => $fs, ro => 1, payload => { evm => 3 };
	refused "$fs, a flipped byte in the policy" => 'file-refused', 'flip ima/policy', fs => $fs;
	refused "$fs, an unsigned next init" => 'handover-refused', 'unsign sbin/init', fs => $fs, ro => 1;
}

# Kernels that cannot show their rules, or not take new ones.
my %proof = ('write-only' => 'kernel-log', 'log-caller' => 'kernel-log', 'read-only' => 'rules', 'no-read-write' => 'node-gone', 'no-modules' => 'rules');
for my $kernel (sort keys %proof) {
	accepted "kernel $kernel", '', kernel => $kernel, like => qr/ policy=$proof{$kernel} /,
		payload => { evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES' };
	refused "kernel $kernel, an unsigned next init" => 'handover-refused', 'unsign sbin/init', kernel => $kernel;
	refused "kernel $kernel, a policy with a bad rule" => 'policy-invalid',
		'policy "appraise func=POLICY_CHECK appraise_type=imasig" "appraise func=NONSENSE"', kernel => $kernel;
	refused "kernel $kernel, a policy signed by an unknown key" => 'file-refused',
		'by stranger sign ima/policy; manifest', kernel => $kernel;
}
accepted 'kernel no-add-xattrs', '', kernel => 'no-add-xattrs', payload => { evm => 3 };
refused 'kernel no-add-xattrs, evm-xattrs' => 'evm-xattrs', 'conf "evm-xattrs = security.one"', kernel => 'no-add-xattrs';
# fsopen() answers ENOSYS.
my @no_fsopen = (init => '/sbin/deny', with => 'DENY=430:38');
accepted 'no fsopen(), as before 5.2', '', @no_fsopen, payload => { evm => 3 };
case 'no mount is left without fsopen()' => sub {
	my $result = boot 'mounts without fsopen', '', @no_fsopen;
	my ($want, $got) = map { join "\n", map { s/^\d+ \d+ //r } @{$_->{payload}{mount} // ['nothing']} } direct(), $result;
	$want = guarded($want);
	return $want eq $got ? () : "the kernel gives $want, ima-init $got";
};

# The next init in the manifest.
accepted 'the next init is pinned', 'pin sbin/init';
refused 'a pinned next init, signed, of another release' => 'file-differs',
	'pin sbin/init; cat sbin/helper >sbin/init; sign sbin/init';
accepted 'the same not pinned', 'cp sbin/init sbin/second; sign sbin/second; mv sbin/second sbin/init';
refused 'a pinned next init that is missing' => 'file-missing', 'pin sbin/init; rm sbin/init';
refused 'a pinned next init, given to uid 1000' => 'file-owner', 'pin sbin/init; chown 1000 sbin/init';

finish;
