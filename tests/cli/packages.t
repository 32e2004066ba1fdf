#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The Debian and RPM packages: what `make install` installs and nothing else, the programs that were built
# and tested, the same bytes from another checkout; lintian finds nothing.
use strict;
use warnings;
use Command;
use Test::More;

sub is_there { my ($name) = @_; return grep { -x "$_/$name" } split /:/, $ENV{PATH} }

my %needs = (deb => [qw(dpkg-buildpackage dh lintian)], rpm => [qw(rpmbuild rpm2cpio)]);
my %missing = map { my $kind = $_; $kind => join ' ', grep { !is_there($_) } @{$needs{$kind}} } keys %needs;
for my $kind (sort keys %missing) {
	fail("what make $kind needs is installed: $missing{$kind}") if $missing{$kind} && $ENV{MUST_RUN};
}

sub output {
	my ($status, $said) = run($_[0]);
	die "$_[0]: status $status: $said" if $status;
	return $said;
}

my ($version) = output('cat include/layout.h') =~ /IMA_INIT_VERSION "(.*)"/;
my ($arch, $machine) = map { s/\n//r } output('dpkg --print-architecture'), output('uname -m');
my %files = (
	deb => [map { "${_}_${version}_$arch.deb" } qw(ima-init imactl)],
	rpm => [map { "$_-$version-1.$machine.rpm" } qw(ima-init imactl)],
);
my %unpack = (
	deb => 'dpkg-deb -x "$file" "$to"',
	rpm => '(cd "$to" && rpm2cpio "$file" | cpio -idm --quiet)',
);

# Another checkout, by another user with other settings, with keys that somebody left there.
$ENV{SOURCE_DATE_EPOCH} = 1700000000;
output(<<'END');
umask 077
mkdir "$work/elsewhere"
cp -r .gitignore LICENSE Makefile *.md examples include keys man packaging policy src "$work/elsewhere"
cd "$work/elsewhere"
openssl genrsa -out keys/ca.key 2048 2>/dev/null
head -c 32 /dev/urandom >policy/kmk
chmod +w -R .
END
my $other = 'umask 077; export TZ=Asia/Tokyo LC_ALL=C.UTF-8 CFLAGS=-O0 PREFIX=/opt MAKEFLAGS=-k; cd "$work/elsewhere"';

# The files below a folder: path => mode and digest; a page of the manual as it is inside.
sub files {
	my ($folder) = @_;
	return { output(<<"END") =~ /^(.*)\t(.*)$/gm };
cd "$folder"
find . ! -type d | sort | while read -r path; do
	case \$path in
	*/man/*.gz) digest=\$(gzip -dc "\$path" | sha256sum) path=\${path%.gz} ; mode=\$(stat -c '%f' "\$path.gz") ;;
	*) digest=\$(sha256sum <"\$path") mode=\$(stat -c '%f' "\$path") ;;
	esac
	printf '%s\\t%s %s\\n' "\${path#.}" "\$mode" "\${digest%% *}"
done
END
}

# imactl keeps its debugging information where it is only installed.
output('make -s -o all install DESTDIR="$work/install" PREFIX=/usr && strip -R .comment -R .note "$work/install/usr/bin/imactl"');
my $installed = files("$work/install");
cmp_ok(scalar keys %$installed, '>=', 15, 'make install installs');

# What only one kind of package has.
my %own = (
	deb => qr{^/usr/share/(?:doc/(?:ima-init|imactl)/(?:copyright|changelog\.gz)|lintian/overrides/(?:ima-init|imactl))$},
	rpm => qr{^/usr/share/licenses/(?:ima-init|imactl)-\Q$version\E/(?:LICENSE|copyright)$},
);

# What has no use where the other kind of package is.
my %none = (deb => qr/^$/, rpm => qr{^/usr/share/initramfs-tools/});

# Where in the folder something is that must not be in a package. All is compiled below $work.
sub leaks {
	my ($folder) = @_;
	return output(qq{cd "$folder" && grep -raF -le "\$work" .; grep -ral '^-----BEGIN [A-Z ]*PRIVATE KEY-----\$' .; find . -name '*.key' -o -name kmk -o -name evm-key});
}

my @kinds = grep { !$missing{$_} } 'deb', 'rpm';
works('the packages, in two checkouts', qq{packaging/build "\$work/here" @kinds & here=\$!
	($other; packaging/build "\$work/there" @kinds) && wait "\$here"}) if @kinds;

for my $kind ('deb', 'rpm') {
	SKIP: {
		skip "not installed: $missing{$kind}", 1 if $missing{$kind};
		is(output(qq{cd "\$work/here" && ls | grep '$kind'}), join("\n", @{$files{$kind}}, ''), "$kind: packages of this version");
		works('  another checkout makes the same bytes', join ' && ', map { qq{cmp "\$work/here/$_" "\$work/there/$_"} } @{$files{$kind}});

		my %all;
		for my $file (@{$files{$kind}}) {
			my ($package) = $file =~ /^([a-z-]+[a-z])/;
			output(qq{file="\$work/here/$file" to="\$work/$kind/$package"; mkdir -p "\$to" && $unpack{$kind}});
			my $here = files("$work/$kind/$package");
			is_deeply([grep { $all{$_} } keys %$here], [], "  $package: nothing that another package has") if %all;
			%all = (%all, %$here);
			is(leaks("$work/$kind/$package"), '', "  $package: no key, and no path of the build host");
		}
		is_deeply({map { $_ => $all{$_} } grep { $_ !~ $own{$kind} } keys %all},
			{map { $_ => $installed->{$_} } grep { $_ !~ $none{$kind} } keys %$installed}, '  paths, modes and contents are those of make install');
		is(scalar(grep { $_ =~ $own{$kind} } keys %all), $kind eq 'deb' ? 6 : 3, '  and those that such packages have');
		is(output(qq{find "\$work/$kind" -perm /6022 ! -type l}), '', '  nobody else can write to them');

		my $root = "\$work/$kind/ima-init/usr/lib/ima-init";
		works('  ima-init is the one that was built', qq{cmp build/ima-init "$root/init"});
		works("  ima-init-$_, too", qq{cmp build/ima-init-$_ "$root/init-$_"}) for qw(initramfs initrd);
		works('  imactl runs', qq{"\$work/$kind/imactl/usr/bin/imactl" --version}, qr/\b\Q$version\E\n/);
	}
}

# The refused twins of leaks().
for my $twin ('openssl genrsa 2>/dev/null >"$F/profile"', 'printf "%s/here/tmp/x.c" "$work" >"$F/program"', 'echo >"$F/kmk"') {
	my $folder = output('mktemp -d "$work/leak.XXXXXX"') =~ s/\n//r;
	output("F=$folder; $twin");
	isnt(leaks($folder), '', "refused: $twin");
}

sub needed { return output(qq{readelf -dW build/imactl}) =~ /\(NEEDED\).*\[(.*)\]/g }

SKIP: {
	skip "not installed: $missing{deb}", 1 if $missing{deb};
	my ($init, $tool) = map { qq{"\$work/here/$_"} } @{$files{deb}};
	is(output("dpkg-deb -f $init Depends"), "\n", 'deb: ima-init depends on nothing');
	my $inside = output(q{dpkg-query -W -f '${source:Package} (= ${source:Version})\n' libkeyutils-dev musl-dev | sort | paste -sd, | sed 's/,/, /'});
	is(output("dpkg-deb -f $init Built-Using"), $inside, '  and names what is inside');
	my %depends = map { s/ .*//sr => 1 } split /, /, output("dpkg-deb -f $tool Depends");
	my @owners = map { output("dpkg -S '*/$_' | sed 's/:.*//' | sort -u") =~ /(\S+)/ } needed();
	is_deeply([grep { !$depends{$_} } @owners], [], '  imactl depends on the libraries that it is linked with');

	is(output("dpkg-deb --ctrl-tarfile $tool | tar -xO ./triggers"), "interest-await /usr/lib/ima-init/site\n", '  and waits for the /ima of a site');

	my $lintian = 'lintian --display-experimental --display-info --pedantic --allow-root';
	is(output("$lintian $init $tool 2>&1"), '', 'lintian finds nothing');
	my $broken = sub { return qq{dpkg-deb -R $init "\$work/broken" && $_[0] && dpkg-deb -b "\$work/broken" "\$work/broken.deb" >/dev/null && $lintian "\$work/broken.deb"; rm -r "\$work/broken"} };
	like((run($broken->('rm "$work/broken/usr/share/doc/ima-init/copyright"')))[1], qr/^E: ima-init: no-copyright-file$/m, 'refused: no copyright');
	like((run($broken->('cp build/imactl "$work/broken/usr/lib/ima-init/init"')))[1], qr/^E: ima-init: unstripped-binary-or-object /m, 'refused: another program');
}

SKIP: {
	skip "not installed: $missing{rpm}", 1 if $missing{rpm};
	my $query = 'rpm --dbpath "$work/db" -qp';
	my ($init, $tool) = map { qq{"\$work/here/$_"} } @{$files{rpm}};
	is(output("$query --qf '%{BUILDHOST} %{BUILDTIME}' $init"), "localhost $ENV{SOURCE_DATE_EPOCH}", 'rpm: neither the host nor the time of the build');
	unlike(output("$query --requires $init"), qr/\.so/, '  ima-init needs no library');
	my $requires = output("$query --requires $tool");
	is_deeply([grep { $requires !~ /^\Q$_\E\(/m } needed()], [], '  imactl needs those that it is linked with');
	is(output("$query --qf '[%{FILEUSERNAME}:%{FILEGROUPNAME}\\n]' $init $tool | sort -u"), "root:root\n", '  all belongs to root');
}

refuses('another kind of package', 'packaging/build "$work" tar', qr/^packaging: usage: /);
refuses('sources without a version', "$other; sed -i /IMA_INIT_VERSION/d include/layout.h; packaging/build \"\$work\" deb", qr/^packaging: include\/layout\.h has no version$/)
	unless $missing{deb};

done_testing();
