#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The manual says what the program does: steps, failure codes, names of
# init.conf and limits stand in the pages exactly as in the headers, in the same
# order, none more and none less; and mandoc finds nothing wrong with the pages.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $top = $ENV{IMA_INIT_SOURCE} // dirname(dirname(dirname(abs_path($0))));
my $man = $ENV{IMA_INIT_MAN} // "$top/man";

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or BAIL_OUT("$path: $!");
	local $/ = undef;
	return scalar <$in>;
}

# A header without its comments and with its lines joined.
sub header {
	my $text = slurp("$top/$_[0]");
	$text =~ s{/\*.*?\*/}{}gs;
	$text =~ s{\\\n}{ }g;
	return $text;
}

# The calls of a table's macro: NAME("...", ...) or NAME(word, "..."), each as
# the list of its arguments.
sub table {
	my ($header, $macro) = @_;
	my $string = qr/"(?:[^"\\]|\\.)*"/;
	my @rows;
	while ($header =~ /\b$macro\(\s*((?:\w+|$string)(?:\s*,\s*(?:\d+|$string))+)\s*\)/g) {
		my @row = map { s/^"|"$//gr =~ s/\\(.)/$1/gr } $1 =~ /$string|\w+/g;
		push @rows, \@row;
	}
	return @rows;
}

# The lines of a section, without comments.
sub section {
	my ($page, $name) = @_;
	my $text = slurp("$man/$page") =~ s/^\.\\".*\n//gmr;
	return $text =~ /^\.Sh $name\n(.*?)(?=^\.Sh |\z)/ms ? $1 : '';
}

# Each item whose head begins with the macro, as [name, body], nested lists left in.
sub items {
	my ($text, $macro) = @_;
	my @parts = split /^\.It $macro (.*)\n/m, $text;
	my @items;
	shift @parts;
	while (my ($head, $body) = splice @parts, 0, 2) {
		push @items, [plain($head), $body];
	}
	return @items;
}

# mdoc without its macros and escapes; line breaks are blanks.
sub plain {
	my ($text) = @_;
	$text =~ s/^\.Xr (\S+) (\d)/$1($2)/gm;
	$text =~ s/^\.[A-Z][a-z] //gm;
	$text =~ s/\\&//g;
	$text =~ s/\\-/-/g;
	$text =~ s/\s+([:;,.)])(?=\s|$)/$1/g;
	$text =~ s/\s+/ /g;
	$text =~ s/^ | $//g;
	return $text;
}

# A clause of the headers as the pages write it: a sentence.
sub sentence {
	my ($text) = @_;
	$text = ucfirst $text unless $text =~ m{^(?:ima-init\b|/)};
	return plain("$text.");
}

sub first_paragraph { return plain((split /^\.(?:Pp|Bl|El).*\n/m, $_[0])[0]) }
sub remedy { return $_[0] =~ /^\.Em Remedy :\n(.*?)(?=^\.(?:Pp|El)|\z)/ms ? plain($1) : '' }

# Rows of a column list: [cell, cell, ...], the heading left out.
sub rows {
	my ($text) = @_;
	my ($list) = $text =~ /^\.Bl -column.*?\n(.*?)^\.El/ms;
	my @rows = map { [map { plain($_) } split / Ta /] } ($list // '') =~ /^\.It (.*)$/gm;
	return grep { $_->[0] !~ /^Em / } @rows;
}

sub without_macro { return $_[0] =~ s/^[A-Z][a-z] //r }

my ($on_disk, $in_initramfs, $in_initrd) = split /define INITR[A-Z]+_STEPS/, header('src/init/steps.h');
my @steps = table($on_disk, 'STEP');
my @initramfs_steps = table($in_initramfs, 'STEP');
my @initrd_steps = table($in_initrd, 'STEP');
my @codes = table(header('include/failure_codes.h'), 'FAILURE');
my @names = table(header('include/conf_names.h'), 'CONF_NAME');
my %limits = header('include/layout.h') =~ /^#define\s+(LIMIT_\w+|KMK_MIN|EVM_KEY_M\w+)\s+(\d+)\s*$/mg;

# A parser that finds nothing would agree with an empty page.
cmp_ok(scalar @steps, '>=', 15, 'the header has steps');
cmp_ok(scalar @codes, '>=', 30, 'the header has failure codes');
cmp_ok(scalar @names, '>=', 10, 'the header has names of init.conf');
cmp_ok(scalar keys %limits, '>=', 10, 'the header has limits');
is(scalar @codes, scalar(() = header('include/failure_codes.h') =~ /\bFAILURE\(\w+,/g),
	'every failure code was understood');
is(@steps + @initramfs_steps + @initrd_steps, scalar(() = header('src/init/steps.h') =~ /\bSTEP\(\w+,/g),
	'every step was understood');

is_deeply([map { [$_->[0], first_paragraph($_->[1])] } items(section('ima-init.8', 'STEPS'), 'Sy')],
	[map { [$_->[0], sentence($_->[1])] } @steps], 'ima-init(8): the steps');

# Those of the others: all by name, and a paragraph for each that no list ahead has.
my %known_step = map { $_->[0] => $_->[1] } @steps;
for my $list (['IN AN INITRAMFS', @initramfs_steps], ['FROM AN INITRD IMAGE', @initrd_steps]) {
	my ($name, @list) = @$list;
	my $section = section('ima-init.8', $name);
	is_deeply([($section =~ /^The steps are(.*?)^\.El/ms)[0] =~ /^\.Sy (\w+) [,.]$/mg], [map { $_->[0] } @list], "ima-init(8), $name: the steps");
	is_deeply([map { [$_->[0], first_paragraph($_->[1])] } items($section, 'Sy')],
		[map { [$_->[0], sentence($_->[1])] } grep { !$known_step{$_->[0]} } @list], '  those that are new');
	is_deeply([grep { ($known_step{$_->[0]} //= $_->[1]) ne $_->[1] } @list], [], '  the others are the same');
}

is_deeply([map { { code => $_->[0], cause => first_paragraph($_->[1]), remedy => remedy($_->[1]) } }
		items(section('ima-init.8', 'FAILURES'), 'Sy')],
	[map { { code => sprintf('%s (%d, 0x%06x00)', @$_[2, 1, 1]), cause => sentence($_->[3]), remedy => plain("$_->[4].") } } @codes],
	'ima-init(8): the failure codes, their numbers, causes and remedies');

is_deeply({map { without_macro($_->[0]) => $_->[1] } rows(section('ima-init.8', 'LIMITS'))}, \%limits,
	'ima-init(8): the limits');

# The summary's keys, from the format that the program writes.
my ($format) = slurp("$top/src/init/handover.c") =~ /("handing over: version=.*?),\n\s+boot->/s;
my @written = ($format // '') =~ /(?:"handing over: | )([a-z-]+)=/g;
# One that only those have that mount a root.
@written = map { $_ eq 'next-init' ? ('root', $_) : $_ } @written if slurp("$top/src/init/handover.c") =~ /" root="/;
my ($log) = section('ima-init.8', 'LOG') =~ /^\.Bl (.*?)^\.El/ms;
my @explained = map { split / , /, $_->[0] =~ s/,/ ,/gr } items($log // '', 'Cm');
s/^\s+|\s+$//g for @explained;
cmp_ok(scalar @written, '>=', 8, 'the program writes a summary');
is_deeply(\@explained, \@written, 'ima-init(8): the keys of the summary');

my $settings = section('ima-init.conf.5', 'SETTINGS');
is_deeply([map { [without_macro($_->[0]), @$_[1, 2]] } rows($settings)],
	[map { [@$_[1 .. 3]] } @names], 'ima-init.conf(5): names, values, defaults');
is_deeply([map { $_->[0] } grep { $_->[0] !~ / Ta / } items($settings, 'Ic')],
	[map { $_->[1] } @names], 'ima-init.conf(5): each name is explained');

# imactl: the words of verify, and every option of every command.
my ($words) = section('imactl.1', 'DESCRIPTION') =~ /^\.Ss verify\n.*?^(\.Bl -column.*?^\.El)/ms;
is_deeply([map { [without_macro($_->[0]), $_->[1] =~ s/ \(with .*//r] } rows($words // '')],
	[map { [@$_[1, 2]] } table(header('src/imactl/file_verify.h'), 'FILE_VERDICT')], 'imactl(1): the words of verify');
my $page = slurp("$man/imactl.1");
for my $command (qw(doctor explain install keygen pack provision sign verify)) {
	my @options = slurp("$top/src/imactl/cmd_$command.c") =~ /^\t\{ "([a-z0-9-]+)", (?:no|required)_argument/mg;
	cmp_ok(scalar @options, '>=', 3, "imactl $command has options");
	is_deeply([grep { $page !~ /Fl -\Q$_\E\b/ } @options], [], "imactl(1): the options of $command");
}

# A word in the pages that looks like a code but is none misleads whoever searches for it.
my %known = map { $_->[2] => 1 } @codes;
for my $page ('ima-init.8', 'ima-init.conf.5') {
	my $text = slurp("$man/$page");
	my @named = $text =~ /fails? with\n\.Cm (\S+)/g;
	is_deeply([grep { !$known{$_} } @named], [], "$page: every code that it names exists");
}

my ($release) = header('include/layout.h') =~ /IMA_INIT_VERSION\s+"([^"]+)"/;
like(slurp("$top/NEWS.md"), qr/^## \Q$release\E\b/m, 'NEWS.md has this version');

SKIP: {
	my $mandoc = grep { -x "$_/mandoc" } split /:/, $ENV{PATH};
	if (!$mandoc && $ENV{MUST_RUN}) {
		fail('mandoc is installed');
	}
	skip 'no mandoc', 3 unless $mandoc;
	for my $page ('ima-init.8', 'ima-init.conf.5', 'imactl.1') {
		my $found = qx(mandoc -T lint -W warning '$man/$page' 2>&1);
		is($found, '', "$page: mandoc finds nothing");
	}
}

done_testing();
