# SPDX-License-Identifier: MIT
# imactl doctor --running, inside systems that ima-init has started: what it says of the running
# kernel is what the boot has shown.
use strict;
use warnings;
use Bed;

# imactl and what it needs, signed as a system is; the words that it is called with.
sub doctor {
	my ($options, $change) = @_;
	return ($change ? "$change; " : '') . <<"END" . 'for file in doctor $(find lib lib64 -type f); do "$top/build/imactl" sign --quiet --system --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" --evm-key "$keys/product/evm.key" --evm-cert "$keys/product/x509_evm.der" "$file"; done';
cp "\$top/build/imactl" doctor
cp --parents -L \$(LD_PRELOAD= ldd doctor | grep -o '/[^ ]*') .
echo '$options' >doctor.options
END
}

# A file system in which nothing has to be written, and which has room for libicudata.
my @disk = (fs => 'erofs', ro => 1);
sub line { my ($verdict, $text) = @_; return qr/^$verdict +$text/m }
my @all_is_right = (line(ok => '/sys/kernel/security/ima/policy: \d+ rules, \d+ that appraise: '), line(ok => '\.ima: 2 keys: '),
	line(ok => '\.evm: 1 keys: '), line(ok => '/sys/kernel/security/evm: 3: '), line(ok => 'init=/ima/init: '));

my $x509 = 'rm ima/keys/kmk ima/keys/evm-key; conf "evm = x509"';

for my $version ('', '-6-12') {
	my @lsm = (@disk, kernel => "lsm$version");
	my $name = "lsm$version";
	accepted "$name: nothing is wrong", doctor('--fs erofs'), @lsm, with => 'lockdown=integrity', payload => { 'doctor-exit' => 0, evm => 3 },
		like => [qr/^answer: none: /m, @all_is_right, line(ok => '/sys/kernel/security/lockdown: none \[integrity\]'), line(ok => 'CONFIG_IMA_APPRAISE=y: ')],
		unlike => [qr/^WRONG/m, qr/^unknown/m];
	accepted '  the kernel is not locked down', doctor('--fs erofs'), @lsm, payload => { 'doctor-exit' => 0 },
		like => [@all_is_right, line(advice => '/sys/kernel/security/lockdown: \[none\] integrity')];
	accepted '  a file system that is not in the kernel', doctor('--fs xfs'), @lsm, payload => { 'doctor-exit' => 1 },
		like => [@all_is_right, line(WRONG => 'CONFIG_XFS_FS')];
	accepted '  no HMAC key, where one is wanted', doctor('--fs erofs --evm hmac', $x509), @lsm, payload => { 'doctor-exit' => 1, evm => 2 },
		like => line(WRONG => '/sys/kernel/security/evm: 2: ');
	accepted '  and where init.conf asks for none', doctor('--fs erofs', $x509), @lsm, payload => { 'doctor-exit' => 0, evm => 2 },
		like => [line(ok => '/sys/kernel/security/evm: 2: '), qr/ --evm x509 /], unlike => qr/^WRONG/m;
	accepted '  and where none is', doctor('--fs erofs --evm x509', $x509), @lsm, payload => { 'doctor-exit' => 0, evm => 2 },
		like => line(ok => '/sys/kernel/security/evm: 2: '), unlike => qr/^WRONG/m;
	accepted '  keyrings of its own are expected', doctor('--fs erofs --way distribution'), @lsm, payload => { 'doctor-exit' => 1 },
		like => [line(WRONG => 'no locked keyring _ima'), line(WRONG => 'no locked keyring _evm'), line(WRONG => 'CONFIG_INTEGRITY_TRUSTED_KEYRING=y')];
	my $base = $version ? 'base-6-12' : 'base';
	accepted "$base: no configuration can be read", doctor('--fs erofs'), @disk, kernel => $base, payload => { 'doctor-exit' => 3 },
		like => [@all_is_right, line(unknown => 'no configuration: ')], unlike => qr/^WRONG/m;
	accepted "no-read-write$version: nor can the rules", doctor('--fs erofs'), @disk, kernel => "no-read-write$version", payload => { 'doctor-exit' => 3 },
		like => line(unknown => '/sys/kernel/security/ima/policy: No such file'), unlike => qr/^WRONG/m;
}

finish;
