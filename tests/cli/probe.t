#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl sign --probe, and imactl verify of an /ima for an initramfs whose kernel has
# no trusted keyrings: what it makes evmctl takes for that of the file, and what
# ima-init-initramfs would refuse is found by the same words.
use strict;
use warnings;
use Command;
use Test::More;

works('keys', '"$imactl" keygen --profiles keys "$work/keys" --type rsa2048 && "$imactl" keygen --profiles keys "$work/stranger" --type rsa2048 &&
	"$imactl" keygen evm-key "$work/keys"');

my $root = <<'END';
umask 022
top=$PWD
imactl=$(realpath "$imactl")
R=$(mktemp -d "$work/root.XXXXXX")
chmod 755 "$R"
mkdir -p "$R/ima/keys/ima" "$R/ima/keys/evm"
install -m 755 build/ima-init-initramfs "$R/ima/init"
install -m 644 policy/appraise-signed-initramfs "$R/ima/policy"
install -m 644 "$work/keys/x509_ima.der" "$R/ima/keys/ima/product.der"
install -m 644 "$work/keys/x509_evm.der" "$R/ima/keys/evm/product.der"
install -m 400 "$work/keys/kmk" "$work/keys/evm-key" "$R/ima/keys"
printf 'trusted-keyrings = no\n' >"$R/ima/init.conf"
ima=(--key "$work/keys/ima.key" --cert "$work/keys/x509_ima.der")
evm=(--evm-key "$work/keys/evm.key" --evm-cert "$work/keys/x509_evm.der")
probe() { "$imactl" sign --probe "$@" "$R"; }
verify() { "$imactl" verify --quiet "$@" "$R"; }
none() { printf 'trusted-keyrings = no\nevm = none\n' >"$R/ima/init.conf"; rm -r "$R"/ima/keys/{evm,kmk,evm-key}; }
END
my $made = $root . "probe \"\${ima[\@]}\" \"\${evm[\@]}\"\n";

works('sign --probe', "$made verify && cd \"\$R/ima\" && stat -c '%n %a' probe.* && ! ls -A | grep new", qr/\Aprobe\.evm 644\nprobe\.ima 644\n\z/);
# Root's file with the two as its attributes, as ima-init-initramfs makes it.
my $file = <<'END';
head -c 4096 /dev/zero >"$R/file"
chmod 755 "$R/file"
setfattr -n security.ima -v "0x$(od -An -v -tx1 <"$R/ima/probe.ima" | tr -d ' \n')" "$R/file"
[ ! -e "$R/ima/probe.evm" ] || setfattr -n security.evm -v "0x$(od -An -v -tx1 <"$R/ima/probe.evm" | tr -d ' \n')" "$R/file"
evmctl ima_verify -k "$work/keys/x509_ima.der" "$R/file"
END
works('  evmctl verifies both', "$made$file evmctl verify --portable -k \"\$work/keys/x509_evm.der\" \"\$R/file\"", qr/verification is OK(?s:.*)verification is OK/);
works('  and not with another mode', "$made$file chmod 700 \"\$R/file\"; ! evmctl verify --portable -k \"\$work/keys/x509_evm.der\" \"\$R/file\"");
works('  imactl verifies the file', "$made$file\"\$imactl\" verify --system --all --cert \"\$work/keys/x509_ima.der\" --evm-cert \"\$work/keys/x509_evm.der\" \"\$R/file\"", qr/1 valid/);
works('  --no-evm', "$root none; probe \"\${ima[\@]}\" --no-evm && verify && ! ls \"\$R/ima/probe.evm\" 2>/dev/null");
works('  removes one of EVM that is there', "$made none; probe \"\${ima[\@]}\" --no-evm && verify && ! ls \"\$R/ima/probe.evm\" 2>/dev/null");
works("  --hash $_", "$root probe \"\${ima[\@]}\" \"\${evm[\@]}\" --hash $_ && verify") for qw(sha384 sha512);
works('  whoever runs it, and with any umask', "$root umask 077; setpriv --reuid 1234 true; probe \"\${ima[\@]}\" \"\${evm[\@]}\" && chmod 755 \"\$R\" && verify");
works('  --32-bit', "$root probe --32-bit \"\${ima[\@]}\" \"\${evm[\@]}\" && verify --32-bit");
works('    evmctl verifies it for such a kernel', "$root probe --32-bit \"\${ima[\@]}\" \"\${evm[\@]}\"; $file evmctl verify --m32 --portable -k \"\$work/keys/x509_evm.der\" \"\$R/file\"; ! evmctl verify --portable -k \"\$work/keys/x509_evm.der\" \"\$R/file\"");
works('    which another refuses', "$root probe --32-bit \"\${ima[\@]}\" \"\${evm[\@]}\"; verify; test \$? = 1", qr/^probe-refused /m);
works('  two of one key are the same', "$made cp \"\$R/ima/probe.ima\" \"\$R/a\"; probe \"\${ima[\@]}\" \"\${evm[\@]}\" && cmp \"\$R/a\" \"\$R/ima/probe.ima\"");
works('a next init that is a script', "$made printf '#!/bin/sh\\n' >\"\$R/init\"; chmod 755 \"\$R/init\"; verify");
works('several keys in the keyring', "$made cp \"\$work/stranger/x509_ima.der\" \"\$R/ima/keys/ima/other.der\"; verify");

# What ima-init-initramfs refuses at the boot (tests/boot/keyrings.t).
sub finds { my ($name, $change, $word) = @_; return works("$name: $word", "$made cd \"\$R/ima\"; $change; verify; test \$? = 1", qr/^\Q$word\E /m) }
finds('no probe', 'rm probe.ima', 'file-missing');
finds('no probe for EVM', 'rm probe.evm', 'file-missing');
finds('a probe by another key', 'cd "$work"; keys=stranger; "$imactl" sign --probe --no-evm --key stranger/ima.key --cert stranger/x509_ima.der "$R"; cp "$R/ima/probe.ima" a; probe "${ima[@]}" "${evm[@]}"; cp a "$R/ima/probe.ima"', 'probe-refused');
finds('a flipped bit in it', 'perl -pi -e "BEGIN { \$/ = undef } substr(\$_, -1) ^= qq(\\1)" probe.ima', 'probe-refused');
finds('  in that for EVM', 'perl -pi -e "BEGIN { \$/ = undef } substr(\$_, -1) ^= qq(\\1)" probe.evm', 'probe-refused');
finds('a digest for a signature', 'printf "\4\4" >probe.ima; head -c 4096 /dev/zero | sha256sum | cut -c 1-64 | xxd -r -p >>probe.ima', 'probe-refused');
finds('the signature of another file', 'f=$work/f; echo >"$f"; "$imactl" sign --quiet --system --no-evm "${ima[@]}" "$f"; getfattr --only-values --absolute-names -n security.ima "$f" >probe.ima', 'probe-refused');
finds('cut off', 'truncate -s 20 probe.ima', 'probe-refused');
finds('an empty one', ': >probe.ima', 'file-empty');
finds('no certificate', 'rm keys/ima/*', 'keyring-empty');
finds('no certificate for EVM', 'rm keys/evm/*', 'keyring-empty');
finds('a certificate for the kernel', 'mv keys/ima/product.der keys/x509_ima.der', 'conf-invalid');
finds('a root', 'echo "root = /dev/sda1" >>init.conf', 'conf-invalid');
finds('policy = none', 'echo "policy = none" >>init.conf', 'conf-invalid');
finds('a probe for EVM without EVM', 'echo "evm = none" >>init.conf', 'conf-invalid');
finds('no policy', 'rm policy', 'file-missing');
finds('no kmk', 'rm keys/kmk', 'file-missing');
finds('no ima-init-initramfs', 'rm init; set -- --ima; verify() { "$imactl" verify --quiet --ima "$R"; }', 'file-missing');
finds('a file in no keyring\'s directory', 'cp keys/ima/product.der keys', 'key-unplaced');
finds('a file that others may write', 'chmod o+w policy', 'file-mode');
finds('a next init that is none', 'echo x >../init; chmod 755 ../init', 'next-init-unfit');
finds('a private key', 'cp "$work/keys/ima.key" keys/ima/key.der', 'private-key');

my $sign = $root . '"$imactl" sign --probe ';
refuses('no key', "$sign \"\$R\"", qr/--key is needed/, 2);
refuses('no certificate', "$sign --key \"\$work/keys/ima.key\" \"\$R\"", qr/--cert is needed/, 2);
refuses('no key for EVM, and no word on it', "$sign \"\${ima[\@]}\" \"\$R\"", qr/--evm-key is needed/, 2);
refuses('two roots', "$sign \"\${ima[\@]}\" --no-evm \"\$R\" \"\$R\"", qr/--probe takes one root/, 2);
refuses("with $_", "$sign \"\${ima[\@]}\" --no-evm $_ \"\$R\"", qr/--probe takes one root/, 2)
	for '--system', '--detached', '--sidecar x', '--pin /sbin/init', '--owner 1:1', '--force', '--evm-xattr security.a';
refuses('no /ima', "$sign \"\${ima[\@]}\" --no-evm \"\$work\"", qr{/ima is not there}, 1);
refuses('another\'s certificate', "$root\"\$imactl\" sign --probe --no-evm --key \"\$work/keys/ima.key\" --cert \"\$work/stranger/x509_ima.der\" \"\$R\"", qr/key/, 1);

# ---- trusted keyrings: what the kernel's own are filled with ----

my $trusted = $root . <<'END';
mv "$R/ima/keys/ima/product.der" "$R/ima/keys/x509_ima.der"; mv "$R/ima/keys/evm/product.der" "$R/ima/keys/x509_evm.der"; rm "$R/ima/init.conf"
verify() { "$imactl" verify --quiet --initramfs --ca "$work/keys/ca.pem" "$@" "$R"; }
END
works('--initramfs', "$trusted verify");
works('  without it a manifest is missing, as on a disk', "$trusted \"\$imactl\" verify --quiet \"\$R\"; test \$? = 1", qr/^manifest-missing /m);
works("  root = $_", "$trusted echo 'root = $_' >\"\$R/ima/init.conf\"; verify") for '/dev/sda2 ext4 ro', 'PARTLABEL=root';
works('  root = none, and /init', "$trusted echo 'root = none' >\"\$R/ima/init.conf\"; printf '#!/bin/sh\\n' >\"\$R/init\"; chmod 755 \"\$R/init\"; verify");
sub refused_initramfs { my ($name, $change, $word) = @_; return works("  $name: $word", "$trusted cd \"\$R/ima\"; $change; verify; test \$? = 1", qr/^\Q$word\E /m) }
refused_initramfs(@$_) for
	['no certificate for IMA', 'rm keys/x509_ima.der', 'keyring-empty'],
	['one that the CA does not vouch for', 'cp "$work/stranger/x509_ima.der" keys/x509_ima.der', 'keyring-empty'],
	['  for EVM', 'cp "$work/stranger/x509_evm.der" keys/x509_evm.der', 'evm-x509-missing'],
	['  a further one', 'cp "$work/stranger/x509_ima.der" keys/ima/other.der', 'key-refused'],
	['root = none, and no /init', 'echo "root = none" >init.conf', 'file-missing'],
	['  that is neither', 'echo "root = none" >init.conf; echo x >"$R/init"; chmod 755 "$R/init"', 'next-init-unfit'],
	['  that the policy does not leave out', 'echo "root = none" >init.conf; cp /bin/true "$R/init"; sed -i /^dont_appraise/d policy', 'handover-refused'],
	['no policy', 'rm policy', 'file-missing'],
	['policy = none, and one is there', 'echo "policy = none" >init.conf', 'conf-invalid'],
	['too many words for root', 'echo "root = a b c d" >init.conf', 'conf-invalid'],
	['a root and trusted-keyrings = no', 'printf "root = /dev/sda\ntrusted-keyrings = no\n" >init.conf', 'conf-invalid'],
	['certificates for no EVM', 'echo "evm = none" >init.conf', 'conf-invalid'],
	['on-failure = rescue, and none is there', 'printf "on-failure = rescue\nrescue = /ima/rescue\n" >init.conf', 'conf-invalid'],
	['another program', 'cp /bin/true init', 'self-unsigned'],
	['  ima-init', 'cp "$top/build/ima-init" init', 'self-unsigned'],
	['  ima-init-initrd', 'cp "$top/build/ima-init-initrd" init', 'not-initrd'],
	['  that nobody can execute', 'chmod 644 init', 'file-mode'],
	['a file that others may write', 'chmod o+w policy', 'file-mode'];
works('--initramfs and --system', "$trusted verify --system; test \$? = 2", qr/--initramfs is of/);

# ---- a policy that leaves out the rootfs, or does not ----

my $own = $root . "probe \"\${ima[\@]}\" \"\${evm[\@]}\"; printf '#!/bin/sh\\n' >\"\$R/init\"; chmod 755 \"\$R/init\"; ";
sub rules { my ($change) = @_; return "$own cd \"\$R/ima\"; $change; verify" }
works("policy: $_->[0]", rules($_->[1])) for
	['left out by the magic of a ramfs', 'sed -i s/fsname=rootfs/fsmagic=0x858458f6/ policy'],
	['  for both functions', 'sed -i "s/^dont_appraise.*/dont_appraise func=BPRM_CHECK fsname=rootfs\ndont_appraise func=MMAP_CHECK fsname=rootfs/" policy'],
	['  by a condition that is not known here', 'sed -i "/^dont_appraise/d; s/^appraise func=[BM].*/& subj_type=x/" policy'];
works("policy: $_->[0]: handover-refused", rules("$_->[1]") . '; test $? = 1', qr/^handover-refused /m) for
	['appraise-signed', 'cp "$top/policy/appraise-signed" policy'],
	['  another file system left out', 'sed -i s/fsname=rootfs/fsname=ext4/ policy'],
	['  another magic', 'sed -i s/fsname=rootfs/fsmagic=0xef53/ policy'],
	['  only when executed', 'sed -i "s/^dont_appraise.*/dont_appraise func=BPRM_CHECK fsname=rootfs/" policy'],
	['  only what another owner has', 'sed -i "s/^dont_appraise.*/& fowner=1000/" policy'],
	['  too late', 'sed -i /^dont_appraise/d policy; echo "dont_appraise fsname=rootfs" >>policy'];
# What make_own_rings() tries with files of its own, first with one of root's.
works("policy: $_->[0]: $_->[2]", rules($_->[1]) . '; test $? = 1', qr/^\Q$_->[2]\E /m) for
	['no rule for programs of root\'s', 'sed -i "/^dont_appraise/d; s/^appraise func=[BM].*/& fowner=1000/" policy', 'policy-weak'],
	['  a digest is enough', 'sed -i "s/ appraise_type=imasig//" policy', 'policy-weak'],
	['  a tmpfs left out', 'sed -i "s/^dont_appraise.*/&\ndont_appraise fsname=tmpfs/" policy', 'policy-weak'],
	['  rules for root\'s alone', 'sed -i "s/^appraise func=[BM].*/& fowner=0/" policy', 'policy-escaped'];

# ---- a disk, and its programs ----

works("/ima/init of a disk is $_->[0]: $_->[1]", "$trusted install -m 755 \"\$top/build/$_->[0]\" \"\$R/ima/init\"; \"\$imactl\" verify --quiet \"\$R\"; test \$? = 1", qr/^\Q$_->[1]\E /m)
	for ['ima-init-initramfs', 'not-initramfs'], ['ima-init-initrd', 'not-initrd'];
works("  and not: $_->[1]", "$trusted install -m 755 \"\$top/build/$_->[0]\" \"\$R/ima/init\"; printf '$_->[2]' >\"\$R/ima/init.conf\"; ! \"\$imactl\" verify --quiet \"\$R\" | grep -E '^($_->[1]) '")
	for ['ima-init', 'not-initramfs|not-initrd', ''], ['ima-init-initrd', 'not-initrd', 'root = /dev/sda2\n'];

done_testing();
