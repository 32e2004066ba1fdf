#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Images and archives by imactl pack, of trees signed into attributes (under
# fakeroot) and into a sidecar (as a user); what is in them is asked of other
# programs than imactl. Then what is refused, and that nothing is left of it.
use strict;
use warnings;
use Command;
use Test::More;

become_user();
delete $ENV{SOURCE_DATE_EPOCH};

works('keys', '"$imactl" keygen --profiles profiles keys --type p256');

my $root = <<'END';
# Not under fakeroot.
user() { env -u LD_PRELOAD -u FAKEROOTKEY "$@"; }
umask 022
D=$(mktemp -d "$work/case.XXXXXX")
R=$D/root S=$D/root.sidecar I=$D/image
mkdir -p "$R/ima/keys" "$R/sbin" "$R/etc/empty"
install -m 755 build/ima-init "$R/ima/init"
install -m 755 build/ima-init "$R/sbin/init"
install -m 644 policy/appraise-signed "$R/ima/policy"
install -m 644 keys/x509_*.der "$R/ima/keys"
printf 'name\n' >"$R/etc/hostname"
ln "$R/sbin/init" "$R/sbin/link"
ln -s ../sbin/init "$R/etc/short"
ln -s "$(printf 'x%.0s' $(seq 200))" "$R/etc/long"
keys=(--key keys/ima.key --evm-key keys/evm.key)
sign() { "$imactl" sign --quiet "${keys[@]}" "$@" "$R"; }
pack() { "$imactl" pack --quiet --format "$F" -o "$I" "$@" "$R"; }
user_sign() { user "$imactl" sign --quiet --owner 0:0 "${keys[@]}" "$@" "$R"; }
# For mkfs.erofs the attributes must be there, if only under fakeroot.
user_pack() { if [ $F = erofs ]; then "$imactl" apply --quiet --sidecar "$S" "$R" && pack "$@"; return; fi
	user "$imactl" pack --quiet --format "$F" --sidecar "$S" --owner 0:0 -o "$I" "$@" "$R"; }
aside() { mv "$I" "$I.1" && rm -f "$I.sidecar"; }
# Nothing but the tree and what the test itself has put beside it.
left() { (cd "$D" && find . -mindepth 1 -maxdepth 1 | sort | tr '\n' ' '); }
# What another program says of a file in the image: mode, owner, links, both attributes.
says_ext4() {
	debugfs -R "stat \"/$1\"" "$I" 2>/dev/null | sed -n 's/^.*Mode: *\([0-7]*\).*/\1/p; s/^User: *\([0-9]*\) *Group: *\([0-9]*\).*/\1 \2/p; s/^Links: \([0-9]*\).*/\1/p' | tr '\n' ' '
	for n in ima evm; do debugfs -R "ea_get -x \"/$1\" security.$n" "$I" 2>/dev/null | sed 's/.*= //' | tr -d ' \n'; printf ' '; done
}
content_ext4() { debugfs -R "cat \"/$1\"" "$I" 2>/dev/null; }
check_ext4() { e2fsck -fn "$I" >/dev/null 2>&1; }
# Unpacked by others, under fakeroot: GNU tar, and mksquashfs's own twin.
unpack() { [ -n "${U:-}" ] && return; U=$(mktemp -d "$work/unpacked.XXXXXX"); "unpack_$F" >/dev/null 2>&1; }
unpack_tar() { tar -C "$U" --xattrs --xattrs-include='*' --numeric-owner -xpf "$I"; }
unpack_squashfs() { unsquashfs -f -d "$U" -xattrs "$I"; }
listed_tar() { tar --numeric-owner -tvf "$I"; }
listed_squashfs() { unsquashfs -lln "$I"; }
says_unpacked() { unpack; stat -c '0%a %u %g %h ' "$U/$1" | tr -d '\n'
	for n in ima evm; do getfattr --absolute-names --only-values -n security.$n "$U/$1" 2>/dev/null | od -An -v -tx1 | tr -d ' \n'; printf ' '; done; }
says_tar() { says_unpacked "$1"; }
says_squashfs() { says_unpacked "$1"; }
content_tar() { cat "$U/$1"; }
content_squashfs() { cat "$U/$1"; }
unpack_cpio() { (cd "$U" && cpio -idm --quiet <"$I" && setfattr --restore="$I.sidecar"); }
listed_cpio() { cpio -itv --quiet <"$I"; }
says_cpio() { says_unpacked "$1"; }
content_cpio() { cat "$U/$1"; }
check_cpio() { cpio -it --quiet <"$I" >/dev/null; }
# dump.erofs prints no special bits. Nobody but the kernel prints attributes of erofs: they are looked for among its bytes.
unpack_erofs() { fsck.erofs --extract="$U" --no-preserve --overwrite "$I"; }
says_erofs() {
	dump.erofs --path="/$1" "$I" 2>/dev/null | perl -ne '$l = $1 if /Links: (\d+)/; print sprintf("0%o", oct $3), " $1 $2 $l " if /Uid: (\d+) +Gid: (\d+) +Access: (\d+)/'
	should "$1" x x | cut -d' ' -f5- | tr ' ' '\n' | perl -e 'open I, "<:raw", shift; local $/; my $i = <I>; print index($i, pack("H*", $_)) >= 0 ? $_ : "no such bytes", " " for split /\n/, <STDIN>' "$I"; printf ' '
}
content_erofs() { cat "$U/$1"; }
check_erofs() { fsck.erofs "$I" >/dev/null; }
check_tar() { tar -tf "$I" >/dev/null; }
check_squashfs() { unsquashfs -s "$I" >/dev/null; }
# The same of the tree, its owner as given.
should() { printf '0%o %s %s %s ' "$((8#$(stat -c %a "$R/$1") & $([ "$F" = erofs ] && echo 0777 || echo 07777)))" "$2" "$3" "$(stat -c %h "$R/$1")"
	if [ -e "$S" ]; then
		perl -00 -ne 'BEGIN { $f = shift @ARGV } print "$1 $2 " if /\A# file: \Q$f\E\nsecurity.ima=0x(.*)\n(?:security.evm=0x(.*)\n)?/' "$1" "$S"
	else
		for n in ima evm; do getfattr --absolute-names --only-values -n security.$n "$R/$1" 2>/dev/null | od -An -v -tx1 | tr -d ' \n'; printf ' '; done
	fi; }
agrees() { case $F in tar|squashfs|cpio|erofs) unpack;; esac; diff <(should "$@" | sed "s/ *$//") <("says_$F" "$1" | sed "s/ *$//") && cmp "$R/$1" <("content_$F" "$1"); }

END

my @formats = qw(ext4 erofs squashfs tar cpio);
for my $format (@formats) {
	my $begin = "$root F=$format;";
	# A name of 255 bytes is too long for one of the tools.
	my $longest = $format eq 'erofs' ? 254 : 255;
	my $image = $format eq 'cpio' ? '\./image \./image.sidecar' : '\./image';
	works("$format: what root has signed", "$begin sign && sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der && pack && check_$format &&
		agrees ima/init 0 0 && agrees ima/policy 0 0 && agrees sbin/init 0 0 && agrees ima/canary-exec 1000 1000 && agrees etc/hostname 0 0; left", qr{\A$image \./root \z});
	works("$format: what a user has signed", "$begin user_sign && user_pack && check_$format && for f in init policy keys/x509_ima.der manifest; do agrees ima/\$f 0 0; done;
		agrees ima/canary-exec 1000 1000; left", qr{\A$image \./root \./root.sidecar \z});
	works("  with --system, hard links too", "$begin user_sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der && user_pack && agrees sbin/init 0 0 || agrees sbin/link 0 0", qr/\A\z/);
	works("  for another owner", "$begin user \"\$imactl\" sign --quiet --owner 70000:5 --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der \"\${keys[\@]}\" \"\$R\" && user_pack --owner 70000:5 && agrees etc/hostname 70000 5", qr/\A\z/) if $format ne 'erofs';
	# mkfs.erofs writes attributes in the order in which they were set.
	works("$format: the same bytes from a copy made in another order, at another time", "$begin sign && pack && cmp \"\$I\" \"\$I\" && aside && mv \"\$R\" \"\$R.1\" && mkdir \"\$R\" &&
		(cd \"\$R.1\" && find . -mindepth 1 | LC_ALL=C sort -r | tar --no-recursion -cf - -T -) | tar -C \"\$R\" -xf -; chmod 755 \"\$R\"
		(cd \"\$R.1\" && getfattr -R -h -P -d -e hex -m '^security' .) | perl -00 -pe 's/^(security.evm.*\n)(security.ima.*\n)/\$2\$1/m if \"$format\" eq \"erofs\"' | (cd \"\$R\" && find . -type f -exec chmod u+r {} + && setfattr --restore=-) && chown 1000:1000 \"\$R/ima/canary-exec\" && touch \"\$R/ima/init\" && sleep 1 && pack && cmp \"\$I\" \"\$I.1\"", qr/\A\z/);
	works("$format: from a sidecar as from attributes", "$begin user_sign && user_pack && aside && \"\$imactl\" apply --quiet --sidecar \"\$S\" \"\$R\" && pack && cmp \"\$I\" \"\$I.1\"", qr/\A\z/);
	works("$format: other bytes of another file", "$begin sign && pack && aside && echo x >>\"\$R/etc/hostname\" && pack && ! cmp -s \"\$I\" \"\$I.1\"", qr/\A\z/);
	works("$format: odd names", $begin . q{for n in $'a\nb' $'a\rb' 'a\b' $'\xff\xfe' "it's" 'a"b' 'a=b' ' blank ' '-x' '# file: x' "$(printf 'x%.0s' $(seq } . $longest . q{))"; do printf x >"$R/etc/$n"; done
		touch "$R"/etc/many-{1..400}; sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der && pack && check_}
		. "$format && agrees \"etc/it's\" 0 0 && agrees 'etc/ blank ' 0 0 && agrees \"etc/\$(printf 'x%.0s' \$(seq $longest))\" 0 0", qr/\A\z/);
	works("$format: 128 directories inside one another", "$begin sign; mkdir -p \"\$R/\$(printf 'a/%.0s' \$(seq 128))\"; pack && check_$format", qr/\A\z/);
	works("$format: long names of any bytes, large files and numbers", $begin . q{L=$(printf 'y%.0s' $(seq 200)); mkdir -p "$R/$L/$L"; printf x >"$R/$L/$L/f"; ln "$R/$L/$L/f" "$R/$L/g"; ln -s "$(printf '\xfe%.0s' $(seq 150))" "$R/$L/l"
		for c in 'é' '\xff'; do printf x >"$R/$(printf "$c%.0s" $(seq 120))"; done; head -c 1000000 /dev/urandom >"$R/etc/large"; truncate -s 300K "$R/etc/zeros"; sign
		if [ $F = erofs ]; then chown -hR 2000000000:3000000 "$R"; pack; else pack --owner 2000000000:3000000; fi && agrees etc/large 2000000000 3000000 && agrees etc/zeros 2000000000 3000000}, qr/\A\z/);
	works("$format: a sparse file", "$begin truncate -s 20M \"\$R/etc/sparse\" && printf x >>\"\$R/etc/sparse\" && sign && pack && check_$format && agrees etc/sparse 0 0", qr/\A\z/);
	works("$format: devices, a FIFO, a capability, another group, special bits", "$begin mknod \"\$R/etc/null\" c 1 3; mknod \"\$R/etc/large\" b 300 70000; mkfifo \"\$R/etc/fifo\"; chmod 4755 \"\$R/sbin/init\"; chmod 1777 \"\$R/etc/empty\"; chgrp 7 \"\$R/etc/hostname\"
		[ \$F = cpio ] || { setfattr -n security.capability -v 0x0100000200020000000000000000000000000000 \"\$R/sbin/init\"; setfattr -n user.text -v x \"\$R/etc/hostname\"; }; sign && pack && check_$format && agrees sbin/init 0 0 && agrees etc/hostname 0 7", qr/\A\z/);
	works("$format: SOURCE_DATE_EPOCH counts", "$begin sign && SOURCE_DATE_EPOCH=1700000000 pack && aside && SOURCE_DATE_EPOCH=1700000001 pack && ! cmp -s \"\$I\" \"\$I.1\" && rm -f \"\$I\" \"\$I.sidecar\" && SOURCE_DATE_EPOCH=1700000000 pack && cmp \"\$I\" \"\$I.1\"", qr/\A\z/);

	# What is wrong, and that nothing is left then.
	my $refused = sub {
		my ($name, $commands, $like, $status) = @_;
		refuses("$format: $name", "$begin $commands; B=\$?; L=\$(left); case \$L in *image*|*.pack*) echo \"left: \$L\";; esac; exit \$B", $like, $status // 1);
	};
	$refused->('a socket', 'perl -MIO::Socket::UNIX -e "chdir shift; IO::Socket::UNIX->new(Local => q(s), Listen => 1) or die" "$R/etc"; pack', qr{root/etc/s: pack: it is a socket});
	$refused->('files whose type fakeroot has forgotten', q{sign; mv "$R" "$R.1"; mkdir "$R"; tar -C "$R.1" --xattrs --xattrs-include='*' -cf - . | tar -C "$R" --xattrs --xattrs-include='*' -xf -; pack}, qr{root/\S+: pack: it is of no type that is known});
	if ($format ne 'erofs') {
		$refused->('a file that a user cannot read', 'user_sign; user chmod 0 "$R/etc/hostname"; user_pack', qr{etc/hostname: pack: Permission denied});
		$refused->('a sidecar for a file that is not there', 'user_sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der; rm "$R/etc/hostname"; user_pack', qr{etc/hostname: pack: the sidecar has it, and it is not there});
		$refused->('a sidecar for a symlink', 'user_sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der; ln -sf x "$R/etc/hostname"; user_pack', qr{etc/hostname: pack: the sidecar has it, and it is not a regular file});
		$refused->('a sidecar that is cut off', 'user_sign; truncate -s -3 "$S"; user_pack', qr{sidecar: read: line \d+: the last line does not end});
		$refused->('a sidecar that is not there', 'user_pack', qr{sidecar: read: No such file});
	}
	$refused->('129 directories inside one another', 'sign; mkdir -p "$R/$(printf "a/%.0s" $(seq 129))"; pack', qr{a/a: pack: more than 128 directories});
	$refused->('a name in the way', 'sign; mkdir "$D/there"; I=$D/there; pack', qr{there: write: it is there, and is not a regular file});
	$refused->('a file inside the tree', 'sign; I=$R/etc/picture; pack', qr{etc/picture: write: it is inside the tree});
	$refused->('a directory that is not there', 'sign; I=$D/none/file; pack', qr{none/file: write: No such file});
	$refused->('SOURCE_DATE_EPOCH that is no number', 'SOURCE_DATE_EPOCH=now pack', qr{SOURCE_DATE_EPOCH: read: it is a number});
	works("$format: an existing file stays", "$begin sign; echo old >\"\$I\"; pack; echo \$?; cat \"\$I\"; left", qr{\Aimactl: \S+/image: write: it exists; --force replaces it\n1\nold\n\./image \./root \z});
	works("$format: unless --force", "$begin sign; echo old >\"\$I\"; pack --force && agrees ima/init 0 0; left", qr{\A$image \./root \z});
	works("$format: another file system than the current directory's", "$begin sign; O=\$(mktemp -d /dev/shm/pack.XXXXXX); I=\$O/image; pack; ls -A \"\$O\"; rm -r \"\$O\"", qr{^image\n(?:image\.sidecar\n)?\z}m);
	works("$format: a full disk leaves nothing", "$begin sign; head -c 3M /dev/urandom >\"\$R/etc/large\"; (ulimit -f 1000; trap '' XFSZ; user_sign; pack); test \$? = 1 && left", qr{\Aimactl: [^\n]+\n\./root (?:\./root.sidecar )?\z});
	works("$format: a signal leaves nothing", "$begin sign; head -c 60M /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 -out \"\$R/etc/large\" 2>/dev/null; (exec \"\$imactl\" pack --format $format -o \"\$I\" \"\$R\") & P=\$!; until ls -d \"\$D\"/.imactl.* >/dev/null 2>&1; do :; done; kill -TERM \$P; wait \$P; echo \$?; left", qr{^143\n\./root \z}m);
}

# ext4 alone.
my $ext4 = "$root F=ext4;";
works('ext4: of a given size', "$ext4 sign && pack --size 24M && check_ext4 && stat -c %s \"\$I\"", qr/\A25165824\n\z/);
refuses('ext4: too small', "$ext4 head -c 3M /dev/urandom >\"\$R/etc/large\"; sign && pack --size 2M; B=\$?; ls \"\$I\" 2>/dev/null; exit \$B", qr/root\S*: pack: the image is full: give it a larger --size/, 1);
refuses('ext4: far too small', "$ext4 sign && pack --size 8K", qr/mke2fs: run: it failed|--size/, 1);
refuses('ext4: attributes that do not fit into an inode and a block', "$ext4 for n in a b c d e f; do setfattr -n user.\$n -v \"\$(printf 'x%.0s' \$(seq 900))\" \"\$R/etc/hostname\"; done; sign && pack", qr/hostname: pack: its attributes do not fit/, 1);

# Owners and modes of a table.
for my $format (qw(ext4 squashfs tar cpio)) {
	my $table = "$root F=$format; chmod 600 \"\$R/etc/hostname\" \"\$R/sbin/init\"; chmod 711 \"\$R/etc/empty\"; rm \"\$R/sbin/link\"; T=\$D/table; printf '# path type mode uid gid\n\n/etc/hostname f 640 0 42 - - - - -\n/sbin/init\tf\t4755 0 0\n/etc/empty d 1777 7 8\n/ima/policy f 444 0 0\n' >\"\$T\";
		signs() { user_sign --permissions \"\$T\"; user_sign --permissions \"\$T\" --system --all --cert keys/x509_ima.der --evm-cert keys/x509_evm.der; }
		packs() { user_pack --permissions \"\$T\"; case \$F in ext4) ;; *) unpack;; esac; }; ";
	works("$format: a table of permissions", "$table signs && packs && for f in etc/hostname sbin/init ima/policy etc/empty ima/init; do says_\$F \$f | cut -d' ' -f1-3; done", qr/\A0640 0 42\n04755 0 0\n0444 0 0\n01777 7 8\n0755 0 0\n\z/);
	works('  what it says is signed: root who gives them verifies without it', "$table echo 'evm = x509' >\"\$R/ima/init.conf\"; signs && user \"\$imactl\" verify --quiet --owner 0:0 --permissions \"\$T\" --sidecar \"\$S\" --ca keys/ca.pem \"\$R\" && user \"\$imactl\" verify --quiet --all --system --owner 0:0 --permissions \"\$T\" --sidecar \"\$S\" --cert keys/x509_ima.der --evm-cert keys/x509_evm.der \"\$R\" &&
		\"\$imactl\" apply --quiet --sidecar \"\$S\" \"\$R\"; chown 0:42 \"\$R/etc/hostname\"; chmod 640 \"\$R/etc/hostname\"; chmod 4755 \"\$R/sbin/init\"; chmod 444 \"\$R/ima/policy\"; \"\$imactl\" verify --quiet --ca keys/ca.pem \"\$R\" && \"\$imactl\" verify --quiet --all --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der \"\$R\"", qr/\A\z/) if $format eq 'ext4';
	works('  and without it verify says so', "$table signs; user \"\$imactl\" verify --quiet --all --system --owner 0:0 --sidecar \"\$S\" --cert keys/x509_ima.der --evm-cert keys/x509_evm.der \"\$R\" | sed 's/ .*root\\.*/ /; s/:.*//'; echo \"\${PIPESTATUS[0]}\"", qr/evm-bad(?s:.*)evm-bad(?s:.*)^1\n\z/m) if $format eq 'ext4';
	works('  --system selects by it: a program of another format', "$table printf 'program\\n' >\"\$R/program\"; chmod 600 \"\$R/program\"; system=(--system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der); user_sign \"\${system[\@]}\"; grep -c program \"\$S\"; echo '/program f 755 0 0' >>\"\$T\"; user_sign --permissions \"\$T\" \"\${system[\@]}\"; grep -c program \"\$S\"", qr/\A0\n1\n\z/) if $format eq 'tar';
}
my %table = (
	'a path that is not there' => ['/etc/none f 644 0 0', qr{/etc/none: look up: the table of permissions has it, and it is not there}, 1],
	'a path that leads out of the tree' => ['/etc/../../x f 644 0 0', qr/table: read: line 1: a path begins with \//, 1],
	'  by a symlink' => ['/etc/out/passwd f 644 0 0', qr{/etc/out/passwd: look up: .* a symlink is on the way}, 1],
	'a path without a slash' => ['etc/hostname f 644 0 0', qr/line 1: a path begins with \//, 1],
	'a path with two' => ['/etc//hostname f 644 0 0', qr/line 1: a path begins with \//, 1],
	'a symlink' => ['/etc/short f 644 0 0', qr{/etc/short: look up: .* a symlink is on the way}, 1],
	'a directory as a file' => ['/etc f 755 0 0', qr{/etc: look up: .* as a file}, 1],
	'a file as a directory' => ['/etc/hostname d 755 0 0', qr{/etc/hostname: look up: .* as a directory}, 1],
	'a file with two names' => ['/sbin/link f 755 0 0', qr{/sbin/link: look up: it has several names}, 1],
	'a path twice' => ['/etc/hostname f 644 0 0\n/etc f 7 0 0\n/etc/hostname f 644 0 0', qr/line 3: this path is there already/, 1],
	'a mode that is not octal' => ['/etc/hostname f 648 0 0', qr/line 1: a mode is octal/, 1],
	'  too many bits' => ['/etc/hostname f 10000 0 0', qr/line 1: a mode is octal/, 1],
	'  a letter' => ['/etc/hostname f u=rw 0 0', qr/line 1: a mode is octal/, 1],
	'a uid by name' => ['/etc/hostname f 644 root 0', qr/line 1: uid and gid are numbers/, 1],
	'a negative gid' => ['/etc/hostname f 644 0 -1', qr/line 1: uid and gid are numbers/, 1],
	'a uid that stands for none' => ['/etc/hostname f 644 4294967295 0', qr/line 1: uid and gid are numbers/, 1],
	'a device' => ['/dev/null c 666 0 0 1 3 - - -', qr/line 1: a type is f .* or d/, 1],
	'files recursively' => ['/etc r 755 0 0', qr/line 1: a type is f .* or d/, 1],
	'a count' => ['/etc/hostname f 644 0 0 - - 0 1 4', qr/line 1: what follows the gid/, 1],
	'too few fields' => ['/etc/hostname f 644 0', qr/line 1: a line is: path/, 1],
	'too many' => ['/etc/hostname f 644 0 0 - - - - - -', qr/line 1: a line has 10 fields/, 1],
	'the canary' => ['/ima/canary f 600 0 0', qr/line 1: imactl sign makes the canaries/, 1],
	'a line without its end' => ['/etc/hostname f 644 0 0\n/etc d 7', qr/line 2: the last line does not end/, 1],
);
for my $name (sort keys %table) {
	my ($text, $like, $status) = @{$table{$name}};
	my $end = $name eq 'a line without its end' ? '' : '\n';
	refuses("permissions: $name", "$root F=ext4; ln -s /etc \"\$R/etc/out\"; printf '$text$end' >\"\$D/table\"; user_sign --permissions \"\$D/table\"", $like, $status);
}
refuses('permissions: pack looks as closely', "$root F=ext4; user_sign; echo /etc/none f 644 0 0 >\"\$D/table\"; user_pack --permissions \"\$D/table\"", qr{/etc/none: look up: }, 1);
refuses('permissions: a table that is not there', "$root F=ext4; user_sign --permissions \"\$D/table\"", qr/table: read: No such file/, 1);
refuses('permissions: of a file', "$root F=ext4; : >\"\$D/table\"; \"\$imactl\" sign --system --permissions \"\$D/table\" \"\${keys[\@]}\" --cert keys/x509_ima.der --evm-cert keys/x509_evm.der \"\$R/etc/hostname\"", qr/--permissions: it is of one directory/, 2);
refuses('permissions: erofs', "$root F=erofs; : >\"\$D/table\"; sign; pack --permissions \"\$D/table\"", qr/erofs: its tool takes owners and attributes from the disk alone/, 2);
# What ima-init refuses, said before the boot.
my %unfit = (
	'a file of /ima that the group may write' => ['/ima/policy f 4664 0 0', qr{file-mode: group or others can write it}],
	'a directory of /ima that others may write' => ['/ima/keys d 777 0 0', qr{file-mode: group or others can write it}],
	'a file of /ima of another owner' => ['/ima/policy f 644 1000 0', qr{file-owner: belongs to uid 1000}],
	'a next init on the way to which others may write' => ['/sbin d 777 0 0', qr{group or others can write a directory on the way}, '--pin /sbin/init'],
);
for my $name (sort keys %unfit) {
	my ($line, $like, @more) = @{$unfit{$name}};
	refuses("permissions: $name", "$root F=ext4; echo '$line' >\"\$D/table\"; user_sign --permissions \"\$D/table\" @more", $like, 1);
	works('  and verify says so', "$root F=ext4; user_sign @more; echo '$line' >\"\$D/table\"; user \"\$imactl\" verify --owner 0:0 --permissions \"\$D/table\" --sidecar \"\$S\" --ca keys/ca.pem \"\$R\"; test \$? = 1", $like =~ s/: / .*/r =~ /on the way/ ? $like : qr/file-(?:mode|owner)/);
}

# Programs that are not there, or fail.
my %tools = (mke2fs => ['ext4', 'e2fsprogs'], e2fsck => ['ext4', 'e2fsprogs'], tar2sqfs => ['squashfs', 'squashfs-tools-ng'], 'mkfs.erofs' => ['erofs', 'erofs-utils'], 'fsck.erofs' => ['erofs', 'erofs-utils']);
for my $tool (sort keys %tools) {
	my ($format, $package) = @{$tools{$tool}};
	works("a $tool that fails", "$root F=$format; sign; mkdir \"\$D/bin\"; printf '#!/bin/sh\\necho no luck >&2; exit 1\\n' >\"\$D/bin/$tool\"; chmod 755 \"\$D/bin/$tool\"; PATH=\$D/bin:\$PATH pack; echo \$?; left", qr/\Aimactl: $tool: run: it failed: no luck\n1\n\.\/bin \.\/root \z/);
}

# Tools that make something else than they are told: that is found, and nothing is left.
my %liars = (
	'loses attributes' => ['squashfs', 'tar2sqfs', 'exec $real --no-xattr "$@"', qr{ima/canary: security\.ima is not what was packed}],
	'changes a mode' => ['erofs', 'mkfs.erofs', 'chmod 700 "$R/etc/hostname"; exec $real "$@"', qr{etc/hostname: its mode is not what was packed}],
	'changes an owner' => ['erofs', 'mkfs.erofs', 'exec $real --force-uid=5 "$@"', qr{/: its owner is not what was packed}],
	'leaves a file out' => ['erofs', 'mkfs.erofs', 'exec $real --exclude-path=etc/hostname "$@"', qr{etc/hostname: it is missing}],
	'adds a file' => ['erofs', 'mkfs.erofs', ': >"$R/etc/more"; exec $real "$@"', qr{etc/more: it is there, and was not packed}],
	'changes content' => ['squashfs', 'tar2sqfs', 'perl -pe "s/name\n/nose\n/" | $real "$@"', qr{etc/hostname: its content is not what was packed}],
	'changes a symlink' => ['squashfs', 'tar2sqfs', 'perl -pe "s{2[.][.]/sbin/init}{2../sbin/niti}" | $real "$@"', qr{etc/short: where it leads to is not what was packed}],
	'breaks a hard link' => ['erofs', 'mkfs.erofs', 'rm "$R/sbin/link"; cp -p "$R/sbin/init" "$R/sbin/link"; exec $real "$@"', qr{sbin/link: what it is a hard link to is not what was packed}],
	'changes a type' => ['erofs', 'mkfs.erofs', 'rm "$R/etc/short"; mkdir "$R/etc/short"; exec $real "$@"', qr{etc/short: its type is not what was packed}],
	'makes something else' => ['squashfs', 'tar2sqfs', 'cat >/dev/null; for last; do :; done; head -c 9000 /dev/zero >"$last"', qr{it is no file system as it should be}],
	'makes half of it' => ['erofs', 'mkfs.erofs', '$real "$@"; for i; do case $i in */image) truncate -s 4096 "$i";; esac; done', qr{it is no file system as it should be}],
	'is cut off' => ['squashfs', 'tar2sqfs', '$real "$@"; for last; do :; done; truncate -s -3000 "$last"', qr{it is no file system as it should be}],
	'says that all is well when nothing was made' => ['erofs', 'mkfs.erofs', 'exit 0', qr{No such file}],
);
for my $name (sort keys %liars) {
	my ($format, $tool, $does, $like) = @{$liars{$name}};
	refuses("a $tool that $name", "$root F=$format; export R; sign; mkdir \"\$D/bin\"; cat >\"\$D/bin/$tool\" <<'EOF'
#!/bin/bash
real=\$(PATH=/usr/bin:/usr/sbin:/bin:/sbin command -v $tool)
$does
EOF
	chmod 755 \"\$D/bin/$tool\"; PATH=\$D/bin:\$PATH pack; B=\$?; L=\$(left); case \$L in *image*|*.pack*) echo \"left: \$L\";; esac; exit \$B", qr/read back: $like|^imactl: (?:$like)/m, 1);
}
refuses('a sfdisk that puts the partition elsewhere', "$root F=ext4; sign; mkdir \"\$D/bin\"; printf '#!/bin/sh\nsed s/start=2048/start=4096/ | sed s/size=[0-9]*,// | /sbin/sfdisk \"\$@\"\n' >\"\$D/bin/sfdisk\"; chmod 755 \"\$D/bin/sfdisk\"; PATH=\$D/bin:\$PATH pack --disk; B=\$?; ls \"\$I\" 2>/dev/null; exit \$B", qr/read back: its partition is not what was made/, 1);

for my $tool (grep { $tools{$_}[0] ne 'ext4' } sort keys %tools) {
	my ($format, $package) = @{$tools{$tool}};
	# Where all other programs are.
	refuses("no $tool", "$root F=$format; sign; mkdir \"\$D/bin\"; for f in /usr/bin/*; do case \$f in */$tool) ;; *) ln -s \$f \"\$D/bin\";; esac; done; PATH=\$D/bin; pack; B=\$?; ls \"\$I\" 2>/dev/null; exit \$B",
		qr/\Aimactl: $tool: run: it is not installed; Debian package $package\n\z/, 1);
}
works('erofs: the owner may be the tree\'s only', "$root F=erofs; user_sign; pack --sidecar \"\$S\"; echo \$?; pack --owner 0:0; echo \$?; left", qr{\A(?:imactl pack: erofs: its tool takes owners and attributes from the disk alone: [^\n]*\n2\n){2}\./root \./root.sidecar \z});
refuses('erofs: a name of 255 bytes', "$root F=erofs; touch \"\$R/etc/\$(printf 'x%.0s' \$(seq 255))\"; sign; pack", qr{x: pack: mkfs.erofs takes names of up to 254 bytes}, 1);
works('initrd: a squashfs, and the words for the kernel', "$root F=squashfs; sign; pack; aside; \"\$imactl\" pack --format initrd -o \"\$I\" \"\$R\" && cmp \"\$I\" \"\$I.1\"", qr/the same\nroot=\/dev\/ram0 ramdisk_size=\d+\n\z/);
my $ram = "$root F=initrd-ext4;";
works('initrd-ext4: what is needed and no journal, and the words for the kernel', "$ram sign; \"\$imactl\" pack --format \$F -o \"\$I\" \"\$R\" && check_ext4 && F=ext4 && agrees ima/init 0 0 && ! dumpe2fs -h \"\$I\" 2>/dev/null | grep -q has_journal && pack --force && mv \"\$I\" \"\$I.1\" && F=initrd-ext4 && pack && [ \$((4 * \$(stat -c %s \"\$I\"))) -lt \$(stat -c %s \"\$I.1\") ]", qr/the same\nroot=\/dev\/ram0 ramdisk_size=\d+\n\z/);
works('  more of it, where that is asked for', "$ram sign; pack --size 24M && check_ext4 && stat -c %s \"\$I\"", qr/\A25165824\n\z/);
works('  of many files, of large ones, of a user', "$ram mkdir \"\$R/many\"; for i in \$(seq 3000); do echo \$i >\"\$R/many/\$i\"; done; head -c 20M /dev/urandom >\"\$R/etc/large\"; user_sign --system --all --cert keys/x509_ima.der --evm-cert keys/x509_evm.der; user_pack && check_ext4 && F=ext4 && agrees many/2999 0 0 && agrees etc/large 0 0", qr/\A\z/);
refuses('initrd-ext4: too small', "$ram head -c 3M /dev/urandom >\"\$R/etc/large\"; sign && pack --size 2M; B=\$?; ls \"\$I\" 2>/dev/null; exit \$B", qr/root\S*: pack: the image is full: give it a larger --size/, 1);
refuses('initrd: of a size', "$root F=initrd; sign; pack --size 2M", qr/--size: initrd is as large as what is in it/, 2);
my $capable = "$root F=cpio; setfattr -n security.capability -v 0x0100000200020000000000000000000000000000 \"\$R/sbin/init\"; ";
works('cpio: a capability', "$capable sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der; pack && grep -A3 'file: sbin/init' \"\$I.sidecar\" | cut -d= -f1", qr{\A# file: sbin/init\nsecurity\.capability\nsecurity\.ima\nsecurity\.evm\n\z});
works('  from the sidecar into an image', "$capable sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der; pack && F=ext4 && mv \"\$I\" \"\$I.cpio\" && setfattr -x security.capability \"\$R/sbin/init\" && pack --sidecar \"\$I.sidecar\" && debugfs -R 'ea_list sbin/init' \"\$I\" 2>/dev/null | grep -c security.capability", qr/^1$/m);
refuses('cpio: a capability of a file without a signature', "$root F=cpio; sign; setfattr -n security.capability -v 0x0100000200020000000000000000000000000000 \"\$R/etc/hostname\"; pack", qr{pack: a sidecar has of files only security\.ima, and with it}, 1);
refuses('cpio: attributes that no sidecar has', "$root F=cpio; sign; setfattr -n user.text -v x \"\$R/ima/init\"; pack", qr{ima/init: pack: a sidecar has of files only security\.ima, and with it security\.evm and security\.capability}, 1);
works('cpio: the sidecar is as sign makes it', "$root F=cpio; user_sign && user_pack && cmp \"\$S\" \"\$I.sidecar\"", qr/\A\z/);
works('cpio: an existing sidecar stays', "$root F=cpio; sign; echo old >\"\$I.sidecar\"; pack; echo \$?; cat \"\$I.sidecar\"; left", qr{\Aimactl: \S+/image.sidecar: write: it exists; --force replaces it\n1\nold\n\./image.sidecar \./root \z});
# What init.conf says of the sidecar: the boot loader loads one file.
my $restored = "$root F=cpio; echo 'restore = /ima/signatures' >\"\$R/ima/init.conf\"; ";
works('cpio: the sidecar in the archive', "$restored sign; pack && cpio -i --quiet --to-stdout ima/signatures <\"\$I\" | cmp - \"\$I.sidecar\" && cpio -itvn --quiet <\"\$I\" | grep ima/signatures | tr -s ' ' | cut -d' ' -f1-4; cp \"\$I\" \"\$D/1\"; pack --force && cmp \"\$I\" \"\$D/1\"",
	qr{-rw-r--r-- 1 0 0\n});
works('  of an ordinary user\'s', "$restored user_sign && user_pack && cpio -i --quiet --to-stdout ima/signatures <\"\$I\" | cmp - \"\$I.sidecar\" && cmp \"\$S\" \"\$I.sidecar\"");
works('  not where init.conf does not say so', "$root F=cpio; sign; pack && ! cpio -it --quiet <\"\$I\" | grep signatures");
works('  not in an archive of another format', "$restored F=tar; sign; pack && ! tar -tf \"\$I\" | grep signatures");
refuses('  a file in its place', "$restored echo x >\"\$R/ima/signatures\"; sign; pack", qr{ima/signatures: pack: the sidecar is put there, as init\.conf says: remove it}, 1);
refuses('  outside of /ima', "$restored sed -i s,/ima/,/etc/, \"\$R/ima/init.conf\"; sign; pack", qr{etc/signatures: pack: init\.conf has it for the sidecar, and it is no file below /ima}, 1);
refuses('  by a way out of it', "$restored sed -i s,/ima/,/ima/../, \"\$R/ima/init.conf\"; sign; pack", qr{no file below /ima}, 1);
refuses('  no directory for it', "$restored sed -i s,/ima/,/ima/none/, \"\$R/ima/init.conf\"; sign; pack", qr{ima/none/signatures: pack: init\.conf has it for the sidecar, and its directory is not there}, 1);
refuses('  a wrong init.conf', "$restored echo wrong >>\"\$R/ima/init.conf\"; sign; pack", qr{init\.conf: pack: conf-invalid: line 2}, 1);
# A unified kernel image: what is in it is what objcopy and cpio find there.
my $uki = "$root F=uki; K=\$D/kernel L='rdinit=/ima/init root=/dev/vda2 x=\"a b\"'; install -m 644 /bin/true \"\$K\"; part() { rm -f \"\$D/part\"; objcopy -O binary --only-section=\"\$1\" \"\$I\" \"\$D/part\"; cat \"\$D/part\"; rm \"\$D/part\"; }; uki() { pack --kernel \"\$K\" --cmdline \"\$L\" \"\$@\"; };";
works('uki: the parts', "$uki uki --owner 0:0 && part .linux | cmp - \"\$K\" && part .cmdline && part .initrd | cpio -itv --quiet | grep -E ' ima/(init|policy)\$' | tr -s ' ' | cut -d' ' -f1,3,4; objcopy --dump-section .text=\"\$D/a\" \"\$I\" \"\$D/c\"; objcopy --dump-section .text=\"\$D/b\" /usr/lib/systemd/boot/efi/linuxx64.efi.stub \"\$D/c\"; cmp \"\$D/a\" \"\$D/b\"",
	qr{\Ardinit=/ima/init root=/dev/vda2 x="a b"-rwxr-xr-x root root\n-rw-r--r-- root root\n\z});
works('uki: attributes are left out', "$uki sign; uki && aside; for f in \$(find \"\$R\" -type f); do setfattr -x security.ima \"\$f\"; setfattr -x security.evm \"\$f\"; done 2>/dev/null; chown 0:0 \"\$R/ima/canary-exec\"; uki --owner 0:0 && part .initrd | cpio -it --quiet | grep -c canary", qr{\A2\n\z});
works('uki: the same bytes at another time', "$uki uki && aside && sleep 1 && uki && cmp \"\$I\" \"\$I.1\" && aside && L=\"\$L y\" && uki && ! cmp -s \"\$I\" \"\$I.1\"; left", qr{\A\./image \./image.1 \./kernel \./root \z});
works('uki: it can be signed', "$uki uki && openssl req -new -x509 -newkey rsa:2048 -nodes -subj /CN=db -keyout \"\$D/db.key\" -out \"\$D/db.pem\" 2>/dev/null && sbsign --key \"\$D/db.key\" --cert \"\$D/db.pem\" --output \"\$I.signed\" \"\$I\" 2>/dev/null && sbverify --cert \"\$D/db.pem\" \"\$I.signed\" 2>/dev/null", qr{Signature verification OK\n\z});
works('uki: no kernel, and nothing is left', "$uki rm \"\$K\"; uki; echo \$?; left", qr{/kernel: pack: No such file or directory\n1\n\./root \z});
refuses('uki: an empty kernel', "$uki : >\"\$K\"; uki", qr{/kernel: pack: it is empty, or no regular file}, 1);
refuses('uki: a directory as the kernel', "$uki uki --kernel \"\$R\"", qr{/root: pack: it is empty, or no regular file}, 1);
refuses('uki: another program as the stub', "$uki uki --stub /bin/true", qr{/bin/true: pack: it is no program for 64-bit firmware}, 1);
refuses("uki: the first $_ bytes of the stub", "$uki head -c $_ /usr/lib/systemd/boot/efi/linuxx64.efi.stub >\"\$D/stub\"; uki --stub \"\$D/stub\"", qr{/stub: pack: it is no program for 64-bit firmware}, 1) for 1, 60, 64, 128, 200, 400, 500;
# The last section of the stub, with another name, or size and place in memory.
my $stub = sub {
	my ($at, $bytes) = @_;
	return "$uki perl -0777 -pe '\$h = unpack(q(x60V), \$_); \$s = \$h + 24 + unpack(q(v), substr(\$_, \$h + 20)) + 40 * (unpack(q(v), substr(\$_, \$h + 6)) - 1); \$b = $bytes; substr(\$_, \$s + $at, length \$b) = \$b' /usr/lib/systemd/boot/efi/linuxx64.efi.stub >\"\$D/stub\"; uki --stub \"\$D/stub\"";
};
refuses('uki: a stub with a section .cmdline that is not all there', $stub->(0, 'pack(q(a8V), q(.cmdline), 1 << 20)'), qr{/stub: pack: it has a section .cmdline already}, 1);
refuses('uki: one that ends where nothing can be added', $stub->(8, 'pack(q(VV), 0x1000, 0xfffff000)'), qr{pack: behind the stub it would end beyond 4 GiB, and no program can}, 1);
works('uki: one that ends far behind, as its twin', $stub->(8, 'pack(q(VV), 0x1000, 0x70000000)'));
refuses('uki: a UKI as the stub', "$uki uki; aside; uki --stub \"\$I.1\"", qr{/image.1: pack: it has a section .cmdline already}, 1);
refuses('uki: a sidecar', "$uki user_sign; uki --sidecar \"\$S\"", qr{--sidecar: a uki has no signatures of files}, 2);
refuses("uki: $_->[0]", "$root F=uki; pack $_->[1]", qr{--format uki needs --kernel FILE and --cmdline}, 2) for ['no command line', '--kernel /bin/true'], ['an empty one', "--kernel /bin/true --cmdline ''"], ['no --kernel', '--cmdline x'];
refuses("$_ of another format", "$root F=tar; pack $_ x", qr{--format uki needs --kernel FILE and --cmdline; no other has --cmdline}, 2) for qw(--cmdline --stub);
refuses('a kernel that is not known', "$root F=tar; pack --kernel 5.4", qr{--kernel}, 2);
for my $format (qw(ext4 erofs squashfs)) {
	my $disk = "$root F=$format; sign; ";
	works("disk: $format", "$disk pack --disk && sfdisk --verify \"\$I\" && sfdisk -d \"\$I\" | tail -n 1 && aside && pack && tail -c +1048577 \"\$I.1\" | cmp -n \$(stat -c %s \"\$I\") - \"\$I\" && rm \"\$I\" && pack --disk && cmp \"\$I\" \"\$I.1\"",
		qr/No errors detected.*start= +2048, size= +\d+, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=[0-9A-F-]{36}, name="root"\n\z/s);
	works('  made by a user', "$root F=$format; user_sign; user_pack --disk && sfdisk --verify \"\$I\"; left", qr/No errors detected.*\n\.\/image \.\/root \.\/root\.sidecar \z/s);
	works('  and the word for the kernel', "$disk \"\$imactl\" pack --disk --format $format -o \"\$I\" \"\$R\" | sed -n 's/root=PARTUUID=//p' | tr a-f A-F; sfdisk -d \"\$I\" | sed -n 's/.*, uuid=\\(.*\\), .*/\\1/p'", qr/\A(\S{36})\n\1\n\z/);
}
refuses("disk: of $_", "$root F=$_; sign; pack --disk", qr/--disk: $_ is not for a partition/, 2) for qw(tar cpio initrd initrd-ext4);
works('squashfs: attributes of the root', "$root F=squashfs; sign; setfattr -n security.x -v abc \"\$R\"; chmod 1751 \"\$R\"; chown 5:6 \"\$R\"; pack; unpack; getfattr --absolute-names --only-values -n security.x \"\$U\"; unsquashfs -lln \"\$I\" | head -n 1", qr{\Aabcdrwxr-x--t 5/6 });
refuses('a size for what has none', "$root F=tar; sign; pack --size 4M", qr/--size: tar is as large as/, 2);

# The command line.
my %usage = (
	'no format' => ['-o x "$R"', qr/--format is needed/],
	'an unknown format' => ['--format zip -o x "$R"', qr/--format zip: one of ext4, /],
	'no output' => ['--format ext4 "$R"', qr/-o FILE is needed/],
	'no tree' => ['--format ext4 -o x', qr/one directory is named/],
	'two trees' => ['--format ext4 -o x "$R" "$R"', qr/one directory is named/],
	'a file' => ['--format ext4 -o x "$R/sbin/init"', qr/one directory is named/],
	'an owner by name' => ['--format ext4 --owner root:root -o x "$R"', qr/--owner root:root: two numbers/],
	map({ ("the size $_" => ["--format ext4 --size '$_' -o x \"\$R\"", qr/--size \Q$_\E: bytes, or a number and K, M or G/]) } '0', '-1', '1T', '12MB', '', 'x', '99999999999999999999', '17000G'),
);
for my $name (sort keys %usage) {
	my ($arguments, $like) = @{$usage{$name}};
	refuses("usage: $name", "$root \"\$imactl\" pack $arguments", $like, 2);
}
refuses('a tree that is not there', "$root \"\$imactl\" pack --format ext4 -o x \"\$R.none\"", qr/root.none: open: No such file/, 1);
works('a symlink to the tree', "$root ln -s root \"\$D/link\"; sign; \"\$imactl\" pack --format ext4 -o \"\$I\" \"\$D/link\"", qr/\A\d+ entries, 7 signed, \S+ MB, read back and the same\n\z/);
works('--json', "$root sign; \"\$imactl\" pack --format ext4 --json -o \"\$I\" \"\$R\" | tr -d ' \\n'", qr/\A\{"entries":\d+,"signed":7,"mounts":0,"acls":0,"bytes":\d+\}\z/);
works('a tree that nobody has signed is told', "$root \"\$imactl\" pack --quiet --format ext4 -o \"\$I\" \"\$R\"", qr/\Aimactl: \S+root: pack: warning: no file has a signature: imactl sign comes before this, or --sidecar is missing\n\z/);
works('  and one whose sidecar is forgotten', "$root user_sign; user \"\$imactl\" pack --quiet --format tar --owner 0:0 -o \"\$I\" \"\$R\"", qr/ warning: no file has a signature/);
works('  and what is signed is not', "$root sign; \"\$imactl\" pack --quiet --format ext4 -o \"\$I\" \"\$R\"", qr/\A\z/);

# 20,000 names in one directory: four times as many take about four times as long.
works('many names in one ext4 directory', "$root mkdir \"\$R/many\"; times_of() { perl -e 'system(\@ARGV) == 0 or exit 1; my \@t = times; printf STDERR \"%.0f\\n\", 1000 * (\$t[2] + \$t[3])' \"\$imactl\" pack --quiet --force --format ext4 -o \"\$I\" \"\$R\"; }
	sign; (cd \"\$R/many\" && perl -e 'for (1 .. 5000) { open my \$f, \">\", \"few\$_\" }'); few=\$(times_of 2>&1); (cd \"\$R/many\" && perl -e 'for (1 .. 15000) { open my \$f, \">\", \"more\$_\" }'); many=\$(times_of 2>&1)
	e2fsck -fn \"\$I\" >/dev/null 2>&1 && [ \$many -lt \$((few * 9)) ] && echo \"\$few \$many\"", qr/\A\d+ \d+\n\z/);
works("  and the longest, with their checksums", "$root mkdir \"\$R/many\"; (cd \"\$R/many\" && perl -e 'for (1 .. 300) { open my \$f, \">\", sprintf \"%s%03d\", \"x\" x 252, \$_ } for (1 .. 255) { open my \$f, \">\", \"y\" x \$_ }'); sign; \"\$imactl\" pack --quiet --format ext4 -o \"\$I\" \"\$R\" && e2fsck -fn \"\$I\" >/dev/null 2>&1 && debugfs -R 'ls -p /many' \"\$I\" 2>/dev/null | grep -c '/[xy]*'", qr/^55[57]$/m);
my %last = (ext4 => q{debugfs -R 'stat /etc' "$I" 2>/dev/null | grep mtime}, tar => q{TZ=UTC tar --full-time -tvf "$I" ./etc/hostname}, squashfs => q{TZ=UTC unsquashfs -lln "$I" | grep hostname}, cpio => q{TZ=UTC cpio -tv --quiet <"$I" | grep hostname});
for my $format (sort keys %last) {
	works("$format: the last second of SOURCE_DATE_EPOCH", "$root sign; export SOURCE_DATE_EPOCH=4294967295; F=$format pack && $last{$format}", qr/2106/);
	works("  and the first one beyond 2038", "$root sign; export SOURCE_DATE_EPOCH=2147483648; F=$format pack && $last{$format}", qr/2038/);
	refuses("$format: a later one", "$root sign; export SOURCE_DATE_EPOCH=4294967296; F=$format pack", qr/^imactl: SOURCE_DATE_EPOCH: read: it is a number from 0 to 4294967295 \(the year 2106\)/, 1);
}

# user::rwx, user:5:r-x, group::---, mask::r-x, other::r-x: to the group the mode 0755 says more.
my $acl = '0x' . unpack 'H*', pack 'V(vvV)5', 2, 1, 7, ~0 & 0xffffffff, 2, 5, 5, 4, 0, ~0 & 0xffffffff, 16, 5, ~0 & 0xffffffff, 32, 5, ~0 & 0xffffffff;
my $with_acl = "$root setfattr -n system.posix_acl_access -v $acl \"\$R/etc/empty\" && setfattr -n system.posix_acl_default -v $acl \"\$R/etc/empty\" && sign || exit 9; ";
my $acls_of = 'getfattr --absolute-names -e hex -m ^system -d "$U/etc/empty" | grep -c "=' . $acl . '"';
works('ACLs: ext4 has them', "$with_acl F=ext4 pack && e2fsck -fn \"\$I\" >/dev/null 2>&1 && debugfs -R 'ea_list /etc/empty' \"\$I\" 2>/dev/null", qr/system\.posix_acl_access \(28\).*system\.posix_acl_default \(28\)/s);
works('  tar has them', "$with_acl F=tar; pack && unpack && $acls_of", qr/\A2\n\z/);
works('  erofs has them', "$with_acl F=erofs pack", qr/\A\z/);
for my $format (qw(squashfs cpio initrd)) {
	refuses("ACLs: $format has no place for them", "$with_acl F=$format pack", qr{^imactl: \S+/etc/empty: pack: it has an ACL, for which this format has no place: give --drop-acls, or take ext4, erofs or tar$}, 1);
}
works('  left out by choice, and the group gains nothing', "$with_acl \"\$imactl\" pack --format squashfs --drop-acls -o \"\$I\" \"\$R\" && F=squashfs; listed_squashfs | grep etc/empty", qr/^ACLs left out: 2\ndrwx---r-x 0\/0 /m);
works('  of ext4, too', "$with_acl \"\$imactl\" pack --format ext4 --drop-acls --json -o \"\$I\" \"\$R\" | tr -d ' \\n'; debugfs -R 'ea_list /etc/empty' \"\$I\" 2>/dev/null; debugfs -R 'stat /etc/empty' \"\$I\" 2>/dev/null", qr/"acls":2,(?!.*posix_acl).*Mode:\s+0705/s);
refuses('  where a signature is over the mode', "$root setfattr -n system.posix_acl_access -v $acl \"\$R/sbin/init\"; chmod 755 \"\$R/sbin/init\"; sign --system --cert keys/x509_ima.der --evm-cert keys/x509_evm.der; F=squashfs pack --drop-acls", qr/init: pack: without its ACL its mode is another than the one that was signed/, 1);
works('--help has an example', '"$imactl" pack --help', qr/^example:\n  imactl sign .*\n  imactl pack /m);

done_testing();
