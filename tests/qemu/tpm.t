# SPDX-License-Identifier: MIT
# The EVM master key sealed by a TPM: only the one that has sealed it unseals it, and
# where PCRs were named, only while they hold what they held.
use strict;
use warnings;
use Bed qw(accepted refused case finish);
use Digest::SHA qw(sha256);
use Qemu qw(run_qemu make_tpm scratch);

my $HANDLE = '0x81000001';
my $work = scratch('tpm-state');
my $kernel = "$ENV{TEST_KERNEL_DIR}/linux-qemu";
# A TPM with the same key under one handle, and then under two; and another TPM.
my $one = make_tpm("$work/one", $HANDLE);
system('cp', '-a', $one, "$work/tpm") == 0 or die 'no copy of a TPM';
my $tpm = make_tpm("$work/tpm", '0x81000002');
my $other = make_tpm("$work/other", $HANDLE);

sub boot_with_tpm {
	my ($boot) = @_;
	my $option = $boot->{option};
	# A PCR that is extended before /ima/init runs.
	my $init = defined $option->{extend} ? "/sbin/extend PCR=$option->{extend}" : '/ima/init';
	return run_qemu(
		log => $boot->{log}, directory => "$boot->{directory}/machine", kernel => $kernel, disks => [$boot->{image}],
		tpm => exists $option->{tpm} ? $option->{tpm} : $tpm,
		append => "console=ttyS0 root=/dev/vda rw init=$init ima_policy=appraise_tcb ima_appraise=enforce panic=-1");
}

# What the kernel seals in that TPM, with options of a trusted key: kmk and evm-key; and the PCRs.
my %pcrs;
sub seal {
	my ($name, $state, @options) = @_;
	my $directory = "$work/$name";
	mkdir $directory or die "$directory: $!";
	system('bash', '-euc', 'cp build/boot/programs/helper "$0/seal"; cd "$0"; echo seal | cpio --quiet -o -H newc >initramfs', $directory) == 0 or die 'no initramfs';
	my $boot = run_qemu(log => "$directory/log", directory => "$directory/machine", tpm => $state, kernel => $kernel,
		initrd => "$directory/initramfs", append => "console=ttyS0 quiet rdinit=/seal panic=-1 -- @options");
	for my $key (qw(kmk evm-key)) {
		my ($blob) = $boot->{text} =~ /^seal: $key=([^\n]+)$/m or die "nothing sealed: $boot->{text}";
		open my $out, '>', "$directory/$key" or die "$directory/$key: $!";
		print {$out} $blob;
		close $out or die "$directory/$key: $!";
	}
	%pcrs = $boot->{text} =~ /^seal: pcr(\d+)=([0-9A-F]{64})$/mg;
	die "no PCRs: $boot->{text}" if keys %pcrs != 24;
	return $directory;
}

# The policy of PCRs as the TPM library's Part 3 has it: TPM2_PolicyPCR().
sub policy_of {
	my (@pcrs) = @_;
	my $mask = 0;
	$mask |= 1 << $_ for @pcrs;
	my $held = sha256(join '', map { pack 'H*', $pcrs{$_} } sort { $a <=> $b } @pcrs);
	my $digest = sha256("\0" x 32 . pack('NNnCVX', 0x17f, 1, 0xb, 3, $mask) . $held);
	return ('hash=sha256', 'policydigest=' . unpack 'H*', $digest);
}

my $sealed = seal('sealed', $tpm, "keyhandle=$HANDLE");
my $foreign = seal('foreign', $other, "keyhandle=$HANDLE");
my $second = seal('second', $tpm, 'keyhandle=0x81000002');
# Of a policy that no PCRs make.
my $policy = seal('policy', $tpm, "keyhandle=$HANDLE", 'hash=sha256', 'policydigest=' . 'a5' x 32);
my $to_7 = seal('to-7', $tpm, "keyhandle=$HANDLE", policy_of(7));
my $to_three = seal('to-three', $tpm, "keyhandle=$HANDLE", policy_of(0, 7, 23));
my $foreign_to_7 = seal('foreign-to-7', $other, "keyhandle=$HANDLE", policy_of(7));

# The keys of such a directory, or one key; init.conf with that handle and those PCRs; a change.
sub keys_of {
	my ($kmk, %change) = @_;
	my $evm_key = $change{evm_key} // $kmk;
	my $option = $change{handle} // $HANDLE;
	$option = " keyhandle=$option" if $option;
	my $pcrs = defined $change{pcrs} ? qq( "kmk-pcrs = $change{pcrs}") : '';
	return qq(cat "$kmk/kmk" | content ima/keys/kmk; cat "$evm_key/evm-key" | content ima/keys/evm-key; ) . ($change{then} // ':') .
		qq(; conf "kmk = trusted$option"$pcrs) . ($change{require} // ' "require = tpm"');
}
# A byte of the blob is another one; or, of its policy, all are.
my $ALTERED = 'sed "s/^\(.*\)\(.\)\$/\1$(tail -c 1 ima/keys/kmk | tr 0-9a-f 1-9a-f0)/" ima/keys/kmk | tr -d "\n" | content ima/keys/kmk';
sub with_policy { return 'sed "s/' . 'a5' x 32 . '/' . (policy_of(@_))[1] =~ s/.*=//r . '/" ima/keys/kmk | content ima/keys/kmk' }
my %with = (machine => \&boot_with_tpm, verify_not => 1);

accepted 'sealed by this TPM', keys_of($sealed), %with, payload => { pid => 1, evm => 3, 'key-trusted-kmk' => 'ENOKEY', 'exec-unsigned' => 'EACCES' },
	like => qr/ima-init: handing over: .* evm=3 kmk=trusted /;
accepted 'under a second handle', keys_of($second, handle => '0x81000002'), %with;
refused '  at which there is no key' => 'kmk-refused', keys_of($second, handle => '0x81000002'), %with, tpm => $one;
# The blob names it (Linux 5.13).
accepted 'no handle in init.conf', keys_of($sealed, handle => ''), %with;
accepted '  or another one', keys_of($sealed, handle => '0x81000009'), %with;
refused 'another TPM' => 'kmk-refused', keys_of($sealed), %with, tpm => $other;
refused 'a TPM without a storage key' => 'kmk-refused', keys_of($sealed), %with, tpm => 1;
refused 'no TPM' => 'requirement', keys_of($sealed), %with, tpm => undef;
refused '  and none required' => 'kmk-refused', keys_of($sealed, require => ''), %with, tpm => undef,
	like => qr/kmk as a trusted key: .*\(error 19\)/;
refused 'sealed by another TPM' => 'kmk-refused', keys_of($foreign), %with;
refused 'one byte of the blob altered' => 'kmk-refused', keys_of($sealed, then => $ALTERED), %with;
refused 'an option that the kernel does not know' => 'kmk-refused', keys_of($sealed, handle => "$HANDLE tee=1"), %with,
	like => qr/kmk as a trusted key: .*\(error 22\)/;
refused 'the EVM key of another kmk' => 'evm-key-refused', keys_of($sealed, evm_key => $foreign), %with;

# PCRs: SeaBIOS extends 0 to 7, nobody 23.
accepted 'sealed to PCR 7', keys_of($to_7, pcrs => '7'), %with, payload => { evm => 3, 'tpm-sessions' => 0, 'key-trusted-kmk' => 'ENOKEY' };
accepted '  another PCR is extended', keys_of($to_7, pcrs => '7'), %with, extend => 8;
refused '  PCR 7 is extended' => 'pcrs-differ', keys_of($to_7, pcrs => '7'), %with, extend => 7;
refused '  init.conf names no PCR' => 'kmk-refused', keys_of($to_7), %with;
refused '  init.conf names another' => 'pcrs-differ', keys_of($to_7, pcrs => '8'), %with;
refused '  init.conf names one more' => 'pcrs-differ', keys_of($to_7, pcrs => '7 8'), %with;
accepted 'sealed to PCRs 0, 7 and 23', keys_of($to_three, pcrs => '23 7 0'), %with, payload => { evm => 3 };
refused '  PCR 0 is extended' => 'pcrs-differ', keys_of($to_three, pcrs => '0 7 23'), %with, extend => 0;
refused '  PCR 23 is extended' => 'pcrs-differ', keys_of($to_three, pcrs => '0 7 23'), %with, extend => 23;
refused '  init.conf names one less' => 'pcrs-differ', keys_of($to_three, pcrs => '7 23'), %with;
refused 'the PCRs are right, and the TPM is another' => 'kmk-refused', keys_of($to_7, pcrs => '7'), %with, tpm => $other;
refused '  or was when it was sealed' => 'kmk-refused', keys_of($foreign_to_7, pcrs => '7'), %with;
refused '  or one byte of the blob is another' => 'kmk-refused', keys_of($to_7, pcrs => '7', then => $ALTERED), %with;
refused '  or is not there' => 'kmk-refused', keys_of($to_7, pcrs => '7', require => ''), %with, tpm => undef, like => qr/kmk-pcrs: \/dev\/tpm0: /;
refused 'sealed to no PCR, and init.conf names one' => 'pcrs-differ', keys_of($sealed, pcrs => '7'), %with;
refused 'sealed under a policy' => 'kmk-refused', keys_of($policy), %with;
refused '  that these PCRs do not make' => 'pcrs-differ', keys_of($policy, pcrs => '7'), %with;
refused '  and then given the one that they make' => 'kmk-refused', keys_of($policy, pcrs => '7', then => with_policy(7)), %with;
refused 'policyhandle= given as well' => 'kmk-refused', keys_of($to_7, handle => "$HANDLE policyhandle=0x3000000", pcrs => '7'), %with;

finish;
