# SPDX-License-Identifier: MIT
# ima-init-initramfs: inside an initramfs that is verified with the kernel, which
# here is an archive that the boot loader gives; then on the root that it mounts.
use strict;
use warnings;
use Bed;

# TEXT: init.conf of the initramfs
sub conf { my ($text) = @_; return "initramfs; printf '$text' >\"\$tree.initramfs/ima/init.conf\"; " }
# A change of a file in the initramfs
my $inside = 'initramfs; cd "$tree.initramfs"; ';
my $back = '; cd "$tree"';
my %enforced = (payload => { pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES', 'open-canary' => 'ok' });

accepted 'a root that the command line names', 'initramfs', %enforced,
	like => qr/handing over: .* proofs=rings,canary,rules evm=3 .* prove-exec=yes nodev=yes root=\/dev\/ubda next-init=\/sbin\/init/;
accepted 'its own fewest lines', 'initramfs', unlike => qr/(?:.*ima-init: ){4}/s;
# 16 MB of it; 25 MB are free where they are kept, and 37 to 42 otherwise.
accepted 'the rootfs is freed', 'initramfs; mkdir -p "$tree.initramfs/a/b"; head -c 16000000 /dev/urandom >"$tree.initramfs/a/b/large"', payload => { memory => qr/^MemFree: +(?:3[3-9]|[4-9]\d)\d{3} kB/ };
accepted '/dev goes along', 'initramfs', payload => { mount => qr{^\d+ \d+ \S+ / (?:/dev rw,\S+ - devtmpfs|/ rw\S* - ext4) } };
accepted 'a root without /dev', conf('nodev = no\n') . 'rmdir dev', payload => { mount => qr{^\d+ \d+ \S+ / / } };
accepted 'a root whose /dev is a symlink', conf('nodev = no\n') . 'rmdir dev; ln -s sbin dev', payload => { mount => qr{^\d+ \d+ \S+ / / } };
accepted 'a root that is mounted read-only', 'initramfs', ro => 1, payload => { mount => qr{^\d+ \d+ \S+ / (?:/dev rw|/ ro)} };
accepted 'a root that cannot be written to', 'initramfs', %enforced, protected => 1, payload => { mount => qr{^\d+ \d+ \S+ / (?:/dev rw|/ ro)} };
accepted "a root in $_", 'initramfs', %enforced, fs => $_ for qw(squashfs erofs);
accepted 'one of several types', 'initramfs', %enforced, with => 'rootfstype=squashfs,erofs,ext4';
accepted 'flags of the file system', 'initramfs', with => 'rootflags=noquota,errors=remount-ro', payload => { mount => qr{^\d+ \d+ \S+ / (?:/dev |/ .*errors=remount-ro)} };
accepted 'rootwait, and it is there', 'initramfs', with => 'rootwait', unlike => qr/waiting/;
accepted 'words that say nothing without a value', 'initramfs', %enforced, with => 'root rootfstype rootflags', like => qr/ root=\/dev\/ubda /;
accepted 'words behind --', 'initramfs', %enforced, with => '-- root=/dev/none';
accepted 'the last of several words, in quotes', 'initramfs', %enforced, with => ['root=/dev/none', '"root=/dev/ubda"'];
accepted 'a root that init.conf names', conf('root = /dev/ubda\n'), %enforced, with => 'root=/dev/none rootfstype=erofs rootflags=nothing', like => qr/ root=\/dev\/ubda /;
accepted '  with its type and flags', conf('root = /dev/ubda ext4 errors=remount-ro\n'), %enforced, with => 'root=/dev/none rootfstype=erofs rootflags=x';
accepted 'another next init', conf('next-init = /sbin/other\n') . 'cp -a sbin/init sbin/other; sign sbin/other', like => qr/next-init=\/sbin\/other/;

# Answer (a): nothing of the disk's /ima counts, but for its canaries.
accepted 'THE HOLE IS CLOSED: a forged /ima/init of uid 1000 on the disk', 'initramfs; unsign ima/init; cat sbin/init >ima/init; chown 1000 ima/init', %enforced,
	like => qr/ima-init: handing over/;
accepted 'a disk without keys, policy and manifest', 'initramfs; rm -r ima/keys ima/manifest ima/policy ima/init', %enforced;
accepted 'a disk with a policy of its own, unsigned', 'initramfs; unsign ima/policy; printf "measure\n" >ima/policy', %enforced;

# Handover inside the initramfs. Its file system has no attributes: a rule says so.
my $stays = 'sed -i "/^appraise func=BPRM_CHECK/i dont_appraise fsmagic=0x858458f6\ndont_appraise fsmagic=0x01021994" ima/policy; ' .
	conf('next-init = /init\n') . 'cp sbin/init "$tree.initramfs/init"; ';
my $tried = ' proofs=rings,tmpfs,rules evm=3 .* prove-exec=yes nodev=rootfs root= next-init=\/init ';
my $untried = 'prove-exec = no\n';
accepted 'an init of the initramfs itself, by rules that leave out every tmpfs', $stays . qq{printf '$untried' >>"\$tree.initramfs/ima/init.conf"}, with => 'root=',
	like => [qr/ proofs=rings,rules evm=3 .* prove-exec=no nodev=rootfs root= next-init=\/init/, qr/enforcement: not tried/], unlike => qr/enforcement: proved/,
	payload => { pid => 1, evm => 3, mount => qr{ / / rw.* - (?:rootfs|ramfs|tmpfs) } };
refused '  which prove nothing' => 'policy-exempts', $stays, with => 'root=', like => qr/with a digest alone: mapping it executable: allowed; executing it: allowed/;
refused '  that the policy does not leave out' => 'handover-refused', conf('next-init = /init\n') . 'cp sbin/init "$tree.initramfs/init"', with => 'root=';
my $named = 'sed -i "/^appraise func=BPRM_CHECK/i dont_appraise fsname=rootfs" ima/policy; ' . conf('%s') . 'cp sbin/init "$tree.initramfs/init"; ';
accepted '  unless told, and left out by name', sprintf($named, 'on-failure = panic\n'), with => 'root=', payload => { pid => 1 },
	like => [qr/$tried/, qr/enforcement: proved by the keyrings, an unsigned file on a tmpfs and the rules in force/];
refused '  rules by owner' => 'policy-escaped', 'sed -i "s/^appraise func=[BM].*/& fowner=0/" ima/policy; ' . sprintf($named, 'root = none\n'), like => qr/of another owner: mapping it executable: allowed/;
refused '  rules for digests' => 'policy-exempts', 'sed -i "s/^\\(appraise func=[BM][A-Z_]*\\).*/\\1/" ima/policy; ' . sprintf($named, 'root = none\n');
refused '  no policy' => 'policy-exempts', 'initramfs; rm "$tree.initramfs/ima/policy"; printf "root = none\npolicy = none\n" >"$tree.initramfs/ima/init.conf"; cp sbin/init "$tree.initramfs/init"';
# The kernel takes no word of more than 1,024 bytes: the one before it counts, and it does not enforce.
for my $prove ('', $untried) {
	refused '  ima_appraise=fix, and an enforce that is too long' => 'not-enforcing', sprintf($named, "root = none\\n$prove"), without => qr/^ima_appraise=/,
		with => 'ima_appraise=fix ima_appraise=enforce' . 'x' x 1100, like => qr/parameter too long|the command line \(ima_appraise=fix\)/;
}
accepted '  an enforce that is not too long', sprintf($named, 'root = none\n'), without => qr/^ima_appraise=/, with => 'ima_appraise=enforce' . 'x' x 1000;
accepted '  root = none, whatever the command line says', sprintf($named, 'root = none\n'), like => qr/ root= next-init=\/init /, payload => { mount => qr{ / / rw.* - (?:rootfs|ramfs|tmpfs) } };
accepted '  a script', sprintf($named, 'root = none\n') . 'mv "$tree.initramfs/init" "$tree.initramfs/i"; printf "#!/i\n" >"$tree.initramfs/init"; chmod 755 "$tree.initramfs/init"';
refused '  a script on a root' => 'next-init-unfit', 'printf "#!/sbin/other\n" >sbin/script; cp sbin/init sbin/other; chmod 755 sbin/script; sign sbin/script sbin/other; ' . conf('next-init = /sbin/script\n'), verify_not => 1;
refused '  that is not there' => 'file-missing', sprintf($named, 'root = none\n') . 'rm "$tree.initramfs/init"', with => 'root=';
refused '  that is not root\'s' => 'file-owner', sprintf($named, 'root = none\n') . 'chown 1000 "$tree.initramfs/init"';

# The root.
refused 'no such device' => 'root-missing', 'initramfs', with => 'root=/dev/none';
refused 'no such device after a second of rootwait=1' => 'root-missing', 'initramfs', with => 'root=/dev/none rootwait=1', like => qr/waiting for \/dev\/none/;
refused 'a device that is no block device' => 'root-missing', 'initramfs', with => 'root=/dev/null';
refused 'a directory of devices' => 'root-missing', 'initramfs', with => 'root=/dev/';
refused 'a way out of /dev' => 'root-missing', 'initramfs', with => 'root=/dev/../ima/init';
refused '  and back' => 'root-missing', 'initramfs', with => 'root=/dev/../dev/ubda';
refused 'a name that is too long' => 'root-missing', 'initramfs', with => 'root=/dev/' . 'x' x 260;
refused 'another type' => 'root-refused', 'initramfs', with => 'rootfstype=erofs';
refused 'a type that no kernel knows' => 'root-refused', 'initramfs', with => 'rootfstype=nothing';
# Nothing of these is on the device; IMA's built-in rules leave most of them out.
refused "  $_->[0] in its place" => $_->[1], 'initramfs', with => "rootfstype=$_->[0] rootflags=$_->[2]"
	for ['tmpfs', 'file-missing', 'mode=0755'], ['ramfs', 'file-missing', 'mode=0755'], ['proc', 'file-missing', ''], ['devtmpfs', 'file-missing', ''],
	['overlay', 'file-missing', 'lowerdir=/dev:/ima'], ['overlay', 'canary-unfit', 'lowerdir=/:/dev'];
refused 'flags that the file system does not know' => 'root-refused', 'initramfs', with => 'rootflags=nothing';
refused '  ahead of the right one' => 'root-refused', 'initramfs', with => 'rootfstype=nothing,ext4';
refused 'no file system at all' => 'root-refused', 'initramfs', with => 'root=/dev/ram0';
refused 'too many words in init.conf' => 'conf-invalid', conf('root = /dev/ubda ext4 ro more\n');
refused 'no node in init.conf' => 'root-missing', conf('root = /ubda\n');
refused 'a root in the init.conf of a disk' => 'conf-invalid', 'printf "root = /dev/ubda\n" >ima/init.conf; sign ima/init.conf; manifest', like => qr/ima-init mounts no root/;

# What is on the root, which imactl verify of the initramfs does not see.
my @root = (verify_not => 1);
refused 'a root without /ima' => 'file-missing', 'initramfs; rm -r ima', @root, like => qr{FAIL file-missing: /ima of the mounted root is not there: };
refused 'an initramfs without /ima' => 'file-missing', 'initramfs; mv "$tree.initramfs/ima/init" "$tree.initramfs/init"; rm -r "$tree.initramfs/ima"', init => '/init', like => qr{FAIL file-missing: /ima is not there: };
refused 'a root without a canary' => 'canary-unfit', 'initramfs; rm ima/canary', @root;
refused 'a kernel that takes digests for signatures, and shows no rules' => 'not-enforcing',
	conf('evm = none\n') . 'rm -r "$tree.initramfs"/ima/keys/{x509_evm.der,kmk,evm-key}', kernel => 'no-signed-init-no-read', like => qr/canary can be opened/;
refused 'a canary that says nothing' => 'canary-unfit', 'initramfs; setfattr -x security.ima ima/canary', @root;
refused 'a canary of another owner' => 'file-owner', 'initramfs; chown 1000 ima/canary', @root;
refused 'a root without canary-exec' => 'canary-exec-unfit', 'initramfs; rm ima/canary-exec', @root;
refused 'a root directory of another owner' => 'file-owner', 'initramfs; chown 1000 .', @root, fs => 'squashfs', like => qr/the mounted root belongs to uid 1000/;
refused 'a policy that covers files of root\'s only' => 'policy-escaped', 'sed -i "s/^appraise.*/& fowner=0/" ima/policy; initramfs';
refused 'the next init altered' => 'handover-refused', 'initramfs; printf x >>sbin/init';
refused 'the next init unsigned' => 'handover-refused', 'initramfs; unsign sbin/init';
refused 'the next init of another owner' => 'file-owner', 'initramfs; chown 1000 sbin/init', @root;
refused 'another mode of the next init' => 'handover-refused', 'initramfs; chmod 4755 sbin/init';
refused 'a root with another system\'s signatures' => 'handover-refused', 'initramfs; by stranger sign sbin/init';
refused 'the next init missing' => 'file-missing', 'initramfs; rm sbin/init', @root;

# A rescue program is one of the initramfs.
my $rescue = 'initramfs; cp sbin/init "$tree.initramfs/ima/rescue"; printf "on-failure = rescue\nrescue = /ima/rescue\n" >"$tree.initramfs/ima/init.conf"; ';
refused 'a rescue program, while the initramfs is there' => 'handover and FAIL canary-unfit', $rescue . 'rm ima/canary', like => qr/rescue: executing/;
refused '  when it is gone' => 'file-missing', $rescue . 'rm sbin/init', @root, like => qr{/sbin/init is not there}, unlike => qr/rescue: /;
refused '  and the disk has one by its name' => 'file-missing', $rescue . 'cp -a sbin/init ima/rescue; mv sbin/init sbin/other', @root, unlike => qr/rescue: /;

# What is in the initramfs.
refused 'no certificate for IMA' => 'keyring-empty', "$inside rm ima/keys/x509_ima.der$back";
refused 'a certificate of a CA that the kernel does not hold' => 'keyring-empty', "$inside cat \"\$keys/stranger/x509_ima.der\" >ima/keys/x509_ima.der$back";
refused 'no certificate for EVM that the kernel takes' => 'evm-x509-missing', "$inside cat \"\$keys/stranger/x509_evm.der\" >ima/keys/x509_evm.der$back";
refused 'no kmk' => 'file-missing', "$inside rm ima/keys/kmk$back";
refused 'no evm-key' => 'file-missing', "$inside rm ima/keys/evm-key$back";
refused 'no policy' => 'file-missing', "$inside rm ima/policy$back";
refused 'a certificate in no keyring\'s directory' => 'key-unplaced', "$inside mkdir ima/keys/evn; cp ima/keys/x509_evm.der ima/keys/evn$back";
refused 'a further certificate that the kernel refuses' => 'key-refused', "$inside cp \"\$keys/stranger/x509_ima.der\" ima/keys/ima/stranger.der$back";
refused 'a file that others may write' => 'file-mode', "$inside chmod o+w ima/policy$back";
refused 'a file of another owner' => 'file-owner', "$inside chown 1000 ima/keys/kmk$back";
refused 'a directory that others may write' => 'file-mode', "$inside chmod o+w ima/keys$back";
refused 'a symlink' => 'file-type', "$inside ln -sf x509_ima.der ima/keys/kmk$back";
refused 'a FIFO' => 'file-type', "$inside mkfifo ima/keys/ima/x.der$back";
# There is no manifest here, and nothing is signed.
refused 'a wrong line in init.conf' => 'conf-invalid', conf('nothing = 1\n'), like => qr/: correct the line that is named \(ima-init\.conf\(5\)\); outside an initramfs, sign/;
refused 'keys of the device on a root that is not there yet' => 'conf-invalid', "$inside rm ima/keys/kmk ima/keys/evm-key; printf 'kmk = trusted\ndevice-keys = root\n' >ima/init.conf$back",
	like => qr/device-keys = root, but no root is mounted yet/;
refused 'an unlisted name' => 'file-unlisted', "$inside printf x >ima/\$'caf\\xc3\\xa9'$back";
refused 'a policy with a wrong rule' => 'policy-invalid', "$inside printf 'appraise func=NOTHING\n' >>ima/policy$back", like => qr{: correct the policy; outside an initramfs, sign};
refused 'the wrong program: ima-init' => 'self-unsigned', "$inside install -m 0755 \"\$tree/ima/init\" ima/init$back";
refused 'the wrong place: ima-init-initramfs on a disk' => 'not-initramfs', 'cat "$built/ima-init-initramfs" >ima/init; sign ima/init; manifest';

# The command line is not proved by a canary before the root is mounted.
refused 'no ima_policy=' => 'not-enforcing', 'initramfs', without => qr/^ima_policy/;
refused 'ima_appraise=log' => 'not-enforcing', 'initramfs', with => 'ima_appraise=log';
refused 'evm=fix' => 'command-line', 'initramfs', with => 'evm=fix';
refused 'the same without a root' => 'not-enforcing', $stays, with => 'root= ima_appraise=log';

finish;
