# SPDX-License-Identifier: MIT
# The kernel's command line: read as the kernel reads it, and never handed on
# as an environment that nobody asked for.
use strict;
use warnings;
use Bed;

# Words that the kernel does not know become PID 1's environment and arguments.
my $plain = '[HOME=/][TERM=linux]';
my %variable = (
	'LD_PRELOAD=/x' => 'LD_PRELOAD', 'LD_LIBRARY_PATH=/tmp' => 'LD_LIBRARY_PATH',
	'GLIBC_TUNABLES=glibc.malloc.check=3' => 'GLIBC_TUNABLES', 'BASH_ENV=/x' => 'BASH_ENV', 'PATH=/tmp' => 'PATH',
);
for my $word (sort keys %variable) {
	accepted $word, '', with => $word, payload => { env => $plain }, like => qr/environment: dropped.* $variable{$word}\b/;
	accepted "$word, the kernel itself hands it on", '', with => $word, init => '/sbin/init',
		payload => { env => qr/\[\Q$word\E\]/ } if $word =~ /^LD_PRELOAD/;
}
accepted 'all of them at once', '', with => join(' ', sort keys %variable), payload => { env => $plain };
accepted 'what a dropped variable held is not in the log', '', with => 'PASSWORD=hunter2', unlike => qr/ima-init: .*hunter2/;
accepted 'HOME=/x', '', with => 'HOME=/x', payload => { env => $plain };
accepted 'TERM=vt100', '', with => 'TERM=vt100', payload => { env => '[HOME=/][TERM=vt100]' };
accepted 'TERM with other characters', '', with => 'TERM=../x', payload => { env => '[HOME=/]' };
accepted 'words for the next init', '', with => 'single emergency', payload => { argv => '[/sbin/init][single][emergency]' };
# User-mode Linux adds console=tty0 at the very end.
accepted 'words after --', '', with => '-- single a=b', payload => { argv => '[/sbin/init][single][a=b][console=tty0]', env => $plain };
accepted 'a word with a dot is no variable', '', with => 'some.thing=1', payload => { env => $plain };

# evm=fix cannot be seen by a canary: it is refused wherever the kernel takes it.
my %fix = (
	'evm=fix' => ['evm=fix'],
	'a longer word that begins so' => ['evm=fixed'],
	'quoted as a whole' => ['"evm=fix"'],
	'its value quoted' => ['evm="fix"'],
	'before other words' => ['evm=fix', 'quiet'],
	'twice, the last one weak' => ['evm=x', 'evm=fix'],
	'twice, the first one weak' => ['evm=fix', 'evm=x'],
	'after a word with quoted blanks' => ['x="a b"', 'evm=fix'],
	'behind a no-break space, which is a blank to the kernel' => ["x\xa0evm=fix"],
	'behind a tab' => ["x\tevm=fix"],
	'after a -- that has a value' => ['--=x', 'evm=fix'],
	'after a quoted --' => ['x="--"', 'evm=fix'],
);
for my $how (sort keys %fix) {
	refused "evm=fix: $how" => 'command-line', '', with => $fix{$how};
}
my %harmless = (
	'after --' => ['--', 'evm=fix'],
	'inside quotes' => ['"x=a evm=fix b"'],
	'in capitals' => ['EVM=fix'],
	'evm=x' => ['evm=x'],
	'another name that ends so' => ['xevm=fix'],
);
for my $how (sort keys %harmless) {
	accepted "not evm=fix: $how", '', with => $harmless{$how};
}

# The kernel's own view decides about ima_appraise=; a word in another place must not hide the reason.
refused 'ima-appraise=log: a hyphen is an underscore' => 'not-enforcing', '', with => 'ima-appraise=log', like => qr/ima_appraise=log/;
refused 'ima_appraise="log"' => 'not-enforcing', '', with => ['ima_appraise="log"'], like => qr/ima_appraise=log/;
accepted 'ima_appraise=log after --', '', with => '-- ima_appraise=log';
accepted 'ima_appraise=log inside quotes', '', with => ['"x=a ima_appraise=log b"'];
accepted 'a very long line', '', with => [map { "x.$_=" . 'y' x 90 } 1 .. 20];

finish;
