#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# imactl doctor --policy: what the rules of a policy leave out of what a kernel loads, and
# whether that kernel takes them. Each rule is left out, or weakened, alone.
use strict;
use warnings;
use Command;
use JSON::PP;
use Test::More;

sub file {
	my ($name, @lines) = @_;
	open my $out, '>', "$work/$name" or die $!;
	print {$out} map { "$_\n" } @lines;
	close $out or die $!;
	return "$work/$name";
}

# Of the hooks and of modsig: "NAME verdict: what was found".
sub judged {
	my ($policy, $config, @option) = @_;
	my $with = $config ? '--config ' . file('config', "CONFIG_CC_IS_GCC=y", map { "CONFIG_$_" } @$config) : "--cmdline ''";
	my ($status, $said) = run(qq{"\$imactl" doctor --json $with --policy } . file('policy', @$policy));
	my ($json) = $said =~ /^(\{.*)/ms or return "$status: $said";
	my @checks = grep { $_->{option} =~ /_CHECK$|^modsig$/ } @{decode_json($json)->{checks}};
	return join "\n", map { "$_->{option} $_->{verdict}: $_->{found}" } @checks;
}

my @hooks = qw(MODULE_CHECK FIRMWARE_CHECK KEXEC_KERNEL_CHECK KEXEC_INITRAMFS_CHECK);
my %of = (MODULE_CHECK => 'MODULES=y', FIRMWARE_CHECK => 'FW_LOADER=y', KEXEC_KERNEL_CHECK => 'KEXEC_FILE=y', KEXEC_INITRAMFS_CHECK => 'KEXEC_FILE=y');
my @config = qw(MODULES=y FW_LOADER=y KEXEC_FILE=y IMA_APPRAISE_MODSIG=y);
sub rules { my ($change) = @_; return ['# a comment', '', map { my $rule = "appraise func=$_ appraise_type=imasig"; $change ? $change->($rule, $_) : $rule } @hooks] }
my %right; @right{@hooks} = map { "$hooks[$_] ok: policy line " . ($_ + 3) . ": $hooks[$_]" } 0 .. $#hooks;
sub expected { my (%other) = @_; return join "\n", grep { $_ } map { exists $other{$_} ? $other{$_} : $right{$_} } @hooks, grep { $_ eq 'modsig' } keys %other }

is(judged(rules(), \@config), expected(), 'all rules');
is(judged(rules(), undef), expected(), 'all rules, and no configuration');
is(judged(rules(sub { " \t$_[0]" =~ s/ func/\tfunc/r }), \@config), expected(), 'blanks and tabs');
is(judged([], ['IMA=y']), '', 'a kernel that loads nothing');
for my $hook (@hooks) {
	my $weak = sub { my ($rule) = @_; return rules(sub { $_[1] eq $hook ? $rule->($_[0]) : $_[0] }) };
	my %none = ($hook => "$hook advice: policy: no rule for $hook");
	is(judged($weak->(sub { '' }), \@config), expected(%none), "no rule for $hook");
	is(judged($weak->(sub { '' }), undef), expected(%none), '  and no configuration');
	is(judged($weak->(sub { "# $_[0]" }), \@config), expected(%none), '  but in a comment');
	is(judged($weak->(sub { $_[0] =~ s/ appraise_type=imasig//r }), \@config), expected(%none), '  that demands a signature');
	is(judged($weak->(sub { $_[0] =~ s/^/dont_/r }), \@config), expected(%none), '  but an exemption');
	is(judged($weak->(sub { $_[0] =~ s/^appraise/measure/r }), \@config), expected(%none), '  but one that measures');
	is(judged($weak->(sub { $_[0] =~ s/ func=\S+//r }), \@config), expected(%none), '  by its name');
	my ($line) = $right{$hook} =~ /line (\d+)/;
	is(judged($weak->(sub { "$_[0] fowner=0" }), \@config), expected($hook => "$hook advice: policy line $line: $hook only where fowner=0"), '  but by owner');
	is(judged($weak->(sub { "$_[0] digest_type=verity appraise_algos=sha256" }), \@config), expected(), '  with more demands');
	my %without = map { $_ => '' } grep { $of{$_} eq $of{$hook} } @hooks;
	is(judged($weak->(sub { '' }), [grep { $_ ne $of{$hook} } @config]), expected(%without), "  where $of{$hook} is not");
}
is(judged(rules(sub { $_[1] eq 'MODULE_CHECK' ? '' : $_[0] }), [@config, 'MODULE_SIG_FORCE=y']),
	expected(MODULE_CHECK => 'MODULE_CHECK ok: policy: no rule for MODULE_CHECK, but CONFIG_MODULE_SIG_FORCE=y'), 'the kernel\'s own signatures of modules');
is(judged(rules(sub { $_[1] eq 'KEXEC_KERNEL_CHECK' ? '' : $_[0] }), [@config, 'KEXEC_SIG_FORCE=y']),
	expected(KEXEC_KERNEL_CHECK => 'KEXEC_KERNEL_CHECK ok: policy: no rule for KEXEC_KERNEL_CHECK, but CONFIG_KEXEC_SIG_FORCE=y'), '  of kernels');

my $modsig = rules(sub { $_[1] eq 'KEXEC_KERNEL_CHECK' ? "$_[0]|modsig" : $_[0] });
is(judged($modsig, \@config), expected(modsig => 'modsig ok: policy line 5: modsig, and CONFIG_IMA_APPRAISE_MODSIG=y'), 'modsig');
is(judged($modsig, [grep { !/MODSIG/ } @config]), expected(modsig => 'modsig WRONG: policy line 5: modsig, and CONFIG_IMA_APPRAISE_MODSIG is not set'), '  on a kernel that does not know it');
is(judged($modsig, undef), expected(), '  and no configuration');

for my $name (qw(appraise-signed appraise-signed-initramfs)) {
	my $said = judged([split /\n/, qx(cat policy/$name)], \@config);
	is(scalar(() = $said =~ / ok: /g), 4, "policy/$name has all rules") or diag($said);
}
my $said = judged([split /\n/, qx(cat policy/signed-init-only)], \@config);
like($said, qr/^MODULE_CHECK advice: .*\nFIRMWARE_CHECK advice: .*\nKEXEC_KERNEL_CHECK ok: .*\nKEXEC_INITRAMFS_CHECK ok: /, 'policy/signed-init-only has those for kexec');

my $config = file('config', 'CONFIG_CC_IS_GCC=y', map { "CONFIG_$_" } @config);
refuses('a policy that is not there', qq{"\$imactl" doctor --config $config --policy /none | grep -v '^\\(answer\\|ok\\|WRONG\\|advice\\|unknown\\|[0-9]\\)'; exit \${PIPESTATUS[0]}}, qr{/none}, 3);

done_testing();
