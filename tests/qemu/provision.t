# SPDX-License-Identifier: MIT
# Keys that the device makes itself: imactl provision on one boot, EVM with HMACs on the next;
# and what must not stand for them.
use strict;
use warnings;
use Bed qw(accepted refused case finish);
use File::Copy qw(copy);
use Qemu qw(run_qemu make_tpm scratch);

my $HANDLE = '0x81000001';
my $work = scratch('provision');
my $kernel = "$ENV{TEST_KERNEL_DIR}/linux-qemu";
my $tpm = make_tpm("$work/tpm", $HANDLE);
my $other = make_tpm("$work/other", $HANDLE);

# Boots the image once for each of the options in `boots`; the last counts, of those before it
# each line is kept with "before: " ahead. The firmware keeps its variables from one to the next.
sub machine {
	my ($boot) = @_;
	my ($option, $before, $result) = ($boot->{option}, '');
	my @boots = @{$option->{boots} // [{}]};
	my $vars = $option->{vars};
	for my $number (0 .. $#boots) {
		my %one = (tpm => $tpm, init => $option->{init} // '/ima/init', %{$boots[$number]});
		my $directory = "$boot->{directory}/machine$number";
		$result = run_qemu(
			log => $boot->{log}, directory => $directory, kernel => $kernel, disks => [$boot->{image}], tpm => $one{tpm}, memory => 512,
			($option->{efi} ? (firmware => 'plain', (defined $vars ? (vars => $vars) : ())) : ()),
			append => "console=ttyS0 root=/dev/vda rw init=$one{init} ima_policy=appraise_tcb ima_appraise=enforce panic=-1");
		copy($vars = "$directory/vars.fd", "$work/vars") or die "$vars: $!" if $option->{efi};
		$vars = "$work/vars" if $option->{efi};
		$before .= join '', map { "before: $_\n" } split /\n/, $result->{text} if $number < $#boots;
	}
	$result->{text} = $before . $result->{text};
	return $result;
}

my %with = (machine => \&machine, verify_not => 1);
my %big = (make => '"$top/build/imactl" pack --quiet --force --format ext4 --size 96M -o "$image" "$tree"');
my $KEYS = 'etc/ima-init/device/keys';

# An image without kmk and evm-key, init.conf with these lines besides.
sub image { my (@lines) = @_; return 'rm ima/keys/kmk ima/keys/evm-key; conf ' . join ' ', map { qq("$_") } "kmk = trusted keyhandle=$HANDLE", @lines }
# The same with imactl, and how often it is run: 0 as it is, 1 with --force, 2 with --print-policy.
sub provisions { my ($forms, @lines) = @_; return 'with_imactl; mkdir -p sys proc; echo ' . $forms . ' >provision; chown 1000 provision; ' . image(@lines) }

# ---- made ----

my $text;
sub made { my ($result) = @_; return unless $result; ($text) = $result->{text} =~ /payload: device-keys=(.*)/; return $result }
my @twice = (boots => [{}, {}]);
my $hmac = qr/^(?!before).*ima-init: handing over: .* evm=3 kmk=trusted /m;
my $first = qr/^before: .*ima-init: device-keys: none yet/m;
my $result = made(accepted 'a file: made on one boot, loaded on the next', provisions(0, 'device-keys = root', 'provision = yes'), %with, %big, @twice,
	payload => { evm => 3, 'exec-unsigned' => 'EACCES', 'device-keys-file' => '100400 65534:0', provision => 1 },
	like => [$first, $hmac, qr/^before: .*ima-init: handing over: .* evm=2 kmk=none /m, qr/^before: payload: provision=0$/m]);
my $keys = $text;

accepted '  a policy of PCRs', provisions(0, 'kmk-pcrs = 7 23', 'device-keys = root', 'provision = yes'), %with, %big, @twice, payload => { evm => 3 }, like => [$first, $hmac];
accepted '  with --force others', provisions('01', 'device-keys = root', 'provision = yes'), %with, %big, @twice, payload => { evm => 3 }, like => [$hmac, qr/^before: payload: provision=0\nbefore: .*\n?.*provision=0$/m];
accepted '  twice refused, and --print-policy', provisions('002', 'kmk-pcrs = 7', 'device-keys = root', 'provision = yes'), %with, %big,
	payload => { evm => 2 }, like => [qr/payload: provision=0\n.*the keys are there.*\npayload: provision=1\n[0-9a-f]{64}\npayload: provision=0\n/];
accepted '  not where init.conf does not allow it', provisions(0, 'evm = x509'), %with, %big, payload => { evm => 2, provision => 1 }, like => qr/init\.conf: provision: evm is not hmac/;
accepted 'a variable: made on one boot, loaded on the next', provisions(0, 'device-keys = efivarfs', 'provision = yes'), %with, %big, @twice, efi => 1,
	payload => { evm => 3, 'exec-unsigned' => 'EACCES', provision => 1 }, like => [$first, $hmac, qr/^before: payload: provision=0$/m];
refused '  its PCRs are others on the next' => 'pcrs-differ', provisions(0, 'kmk-pcrs = 23', 'device-keys = efivarfs', 'provision = yes'), %with, %big, efi => 1,
	boots => [{}, { init => '/sbin/extend PCR=23' }], like => qr/^before: payload: provision=0$/m;
refused '  another TPM on the next' => 'kmk-refused', provisions(0, 'device-keys = root', 'provision = yes'), %with, %big, boots => [{}, { tpm => $other }];
refused '  no TPM on the next' => 'kmk-refused', provisions(0, 'device-keys = root', 'provision = yes'), %with, %big, boots => [{}, { tpm => undef }];

# ---- as made, and not ----

die "no keys\n" unless $keys || $ENV{ONLY};
my ($kmk, $evm_key) = split /\|/, $keys // '|';
my @root = ('device-keys = root');
# The file with that content, mode and owner; a change of it.
sub file {
	my ($content, %change) = @_;
	return 'mkdir -p etc/ima-init/device; chmod 755 etc/ima-init; chmod 700 etc/ima-init/device; printf "' . $content . qq(" >$KEYS; chmod ) . ($change{mode} // '400') . " $KEYS; chown "
		. ($change{owner} // '65534:0') . " $KEYS; " . ($change{then} // ':') . '; ' . image($change{conf} ? @{$change{conf}} : @root);
}
my $good = "$kmk\\n$evm_key\\n";
my ($altered) = map { substr($_, 0, -1) . (substr($_, -1) eq '0' ? '1' : '0') } $kmk;
accepted 'a file as it was made', file($good), %with, payload => { evm => 3 };
accepted '  and provision = yes', file($good, conf => [@root, 'provision = yes']), %with, payload => { evm => 3 };
refused 'none' => 'device-keys-missing', image(@root), %with;
accepted '  and provision = yes: without HMACs', image(@root, 'provision = yes'), %with, payload => { evm => 2, 'evm-write-0' => 'EPERM', 'exec-unsigned' => 'EACCES' };
refused '  and then no certificate of EVM' => qr/^(?!handover)/, image(@root, 'provision = yes') =~ s/conf/rm ima\/keys\/x509_evm.der; conf/r, %with;
for my $case (['one line', "$kmk\\n"], ['three lines', "${good}x\\n"], ['nothing', ''], ['no newline at the end', "$kmk\\n$evm_key"],
	['a blob that is not hexadecimal', "${kmk}x\\n$evm_key\\n"], ['the evm-key of a user key', "$kmk\\n" . $evm_key =~ s/trusted/user/r . '\\n'], ['the two the other way round', "$evm_key\\n$kmk\\n"],
	['a NUL byte', "$kmk\\\\000\\n$evm_key\\n"]) {
	my ($name, $content) = @$case;
	refused $name => $content eq '' ? 'file-empty' : 'device-keys-invalid', file($content), %with;
}
refused '  also with provision = yes' => 'device-keys-invalid', file("$kmk\\n", conf => [@root, 'provision = yes']), %with;
refused 'more than 4096 bytes' => 'file-too-large', file("$good%04096d"), %with;
refused 'of another uid' => 'device-keys-invalid', file($good, owner => '1000:0'), %with;
refused 'mode 0600' => 'device-keys-invalid', file($good, mode => '600'), %with;
refused 'mode 0440' => 'device-keys-invalid', file($good, mode => '440'), %with;
refused 'a symlink' => 'file-type', file($good, then => "mv $KEYS etc/keys; ln -s /etc/keys $KEYS"), %with;
refused 'a directory' => 'file-type', file($good, then => "rm $KEYS; mkdir $KEYS"), %with;
refused 'its directory is a symlink' => 'file-type', file($good, then => 'mv etc/ima-init/device etc/there; ln -s ../there etc/ima-init/device'), %with;
refused 'its directory is another\'s' => 'file-owner', file($good, then => 'chown 65534 etc/ima-init/device'), %with;
refused 'others may write to its directory' => 'file-mode', file($good, then => 'chmod 777 etc/ima-init/device'), %with;
refused 'a byte of kmk is another' => 'kmk-refused', file("$altered\\n$evm_key\\n"), %with;
refused 'a byte of evm-key is another' => 'evm-key-refused', file("$kmk\\n" . substr($evm_key, 0, -1) . (substr($evm_key, -1) eq '0' ? '1' : '0') . '\\n'), %with;
refused 'on another device' => 'kmk-refused', file($good), %with, boots => [{ tpm => $other }];
refused 'and kmk below /ima' => 'conf-invalid', file($good) =~ s/rm ima\/keys\/kmk ima/rm ima/r, %with;
refused 'and kmk = user' => 'conf-invalid', file($good) =~ s/trusted keyhandle=\w+/user/r, %with;
refused 'and evm = x509' => 'conf-invalid', file($good, conf => [@root, 'evm = x509']), %with;
refused 'provision = yes, and no device-keys' => 'conf-invalid', image('provision = yes'), %with;

# Those of the firmware.
my @variable = (efi => 1, boots => [{ init => '/sbin/set-variable' }]);
sub variable { my ($content, @lines) = @_; return 'printf "' . $content . '" >variable; chown 1000 variable; ' . image('device-keys = efivarfs', @lines) }
accepted 'a variable as it was made', variable("\\007\\000\\000\\000$good"), %with, @variable, payload => { evm => 3 };
refused '  cut off' => 'device-keys-invalid', variable("\\007\\000\\000\\000$kmk\\n"), %with, @variable;
refused '  of another device' => 'kmk-refused', variable("\\007\\000\\000\\000$good"), %with, efi => 1, boots => [{ tpm => $other, init => '/sbin/set-variable' }];
refused '  not there' => 'device-keys-missing', image('device-keys = efivarfs'), %with, efi => 1;
refused '  no firmware that has any' => 'device-keys-invalid', image('device-keys = efivarfs', 'provision = yes'), %with;

finish;
