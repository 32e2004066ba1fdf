#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What the Tab key gives behind imactl, asked of bash itself.
use strict;
use warnings;
use Command;
use Test::More;

# The words that complete a command line, whose last word may be empty.
sub completions {
	my (@words) = @_;
	my $line = join ' ', map { "'$_'" } @words;
	my ($status, $said) = run(qq{PATH=\$(dirname "\$imactl"):\$PATH; . packaging/bash-completion; COMP_WORDS=($line); COMP_CWORD=$#words
		_imactl; printf '%s\\n' "\${COMPREPLY[\@]}"});
	return join ' ', sort split /\n/, $said;
}

like(completions('imactl', ''), qr/\bsign\b.*\bverify\b/, 'the commands');
is(completions('imactl', 'ver'), 'verify', 'the beginning of one');
like(completions('imactl', 'sign', '--evm'), qr/^--evm-cert --evm-key --evm-xattr$/, 'the options of a command');
is(completions('imactl', 'sign', '--hash', 'sha5'), 'sha512', 'the values of an option');
is(completions('imactl', 'pack', '--format', 'ex'), 'ext4', 'the formats');
is(completions('imactl', 'pack', '--format', 'd'), 'deb', '  of packages, too');
like(completions('imactl', 'install', '--c'), qr/^--ca --chain-only --chain-unchecked$/, 'the options of install');
is(completions('imactl', 'prov'), 'provision', 'a command of nine letters');
like(completions('imactl', 'provision', '--p'), qr/^--print-policy$/, '  its options');
is(completions('imactl', 'nothing', '--'), '', 'none of a command that does not exist');

done_testing();
