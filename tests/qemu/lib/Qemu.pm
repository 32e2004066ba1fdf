# SPDX-License-Identifier: MIT
# A machine of QEMU's, without KVM: firmware, disks, a TPM; its serial console is
# what comes of it.
#
#   my $boot = run_qemu(kernel => ..., append => ..., log => ...);
#   $boot->{text}     what the serial console said, without carriage returns
#   $boot->{ended}    "end" (powered off, reset, or a panic with panic=-1), "until"
#                     (the pattern was there), "hung" (killed at the time limit)
#   $boot->{command}  what was run
#
# Options:
#   machine   'arm64' or 'arm': the machine `virt` of that architecture; a PC unless told
#   log       the file that the console goes to, below a command line that repeats the boot
#   kernel, initrd, append   as -kernel, -initrd, -append; or firmware boots a disk
#   firmware  'secure' (it has Secure Boot, and SMM keeps its variables) or 'plain'
#   vars      the firmware's variables, a file that this boot gets a copy of
#             (default: none are set, and Secure Boot is off)
#   disks     images, of virtio disks in this order
#   tpm       the directory of a TPM's state, of which this boot gets a copy; true but
#             no directory: a new one
#   memory    megabytes (default: 256)
#   until     a pattern; the boot is at its end as soon as the console has it
#   seconds   the time limit (default: 120; nothing else decides by it)
#   more      further options of QEMU
#   directory for what exists during the boot only; absolute
package Qemu;
use strict;
use warnings;
use Exporter qw(import);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use IO::Select;
use POSIX qw(setpgid);
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(run_qemu make_tpm scratch);

my $OVMF = '/usr/share/OVMF';
my %CODE = (secure => 'OVMF_CODE_4M.secboot.fd', plain => 'OVMF_CODE_4M.fd');
my $NO_KEYS = "$OVMF/OVMF_VARS_4M.fd";

# Every process is a group of its own, killed as such.
my %groups;
my @scratch;

sub end_group {
	my ($group) = @_;
	kill 'KILL', -$group;
	waitpid $group, 0;
	delete $groups{$group};
	return;
}

sub end_all { end_group($_) for keys %groups; return }

# Machines must not outlive an interrupted prove; a handler that is there already goes on.
for my $signal (qw(INT TERM HUP PIPE)) {
	my $before = $SIG{$signal};
	$SIG{$signal} = sub {
		end_all();
		remove_tree(@scratch);
		$before->(@_) if ref $before;
		$SIG{$signal} = 'DEFAULT';
		kill $signal, $$;
	};
}
END { my $status = $?; end_all(); remove_tree(@scratch); $? = $status; }

# A directory of this program's; where a killed one leaves it, the next bed takes it away.
sub scratch {
	my ($name) = @_;
	my $directory = abs_path(dirname(__FILE__) . '/../../..') . "/build/boot/tmp/$name-$$-0";
	make_path($directory, { mode => 0700 });
	push @scratch, $directory;
	return $directory;
}

# Starts a program; what it says goes to the handle.
sub start {
	my ($to, @command) = @_;
	my $child = fork // die "fork: $!";
	if (!$child) {
		setpgid(0, 0);
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
		open STDIN, '<', '/dev/null';
		open STDOUT, '>&', $to;
		open STDERR, '>&', $to;
		no warnings 'exec';
		# setpriv: gone with this program, even if that is killed.
		exec 'setpriv', '--pdeathsig', 'KILL', 'prlimit', '--core=0', @command;
		POSIX::_exit(127);
	}
	setpgid($child, $child);
	$groups{$child} = 1;
	return $child;
}

sub wait_for_socket {
	my ($socket, $process, $log) = @_;
	my $end = time + 20;
	until (-S $socket) {
		die "swtpm did not start, see $log\n" if time > $end || waitpid($process, POSIX::WNOHANG()) > 0;
		sleep 0.01;
	}
	return;
}

# A TPM with a copy of the state; the words for qemu, and the process.
sub start_tpm {
	my ($state, $directory) = @_;
	my $copy = "$directory/tpm";
	make_path($copy);
	if (-d $state) {
		-f and (copy($_, $copy) or die "$_: $!") for glob "'$state'/*.permall";
	}
	my $socket = "$copy/socket";
	# A path that is too long would be cut, and the boot would wait for it.
	die "the path of the TPM's socket is too long: $socket\n" if length $socket > 107;
	open my $said, '>', "$copy/log" or die "$copy/log: $!";
	my $process = start($said, 'swtpm', 'socket', '--tpm2', '--tpmstate', "dir=$copy", '--ctrl', "type=unixio,path=$socket",
		'--terminate', '--flags', 'not-need-init,startup-clear');
	wait_for_socket($socket, $process, "$copy/log");
	return ($process, '-chardev', "socket,id=tpm,path=$socket", '-tpmdev', 'emulator,id=tpm,chardev=tpm', '-device', 'tpm-crb,tpmdev=tpm');
}

# A new TPM's state in a directory, with a storage key at each of the handles.
sub make_tpm {
	my ($state, @handles) = @_;
	make_path($state);
	my $socket = "$state/socket";
	open my $said, '>', "$state/log" or die "$state/log: $!";
	my $process = start($said, 'swtpm', 'socket', '--tpm2', '--tpmstate', "dir=$state", '--server', "type=unixio,path=$socket",
		'--ctrl', "type=unixio,path=$socket.ctrl", '--flags', 'not-need-init,startup-clear');
	wait_for_socket("$socket.ctrl", $process, "$state/log");
	local $ENV{TPM2TOOLS_TCTI} = "swtpm:path=$socket";
	for my $handle (@handles) {
		for my $command (['tpm2_createprimary', '-Q', '-C', 'o', '-c', "$state/key"], ['tpm2_evictcontrol', '-Q', '-C', 'o', '-c', "$state/key", $handle], ['tpm2_flushcontext', '-Q', '-t']) {
			my $child = start($said, 'timeout', '30', @$command);
			waitpid $child, 0;
			delete $groups{$child};
			die "@$command: see $state/log\n" if $? != 0;
		}
	}
	end_group($process);
	unlink $socket, "$socket.ctrl";
	return $state;
}

sub firmware {
	my ($option, $directory) = @_;
	my $name = $option->{firmware} or return;
	my $vars = "$directory/vars.fd";
	copy($option->{vars} // $NO_KEYS, $vars) or die "$vars: $!";
	return (
		$name eq 'secure' ? ('-global', 'driver=cfi.pflash01,property=secure,value=on') : (),
		'-drive', "if=pflash,unit=0,format=raw,readonly=on,file=$OVMF/$CODE{$name}",
		'-drive', "if=pflash,unit=1,format=raw,file=$vars");
}

# The program, the machine, and the kind of its disks.
sub machine {
	my ($option) = @_;
	my $smm = ($option->{firmware} // '') eq 'secure' ? 'on' : 'off';
	my %known = (
		pc => ['virtio-blk-pci', 'qemu-system-x86_64', '-M', "q35,accel=tcg,smm=$smm", '-cpu', 'max'],
		arm64 => ['virtio-blk-device', 'qemu-system-aarch64', '-M', 'virt,accel=tcg', '-cpu', 'cortex-a57'],
		arm => ['virtio-blk-device', 'qemu-system-arm', '-M', 'virt,accel=tcg,highmem=off', '-cpu', 'cortex-a15'],
	);
	return @{$known{$option->{machine} // 'pc'}};
}

sub command {
	my ($option, $directory) = @_;
	my ($kind, @machine) = machine($option);
	my $disk = 0;
	return (
		@machine, '-m', $option->{memory} // 256,
		'-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot',
		firmware($option, $directory),
		(map { my $name = 'disk' . $disk++; ('-drive', "if=none,id=$name,format=raw,file=$_", '-device', "$kind,drive=$name") } @{$option->{disks} // []}),
		(map { defined $option->{$_} ? ("-$_", $option->{$_}) : () } qw(kernel initrd append)),
		@{$option->{more} // []});
}

sub run_qemu {
	my (%option) = @_;
	my $directory = $option{directory} or die 'no directory for the boot';
	make_path($directory);
	my ($tpm, @tpm) = $option{tpm} ? start_tpm($option{tpm}, $directory) : ();
	my @command = (command(\%option, $directory), @tpm);
	my %result = (text => '', ended => 'end', command => join ' ', map { /[^\w\/.,=:-]/ ? "'" . s/'/'\\''/gr . "'" : $_ } @command);
	open my $log, '>', $option{log} or die "$option{log}: $!";
	print {$log} "$result{command}\n";

	pipe my $from, my $to or die "pipe: $!";
	my $end = time + ($option{seconds} // 120);
	my $machine = start($to, @command);
	close $to;
	my $select = IO::Select->new($from);
	while (1) {
		my $left = $end - time;
		if ($left <= 0) { $result{ended} = 'hung'; last }
		next unless $select->can_read($left);
		last unless sysread $from, my $part, 65536;
		$part =~ s/\r//g;
		syswrite $log, $part;
		$result{text} .= $part;
		if ($option{until} && $result{text} =~ $option{until}) { $result{ended} = 'until'; last }
	}
	end_group($_) for grep { defined } $machine, $tpm;
	return \%result;
}

1;
