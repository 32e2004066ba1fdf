# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# What tests/boot/site-packages.t makes before it boots: two releases of a site's /ima and a stranger's, as deb
# and rpm, and a Debian tree that has the first. Sourced by bash in an empty directory, under fakeroot where
# the user is not root; $top is the checkout, $base what make-base printed, $debian what make-debian did.

keys=$base/keys
imactl=$top/build/imactl

release() { # NAME base|other: as make-base has made it
	mkdir "$1"
	tar -C "$1" --numeric-owner -xf "$base/$2.tar"
	(cd "$1" && setfattr --restore="$base/$2.xattrs")
}

sign_ima() { # TREE SIGNER
	find "$1/ima" -type f -exec chmod u+rw {} +
	"$imactl" sign --quiet --key "$keys/$2/ima.key" --evm-key "$keys/$2/evm.key" "$1"
}

sign_system() { # TREE
	"$imactl" sign --quiet --system --key "$keys/product/ima.key" --cert "$keys/product/x509_ima.der" \
		--evm-key "$keys/product/evm.key" --evm-cert "$keys/product/x509_evm.der" "$1"
}

packages() { # NAME VERSION
	local format
	for format in deb rpm; do
		"$imactl" pack --quiet --format $format --name acme-ima --package-version "$2" -o "$1.$format" "$1"
	done
}

image() { # TREE IMAGE: with a journal, without which no directory is changed in one step
	truncate -s 160M "$2"
	mke2fs -q -F -t ext4 -b 4096 -I 256 -m 0 -d "$1" "$2" >/dev/null
}

# A second CA, for the system, which the kernel has only when ima-init has added it.
"$imactl" keygen --profiles "$top/keys" --system system --ca "$keys/ca.pem" --ca-key "$keys/ca.key" --type p256 >/dev/null

release old base
mkdir old/ima/keys/secondary
cp system/system-ca.der old/ima/keys/secondary
sign_ima old product
# Another release has other files, too.
release new other
mv new/ima/keys/ima/extra.der new/ima/keys/ima/more.der
sign_ima new product
release stranger other
rm stranger/ima/keys/ima/extra.der
cp "$keys/stranger/x509_ima.der" "$keys/stranger/x509_evm.der" stranger/ima/keys
sign_ima stranger stranger
release second other
rm second/ima/keys/ima/extra.der
cp system/system-ima.der second/ima/keys/x509_ima.der
find second/ima -type f -exec chmod u+rw {} +
"$imactl" sign --quiet --key system/system-ima.key --evm-key "$keys/product/evm.key" second
packages old 1.0
packages new 1.1
packages stranger 2.0
packages second 3.0

# The package of imactl as far as it matters here.
mkdir -p imactl/DEBIAN imactl/usr/bin
cp "$imactl" imactl/usr/bin
cp "$top/packaging/deb/imactl.triggers" imactl/DEBIAN/triggers
install -m 0755 "$top/packaging/deb/imactl.postinst" imactl/DEBIAN/postinst
printf 'Package: imactl\nVersion: 0.1\nArchitecture: amd64\nMaintainer: nobody <root@localhost>\nDescription: imactl\n' >imactl/DEBIAN/control
dpkg-deb --root-owner-group -Zgzip --build imactl imactl.deb >/dev/null

mkdir tree
tar -C tree --numeric-owner -xf "$debian/tree.tar"
rmdir tree/ima
install -m 0755 "$top/build/boot/programs/installer" tree/sbin/init
mkdir -p tree/etc/ima-init
cp "$keys/ca.pem" tree/etc/ima-init/ca.pem
# imactl install refuses what would not boot: the next init is signed.
sign_system tree/sbin/init
# Without chroot(), which fakeroot does not have.
PATH=$top/build:$PATH dpkg --root="$PWD/tree" --log="$PWD/dpkg.log" --force-not-root --force-script-chrootless -i imactl.deb old.deb

# What is booted asks its own kernel. fakeroot forgets the type of a file whose attributes tar sets.
cp -a --no-preserve=xattr tree guest
rm -r guest/etc/ima-init
(cd tree && getfattr -R -P -d -e hex -m '^security\.' ima) | (cd guest && setfattr --restore=-)
cp ./*.deb guest/root
sign_system guest
image guest guest.img
# The same, with the new release unpacked.
rm -rf guest/usr/lib/ima-init/site
dpkg-deb -x new.deb guest
image guest unpacked.img
rm -rf guest
