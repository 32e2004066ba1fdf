# SPDX-License-Identifier: MIT
# Kernel modules under the site's policy: by the signature in security.ima, and by one that
# is appended to the module; what the kernel loads by way of modprobe, and what it does not;
# firmware; and what none of these signatures covers.
use strict;
use warnings;
use Bed;

# The next init is tests/boot/modules.c.
my $init = 'cat "$top/build/boot/programs/modules" >sbin/init; sign sbin/init; ';
my @kernel = (kernel => 'modules');
# The shipped policy with one line changed.
sub rule { my ($sed) = @_; return qq{sed "$sed" "\$top/policy/appraise-signed" | content ima/policy; manifest; } }
my $modsig = rule('s/^appraise func=MODULE_CHECK .*/&|modsig/');
my $no_rule = rule('/^appraise func=MODULE_CHECK/d');
my $no_evm = 'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der; conf "evm = none"; ';

# Modules that are loaded one by one: how each is made, as $f, and what the kernel says to it.
# All are the same module. One that is called changed- is loaded again when it was written to.
sub loads {
	my ($name, $change, $modules, %option) = @_;
	my ($make, %want) = ($init . $change);
	for my $file (sort keys %$modules) {
		my ($how, $first, $again) = @{$modules->{$file}};
		$make .= 'f=try/' . $file =~ s/\.xz$//r . "; module crc7 \$f; $how\n";
		$want{"load-$file"} = $first;
		$want{"again-$file"} = $again if $again;
	}
	return accepted $name, $make, @kernel, %option, payload => \%want, like => [qr/^payload: end$/m, $option{like} // ()];
}

# ---- the signature in security.ima ----

my %by_attribute = (
	'signed.ko' => ['sign $f', 'ok'],
	'by-another-key.ko' => ['by extra sign_ima $f; sign_evm $f', 'ok'],
	'of-uid-1000.ko' => ['chown 1000 $f; sign $f', 'ok'],
	'digest-and-portable.ko' => ['digest $f; sign_evm $f', 'ok'],
	'unsigned.ko' => ['true', 'EACCES'],
	'unsigned-of-uid-1000.ko' => ['chown 1000 $f', 'EACCES'],
	'digest.ko' => ['digest $f', 'EACCES'],
	'altered.ko' => ['sign $f; flip $f', 'EACCES'],
	'longer.ko' => ['sign $f; echo >>$f', 'EACCES'],
	'altered-attribute.ko' => ['sign $f; flip_xattr $f security.ima', 'EACCES'],
	'stranger.ko' => ['by stranger sign $f', 'EACCES'],
	'appended.ko' => ['append_signature $f', 'EACCES'],
	'changed-signed.ko' => ['sign $f', 'ok', 'EACCES'],
	# No file is behind it, or none that has attributes.
	'memory-signed.ko' => ['sign $f', 'EACCES'],
	'memfd-signed.ko' => ['sign $f', 'EACCES'],
	# The signature is that of the compressed file; the kernel unpacks it afterwards.
	'packed-signed.ko.xz' => ['pack $f; sign $f.xz', 'ok'],
	'packed-altered.ko.xz' => ['pack $f; sign $f.xz; flip $f.xz', 'EACCES'],
	'packed-unsigned.ko.xz' => ['pack $f', 'EACCES'],
);
my %of_evm = (
	'no-evm.ko' => ['sign_ima $f', 'EACCES'],
	'altered-evm.ko' => ['sign $f; flip_xattr $f security.evm', 'EACCES'],
	'another-owner.ko' => ['sign $f; chown 1000 $f', 'EACCES'],
	'another-mode.ko' => ['sign $f; chmod 0755 $f', 'EACCES'],
);
loads 'security.ima', '', { %by_attribute, %of_evm }, like => qr/impossible to appraise a module without a file descriptor/;
loads 'security.ima, without EVM', $no_evm, { %by_attribute, 'digest-and-portable.ko' => ['digest $f; sign_evm $f', 'EACCES'],
	map { $_ => [$of_evm{$_}[0], 'ok'] } keys %of_evm };
loads 'a key that is revoked', 'certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; manifest; ',
	{ 'signed.ko' => ['sign $f', 'ok'], 'by-another-key.ko' => ['by extra sign_ima $f; sign_evm $f', 'EACCES'] };

# ---- an appended signature ----

my %appended = (
	'signed.ko' => ['sign $f', 'ok'],
	'appended.ko' => ['append_signature $f', 'ok'],
	'by-another-key.ko' => ['by extra append_signature $f', 'ok'],
	'by-imactl.ko' => ['"$top/build/imactl" sign --appended --hash sha512 --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" $f', 'ok'],
	'by-imactl-p256.ko' => ['"$top/build/imactl" sign --appended --key "$keys/extra/ima.key" --cert "$keys/extra/x509_ima.der" $f', 'ok'],
	'by-imactl-altered.ko' => ['"$top/build/imactl" sign --appended --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" $f; flip $f 2000', 'EACCES'],
	'by-imactl-stranger.ko' => ['"$top/build/imactl" sign --appended --key "$keys/stranger/ima.key" --cert "$keys/stranger/x509_ima.der" $f', 'EACCES'],
	'both.ko' => ['append_signature $f; sign $f', 'ok'],
	'unsigned.ko' => ['true', 'EACCES'],
	'digest.ko' => ['digest $f', 'EACCES'],
	'altered.ko' => ['append_signature $f; flip $f 2000', 'EACCES'],
	'altered-signature.ko' => ['append_signature $f; flip $f $(($(stat -c %s $f) - 60))', 'EACCES'],
	'longer.ko' => ['append_signature $f; echo >>$f', 'EACCES'],
	'cut-off.ko' => ['append_signature $f; truncate -s -1 $f', 'EACCES'],
	'of-another.ko' => ['size=$(stat -c %s $f); append_signature $f; tail -c +$((size + 1)) $f >signature; module msdos $f; cat signature >>$f', 'EACCES'],
	'stranger.ko' => ['by stranger append_signature $f', 'EACCES'],
	# Whose signature in security.ima is wrong is refused, whatever is appended; one by an unknown key does not count.
	'both-altered-attribute.ko' => ['append_signature $f; sign_ima $f; flip_xattr $f security.ima; sign_evm $f', 'EACCES'],
	'both-stranger.ko' => ['append_signature $f; by stranger sign_ima $f; sign_evm $f', 'ok'],
	'stranger-both.ko' => ['by stranger append_signature $f; sign $f', 'ok'],
	# It covers the content only.
	'of-uid-1000.ko' => ['append_signature $f; chown 1000 $f', 'ok'],
	'another-mode.ko' => ['append_signature $f; chmod 4777 $f', 'ok'],
	'memfd-appended.ko' => ['append_signature $f', 'ok'],
	'memfd-unsigned.ko' => ['true', 'EACCES'],
	'memory-appended.ko' => ['append_signature $f', 'EACCES'],
	'changed-appended.ko' => ['append_signature $f', 'ok', 'EACCES'],
	# The kernel looks for it at the end of the file, which is compressed.
	'packed-appended.ko.xz' => ['append_signature $f; pack $f', 'EACCES'],
	'packed-signed.ko.xz' => ['append_signature $f; pack $f; sign $f.xz', 'ok'],
);
# Where the file has another attribute that EVM protects, that wants security.evm, which needs security.ima.
my $labelled = 'append_signature $f; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 $f';
loads 'an appended signature', $modsig, { %appended, 'labelled.ko' => [$labelled, 'EACCES'], 'labelled-signed.ko' => ["$labelled; sign \$f", 'ok'] };
loads 'an appended signature, without EVM', $no_evm . $modsig, { %appended, 'labelled.ko' => [$labelled, 'ok'] };

# Revocation of a hash, which Linux 6.12 heeds in both of the two that are a LIMIT here; and of a key.
my $revoke = <<'END';
mkdir -p ima/keys/blacklist
hash=bin:$(sha256sum "$(find "$(modules)" -name crc7.ko)" | cut -d' ' -f1)
printf %s "$hash" | openssl smime -sign -nocerts -noattr -binary -signer "$keys/ca.pem" -inkey "$keys/ca.key" -outform DER 2>/dev/null >hash.p7s
content "ima/keys/blacklist/$hash.p7s" <hash.p7s
END
my %revoked = ('appended.ko' => ['append_signature $f', 'EACCES'], 'another.ko' => ['echo >>$f; append_signature $f', 'ok']);
loads 'a hash that is revoked', $revoke . rule('s/^appraise func=MODULE_CHECK .*/&|modsig appraise_flag=check_blacklist/'), \%revoked;
loads 'THE LIMIT: the same without appraise_flag=check_blacklist', $revoke . $modsig, { %revoked, 'appended.ko' => ['append_signature $f', 'ok'] };
loads 'THE LIMIT: the same of a signature in security.ima', $revoke . 'manifest; ', { 'signed.ko' => ['sign $f', 'ok'] };
loads 'THE LIMIT: a key in .ima_blacklist', 'certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; ' . $modsig,
	{ 'by-another-key.ko' => ['by extra append_signature $f', 'ok'], 'signed.ko' => ['by extra sign_ima $f; sign_evm $f', 'EACCES'] };
loads 'a key whose certificate is left out', 'rm ima/keys/ima/extra.der; ' . $modsig,
	{ 'by-another-key.ko' => ['by extra append_signature $f', 'EACCES'], 'appended.ko' => ['append_signature $f', 'ok'] };

# ---- the kernel's own check of appended signatures, which is another one ----

my $secondary = 'certificate "$keys/product/x509_ima.der" ima/keys/secondary/product.der; ';
for my $word ('module.sig_enforce=1', 'lockdown=integrity') {
	my ($none, $unknown, $memory) = $word =~ /lockdown/ ? ('EPERM', 'EPERM', 'EACCES') : ('EKEYREJECTED', 'EKEYREJECTED', 'ok');
	loads "$word, the key in .ima alone", $modsig, { 'signed.ko' => ['sign $f', $none], 'appended.ko' => ['append_signature $f', $unknown] }, with => $word;
	loads "$word, the key in .secondary_trusted_keys, too", $secondary . $modsig,
		{ 'signed.ko' => ['sign $f', $none], 'appended.ko' => ['append_signature $f', 'ok'], 'unsigned.ko' => ['true', 'EACCES'],
		  'memory-appended.ko' => ['append_signature $f', $memory], 'memory-unsigned.ko' => ['true', $word =~ /lockdown/ ? 'EACCES' : 'EKEYREJECTED'],
		  'packed-both.ko.xz' => ['append_signature $f; pack $f; sign $f.xz', 'ok'] }, with => $word;
}

# ---- rules ----

loads 'THE LIMIT: no rule for MODULE_CHECK', $no_rule, { map { $_ => ['true', 'ok'] } qw(unsigned.ko memory-unsigned.ko memfd-unsigned.ko) };
loads 'THE LIMIT: a rule by owner', rule('s/^appraise func=MODULE_CHECK/& fowner=0/'),
	{ 'unsigned.ko' => ['true', 'EACCES'], 'unsigned-of-uid-1000.ko' => ['chown 1000 $f', 'ok'] };
refused 'a rule with modsig on a kernel without IMA_APPRAISE_MODSIG' => 'policy-invalid', $modsig,
	like => qr{/ima/policy: line \d+: the kernel refuses it, and understood "action=appraise func=MODULE_CHECK appraise_type=};

# ---- modprobe, which the kernel runs and which root runs ----

my %loaded = ('request-msdos' => 'loaded', 'modprobe-crc7' => '0 loaded');
my %nothing = ('request-msdos' => 'no', 'modprobe-crc7' => qr/^[1-9]\d* no$/);
sub requests { my ($name, $change, $want, %option) = @_; return accepted $name, "$init with_modprobe; $change", @kernel, %option, payload => $want }

requests 'modprobe', '', \%loaded;
requests '  unsigned', 'unsign bin/kmod', \%nothing;
requests '  altered', 'flip bin/kmod', \%nothing;
requests '  signed by a stranger', 'by stranger sign bin/kmod', \%nothing;
requests '  unsigned, and of uid 1000', 'unsign bin/kmod; chown 1000 bin/kmod', \%nothing;
requests '  another in its place', 'rm sbin/modprobe; cp bin/unsigned-other sbin/modprobe; chown 1000 sbin/modprobe', \%nothing, unlike => qr/modprobe-spy: ran/;
requests '  with an altered library', 'flip "$(realpath lib/x86_64-linux-gnu/libcrypto.so.3)"', \%nothing;
requests '  and an unsigned module', 'unsign "$(find lib -name msdos.ko)" "$(find lib -name crc7.ko)"', \%nothing;
requests '  and an unsigned module on which another depends', 'unsign "$(find lib -name fat.ko)"', { %loaded, 'request-msdos' => 'no' };
requests '  and an altered one', 'flip "$(find lib -name nls_base.ko)"', { %loaded, 'request-msdos' => 'no' };
my $pack = 'for name in crc7 msdos fat nls_base; do f=$(find lib -name $name.ko); pack $f; done; depmod -b . "$(ls lib/modules)"; ';
requests '  and compressed modules, which kmod 30 unpacks itself', $pack . 'sign $(find lib -name "*.ko.xz")', \%nothing, like => qr/impossible to appraise a module without a file descriptor/;

# What modprobe reads.
my $install = 'printf "install msdos echo forged: ran >/dev/kmsg\n" ';
my $ran = qr/forged: ran/;
my $read = rule('s/^# \(\(dont_\)\?appraise func=FILE_CHECK\)/\1/');
requests 'THE LIMIT: an unsigned modprobe.d is obeyed, as root', "$install >etc/modprobe.d/forged.conf", { 'request-msdos' => 'no' }, like => $ran;
requests 'with rules for FILE_CHECK', $read, \%loaded;
requests '  an unsigned modprobe.d', "$install >etc/modprobe.d/forged.conf; $read", \%loaded, unlike => $ran;
requests '  an altered one', "$install >>etc/modprobe.d/site.conf; $read", \%loaded, unlike => $ran;
requests '  one of uid 1000', "$install >etc/modprobe.d/forged.conf; chown 1000 etc/modprobe.d/forged.conf; $read", \%loaded, unlike => $ran;
requests '  one that is signed', "$install >etc/modprobe.d/forged.conf; sign etc/modprobe.d/forged.conf; $read", { 'request-msdos' => 'no' }, like => $ran;
requests '  an altered modules.dep', "flip \"\$(find lib -name modules.dep.bin)\"; $read", \%nothing;
my $forbid = 'echo "install msdos /bin/false" >etc/modprobe.d/site.conf; sign etc/modprobe.d/site.conf; ln -s busybox bin/false; ';
requests '  one that forbids', $forbid . $read, { %loaded, 'request-msdos' => 'no' };
requests 'THE LIMIT:  it is deleted', "$forbid $read rm etc/modprobe.d/site.conf", \%loaded;
requests 'THE LIMIT:  it is altered', "$forbid $read echo >>etc/modprobe.d/site.conf", \%loaded;
refused '  it is deleted, and the manifest pins it' => 'file-missing', "$init with_modprobe; $forbid pin etc/modprobe.d/site.conf; rm etc/modprobe.d/site.conf", @kernel;

# ---- firmware ----

sub firmware {
	my ($name, $change, $files, %option) = @_;
	my $make = $init . 'module test_firmware test_firmware.ko; sign test_firmware.ko; mkdir -p lib/firmware/updates; ';
	my %want = ('load-test_firmware' => 'ok', 'sysfs-firmware' => 'ok', %{$option{payload} // {}});
	for my $file (sort keys %$files) {
		my ($how, $said, $content) = @{$files->{$file}};
		$make .= "f=lib/firmware/$file; printf 'content of $file' >\$f; $how\n";
		$want{"firmware-$file"} = $said;
		$want{"content-$file"} = $content // "content of $file" if $said eq 'ok';
	}
	return accepted $name, $make . $change, @kernel, %option, payload => \%want;
}

my %firmware = (
	signed => ['sign $f', 'ok'],
	unsigned => ['true', 'EACCES'],
	altered => ['sign $f; flip $f', 'EACCES'],
	stranger => ['by stranger sign $f', 'EACCES'],
	'of-uid-1000' => ['chown 1000 $f', 'EACCES'],
	'another-owner' => ['sign $f; chown 1000 $f', 'EACCES'],
	# The kernel goes on to the next directory.
	overridden => ['sign $f; printf forged >lib/firmware/updates/overridden', 'ok'],
);
firmware 'firmware', '', \%firmware, payload => { 'sysfs-firmware' => 'ENOENT' }, like => qr{Prevent firmware loading_store};
firmware 'THE LIMIT: no rule for FIRMWARE_CHECK', rule('/^appraise func=FIRMWARE_CHECK/d'),
	{ (map { $_ => [$firmware{$_}[0], 'ok'] } grep { $_ ne 'altered' } keys %firmware), overridden => [$firmware{overridden}[0], 'ok', 'forged'] };
firmware 'THE LIMIT: signed firmware under another name', 'swap lib/firmware/one lib/firmware/two',
	{ one => ['sign $f', 'ok', 'content of two'], two => ['sign $f', 'ok', 'content of one'] }, payload => { 'sysfs-firmware' => 'ENOENT' }, like => qr{Prevent firmware loading_store};

finish;
