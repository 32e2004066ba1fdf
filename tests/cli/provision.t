#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl provision up to where a kernel and its TPM come in: tests/qemu/provision.t has the rest.
use strict;
use warnings;
use Command;
use Test::More;

# An init.conf, and what is said of it.
sub provision {
	my ($options, @lines) = @_;
	return 'mkdir -p "$work/ima"; printf "%s\n" ' . join(' ', map { qq("$_") } @lines) . ' >"$work/ima/init.conf"; "$imactl" provision --ima "$work/ima" ' . $options;
}
my @right = ('kmk = trusted keyhandle=0x81000001', 'device-keys = root', 'provision = yes');
sub without { my ($name) = @_; return grep { !/^$name / } @right }

my %refused = (
	'no init.conf' => ['"$imactl" provision --ima "$work/none"', qr/init\.conf: provision: kmk is not trusted/, 1],
	'no provision' => [provision('', without('provision')), qr/init\.conf: provision: provision = yes is not said/, 1],
	'provision = no' => [provision('', without('provision'), 'provision = no'), qr/provision = yes is not said/, 1],
	'  --force' => [provision('--force', without('provision')), qr/provision = yes is not said/, 1],
	'no device-keys' => [provision('', without('device-keys')), qr/device-keys is not given/, 1],
	'device-keys with another word' => [provision('', without('device-keys'), 'device-keys = usb'), qr/conf-invalid: line 3: has a wrong value/, 1],
	'kmk = user' => [provision('', without('kmk'), 'kmk = user'), qr/kmk is not trusted/, 1],
	'evm = x509' => [provision('', @right, 'evm = x509'), qr/evm is not hmac/, 1],
	'a wrong line' => [provision('', @right, 'provisions = yes'), qr/conf-invalid: line 4: has an unknown name/, 1],
	'a PCR that is none' => [provision('', @right, 'kmk-pcrs = 7 24'), qr/conf-invalid: line 4: has a wrong value/, 1],
	'  no number' => [provision('', @right, 'kmk-pcrs = seven'), qr/conf-invalid: line 4: has a wrong value/, 1],
	'--print-policy without kmk-pcrs' => [provision('--print-policy', @right), qr/kmk-pcrs is not given/, 1],
	'--print-policy and --force' => ['"$imactl" provision --print-policy --force', qr/exclude each other/, 2],
	'an argument' => ['"$imactl" provision x', qr/no argument is taken/, 2],
);
for my $name (sort keys %refused) {
	my ($command, $says, $code) = @{$refused{$name}};
	refuses($name, $command, $says, $code);
}
works('--help has an example', '"$imactl" provision --help', qr/^example:\n  imactl provision/m);

done_testing();
