#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl install: one /ima in the place of another, or nothing changed and nothing left. Under fakeroot;
# what needs mounts, by root.
use strict;
use warnings;
use Command;
use Test::More;
use Tree qw(in_mount_namespace);

my $mounts = in_mount_namespace();
END { my $status = $?; system('umount', '-l', $_) for $mounts ? reverse map { (split)[1] } grep { / \Q$work\E\// } mounted() : (); $? = $status; }
sub mounted { open my $in, '<', '/proc/self/mounts' or return; return <$in> }

works('keys', 'umask 077; for n in keys stranger; do "$imactl" keygen --profiles keys "$work/$n" --type p256 || exit 1; done
	"$imactl" keygen --profiles keys --system "$work/system" --ca "$work/keys/ca.pem" --ca-key "$work/keys/ca.key" --type p256 &&
	"$imactl" keygen --profiles keys --system "$work/alien" --ca "$work/stranger/ca.pem" --ca-key "$work/stranger/ca.key" --type p256');

# A machine M, and a tree T with another release for it.
my $root = <<'END';
umask 022
D=$(mktemp -d "$work/case.XXXXXX")
M=$D/machine T=$D/tree
K=$work/keys
make() { # ROOT WORD
	mkdir -p "$1/ima/keys" "$1/sbin"
	install -m 755 build/ima-init "$1/ima/init"
	install -m 755 build/ima-init "$1/sbin/init"
	{ cat policy/appraise-signed; echo "# $2"; } >"$1/ima/policy"
	printf 'evm = x509\n' >"$1/ima/init.conf"
	install -m 644 "$K"/x509_*.der "$1/ima/keys"
}
bits=
sign_next() { "$imactl" sign $bits --quiet --system --key "$K/ima.key" --cert "$K/x509_ima.der" --evm-key "$K/evm.key" --evm-cert "$K/x509_evm.der" "$1/sbin/init"; }
sign() { "$imactl" sign $bits --quiet --key "$K/ima.key" --evm-key "$K/evm.key" "$1" && sign_next "$1"; }
# Into the sidecar, and no attribute.
sign_aside() { env -u LD_PRELOAD -u FAKEROOTKEY chmod -R u+w "$T"; "$imactl" sign --quiet --sidecar "$T.sidecar" --key "$K/ima.key" --evm-key "$K/evm.key" "$T"; }
install_() { "$imactl" install --root "$M" --ca "$work/keys/ca.pem" "$@" "$T"; }
release() { tail -n 1 "$M/ima/policy"; }
verify() { "$imactl" verify --quiet --ca "$work/keys/ca.pem" "$M"; }
# What must be as before: which release, valid, and nothing left.
unchanged() { s=$?; [ "$(release)" = '# old' ] && verify && [ ! -e "$M/ima.new" ] || echo changed; exit $s; }
make "$M" old; sign "$M"; make "$T" new; sign_aside
END

works('another release', "$root install_ && verify && release && ls \"\$M\"", qr{/ima: 8 files, in place of what was there\n# new\nima\nsbin\n\z});
works('  its owners and modes', "$root install_ --quiet && (cd \"\$M\" && stat -c '%n %a %u:%g' ima ima/keys ima/canary-exec ima/init)", qr{^ima 755 0:0\nima/keys 755 0:0\nima/canary-exec 555 1000:1000\nima/init 755 0:0\n\z});
works('  the first one', "$root rm -r \"\$M/ima\"; install_ && verify && release", qr/, new\n# new\n\z/);
works('  --json', "$root install_ --json | tr -d ' \\n'", qr/\A\{"files":8,"replaced":true\}\z/);
works('  as root says it with another umask', "$root umask 077; install_ --quiet && verify && stat -c %a \"\$M/ima\"", qr/\A755\n\z/);
works('  again, the same', "$root install_ --quiet && install_ --quiet && verify && release", qr/\A# new\n\z/);
works('  and back', "$root install_ --quiet && sed -i 's/new/old/' \"\$T/ima/policy\" && sign_aside && install_ --quiet && verify && release", qr/\A# old\n\z/);
works('  what a killed one left is taken away', "$root mkdir -p \"\$M/ima.new/x/y\" && touch \"\$M/ima.new/x/y/z\" && install_ --quiet && verify && ls \"\$M\"", qr/\Aima\nsbin\n\z/);
works('  a symlink that it left, too, and not what it leads to', "$root ln -s sbin \"\$M/ima.new\" && install_ --quiet && ls \"\$M\" \"\$M/sbin\"", qr/:\nima\nsbin\n\n\S+:\ninit\n\z/);
works('  a lock that it left, too', "$root mkdir \"\$M/ima.lock\" && install_ --quiet && release && ls \"\$M\"", qr/\A# new\nima\nsbin\n\z/);
works('  while an ordinary user has locked all that one can open', "$root flock \"\$M\" flock \"\$M/ima\" \"\$imactl\" install --quiet --root \"\$M\" --ca \"\$K/ca.pem\" \"\$T\" && release", qr/\A# new\n\z/);
works('  what the sidecar does not name is not taken', "$root echo >\"\$T/ima/policy;5f3a\"; echo >\"\$T/ima/init.dpkg-new\"; install_ --quiet && verify && ls \"\$M/ima\"", qr/\Acanary\ncanary-exec\ninit\ninit\.conf\nkeys\nmanifest\npolicy\n\z/);
works('  a sidecar elsewhere', "$root mv \"\$T.sidecar\" \"\$D/s\"; install_ --quiet --sidecar \"\$D/s\" && release", qr/# new/);
works('  a CA of the machine', "$root mkdir -p \"\$M/etc/ima-init\"; cp \"\$K/ca.pem\" \"\$M/etc/ima-init/ca.pem\"; \"\$imactl\" install --quiet --root \"\$M\" \"\$T\" && release", qr/# new/);
works('  none, by choice', "$root \"\$imactl\" install --quiet --root \"\$M\" --chain-unchecked \"\$T\" && release", qr/# new/);
works('  the same in the environment', "$root IMACTL_CHAIN=unchecked \"\$imactl\" install --quiet --root \"\$M\" \"\$T\" && release", qr/# new/);
works('  keys that a second CA has issued, which the first has', "$root mkdir -p \"\$T\"/ima/keys/{secondary,ima}; cp \"\$work\"/system/system-ca.der \"\$T/ima/keys/secondary\"; cp \"\$work\"/system/system-ima.der \"\$T/ima/keys/ima\"; sign_aside && install_ --quiet && release", qr/# new/);
works('  certificates alone', "$root \"\$imactl\" install --chain-only --ca \"\$K/ca.pem\" \"\$K\"/x509_*.der", qr/\A\z/);
works('  of which one has expired, which no kernel minds', "$root openssl req -new -key \"\$K/ima.key\" -subj /CN=old -out \"\$D/r\" 2>/dev/null; printf 'subjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid\\nbasicConstraints=critical,CA:FALSE\\nkeyUsage=critical,digitalSignature\\n' >\"\$D/x\"
	openssl x509 -req -in \"\$D/r\" -CA \"\$K/ca.pem\" -CAkey \"\$K/ca.key\" -days -1 -extfile \"\$D/x\" -outform DER -out \"\$D/old.der\" 2>/dev/null && openssl x509 -inform DER -in \"\$D/old.der\" -checkend 0 >/dev/null; test \$? = 1 && \"\$imactl\" install --chain-only --ca \"\$K/ca.pem\" \"\$D/old.der\"", qr/\A\z/);

# A 32-bit kernel's portable signatures are other ones.
my $bits = 'bits=--32-bit; verify() { "$imactl" verify --32-bit --quiet --ca "$K/ca.pem" "$M"; }
	"$imactl" sign --force --32-bit --quiet --sidecar "$T.sidecar" --key "$K/ima.key" --evm-key "$K/evm.key" "$T"; rm -r "$M/ima/manifest"; sign "$M"; ';
works('  for a 32-bit kernel', "$root $bits install_ --32-bit --quiet && verify && release", qr/\A# new\n\z/);

# Refused, with the reason, and nothing changed.
sub refused {
	my ($name, $change, $like, $install) = @_;
	my ($status, $said) = run("$root $change\n{ " . ($install // 'install_') . '; }; unchanged');
	ok($status != 0 && $said =~ $like && $said !~ /^changed$/m, "refused: $name") or diag("status $status: $said");
	return;
}

my $ca = qr{the CA in --ca has not issued it .* the next boot would fail};
refused('by another CA', 'K=$work/stranger; cp "$K"/x509_*.der "$T/ima/keys"; sign_aside; K=$work/keys', qr{^imactl: \S+/tree/ima/keys/x509_ima\.der: trust: $ca(?s:.*)^imactl: \S+x509_evm\.der: trust: $ca(?s:.*)^imactl: \S+tree: install: the next boot would fail: /ima stays as it is$}m);
refused('a further key of another CA', 'mkdir "$T/ima/keys/ima"; cp "$work/stranger/x509_ima.der" "$T/ima/keys/ima/a.der"; sign_aside', qr{keys/ima/a\.der: trust: $ca});
refused('  without a subject key identifier', 'mkdir "$T/ima/keys/ima"; printf "[req]\ndistinguished_name=d\n[d]\n" >"$D/c"; printf "subjectKeyIdentifier=none\n" >"$D/x"; openssl req -new -key "$work/stranger/ima.key" -config "$D/c" -subj /CN=x -out "$D/r" && openssl x509 -req -in "$D/r" -signkey "$work/stranger/ima.key" -extfile "$D/x" -outform DER -out "$T/ima/keys/ima/a.der" 2>/dev/null; sign_aside', qr{ima/a\.der: trust: .*\n.*ima/a\.der: key-refused: });
refused('a second CA that the first has not issued', 'mkdir -p "$T"/ima/keys/{secondary,ima}; cp "$work"/alien/system-ca.der "$T/ima/keys/secondary"; cp "$work"/alien/system-ima.der "$T/ima/keys/ima"; sign_aside', qr{keys/secondary/system-ca\.der: trust: $ca(?s:.*)keys/ima/system-ima\.der: trust: $ca});
refused('what the second CA has issued as x509_ima.der', 'mkdir "$T/ima/keys/secondary"; cp "$work"/system/system-ca.der "$T/ima/keys/secondary"; cp "$work"/system/system-ima.der "$T/ima/keys/x509_ima.der"; "$imactl" sign --quiet --sidecar "$T.sidecar" --key "$work/system/system-ima.key" --evm-key "$K/evm.key" "$T"', qr{x509_ima\.der: trust: $ca});
refused('no CA that is known', '', qr{it is not known which CA the kernel has}, '"$imactl" install --root "$M" "$T"');
refused('a ca.pem that is no certificate', 'mkdir -p "$M/etc/ima-init"; echo >"$M/etc/ima-init/ca.pem"', qr{ca\.pem: read certificate}, '"$imactl" install --root "$M" "$T"');
refused('another word in the environment', '', qr{IMACTL_CHAIN is unchecked or not set}, 'IMACTL_CHAIN=yes "$imactl" install --root "$M" "$T"');
refused('unchecked in the environment, and a CA that was named all the same', '', qr{x509_ima\.der: trust: the CA in --ca has not issued it}, 'IMACTL_CHAIN=unchecked "$imactl" install --root "$M" --ca "$work/stranger/ca.pem" "$T"');
refused('a changed file', 'echo "# x" >>"$T/ima/policy"', qr{tree/ima/policy: bad: });
refused('signatures for a 32-bit kernel', $bits, qr{tree/ima/policy: evm-bad: });
refused('  for one of 64 bits, where it has 32', '', qr{tree/ima/policy: evm-bad: }, 'install_ --32-bit');
refused('a file that is gone', 'rm "$T/ima/policy"', qr{tree/ima/policy: install: the sidecar has it, and it is not there$}m);
refused('a file of another release', 'mkdir "$D/o"; cp -r "$T" "$D/o/tree"; T=$D/o/tree; echo "# x" >>"$T/ima/policy"; sign_aside; cp "$T/ima/policy" "$D/tree/ima/policy"; perl -0 -ne "print \$1 if m{(# file: ima/policy\n.*?\n\n)}s" "$T.sidecar" >"$D/line"; T=$D/tree; perl -0 -pi -e "s{# file: ima/policy\n.*?\n\n}{}s" "$T.sidecar"; cat "$D/line" >>"$T.sidecar"', qr{policy: file-differs: });
refused('a line of the sidecar that is gone', 'perl -0 -pi -e "s{# file: ima/policy\n.*?\n\n}{}s" "$T.sidecar"', qr{policy: file-missing: });
refused('a file that the manifest does not list', 'echo >"$T/ima/note"; printf "# file: ima/note\nsecurity.ima=0x0302\n\n" >>"$T.sidecar"', qr{tree/ima/note: file-unlisted: });
refused('a sidecar of nothing', ': >"$T.sidecar"', qr{manifest-missing});
refused('a sidecar that was cut off', 'truncate -s -1 "$T.sidecar"; truncate -s -1 "$T.sidecar"', qr{cut off});
refused('no sidecar', 'rm "$T.sidecar"', qr{tree\.sidecar: read: No such file});
refused('a symlink for a file', 'mv "$T/ima/policy" "$T/p"; ln -s ../p "$T/ima/policy"', qr{policy: install: a symlink, or a way out of the tree});
refused('a symlink for a directory', 'mv "$T/ima/keys" "$T/k"; ln -s ../k "$T/ima/keys"', qr{a symlink, or a way out of the tree});
refused('a FIFO', 'rm "$T/ima/policy"; mkfifo "$T/ima/policy"', qr{policy: install: it is not a regular file});
refused('a file that is set-user-ID', 'chmod 4755 "$T/ima/init"; sign_aside', qr{tree/ima/init: install: set-user-ID or set-group-ID, and nothing in /ima is});
refused('  set-group-ID', 'chmod 2755 "$T/ima/init"; sign_aside', qr{tree/ima/init: install: set-user-ID or set-group-ID});
refused('a mode that others can write with', 'chmod 666 "$T/ima/policy"', qr{policy: (?:file-mode|evm-bad): });
refused('a machine without the next init', 'mv "$M/sbin/init" "$M/sbin/i"', qr{sbin/init: file-missing: }, 'install_; mv "$M/sbin/i" "$M/sbin/init"; false');
refused('a file that it pins, and is another here', 'printf x >>"$T/sbin/init"; "$imactl" sign --system --quiet --sidecar "$T.sidecar" --key "$K/ima.key" --cert "$K/x509_ima.der" --no-evm "$T"; "$imactl" sign --quiet --sidecar "$T.sidecar" --pin /sbin/init --key "$K/ima.key" --evm-key "$K/evm.key" "$T"', qr{sbin/init: file-differs: });
refused('while another is at work', '', qr{/ima\.lock: install: another imactl install is at work here}, 'mkdir "$M/ima.lock"; flock "$M/ima.lock" "$imactl" install --root "$M" --ca "$K/ca.pem" "$T"');

refuses('an /ima that is a symlink', "$root mv \"\$M/ima\" \"\$M/i\"; ln -s i \"\$M/ima\"; install_", qr{/ima: install: it is there, and no directory});
refuses('one that is a file', "$root rm -r \"\$M/ima\"; : >\"\$M/ima\"; install_", qr{/ima: install: it is there, and no directory});
my %usage = (
	'no tree' => ['', qr/one directory is named/], 'two' => ['"$T" "$T"', qr/one directory is named/], 'a file' => ['"$T.sidecar"', qr/one directory is named/],
	'a root that is none' => ['--root "$T.sidecar" "$T"', qr/--root \S+: it is no directory/], 'both words on CAs' => ['--ca "$K/ca.pem" --chain-unchecked "$T"', qr/exclude each other/],
	'an option that there is not' => ['--to /ima "$T"', qr/--to: no such option/], '--chain-only without a certificate' => ['--chain-only', qr/a certificate is named/],
	'--chain-only with a sidecar' => ['--chain-only --sidecar x "$T"', qr/nothing is installed/],
);
refuses($_, "$root \"\$imactl\" install $usage{$_}[0]", qr/^imactl install: .*$usage{$_}[1]/, 2) for sort keys %usage;
refuses('a certificate of another CA alone', "$root \"\$imactl\" install --chain-only --ca \"\$K/ca.pem\" \"\$work/stranger/x509_ima.der\"", qr{^imactl: \S+x509_ima\.der: trust: $ca});
refuses('a CA by the running kernel, which has it not', "$root \"\$imactl\" install --chain-only \"\$K/x509_ima.der\"", qr{trust: (?:no key in \.builtin_trusted_keys|the running kernel does not say|it is not known)});

SKIP: {
	skip 'mounts need root', 1 unless $mounts;
	my $mount = sub { my ($options, $to) = @_; return qq{env -u LD_PRELOAD -u FAKEROOTKEY mount $options "$to" || exit 9; } };
	refused('an /ima that is a mount point', 'mkdir "$D/real"; cp -a "$M/ima" "$D/real"; ' . $mount->('--bind', '$M/ima" "$M/ima'), qr{/ima: install: it is a mount point, and cannot be replaced in one step});
	refused('an ima.new that something is mounted on', 'mkdir "$M/ima.new" "$D/keep"; : >"$D/keep/file"; ' . $mount->('--bind', '$D/keep" "$M/ima.new'), qr{ima\.new: install: something is mounted there: unmount it},
		'install_; s=$?; [ -e "$D/keep/file" ] || echo changed; env -u LD_PRELOAD -u FAKEROOTKEY umount "$M/ima.new"; rmdir "$M/ima.new"; (exit $s)');
	# Room for the old one and not for two.
	refused('no room', 'mkdir "$D/small"; ' . $mount->('-t tmpfs -o size=400k,mode=755 none', '$D/small') . 'cp -r "$M/." "$D/small"; M=$D/small; sign "$M"; dd if=/dev/zero of="$M/fill" bs=4k 2>/dev/null; truncate -s -24k "$M/fill"', qr{install: No space left on device});
	# 256 GiB behind a size of 0.
	refused('a file that goes on and on', 'mkdir "$D/small"; ' . $mount->('-t tmpfs -o size=700k,mode=755 none', '$D/small') . 'cp -r "$M/." "$D/small"; M=$D/small; sign "$M"; ' . $mount->('--bind "/proc/$$/pagemap"', '$T/ima/policy'), qr{policy: install: it changed while it was read});
	works('  and with room, as its twin', $root . 'mkdir "$D/small"; ' . $mount->('-t tmpfs -o size=700k,mode=755 none', '$D/small') . 'cp -r "$M/." "$D/small"; M=$D/small; sign "$M"; install_ --quiet && release', qr/# new/);
	refused('an overlay whose lower layer has it', 'mkdir "$D/up" "$D/w" "$D/over"; ' . $mount->('-t overlay -o redirect_dir=off,lowerdir="$M",upperdir="$D/up",workdir="$D/w" none', '$D/over'), qr{/ima: install: .*(?:lower layer of an overlay|one step)},
		'sign_next "$D/over"; "$imactl" install --root "$D/over" --chain-unchecked "$T"; s=$?; [ ! -e "$D/over/ima.new" ] || echo changed; (exit $s)');
}

done_testing();
