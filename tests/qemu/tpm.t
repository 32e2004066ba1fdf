# SPDX-License-Identifier: MIT
# The EVM master key sealed by a TPM: only the one that has sealed it unseals it.
use strict;
use warnings;
use Bed qw(accepted refused case finish);
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
	return run_qemu(
		log => $boot->{log}, directory => "$boot->{directory}/machine", kernel => $kernel, disks => [$boot->{image}],
		tpm => exists $option->{tpm} ? $option->{tpm} : $tpm,
		append => 'console=ttyS0 root=/dev/vda rw init=/ima/init ima_policy=appraise_tcb ima_appraise=enforce panic=-1');
}

# What the kernel seals in that TPM, with options of a trusted key: kmk and evm-key.
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
	return $directory;
}

my $sealed = seal('sealed', $tpm, "keyhandle=$HANDLE");
my $foreign = seal('foreign', $other, "keyhandle=$HANDLE");
my $second = seal('second', $tpm, 'keyhandle=0x81000002');
# Of a policy that no session here has; TPM 2.0 keys of Linux know PCRs in no other way.
my $policy = seal('policy', $tpm, "keyhandle=$HANDLE", 'hash=sha256', 'policydigest=' . 'a5' x 32);

# The keys of such a directory, or one key; init.conf with that handle; a change.
sub keys_of {
	my ($kmk, %change) = @_;
	my $evm_key = $change{evm_key} // $kmk;
	my $option = $change{handle} // $HANDLE;
	$option = " keyhandle=$option" if $option;
	return qq(cat "$kmk/kmk" | content ima/keys/kmk; cat "$evm_key/evm-key" | content ima/keys/evm-key; ) . ($change{then} // ':') .
		qq(; conf "kmk = trusted$option") . ($change{require} // ' "require = tpm"');
}
my %with = (machine => \&boot_with_tpm, verify_not => 1);

accepted 'sealed by this TPM', keys_of($sealed), %with, payload => { pid => 1, evm => 3, 'key-trusted-kmk' => 'ENOKEY', 'exec-unsigned' => 'EACCES' },
	like => qr/ima-init: ok: .* evm=3 kmk=trusted /;
accepted 'under a second handle', keys_of($second, handle => '0x81000002'), %with;
refused '  at which there is no key' => 'kmk-refused', keys_of($second, handle => '0x81000002'), %with, tpm => $one;
# The blob names it (Linux 5.13).
accepted 'no handle in init.conf', keys_of($sealed, handle => ''), %with;
accepted '  or another one', keys_of($sealed, handle => '0x81000009'), %with;
refused 'another TPM' => 'kmk-refused', keys_of($sealed), %with, tpm => $other;
refused 'a TPM without a storage key' => 'kmk-refused', keys_of($sealed), %with, tpm => 1;
refused 'no TPM' => 'requirement', keys_of($sealed), %with, tpm => undef;
refused '  and none required' => 'kmk-refused', keys_of($sealed, require => ''), %with, tpm => undef;
refused 'sealed by another TPM' => 'kmk-refused', keys_of($foreign), %with;
refused 'one byte of the blob altered' => 'kmk-refused', keys_of($sealed, then => 'sed "s/^\(.*\)\(.\)\$/\1$(tail -c 1 ima/keys/kmk | tr 0-9a-f 1-9a-f0)/" ima/keys/kmk | tr -d "\n" | content ima/keys/kmk'), %with;
refused 'sealed under a policy' => 'kmk-refused', keys_of($policy), %with;
refused 'the EVM key of another kmk' => 'evm-key-refused', keys_of($sealed, evm_key => $foreign), %with;

finish;
