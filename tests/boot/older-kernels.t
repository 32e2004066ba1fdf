# SPDX-License-Identifier: MIT
# What older kernels lack, taken away from this one: the system calls by which a file
# system is reached without a mount (5.2), and openat2() (5.6), which the programs do
# without. What is refused elsewhere is refused here, too, and nothing is left mounted.
use strict;
use warnings;
use Bed;

# System calls of x86_64 that answer ENOSYS: open_tree() to fspick(), openat2().
my $mounts = join ',', map { "$_:38" } 428 .. 433;
my %lacks = (
	'no fsopen()' => $mounts,
	'no openat2()' => '437:38',
	'neither' => "$mounts,437:38",
);
my @lacks = sort keys %lacks;
sub lacks { my ($what, $init) = @_; return (init => $init // '/sbin/deny', with => "DENY=$lacks{$what}") }
# What stands where the kernel looks for the first program, in the tree and in an image or archive.
my $initramfs = 'initramfs; cp sbin/helper "$tree.initramfs/deny"; ';
my $own_rings = 'own_rings %s; cp "$tree/sbin/helper" deny; ';
my $initrd = 'initrd; cp sbin/helper "$tree.initrd/deny"; sign "$tree.initrd/deny"; cd "$tree.initrd"; ';
my $restore = 'cp -a sbin/helper deny; sign deny; restorable; ';
my @distribution = (kernel => 'distribution', without => qr/^ima_policy/);
my @no_disk = (make => 'truncate -s 1M "$image"');
# As in enforcement.t: it says when the kernel has run it.
my $spy = 'cp sbin/helper sbin/modprobe; unsign sbin/modprobe; chown 1000 sbin/modprobe; ';

my %enforced = (pid => 1, evm => 3, 'evm-write-0' => 'EPERM', modprobe => '/sbin/modprobe', 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES');
# Nothing but what the kernel mounts, or the program is there to mount.
my %mounts = (mount => qr{^\d+ \d+ \S+ / (?:/ |/dev )});
my %runs = (payload => { %enforced, %mounts });

for my $what (@lacks) {
	my @deny = lacks($what);
	my @deny_here = lacks($what, '/deny');

	# ima-init
	accepted "$what: ima-init", '', @deny, %runs, like => qr/ proofs=rings,self,canary,rules evm=3 /;
	accepted '  /ima on a file system of its own, by another mount', '', lacks($what, '/sbin/bind-over'), with => "MOUNT_OVER=/ima DENY=$lacks{$what}", payload => { %enforced, mount => qr{^\d+ \d+ \S+ /(?: /|ima /ima|\S* /dev)} };
	accepted '  what is read from sysfs and securityfs', 'conf "require = lockdown"', @deny, with => "lockdown=integrity DENY=$lacks{$what}", payload => \%enforced;
	refused '  what is required is not there' => 'requirement', 'conf "require = tpm"', @deny;
	refused '  a kernel that does not enforce' => 'not-enforcing', '', @deny, with => "ima_appraise=log DENY=$lacks{$what}";
	refused '  no canary' => 'canary-unfit', 'rm ima/canary', @deny;
	refused '  no manifest' => 'manifest-missing', 'rm ima/manifest', @deny;
	refused '  a forged manifest' => 'file-refused', 'by stranger sign ima/manifest', @deny;
	refused '  a file of another release' => 'file-differs', 'other ima/policy', @deny;
	refused '  a certificate deleted' => 'evm-x509-missing', 'rm ima/keys/x509_evm.der', @deny;
	refused '  an unsigned next init' => 'handover-refused', 'unsign sbin/init', @deny;
	refused '  a policy that a change of owner escapes' => 'policy-escaped', 'policy "appraise func=BPRM_CHECK fowner=0 appraise_type=imasig"', @deny;
	# A walk that is done by hand, whatever the kernel can.
	refused "  $_ is a symlink" => 'file-type', "mv $_ etc/moved; ln -s /etc/moved $_", @deny for qw(ima ima/keys ima/keys/ima ima/policy ima/manifest ima/keys/kmk);
	refused "  $_ on another file system" => 'file-mount', '', lacks($what, '/sbin/mount-over'), with => "MOUNT_OVER=/$_ DENY=$lacks{$what}" for qw(ima/keys ima/policy ima/manifest ima/keys/kmk);
	refused "  $_ by another mount" => 'file-mount', '', lacks($what, '/sbin/bind-over'), with => "MOUNT_OVER=/$_ DENY=$lacks{$what}" for qw(ima/keys ima/keys/ima ima/policy);
	refused '  /ima on a file system that is not appraised' => qr/^(?!handover)/, '', lacks($what, '/sbin/mount-over'), with => "MOUNT_OVER=/ima DENY=$lacks{$what}";

	# ima-init-initramfs
	accepted "$what: ima-init-initramfs", $initramfs, @deny_here, %runs, like => qr{ proofs=rings,canary,rules evm=3 .* root=/dev/ubda };
	accepted '  a root by the name of its partition', $initramfs, @deny_here, %runs, with => "root=PARTLABEL=root DENY=$lacks{$what}",
		make => '"$top/build/imactl" pack --quiet --disk --format "$fs" -o "$image" "$tree"';
	refused '  no partition of that name' => 'root-missing', $initramfs, @deny_here, with => "root=PARTLABEL=other DENY=$lacks{$what}";
	refused '  no canary on the root' => 'canary-unfit', "$initramfs rm ima/canary", @deny_here;
	refused '  /ima of the root is a symlink' => 'file-type', "$initramfs mv ima etc/moved; ln -s /etc/moved ima", @deny_here;
	refused '  a kernel that does not enforce' => 'not-enforcing', $initramfs, @deny_here, with => "ima_appraise=log DENY=$lacks{$what}";
	refused '  an unsigned next init' => 'handover-refused', "$initramfs unsign sbin/init", @deny_here;
	accepted "$what: signatures restored on a tmpfs", $restore, @no_disk, @deny_here, %runs;
	refused '  an altered next init' => 'handover-refused', "$restore cd \"\$tree.initramfs\"; flip sbin/init", @no_disk, @deny_here;
	# A file on a tmpfs is mapped and executed: as a proof, and not to be when it is forged.
	accepted "$what: keyrings made by process 1", sprintf($own_rings, $_), @distribution, @deny_here, like => qr/ proofs=probe,pin /,
		payload => { 'root-map-ours' => 'ok', 'root-exec-ours' => 'ok', 'root-map-theirs' => 'EACCES', 'root-exec-theirs' => 'EACCES', 'root-exec-unsigned' => 'EACCES' } for qw(none hmac);
	refused '  a probe by another key' => 'probe-refused', sprintf($own_rings, 'none') . 'cp attack/theirs.ima ima/probe.ima', @distribution, @deny_here,
		like => qr/signed: mapping it executable: Permission denied; executing it: Permission denied/;
	refused '  a policy that leaves a tmpfs out' => 'policy-weak', sprintf($own_rings, 'none') . 'sed -i "/^dont_appraise/a dont_appraise fsname=tmpfs" ima/policy', @distribution, @deny_here;

	# ima-init-initrd
	accepted "$what: ima-init-initrd", $initrd . 'cd "$tree"', @deny_here, %runs, like => qr{ proofs=rings,self,canary,rules evm=3 .* root=/dev/ubda };
	refused '  a forged manifest' => 'file-refused', "$initrd by stranger sign ima/manifest; cd \"\$tree\"", @deny_here;
	refused '  a directory of its /ima is a symlink' => 'file-type', "$initrd mkdir etc; mv ima/keys etc/moved; ln -s /etc/moved ima/keys; cd \"\$tree\"", @deny_here;
	refused '  no canary on the root' => 'canary-unfit', "$initrd cd \"\$tree\"; rm ima/canary", @deny_here;
	refused '  an unsigned next init' => 'handover-refused', "$initrd cd \"\$tree\"; unsign sbin/init", @deny_here;
}

# Only where something is mounted on /ima for a moment. A symlink to / would put it where
# no path leads, and what is opened would be the disk, with files as an attacker likes them:
# the first of them makes the kernel look for a module.
my $disk_as_proc = $spy . 'mkdir -p sys/kernel; echo "init=/ima/init" >cmdline; chmod 0444 cmdline; setfattr -n security.ima -v 0x040b$(printf "0%.0s" {1..64}) cmdline; sign_evm cmdline; ';
for my $what (@lacks) {
	my @deny = lacks($what);
	refused "$what: the disk in place of proc" => 'file-type', $disk_as_proc . 'mv ima/* .; rmdir ima; ln -s / ima', @deny, unlike => qr/modprobe-spy/, like => qr{/ima is a symlink};
	refused '  by a directory' => 'file-type', $disk_as_proc . 'mv ima/* .; rmdir ima; ln -s etc/.. ima', @deny, unlike => qr/modprobe-spy/;
	# On a disk the kernel itself refuses all then.
	my $without = $initramfs . 'cd "$tree.initramfs"; mv ima/init own; rm -r ima; ';
	my @own = (init => '/deny', with => "EXEC=/own DENY=$lacks{$what}", verify_not => 1);
	refused '  no /ima in an initramfs' => 'file-missing', $without, @own, like => qr{/ima is not there};
	refused '  a file in its place' => 'file-type', "$without printf x >ima", @own;
	refused '  a symlink to /' => 'file-type', "$without ln -s / ima", @own;
}

finish;
