# SPDX-License-Identifier: MIT
# Everything that can be wrong with init.conf and with the policy.
use strict;
use warnings;
use Bed;
use Defects;

my $conf = 'conf "next-init = /sbin/init"';
accepted 'init.conf: nothing is wrong', $conf;
every_defect 'ima/init.conf', before => $conf, size => 4097;

accepted 'policy: nothing is wrong', '';
# A policy without a rule has its own code, however that came to be.
every_defect 'ima/policy', size => 1048577, except => { 'empty, signed so' => 'policy-invalid' };

finish;
