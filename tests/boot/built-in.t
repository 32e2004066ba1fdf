# SPDX-License-Identifier: MIT
# An initramfs inside the kernel (CONFIG_INITRAMFS_SOURCE). Its archive stands where
# the build of the kernel has linked one in; nothing of the boot loader's is needed.
use strict;
use warnings;
use Bed;

my @inside = (inside => 1, kernel => 'built-in');
my %enforced = (payload => { pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES', mount => qr{ / (?:/ \S+ - ext4 /dev/ubda |/dev )} });
# A change of what is inside
my $change = 'initramfs; cd "$tree.initramfs"; ';
my $back = '; cd "$tree"';

accepted 'as linked in', 'initramfs', @inside, %enforced,
	like => qr/handing over: .* proofs=rings,canary,rules evm=3 .* root=\/dev\/ubda /, unlike => qr/initrd=|Freeing initrd memory/;
accepted 'an archive by imactl pack', 'initramfs', @inside, %enforced,
	make => '"$top/tests/boot/lib/make-image" "$fs" "$tree" "$image"; "$top/build/imactl" pack --quiet --format cpio -o "$image.initramfs" "$tree.initramfs"; rm -r "$tree.initramfs"';
accepted 'a root by its partition, under an overlay', q{initramfs; printf 'root = PARTLABEL=root\nroot-overlay = tmpfs\n' >"$tree.initramfs/ima/init.conf"}, @inside,
	make => '"$top/build/imactl" pack --quiet --disk --format "$fs" -o "$image" "$tree"', payload => { mount => qr{ / (?:/ \S+ - overlay |/dev )} };
refused 'the kernel as it is linked, without an archive' => qr/^(?:panic|kernel-panic)/, 'true', kernel => 'built-in', init => '/none', with => 'root=/dev/none';

# Whatever is on the disk.
accepted 'a forged /ima/init of uid 1000 on the disk', 'initramfs; unsign ima/init; cat sbin/init >ima/init; chown 1000 ima/init', @inside, %enforced;
accepted 'a disk without keys, policy and manifest', 'initramfs; rm -r ima/keys ima/manifest ima/policy ima/init', @inside, %enforced;
refused 'a forged next init' => 'handover-refused', 'initramfs; printf x >>sbin/init', @inside;
refused '  unsigned' => 'handover-refused', 'initramfs; unsign sbin/init', @inside;
refused '  of another owner' => 'file-owner', 'initramfs; chown 1000 sbin/init', @inside;
refused '  by a stranger' => 'handover-refused', 'initramfs; by stranger sign sbin/init', @inside;
refused 'no canary' => 'canary-unfit', 'initramfs; rm ima/canary', @inside;
refused 'no disk that is named' => 'root-missing', 'initramfs', @inside, with => 'root=/dev/none';
refused 'no policy inside' => 'file-missing', "$change rm ima/policy$back", @inside;
refused 'a certificate inside that the kernel does not trust' => 'keyring-empty', "$change cat \"\$keys/stranger/x509_ima.der\" >ima/keys/x509_ima.der$back", @inside;
refused 'no /ima/init inside' => qr/^(?:panic|kernel-panic)/, "$change rm ima/init$back", @inside;

# The boot loader's archive is unpacked over it: why there must be none, or a verified one.
sub external { my ($file, $from) = @_; return qq{initramfs; mkdir -p "\$tree.external/\$(dirname $file)"; cp $from "\$tree.external/$file"; } }
accepted 'an external archive beside it', external('etc/more', 'ima/policy'), @inside, %enforced, like => qr/Freeing initrd memory/;
accepted '  with an /init', external('init', 'sbin/init'), @inside, %enforced;
accepted 'THE LIMIT: an external archive brings its own /ima/init', external('ima/init', 'sbin/init'), @inside, payload => { pid => 1, argv => '[/ima/init]' }, unlike => qr/ima-init:/;
accepted '  whatever noinitrd says', external('ima/init', 'sbin/init'), @inside, with => 'noinitrd', payload => { pid => 1, argv => '[/ima/init]' }, unlike => qr/ima-init:/;
accepted 'THE LIMIT: an external archive brings its own policy', 'initramfs; mkdir -p "$tree.external/ima"; printf "measure func=BPRM_CHECK\n" >"$tree.external/ima/policy"; printf "prove-exec = no\n" >"$tree.external/ima/init.conf"',
	@inside, payload => { 'exec-unsigned' => 'ran' }, like => qr/ima-init: handing over: .* prove-exec=no/;
refused '  one that lets code escape, where init.conf is not exchanged' => 'policy-escaped', 'initramfs; mkdir -p "$tree.external/ima"; printf "measure func=BPRM_CHECK\n" >"$tree.external/ima/policy"', @inside;

finish;
