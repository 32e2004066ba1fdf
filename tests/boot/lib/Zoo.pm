# SPDX-License-Identifier: MIT
# Keys and certificates of every kind, made by openssl: those that kernels use, and those
# that only look so.
#
#   key 'p256', 'EC -pkeyopt ec_paramgen_curve:P-256';
#   certificate 'p256', key => 'p256', digest => 'sha384';
#   my $directory = zoo();
#
# The directory has NAME.key of each key; NAME.der and NAME.pem of each certificate, whose key
# is the link NAME.key. What is asked for once is kept as long as the list stays the same.
package Zoo;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Exporter qw(import);

our @EXPORT = qw(key certificate zoo);

my @SIGNS = ('basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid:always');
my @ISSUES = ('basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign', @SIGNS[2, 3]);
my $script = '';

# The words behind `openssl genpkey -algorithm`.
sub key {
	my ($name, $words) = @_;
	$script .= "openssl genpkey -quiet -algorithm $words -out $name.key\n";
	return;
}

# Options:
#   key     its name (default: the certificate's)
#   issuer  a certificate above (default: the kernel's CA; "self": none)
#   digest  of its signature (default: sha256)
#   words   further ones for `openssl req`
#   ca      true: it issues others
#   dates   [from, until], in the form of `openssl ca`
#   changed { name of an extension => the line in its place, or undef: without it }
#   more    further lines for the configuration of its extensions
#   then    commands that change NAME.der
sub certificate {
	my ($name, %option) = @_;
	my ($key, $issuer, $digest) = ($option{key} // $name, $option{issuer} // 'ca', $option{digest} // 'sha256');
	my %changed = %{$option{changed} // {}};
	my @lines = map { my ($extension) = /^(\w+)/; exists $changed{$extension} ? delete($changed{$extension}) // () : $_ } $option{ca} ? @ISSUES : @SIGNS;
	die "$name: no such extension: " . join ' ', keys %changed if %changed;
	@lines = map { s/keyid:always/keyid/r } @lines if $issuer eq 'self';
	my $by = $issuer eq 'self' ? '' : "-CA $issuer.pem -CAkey $issuer.key";
	$script .= "ln -sf $key.key $name.key\n" if $key ne $name;
	$script .= "printf '%s\\n' '[req]' 'distinguished_name=name' 'string_mask=utf8only' '[name]' '[own]' " . join(' ', map { "'$_'" } @lines, @{$option{more} // []}) . " >$name.cnf\n";
	if ($option{dates}) {
		$script .= "openssl req -new -subj '/CN=zoo $name' -key $name.key -config $name.cnf -out $name.csr; : >$name.index\n";
		$script .= "printf '%s\\n' '[ca]' 'default_ca=own_ca' '[own_ca]' 'database=$name.index' 'policy=any' 'rand_serial=yes' 'new_certs_dir=.' 'unique_subject=no' '[any]' 'CN=supplied' >>$name.cnf\n";
		$script .= "openssl ca -batch -notext -config $name.cnf -extensions own -md $digest -keyfile $issuer.key -cert $issuer.pem -startdate $option{dates}[0] -enddate $option{dates}[1] -in $name.csr -out $name.pem\n";
	} else {
		$script .= "openssl req -new -x509 -config $name.cnf -extensions own -subj '/CN=zoo $name' -days 3650 -$digest -key $name.key $by " . ($option{words} // '') . " -out $name.pem\n";
	}
	$script .= "openssl x509 -in $name.pem -outform DER -out $name.der\n";
	$script .= "$option{then}\n" if $option{then};
	return;
}

# Makes all of them, once; KEYS is the directory of the CA.
sub zoo {
	my ($keys) = @_;
	my $directory = "$keys/zoo-" . substr(sha256_hex($script), 0, 12);
	local @ENV{qw(ZOO ZOO_KEYS ZOO_SCRIPT)} = ($directory, $keys, $script);
	my $said = qx(exec 2>&1; exec bash -euo pipefail -c '
		umask 077
		exec 8>"\$ZOO_KEYS/zoo.lock"
		flock 8
		[ ! -e "\$ZOO/complete" ] || exit 0
		rm -rf "\$ZOO_KEYS"/zoo-*
		mkdir -p "\$ZOO"
		cd "\$ZOO"
		ln -s ../ca.pem ../ca.key .
		ln -s ../stranger/ca.pem stranger.pem
		ln -s ../stranger/ca.key stranger.key
		eval "\$ZOO_SCRIPT"
		: >complete');
	die "zoo: $said" if $?;
	return $directory;
}

1;
