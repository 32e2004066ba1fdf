# SPDX-License-Identifier: MIT
# Answer (b) to a forged /ima/init: the kernel sets up dm-verity for the root by
# words of a command line that is trusted, without an initramfs. What is written
# to the disk afterwards is not read.
use strict;
use warnings;
use Bed;

my @verity = (verity => 1, ro => 1, kernel => 'dm-verity');
# COMMAND of debugfs, on the image behind its hash tree
sub debugfs { my ($command) = @_; return sub { my ($image) = @_; system("/sbin/debugfs -w -R '$command' '$image' >/dev/null 2>&1") == 0 or die "debugfs $command\n" } }
# One byte of the image, where a text is
sub changed_at {
	my ($text) = @_;
	return sub {
		my ($image) = @_;
		open my $disk, '+<:raw', $image or die "$image: $!";
		local $/ = undef;
		my $at = index scalar(<$disk>), $text;
		die "no such text: $text\n" if $at < 0;
		seek $disk, $at, 0 or die $!;
		print {$disk} 'x';
		close $disk or die $!;
	};
}

accepted 'a root under dm-verity', '', @verity, payload => { pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', mount => qr{ / (?:/ ro.* - ext4 /dev/root|/dev )} };
accepted 'an erofs', '', @verity, fs => 'erofs', payload => { evm => 3 };
# The whole disk is verified: nothing that is written to it is read.
my $stopped = qr/^(?:kernel-panic -(?:5|13)|panic)$/;
my @seen = (like => qr/device-mapper: verity: \S+: (?:data|metadata) block \d+ is corrupted/);
refused 'THE HOLE IS CLOSED: /ima/init given to uid 1000' => $stopped, '', @verity, @seen, forge => debugfs('set_inode_field /ima/init uid 1000');
refused 'a signature taken away' => $stopped, '', @verity, @seen, forge => debugfs('ea_rm /ima/init security.ima');
accepted 'a root whose policy has a mark', 'printf "# A MARK\n" >>ima/policy; sign ima/policy; manifest', @verity;
refused '  and that mark changed' => qr/^file-(?:unreadable|refused|differs)$/, 'printf "# A MARK\n" >>ima/policy; sign ima/policy; manifest', @verity, @seen, forge => changed_at("# A MARK\n");
refused 'a byte of the hash tree' => $stopped, '', @verity, @seen, forge => sub { my ($image) = @_; open my $hash, '+<:raw', "$image.hash" or die $!; print {$hash} 'x' x 4096; close $hash };
refused 'another root hash' => $stopped, '', @verity, @seen, forge => sub { my ($image) = @_; system("veritysetup format --no-superblock --data-block-size=4096 --hash-block-size=4096 --salt=11 '$image' '$image.hash' >/dev/null 2>&1") == 0 or die };
refused 'no hash tree' => 'panic', '', @verity, forge => sub { my ($image) = @_; truncate "$image.hash", 0 or die $! };

finish;
