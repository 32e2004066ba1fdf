# SPDX-License-Identifier: MIT
# What the kernel answers at the wrong moment: a system call that fails, a node
# that is busy, a log that cannot be read. None of it may be taken for success.
use strict;
use warnings;
use Bed;

# System calls of x86_64, errnos and the first argument that is meant.
my %call = (
	'getdents64, EIO' => '217:5',
	'statx, EIO' => '332:5',
	'fgetxattr, EIO' => '193:5',
	'readlinkat, EIO' => '267:5',
	'fsmount, EPERM' => '432:1',
	'add_key, EDQUOT' => '248:122',
	'keyctl read, EACCES' => '250:13:11',
	'keyctl clear, EPERM' => '250:1:7',
	'syslog, EPERM' => '103:1',
	'execveat, EPERM' => '322:1',
	'mmap of no address, EPERM' => '9:1:0',
);
sub denied { my ($call) = @_; return (init => '/sbin/deny', with => "DENY=$call{$call}") }

refused 'getdents64, EIO' => 'file-unreadable', '', denied('getdents64, EIO'), like => qr{/ima: I/O error};
refused 'statx, EIO' => 'file-unreadable', '', denied('statx, EIO'), like => qr{/: I/O error};
refused 'fgetxattr, EIO' => 'self-unsigned', '', denied('fgetxattr, EIO');
refused 'readlinkat, EIO, and /sbin/init is a symlink' => 'file-unreadable',
	'mkdir usr; mv sbin/init usr/init; ln -s ../usr/init sbin/init', denied('readlinkat, EIO');
refused 'fsmount, EPERM' => 'kernel-lacks', '', denied('fsmount, EPERM');
refused 'add_key, EDQUOT' => 'key-refused', '', denied('add_key, EDQUOT'), like => qr{error 122};
refused 'add_key, EDQUOT, and no certificates' => 'kmk-refused', 'rm -r ima/keys/ima; manifest', denied('add_key, EDQUOT');
refused 'keyctl read, EACCES' => 'keyring-empty', '', denied('keyctl read, EACCES');
refused 'keyctl clear, EPERM' => 'keys-left', '', denied('keyctl clear, EPERM');
accepted 'keyctl clear, EPERM, and no keys', 'rm ima/keys/kmk ima/keys/evm-key; conf "evm = x509"', denied('keyctl clear, EPERM');

refused 'execveat, EPERM: no proof' => 'canary-exec-unfit', '', denied('execveat, EPERM'), like => qr/executing it/;
refused 'mmap, EPERM: no proof' => 'canary-exec-unfit', '', denied('mmap of no address, EPERM'), like => qr/mapping it/;

# The log is the only proof where the rules cannot be read and the node stays.
refused 'syslog, EPERM, where the log is the proof' => 'policy-unproved', '', kernel => 'write-only', denied('syslog, EPERM');
accepted 'syslog, EPERM, where the rules can be read', '', denied('syslog, EPERM'), like => qr/ policy=rules /;
refused 'syslog, EPERM, and a bad rule' => 'policy-invalid', 'policy "appraise func=NONSENSE"', denied('syslog, EPERM'),
	like => qr/its log does not show which/;

refused 'EVM is closed already' => 'evm-not-set', '', init => '/sbin/close-evm';
refused 'the policy node is busy' => 'policy-refused', '', init => '/sbin/hold-policy';

finish;
