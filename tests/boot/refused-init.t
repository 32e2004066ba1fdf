# SPDX-License-Identifier: MIT
# Everything that can be wrong with /ima/init itself and with the next init.
use strict;
use warnings;
use Bed;
use Defects;

accepted 'nothing is wrong', '';

# The kernel judges /ima/init before it runs: most of these never get as far as
# a failure code. What the kernel lets through, ima-init must refuse. Given to
# another owner it is not judged at all; see hole.t.
every_defect 'ima/init', except => {
	(map { $_ => 'kernel-panic -13' }
		'unsigned', 'signed by an unknown key', 'EVM-signed by an unknown key', 'flipped byte',
		'flipped byte in security.ima', 'flipped byte in security.evm', 'no security.evm',
		'no security.ima', 'a hash in security.ima', 'emptied', 'mode 0666',
		'mode 0666, signed so', 'a FIFO', 'a directory', 'a character device', 'a block device'),
	'missing' => 'kernel-panic -2',
	'a dangling symlink' => 'kernel-panic -2',
	# The running program is found by /proc/self/exe, wherever that is.
	'bind-mounted over itself' => undef,
	# tmpfs takes no security.evm from user space.
	'on another file system' => 'self-unsigned',
	# Not a program: ENOEXEC.
	'empty, signed so' => 'kernel-panic -8',
};

# Judged by the site's policy, at the exec.
every_defect 'sbin/init', except => {
	(map { $_ => 'handover-refused' }
		'unsigned', 'signed by an unknown key', 'EVM-signed by an unknown key', 'flipped byte',
		'flipped byte in security.ima', 'flipped byte in security.evm', 'no security.evm',
		'no security.ima', 'a hash in security.ima'),
	# Right for the kernel since 5.14: EVM vouches for the hash.
	'a hash, EVM-signed' => undef,
	'emptied' => 'next-init-unfit',
	'empty, signed so' => 'next-init-unfit',
	# Symlinks are followed: Debian's /sbin/init is one.
	'a symlink to itself' => undef,
	'a dangling symlink' => 'file-missing',
};
accepted '/sbin/init: a hash, EVM-signed', 'digest sbin/init; sign_evm sbin/init';

finish;
