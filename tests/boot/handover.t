# SPDX-License-Identifier: MIT
# The next init: how it is found, and what it may not be.
use strict;
use warnings;
use Bed;

# Debian's way: /sbin/init leads to /lib/systemd/systemd, by way of a linked /sbin.
my $lib = 'mkdir -p usr/lib; mv sbin/init usr/lib/systemd';
my %link = (
	'a relative symlink' => "$lib; ln -s ../usr/lib/systemd sbin/init",
	'an absolute symlink' => "$lib; ln -s /usr/lib/systemd sbin/init",
	'symlinks one after the other' => "$lib; ln -s systemd usr/lib/init; ln -s /usr/lib/init sbin/init",
	'a symlinked directory' => 'mkdir usr; mv sbin usr/sbin; ln -s usr/sbin sbin',
	'more dots than directories' => "$lib; ln -s ../../../../usr/lib/systemd sbin/init",
	'slashes and dots' => "$lib; ln -s /.//usr/./lib//systemd sbin/init",
	'a hard link' => 'mkdir usr; ln sbin/init usr/init',
	'a directory that a group may write, sticky' => 'chmod 1775 sbin',
);
for my $link (sort keys %link) {
	accepted $link, $link{$link}, payload => { argv => '[/sbin/init]' };
}

refused 'a symlink to a file of uid 1000' => 'file-owner', "$lib; chown 1000 usr/lib/systemd; ln -s /usr/lib/systemd sbin/init";
refused 'a symlink of uid 1000' => 'file-owner', "$lib; ln -s /usr/lib/systemd sbin/init; chown -h 1000 sbin/init";
refused 'a symlink through a directory of uid 1000' => 'file-owner', "$lib; chown 1000 usr/lib; ln -s /usr/lib/systemd sbin/init";
refused 'a symlink through a symlinked directory of uid 1000' => 'file-owner',
	'mkdir usr; mv sbin usr/sbin; ln -s usr/sbin sbin; chown -h 1000 sbin';
refused 'a symlink through a directory that all may write' => 'file-mode', "$lib; chmod 0777 usr/lib; ln -s /usr/lib/systemd sbin/init";
refused 'a symlink through a directory that others may write' => 'file-mode', "$lib; chmod 0757 usr/lib; ln -s /usr/lib/systemd sbin/init";
refused 'a symlink to an unsigned file' => 'handover-refused', 'ln -sf /bin/unsigned sbin/init';
refused 'a symlink to nowhere' => 'file-missing', 'ln -sf /usr/nowhere sbin/init';
refused 'a symlink to itself' => 'file-type', 'ln -sf init sbin/init', like => qr/symlinks/;
refused 'a symlink to a directory' => 'file-type', 'ln -sf /usr sbin/init; mkdir usr';
refused 'a symlink to a file, as a directory' => 'file-type', "$lib; ln -s /usr/lib/systemd/ sbin/init";
refused 'a symlink to proc' => qr/^file-/, 'ln -sf /proc/self/exe sbin/init';
refused 'a symlink to a FIFO' => 'file-type', 'ln -sf /usr/pipe sbin/init; mkdir usr; mkfifo usr/pipe';
refused 'a symlink of 300 bytes' => 'file-type', 'ln -sf /$(printf "usr/../%.0s" $(seq 50)) sbin/init; mkdir usr', like => qr/more than 255 bytes/;
refused '/sbin of uid 1000' => 'file-owner', 'chown 1000 sbin';
refused '/sbin mode 0777' => 'file-mode', 'chmod 0777 sbin';

# What it is.
refused 'a signed script' => 'next-init-unfit', 'printf "#!/bin/unsigned\n" >sbin/init; sign sbin/init', like => qr/no ELF program/;
refused 'a signed text' => 'next-init-unfit', 'printf "hello\n" >sbin/init; sign sbin/init';
refused 'not executable' => 'next-init-unfit', 'chmod 0644 sbin/init; sign sbin/init';
refused 'two bytes of an ELF header' => 'next-init-unfit', 'printf "\177E" >sbin/init; sign sbin/init';
refused 'an ELF header and no more' => 'handover-refused', 'printf "\177ELF" >sbin/init; sign sbin/init';
refused 'setuid, of root' => 'file-mode', 'chmod 6777 sbin/init; sign sbin/init';
accepted 'setuid, of root, written by root only', 'chmod 4755 sbin/init; sign sbin/init', payload => { uid => qr/^0 euid=0/ };

# After a refusal of the exec itself the failure action still has what it needs.
refused 'the exec is refused, then poweroff' => 'handover-refused', 'unsign sbin/init; conf "on-failure = poweroff"',
	unlike => qr/Kernel panic/;
refused 'the exec is refused, then rescue' => 'handover-refused',
	'unsign sbin/init; printf "on-failure = rescue\nrescue = /sbin/rescue\n" | content ima/init.conf; pin sbin/rescue', like => qr/^rescue: runs as pid 1/m;

# Nothing of ours is left, whatever was loaded.
accepted 'all keyrings filled', <<'END',
certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der
rm -r ima/keys/ima
issue ca:intermediate 'CA' "$keys/ca" second
issue ima 'IMA' second ima-second
issue evm 'EVM' second evm-second
certificate second.der ima/keys/secondary/second.der
certificate ima-second.der ima/keys/ima/second.der
certificate evm-second.der ima/keys/evm/second.der
rm -f *.der *.pem *.key
manifest
END
	like => qr/blacklist=1 secondary=1 ima=1 evm-certs=1/,
	payload => { 'process-keyring' => 'ENOKEY', 'thread-keyring' => 'ENOKEY', fds => '0,1,2',
		'proc-keys' => qr/^(?!.*\b(?:kmk|evm-key)\b)/, mount => qr{^\d+ \d+ \S+ / /(?:dev)? } };

my $itself = qr{leads to /ima/init, which is ima-init itself};
refused '/ima/init as the next init' => 'next-init-unfit', q{conf 'next-init = /ima/init'}, like => $itself;
refused '  by a symlink' => 'next-init-unfit', 'ln -sf ../ima/init sbin/init', like => $itself;
refused '  by a hard link' => 'next-init-unfit', 'ln -f ima/init sbin/init', like => $itself;
refused '  of the root of an initramfs' => 'next-init-unfit', 'initramfs; ln -sf ../ima/init sbin/init', like => $itself, verify_not => 1;

finish;
