# SPDX-License-Identifier: MIT
# Boots a unified kernel image, one file that the firmware verifies, with what the
# bed of the boot tests has made: the initramfs inside it, the image of the tree on
# the second disk. Its keys for Secure Boot are made for one run.
#
#   uki('what this is' => 'outcome', 'shell commands', option => value);
#
# Options, besides those of Bed.pm:
#   signer   'db' (default); 'other', whom the firmware does not know; '' for none
#   alter    a section; one bit in its middle is flipped when all is signed
#   secure_boot  0: the firmware has no keys, and Secure Boot is off
#   revoked  true: dbx has the digest of the file
#   mok_sb_state  what the firmware's variable MokSBStateRT holds
#   loader   a command line that the boot entry of the firmware gives
#   memory   in megabytes, of the machine
#   beside   { NAME => CONTENT }: files in BOOTX64.EFI.extra.d, beside the image on its disk
package Uki;
use strict;
use warnings;
use Bed qw(accepted refused);
use Encode qw(encode);
use Exporter qw(import);
use Qemu qw(run_qemu scratch);

our @EXPORT = qw(uki @WORDS);

our @WORDS = qw(console=ttyS0 rdinit=/ima/init root=/dev/vdb rw lockdown=integrity ima_policy=appraise_tcb ima_appraise=enforce panic=-1);
my $VARS = '/usr/share/OVMF/OVMF_VARS_4M.fd';
# What the firmware says and does when there is nothing that it may boot.
my $NOTHING_BOOTS = qr/UEFI Interactive Shell|BdsDxe: No bootable option|Press any key to enter the Boot Manager/;
# Of the variables that the UEFI specification itself defines
my $GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
# Of shim's, by which it says that it verifies nothing (EFI_SHIM_LOCK_GUID)
my $SHIM = '605dab50-e046-4300-abb6-3dd810dd8b23';
my $keys;

sub run {
	my (@command) = @_;
	open my $said, '-|', 'bash', '-c', 'exec "$@" 2>&1 </dev/null', 'bash', @command or die "$command[0]: $!";
	my $text = join '', <$said>;
	close $said or die "@command: $text\n";
	return $text;
}

sub write_file {
	my ($path, $content) = @_;
	open my $out, '>:raw', $path or die "$path: $!";
	print {$out} $content;
	close $out or die "$path: $!";
	return $path;
}

# PK, KEK and db, as lists that the firmware takes; and a key that it does not know.
sub make_keys {
	$keys = scratch('secure-boot');
	for my $name (qw(PK KEK db other)) {
		run('openssl', qw(req -new -x509 -newkey rsa:2048 -nodes -sha256 -days 3650), '-subj', "/CN=test $name",
			'-keyout', "$keys/$name.key", '-out', "$keys/$name.pem");
		run('cert-to-efi-sig-list', '-g', '4d2a9f80-1c5e-4f27-9d7e-6b0d5c3b1a11', "$keys/$name.pem", "$keys/$name.esl");
	}
	return;
}

# An entry of the firmware's boot menu, EFI_LOAD_OPTION of the UEFI specification:
# attributes, the path's size, a name; the path of a file and its end; what the file gets.
sub boot_entry {
	my ($path, $words) = @_;
	my ($name, $file, $data) = map { encode('UTF-16LE', "$_\0") } 'test', $path, $words;
	my $nodes = pack('CCv', 4, 4, 4 + length $file) . $file . pack('CCv', 0x7f, 0xff, 4);
	return pack('Vv', 1, length $nodes) . $name . $nodes . $data;
}

sub firmware_variables {
	my ($option, $efi, $directory) = @_;
	my $vars = "$directory/made.fd";
	run('cp', $VARS, $vars);
	if ($option->{secure_boot} // 1) {
		run('flash-var', $vars, $_, "$keys/$_.esl") for qw(PK KEK db);
	}
	if ($option->{revoked}) {
		run('hash-to-efi-sig-list', $efi, "$directory/dbx.esl");
		run('flash-var', $vars, 'dbx', "$directory/dbx.esl");
	}
	if (defined $option->{mok_sb_state}) {
		run('flash-var', '-g', $SHIM, $vars, 'MokSBStateRT', write_file("$directory/state", chr $option->{mok_sb_state}));
	}
	if (defined $option->{loader}) {
		run('flash-var', '-g', $GLOBAL, $vars, 'Boot0000', write_file("$directory/entry", boot_entry('\EFI\BOOT\BOOTX64.EFI', $option->{loader})));
		run('flash-var', '-g', $GLOBAL, $vars, 'BootOrder', write_file("$directory/order", pack 'v', 0));
	}
	return $vars;
}

# Where a section is in the file: its place, and its size in memory.
sub section {
	my ($efi, $name) = @_;
	my ($size, $place) = run('objdump', '-h', $efi) =~ /^\s*\d+ \Q$name\E\s+(\w+)\s+\w+\s+\w+\s+(\w+)/m or die "$efi has no $name\n";
	return (hex $place, hex $size);
}

sub flip {
	my ($efi, $name) = @_;
	my ($place, $size) = section($efi, $name);
	open my $file, '+<:raw', $efi or die "$efi: $!";
	seek $file, $place + int($size / 2), 0;
	read $file, my $byte, 1;
	seek $file, $place + int($size / 2), 0;
	print {$file} chr(ord($byte) ^ 1);
	close $file or die "$efi: $!";
	return;
}

# The bed makes it, where the tree has its owners and devices: a command for that.
sub make_uki {
	my ($option) = @_;
	my @words = ref $option->{with} ? @{$option->{with}} : split ' ', $option->{with} // '';
	my $cmdline = join ' ', (grep { !defined $option->{without} || !/$option->{without}/ } @WORDS), @words;
	return qq("\$top/tests/boot/lib/make-image" "\$fs" "\$tree" "\$image"; "\$top/build/imactl" pack --quiet --format uki ) .
		qq(--kernel "\$TEST_KERNEL_DIR/linux-qemu" --cmdline '$cmdline' -o "\$image.efi" "\$tree.initramfs");
}

sub sign {
	my ($efi, $signer) = @_;
	run('sbsign', '--key', "$keys/$signer.key", '--cert', "$keys/$signer.pem", '--output', $efi, $efi) if $signer;
	return;
}

# A disk that the firmware finds the image on.
sub make_disk {
	my ($boot, $efi, $directory) = @_;
	my $disk = "$directory/esp.img";
	my %beside = %{$boot->{option}{beside} // {}};
	run('truncate', '-s', (-s $efi) + 4_000_000 & ~0xfffff, $disk);
	run('mformat', '-i', $disk, '::');
	run('mmd', '-i', $disk, '::EFI', '::EFI/BOOT', %beside ? '::EFI/BOOT/BOOTX64.EFI.extra.d' : ());
	run('mcopy', '-i', $disk, $efi, '::EFI/BOOT/BOOTX64.EFI');
	run('mcopy', '-i', $disk, write_file("$directory/beside", $beside{$_}), "::EFI/BOOT/BOOTX64.EFI.extra.d/$_") for keys %beside;
	return $disk;
}

sub boot_uki {
	my ($boot) = @_;
	make_keys() unless $keys;
	my $directory = $boot->{directory};
	my $option = $boot->{option};
	my $efi = "$boot->{image}.efi";
	sign($efi, $option->{signer} // 'db');
	my $vars = firmware_variables($option, $efi, $directory);
	flip($efi, $option->{alter}) if $option->{alter};
	return run_qemu(
		log => $boot->{log}, directory => "$directory/machine",
		firmware => 'secure', memory => $option->{memory}, vars => $vars,
		disks => [make_disk($boot, $efi, $directory), $boot->{image}], until => $NOTHING_BOOTS);
}

sub uki {
	my ($name, $outcome, $change, %option) = @_;
	return accepted($name, $change, machine => \&boot_uki, make => make_uki(\%option), %option) if $outcome eq 'handover';
	return refused($name, $outcome, $change, machine => \&boot_uki, make => make_uki(\%option), %option);
}

1;
