# SPDX-License-Identifier: MIT
# initramfs-tools and dracut put /ima into an initramfs as the site has prepared it, or make none.
use strict;
use warnings;
use Debian;

my %evm = ('initramfs-tools' => '--no-evm', dracut => '--evm-key "$keys/stranger/evm.key" --evm-cert "$keys/stranger/x509_evm.der"');
my %whole = (
	'initramfs-tools' => 'v=$(basename /lib/modules/*); mv /boot/old.img /boot/initrd.img-$v; s=0; update-initramfs -u -k $v || s=$?; mv /boot/initrd.img-$v /boot/old.img; exit $s',
	dracut => 'DEB_MAINT_PARAMS="configure" /etc/kernel/postinst.d/dracut $(basename /lib/modules/*)',
);
my $site = '$system/etc/ima-init/initramfs';

for my $generator (qw(initramfs-tools dracut)) {
	use_generator $generator;

	made 'as the site has prepared it', '';
	made 'nothing where there is no tree, and no command line asks for it', "rm -r $site", like => qr/^\/ima is not there$/m,
		$generator eq 'dracut' ? (by => 'bash -c ". /usr/lib/dracut/modules.d/98ima-init/module-setup.sh; check" || echo "/ima is not there"') : ();
	my $grub = 'mkdir -p "$system/etc/default/grub.d"; install -m 0644 "$top/packaging/initramfs/grub.cfg" "$system/etc/default/grub.d/ima-init.cfg"';
	made 'with the example for GRUB', $grub;
	made 'with a rescue program', 'printf "on-failure = rescue\nrescue = /ima/rescue\n" >>init.conf; install -m 0755 "$top/build/ima-init" rescue';
	made 'with the EVM master key, for root alone', 'install -m 0644 -D -t keys/evm "$keys/product/x509_evm.der"; install -m 0400 -t keys "$keys/product/kmk" "$keys/product/evm-key"; ' .
		'sed -i s/^evm.*/evm=hmac/ init.conf; "$top/build/imactl" sign --quiet --probe --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" ' .
		'--evm-key "$keys/product/evm.key" --evm-cert "$keys/product/x509_evm.der" ' . $site,
		by => 'umask 022; ' . ($generator eq 'dracut' ? $Debian::generate{dracut} : 'mkinitramfs -o /boot/new.img $(basename /lib/modules/*); mv /boot/new.img /boot/old.img') . '; stat -c "mode %a" /boot/old.img',
		like => qr/^mode 600$/m;
	not_made 'no tree, and GRUB asks for it' => qr/initramfs is not there, but the command line has rdinit=/, "rm -r $site; $grub";
	not_made 'a tree that leads nowhere' => qr/is not there/, "rm -r $site; ln -s nowhere $site";

	# What would stop the boot.
	not_made 'no policy, by the whole generator' => qr/policy/, 'rm policy', by => $whole{$generator};
	not_made 'no policy' => qr/file-missing.*policy|policy.*file-missing/, 'rm policy';
	not_made 'a policy that does not leave out the initramfs' => qr/handover-refused .*policy: its rules refuse the next init/, 'sed -i /fsname=rootfs/d policy';
	not_made 'for a kernel with trusted keyrings' => qr/manifest-missing/, 'sed -i /trusted/d init.conf';
	not_made 'no certificate' => qr/keyring-empty/, 'rm keys/ima/*';
	not_made 'no certificate, nor its directory' => qr/keyring-empty/, 'rm -r keys/ima';
	not_made 'no probe.ima' => qr/probe\.ima/, 'rm probe.ima';
	not_made 'a probe.ima with another bit' => qr/probe/, 'printf "\001" | dd of=probe.ima bs=1 seek=100 conv=notrunc status=none';
	not_made 'a probe by a stranger\'s key' => qr/probe/, 'rm probe.*; "$top/build/imactl" sign --quiet --probe --key "$keys/stranger/ima.key" --cert "$keys/stranger/x509_ima.der" ' . "$evm{$generator} $site";
	not_made 'a certificate that is none' => qr/x509_ima/, 'echo >keys/ima/x509_ima.der';
	not_made 'a wrong line in init.conf' => qr/conf-invalid/, 'echo "nothing = 1" >>init.conf';
	not_made 'a rescue program that is a pattern' => qr/notes: ima-init reads no file by this name/, 'echo >notes; echo "rescue = /*" >>init.conf';
	not_made 'a file of no use' => qr/notes: ima-init reads no file by this name/, 'echo >notes';

	# What must not be in an initramfs.
	not_made 'a private key' => qr/ima\.key: a private key/, 'install -m 0600 "$keys/product/ima.key" .';
	not_made 'a private key by another name' => qr/ima\.pem: a private key/, 'install -m 0600 "$keys/product/ima.key" ima.pem';
	not_made 'a private key in place of a certificate' => qr/evil\.der/, 'openssl pkey -in "$keys/product/ima.key" -outform DER -out keys/ima/evil.der';
	not_made '  in a form of its own' => qr/ima\.bin: ima-init reads no file/, 'openssl pkey -in "$keys/product/ima.key" -outform DER -out ima.bin';
	not_made 'a file that others may write to' => qr/policy: others may write/, 'chmod o+w policy';
	not_made 'a directory that its group may write to' => qr/keys: others may write/, 'chmod g+w keys';
	not_made 'a file of another owner' => qr/policy: not root's/, 'chown 1000 policy';
	not_made 'a symlink' => qr/policy: neither a file/, 'mv policy ../../policy; ln -s ../../policy policy';
	not_made 'a FIFO' => qr/x: neither a file/, 'mkfifo x';
	not_made 'something beside ima' => qr/etc: only what is below ima/, 'mkdir ../etc';
	not_made 'no ima' => qr/ima is not there/, "rm -r $site/ima";
	not_made 'an init of the site\'s' => qr/ima\/init: .* is put there/, 'cp "$top/build/ima-init" init';

	# What does it is not there.
	not_made 'no imactl' => qr/imactl is not installed/, '', by => 'mv /usr/bin/imactl /usr/bin/none; trap "mv /usr/bin/none /usr/bin/imactl" EXIT; ' . $Debian::generate{$generator};
	not_made 'not the script of both' => qr/initramfs-tree failed/, '', by => 'cd /usr/libexec/ima-init; mv initramfs-tree none; trap "mv none initramfs-tree" EXIT; ' . $Debian::generate{$generator};
	not_made 'no ima-init-initramfs' => qr/init-initramfs is not there/, '', by => 'cd /usr/lib/ima-init; mv init-initramfs none; trap "mv none init-initramfs" EXIT; ' . $Debian::generate{$generator};
}

finish;
