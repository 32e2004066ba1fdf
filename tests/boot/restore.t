# SPDX-License-Identifier: MIT
# An initramfs with signatures: ima-init-initramfs copies it onto a tmpfs and restores
# there what a sidecar says. Whoever can change the archive can still replace /ima/init,
# its policy and its init.conf, which nothing in it vouches for: see THE LIMIT below.
use strict;
use warnings;
use Bed;

# There is no disk. With root= on the command line the rootfs is a ramfs, otherwise a tmpfs.
my @from = (make => 'truncate -s 1M "$image"');
my @from_tmpfs = (@from, with => 'root=');
my %enforced = (pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES');
my %runs = (payload => { %enforced, mount => qr{^\d+ \d+ \S+ / (?:/ rw,nodev\S* - tmpfs |/dev rw,nosuid,noexec\S* - devtmpfs )} });
# A change of the archive, or of its sidecar, by somebody who cannot sign
sub offline { my ($change, @conf) = @_; return 'restorable ' . join(' ', map { "'$_'" } @conf) . qq{; cd "\$tree.initramfs"; $change} }
sub sidecar { my ($perl, @conf) = @_; return offline("perl -0 -pi -e '$perl' ima/signatures", @conf) }

accepted 'a ramfs', 'restorable', @from, %runs, like => [qr/Unpacking initramfs|rootfs/, qr/restore: \d+ files on a tmpfs, signatures of 13/,
	qr/handing over: .* proofs=rings,canary,rules evm=3 .* prove-exec=yes nodev=yes root=tmpfs next-init=\/sbin\/init/];
accepted 'a tmpfs', 'restorable', @from_tmpfs, %runs;
accepted 'its own fewest lines', 'restorable', @from, unlike => qr/(?:.*ima-init: ){5}/s;
accepted 'keys, policy and sidecar stay behind', 'restorable', @from, like => qr{payload: tree=/ima/canary }, unlike => qr{payload: tree=/ima/(?!canary(?:-exec)? |\. )};

# Programs: which of them run, and which a running system has made of one.
my $try = 'mkdir try; for name in signed altered swapped swapped-too unlisted other; do install -m 0755 sbin/helper "try/$name"; printf %s "$name" >>"try/$name"; sign "try/$name"; done;' .
	'ln try/signed try/linked; unsign try/unlisted; by stranger sign try/other; ';
my $attack = 'flip try/altered; mv try/swapped x; mv try/swapped-too try/swapped; mv x try/swapped-too; ';
my %programs = (payload => { %enforced, 'exec-signed' => 'ran', 'exec-linked' => 'ran', 'exec-altered' => 'EACCES', 'exec-swapped' => 'EACCES', 'exec-swapped-too' => 'EACCES',
	'exec-unlisted' => 'EACCES', 'exec-other' => 'EACCES', 'write-written' => 'ok', 'exec-written' => 'EACCES', 'chmod-signed' => 'EPERM', 'remove-signature' => 'EPERM',
	'write-signed' => 'ok', 'exec-appended' => 'EACCES' });
accepted 'programs of an archive that is as it was', $try . 'restorable', @from,
	payload => { %{$programs{payload}}, map { ("exec-$_" => 'ran') } qw(altered swapped swapped-too) };
accepted '  of one that somebody has changed', $try . offline($attack), @from, %programs;
accepted '  on a rootfs that is a tmpfs', $try . offline($attack), @from_tmpfs, %programs;
accepted '  in another owner\'s name', $try . offline('chown 1000 try/signed'), @from, payload => { 'exec-signed' => 'EACCES' };
accepted '  in another mode', $try . offline('chmod 4755 try/signed'), @from, payload => { 'exec-signed' => 'EACCES' };
# Its portable signature covers the capability.
my $capability = '0x0100000200040000000000000000000000000000';
accepted 'a capability', $try . qq{setfattr -n security.capability -v $capability try/signed; sign_evm try/signed; setfattr -x security.capability try/signed; } .
	sidecar("s{(# file: try/(?:linked|signed)\\n)}{\$1security.capability=$capability\\n}g"), @from, payload => { 'exec-signed' => 'ran', 'exec-linked' => 'ran' };
accepted '  that is left out', $try . qq{setfattr -n security.capability -v $capability try/signed; sign_evm try/signed; setfattr -x security.capability try/signed; restorable},
	@from, payload => { 'exec-signed' => 'EACCES', 'exec-linked' => 'EACCES' };

# The copy.
my $tree = <<'END';
mkdir -p tree/directory
printf 12345 >tree/file; ln tree/file tree/directory/link; ln tree/file tree/third
ln -s file tree/symlink; ln -s /none/$(printf %0500d 0) tree/long
mkfifo tree/fifo; mknod tree/character c 4 300; mknod tree/block b 8 17
: >tree/empty; chmod 4711 tree/empty; chown 7:8 tree/file tree/directory; chmod 2755 tree/directory
printf x >$'tree/new\nline'; printf x >'tree/back\slash'; printf x >$'tree/caf\xc3\xa9'
sign $'tree/new\nline' 'tree/back\slash' $'tree/caf\xc3\xa9'
chmod 1777 tree
END
my $times = 'touch -h -d @1000000001 tree/*; touch -d @1000000002 tree/directory; touch -d @1000000003 tree; touch -d @1000000004 .';
my @copied = (qr{/tree/\. 41777 0:0 1000000003 }, qr{/tree/directory 42755 7:8 1000000002 }, qr{/tree/file 100644 7:8 1000000001 3 0 5 },
	qr{/tree/directory/link 100644 7:8 1000000001 3 0 5 }, qr{/tree/third 100644 7:8 1000000001 3 0 5 }, qr{/tree/symlink 120777 0:0 1000000001 1 0 4 file},
	qr{/tree/long 120777 0:0 \d+ 1 0 506 /none/0{500}}, qr{/tree/fifo 10644 0:0 1000000001 1 0 0 }, qr{/tree/character 20644 0:0 1000000001 1 10042c 0 },
	qr{/tree/block 60644 0:0 1000000001 1 811 0 }, qr{/tree/empty 104711 0:0 1000000001 1 0 0 }, qr{/tree/new\?line 100644 }, qr{/tree/back.slash 100644 }, qr{/tree/caf.+? 100644 });
accepted 'all that an archive can hold', $tree . offline($times), @from, like => [map { qr/payload: tree=$_/ } @copied];
accepted '  on a rootfs that is a tmpfs', $tree . offline($times), @from_tmpfs, like => [map { qr/payload: tree=$_/ } @copied];
# Of zeros, in a compressed archive, which takes no memory while it is unpacked.
my $compressed = 'truncate -s 1M "$image"; mv "$tree.initramfs" "$tree.packed"; (cd "$tree.packed" && find . | cpio --quiet -o -H newc | gzip -1) >"$image.initramfs"';
accepted 'a compressed archive', offline('mkdir many; for i in {1..12}; do head -c 1000000 /dev/zero >many/$i; done'), make => $compressed, %runs;
# By number, not by size: that much memory is there or not, with the host's address layout, but a
# tmpfs takes no more files than half of the pages, and these are empty.
refused 'more files than a tmpfs takes' => 'restore-refused', offline('mkdir many; seq 9000 | sed s,^,many/, | xargs touch'), @from,
	like => qr{/many/\d+: No space left on device};
refused 'a directory too deep' => 'restore-refused', offline('mkdir -p $(printf "d/%.0s" {1..65})'), @from, like => qr/deeper than 64 directories/;
accepted '  and one less', offline('mkdir -p $(printf "d/%.0s" {1..64})'), @from, %runs;
my $long = join '/', ('d' x 200) x 5;
refused 'a path too long' => 'restore-refused', offline("mkdir -p $long; : >$long/" . 'f' x 19), @from, like => qr/a path of more than 1023 bytes: /;
accepted '  and one byte less', offline("mkdir -p $long; : >$long/" . 'f' x 18), @from, %runs;
refused 'the name of where it is copied to' => 'restore-refused', offline('mkdir new-root'), @from, like => qr{tmpfs on /new-root: File exists};
refused '  and of its links' => 'restore-refused', offline('mkdir .restored-links'), @from, like => qr{/\.restored-links: File exists};

# As the manual makes it: the archive of imactl pack, which has its sidecar.
my $packed = 'truncate -s 1M "$image"; cp "$tree.cpio" "$image.initramfs"; rm -r "$tree.initramfs"';
accepted 'the archive of imactl pack as it is', 'restorable', make => $packed, %runs, like => qr/restore: \d+ files on a tmpfs, signatures of 13/;
accepted '  compressed', 'restorable', make => $packed =~ s/cp (\S+) (\S+);/gzip -1 <$1 >$2;/r, %runs;
refused '  without its sidecar' => 'conf-invalid', offline('rm ima/signatures'), @from, like => qr{restore names no file below /ima};

# Other choices of the site.
my $file_check = <<'END' . 'restorable';
for magic in 0x9fa0 0x62656572 0x73636673; do printf 'dont_appraise func=FILE_CHECK fsmagic=%s\n' $magic; done >>ima/policy
printf 'appraise func=FILE_CHECK mask=^MAY_READ euid=0 appraise_type=imasig\n' >>ima/policy
sign ima/policy
END
accepted 'a policy for what is read, too', $file_check, @from, payload => { %enforced, 'open-canary' => 'EACCES', 'open-canary-exec' => 'EACCES' };
accepted 'a policy that lets nobody set a digest of SHA-256', 'printf "appraise func=SETXATTR_CHECK appraise_algos=sha512\n" >>ima/policy; sign ima/policy; restorable', @from, payload => \%enforced;
accepted '  and unsigned programs need not be refused by one of uid 1000', $file_check . ' "prove-exec = no"', @from, payload => { %enforced, 'open-canary' => 'EACCES' }, like => qr/ prove-exec=no /;
accepted 'no canary-exec where it is not asked for', offline('rm ima/canary-exec; perl -0 -pi -e "s{# file: ima/canary-exec\\n.*?\\n\\n}{}s" ima/signatures', 'prove-exec = no'), @from, payload => \%enforced;
accepted 'EVM by signatures alone', 'rm ima/keys/kmk ima/keys/evm-key; restorable "evm = x509"', @from, payload => { %enforced, evm => 2 };
accepted '  programs', $try . 'rm ima/keys/kmk ima/keys/evm-key; ' . offline($attack, 'evm = x509'), @from, payload => { %{$programs{payload}}, evm => 2 };
accepted 'a kernel without EVM', 'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der; restorable "evm = none"', @from, kernel => 'no-evm', payload => { %enforced, evm => 'ENOENT' };
accepted '  and no security.evm', 'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der; ' . sidecar('s/security.evm=.*\n//g', 'evm = none'), @from, kernel => 'no-evm', payload => { %enforced, evm => 'ENOENT' };
accepted 'rules that cannot be read back', 'restorable', @from, kernel => 'no-read-write', %runs, like => qr/ proofs=rings,canary evm=3 .* policy=node-gone /;
refused 'a tmpfs without attributes' => 'kernel-lacks', 'restorable', @from, kernel => 'no-tmpfs-xattr', like => qr/CONFIG_TMPFS_XATTR/;
accepted 'another next init', 'cp -a sbin/init bin/other; sign bin/other; restorable "next-init = /bin/other"', @from, payload => \%enforced;

# The policy.
my $magic = 'fsmagic=0x01021994';
refused 'a policy that leaves a tmpfs out' => 'policy-exempts', "sed -i '/^appraise func=BPRM/i dont_appraise $magic' ima/policy; restorable", @from, like => qr{/ima/canary on the tmpfs can be opened and mapped};
refused '  where no canary-exec is asked for' => 'policy-exempts', "sed -i '/^appraise func=BPRM/i dont_appraise $magic' ima/policy; restorable 'prove-exec = no'", @from;
refused '  for what is mapped alone' => 'policy-exempts', "sed -i '/^appraise func=BPRM/i dont_appraise func=MMAP_CHECK $magic' ima/policy; restorable", @from;
refused '  for what is executed alone' => 'policy-exempts', "sed -i '/^appraise func=BPRM/i dont_appraise func=BPRM_CHECK $magic' ima/policy; restorable", @from;
refused '    where no canary-exec is asked for' => 'policy-exempts', "sed -i '/^appraise func=BPRM/i dont_appraise func=BPRM_CHECK $magic' ima/policy; restorable 'prove-exec = no'", @from,
	like => qr/with a digest alone: executing it: allowed/;
refused 'a policy that covers no program' => 'policy-exempts', 'cp "$top/policy/signed-init-only" ima/policy; restorable "prove-exec = no"', @from;
refused 'a policy that covers files of root\'s only' => 'policy-escaped', 'sed -i "s/^appraise.*/& fowner=0/" ima/policy; restorable', @from;
refused 'a policy that takes a digest for a signature' => 'policy-exempts', 'sed -i "/^appraise func=[BM]/s/ appraise_type=imasig//" ima/policy; restorable', @from;
refused 'no policy' => 'file-missing', offline('rm ima/policy'), @from;
refused 'policy = none' => 'conf-invalid', offline('rm ima/policy', 'policy = none'), @from, like => qr/policy = none, but restore is given/;
refused 'a root besides' => 'conf-invalid', 'restorable "root = /dev/ubda"', @from, like => qr/root and restore/;
refused 'restore on a disk' => 'conf-invalid', 'printf "restore = /ima/signatures\n" >ima/init.conf; sign ima/init.conf; manifest', like => qr/restore is for ima-init-initramfs alone/;

# The canaries, which a sidecar gives their digests.
refused 'no canary' => 'canary-unfit', offline('rm ima/canary; perl -0 -pi -e "s{# file: ima/canary\\n.*?\\n\\n}{}s" ima/signatures'), @from;
refused '  not in the sidecar' => 'canary-unfit', sidecar('s{# file: ima/canary\n.*?\n\n}{}s'), @from;
refused '  of another owner' => 'file-owner', offline('chown 1000 ima/canary'), @from;
refused 'no canary-exec' => 'canary-exec-unfit', offline('rm ima/canary-exec; perl -0 -pi -e "s{# file: ima/canary-exec\\n.*?\\n\\n}{}s" ima/signatures'), @from;
refused '  not in the sidecar' => 'canary-exec-unfit', sidecar('s{# file: ima/canary-exec\n.*?\n\n}{}s'), @from;
refused '  of root' => 'canary-exec-unfit', offline('chown 0 ima/canary-exec'), @from;
refused 'a root directory of another owner' => 'file-owner', offline('chown 1000 .'), @from;

# The next init.
refused 'the next init altered' => 'handover-refused', offline('printf x >>sbin/init'), @from;
refused '  not in the sidecar' => 'handover-refused', sidecar('s{# file: sbin/init\n.*?\n\n}{}s'), @from;
refused '  of another owner' => 'file-owner', offline('chown 1000 sbin/init'), @from;
refused '  of another group' => 'handover-refused', offline('chgrp 7 sbin/init'), @from;
refused '  in another mode' => 'handover-refused', offline('chmod 4755 sbin/init'), @from;
refused '  with the signatures of another' => 'handover-refused', offline('cp -p sbin/helper sbin/init'), @from;
refused '  signed by a stranger' => 'handover-refused', 'by stranger sign sbin/init; restorable', @from;
refused '  missing' => 'sidecar-invalid', offline('rm sbin/init'), @from, like => qr{sbin/init: No such file};
refused '  missing and not in the sidecar' => 'file-missing', offline('rm sbin/init; perl -0 -pi -e "s{# file: sbin/init\\n.*?\\n\\n}{}s" ima/signatures'), @from;
refused '  below /ima, which stays behind' => 'file-missing', 'cp -a sbin/init ima/next; sign ima/next; restorable "next-init = /ima/next"', @from;

# The sidecar: whoever changed it cannot make more of it than a boot that ends.
sub wrong_sidecar {
	my ($name, $perl, $like) = @_;
	return refused($name => 'sidecar-invalid', sidecar($perl), @from, like => qr{/ima/signatures: $like});
}
wrong_sidecar 'nothing in the sidecar', 's/.*//s', 'line 0: there is no file in it';
wrong_sidecar 'cut off in a line', 's/.{9}\z//s', 'line \d+: does not end in a newline';
wrong_sidecar '  behind a line', 's/\n\z//s', 'line \d+: has no empty line behind it';
wrong_sidecar '  in the midst of a file', 's/\nsecurity.evm=[^\n]*\n\n\z/\n/s', 'line \d+: has no empty line behind it';
wrong_sidecar 'CR LF', 's/\n/\r\n/g', 'line 2: has a value that is not';
wrong_sidecar 'a NUL byte', 's/bin/b\0n/', 'line \d+: has a NUL byte';
wrong_sidecar 'another attribute', 's/security.evm/security.selinux/', 'line \d+: is none of security.ima, security.evm and security.capability';
wrong_sidecar '  that begins like one', 's/security.evm/security.evmx/', 'line \d+: is none of';
wrong_sidecar 'an attribute twice', 's/security.evm/security.ima/', 'line \d+: is there already';
wrong_sidecar 'base64', 's/=0x[0-9a-f]*/=0sAwI=/', 'line 2: has a value that is not 0x';
wrong_sidecar 'text', 's/=0x[0-9a-f]*/="abc"/', 'line 2: has a value that is not 0x';
wrong_sidecar 'an odd number of digits', 's/(=0x)[0-9a-f]/$1/', 'line 2: has a value that is not 0x';
wrong_sidecar 'a value that is too large', 's/=0x/"=0x" . "00" x 1024/e', 'line 2: has a value that is not 0x';
wrong_sidecar 'a line that is too long', 's/=0x/"=0x" . "00" x 2048/e', 'line 2: has 4096 bytes or more';
wrong_sidecar 'no security.ima', 's/security.ima=.*\n//', 'line 2: ends a file without security.ima';
wrong_sidecar 'no security.evm, where EVM is on', 's/(file: sbin.*\n.*\n).*\n/$1/', 'line \d+: sbin/helper has no security.evm, and EVM is on';
wrong_sidecar 'a security.evm that is no portable signature', 's/(security.evm=0x)05/${1}02/', 'line \d+: ends a file whose security.evm is no portable signature';
wrong_sidecar 'a file twice', 's/\A(.*?\n\n)/$1$1/s', 'line \d+: is not sorted by path, or names a file again';
wrong_sidecar 'not sorted', 's/\A(.*?\n\n)(.*?\n\n)/$2$1/s', 'line \d+: is not sorted';
wrong_sidecar 'no file at all', 's/# file: /# dir: /', 'line 1: does not begin with';
wrong_sidecar 'a path out of the tree', 's{file: }{file: ../}', 'line 1: has a path that does not stay below the root';
wrong_sidecar '  and back', 's{file: sbin/}{file: sbin/../sbin/}', 'line \d+: has a path that does not stay below the root';
wrong_sidecar '  by an escape', 's{file: sbin/}{file: sbin/\\\\056./sbin/}', 'line \d+: has a path that does not stay below the root';
wrong_sidecar 'an absolute path', 's{file: }{file: /}', 'line 1: has a path that does not stay below the root';
wrong_sidecar 'a path with .', 's{file: }{file: ./}', 'line 1: has a path that does not stay below the root';
wrong_sidecar 'a wrong escape', 's{file: }{file: \\\\9}', 'line 1: has an escape';
wrong_sidecar 'a path too long', 's{file: }{"file: " . "a" x 1024}e', 'line 1: has a path of 1024 bytes or more';
wrong_sidecar 'a file that is not there', 's{file: sbin/init}{file: sbin/initx}', 'line \d+: sbin/initx: No such file';
wrong_sidecar 'a directory that is not there', 's{file: sbin/init}{file: sbinx/init}', 'line \d+: sbinx/init: No such file';
wrong_sidecar 'a directory', 's{file: sbin/init}{file: tmp}; s{# file: sbin/helper.*?\n\n}{}s', 'line \d+: tmp is no regular file';
wrong_sidecar 'a symlink', 's{file: sbin/init}{file: sbin/rescue}', 'line \d+: sbin/rescue is no regular file';
wrong_sidecar 'a device', 's{file: sbin/helper}{file: dev/console}; s{(# file: ima/canary\n.*?)(# file: dev.*?\n\n)}{$2$1}s', 'line \d+: dev/console is no regular file';
refused 'a symlink on the way' => 'sidecar-invalid', offline('mv sbin sbin.d; ln -s sbin.d sbin'), @from, like => qr{line \d+: sbin/helper: Not a directory};
refused 'a file on the way' => 'sidecar-invalid', offline('rm -r sbin; : >sbin'), @from, like => qr{line \d+: sbin/helper: Not a directory};
refused 'other signatures by another name of the same file' => 'sidecar-invalid', $try . sidecar('s{(# file: try/signed\nsecurity.ima=0x030204)}{${1}00}'), @from, like => qr{line \d+: try/signed: security.ima: Operation not permitted};
refused '  where no EVM forbids it' => 'sidecar-invalid', $try . 'rm ima/keys/kmk ima/keys/evm-key ima/keys/x509_evm.der; ' . sidecar('s{(# file: try/signed\nsecurity.ima=0x030204)}{${1}00}', 'evm = none'), @from,
	kernel => 'no-evm', verify_not => 1, like => qr{line \d+: try/signed: security.ima: File exists};
accepted 'a path with an escape for a plain byte', sidecar('s{file: sbin/init}{file: s\\\\142in/init}'), @from, %runs;
refused 'a sidecar of another owner' => 'file-owner', offline('chown 1000 ima/signatures'), @from;
refused '  that others may write' => 'file-mode', offline('chmod o+w ima/signatures'), @from;
refused '  that is a symlink' => 'file-type', offline('mv ima/signatures .; ln -s ../signatures ima/signatures'), @from;
refused '  that is not there' => 'conf-invalid', offline('rm ima/signatures'), @from;
refused '  outside /ima' => 'conf-invalid', offline('mv ima/signatures .; sed -i s,/ima/signatures,/signatures, ima/init.conf'), @from;

# A rescue program is one of the initramfs, until the policy looks at it.
my $rescue = 'cp sbin/init ima/rescue; sign ima/rescue; ';
my @rescue = ('on-failure = rescue', 'rescue = /ima/rescue');
refused 'a rescue program, before the policy' => 'handover and FAIL sidecar-invalid', $rescue . offline('rm sbin/init', @rescue), @from, like => qr/rescue: executing/;
# It runs on the old root, where it sees that what was copied is gone.
refused '  and what is copied is freed at once' => 'handover and FAIL sidecar-invalid', $rescue . 'mkdir tree; : >tree/file; : >tree/two; ln tree/two tree/names; ' . offline('rm sbin/init', @rescue), @from,
	like => [qr{payload: tree=/tree/two }, qr{payload: tree=/tree/names }, qr{payload: tree=/ima/policy }], unlike => qr{payload: tree=/tree/file };
refused '  and behind it' => 'FAIL twice: policy-escaped handover-refused', $rescue . 'sed -i "s/^appraise func=MMAP.*/& fowner=0/" ima/policy; ' . offline(':', @rescue), @from;

# No signature binds a name.
accepted 'THE LIMIT: signed programs under each other\'s names, with their signatures', $try . 'swap try/altered try/swapped; restorable', @from, payload => { 'exec-altered' => 'ran', 'exec-swapped' => 'ran' };

# Who verified the archive? Its signatures do not: they are read by what is in it.
accepted 'THE LIMIT: another /ima/init in the archive, which nobody has signed', offline('cp sbin/init ima/init'), @from, verify_not => 1, payload => { pid => 1, argv => '[/ima/init]', evm => 2 }, unlike => qr/ima-init:/;
accepted 'THE LIMIT: another policy in the archive', $try . offline('sed -i "/^appraise func=BPRM/i dont_appraise fowner=7" ima/policy; chown 7 try/unlisted'), @from,
	payload => { 'exec-unlisted' => 'ran', 'exec-unsigned' => 'EACCES' }, like => qr/ima-init: handing over/;
accepted 'THE LIMIT: another init.conf in the archive', $try . offline('printf "next-init = /sbin/init\nprove-exec = no\n" >ima/init.conf; sed -i "s/^appraise func=[BM].*/& fowner=4711/" ima/policy; cp sbin/init x; cat x >sbin/init; printf x >>sbin/init'), @from_tmpfs,
	payload => { 'exec-unlisted' => 'ran' }, like => qr/ima-init: handing over/;

finish;
