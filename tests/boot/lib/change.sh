# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# What a boot test may do to the tree before it becomes an image. Sourced by
# bash under fakeroot; the current directory is the tree's root, so paths are
# written as ima/policy. $top is the checkout, $base what make-base printed.
#
# Changes to a file's content or metadata leave its signatures as they are:
# `sign` and `manifest` say where a test wants new ones.

keys=${keys:-$base/keys}
# The programs that are booted, of whichever architecture, and the name of the disk.
built=${built:-$top/build}
disk=ubda
[ "$built" = "$top/build" ] || disk=vda
# What imactl and evmctl must know of a 32-bit kernel: what EVM signs begins with an unsigned long.
imactl_bits='' evmctl_bits=''
case $built in */arm) imactl_bits=--32-bit evmctl_bits=--m32 ;; esac
signer=product

quietly() {
	local said
	said=$("$@" 2>&1) || { printf '%s: %s\n' "$*" "$said" >&2; return 1; }
}

by() { # SIGNER COMMAND...: the command signs with the keys of keys/SIGNER, as in `by stranger sign ima/policy`
	local signer=$1
	shift
	"$@"
}

# fakeroot makes an entry of its own for a file whose xattrs are set, and gets
# owner and type right only if it knew the file before.
make_known() { # FILE
	chmod "$(stat -c %a "$1")" "$1"
}

sign_ima() { # FILE..., by the digest $sign_hash
	local file
	for file; do
		make_known "$file"
		setfattr -x security.ima "$file" 2>/dev/null || true
		quietly evmctl ima_sign -a "${sign_hash:-sha256}" --key "$keys/$signer/ima.key" "$file"
	done
}

sign_evm() { # FILE...: portable
	local file
	for file; do
		make_known "$file"
		setfattr -x security.evm "$file" 2>/dev/null || true
		quietly evmctl sign --portable --generation 0 $evmctl_bits -a sha256 --key "$keys/$signer/evm.key" "$file"
	done
}

sign() { # FILE...
	local file
	for file; do
		sign_ima "$file"
		sign_evm "$file"
	done
}

unsign() { # FILE...
	local file
	for file; do
		setfattr -x security.evm "$file" 2>/dev/null || true
		setfattr -x security.ima "$file" 2>/dev/null || true
	done
}

digest() { # FILE...: a right hash in security.ima instead of a signature
	local file
	for file; do
		setfattr -n security.ima -v "0x0404$(sha256sum "$file" | cut -d' ' -f1)" "$file"
	done
}

overwrite() { # FILE < CONTENT: other content in the same file
	local mode
	mode=$(stat -c %a "$1")
	chmod u+w "$1"
	cat >"$1"
	chmod "$mode" "$1"
}

flip() { # FILE [OFFSET]: one bit of the content, in the middle unless told
	local mode offset=${2:-$(($(stat -c %s "$1") / 2))}
	mode=$(stat -c %a "$1")
	chmod u+w "$1"
	perl -e 'open F, "+<:raw", $ARGV[0] or die "$ARGV[0]: $!"; seek F, $ARGV[1], 0; read F, $b, 1;
		seek F, $ARGV[1], 0; print F chr(ord($b) ^ 1); close F or die $!' "$1" "$offset"
	chmod "$mode" "$1"
}

hex_of() { # FILE NAME: an attribute's value
	getfattr --absolute-names --only-values -n "$2" -- "$1" 2>/dev/null | od -An -v -tx1 | tr -d ' \n'
}

flip_byte() { # FILE NAME OFFSET HEX: one byte of an attribute becomes another
	local value
	value=$(hex_of "$1" "$2")
	setfattr -n "$2" -v "0x${value:0:2*$3}$4${value:2*$3+2}" "$1"
}

flip_xattr() { # FILE NAME: one bit of the last byte, inside the signature
	local value
	value=$(hex_of "$1" "$2")
	[ -n "$value" ] || return 1
	setfattr -n "$2" -v "0x${value%?}$(printf '%x' $((0x${value: -1} ^ 1)))" "$1"
}

manifest_lines() { # [PATH...]: what a right manifest says of the files as they are now
	local path
	printf 'ima-init manifest 1\n'
	{
		find ima -type f ! -path ima/manifest ! -path ima/canary ! -path ima/canary-exec -print0
		for path; do
			printf '%s\0' "$path"
		done
	} | xargs -0 getfattr -e hex -n security.ima -- 2>/dev/null |
		sed -n 's|^# file: |/|p; s|^security.ima=0x||p' | paste -d' ' - - | LC_ALL=C sort |
		sed 's|^\(.*\) \([0-9a-f]*\)$|\2  \1|'
}

manifest() { # [SED_PROGRAM]: made again, changed by the program, signed
	manifest_lines | sed "${1:-}" | content ima/manifest
}

pin() { # PATH...: a manifest that lists these, outside /ima, too
	manifest_lines "$@" | content ima/manifest
}

content() { # FILE < CONTENT: new content, which may come from the old one; signed
	local mode=0644
	[ ! -f "$1" ] || mode=$(stat -c %a "$1")
	cat >content.new
	mkdir -p "$(dirname "$1")"
	mv -f content.new "$1"
	chmod "$mode" "$1"
	sign "$1"
}

conf() { # LINE...: init.conf with these lines, signed and listed
	printf '%s\n' "$@" | content ima/init.conf
	manifest
}

policy() { # LINE...: a policy with these lines, signed and listed
	printf '%s\n' "$@" | content ima/policy
	manifest
}

certificate() { # FROM TO: a certificate as a signed file
	content "$2" <"$1"
}

other() { # FILE...: that of another release of the same signer
	local file
	for file; do
		rm -rf "$file"
		tar --numeric-owner -xf "$base/other.tar" "./$file"
		sed -n "\\|^# file: $file\$|,/^\$/p" "$base/other.xattrs" | setfattr --restore=-
	done
}

new_keys() { # TYPE: product keys of this type, made once and kept
	(
		flock 8
		[ -e "$keys/$1/evm.key" ] ||
			"$top/build/imactl" keygen --profiles "$top/keys" "$keys/$1" --ca "$keys/ca.pem" --ca-key "$keys/ca.key" \
				--type "$1" --name "$1" >/dev/null
	) 8>"$keys/lock"
}

resign_all() { # TYPE: everything signed again with keys of this type
	local file
	new_keys "$1"
	signer=$1
	cat "$keys/$1/x509_ima.der" >ima/keys/x509_ima.der
	cat "$keys/$1/x509_evm.der" >ima/keys/x509_evm.der
	while IFS= read -r -d '' file; do
		sign "$file"
	done < <(find ima -type f ! -name 'canary*' ! -name manifest -print0)
	sign sbin/init sbin/helper
	manifest
}

issue() { # PROFILE[:SECTION] NAME ISSUER OUT: a key OUT.key and its certificate OUT.der, OUT.pem
	local section=${1#*:}
	openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$4.key"
	openssl req -new -x509 -config "$top/keys/${1%:*}.cnf" ${section:+-extensions "${section/#${1%:*}/signing}"} \
		-subj "/CN=$2" -days 3650 -key "$4.key" -CA "$3.pem" -CAkey "$3.key" -out "$4.pem"
	openssl x509 -in "$4.pem" -outform DER -out "$4.der"
}

swap() { # FILE FILE: names only; content, metadata and signatures go along
	mv "$1" swap.aside
	mv "$2" "$1"
	mv swap.aside "$2"
}

dynamic_init() { # a next init with a dynamic linker and a library, lib/libgreeting.so, all signed
	mkdir -p lib
	cp /lib/ld-musl-x86_64.so.1 lib/ld-musl-x86_64.so.1
	"$top/tests/boot/lib/make-library" lib/libgreeting.so signed
	rm sbin/init
	musl-gcc -Os -s -Wall -Wextra -Werror -Wl,-rpath,/lib -o sbin/init -x c - -x none lib/libgreeting.so <<-'EOF'
		#include <stdio.h>
		#include <sys/reboot.h>
		#include <unistd.h>
		int greeting(void);
		int main(void)
		{
			dprintf(1, "payload: runs\npayload: pid=%d\n", (int)getpid() + greeting());
			return reboot(RB_POWER_OFF);
		}
	EOF
	chmod 755 lib/* sbin/init
	sign lib/ld-musl-x86_64.so.1 lib/libgreeting.so sbin/init
}

initramfs() { # what an initramfs has: /ima as it is now, without what only a disk needs, and ima-init-initramfs
	rm -rf "$tree.initramfs"
	mkdir -p "$tree.initramfs/dev"
	cp -a ima "$tree.initramfs/ima"
	rm -f "$tree.initramfs"/ima/{manifest,canary,canary-exec}
	install -m 0755 "$built/ima-init-initramfs" "$tree.initramfs/ima/init"
	mknod "$tree.initramfs/dev/console" c 5 1
}

zeros() { # FILE: the attributes of a file that is 4096 zero bytes, signed, as FILE.ima and FILE.evm
	local file=$tree.zeros
	head -c 4096 /dev/zero >"$file"
	chmod 0755 "$file"
	sign "$file"
	getfattr --only-values --absolute-names -n security.ima "$file" >"$1.ima"
	getfattr --only-values --absolute-names -n security.evm "$file" >"$1.evm"
	rm "$file"
}

own_rings() { # none|x509|hmac: an initramfs for a kernel without trusted keyrings, whose /init attacks (tests/boot/keyrings.c)
	initramfs
	local inside=$tree.initramfs
	cp "$top/policy/appraise-signed-initramfs" "$inside/ima/policy"
	mkdir "$inside/ima/keys/evm" "$inside/attack"
	# Debian's kernel has no ECDSA.
	rm "$inside/ima/keys/ima/extra.der"
	mv "$inside/ima/keys/x509_ima.der" "$inside/ima/keys/ima/product.der"
	mv "$inside/ima/keys/x509_evm.der" "$inside/ima/keys/evm/product.der"
	zeros "$inside/ima/probe"
	zeros "$inside/attack/ours"
	by stranger zeros "$inside/attack/theirs"
	cp "$keys/stranger/x509_ima.der" "$inside/attack/theirs.der"
	cp "$keys/stranger/x509_evm.der" "$inside/attack/theirs-evm.der"
	[ "$1" = hmac ] || rm "$inside"/ima/keys/{kmk,evm-key}
	[ "$1" != none ] || rm -r "$inside"/ima/keys/evm "$inside/ima/probe.evm" "$inside"/attack/*.evm
	printf 'trusted-keyrings = no\nevm = %s\n' "$1" >"$inside/ima/init.conf"
	cp "$top/build/boot/programs/keyrings" "$inside/init"
	cd "$inside" || return
}

initrd() { # [LINE...]: what an initrd image has: /ima as it is now and ima-init-initrd, with these lines in its init.conf
	rm -rf "$tree.initrd"
	mkdir -p "$tree.initrd"/{dev,new-root}
	cp -a ima "$tree.initrd/ima"
	cat "$built/ima-init-initrd" >"$tree.initrd/ima/init"
	cd "$tree.initrd" || return
	# cp leaves security.evm behind (/etc/xattr.conf).
	find ima -type f ! -name 'canary*' ! -name manifest -print0 |
		while IFS= read -r -d '' file; do sign "$file"; done
	conf "root = /dev/$disk" "$@"
	cd "$tree" || return
}

restorable() { # [LINE...]: the whole tree as an initramfs with a sidecar, and init.conf with these lines
	install -m 0755 "$built/ima-init-initramfs" ima/init
	[ ! -e dev/console ] && mknod dev/console c 5 1
	printf '%s\n' 'restore = /ima/signatures' "$@" | content ima/init.conf
	sign ima/init
	archive
}

archive() { # the tree as it is now, as $tree.initramfs: what imactl pack makes of it, and its sidecar
	rm -rf "$tree.initramfs" "$tree.cpio" "$tree.cpio.sidecar"
	"$top/build/imactl" pack --quiet --format cpio -o "$tree.cpio" .
	mkdir "$tree.initramfs"
	(cd "$tree.initramfs" && cpio --quiet -idm <"$tree.cpio")
}

modules() { # prints the directory of the test kernel's modules, as the build has made them, without compression
	local archive directory
	archive=$(realpath "$TEST_KERNEL_DIR/linux-modules.modules.tar")
	directory=$top/build/boot/$(basename "$archive" .tar)
	(
		flock 8
		[ ! -e "$directory/complete" ] || exit 0
		rm -rf "$directory"
		mkdir -p "$directory"
		tar -C "$directory" --no-same-owner -xf "$archive"
		find "$directory" -name '*.ko.xz' -exec xz -d {} +
		depmod -b "$directory" "$(ls "$directory/lib/modules")"
		: >"$directory/complete"
	) 8>"$top/build/boot/modules.lock"
	printf '%s\n' "$directory"
}

module() { # NAME FILE: a module of the test kernel's, unsigned
	install -D -m 0644 "$(find "$(modules)" -name "$1.ko")" "$2"
}

append_signature() { # FILE...: as the kernel's build appends one to a module
	local file
	for file; do
		/usr/lib/linux-kbuild-6.1/scripts/sign-file sha256 "$keys/$signer/ima.key" "$keys/$signer/x509_ima.der" "$file"
	done
}

pack() { # FILE...: compressed as the kernel can unpack it; FILE.xz remains
	xz --check=crc32 --lzma2=dict=1MiB "$@"
}

with_imactl() { # imactl and its libraries, signed as a system is
	local made=$base/with-imactl
	(
		flock 8
		[ ! -e "$made.xattrs" ] || exit 0
		rm -rf "$made"
		mkdir -p "$made"/{bin,lib,lib64}
		strip -o "$made/bin/imactl" "$top/build/imactl"
		LD_PRELOAD='' ldd "$top/build/imactl" | grep -o '/lib[^ ]*' |
			while read -r library; do install -D -m 0755 "$(realpath "$library")" "$made$library"; done
		"$top/build/imactl" sign --quiet --system --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" \
			--evm-key "$keys/product/evm.key" --evm-cert "$keys/product/x509_evm.der" "$made"
		tar -C "$made" --numeric-owner -cf "$made.tar" bin lib lib64
		(cd "$made" && getfattr -R -P -d -e hex -m '^security\.' .) >"$made.xattrs.new"
		mv "$made.xattrs.new" "$made.xattrs"
		rm -rf "$made"
	) 8>"$base/lock"
	tar --numeric-owner -xf "$made.tar"
	setfattr --restore="$made.xattrs"
}

with_modprobe() { # kmod, its libraries, a shell and the modules, signed as a system is
	local made
	made=$base/with-$(basename "$(modules)")
	(
		flock 8
		[ ! -e "$made.xattrs" ] || exit 0
		rm -rf "$made"
		mkdir -p "$made"/{bin,sbin,etc/modprobe.d,lib,lib64}
		cp "$(command -v kmod)" /bin/busybox "$made/bin"
		ln -s busybox "$made/bin/sh"
		ln -s ../bin/kmod "$made/sbin/modprobe"
		LD_PRELOAD='' ldd "$(command -v kmod)" | grep -o '/lib[^ ]*' |
			while read -r library; do install -D -m 0755 "$(realpath "$library")" "$made$library"; done
		cp -R --no-preserve=ownership "$(modules)/lib/modules" "$made/lib"
		printf '# The site has no words for its modules.\n' >"$made/etc/modprobe.d/site.conf"
		"$top/build/imactl" sign --quiet --system --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" \
			--evm-key "$keys/product/evm.key" --evm-cert "$keys/product/x509_evm.der" "$made"
		tar -C "$made" --numeric-owner -cf "$made.tar" bin sbin etc lib lib64
		(cd "$made" && getfattr -R -P -d -e hex -m '^security\.' .) >"$made.xattrs.new"
		mv "$made.xattrs.new" "$made.xattrs"
		rm -rf "$made"
	) 8>"$base/lock"
	tar --numeric-owner -xf "$made.tar"
	setfattr --restore="$made.xattrs"
}
