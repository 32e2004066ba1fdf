# SPDX-License-Identifier: MIT
# The examples, run as their README says, with a test kernel; the parts of those for
# Buildroot and Yocto that run without either. EXAMPLES_KERNEL=1 (make check-full) has
# the first build its own kernel, too: minutes, and then kept in the cache.
use strict;
use warnings;
use Bed;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;

my $top = abs_path('.');
my $work = tempdir(CLEANUP => 1);
my $kernels = $ENV{TEST_KERNEL_DIR};
@ENV{qw(work top CA CA_KEY)} = ($work, $top, "$kernels/ca.pem", "$kernels/ca.key");
delete @ENV{qw(IMA_INIT KERNEL BUSYBOX MAKEFLAGS MFLAGS MAKELEVEL)};

# What a command says, and wrong if it does not end as it should.
sub ends {
	my ($status, $pattern, $command) = @_;
	open my $from, '-|', 'bash', '-c', "exec 2>&1 </dev/null; set -eu; $command" or die "bash: $!";
	my $said = join '', <$from>;
	close $from;
	my @wrong;
	push @wrong, 'it ended with ' . ($? >> 8) if ($? == 0) != ($status == 0);
	push @wrong, "nothing like $pattern" if $said !~ $pattern;
	return @wrong ? (@wrong, $said) : ();
}
sub works { my ($name, $pattern, $command) = @_; case $name, sub { ends(0, $pattern, $command) }; return }
sub fails { my ($name, $pattern, $command) = @_; case "refused: $name", sub { ends(1, $pattern, $command) }; return }

# Of a checkout.
sub kernel { my ($variant) = @_; return "KERNEL=$kernels/linux-$variant" }
my $base = kernel('base');
my $all = qr/^All as it should be\./m;
works 'embedded', $all, "$base examples/embedded/build \$work/embedded";
works 'embedded, with the same keys again', $all, "sum=\$(cat \$work/embedded/keys/*.key | sha256sum); $base examples/embedded/build \$work/embedded; [ \"\$sum\" = \"\$(cat \$work/embedded/keys/*.key | sha256sum)\" ]";
fails 'embedded, on a kernel without IMA', qr/^build: not in .*good\.log: ima-init: handing over: $/m, kernel('no-ima') . ' examples/embedded/build $work/embedded';
fails 'embedded, a kernel of another CA', qr/^build: not in .*good\.log: ima-init: handing over: $/m, "openssl req -new -x509 -newkey rsa:2048 -nodes -config keys/ca.cnf -subj /CN=other -keyout \$work/other.key -out \$work/other.pem 2>/dev/null; CA=\$work/other.pem CA_KEY=\$work/other.key $base examples/embedded/build \$work/other";
fails 'embedded, no busybox', qr/^build: no \/none: apt-get install busybox-static$/m, "BUSYBOX=/none $base examples/embedded/build \$work/none";
fails 'embedded, a directory with a blank', qr/^build: the kernel's command line ends a path at a blank: /m, "$base examples/embedded/build \"\$work/a b\"";
fails 'embedded, nothing named', qr/^build: usage: /m, "$base examples/embedded/build";
fails 'an ima-init that is not there', qr/^build: \S+ is not there: build ima-init \(make\), or install it, or set IMA_INIT$/m, "mkdir \$work/empty; IMA_INIT=\$work/empty $base examples/embedded/build \$work/none";

works 'fleet', $all, "$base examples/fleet/build \$work/fleet";
fails 'fleet, on a kernel without EVM', qr/^build: not in .*first-1\.log: evm: key initialized$/m, kernel('no-evm') . ' examples/fleet/build $work/fleet';
fails 'fleet, where two devices have one key', qr/^build: not in .*swapped-2\.log: cause=invalid-HMAC$/m, "cp \$work/fleet/keys/device-1/* \$work/fleet/keys/device-2; $base examples/fleet/build \$work/fleet";

# As the packages have them, by an ordinary user where this is root.
my $installed = 'export IMA_INIT=$work/installed/usr; ';
my $user = $> == 0 ? 'setpriv --reuid=1234 --regid=1234 --clear-groups -- env HOME=$work ' : 'env ';
works 'they are installed', qr/^$/, 'make -s -o all install DESTDIR="$work/installed" PREFIX=/usr >/dev/null; cp --reflink=auto ' .
	"$kernels/linux-base \$work/kernel; install -m 0644 $kernels/ca.pem $kernels/ca.key \$work; install -d -m 0777 \$work/user; chmod 0755 \$work";
works "installed, by an ordinary user: $_", $all, $installed . $user . "KERNEL=\$work/kernel CA=\$work/ca.pem CA_KEY=\$work/ca.key \$work/installed/usr/share/doc/ima-init/examples/$_/build \$work/user/$_"
	for qw(embedded fleet);
fails 'installed, and not to be found there', qr/^build: /, "$base CA=\$work/ca.pem \$work/installed/usr/share/doc/ima-init/examples/embedded/build \$work/none" unless -e '/usr/bin/imactl';

# Its own kernel. The CA is that of the test kernels, so that it is built once.
if ($ENV{EXAMPLES_KERNEL}) {
	my $cache = $ENV{IMA_INIT_CACHE} // ($ENV{XDG_CACHE_HOME} // "$ENV{HOME}/.cache") . '/ima-init';
	my $own = "KERNEL_CACHE=$cache/examples examples/embedded/build \$work/own";
	works 'embedded, with a kernel of its own', qr/^answer: c\b.*$all/ms, $own;
	works 'which is built once', qr/^== kernel\n(?!building)/m, $own;
	my $hole = <<"END";
fakeroot -- bash -eu -c 'rm -rf \$work/hole; cp -a --no-preserve=xattr \$work/own/root \$work/hole; install -m 0755 -o 1000 -g 1000 build/boot/programs/payload \$work/hole/ima/init; build/imactl pack --quiet --force --format erofs -o \$work/hole.img \$work/hole'
. examples/common.sh
own=\$(KERNEL_CACHE=$cache/examples examples/embedded/kernel \$CA)
hole() { boot \$work/hole.log \$1 ubd0r=\$work/hole.img root=/dev/ubda rootfstype=erofs ro init=/ima/init example.once; cat \$work/hole.log; }
END
	works '  and refuses an unsigned /ima/init of another owner', qr/Requested init \/ima\/init failed \(error -13\)/, "$hole hole \$own";
	works '  which another kernel runs', qr/^payload: runs$/m, "$hole hole $kernels/linux-base";
}

# What Buildroot and bitbake would run, run without them.
my $root = <<'END';
root=$work/root keys=$work/embedded/keys
prepare() { rm -rf $root; mkdir -p $root/bin $root/sbin $root/ima; cp /bin/busybox $root/bin; ln -s ../bin/busybox $root/sbin/init
	install -m 0755 build/ima-init $root/ima/init; install -m 0644 policy/appraise-signed $root/ima/policy; }
export PATH=$top/build:$PATH BINARIES_DIR=$work
END
my $script = "prepare; fakeroot -- bash -eu -c 'chown -R 0:0 \$root; examples/buildroot/board/example/post-fakeroot.sh \$root \$keys'";
my $export = 'export root keys; ';
works 'buildroot: the script that signs and packs', qr/^\d+ entries, 12 signed, .* read back and the same$/m, "$root $export $script; [ -s \$work/ima-init.erofs ]";
fails 'buildroot: no keys', qr/cannot stat/, "$root keys=\$work/none; $export $script";
works 'buildroot: ima-init is built by the recipe, the same program', qr/^$/, <<'END';
mkdir -p $work/br/build $work/staging/usr/include $work/staging/usr/lib $work/target
cp -r LICENSE Makefile include src policy $work/br; cp -r build/include $work/br/build
cp build/keyutils/libkeyutils.a /usr/lib/*-linux-musl/*.o $work/staging/usr/lib; cp build/keyutils/keyutils.h $work/staging/usr/include
cat >$work/br.mk <<'MK'
qstrip = $(strip $(subst ",,$(1)))
INSTALL = install
TARGET_CC = musl-gcc
STAGING_DIR = $(work)/staging
TARGET_DIR = $(work)/target
BR2_EXTERNAL_IMA_INIT_PATH = examples/buildroot
generic-package = $(if $(IMA_INIT_VERSION),,$(error no version))
include examples/buildroot/external.mk
$(work)/br/stamp:
	$(IMA_INIT_BUILD_CMDS)
	$(IMA_INIT_INSTALL_TARGET_CMDS)
MK
make -s -f $work/br.mk $work/br/stamp >$work/br.log 2>&1 || { cat $work/br.log; exit 1; }
cmp $work/target/ima/init build/ima-init
END
works 'buildroot: each option is one that is there', qr/^$/, 'grep -q "^name: IMA_INIT$" examples/buildroot/external.desc; for f in $(sed -n "s|^source \"\$BR2_EXTERNAL_IMA_INIT_PATH/\(.*\)\"|\1|p" examples/buildroot/Config.in); do [ -e "examples/buildroot/$f" ]; done';

# IMAGE_ROOTFS and IMA_INIT_KEYS are variables of bitbake, and as well of the shell.
my $class = $root . $export . <<'END';
sed -n '/^ima_init_sign() {$/,/^}$/p' examples/yocto/classes/ima-init-image.bbclass >$work/sign.sh
sed -n 's/^IMAGE_CMD:ima-erofs = "\(.*\)"$/\1/p' examples/yocto/classes/ima-init-image.bbclass >$work/pack.sh
export IMAGE_ROOTFS=$root IMA_INIT_KEYS=$keys IMGDEPLOYDIR=$work IMAGE_NAME=image
END
my $bitbake = q{prepare; fakeroot -- bash -eu -c 'chown -R 0:0 $root; bbfatal() { echo "$@"; exit 1; }; . $work/sign.sh; ima_init_sign; . $work/pack.sh'};
works 'yocto: the function that signs, and the command that packs', qr/^\d+ entries, 12 signed, .* read back and the same$/m, "$class $bitbake; cmp \$work/image.ima-erofs \$work/ima-init.erofs";
fails 'yocto: no keys', qr/^IMA_INIT_KEYS is not set/m, "$class export IMA_INIT_KEYS=; $bitbake";
works 'yocto: the license is the one of the recipe', qr/^$/, 'grep -q "md5=$(md5sum <LICENSE | cut -c1-32)\"$" examples/yocto/recipes-core/init/ima-init_git.bb';

# The test kernels have more, and can be told to do without some of it.
works 'the options for ima-init are those of the test kernels', qr/^$/, 'grep -h ^CONFIG_ packaging/kernel/ima-init.config | while read -r line; do grep -qxF -e "$line" tests/kernel/ima.config tests/kernel/um.config || echo "$line"; done';
works 'the scripts are such', qr/^$/, 'for f in examples/common.sh examples/*/build examples/embedded/kernel; do bash -n "$f"; done; for f in examples/*/etc/rc examples/buildroot/board/*/*.sh; do sh -n "$f"; done';
works 'nothing of them reads tests/', qr/^$/, '! grep -rn "tests/" examples/*.sh examples/*/build examples/embedded examples/*/etc';

finish;
