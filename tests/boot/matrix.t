# SPDX-License-Identifier: MIT
# Kernels with and without what ima-init looks at, of two versions. What comes of each boot is
# read from the tables of ima-init(8), KERNEL, Tested kernels: they are this test's input.
use strict;
use warnings;
use Bed;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

my $top = dirname(abs_path($0)) . '/../..';
sub slurp { open my $in, '<', "$top/$_[0]" or die "$_[0]: $!"; local $/ = undef; return scalar <$in> }
my ($section) = slurp('man/ima-init.8') =~ /^\.Ss Tested kernels\n(.*?)^\.S[hs] /ms or die 'the manual has no tested kernels';
my ($legend, $accepted, $boots, $refused) = $section =~ /^(\.Bl .*?)^\.El/msg;

# The rows of a table behind its head.
sub rows {
	my @rows = map { [map { s/\\-/-/gr } split / Ta /] } $_[0] =~ /^\.It (.*)$/gm;
	shift @rows;
	return @rows;
}

# ---- which kernel is meant: the one of tests/kernel/variants with just these options ----

sub options_of { return map { s/#.*//gmr =~ /^CONFIG_(\w+)=(.*)$/gm } map { slurp("tests/kernel/$_.config") } qw(ima um) }
my %base = options_of();
my %variant;
for my $line (grep { /^[a-z]/ } split /\n/, slurp('tests/kernel/variants')) {
	my ($name, @words) = split ' ', $line;
	my %option = map { split /=/, $_, 2 } grep { /=/ } @words;
	$variant{$name} = {
		version => (grep({ $_ eq '6.12' } @words) ? '6.12' : '6.1'), other => scalar grep({ /^(?:x86_64|arm|arm64)$/ } @words),
		without => join(' ', sort grep { $option{$_} eq 'n' && ($base{$_} // 'n') ne 'n' } keys %option),
		with => { map { $_ => 1 } grep { $option{$_} eq 'y' } keys %option }, more => scalar grep({ !/^[yn]$/ } values %option),
	};
}

sub variant_of { # VERSION { without, with }
	my ($version, $kernel) = @_;
	my @with = split ' ', $kernel->{with};
	my @found = grep {
		my $is = $variant{$_};
		$is->{version} eq $version && !$is->{other} && $is->{without} eq $kernel->{without} && !grep({ !$is->{with}{$_} } @with) && (@with || !(%{$is->{with}} || $is->{more}))
	} sort keys %variant;
	die "tests/kernel/variants: the kernels of $version without '$kernel->{without}', with '$kernel->{with}': @found" if @found != 1;
	return $found[0];
}

my %kernel;
while ($legend =~ /^\.It Sy (\S+)\n(.*?)(?=^\.It |\z)/msg) {
	my ($name, $text) = ($1, $2);
	my ($how) = $text =~ /\A(Has|With|Without)\b/ or die "$name: neither with nor without";
	my $options = $how eq 'Has' ? '' : join ' ', sort $text =~ /\bCONFIG_(\w+)/g;
	$kernel{$name} = { without => '', with => '', lc $how => $options };
}

# ---- how each is booted ------------------------------------------------------

my %enforced = (pid => 1, evm => 3, 'exec-unsigned' => 'EACCES', 'exec-unsigned-other' => 'EACCES');
my $own = qr/^payload: root-exec-ours=ok$/m;
my %boot = (
	root => [''],
	initramfs => ['initramfs'],
	initrd => ['initrd', words => 'bdev_allow_write_mounted=1'],
	'keys/evm' => ['mkdir ima/keys/evm; mv ima/keys/x509_evm.der ima/keys/evm; manifest'],
	integrity => ['conf "require = lockdown"', words => 'lockdown=integrity', like => qr/ required=lockdown /],
	confidentiality => ['conf "require = lockdown"', words => 'lockdown=confidentiality', like => qr/ required=lockdown /],
	'own keyrings' => ['own_rings hmac', without => qr/^ima_policy/, like => qr/ keyrings=_ima,_evm /,
		payload => { 'root-exec-ours' => 'ok', 'root-exec-theirs' => 'EACCES', 'root-exec-unsigned' => 'EACCES', 'root-map-unsigned' => 'EACCES' }],
	SELinux => ['', words => 'lsm=lockdown,selinux,integrity', like => qr/SELinux:  Initializing\./],
	AppArmor => ['', words => 'lsm=lockdown,apparmor,integrity', like => qr/AppArmor: AppArmor initialized/],
);
my %is_each = map { $_ => 1 } 'root', 'keys/evm', 'SELinux', 'AppArmor';

# A change, and options.
my $rules = 'printf "appraise func=%s appraise_type=imasig\n" POLICY_CHECK BPRM_CHECK MMAP_CHECK; ';
sub rule { return "{ $rules echo '$_[0]'; } | content ima/policy; manifest" }
my $label = 'appraise func=FILE_CHECK obj_type=etc_t appraise_type=imasig';
my $no_label = qr{/ima/policy: line 4: .*no LSM has a policy yet that knows this label};
my %wrong = (
	'a flipped bit in /ima/policy' => ['flip ima/policy'],
	'an unknown word in a rule' => [rule('appraise func=NONSENSE'), like => qr{/ima/policy: line 4: }],
	'an unsigned next init' => ['unsign sbin/init'],
	'ima_appraise=log' => ['', words => 'ima_appraise=log'],
	'an unsigned /ima/init' => ['unsign ima/init'],
	'an unsigned /ima/init of uid 1000' => ['unsign ima/init; chown 1000 ima/init'],
	'x509_evm.der deleted' => ['rm ima/keys/x509_evm.der'],
	'a certificate of another CA' => ['certificate "$keys/stranger/x509_ima.der" ima/keys/ima/other.der; manifest', like => qr/other\.der/],
	'require = lockdown without lockdown=' => ['conf "require = lockdown"'],
	'a label that no LSM knows' => [rule($label), like => $no_label],
	'a label before that LSM has a policy' => [rule($label), like => $no_label],
	'a kernel log that cannot be read' => ['', init => '/sbin/deny', words => 'DENY=103:1'],
	'evm-xattrs in init.conf' => ['conf "evm-xattrs = security.one"', like => qr/securityfs has no evm_xattrs/],
	'a certificate in keys/blacklist' => ['certificate "$keys/extra/x509_ima.der" ima/keys/blacklist/extra.der; manifest', like => qr/CONFIG_IMA_BLACKLIST_KEYRING/],
	'x509_evm.der not in keys/evm' => ['', boot => 'root'],
	nothing => ['', boot => 'root'],
	'no ima_policy=' => ['', boot => 'root', without => qr/^ima_policy=/],
	'a probe by another key' => ['cp attack/theirs.ima ima/probe.ima'],
);

# A boot, and what is wrong with it; the boot's own words stay.
sub options {
	my ($version, $kernel, $boot, $wrong) = @_;
	my ($change, %boot) = @{$boot{$boot} // die "no boot '$boot'"};
	my ($more, %more) = @{$wrong // ['']};
	delete $more{boot};
	my @like = map { ref $_ eq 'ARRAY' ? @$_ : $_ } grep { defined } $more{like}, $wrong ? () : $boot{like};
	my $words = join ' ', grep { defined } delete $boot{words}, delete $more{words};
	my %payload = $wrong ? () : (payload => $boot{payload} // \%enforced);
	delete @boot{qw(like payload)};
	return (join('; ', grep { $_ ne '' } $change, $more), %boot, %more, %payload, kernel => variant_of($version, $kernel{$kernel}),
		with => $words, like => \@like);
}

my (%first, %used, @cells);
for my $row (rows($accepted)) {
	my ($kernel, $boot, $proofs, $policy) = @$row;
	push @{$first{$kernel}}, $boot if $is_each{$boot};
	$first{$kernel} //= [$boot];
	push @cells, [$kernel, $boot, undef, undef, $proofs, $policy];
}
my %known_boots = map { $_ => 1 } map { split / , / } $boots =~ /^\.It (.*)$/gm;
case 'the table and this test know the same boots', sub { my %all = (%known_boots, map { $_->[1] => 1 } @cells); return grep { !$boot{$_} || !$known_boots{$_} } keys %all, keys %boot };
for my $row (rows($refused)) {
	my ($kernel, $code, $what) = @$row;
	my $wrong = $wrong{$what} // die "no change '$what'";
	$used{$what} = 1;
	my @kernels = $kernel eq 'each' ? grep({ $is_each{$first{$_}[0]} } sort keys %first) : $kernel;
	for my $one (@kernels) {
		my %is = @$wrong[1 .. $#$wrong];
		push @cells, [$one, $_, $what, $code] for $is{boot} // @{$first{$one}};
	}
}
case 'every change is in the table', sub { return grep { !$used{$_} } keys %wrong };
case 'every kernel is in the table', sub { my %in = map { $_->[0] => 1 } @cells; return grep { !$in{$_} || !$kernel{$_} } keys %kernel, keys %in };

for my $version ('6.1', '6.12') {
	for my $cell (@cells) {
		my ($kernel, $boot, $what, $code, $proofs, $policy) = @$cell;
		my ($change, %option) = options($version, $kernel, $boot, $what && $wrong{$what});
		push @{$option{like}}, qr/ima-init: handing over: .* proofs=\Q$proofs\E .* policy=\Q$policy\E / if $proofs;
		$proofs ? accepted "$version $kernel, $boot", $change, %option : refused "$version $kernel, $boot: $what" => $code, $change, %option;
	}
}

# Labels: AppArmor knows one without a policy; and once a policy is in, the kernel takes any.
my $second = "mkdir -p etc; { $rules echo 'measure func=FILE_CHECK obj_type=etc_t'; } | content etc/policy; conf 'next-init = /sbin/load-policy'";
for my $version ('6.1', '6.12') {
	my @lsm = options($version, 'lsm', 'AppArmor', ['']);
	shift @lsm;
	accepted "$version lsm, AppArmor: its one label", rule('measure func=FILE_CHECK subj_role=unconfined'), @lsm;
	refused '  another' => 'policy-invalid', rule('measure func=FILE_CHECK subj_role=other'), @lsm, like => $no_label;
	refused '  another in a second policy is taken' => 'halted', $second, @lsm, like => [qr/^helper: policy: taken$/m, qr/rule for LSM 'etc_t' is undefined/];
}

# Where the versions differ.
my $ca = 'issue ca:root "another CA" "$keys/ca" ca; certificate ca.der ima/keys/ima/ca.der; manifest';
accepted '6.1: a CA among the certificates of .ima', $ca, kernel => 'base', verify_not => 1, like => qr/ ima=2 /;
refused '6.12: the same' => 'key-refused', $ca, kernel => 'base-6-12', like => qr{keys/ima/ca\.der};
refused '6.12: an initrd, and no writes to what is mounted' => 'panic', 'initrd', kernel => 'base-6-12', like => qr/Unable to mount root fs on unknown-block\(1,0\)/;

finish;
