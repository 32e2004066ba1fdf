#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl doctor: its verdict on the test kernels is that of their boots, each of its
# checks is flipped alone, and what it cannot read it says.
use strict;
use warnings;
use Compress::Zlib qw(memGzip);
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX qw(mkfifo);
use Test::More;

my $imactl = abs_path($ENV{IMACTL} // 'build/imactl');
my $work = tempdir(CLEANUP => 1);
my ($OK, $FAILED, $USAGE, $UNCHECKED) = (0 .. 3);

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or BAIL_OUT("$path: $!");
	local $/ = undef;
	return scalar <$in> // '';
}

my $files = 0;

sub file {
	my ($bytes) = @_;
	my $path = "$work/file" . ++$files;
	open my $out, '>:raw', $path or die "$path: $!";
	print {$out} $bytes;
	close $out or die "$path: $!";
	return $path;
}

# Exit status, standard output, standard error; a program that hangs is killed.
sub run {
	my @command = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null' or die;
		open STDOUT, '>', "$work/out" or die;
		open STDERR, '>', "$work/err" or die;
		alarm 60;
		exec @command or die "$command[0]: $!";
	}
	waitpid $pid, 0;
	return ($? & 127 ? "signal " . ($? & 127) : $? >> 8, slurp("$work/out"), slurp("$work/err"));
}

# The JSON of a run, with its exit status as {exit} and {bad}: what is not right, by option.
sub doctor {
	my @arguments = @_;
	my ($status, $out, $err) = run($imactl, 'doctor', '--json', @arguments);
	my $said = eval { JSON::PP->new->utf8->decode($out) } // { checks => [] };
	$said->{exit} = $status;
	$said->{error} = $err;
	$said->{bad} = { map { $_->{option} => $_->{verdict} } grep { $_->{verdict} =~ /^(?:WRONG|advice)$/ } @{$said->{checks}} };
	return $said;
}

sub wrong { my ($said) = @_; return [sort grep { $said->{bad}{$_} eq 'WRONG' } keys %{$said->{bad}}] }

# ---- configurations ---------------------------------------------------------

# The options of configuration files; n is not there.
sub options_of {
	my %option;
	for my $text (@_) {
		$text =~ s/^(?:CONFIG_)(\w+)=(.*)$/$option{$1} = $2, ''/gme;
	}
	return \%option;
}

sub config_text {
	my ($option, $version) = @_;
	return join '', '# Linux/x86 ', $version // '6.1.192', " Kernel Configuration\n", map { "CONFIG_$_=$option->{$_}\n" } sort keys %$option;
}

sub config { return file(config_text({ %{$_[0]}, %{$_[1] // {}} })) }

my $base = options_of(map { slurp("tests/kernel/$_.config") } qw(ima um));
$base->{SYSTEM_TRUSTED_KEYS} = '"certs/ca.pem"';
$base->{CRYPTO_SHA512} = 'y';

# ---- the test kernels, and what their boots end in --------------------------

# Options, verdict on the kernel, and the one that must be named; the boot tests that say so:
# good.t (policy proofs, no-add-xattrs), enforcement.t (the rest), evm.t (no-load-x509-evm).
my @boots = (
	[base => [], $OK], ['no-read-write' => [], $OK], ['read-only' => [], $OK], ['write-only' => [], $OK],
	['log-caller' => [], $OK], ['no-add-xattrs' => [], $OK], ['no-modules' => [], $OK], [modules => [], $OK], ['verity' => [], $OK], [mappings => [], $OK], ['dm-verity' => [], $OK],
	['late-devices' => [], $OK], ['built-in' => [], $OK], ['built-in' => ['--way', 'embedded'], $OK],
	['no-tmpfs-xattr' => [], $OK], ['no-tmpfs-xattr' => ['--fs', 'tmpfs'], $FAILED, 'TMPFS_XATTR'],
	['no-sysctl' => [], $FAILED, 'PROC_SYSCTL'],
	['no-ima' => [], $FAILED, 'IMA'], ['no-ima' => ['--evm', 'none'], $FAILED, 'IMA'],
	['no-evm' => [], $FAILED, 'EVM'], ['no-evm' => ['--evm', 'x509'], $FAILED, 'EVM'], ['no-evm' => ['--evm', 'none'], $OK],
	['no-signed-init' => [], $FAILED, 'IMA_APPRAISE_SIGNED_INIT'],
	['no-signed-init-no-read' => ['--evm', 'none'], $FAILED, 'IMA_APPRAISE_SIGNED_INIT'],
	['signed-init-any-owner' => [], $OK], ['any-owner-no-write' => [], $OK],
	['no-load-x509-evm' => [], $FAILED, 'EVM_LOAD_X509'], ['no-load-x509-evm' => ['--evm', 'none'], $OK],
	['no-trusted-keyring' => [], $FAILED, 'INTEGRITY_TRUSTED_KEYRING'], ['no-trusted-keyring' => ['--way', 'distribution'], $OK],
	['distribution' => [], $FAILED, 'INTEGRITY_TRUSTED_KEYRING'], ['distribution' => ['--way', 'distribution'], $OK],
	['distribution' => ['--way', 'distribution', '--evm', 'none'], $OK], ['distribution' => ['--way', 'distribution', '--keys', 'ecdsa'], $FAILED, 'CRYPTO_ECDSA'],
	[base => ['--way', 'distribution'], $FAILED, 'INTEGRITY_TRUSTED_KEYRING'],
	[qemu => ['--way', 'uki', '--kmk', 'trusted'], $OK], [base => ['--way', 'uki'], $FAILED, 'EFI_STUB'],
	# Its one word has no rdinit=: /init of its initramfs leads to /ima/init.
	['arm64-forced' => ['--way', 'embedded'], $FAILED], ['arm64-forced' => ['--way', 'cpio'], $FAILED, 'INITRAMFS_FORCE'],
	[arm64 => [], $OK], [arm => [], $OK], ['base-6-12' => [], $OK],
	# The kernels of tests/boot/matrix.t.
	['no-read-write-6-12' => [], $OK], ['read-only-6-12' => [], $OK], ['write-only-6-12' => [], $OK],
	['signed-init-any-owner-6-12' => [], $OK], ['no-add-xattrs-6-12' => [], $OK],
	[lsm => [], $OK], ['lsm-6-12' => [], $OK],
	(map { [$_ => [], $FAILED, 'IMA_LOAD_X509'], [$_ => ['--way', 'distribution'], $FAILED, 'INTEGRITY_TRUSTED_KEYRING'] } 'no-load-x509', 'no-load-x509-6-12'),
	['no-load-x509-evm-6-12' => [], $FAILED, 'EVM_LOAD_X509'], ['no-load-x509-evm-6-12' => ['--evm', 'none'], $OK],
	['no-trusted-keyring-6-12' => [], $FAILED, 'INTEGRITY_TRUSTED_KEYRING'], ['no-trusted-keyring-6-12' => ['--way', 'distribution'], $OK],
);
# What each is made of: the options that all have, those of its architecture, and its own.
my $every = options_of(slurp('tests/kernel/ima.config'));
my (%variant, %version);
for my $line (grep { /^[a-z]/ } split /\n/, slurp('tests/kernel/variants')) {
	my ($name, @words) = split ' ', $line;
	my ($architecture) = grep { -e "tests/kernel/$_.config" } @words;
	$variant{$name} = { %$every, %{options_of(slurp('tests/kernel/' . ($architecture // 'um') . '.config'))}, SYSTEM_TRUSTED_KEYS => '"certs/ca.pem"',
		map { split /=/, $_, 2 } grep { /=/ } @words };
	$version{$name} = '6.12.117' if grep { $_ eq '6.12' } @words;
}
cmp_ok(scalar keys %variant, '>=', 10, 'there are test kernels');
my %judged = map { $_->[0] => 1 } @boots;
is_deeply([grep { !$judged{$_} } sort keys %variant], [], 'each is judged here');

for my $boot (@boots) {
	my ($name, $arguments, $exit, $named) = @$boot;
	my $said = doctor('--config', file(config_text($variant{$name}, $version{$name})), @$arguments);
	is($said->{exit}, $exit, "kernel @$boot[0] @$arguments: " . ($exit ? 'WRONG' : 'ok')) or diag($said->{error}, explain($said->{bad}));
	ok($said->{bad}{"CONFIG_$named"} eq 'WRONG', "  names CONFIG_$named") if $named;
}
is_deeply([sort keys %{doctor('--config', config($base, $variant{'no-add-xattrs'}))->{bad}}],
	[sort 'CONFIG_EVM_ADD_XATTRS', 'CONFIG_IMA_BLACKLIST_KEYRING', keys %{doctor('--config', config($base))->{bad}}],
	'no-add-xattrs: two more pieces of advice');
# The same kernel without IMA names the cause, not what follows from it.
is_deeply(wrong(doctor('--config', config($base, $variant{'no-ima'}))), ['CONFIG_IMA'], 'no-ima: only that is WRONG');

# ---- each check, flipped alone ----------------------------------------------

# A configuration that leaves nothing to say, for the way 1.
my %good = (%$base, IMA_APPRAISE_BOOTPARAM => 'n', IMA_WRITE_POLICY => 'n', BLK_DEV_INITRD => 'n', MODULES => 'n',
	UEVENT_HELPER => 'n', KEXEC_FILE => 'y', KEXEC_SIG => 'y', MODULE_SIG => 'y',
	map({ $_ => 'y' } qw(TRUSTED_KEYS TRUSTED_KEYS_TPM BTRFS_FS XFS_FS F2FS_FS F2FS_FS_XATTR F2FS_FS_SECURITY UBIFS_FS
		UBIFS_FS_XATTR UBIFS_FS_SECURITY BLK_DEV_DM DM_VERITY DM_INIT DEVTMPFS_SAFE)));
my %embedded = (BLK_DEV_INITRD => 'y', INITRAMFS_SOURCE => '"initramfs.cpio"', INITRAMFS_FORCE => 'y');
my %initrd = (BLK_DEV_INITRD => 'y', BLK_DEV_RAM => 'y');
my %distribution = (%initrd, INTEGRITY_TRUSTED_KEYRING => 'n');
my $words = 'ima_policy=appraise_tcb ima_appraise=enforce panic=-1';
my $verity = 'dm-mod.create="vroot,,,ro,0 16384 verity 1 /dev/vda /dev/vdb 4096 4096 2048 0 sha256 a0 b0" root=/dev/dm-0';
my %way = (
	'no-initramfs' => [{}, "root=/dev/vda init=/ima/init $words"],
	embedded => [\%embedded, "rdinit=/ima/init $words"],
	uki => [{ BLK_DEV_INITRD => 'y', EFI_STUB => 'y', EFIVAR_FS => 'y' }, "rdinit=/ima/init $words"],
	'initrd-image' => [\%initrd, "root=/dev/ram0 init=/ima/init $words"],
	cpio => [\%initrd, "rdinit=/ima/init $words"],
	distribution => [\%distribution, 'rdinit=/ima/init panic=-1'],
);
my @every = sort keys %way;
my @own_ca = grep { $_ ne 'distribution' } @every;

my (%flipped, %asked);

# Breaks one option of a good configuration: one check more is not right, and it is that one.
sub flip {
	my ($ways, $arguments, $verdict, $option, $values, $more) = @_;
	$values = [undef, '# not set', 'n', 'm'] unless $values;
	for my $way (@$ways) {
		my ($changes, $line) = @{$way{$way}};
		my %before = (%good, %$changes, %{$more // {}});
		my @options = ('--way', $way, @$arguments);
		push @options, '--cmdline', $line unless grep { $_ eq '--cmdline' } @options;
		my $good = doctor('--config', config(\%before), @options);
		$asked{$_->{option}} = 1 for @{$good->{checks}};
		for my $value (@$values) {
			my %after = %before;
			my $shown = $value // 'not there';
			defined $value && $value ne '# not set' ? ($after{$option} = $value) : delete $after{$option};
			my $text = config_text(\%after);
			$text .= "# CONFIG_$option is not set\n" if $shown eq '# not set';
			my $bad = doctor('--config', file($text), @options);
			my @more = map { "$_ $bad->{bad}{$_}" } grep { ($good->{bad}{$_} // '') ne $bad->{bad}{$_} } sort keys %{$bad->{bad}};
			is("@more", "CONFIG_$option $verdict", "$way @$arguments: CONFIG_$option=$shown: $verdict");
			is($bad->{exit}, $verdict eq 'WRONG' ? $FAILED : $good->{exit}, '  and the exit status');
			my ($check) = grep { $_->{option} eq "CONFIG_$option" && $_->{verdict} eq $verdict } @{$bad->{checks}};
			like($check->{why}, qr/module cannot be there/, '  and says why a module does not do') if $shown eq 'm';
			ok(length($check->{remedy} // '') > 4, '  with a remedy') or diag(explain($check));
		}
	}
	$flipped{"CONFIG_$option"} = 1;
	return;
}

for my $way (@every) {
	my ($changes, $line) = @{$way{$way}};
	my $said = doctor('--config', config(\%good, $changes), '--way', $way, '--cmdline', $line, '--keys', 'rsa,ecdsa', '--kmk', 'trusted');
	is_deeply($said->{bad}, {}, "$way: a good configuration and command line leave nothing to say");
	is($said->{exit}, $OK, '  and exit 0');
}

my $one = ['no-initramfs'];
flip(\@every, [], WRONG => $_) for qw(INTEGRITY_SIGNATURE SECURITYFS);
flip($one, [], WRONG => $_) for qw(PROC_FS BINFMT_ELF INTEGRITY_ASYMMETRIC_KEYS IMA IMA_APPRAISE CRYPTO_SHA256 EVM ENCRYPTED_KEYS CRYPTO_RSA EXT4_FS EXT4_FS_SECURITY);
flip(\@own_ca, [], WRONG => $_) for qw(INTEGRITY_TRUSTED_KEYRING IMA_APPRAISE_SIGNED_INIT IMA_LOAD_X509 EVM_LOAD_X509);
flip(['distribution'], [], WRONG => 'INTEGRITY_TRUSTED_KEYRING', ['y']);
flip(\@own_ca, [], WRONG => 'SYSTEM_TRUSTED_KEYS', [undef, '# not set', '""']);
flip($one, [], advice => 'SYSTEM_TRUSTED_KEYS', ['"debian/certs/debian-uefi-certs.pem"', '"certs/rhel.pem"', '"certs/signing_key.pem"']);
flip($one, [], WRONG => 'IMA_X509_PATH', [undef, '""', '"/etc/keys/x509_ima.der"', '"/ima/keys/x509_ima.der', '"/ima/keys/x509_ima.de"']);
flip($one, [], WRONG => 'EVM_X509_PATH', [undef, '""', '"/etc/keys/x509_evm.der"', '"/ima/keys/x509_ima.der"']);
flip($one, [], WRONG => 'LSM', ['""', '"lockdown,yama"', '"integrity2,yama"', '"yama,xintegrity"']);
flip($one, [], advice => $_) for qw(EVM_ADD_XATTRS IMA_READ_POLICY IMA_BLACKLIST_KEYRING SECONDARY_TRUSTED_KEYRING SYSTEM_BLACKLIST_KEYRING
	SYSTEM_BLACKLIST_AUTH_UPDATE IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY CRYPTO_SHA512 AUDIT INTEGRITY_AUDIT PRINTK DEVTMPFS DEVTMPFS_SAFE
	SECURITY_LOCKDOWN_LSM KEXEC_SIG);
flip($one, [], advice => $_, ['y']) for qw(IMA_APPRAISE_BOOTPARAM IMA_WRITE_POLICY KEXEC DEVMEM BOOT_CONFIG_FORCE BLK_DEV_INITRD);
flip(\@own_ca, [], advice => 'INTEGRITY_MACHINE_KEYRING', ['y']);
flip($one, [], advice => 'MODULES', ['y'], { MODPROBE_PATH => '"/sbin/modprobe"' });
flip($one, [], advice => 'MODULE_SIG', undef, { MODULES => 'y', MODPROBE_PATH => '""' });
flip($one, [], WRONG => 'PROC_SYSCTL');
flip($one, [], WRONG => 'UEVENT_HELPER_PATH', ['"/sbin/hotplug"'], { UEVENT_HELPER => 'y', UEVENT_HELPER_PATH => '""' });
flip($one, [], advice => 'STATIC_USERMODEHELPER_PATH', ['"/sbin/usermode-helper"'], { STATIC_USERMODEHELPER => 'y', STATIC_USERMODEHELPER_PATH => '""' });
flip($one, ['--kmk', 'trusted'], WRONG => $_) for qw(TRUSTED_KEYS TRUSTED_KEYS_TPM);
flip($one, ['--keys', 'ecdsa'], WRONG => 'CRYPTO_ECDSA');
flip($one, ['--keys', 'rsa,ecdsa'], WRONG => $_) for qw(CRYPTO_RSA CRYPTO_ECDSA);
flip($one, ['--fs', 'ext4,squashfs'], WRONG => $_) for qw(EXT4_FS SQUASHFS SQUASHFS_XATTR);
flip($one, ['--fs', 'erofs'], WRONG => $_) for qw(EROFS_FS EROFS_FS_XATTR EROFS_FS_SECURITY);
flip($one, ['--fs', 'f2fs'], WRONG => $_) for qw(F2FS_FS F2FS_FS_XATTR F2FS_FS_SECURITY);
flip($one, ['--fs', 'ubifs'], WRONG => $_) for qw(UBIFS_FS UBIFS_FS_XATTR UBIFS_FS_SECURITY);
flip($one, ['--fs', 'btrfs'], WRONG => 'BTRFS_FS');
flip($one, ['--fs', 'xfs'], WRONG => 'XFS_FS');
flip($one, ['--fs', 'overlay'], WRONG => 'OVERLAY_FS');
flip($one, ['--fs', 'tmpfs'], WRONG => $_) for qw(TMPFS TMPFS_XATTR);
flip(['cpio', 'distribution'], [], WRONG => $_) for qw(TMPFS TMPFS_XATTR);
flip(['embedded', 'uki', 'initrd-image', 'cpio', 'distribution'], [], WRONG => 'BLK_DEV_INITRD');
flip(['uki', 'initrd-image', 'cpio', 'distribution'], [], WRONG => 'INITRAMFS_FORCE', ['y']);
flip(['embedded'], [], advice => 'INITRAMFS_FORCE');
flip(['embedded'], [], advice => 'INITRAMFS_SOURCE', [undef, '""']);
flip(['uki'], [], WRONG => 'EFI_STUB');
flip(['uki'], [], advice => 'EFIVAR_FS');
flip(['initrd-image'], [], WRONG => 'BLK_DEV_RAM');
flip($one, ['--cmdline', "$verity init=/ima/init $words"], WRONG => $_) for qw(BLK_DEV_DM DM_VERITY DM_INIT);

is_deeply([grep { /^CONFIG_/ && !$flipped{$_} } sort keys %asked], [], 'every option that is looked at was flipped');
my ($table) = slurp('src/imactl/doctor_config.c') =~ /^static const struct option_check option_checks\[\] = \{\n(.*?)^\};/ms;
my %row = map { ("CONFIG_$_" => 1) } $table =~ /^\t(?:\{ |\w+\()"(\w+)"/mg;
is_deeply([sort keys %flipped], [sort keys %row], '  and they are those of the table');

# The twins: what must not be named.
sub right {
	my ($name, $changes, @options) = @_;
	my $said = doctor('--config', config(\%good, $changes), @options);
	is_deeply([$said->{exit}, $said->{bad}], [$OK, {}], "right: $name") or diag($said->{error});
	return;
}
right('x509 without encrypted keys', { ENCRYPTED_KEYS => 'n' }, '--evm', 'x509');
right('no EVM at all', { map { $_ => 'n' } qw(EVM EVM_LOAD_X509 ENCRYPTED_KEYS) }, '--evm', 'none');
right('ECDSA alone', { CRYPTO_RSA => 'n' }, '--keys', 'ecdsa');
right('RSA alone', { CRYPTO_ECDSA => 'n' });
right('a user kmk without trusted keys', { TRUSTED_KEYS => 'n' });
right("trusted keys by $_", { TRUSTED_KEYS_TPM => 'n', "TRUSTED_KEYS_$_" => 'y' }, '--kmk', 'trusted') for qw(TEE CAAM DCP);
right('trusted, and no HMAC', { TRUSTED_KEYS => 'n' }, '--kmk', 'trusted', '--evm', 'x509');
right('erofs alone', { EXT4_FS => 'n' }, '--fs', 'erofs');
right('rootfstype= names the file system', { EXT4_FS => 'n' }, '--cmdline', "rootfstype=erofs $way{'no-initramfs'}[1]");
right('a file system as a module, where an initramfs mounts it', { %initrd, EXT4_FS => 'm' }, '--way', 'cpio');
right('an image as root', \%initrd, '--way', 'initrd-image');
{
	my $text = config_text({ %good, %initrd });
	for my $row (['6.19.1', {}], ['7.0.0', { CONFIG_BLK_DEV_RAM => 'advice' }], ['7.1.2', { CONFIG_BLK_DEV_RAM => 'advice' }]) {
		my $said = doctor('--config', file($text =~ s/6\.1\.192/$row->[0]/r), '--way', 'initrd-image');
		is_deeply([$said->{exit}, $said->{bad}], [$OK, $row->[1]], "  of Linux $row->[0]");
	}
}
right('BLK_DEV_INITRD with INITRAMFS_FORCE', { BLK_DEV_INITRD => 'y', INITRAMFS_FORCE => 'y' });
right('MODULES with an empty path', { MODULES => 'y', MODPROBE_PATH => '""' });
right('MODULES with an empty static helper', { MODULES => 'y', MODPROBE_PATH => '"/sbin/modprobe"', STATIC_USERMODEHELPER => 'y', STATIC_USERMODEHELPER_PATH => '""' });
right('a certificate that is put in later', { SYSTEM_TRUSTED_KEYS => '""', SYSTEM_EXTRA_CERTIFICATE => 'y' });
is((grep { $_->{option} eq 'CONFIG_SYSTEM_TRUSTED_KEYS' } @{doctor('--config', config(\%good, { SYSTEM_TRUSTED_KEYS => '""', SYSTEM_EXTRA_CERTIFICATE => 'y' }))->{checks}})[0]{verdict}, 'unknown', '  is not shown to be there');
for my $part ("CONFIG_IMA=y\nCONFIG_EVM=y\n", slurp('packaging/kernel/ima-init.config')) {
	my ($status, $out, $err) = run($imactl, 'doctor', '--config', file($part));
	is("$status $out", "$UNCHECKED ", 'a fragment is not judged');
	like($err, qr/\Aimactl: \S+: read: a fragment or a defconfig \(\d+ options\), not a full configuration: .*olddefconfig.*\n\z/, '  and says what to do');
}
right('an uevent helper that is not there', { UEVENT_HELPER => 'n', UEVENT_HELPER_PATH => '"/sbin/hotplug"' });
right('LSM that is not there: the default', { LSM => 'n' });
right("LSM=$_", { LSM => "\"$_\"" }) for 'integrity', 'integrity,yama', 'yama,integrity', 'a,integrity,b';
my $no_list = config_text({ %good, LSM => '"yama"' });
for my $version ('5.10', '6.8', '6.9', '6.12', '7.0') {
	my $old = $version =~ /^(?:5\.|6\.8)/;
	my $said = doctor('--config', file($no_list =~ s/6\.1\.192/$version.3-rc1/r));
	is_deeply(wrong($said), $old ? ['CONFIG_LSM'] : [], "Linux $version, no integrity in the list: " . ($old ? 'WRONG' : 'ok'));
	$said = doctor('--config', file($no_list =~ s/6\.1\.192/$version.3-rc1/r), '--cmdline', "$way{'no-initramfs'}[1] lsm=yama");
	is_deeply(wrong($said), $old ? ['CONFIG_LSM', 'lsm='] : [], '  and so is lsm=');
}
is_deeply(wrong(doctor('--config', file("CONFIG_CC_VERSION_TEXT=\"gcc\"\n" . $no_list =~ s/^#.*\n//r))), ['CONFIG_LSM'], 'a version that is not there counts as old');

# ---- how a configuration is written -----------------------------------------

my $good_text = config_text(\%good);
sub reads_as_good {
	my ($name, $text) = @_;
	my $said = doctor('--config', file($text));
	is_deeply([$said->{exit}, $said->{bad}], [$OK, {}], "read: $name") or diag($said->{error});
	return;
}
reads_as_good('as it is', $good_text);
reads_as_good('CR LF', $good_text =~ s/\n/\r\n/gr);
reads_as_good('no newline at the end', $good_text =~ s/\n\z//r);
reads_as_good('blanks at the ends of lines', $good_text =~ s/=y$/=y \t/gmr);
reads_as_good('lines that say nothing', "\n\n# a comment\nrubbish\nCONFIG_\nCONFIG_X\nCONFIG_IMA =n\n CONFIG_IMA=n\n# CONFIG_IMA is not set.\n#CONFIG_IMA is not set\n$good_text");
reads_as_good('the last word counts', "CONFIG_IMA=n\n# CONFIG_EVM is not set\nCONFIG_LSM=\"\"\n$good_text");
reads_as_good('backslashes in a text', $good_text =~ s/CONFIG_LSM=.*/CONFIG_LSM="a\\"b\\\\,integrity"/r);
is_deeply(wrong(doctor('--config', file("${good_text}CONFIG_IMA=n\n"))), ['CONFIG_IMA'], 'the last word counts: =n');
is_deeply(wrong(doctor('--config', file("$good_text# CONFIG_IMA is not set\n"))), ['CONFIG_IMA'], 'the last word counts: is not set');
is_deeply(wrong(doctor('--config', file("$good_text# CONFIG_IMA is no\n"))), [], 'another comment is none');
is_deeply(wrong(doctor('--config', file("${good_text}CONFIG_IMA=yes\n"))), ['CONFIG_IMA'], 'another letter is not y');
is_deeply(wrong(doctor('--config', file("${good_text}CONFIG_IMA=\"\n"))), ['CONFIG_IMA'], 'a quote alone');
is_deeply(wrong(doctor('--config', file($good_text =~ s/^CONFIG_IMA=y\n//mr . 'CONFIG_IMA_X=y'))), ['CONFIG_IMA'], 'a longer name is another');

my $packed = memGzip($good_text);
reads_as_good('gzip', $packed);
reads_as_good('gzip in two members', memGzip(substr $good_text, 0, 500) . memGzip(substr $good_text, 500));

# One line that says what, and nothing on standard output.
sub unreadable {
	my ($name, $path, $like, @options) = @_;
	my ($status, $out, $err) = run($imactl, 'doctor', @options ? @options : ('--config', $path));
	ok($status eq $UNCHECKED && $out eq '' && $err =~ $like && $err =~ /\Aimactl: [^\n]+: read: [^\n]+\n\z/, "not read: $name")
		or diag("status $status: $out$err");
	return;
}
unreadable('nothing there', "$work/nothing", qr/nothing: read: No such file/);
unreadable('a directory', $work, qr/it is a directory, not a regular file/);
unreadable('a device', '/dev/null', qr/it is a device/);
mkfifo("$work/fifo", 0600) or die "mkfifo: $!";
unreadable('a FIFO without a writer', "$work/fifo", qr/it is a FIFO/);
unreadable('an empty file', file(''), qr/no kernel configuration/);
unreadable('a text', file("a\nb CONFIG_IMA=y\n# CONFIG_IMA\n"), qr/no line sets a CONFIG_ option/);
unreadable('a binary', file("CONFIG_IMA=y\n\0"), qr/binary, not text: byte 13 is NUL/);
unreadable('a program', '/bin/true', qr/binary/);
unreadable('gzip of a binary', file(memGzip("CONFIG_IMA=y\n\0")), qr/binary/);
unreadable('gzip of nothing', file(memGzip('')), qr/no kernel configuration/);
unreadable("gzip cut off after $_ bytes", file(substr $packed, 0, $_), qr/gzip data is damaged or cut off/) for 12, 100, length($packed) - 9, length($packed) - 1;
unreadable('gzip with a flipped byte', file(substr($packed, 0, 200) . chr(ord(substr $packed, 200, 1) ^ 0xff) . substr($packed, 201)), qr/damaged/);
unreadable('xz', file("\xfd7zXZ\0rest"), qr/compressed with xz; only gzip/);
unreadable('zstd', file("\x28\xb5\x2f\xfdrest"), qr/compressed with zstd/);
unreadable('a line of 1 MB', file("CONFIG_IMA=y\nCONFIG_X=\"" . 'x' x 1_000_000 . "\"\n"), qr/line 2 has more than 65535 bytes, the limit/);
unreadable('a comment of 64 KiB', file("CONFIG_IMA=y\n#" . 'x' x 65535 . "\n"), qr/line 2 has more than 65535 bytes/);
reads_as_good('a comment of 64 KiB less 1', '#' . 'x' x 65534 . "\n$good_text");
my $eight = 8 * 1024 * 1024;
my $filler = "# filler\n" x ($eight / 9 + 1);
reads_as_good('8 MiB', $good_text . substr($filler, 0, $eight - length $good_text));
unreadable('8 MiB and a byte', file($good_text . substr($filler, 0, $eight - length($good_text) + 1)), qr/more than 8388608 bytes, the limit/);
unreadable('gzip of 64 MiB', file(memGzip("# filler\n" x 7_456_541)), qr/more than 8388608 bytes, the limit/);
unreadable('a name with a newline', "$work/a\nb", qr{/a\\012b: read: No such file});
unreadable('a command line: nothing there', '', qr/nothing: read/, '--cmdline-file', "$work/nothing");
unreadable('a command line: a FIFO', '', qr/FIFO/, '--cmdline-file', "$work/fifo");
unreadable('a command line: a NUL', '', qr/binary/, '--cmdline-file', file("init=/ima/init\0"));
unreadable('a command line of 64 KiB and a byte', '', qr/more than 65536 bytes, the limit/, '--cmdline-file', file('x' x 65537));
unreadable('a configuration, and a good command line', '', qr/No such file/, '--config', "$work/nothing", '--cmdline', 'init=/ima/init');

# ---- the command line -------------------------------------------------------

my $good_config = config(\%good);
my $parameter_config = config(\%good, { IMA_APPRAISE_BOOTPARAM => 'y' });

# What is not right of a command line, beside a configuration that takes ima_appraise=.
sub line {
	my ($name, $line, $expected, @options) = @_;
	@options = ('--config', $parameter_config) unless @options;
	my $said = doctor(@options, '--cmdline', $line);
	delete $said->{bad}{CONFIG_IMA_APPRAISE_BOOTPARAM};
	my $found = join ' ', map { "$_ $said->{bad}{$_}" } sort keys %{$said->{bad}};
	is($found, $expected, "command line: $name: " . ($expected || 'ok')) or diag($said->{error});
	is($said->{exit}, $expected =~ /WRONG/ ? $FAILED : $OK, '  and the exit status');
	return $said;
}
my $start = 'root=/dev/ubda rw con=null con0=fd:0,fd:1 init=/ima/init ima_policy=appraise_tcb panic=-1';
my $bed = "$start ima_appraise=enforce";
line('that of the boot tests', $bed, '');

# The cases of the boot test, in its own words: tests/boot/commandline.t.
my $boot_test = slurp('tests/boot/commandline.t');
sub cases {
	my ($name) = @_;
	my ($list) = $boot_test =~ /^my %$name = (\(\n.*?^\));/ms or BAIL_OUT("tests/boot/commandline.t has no $name");
	my @cases = eval $list; ## no critic
	return @cases;
}
my %fix = cases('fix');
cmp_ok(scalar keys %fix, '>=', 10, 'there are cases of evm=fix');
line("evm=fix: $_", join(' ', $bed, @{$fix{$_}}), 'evm= WRONG') for sort keys %fix;
my %harmless = cases('harmless');
line("not evm=fix: $_", join(' ', $bed, @{$harmless{$_}}), /capitals/ ? 'environment advice' : '') for sort keys %harmless;
my %variable = cases('variable');
for my $word (sort keys %variable) {
	my $said = line("variable $word", "$bed $word", 'environment advice');
	my ($check) = grep { $_->{option} eq 'environment' } @{$said->{checks}};
	is($check->{found}, "$variable{$word}=", '  is named, and no more of it');
}
line('all variables', join(' ', $bed, sort keys %variable), 'environment advice');
line($_, "$bed $_", '') for 'HOME=/x', 'TERM=vt100', 'TERM=../x', 'single emergency', '-- single a=b', '-- A=b', 'some.thing=1', 'Some.Thing=1', 'BOOT_IMAGE=/x', 'CAPITALS';
my (undef, $secret) = run($imactl, 'doctor', '--cmdline', "$bed PASSWORD=hunter2");
ok($secret =~ /PASSWORD=/ && $secret !~ /hunter2/, 'what a variable holds is not printed');

line('ima-appraise=log: a hyphen is an underscore', "$bed ima-appraise=log", 'ima_appraise= WRONG');
line('ima_appraise="log"', "$bed ima_appraise=\"log\"", 'ima_appraise= WRONG');
line('ima_appraise=log after --', "$bed -- ima_appraise=log", '');
line('ima_appraise=log inside quotes', "$bed \"x=a ima_appraise=log b\"", '');
line('a very long line', join(' ', $bed, map { "x.$_=" . 'y' x 90 } 1 .. 20), '');

# The same verdicts as of boots on Linux 6.1.
line("ima_appraise=$_", "$bed ima_appraise=$_", 'ima_appraise= WRONG') for qw(log fix off logs fixed offx);
line('no ima_appraise=', $start, '');
line('ima_appraise=xyz', "$start ima_appraise=xyz", 'ima_appraise= advice');
line('ima_appraise=enforcex', "$start ima_appraise=enforcex", '');
line('log, then enforce', "$start ima_appraise=log ima_appraise=enforce", '');
line('enforce, then offx', "$bed ima_appraise=offx", 'ima_appraise= WRONG');
line('log, then one without a value', "$start ima_appraise=log ima_appraise", 'ima_appraise= WRONG');
line('log, where the kernel does not look', "$start ima_appraise=log", 'ima_appraise= advice', '--config', $good_config);
line('log, and no configuration', "$start ima_appraise=log", 'ima_appraise= WRONG', '--way', 'no-initramfs');

my $without = $bed =~ s/ima_policy=\S+ //r;
line('no ima_policy=', $without, 'ima_policy= WRONG');
line("ima_policy=$_", "$without ima_policy=$_", 'ima_policy= WRONG') for qw(tcb secure_boot appraise_tcbx xappraise_tcb), '';
line("ima_policy=$_", "$without ima_policy=$_", '') for 'tcb|appraise_tcb', 'appraise_tcb|tcb', '"tcb appraise_tcb"';
line('two words', "$without ima_policy=appraise_tcb ima_policy=tcb", '');
line('ima-policy=', "$without ima-policy=appraise_tcb", '');
line('one quote of two is kept, of an init= as well', ($bed =~ s/ init=\S+//r) . ' "init="/ima/init""', 'init= WRONG');
line('one quote of two is kept', "$without \"ima_policy=\"appraise_tcb\"\"", 'ima_policy= WRONG');
line('  and one is taken', "$without ima_policy=\"appraise_tcb\"", '');
line('the old name', "$without ima_appraise_tcb", '');
line('after --', "$without -- ima_policy=appraise_tcb", 'ima_policy= WRONG');

line('no init=', $bed =~ s/ init=\S+//r, 'init= WRONG');
line('another init= behind', "$bed init=/bin/sh", 'init= WRONG');
line('another init= before', "init=/bin/sh $bed", '');
line('another init= after --', "$bed -- init=/bin/sh", '');
line('init without a value', "$bed init", '');
line('rdinit= does not do', $bed =~ s/ init=/ rdinit=/r, 'init= WRONG');
for my $way (qw(embedded uki cpio distribution)) {
	my ($changes, $words_of) = @{$way{$way}};
	my @options = ('--config', config(\%good, $changes), '--way', $way);
	line("$way: rdinit=", $words_of, '', @options);
	line("$way: no rdinit=", $words_of =~ s/rdinit=\S+/init=\/ima\/init/r, 'rdinit= WRONG', @options);
	line("$way: another rdinit=", "$words_of rdinit=/init", 'rdinit= WRONG', @options);
}

my $rootless = $bed =~ s/root=\S+ //r;
line('no root=', $rootless, 'root= WRONG');
line("root=$_", "$rootless root=$_", 'root= WRONG') for qw(UUID=1-2 LABEL=x /dev/mapper/x /dev/disk/by-label/x /dev/nfs), '';
line("root=$_", "$rootless root=$_", '') for qw(/dev/vda1 PARTUUID=1-2 PARTLABEL=x 8:1 0801 /dev/mmcblk0p2);
my @image = ('--config', config(\%good, \%initrd), '--way', 'initrd-image');
line('initrd-image: root=/dev/ram0', $way{'initrd-image'}[1], '', @image);
line('  and another root=', "$way{'initrd-image'}[1] root=/dev/vda", 'root= WRONG', @image);
line('  and initrd=', "$way{'initrd-image'}[1] initrd=root.sqfs", '', @image);

my $newer = config_text({ %good, %initrd }, '6.12.117');
for my $row (['', 'bdev_allow_write_mounted= WRONG'], ['1', ''], ['on', ''], ['0', 'bdev_allow_write_mounted= WRONG']) {
	my ($value, $verdict) = @$row;
	line("  of Linux 6.12, $value", $way{'initrd-image'}[1] . ($value eq '' ? '' : " bdev_allow_write_mounted=$value"), $verdict, '--config', file($newer), '--way', 'initrd-image');
}
line('  that lets what is mounted be written to', $way{'initrd-image'}[1], '', '--config', file("${newer}CONFIG_BLK_DEV_WRITE_MOUNTED=y\n"), '--way', 'initrd-image');
line('  and says so', "$way{'initrd-image'}[1] bdev_allow_write_mounted=0", 'bdev_allow_write_mounted= WRONG', '--config', file("${newer}CONFIG_BLK_DEV_WRITE_MOUNTED=y\n"), '--way', 'initrd-image');

my $takes_initrd = config(\%good, { BLK_DEV_INITRD => 'y' });
line('initrd=', "$bed initrd=x", 'CONFIG_BLK_DEV_INITRD advice initrd= WRONG', '--config', $takes_initrd);
line('initrd= that is ignored', "$bed initrd=x", '');
line('initrd= that is ignored by force', "$bed initrd=x", '', '--config', config(\%good, { BLK_DEV_INITRD => 'y', INITRAMFS_FORCE => 'y' }));
line('lsm=', "$bed lsm=yama,lockdown", 'lsm= WRONG');
line('lsm= with integrity', "$bed lsm=yama,integrity", '');
# An oops, seen on Debian's 6.1.0-56.
{
	my $list = '"landlock,lockdown,integrity,apparmor,bpf"';
	my $bpf = config(\%good, { LSM => $list, BPF_LSM => 'y' });
	line('the module bpf', $bed, 'lsm= and bpf WRONG', '--config', $bpf);
	line('  without HMACs', $bed, '', '--config', $bpf, '--evm', $_) for qw(x509 none);
	line('  taken out by lsm=', "$bed lsm=integrity,apparmor", '', '--config', $bpf);
	line('  brought by lsm=', "$bed lsm=integrity,bpf", 'lsm= and bpf WRONG', '--config', config(\%good, { BPF_LSM => 'y' }));
	line('  that is not built in', $bed, '', '--config', config(\%good, { LSM => $list }));
	line('  of a newer kernel', $bed, '', '--config', file(config_text({ %good, LSM => $list, BPF_LSM => 'y' }) =~ s/6\.1\.192/6.6.1/r));
}
line('bootconfig', "$bed bootconfig", 'bootconfig advice', '--config', config(\%good, { BOOT_CONFIG => 'y' }));
line('bootconfig that the kernel does not know', "$bed bootconfig", '');
line('no panic=', $bed =~ s/ panic=-1//r, 'panic= advice', '--config', config(\%good, { PANIC_TIMEOUT => '0' }));
line('no panic=, and a default', $bed =~ s/ panic=-1//r, '');
line('8191 bytes', $bed . ' ' x (8191 - length $bed), '');
line('8192 bytes', $bed . ' ' x (8192 - length $bed), 'command line WRONG');

is(doctor('--config', $good_config, '--cmdline-file', file("$bed\n"))->{exit}, $OK, 'a command line from a file');
is(doctor('--config', $good_config, '--cmdline-file', file("quiet\n"))->{exit}, $FAILED, '  and a bad one');

# CONFIG_CMDLINE, with a quote inside.
my $inside = $bed =~ s/"/\\"/gr;
my @x86 = (CMDLINE_BOOL => 'y', CMDLINE => "\"$inside\"");
sub built_in {
	my ($name, $changes, $given, $wrong) = @_;
	my $said = doctor('--config', config(\%good, $changes), defined $given ? ('--cmdline', $given) : ());
	is_deeply(wrong($said), $wrong, "CONFIG_CMDLINE: $name");
	return;
}
built_in('and nothing more', { @x86 }, '', []);
built_in('overrides, and nothing is given', { @x86, CMDLINE_OVERRIDE => 'y' }, undef, []);
built_in('overrides, and is bad', { CMDLINE_BOOL => 'y', CMDLINE => '"quiet"', CMDLINE_OVERRIDE => 'y' }, undef, ['ima_policy=', 'init=', 'root=']);
built_in('the rest is not known', { CMDLINE_BOOL => 'y', CMDLINE => '"quiet"' }, undef, []);
built_in('and more', { @x86 }, 'quiet', []);
built_in('and a later init=', { @x86 }, 'init=/bin/sh', ['init=']);
built_in('overrides', { @x86, CMDLINE_OVERRIDE => 'y' }, 'init=/bin/sh', []);
built_in('is forced', { CMDLINE => "\"$inside\"", CMDLINE_FORCE => 'y' }, 'init=/bin/sh', []);
built_in('is forced, and bad', { CMDLINE => '"quiet"', CMDLINE_FORCE => 'y' }, $bed, ['ima_policy=', 'init=', 'root=']);
built_in('behind', { CMDLINE => "\"$inside\"", CMDLINE_EXTEND => 'y' }, 'init=/bin/sh', []);
built_in('is a default, and nothing is given', { CMDLINE => "\"$inside\"" }, '', []);
built_in('is a default, and something is given', { CMDLINE => "\"$inside\"" }, 'quiet', ['ima_policy=', 'init=', 'root=']);

# ---- the answer to a forged /ima/init of another owner -----------------------

sub answer {
	my ($name, $expected, @options) = @_;
	is(doctor(@options)->{answer}, $expected, "answer: $name: $expected");
	return;
}
my %force = (%good, %embedded);
answer('a stock kernel', 'none', '--config', $good_config);
answer('a stock kernel and its command line', 'none', '--config', $good_config, '--cmdline', $bed);
answer('inside the kernel', 'a', '--config', config(\%force), '--way', 'embedded', '--cmdline', $way{embedded}[1]);
answer('  command line not known', 'a', '--config', config(\%force), '--way', 'embedded');
answer('  another rdinit=', 'none', '--config', config(\%force), '--way', 'embedded', '--cmdline', 'rdinit=/init');
answer('  no INITRAMFS_FORCE', 'none', '--config', config(\%force, { INITRAMFS_FORCE => 'n' }), '--way', 'embedded', '--cmdline', $way{embedded}[1]);
answer('  nothing inside', 'none', '--config', config(\%force, { INITRAMFS_SOURCE => '""' }), '--way', 'embedded', '--cmdline', $way{embedded}[1]);
answer('a UKI, which no file of it shows', 'none', '--config', config(\%good, $way{uki}[0]), '--way', 'uki', '--cmdline', $way{uki}[1]);
answer('  no BLK_DEV_INITRD', 'none', '--config', config(\%force, { BLK_DEV_INITRD => 'n' }), '--way', 'embedded', '--cmdline', $way{embedded}[1]);
answer('  another way', 'none', '--config', config(\%force), '--cmdline', "$bed rdinit=/ima/init");
answer('dm-verity', 'b', '--config', $good_config, '--cmdline', "$bed $verity");
answer('  command line alone', 'b', '--cmdline', "$bed $verity");
answer('  by its other name, quoted as a whole', 'b', '--cmdline', "$bed " . ($verity =~ s/dm-mod.create="/"dm_mod.create=/r));
answer("  no $_", 'none', '--config', config(\%good, { $_ => 'n' }), '--cmdline', "$bed $verity") for qw(BLK_DEV_DM DM_VERITY DM_INIT);
answer('  another way', 'none', '--config', config(\%good, \%initrd), '--way', 'cpio', '--cmdline', "$bed $verity");
answer("  root=$_", 'none', '--cmdline', "$bed $verity root=$_") for qw(/dev/vda /dev/dm-1 /dev/dm-0x /dev/dm- /dev/mapper/vroot);
answer('  damage ignored', 'none', '--cmdline', "$bed " . ($verity =~ s/ b0"/ b0 1 ignore_corruption"/r));
answer('  damage restarts', 'b', '--cmdline', "$bed " . ($verity =~ s/ b0"/ b0 1 restart_on_corruption"/r));
answer('  linear', 'none', '--cmdline', "$bed " . ($verity =~ s/ verity / linear /r));
answer('  a part of it linear', 'none', '--cmdline', "$bed " . ($verity =~ s/ b0"/ b0,16384 8 linear \/dev\/vdc 0"/r));
answer('  a part of it linear, before', 'none', '--cmdline', "$bed " . ($verity =~ s/ro,/ro,0 8 linear \/dev\/vdc 0,/r));
answer('  the second device', 'b', '--cmdline', "$bed " . ($verity =~ s/="vroot/="other,,,rw,0 8 linear \/dev\/vdc 0;vroot/r) . ' root=/dev/dm-1');
answer('  the first, which is linear', 'none', '--cmdline', "$bed " . ($verity =~ s/="vroot/="other,,,rw,0 8 linear \/dev\/vdc 0;vroot/r));
answer('  by its number', 'b', '--cmdline', "$bed " . ($verity =~ s/vroot,,,/vroot,,4,/r) . ' root=/dev/dm-4');
answer('  no table', 'none', '--cmdline', "$bed dm-mod.create=vroot,,,ro root=/dev/dm-0");
answer('  after --', 'none', '--cmdline', "$bed -- $verity");
answer('an initrd', 'none', '--config', config(\%good, \%initrd), '--way', $_) for qw(initrd-image cpio distribution);
my %any_owner = (%good, IMA_APPRAISE_SIGNED_INIT_ANY_OWNER => 'y');
my $any_owner = config(\%any_owner);
answer("the test kernel $_", 'c', '--config', config($base, $variant{$_}), '--cmdline', $bed) for qw(signed-init-any-owner any-owner-no-write);
answer('every owner', 'c', '--config', $any_owner, '--cmdline', $bed);
answer('  command line not known', 'c', '--config', $any_owner);
answer('  the old name of the policy', 'c', '--config', $any_owner, '--cmdline', 'init=/ima/init ima_appraise_tcb');
answer('  a mode that the kernel does not know', 'c', '--config', $any_owner, '--cmdline', "$bed ima_appraise=x");
answer('  and dm-verity, which is more', 'b', '--config', $any_owner, '--cmdline', "$bed $verity");
answer('  and inside the kernel', 'a', '--config', config({ %any_owner, %embedded }), '--way', 'embedded', '--cmdline', $way{embedded}[1]);
answer('  no SIGNED_INIT', 'none', '--config', config(\%any_owner, { IMA_APPRAISE_SIGNED_INIT => 'n' }), '--cmdline', $bed);
answer('  not set', 'none', '--config', config(\%any_owner, { IMA_APPRAISE_SIGNED_INIT_ANY_OWNER => 'n' }), '--cmdline', $bed);
answer('  no appraise_tcb', 'none', '--config', $any_owner, '--cmdline', 'init=/ima/init ima_policy=tcb');
answer("  ima_appraise=$_", 'none', '--config', config(\%any_owner, { IMA_APPRAISE_BOOTPARAM => 'y' }), '--cmdline', "$bed ima_appraise=$_") for qw(log fix off);
answer('  which this kernel does not obey', 'c', '--config', $any_owner, '--cmdline', "$bed ima_appraise=log");
answer('  command line alone', 'none', '--cmdline', $bed);
answer("  $_", 'none', '--config', config({ %any_owner, %initrd }), '--way', $_, '--cmdline', $way{$_}[1]) for qw(initrd-image cpio distribution);
like((run($imactl, 'doctor', '--config', $any_owner, '--cmdline', $bed))[1],
	qr/\Aanswer: c: [^\n]+CONFIG_IMA_APPRAISE_SIGNED_INIT_ANY_OWNER[^\n]+can still stand in/, 'the first line names the option, and what it leaves');
like((run($imactl, 'doctor', '--config', $any_owner))[1], qr/\Aanswer: c: [^\n]+must say ima_policy=appraise_tcb/, '  and what the command line must say');

my (undef, $text) = run($imactl, 'doctor', '--config', $good_config, '--cmdline', "$bed ima_policy=x");
like($text, qr/\Aanswer: none: an unsigned [^\n]+\(a\)[^\n]+\(b\)[^\n]+\(c, /, 'the first line says that there is none');
like($text, qr/^ok +CONFIG_IMA=y: \S/m, 'a line a check');
like($text, qr/^\d+ ok, 0 WRONG, 0 advice, 0 unknown; checked for --way no-initramfs .* of Linux 6\.1\n\z/m, 'the last line counts');
(undef, $text) = run($imactl, 'doctor', '--config', config(\%good, { IMA_LOAD_X509 => 'n', IMA_X509_PATH => 'n', CRYPTO_SHA512 => 'm' }));
like($text, qr/^WRONG   CONFIG_IMA_LOAD_X509 is not set: .+: CONFIG_IMA_LOAD_X509=y$/m, 'WRONG, and its remedy');
like($text, qr/^advice  CONFIG_CRYPTO_SHA512=m: .+: CONFIG_CRYPTO_SHA512=y$/m, 'advice, and its remedy');
like($text, qr/^unknown no command line: /m, 'unknown: no command line');
like((run($imactl, 'doctor', '--cmdline', $bed))[1], qr/^unknown no configuration: /m, 'unknown: no configuration');
like((run($imactl, 'doctor', '--config', config(\%good, { LSM => "\"\e[31m\xff\n\"" }), '--cmdline', "$bed lsm=\x1b[31m"))[1],
	qr/\A[^\e]*\\033\[31m[^\e]*\z/, 'control characters are not printed');
for my $bytes ("\xff", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\xbf\xbf\xbf", "\xc3\xa9") {
	my $said = doctor('--cmdline', "$bed lsm=$bytes root=$bytes");
	is_deeply([map { $said->{bad}{$_} } 'lsm='], ['WRONG'], sprintf 'JSON of a value %vx', $bytes);
}

# ---- the running system -----------------------------------------------------

# A kernel as root sees it, made of files that lie over the real ones. The keyrings are real, in a session
# of their own: such as ima-init-initramfs makes, whose names anybody may use.
my %locked = (_ima => 1, _evm => 2);
sub ring { my ($name, $keys, $permissions) = @_; return "ring '$name' $keys $permissions\n" }
sub locked { return join '', map { ring($_, $locked{$_}, '0x08030000') } sort keys %locked }
my %node = (
	policy => "dont_appraise fsmagic=0x9fa0\nappraise func=BPRM_CHECK appraise_type=imasig\n", evm => "3\n",
	modprobe => "\n", lockdown => "none [integrity] confidentiality\n", cmdline => "$way{distribution}[1]\n", rings => locked(),
);
my $overlay = <<'END';
set -e
nodes=$1 self=$1.self
shift
mkdir "$self"
mount --make-rprivate /
mount --bind "/proc/$$" "$self"
: >"$nodes/keys"
mount --bind /proc/keys "$nodes/keys"
mount -t tmpfs none /proc
mkdir -p /proc/sys/kernel /proc/self
mount --bind "$self" /proc/self
: >/proc/keys
mount --bind "$nodes/keys" /proc/keys
mount -t tmpfs none /sys/kernel/security
mkdir /sys/kernel/security/ima
if [ -e "$nodes/SecureBoot" ] || [ -e "$nodes/StubInfo" ]; then
	mount -t tmpfs none /sys/firmware
	mkdir -p /sys/firmware/efi/efivars
	for variable in SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23 StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f; do
		[ ! -e "$nodes/${variable%%-*}" ] || cp "$nodes/${variable%%-*}" "/sys/firmware/efi/efivars/$variable"
	done
fi
for place in /proc/cmdline /proc/sys/kernel/modprobe /sys/kernel/security/{ima/policy,evm,lockdown}; do
	[ ! -e "$nodes/${place##*/}" ] || cp "$nodes/${place##*/}" "$place"
done
# A program with the leak checker needs the real /proc.
export ASAN_OPTIONS=detect_leaks=0
rings=0
ring() { # NAME KEYS PERMISSIONS
	# One keyring does not hold two of a name.
	rings=$((rings + 1))
	ring=$(keyctl newring "$1" "$(keyctl newring "parent$rings" @s)")
	for key in $(seq "$2"); do keyctl add user "key$key" x "$ring" >/dev/null; done
	keyctl setperm "$ring" "$3"
}
# Another user's, for as long as this script lasts.
other_ring() { # NAME
	coproc setpriv --reuid 1234 --clear-groups keyctl session - bash -c 'keyctl newring "$1" @s; read -r' bash "$1"
	read -r ring <&"${COPROC[0]}"
}
. "$nodes/rings"
"$@"
END
my @as_root = ('unshare', $> == 0 ? '-m' : '-rm', 'keyctl', 'session', '-', 'bash', '-c', $overlay, 'overlay');
my @distribution = ('--config', config(\%good, \%distribution), '--way', 'distribution');

# The keyrings of a run before this one, until the kernel has collected them.
sub wait_for_no_rings {
	for (1 .. 200) {
		return if slurp('/proc/keys') !~ / keyring   (?:_ima|_evm|\.machine):/;
		select undef, undef, undef, 0.1;
	}
	return;
}

sub running {
	my ($change, @options) = @_;
	wait_for_no_rings();
	my $directory = tempdir(DIR => $work);
	my %file = (%node, %$change);
	for my $name (grep { defined $file{$_} } keys %file) {
		open my $out, '>:raw', "$directory/$name" or die;
		print {$out} $file{$name};
		close $out or die;
	}
	my ($status, $out, $err) = run(@as_root, $directory, $imactl, 'doctor', '--json', '--running', @distribution, @options);
	my $said = eval { decode_json($out) } // { checks => [] };
	return "$status: $err" unless $said->{answer};
	return join ' ', ($said->{answer} eq 'none' ? () : "answer $said->{answer}"), "exit $status:", map { "$_->{option} $_->{verdict}" } grep { $_->{verdict} ne 'ok' } @{$said->{checks}};
}

sub firmware { return running(@_) =~ s/exit \d+: ?//r =~ s/ ?\.(?:ima|evm) \w+//gr =~ s/ \z//r }

SKIP: {
	my ($can) = run(@as_root, do { my $d = tempdir(DIR => $work); for my $name (keys %node) { open my $o, '>', "$d/$name"; print {$o} $node{$name} } $d }, 'true');
	ok($can eq '0', 'a mount namespace can be made') if $ENV{MUST_RUN};
	skip 'no mount namespace', 1 if $can ne '0';
	is(running({}), 'exit 0:', 'running: all is right');
	is(running({ cmdline => "quiet\n" }), 'exit 1: rdinit= WRONG', 'running: /proc/cmdline');
	is(running({ policy => "measure func=BPRM_CHECK\n" }), 'exit 1: ima/policy WRONG', 'running: no rule appraises');
	is(running({ policy => "dont_appraise fsmagic=1\n" }), 'exit 1: ima/policy WRONG', 'running: nor does an exemption');
	is(running({ policy => '' }), 'exit 1: ima/policy WRONG', 'running: no rule at all');
	is(running({ policy => undef }), 'exit 0: ima/policy unknown', 'running: the rules cannot be read');
	is(running({ policy => "# x\n" x 300_000 }), 'exit 0: ima/policy unknown', 'running: more rules than are read');
	is(running({ evm => "0\n" }), 'exit 1: evm WRONG', 'running: EVM is off');
	is(running({ evm => "2\n" }), 'exit 1: evm WRONG', 'running: no HMAC key');
	is(running({ evm => "2\n" }, '--evm', 'x509'), 'exit 0:', 'running: signatures alone');
	is(running({ evm => "1\n" }, '--evm', 'x509'), 'exit 1: evm WRONG', 'running: no certificate');
	is(running({ evm => "0\n" }, '--evm', 'none'), 'exit 0:', 'running: no EVM, and none wanted');
	is(running({ evm => "6\n" }, '--evm', 'x509'), 'exit 0: evm advice', 'running: metadata may be written');
	is(running({ evm => "4\n" }, '--evm', 'x509'), 'exit 1: evm WRONG', 'running: it may, and no certificate');
	is(running({ evm => undef }), 'exit 0: evm unknown', 'running: no evm node');
	is(running({ rings => ring('_evm', 2, '0x08030000') }), 'exit 1: .ima WRONG', 'running: no _ima');
	is(running({ rings => ring('_ima', 1, '0x08030000') }), 'exit 1: .evm WRONG', 'running: no _evm');
	is(running({ rings => ring('_ima', 1, '0x08030000') }, '--evm', 'none'), 'exit 0:', 'running: no _evm, and none wanted');
	my $evm = ring('_evm', 2, '0x08030000');
	is(running({ rings => $evm . ring('_ima', 0, '0x08030000') }), 'exit 1: .ima WRONG', 'running: _ima is empty');
	is(running({ rings => $evm . ring('_ima', 1, '0x3f010000') }), 'exit 1: .ima WRONG', 'running: _ima is not locked');
	is(running({ rings => $evm . ring('_ima2', 1, '0x08030000') }), 'exit 1: .ima WRONG', 'running: a longer name');
	is(running({ rings => $evm . 'keyctl setperm $(keyctl add user _ima x @s) 0x08030000' . "\n" }), 'exit 1: .ima WRONG', 'running: a key called _ima');
	is(running({ rings => '' }), 'exit 1: .ima WRONG .evm WRONG', 'running: no keys');
	is(running({ rings => locked() . ring('_ima', 3, '0x3f010000') . ring('_evm', 0, '0x3f010000') }), 'exit 0:', 'running: others have such names, too');
	like(running({}, '--config', $good_config, '--way', 'no-initramfs'), qr/^exit 1: .*\.ima WRONG \.evm WRONG/, 'running: _ima and _evm for .ima and .evm') if !-e '/sys/kernel/security/ima';
	# A name with a newline makes two lines of one in /proc/keys.
	my $line = '0f4a4cf7 I------     1 perm 08030000     0     0 keyring   _ima: 1';
	is(running({ rings => $evm . ring("x\n$line\nx", 1, '0x3f010000') }), 'exit 1: .ima WRONG', 'running: a line that a name forges');
	is(running({ rings => $evm . ring("x\n$line\nx", 1, '0x08030000') }), 'exit 1: .ima WRONG', 'running: the same, of a locked keyring');
	is(running({ rings => locked() . ring("x\n" . $line =~ s/: 1/: empty/r, 0, '0x3f010000') }), 'exit 0:', 'running: the same, that hides nothing');
	is(running({ rings => $evm . ring('_ima', 0, '0x08030000') . 'printf -v line "x\n%08x I------     1 perm 08030000     0     0 keyring   _ima: 1" "$ring"; ring "$line" 1 0x3f010000' . "\n" }),
		'exit 1: .ima WRONG', 'running: the same, by the number of an empty _ima');
	is(running({ rings => locked() . ring("x\n" . $line =~ s/_ima/.machine/r, 1, '0x3f010000') }), 'exit 0:', 'running: the same, of .machine');
	like(running({ rings => ring("x\n" . $line =~ s/08030000/1f030000/r =~ s/_ima/.ima/r, 1, '0x3f010000') }, '--config', $good_config, '--way', 'no-initramfs'),
		qr/\.ima WRONG/, 'running: the same, of .ima') if !-e '/sys/kernel/security/ima';
	SKIP: {
		skip 'not root', 1 if $> != 0;
		is(running({ rings => "${evm}other_ring 'x\n$line'\n" }), 'exit 1: .ima WRONG', "running: the same, another user's");
	}
	is(running({ modprobe => undef }), 'exit 0:', 'running: a kernel without modules');
	is(running({ modprobe => "/sbin/modprobe\n" }), 'exit 0: modprobe advice', 'running: modprobe');
	is(running({ lockdown => "[none] integrity confidentiality\n" }), 'exit 0: lockdown advice', 'running: no lockdown');
	is(running({ lockdown => undef }), 'exit 0: lockdown unknown', 'running: lockdown cannot be read');
	is(running({ evm => "0\n" }, '--config', "$work/nothing"), 'exit 3: evm WRONG configuration unknown', 'running: the same, and something is WRONG');
	# Its keyrings, .ima and .evm, are the kernel's own to make: tests/qemu/uki.t.
	my @uki = ('--config', config(\%good, $way{uki}[0]), '--way', 'uki');
	my %uki = (cmdline => "$way{uki}[1]\n", SecureBoot => "\x06\0\0\0\1", StubInfo => "\6\0\0\0" . join '', map { "$_\0" } split //, 'systemd-stub 252.39');
	is(firmware(\%uki, @uki), 'answer a', 'running: a UKI under Secure Boot');
	is(firmware({ %uki, SecureBoot => "\x06\0\0\0\0" }, @uki), 'SecureBoot WRONG', 'running: Secure Boot is off');
	is(firmware({ %uki, SecureBoot => "\x06\0\0\0\2" }, @uki), 'SecureBoot unknown', 'running: neither on nor off');
	is(firmware({ %uki, SecureBoot => "\x06\0\0\0\1\1" }, @uki), 'SecureBoot unknown', 'running: no flag');
	is(firmware({ %uki, SecureBoot => "\1" }, @uki), 'SecureBoot unknown', 'running: not even attributes');
	is(firmware({ %uki, SecureBoot => undef }, @uki), 'SecureBoot WRONG', 'running: no Secure Boot');
	is(firmware({ %uki, MokSBStateRT => "\6\0\0\0\0" }, @uki), 'answer a', 'running: a shim that verifies');
	is(firmware({ %uki, MokSBStateRT => "\6\0\0\0\1" }, @uki), 'SecureBoot WRONG', 'running: a shim that does not');
	is(firmware({ %uki, StubInfo => undef }, @uki), 'StubInfo unknown', 'running: not from a UKI');
	is(firmware({ %uki, StubInfo => "\6\0\0\0s\0y\0" }, @uki), 'StubInfo unknown', 'running: another stub');
	is(firmware({ %uki, StubInfo => 'x' x 1000 }, @uki), 'StubInfo unknown', 'running: a longer one');
	is(firmware({ %uki, cmdline => "$way{uki}[1] rdinit=/sbin/init\n" }, @uki), 'rdinit= WRONG', 'running: a UKI that starts something else');
	is(firmware(\%uki, '--config', config(\%good, $way{uki}[0]), '--way', 'cpio'), '', 'running: a UKI is no other way');
	is(running({}, '--config', "$work/nothing"), 'exit 3: configuration unknown', 'running: the configuration cannot be read, the rest is told');
}
my ($status, undef, $err) = run($imactl, 'doctor', '--running');
ok($status =~ /^[013]$/ && $err !~ /Sanitizer/, 'the system that runs this test') or diag($status, $err);
($status, undef, $err) = run($imactl, 'doctor');
ok($status =~ /^[013]$/ && $err !~ /Sanitizer/, 'its configuration alone') or diag($status, $err);

# ---- usage ------------------------------------------------------------------

for my $arguments (['--no-such'], ['--config'], ['file'], ['--way', 'x'], ['--way', 'cpio,embedded'], ['--way', ''], ['--evm', 'hmac,x509'], ['--evm', 'HMAC'],
	['--kmk', 'tpm'], ['--keys', 'dsa'], ['--keys', 'rsa,'], ['--keys', ',rsa'], ['--fs', 'ext4,vfat'], ['--fs', 'ext'], ['--json=1'],
	['--cmdline', 'a', '--cmdline-file', 'b'], ['--cmdline', 'a', '--running'], ['--cmdline-file', 'a', '--running'], ['--cmdline', 'x' x 65537]) {
	my ($code, $out, $said) = run($imactl, 'doctor', @$arguments);
	my $name = substr "@$arguments", 0, 60;
	ok($code eq $USAGE && $out eq '' && $said =~ /\Aimactl doctor: [^\n]+; see imactl doctor --help\n\z/, "usage: $name") or diag("$code: $out$said");
}
my ($help_status, $help) = run($imactl, 'doctor', '--help');
ok($help_status eq $OK && $help =~ /^usage: imactl doctor.*^example:$/ms, '--help');

# ---- colour, and an output that is full -------------------------------------

my $quoted = "'$imactl' doctor --config '$good_config'";
delete $ENV{NO_COLOR};
SKIP: {
	skip 'no script(1)', 2 unless $ENV{MUST_RUN} || grep { -x "$_/script" } split /:/, $ENV{PATH};
	like((run('script', '-qec', $quoted, '/dev/null'))[1], qr/\e\[32mok/, 'colour on a terminal');
	unlike((run('script', '-qec', "NO_COLOR=1 $quoted", '/dev/null'))[1], qr/\e/, '  and none with NO_COLOR');
}
unlike((run('bash', '-c', $quoted))[1], qr/\e/, 'no colour elsewhere');
is((run('bash', '-c', "$quoted >/dev/full"))[0], $FAILED, 'a full disk is no success');

my $wide = "stty cols 200; '$imactl' doctor --config " . config($base);
my @shown = split /\r?\n/, (run('script', '-qec', $wide, '/dev/null'))[1] =~ s/\e\[[0-9;]*m//gr;
cmp_ok(scalar @shown, '>', 50, 'on a terminal');
is_deeply([grep { length > 100 } @shown], [], '  each line fits 100 columns');
@shown = split /\r?\n/, (run('script', '-qec', $wide =~ s/200/80/r, '/dev/null'))[1] =~ s/\e\[[0-9;]*m//gr;
is_deeply([grep { length > 80 } @shown], [], '  and 80 where there are 80');
is_deeply([grep { /^ok .*(?:unsigned|can weaken|nobody has signed|change the running|replace brings)/ } split /\n/, (run($imactl, 'doctor', '--config', config(\%good)))[1]], [], 'what is ok does not read as an alarm');

# ---- the manual -------------------------------------------------------------

my ($manual) = slurp('man/imactl.1') =~ /^\.Ss doctor\n(.*?)(?=^\.S[hs] |\z)/ms;
SKIP: {
	skip 'man/imactl.1 has no section on doctor', 1 unless $manual;
	my %told = map { $_ => 1 } $manual =~ /^\.It Dv (CONFIG_\w+)/mg;
	is_deeply([sort keys %told], [sort keys %row], 'imactl(1) has a row for each check of the configuration');
}

done_testing();
