# SPDX-License-Identifier: MIT
# A kernel for arm64 whose initramfs and command line are built in, and count alone
# (CONFIG_INITRAMFS_FORCE, CONFIG_CMDLINE_FORCE): answer (a) whatever the boot loader
# brings, which x86 has not; tests/boot/built-in.t shows what it brings there. With
# pages of 64 KiB.
use strict;
use warnings;
use Virt 'arm64';

my @inside = (inside => 1, kernel => 'arm64-forced', fs => 'squashfs');
my %enforced = (payload => { pid => 1, evm => 3, 'page-size' => 65536, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES' }, like => qr/ima-init: handing over: .* root=\/dev\/vda /);
# The one word that is built in names neither a root nor a program.
my $made = 'initramfs; printf "root = /dev/vda\n" >"$tree.initramfs/ima/init.conf"; ln -s ima/init "$tree.initramfs/init"; ';
# What the boot loader brings
my $external = $made . 'mkdir -p "$tree.external/ima"; cp sbin/init "$tree.external/init"; cp sbin/init "$tree.external/ima/init"; ';
my $policy = $made . 'mkdir -p "$tree.external/ima"; printf "measure func=BPRM_CHECK\n" >"$tree.external/ima/policy"; printf "prove-exec = no\nroot = /dev/vda\n" >"$tree.external/ima/init.conf"; ';

accepted_there 'as linked in', $made, @inside, %enforced;
accepted_there 'the boot loader brings another /ima/init: nobody looks', $external, @inside, %enforced;
accepted_there '  another policy', $policy, @inside, %enforced;
accepted_there '  words that weaken the kernel', $made, @inside, %enforced, with => 'ima_appraise=off evm=fix rdinit=/sbin/init root=/dev/none';
accepted_there 'a forged /ima/init of uid 1000 on the disk', "$made unsign ima/init; cat sbin/init >ima/init; chown 1000 ima/init", @inside, %enforced;
refused_there 'a forged next init' => 'handover-refused', "$made printf x >>sbin/init", @inside;
refused_there '  with an archive of the boot loader\'s that would take it' => 'handover-refused', "$policy printf x >>sbin/init", @inside;
refused_there '  unsigned' => 'handover-refused', "$made unsign sbin/init", @inside;
refused_there 'no policy inside' => 'file-missing', "$made rm \"\$tree.initramfs/ima/policy\"", @inside;
refused_there '  and one of the boot loader\'s' => 'file-missing', "$policy rm \"\$tree.initramfs/ima/policy\"", @inside;
refused_there 'no canary' => 'canary-unfit', "$made rm ima/canary", @inside;

finish();
