# SPDX-License-Identifier: MIT
# Everything that can be wrong with one file, as boot tests: a row says what is
# wrong, how it is made (F is the file) and which failure code is the answer
# when a test program names no other.
package Defects;
use strict;
use warnings;
use Exporter qw(import);
use Bed;

our @EXPORT = qw(every_defect);

my @DEFECTS = (
	['unsigned',                    'unsign F', 'file-refused'],
	['signed by an unknown key',    'by stranger sign F; manifest', 'file-refused'],
	['EVM-signed by an unknown key', 'by stranger sign_evm F', 'file-refused'],
	['flipped byte',                'flip F', 'file-refused'],
	['flipped byte in security.ima', 'flip_xattr F security.ima', 'file-refused'],
	['flipped byte in security.evm', 'flip_xattr F security.evm', 'file-refused'],
	['no security.evm',             'setfattr -x security.evm F', 'file-refused'],
	['no security.ima',             'setfattr -x security.ima F', 'file-refused'],
	['a hash in security.ima',      'digest F', 'file-refused'],
	['a hash, EVM-signed',          'digest F; sign_evm F', 'file-differs'],
	['missing',                     'rm F', 'file-missing'],
	['emptied',                     ': | overwrite F', 'file-refused'],
	['empty, signed so',            ': | content F; manifest', 'file-empty'],
	['too large, signed so',        "head -c SIZE /dev/zero | tr '\\0' '#' | content F; manifest", 'file-too-large'],
	['given to uid 1000',           'chown 1000 F', 'file-owner'],
	['given to uid 1000, signed so', 'chown 1000 F; sign F; manifest', 'file-owner'],
	['unsigned, given to uid 1000', 'unsign F; chown 1000 F', 'file-owner'],
	['mode 0666',                   'chmod 0666 F', 'file-mode'],
	['mode 0666, signed so',        'chmod 0666 F; sign F; manifest', 'file-mode'],
	['writable by others, signed so', 'chmod o+w F; sign F; manifest', 'file-mode'],
	['bind-mounted over itself',    '', 'file-mount', init => '/sbin/bind-over', with => 'MOUNT_OVER=/F'],
	['group-writable, signed so',   'chmod g+w F; sign F; manifest', 'file-mode'],
	['a symlink to itself',         'mv F etc/moved; ln -s /etc/moved F', 'file-type'],
	['a dangling symlink',          'rm F; ln -s /nowhere F', 'file-type'],
	['a FIFO',                      'rm F; mkfifo F', 'file-type'],
	['a directory',                 'rm F; mkdir F', 'file-type'],
	['a character device',          'rm F; mknod F c 1 5', 'file-type'],
	['a block device',              'rm F; mknod F b 98 0', 'file-type'],
	['on another file system',      '', 'file-mount', init => '/sbin/mount-over', with => 'MOUNT_OVER=/F'],
);

# every_defect FILE, before => commands that make the file, size => one more than
# the limit, except => { defect => code, or undef: does not apply }.
sub every_defect {
	my ($file, %option) = @_;
	my %except = %{$option{except} // {}};
	my %known = map { $_->[0] => 1 } @DEFECTS;
	for my $name (keys %except) {
		die "no such defect: $name" unless $known{$name};
	}
	for my $row (@DEFECTS) {
		my ($defect, $change, $code, %boot) = @$row;
		if (exists $except{$defect}) {
			next unless defined $except{$defect};
			$code = $except{$defect};
		}
		next if $change =~ /SIZE/ && !$option{size};
		for ($change, values %boot) {
			s/\bF\b/$file/g;
			s/\bSIZE\b/$option{size}/g if $option{size};
		}
		$change = join '; ', grep { $_ ne '' } $option{before} // '', $change;
		refused "$file: $defect" => $code, $change, %boot;
	}
	return;
}

1;
