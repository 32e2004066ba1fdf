# SPDX-License-Identifier: MIT
# Everything that can be wrong with a certificate, the EVM master key and the
# EVM HMAC key.
use strict;
use warnings;
use Bed;
use Defects;

accepted 'nothing is wrong', '';
every_defect 'ima/keys/ima/extra.der', size => 16385;
every_defect 'ima/keys/kmk', size => 4097;
every_defect 'ima/keys/evm-key', size => 4097;

finish;
