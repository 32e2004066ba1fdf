# SPDX-License-Identifier: MIT
# Images by imactl pack, judged by the kernel: of a tree whose attributes are set,
# and of one that an ordinary user has signed into a sidecar.
use strict;
use warnings;
use Bed;

# The tree as a user has it, outside of fakeroot: no attribute, no owner but the
# user. What is not below /ima is signed too, as root's.
my $sidecar = <<'END';
rm -f bin/unsigned-other
find . -type f -exec chmod u+rw {} +
user() { env -u LD_PRELOAD -u FAKEROOTKEY "$@"; }
sign_with=(--quiet --owner 0:0 --sidecar "$tree.sidecar" --key "$keys/product/ima.key" --evm-key "$keys/product/evm.key")
user "$top/build/imactl" sign "${sign_with[@]}" .
user "$top/build/imactl" sign "${sign_with[@]}" --system --all --cert ima/keys/x509_ima.der --evm-cert ima/keys/x509_evm.der .
perl -0 -pi -e 's{# file: bin/unsigned\n.*?\n\n}{}s' "$tree.sidecar"
END
my $from_sidecar = 'user "$top/build/imactl" pack --quiet --format "$fs" --sidecar "$tree.sidecar" --owner 0:0 -o "$image" "$tree"';
my $from_tree = '"$top/build/imactl" pack --quiet --format "$fs" -o "$image" "$tree"';
my %runs = (payload => { evm => 3, 'exec-unsigned' => 'EACCES' });

for my $fs (qw(ext4 erofs squashfs)) {
	my @image = (fs => $fs, ro => $fs ne 'ext4', make => $from_tree);
	accepted "$fs", 'true', @image, %runs;
	refused "$fs, an altered file" => 'file-refused', 'flip ima/policy', @image;
	refused "$fs, an unsigned next init" => 'handover-refused', 'unsign sbin/init', @image;
	refused "$fs, another owner" => 'file-owner', 'chown 1000 sbin/init', @image;
	refused "$fs, another group" => 'handover-refused', 'chgrp 7 sbin/init', @image;
	refused "$fs, another mode" => 'file-refused', 'chmod 600 ima/policy', @image;
}

for my $fs (qw(ext4 squashfs)) {
	my @image = (fs => $fs, ro => $fs ne 'ext4', make => $from_sidecar, verify_not => 1);
	accepted "$fs from a sidecar", $sidecar, @image, %runs;
	refused "$fs from a sidecar, without the line of a file of /ima" => 'file-refused',
		$sidecar . q{perl -0 -pi -e 's{# file: ima/policy\n.*?\n\n}{}s' "$tree.sidecar"}, @image;
	refused "$fs from a sidecar, without the line of the next init" => 'handover-refused',
		$sidecar . q{perl -0 -pi -e 's{# file: sbin/init\n.*?\n\n}{}s' "$tree.sidecar"}, @image;
	refused "$fs from a sidecar, an altered file" => 'file-refused', $sidecar . 'flip ima/policy', @image;
	refused "$fs from a sidecar, another owner" => 'file-owner', $sidecar, @image,
		make => $from_sidecar =~ s/--owner 0:0/--owner 5:5/r;
	refused "$fs from a sidecar, another group" => 'kernel-panic -13', $sidecar, @image,
		make => $from_sidecar =~ s/--owner 0:0/--owner 0:7/r;
}

# Of the tree of somebody with another umask, who is told what the image is to have.
my $table = $sidecar =~ s/^sign_with=\(/chmod 600 sbin\/init ima\/policy; chmod 700 sbin ima; cat >"\$tree.table" <<TABLE
\/sbin d 755 0 0 - - - - -
\/sbin\/init f 4755 0 0
\/ima d 755 0 0
\/ima\/policy f 644 0 0
TABLE
sign_with=(--permissions "\$tree.table" /mr;
my $from_table = $from_sidecar =~ s/pack /pack --permissions "\$tree.table" /r;
for my $fs (qw(ext4 squashfs)) {
	my @image = (fs => $fs, ro => $fs ne 'ext4', verify_not => 1);
	accepted "$fs with other permissions than the tree", $table, @image, make => $from_table, %runs;
	refused "  and without them" => 'next-init-unfit', $table . 'sed -i /init/d "$tree.table"', @image, make => $from_table;
	refused "  and with others" => 'handover-refused', $table . 'sed -i s/4755/755/ "$tree.table"', @image, make => $from_table;
	refused "  and with another owner" => 'file-owner', $table . 'sed -i "s/4755 0/4755 5/" "$tree.table"', @image, make => $from_table;
}

# The kernel copies it into /dev/ram0.
my $initrd = $from_tree =~ s/"\$fs"/initrd/r;
my @ram = (fs => 'squashfs', ro => 1, make => $initrd, root => 'ram0', with => 'ramdisk_size=65536');
accepted 'an initrd', 'true', @ram, %runs;
refused 'an initrd, an altered file' => 'file-refused', 'flip ima/policy', @ram;
accepted 'an initrd from a sidecar', $sidecar, @ram, make => $from_sidecar =~ s/"\$fs"/initrd/r, verify_not => 1, %runs;

my $initrd_ext4 = $initrd =~ s/initrd/initrd-ext4/r;
my @ram_ext4 = (@ram, fs => 'ext4', make => $initrd_ext4);
accepted 'an initrd with ext4', 'true', @ram_ext4, %runs;
accepted '  that can be written to', 'true', @ram_ext4, ro => 0, payload => { mount => qr{ / (?:/ rw.* - ext4 /dev/root|/dev )} };
accepted '  from a sidecar', $sidecar, @ram_ext4, make => $from_sidecar =~ s/"\$fs"/initrd-ext4/r, verify_not => 1, %runs;
refused '  an altered file' => 'file-refused', 'flip ima/policy', @ram_ext4;
refused '  another owner' => 'file-owner', 'chown 1000 sbin/init', @ram_ext4;

# A disk with a partition table.
for my $fs (qw(ext4 erofs squashfs)) {
	my @disk = (fs => $fs, ro => $fs ne 'ext4', make => $from_tree =~ s/pack/pack --disk/r, root => 'ubda1');
	accepted "a disk with $fs", 'true', @disk, %runs;
	refused "a disk with $fs, an altered file" => 'file-refused', 'flip ima/policy', @disk;
}

finish;
