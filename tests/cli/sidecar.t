#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Signatures in a sidecar: made by a user who may set no attribute, read by
# setfattr and written by getfattr as well, set by imactl apply; and what a
# sidecar must not do. Then signatures of single digests.
use strict;
use warnings;
use Command;
use Test::More;

become_user();

works('keys', '"$imactl" keygen --profiles profiles keys --type p256 && "$imactl" keygen --profiles profiles stranger --type p256 &&
	"$imactl" keygen evm-key keys');

my $root = <<'END';
# Not under fakeroot.
user() { env -u LD_PRELOAD -u FAKEROOTKEY "$@"; }
umask 022
R=$(mktemp -d "$work/root.XXXXXX")
S=$R.sidecar
chmod 755 "$R"
mkdir -p "$R/ima/keys" "$R/sbin" "$R/etc"
install -m 755 build/ima-init "$R/ima/init"
install -m 755 build/ima-init "$R/sbin/init"
install -m 644 policy/appraise-signed "$R/ima/policy"
install -m 644 keys/x509_*.der "$R/ima/keys"
user install -m 400 keys/kmk keys/evm-key "$R/ima/keys"
printf 'name\n' >"$R/etc/hostname"
keys=(--key keys/ima.key --evm-key keys/evm.key)
certs=(--cert keys/x509_ima.der --evm-cert keys/x509_evm.der)
sign() { user "$imactl" sign --quiet --owner 0:0 "${keys[@]}" "$@" "$R"; }
verify() { user "$imactl" verify --sidecar "$S" --owner 0:0 --ca keys/ca.pem "$@" "$R"; }
verify_system() { user "$imactl" verify --system --sidecar "$S" --owner 0:0 "${certs[@]}" "$R"; }
# What root makes of the tree.
image() { M=$(mktemp -d "$work/image.XXXXXX"); chmod 755 "$M"; (cd "$R" && tar --owner=0 --group=0 -cf - .) | tar -C "$M" -xpf -; }
apply() { image; "$imactl" apply --quiet --sidecar "$S" "$M"; }
dump() { (cd "$1" && getfattr -R -h -d -e hex -m '^security\.(ima|evm)$' . | sed 's/^# file: \.\//# file: /'); }
sorted() { perl -00 -ne 'chomp; my ($file, @rest) = split /\n/; print join("\n", $file, sort @rest), "\n\n"' | perl -00 -e 'print sort <>'; }
END

works('an ordinary user signs, and is told where to', "$root user \"\$imactl\" sign --owner 0:0 \"\${keys[\@]}\" \"\$R\"",
	qr{^imactl: \S+: sign: only root may set security attributes: the signatures go into \S+\.sidecar, for imactl apply\n6 signed, 0 unchanged, 0 failed}m);
works('  no attribute is set', "$root sign && dump \"\$R\"", qr/\A\z/);
works('  verify reads it', "$root sign --pin /sbin/init && verify", qr/^8 valid; /);
works('  apply sets it, and the image is right', "$root sign --pin /sbin/init && apply && \"\$imactl\" verify --ca keys/ca.pem \"\$M\"", qr/^8 valid; /);
works('  the owner of canary-exec with it', "$root sign && apply && stat -c '%u:%g %a' \"\$M/ima/canary-exec\"", qr/\A1000:1000 555\n/);
works('  getfattr finds in the image what the sidecar has', $root . 'sign && sign --system "${certs[@]}" && apply && dump "$M" | sorted >a && sorted <"$S" >b && cmp a b && grep -c ^# b', qr/^11$/m);
works('  setfattr --restore does the same', $root . 'sign --pin /sbin/init && image && (cd "$M" && setfattr --restore="$S") && chown 1000:1000 "$M/ima/canary-exec" && "$imactl" verify --ca keys/ca.pem "$M"', qr/^8 valid; /);
works("  a dump by getfattr, $_, is applied", "$root sign --system \"\${certs[\@]}\" && apply && (cd \"\$M\" && getfattr -R -d -e $_ -m '^security' . >\"\$R.dump\") && image &&
	\"\$imactl\" apply --sidecar \"\$R.dump\" \"\$M\" && \"\$imactl\" verify --system \"\${certs[\@]}\" \"\$M\"", qr/\A2 set, 0 unchanged, 0 failed\n2 valid; /) for qw(hex base64);
works('  evmctl verifies the image', "$root sign && apply && evmctl ima_verify -k keys/x509_ima.der \"\$M/ima/policy\" && evmctl verify --portable -k keys/x509_evm.der \"\$M/ima/policy\"", qr/(?:verification is OK(?s:.*)){2}/);
works('  a file that is pinned by a symlink, of either run', $root . 'mv "$R/sbin" "$R/usr"; ln -s /usr "$R/sbin"; [ "$1" = i ] || sign --system "${certs[@]}"; sign --pin /sbin/init && verify && apply && "$imactl" verify --ca keys/ca.pem "$M"' =~ s/\$1/$_/r, qr/^8 valid.*\n8 valid/m) for 'i', 's';
works('  odd names', $root . q{for n in $'a\nb' $'a\rb' 'a\b' $'\xff\xfe' "it's" 'a=b' ' blank ' '# file: x' "$(printf 'x%.0s' $(seq 255))"; do printf x >"$R/etc/$n"; done
	sign --system "${certs[@]}" && verify_system && apply && "$imactl" verify --system "${certs[@]}" "$M"}, qr/^11 valid.*\n11 valid/m);
works('signs nothing twice', "$root sign; user \"\$imactl\" sign --owner 0:0 --sidecar \"\$S\" \"\${keys[\@]}\" \"\$R\"", qr/^0 signed, 6 unchanged/m);
works('  a changed file only', "$root sign; cp \"\$S\" a; echo '# x' >>\"\$R/ima/policy\"; sign && diff a \"\$S\" | grep -c '^> security'", qr/^4$/m);
works('  forgets a file that is gone', "$root printf x >\"\$R/etc/gone\"; sign && sign --system \"\${certs[\@]}\" && rm \"\$R/etc/gone\" && sign && grep -c etc/gone \"\$S\"; sign --system \"\${certs[\@]}\"; grep etc/gone \"\$S\"; grep -c '# file: ima' \"\$S\"", qr/^1\n9\n\z/m);
# Before Linux 5.6: openat2() (437 on x86_64) answers ENOSYS, by a filter that outlives the exec.
my $filter = <<'END';
lacks() {
	perl -e 'my $filter = join "", map { pack "S C C L", @$_ } [0x20, 0, 0, 0], [0x15, 0, 1, shift], [6, 0, 0, 0x00050000 | 38], [6, 0, 0, 0x7fff0000];
		my $program = pack "S x6 P", 4, $filter;
		syscall(157, 38, 1, 0, 0, 0) == 0 && syscall(157, 22, 2, $program) == 0 or die "prctl: $!";
		exec @ARGV or die "$ARGV[0]: $!"' "$@"
}
END
works('a kernel without openat2()', "$root $filter sign --pin /sbin/init && image && lacks 437 \"\$imactl\" apply --sidecar \"\$S\" \"\$M\" && \"\$imactl\" verify --ca keys/ca.pem \"\$M\"", qr/^10 set, 0 unchanged, 0 failed\n8 valid/m);
my $away = 'mv "$M/ima" "$M.ima" && ln -s "$M.ima" "$M/ima"';
works("  a symlink out of the tree: nothing is set, $_->[0]", "$root $filter sign && image && $away && ! lacks $_->[1] \"\$imactl\" apply --sidecar \"\$S\" \"\$M\" && dump \"\$M.ima\" | wc -l",
	qr{a symlink, or a way out of the tree.*^0\n\z}ms) for ['without it', 437], ['with it', 439];
works('  sign without it', "$root $filter user bash -c \"\$(declare -f lacks); lacks 437 '\$imactl' sign --quiet --owner 0:0 --pin /sbin/init --key keys/ima.key --evm-key keys/evm.key '\$R'\" && verify", qr/^8 valid; /);
works('sign while another is at work on the sidecar', "$root sign; L=\$(dirname \"\$S\")/.imactl.\$(basename \"\$S\").lock; cp \"\$S\" a; user mkdir -m 700 \"\$L\"; user flock \"\$L\" \"\$imactl\" sign --quiet --force --owner 0:0 --sidecar \"\$S\" \"\${keys[\@]}\" \"\$R\"; test \$? = 1 && cmp a \"\$S\" && sign --force && test ! -e \"\$L\"",
	qr{^imactl: \S+\.sidecar: lock: another imactl sign is at work on it; run it again[^\n]*\n\z});
works('  two at a time lose nothing', "$root for i in 1 2 3 4 5 6; do rm -f \"\$S\"; { until sign 2>/dev/null; do :; done; } & until sign --system \"\${certs[\@]}\" 2>/dev/null; do :; done; wait; grep -c '^# file' \"\$S\"; done; ls -A \"\$(dirname \"\$S\")\" | grep -c imactl.root; true", qr/\A(?:11\n){6}0\n\z/);
works('  as it should be, under such a filter', "$root $filter sign && image && lacks 439 \"\$imactl\" apply --sidecar \"\$S\" \"\$M\"", qr/^9 set, 0 unchanged, 0 failed/m);
works('apply again sets nothing', "$root sign && apply && \"\$imactl\" apply --sidecar \"\$S\" \"\$M\"", qr/^0 set, 9 unchanged, 0 failed/m);
works('  and takes away a security.evm that the sidecar has not', "$root sign --system \"\${certs[\@]}\" && apply && sed -i /evm/d \"\$S\" && \"\$imactl\" apply --sidecar \"\$S\" \"\$M\" && dump \"\$M\" | grep -c evm; true", qr/^2 set.*\n0\n\z/m);
works('--json', "$root sign --system \"\${certs[\@]}\" && image && \"\$imactl\" apply --json --sidecar \"\$S\" \"\$M\" | tr -d ' \\n'", qr/\{"set":2,"unchanged":0,"failed":0\}\z/);
# A capability that the sidecar has: pack makes such, and a portable signature is over it.
my $capability = '0x0100000200040000000000000000000000000000';
my $capable = $root . "setfattr -n security.capability -v $capability \"\$R/sbin/init\" && \"\$imactl\" sign --quiet --owner 0:0 --sidecar \"\$S\" --key \"\$work/keys/ima.key\" --evm-key \"\$work/keys/evm.key\" --system \"\${certs[\@]}\" \"\$R\" && setfattr -x security.capability \"\$R/sbin/init\"; "
	. "perl -pi -e 's/^(# file: sbin.init\\n)/\$1security.capability=$capability\\n/' \"\$S\"; ";
works('a capability in the sidecar is verified', "$capable verify_system", qr/^2 valid/);
works('  and not there', "$capable sed -i /capability/d \"\$S\"; verify_system; test \$? = 1", qr/^evm-bad +\S+sbin.init/m);
works('  another', "$capable sed -i /capability/s/4/8/ \"\$S\"; verify_system; test \$? = 1", qr/^evm-bad +\S+sbin.init/m);
works('  is kept by sign', "$capable sign --system \"\${certs[\@]}\" --force && grep -c capability=$capability \"\$S\" && verify_system", qr/^1\n2 valid/m);
works('  is applied, ahead of the rest', "$capable image && \"\$imactl\" apply --quiet --sidecar \"\$S\" \"\$M\" && \"\$imactl\" verify --system \"\${certs[\@]}\" \"\$M\" && getfattr -e hex -n security.capability --absolute-names \"\$M/sbin/init\"", qr/^2 valid.*^security.capability=$capability$/ms);
works('the owner is signed: another is found', "$root sign --system \"\${certs[\@]}\" --owner 5:0; verify_system; test \$? = 1", qr/^evm-bad/m);
works('  and the tree\'s own, without --owner', "$root sign --system \"\${certs[\@]}\"; user \"\$imactl\" verify --system --sidecar \"\$S\" \"\${certs[\@]}\" \"\$R\"; test \$? = 1", qr/^evm-bad/m);
works('verify without the sidecar finds nothing signed', "$root sign; user \"\$imactl\" verify --owner 0:0 \"\$R\"; test \$? = 1", qr/^unsigned/m);
works('verify finds: a changed file', "$root sign; echo '# x' >>\"\$R/ima/policy\"; verify; test \$? = 1", qr/^bad +\S+policy/m);
works('verify finds: the signatures of two files exchanged', $root . 'sign; perl -0 -pi -e \'my @files = split /\n\n/; my ($a, $b) = grep { $files[$_] =~ m{ima/(?:init|policy)\n} } 0 .. $#files;
	my ($x, $y) = map { (split /\n/, $_)[0] } @files[$a, $b]; $files[$a] =~ s/.*/$y/; $files[$b] =~ s/.*/$x/; $_ = join("\n\n", @files) . "\n"\' "$S"; verify; test $? = 1', qr/^file-differs.*^bad/ms);
works('verify finds: a canary that the sidecar signs', "$root sign; perl -0 -pi -e 's/(canary\\n)security.ima=\\S+/\$1security.ima=0x0404aa/' \"\$S\"; verify; test \$? = 1", qr/^canary-unfit/m);

# What a terminal could obey, and what JSON has no place for.
works('a name of a sidecar on the terminal', "$root image; printf '# file: etc/\\033]0;x\\007\\nsecurity.ima=0x0302\\n\\n' >w; \"\$imactl\" apply --sidecar w \"\$M\" | cat -v; true", qr{\A(?=.*\\033\]0;x\\007)[^\e\a]*\z}s);
works("  and of an option: $_->[0]", "$root image; \"\$imactl\" $_->[0] \$'x\\e[2Jy' \"\$M\" | cat -v; true", qr{\A(?=.*x\\033\[2Jy)[^\e]*\z}s) for ['apply --sidecar'], ['sign --hash'], ['pack --format'], ['verify --ca'], ['sign --permissions'];
works("--json is a document, whatever went wrong: $_->[0]", "$root image; \"\$imactl\" $_->[0] 2>/dev/null | perl -MJSON::PP -0 -e 'my \$d = decode_json(<>); print \"\$d->{status}: \$d->{error}\\n\"'", $_->[1])
	for ['verify --json --ca none "$M"', qr{^3: none: read certificate: |^3: none: read: }], ['verify --json "$M/none"', qr/^2: |^3: .*No such file/], ['apply --json --sidecar none "$M"', qr/^1: none: read: No such file/],
		['pack --json --format tar -o "$M" "$M"', qr/^1: .*: write: /], ['sign --json --frobnicate', qr/^2: imactl: sign: .*no such option/], ['sign --json --system --key none --cert none "$M"', qr/^1: none: read/];
works('  also of a name that is not UTF-8', "$root image; \"\$imactl\" apply --json --sidecar \$'caf\\xe9' \"\$M\" 2>/dev/null | perl -MJSON::PP -0 -e 'my \$d = decode_json(<>); print \$d->{error}'", qr/^caf\\351: read: No such file/);

# What would keep imactl waiting for ever, or fill the memory.
my %input = (
	'apply --sidecar' => ['image; "$imactl" apply --sidecar "$X" "$M"', 1], 'sign --sidecar' => ['sign --sidecar "$X"', 2], 'verify --sidecar' => ['user "$imactl" verify --sidecar "$X" "$R"', 3],
	'pack --sidecar' => ['"$imactl" pack --format tar --sidecar "$X" -o "$R.tar" "$R"', 1], 'install --sidecar' => ['"$imactl" install --chain-unchecked --root "$R" --sidecar "$X" "$R"', 1],
	'sign --permissions' => ['sign --permissions "$X"', 1], 'sign --key' => ['user "$imactl" sign --key "$X" --evm-key keys/evm.key "$R"', 1], 'sign --cert' => ['user "$imactl" sign --cert "$X" --key keys/ima.key --evm-key keys/evm.key "$R"', 1],
	'sign --passphrase-file' => ['openssl pkcs8 -topk8 -in keys/ima.key -passout pass:x -out "$R.k"; "$imactl" sign --passphrase-file "$X" --key "$R.k" --evm-key keys/evm.key "$R" 2>&1 | head -n 1; exit 1', 1],
	'verify --ca' => ['"$imactl" verify --ca "$X" "$R"', 3], 'doctor --config' => ['"$imactl" doctor --config "$X"', 3],
	'keygen, a profile' => ['mkdir "$R.p" && cp profiles/* "$R.p"; rm -f "$R.p/ca.cnf"; X=$R.p/ca.cnf; SPECIAL; "$imactl" keygen --profiles "$R.p" "$R.new"', 1],
	'pack --kernel' => ['"$imactl" pack --format uki --cmdline x --kernel "$X" -o "$R.uki" "$R"', 1],
);
my %special = ('a FIFO' => 'mkfifo "$X"', 'a directory' => 'mkdir "$X"', 'a device' => 'ln -s /dev/zero "$X"');
for my $option (sort keys %input) {
	my ($command, $status) = @{$input{$option}};
	for my $kind (sort keys %special) {
		my $own = $command =~ s/SPECIAL/$special{$kind}/;
		works("$kind as $option", "$root sign; X=\$R.x; " . ($own ? '' : "$special{$kind}; ") . "($command) </dev/null; true", qr/not a regular file|no regular file|Invalid argument|Is a directory/);
	}
}
refuses('a file of holes as --sidecar', "$root image; truncate -s 900M \"\$R.x\"; \"\$imactl\" apply --sidecar \"\$R.x\" \"\$M\"", qr/x: read: line 1: the line is too long/, 1);
refuses('  and a larger one', "$root image; truncate -s 1T \"\$R.x\"; \"\$imactl\" apply --sidecar \"\$R.x\" \"\$M\"", qr/x: read: it is larger than 1 GiB/, 1);
refuses('  as --permissions', "$root truncate -s 900M \"\$R.x\"; sign --permissions \"\$R.x\"", qr/x: read: line 1: the line is too long/, 1);
works('a pipe that the caller has opened', "$root sign && image && \"\$imactl\" apply --sidecar <(cat \"\$S\") \"\$M\" && cat \"\$S\" | \"\$imactl\" apply --sidecar /dev/stdin \"\$M\"", qr/^9 set.*^0 set, 9 unchanged/ms);
works('  for a passphrase', "$root openssl pkcs8 -topk8 -in keys/ima.key -passout pass:word -out \"\$R.k\"; \"\$imactl\" sign --quiet --passphrase-file <(sleep 0; echo word) --key \"\$R.k\" --evm-key keys/evm.key \"\$R\"");

# A sidecar for the file etc/hostname, with one thing wrong.
my $wrong = $root . 'image; V=0x030204; mk() { printf "$@" >w; "$imactl" apply --sidecar w "$M"; }; ';
works('a sidecar that is right, as the twin of the following', "$wrong mk '# file: etc/hostname\\nsecurity.ima=%s\\n\\n' \$V", qr/^1 set/);
my %wrong = (
	'no file line' => ['security.ima=0x0302\n', qr/line 1: "# file: " and a path/],
	'a path out of the tree' => ['# file: ../etc/hostname\nsecurity.ima=0x0302\n', qr/line 1: .*no \.\./],
	'a path that goes up inside' => ['# file: etc/../etc/hostname\nsecurity.ima=0x0302\n', qr/line 1: .*no \.\./],
	'a path up by escapes' => ['# file: \\056\\056/etc/hostname\nsecurity.ima=0x0302\n', qr/line 1: .*no \.\./, 'printf %s'],
	'no path' => ['# file: \nsecurity.ima=0x0302\n', qr/line 1: a path is below the tree/],
	'a path that is too long' => ['# file: ' . 'a/' x 2100 . '\nsecurity.ima=0x0302\n', qr/line 1: .*4095 bytes/],
	'an unknown escape' => ['# file: etc/\\\\n\nsecurity.ima=0x0302\n', qr/line 1: an escape/],
	'an escape of a NUL' => ['# file: etc/\\\\000\nsecurity.ima=0x0302\n', qr/line 1: an escape/],
	'a file twice' => ['# file: etc/hostname\nsecurity.ima=0x0302\n\n# file: ./etc/hostname\nsecurity.ima=0x0302\n', qr/line 4: this file is there already/],
	'an attribute twice' => ['# file: etc/hostname\nsecurity.ima=0x0302\nsecurity.ima=0x0302\n', qr/line 3: the attribute is there already/],
	'another attribute' => ['# file: etc/hostname\nsecurity.ima=0x0302\nsecurity.selinux=0x01\n', qr/line 3: only security.ima, security.evm and security.capability/],
	'no security.ima' => ['# file: etc/hostname\nsecurity.evm=0x0502\n', qr/line 3: the file above has no security.ima/],
	'no value' => ['# file: etc/hostname\nsecurity.ima\n', qr/line 2: only/],
	'an empty value' => ['# file: etc/hostname\nsecurity.ima=0x\n', qr/line 2: a value is/],
	'an odd digit' => ['# file: etc/hostname\nsecurity.ima=0x030\n', qr/line 2: a value is/],
	'no hex' => ['# file: etc/hostname\nsecurity.ima=0x03zz\n', qr/line 2: a value is/],
	'text' => ['# file: etc/hostname\nsecurity.ima="x"\n', qr/line 2: a value is/],
	'no base64' => ['# file: etc/hostname\nsecurity.ima=0sAw\n', qr/line 2: a value is/],
	'base64 with padding inside' => ['# file: etc/hostname\nsecurity.ima=0sAw==AwQE\n', qr/line 2: a value is/],
	'base64 that is all padding' => ['# file: etc/hostname\nsecurity.ima=0s====\n', qr/line 2: a value is/],
	'a value that is too large' => ['# file: etc/hostname\nsecurity.ima=0x' . '00' x 1025 . '\n', qr/line 2: .*1024 bytes/],
	'base64 that is too large' => ['# file: etc/hostname\nsecurity.ima=0s' . 'AAAA' x 342 . '\n', qr/line 2: .*1024 bytes/],
	'a line that is too long' => ['# file: ' . 'a' x 17000 . '\n', qr/line 1: the line is too long/],
	'a NUL byte' => ['# file: etc/hostname\nsecurity.ima=0x0302\\0x\n', qr/line 2: it has a NUL byte/],
	'cut off in a line' => ['# file: etc/hostname\nsecurity.ima=0x0302', qr/line 2: the last line does not end/],
	'cut off between two' => ['# file: etc/hostname\n', qr/line 2: the file above has no security.ima/],
);
for my $name (sort keys %wrong) {
	my ($text, $like) = @{$wrong{$name}};
	refuses("apply: $name", "$wrong mk '" . $text =~ s/\n/\\n/gr . "'", $like, 1);
}
my %tree = (
	'a file that is not there' => ['rm "$M/etc/hostname"', qr{etc/hostname: apply: the sidecar has it, and it is not there}],
	'a symlink in the place of a file' => ['ln -sf ../sbin/init "$M/etc/hostname"', qr/hostname: apply: a symlink/],
	'a symlink on the way' => ['mv "$M/etc" "$M/usr"; ln -s usr "$M/etc"', qr/hostname: apply: a symlink/],
	'a way out of the tree' => ['mv "$M/etc" "$M.etc"; ln -s "$M.etc" "$M/etc"', qr/hostname: apply: a symlink/],
	'a FIFO' => ['rm "$M/etc/hostname"; mkfifo "$M/etc/hostname"', qr/hostname: apply: not a regular file/],
	'a socket' => ['rm "$M/etc/hostname"; perl -MIO::Socket::UNIX -e \'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die $!\' "$M/etc/hostname"', qr/hostname: apply: not a regular file/],
	'a directory' => ['rm "$M/etc/hostname"; mkdir "$M/etc/hostname"', qr/hostname: apply: not a regular file/],
);
for my $name (sort keys %tree) {
	my ($change, $like) = @{$tree{$name}};
	works("apply sets nothing: $name", "$root sign --system \"\${certs[\@]}\" && image; $change; \"\$imactl\" apply --sidecar \"\$S\" \"\$M\"; test \$? = 1 && dump \"\$M\"",
		qr/\A(?:imactl: \S+: sign: [^\n]*\n)?imactl: [^\n]*$like[^\n]*\nimactl: \S+: apply: nothing was set\n\z/);
}
refuses('apply as an ordinary user', "$root sign && user \"\$imactl\" apply --quiet \"\$R\" 2>&1 | head -n 1; exit 1", qr/Operation not permitted: only root/, 1);
refuses('apply without a sidecar', "$root image; \"\$imactl\" apply \"\$M\"", qr/image\.\w+\.sidecar: read: No such file/, 1);
refuses('apply of a sidecar without a file', "$root image; : >\"\$S\"; apply", qr/sidecar: apply: it has no file/, 1);
works('apply gives no file away that is linked to canary-exec', "$root sign && image; rm \"\$M/ima/canary-exec\"; head -c \$(stat -c %s \"\$R/ima/canary-exec\") /dev/zero >\"\$M/secret\"; ln \"\$M/secret\" \"\$M/ima/canary-exec\"
	\"\$imactl\" apply --quiet --sidecar \"\$S\" \"\$M\"; test \$? = 1 && stat -c %u \"\$M/secret\"", qr/canary-exec: apply: not as imactl sign made it.*\n0\n/);
works("sign and apply of a tree that is named $_: the sidecar is beside it", "$root ln -s \"\$R\" \"\$R.link\"; cd \"\$R/etc\"
	user \"\$imactl\" sign --quiet --owner 0:0 --key \"\$work/keys/ima.key\" --evm-key \"\$work/keys/evm.key\" $_ && find \"\$R\" -name '*sidecar*' && image && cp \"\$S\" \"\$M.sidecar\" && \"\$imactl\" apply --quiet \"\$M/etc/..\" && ls \"\$S\"", qr/\A\S+root\.\w+\.sidecar\n\z/)
	for '"$R/."', '"$R/etc/.."', '..', '"$R.link"', '"$R.link/"';
refuses("sign into a sidecar inside the tree, $_", "$root sign --sidecar $_", qr/--sidecar \S+: it would be inside the tree/, 2) for '"$R/x"', '"$R/etc/../x"', '"$R/etc/x"';
works('  and not of one whose name is longer', "$root mkdir \"\$R.x\" && sign --sidecar \"\$R.x/s\" && ls \"\$R.x\"", qr/^s$/m);
refuses("sign into a sidecar that is $_->[0]", "$root $_->[1] && sign --sidecar \"\$R.s\"; B=\$?; [ ! -f \"\$R.s\" -o -L \"\$R.s\" ] && exit \$B", qr/--sidecar \S+: it is there, and no regular file/, 2)
	for ['a directory', 'mkdir "$R.s"'], ['a FIFO', 'mkfifo "$R.s"'], ['a symlink', ': >"$R.t" && ln -s "$R.t" "$R.s"'];
works('a run that signs nothing leaves no empty sidecar', "$root rm \"\$R/ima/init\"; sign --ima; test \$? = 1 && ls \"\$S\"; true", qr/No such file/);
refuses('apply to a file', "$root \"\$imactl\" apply \"\$R/sbin/init\"", qr/one directory is named/, 2);
refuses('apply to nothing', '"$imactl" apply', qr/one directory is named/, 2);
refuses('sign of two trees into a sidecar', "$root sign \"\$R\"", qr/a sidecar is of one directory/, 2);
refuses('sign of a file into a sidecar', "$root sign --sidecar \"\$S\" --system \"\${certs[\@]}\" && user \"\$imactl\" sign --system \"\${keys[\@]}\" \"\${certs[\@]}\" \"\$R/sbin/init\"", qr/a sidecar is of one directory/, 2);
refuses('verify of a file with a sidecar', "$root sign; user \"\$imactl\" verify --system --sidecar \"\$S\" \"\${certs[\@]}\" \"\$R/sbin/init\"", qr/--sidecar: it is of one directory/, 2);
refuses('verify with a sidecar that is not there', "$root verify", qr/sidecar: read: No such file/, 3);
refuses('sign over a sidecar that is none', "$root printf x >\"\$S\"; sign; B=\$?; [ \"\$(cat \"\$S\")\" = x ] && exit \$B", qr/line 1: the last line does not end/, 1);
refuses('sign into a directory that cannot be written', "$root sign --sidecar /proc/none/x", qr/none/, 1);
refuses('the owner by name', "$root sign --owner root:root", qr/--owner root:root: two numbers, UID:GID/, 2);
refuses("the owner $_", "$root sign --owner '$_'", qr/two numbers, UID:GID/, 2) for '0', '0:', ':0', '0:0:0', '-1:0', ' 0:0', '0:0x';
works('a user without --owner is told of it', "$root user \"\$imactl\" sign --quiet \"\${keys[\@]}\" \"\$R\"; test \$? = 1", qr/file-owner: belongs to uid \d+: .*--owner 0:0/);

# ---- digests ----

my $digest = $root . 'D=$(sha256sum <policy/appraise-signed | cut -c 1-64); detached() { "$imactl" sign --detached --key keys/ima.key --cert keys/x509_ima.der "$@"; }; ';
works('a digest: evmctl verifies the value', "$digest install -m 644 policy/appraise-signed f && setfattr -n security.ima -v \"\$(detached \$D | cut -d' ' -f1)\" f && evmctl ima_verify -k keys/x509_ima.der f", qr/verification is OK/);
works('  sha512', "$digest install -m 644 policy/appraise-signed f && setfattr -n security.ima -v \"\$(detached --hash sha512 \$(sha512sum <f | cut -c 1-128) | cut -d' ' -f1)\" f && evmctl ima_verify -k keys/x509_ima.der f && \"\$imactl\" verify --system --no-evm --cert keys/x509_ima.der f", qr/verification is OK(?s:.*)1 valid/);
works('  and not for another file', "$digest install -m 644 keys/ca.pem f && setfattr -n security.ima -v \"\$(detached \$D | cut -d' ' -f1)\" f && ! evmctl ima_verify -k keys/x509_ima.der f && ! \"\$imactl\" verify --system --no-evm --cert keys/x509_ima.der f", qr/^bad/m);
works('  a line each', "$digest detached \$D \${D^^} | cut -c 1-8", qr/\A0x030204\n0x030204\n\z/);
works('  as JSON', "$digest detached --json \$D | tr -d ' \\n'", qr/\A\[\{"digest":"[0-9a-f]{64}","security.ima":"0x030204[0-9a-f]+"\}\]\z/);
my %detached = (
	'a short one' => ['"${D#?}"', qr/a digest of sha256 has 64 hexadecimal digits/],
	'a long one' => ['"$D"0', qr/64 hexadecimal digits/],
	'no hex' => ['"${D%?}g"', qr/64 hexadecimal digits/],
	'with colons' => ['"${D%???}:aa"', qr/64 hexadecimal digits/],
	'of another algorithm' => ['--hash sha512 "$D"', qr/a digest of sha512 has 128 hexadecimal digits/],
	'one of two' => ['"$D" x', qr/64 hexadecimal digits/],
	'none' => ['', qr/no digest is given/],
	'with a tree\'s options' => ['--all "$D"', qr/--detached takes/],
	map({ ("with $_" => [qq{$_ "\$D"}, qr/--detached takes/]) } '--owner 0:0', '--32-bit', '--force', '--evm-xattr security.x', '--evm-cert keys/x509_evm.der'),
	'with a key for EVM' => ['--evm-key keys/evm.key "$D"', qr/--detached takes/],
);
for my $name (sort keys %detached) {
	my ($arguments, $like) = @{$detached{$name}};
	refuses("digest: $name", "$digest detached $arguments", $like, 2);
}

done_testing();
