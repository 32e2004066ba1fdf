# SPDX-License-Identifier: MIT
# The manifest, and the names and directories of /ima that it protects.
use strict;
use warnings;
use Bed;

accepted 'a manifest made again', 'manifest';
refused 'missing' => 'manifest-missing', 'rm ima/manifest';
refused 'unsigned' => 'file-refused', 'unsign ima/manifest';
refused 'signed by an unknown key' => 'file-refused', 'by stranger sign ima/manifest';
refused 'edited' => 'file-refused', 'sed -i "/extra.der/d" ima/manifest; rm ima/keys/ima/extra.der';
refused 'flipped byte in security.ima' => 'file-refused', 'flip_xattr ima/manifest security.ima';
refused 'flipped byte in security.evm' => 'file-refused', 'flip_xattr ima/manifest security.evm';
refused 'without security.evm' => 'file-refused', 'setfattr -x security.evm ima/manifest';
refused 'given to uid 1000' => 'file-owner', 'chown 1000 ima/manifest';
refused 'a forged one, given to uid 1000' => 'file-owner', 'unsign ima/manifest; manifest_lines >ima/manifest; chown 1000 ima/manifest';
refused 'mode 0666, signed so' => 'file-mode', 'chmod 0666 ima/manifest; sign ima/manifest';
refused 'a symlink' => 'file-type', 'mv ima/manifest etc/moved; ln -s /etc/moved ima/manifest';
refused 'a FIFO' => 'file-type', 'rm ima/manifest; mkfifo ima/manifest';
refused 'a directory' => 'file-type', 'rm ima/manifest; mkdir ima/manifest';
refused 'a device' => 'file-type', 'rm ima/manifest; mknod ima/manifest c 1 5';
refused 'on another file system' => 'file-mount', '', init => '/sbin/mount-over', with => 'MOUNT_OVER=/ima/manifest';
refused 'too large' => 'file-too-large', '{ manifest_lines; head -c 65536 /dev/zero | tr "\0" "\n"; } | content ima/manifest';
refused 'empty, signed so' => 'file-empty', ': | content ima/manifest';
refused 'another signed file in its place' => 'manifest-invalid', 'rm ima/manifest; cp -p ima/policy ima/manifest; sign ima/manifest';

# The form; all of these are signed.
my %form = (
	'another first line' => '1s/1$/2/',
	'no first line' => '1d',
	'CRLF line ends' => 's/$/\r/',
	'an empty line' => '2s/^/\n/',
	'upper-case hex' => '2s/[a-f]/\U&/',
	'an odd number of digits' => '2s/^.//',
	'no digits' => '2s/^[0-9a-f]*//',
	'one blank' => '2s/  / /',
	'three blanks' => '2s/  /   /',
	'a relative path' => '2s|  /|  |',
	'a path with ..' => '2s|  /ima/|  /ima/keys/../|',
	'a path with two slashes' => '2s|  /ima/|  /ima//|',
	'not sorted' => '2{h;d};3{G}',
	'a line twice' => '2p',
	'no line for init' => '\|/ima/init$|d',
	'a byte outside ASCII' => '2s/$/\xc3\xa9/',
	'a trailing blank' => '3s/$/ /',
);
for my $form (sort keys %form) {
	# A name with a blank at its end is a name like any other: not there.
	my $code = $form eq 'a trailing blank' ? 'file-missing' : 'manifest-invalid';
	refused $form => $code, "manifest '$form{$form}'";
}
refused 'no newline at the end' => 'manifest-invalid', 'manifest_lines | head -c -1 | content ima/manifest';
refused 'a NUL byte' => 'manifest-invalid', '{ manifest_lines; printf "\0\n"; } | content ima/manifest';
refused '513 lines' => 'manifest-invalid',
	'{ manifest_lines; for i in $(seq 1000 1510); do echo "0404  /x/$i"; done; } | content ima/manifest';

refused 'a line with a byte less of security.ima' => 'file-differs', "manifest '2s/..  /  /'";
refused 'a line with a byte more of security.ima' => 'file-differs', "manifest '2s/  /00  /'";

# Another release of the same signer.
refused 'the manifest of another release' => 'file-differs', 'other ima/manifest', like => qr{/ima/policy};
refused 'the policy of another release' => 'file-differs', 'other ima/policy', like => qr{/ima/policy};
accepted 'policy and manifest of another release', 'other ima/policy ima/manifest';

# Names.
refused 'two signed files swapped' => 'file-differs', 'conf "# conf"; certificate "$keys/product/x509_ima.der" ima/keys/ima/second.der; manifest; swap ima/keys/ima/second.der ima/keys/ima/extra.der';
refused '  of which one has another limit' => 'file-too-large', 'conf "# conf"; swap ima/init.conf ima/policy';
refused 'two certificates swapped' => 'file-differs',
	'certificate "$keys/product/x509_ima.der" ima/keys/ima/second.der; manifest; swap ima/keys/ima/extra.der ima/keys/ima/second.der';
refused 'a line for a file that is gone' => 'file-missing', 'rm ima/keys/ima/extra.der';
refused 'a file renamed' => 'file-missing', 'mv ima/keys/ima/extra.der ima/keys/ima/other.der';
refused 'a file without a line' => 'file-unlisted', 'cp ima/policy ima/policy2; sign ima/policy2', like => qr{/ima/policy2};
refused 'an unsigned file without a line' => 'file-unlisted', 'printf x >ima/x';
refused 'a stray README' => 'file-unlisted', 'printf "read me\n" >ima/README';
refused 'a name that begins as a canary\'s' => 'file-unlisted', 'printf x >ima/canary2';
refused 'a stray file in a directory that is read in several goes' => 'file-unlisted',
	'for i in $(seq 100 140); do printf x | content "ima/$(printf "a%.0s" $(seq 100))$i"; done; manifest; printf x >ima/zzz',
	fs => 'squashfs', like => qr{/ima/zzz};
refused 'an editor backup' => 'file-unlisted', 'cp ima/policy ima/policy~', like => qr{/ima/policy~};
refused 'a .bak' => 'file-unlisted', 'cp ima/policy ima/policy.bak';
refused 'a hidden file' => 'file-unlisted', 'printf x >ima/keys/.x';
refused 'a file far below' => 'file-unlisted', 'mkdir -p ima/keys/ima/a/b; printf x >ima/keys/ima/a/b/x';
refused 'a symlink without a line' => 'file-unlisted', 'ln -s /etc ima/link';
refused 'a FIFO without a line' => 'file-unlisted', 'mkfifo ima/pipe';
# A file system whose directories do not say what their names stand for.
my %untyped = (make => 'truncate -s 12M "$image"; mke2fs -q -t ext4 -O ^has_journal,^resize_inode,^filetype -b 4096 -N 256 -I 256 -m 0 -d "$tree" "$image"');
accepted 'directories without the types of files', 'mkdir ima/keys/evm', %untyped;
refused 'and a file without a line in one of them' => 'file-unlisted', 'printf x >ima/keys/ima/x', %untyped, like => qr{/ima/keys/ima/x};
refused 'and one of uid 1000' => 'file-owner', 'mkdir ima/keys/evm; chown 1000 ima/keys/evm', %untyped;
refused 'lost+found that is no file system\'s' => 'file-unlisted', 'mkdir ima/lost+found; printf x >ima/lost+found/x';
accepted 'an empty directory', 'mkdir ima/keys/evm';
refused 'directories nine deep' => 'file-unlisted', 'mkdir -p ima/1/2/3/4/5/6/7/8/9';
refused 'a signed and listed file that belongs to no keyring' => 'key-unplaced',
	'certificate ima/keys/ima/extra.der ima/keys/evn/extra.der; manifest', like => qr{keys/evn/extra\.der};
refused 'a certificate in a directory below' => 'key-unplaced',
	'certificate ima/keys/ima/extra.der ima/keys/ima/more/extra.der; manifest', like => qr{ima/more/extra\.der};
refused 'a certificate with another suffix' => 'key-unplaced', 'mv ima/keys/ima/extra.der ima/keys/ima/extra.crt; manifest';
accepted 'a file that means nothing, but signed and listed', 'printf "2026-11\n" | content ima/release; manifest';
refused 'too many certificates' => 'key-too-many',
	'for i in $(seq 10 74); do cp ima/keys/ima/extra.der ima/keys/ima/$i.der; done; sign_ima ima/keys/ima/*.der; for f in ima/keys/ima/*.der; do sign_evm $f; done; manifest';

# The certificates that the kernel loads before anything is checked.
refused 'x509_ima.der deleted' => 'kernel-panic -13', 'rm ima/keys/x509_ima.der';
refused 'x509_ima.der of an untrusted CA' => 'kernel-panic -13', 'cat "$keys/stranger/x509_ima.der" >ima/keys/x509_ima.der';
refused 'x509_ima.der of another key of the CA' => 'kernel-panic -13', 'cat "$keys/extra/x509_ima.der" >ima/keys/x509_ima.der';
refused 'x509_evm.der deleted' => 'evm-x509-missing', 'rm ima/keys/x509_evm.der';
refused 'x509_evm.der of an untrusted CA' => 'evm-x509-missing', 'cat "$keys/stranger/x509_evm.der" >ima/keys/x509_evm.der';
refused 'x509_evm.der of another key of the CA' => 'kernel-panic -13', 'cat "$keys/extra/x509_evm.der" >ima/keys/x509_evm.der';
refused 'x509_ima.der and x509_evm.der swapped' => 'kernel-panic -13', 'swap ima/keys/x509_ima.der ima/keys/x509_evm.der';
refused 'x509_ima.der with a byte added after its end' => qr/^(?:file-refused|kernel-panic -13)$/, 'printf x >>ima/keys/x509_ima.der';

# Directories, and which of them an unprivileged owner could refill.
for my $directory (qw(ima ima/keys ima/keys/ima)) {
	refused "/$directory of uid 1000" => 'file-owner', "chown 1000 $directory", like => qr{/\Q$directory\E belongs};
	refused "/$directory mode 0777" => 'file-mode', "chmod 0777 $directory";
	refused "/$directory mode 1777" => 'file-mode', "chmod 1777 $directory";
	refused "/$directory is a symlink" => 'file-type', "mv $directory etc/moved; ln -s /etc/moved $directory";
	refused "/$directory on another file system" => 'file-mount', '', init => '/sbin/mount-over', with => "MOUNT_OVER=/$directory"
		unless $directory eq 'ima';
}
# mke2fs gives the root directory an owner and a mode of its own.
refused '/ has mode 0777' => 'file-mode', 'chmod 0777 .', fs => 'squashfs';
refused '/ belongs to uid 1000' => 'file-owner', 'chown 1000 .', fs => 'squashfs';
refused '/ima itself on a file system that is not appraised' => qr/^(?!handover)/, '',
	init => '/sbin/mount-over', with => 'MOUNT_OVER=/ima';

# A directory with one name twice, as no file system makes it: the second is linked under another name, which is
# changed where it lies. The kernel finds one of the two, each time the same: that one is compared and used.
my $plain = q{truncate -s 12M "$image"; mke2fs -q -t ext4 -O ^metadata_csum,^has_journal,^resize_inode -b 4096 -N 256 -I 256 -m 0 -d "$tree" "$image"};
sub twice {
	my ($path, $other) = @_;
	my ($directory, $name) = $path =~ m{(.*)/(.*)};
	my $changed = $name =~ s/.$/~/r;
	return sub {
		my ($image) = @_;
		my $said = qx(debugfs -w -R 'link /$other /$directory/$changed' '$image' 2>&1);
		open my $file, '+<:raw', $image or die "$image: $!";
		my $bytes = do { local $/ = undef; <$file> };
		(my $entry = $bytes) =~ s/\Q$changed\E/$name/g or die "$path: $said";
		seek $file, 0, 0;
		print {$file} $entry;
		close $file or die "$image: $!";
		my $listed = qx(debugfs -R 'ls -p /$directory' '$image' 2>/dev/null);
		die "$path is not there twice: $listed" if (() = $listed =~ m{/\Q$name\E/}g) != 2;
	};
}
for my $path (qw(ima/policy ima/keys/kmk ima/init.conf)) {
	my @made = (make => $plain, payload => { 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES' });
	accepted "$path twice: the second is an unsigned file", q{conf 'policy = required'}, @made, forge => twice($path, 'bin/unsigned');
	accepted "$path twice: the second is another signed file", q{conf 'policy = required'}, @made, forge => twice($path, 'sbin/helper');
}

finish;
