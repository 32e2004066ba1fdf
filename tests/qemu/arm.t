# SPDX-License-Identifier: MIT
# The main boot tests on 32-bit ARM: a kernel and programs of that architecture.
use strict;
use warnings;
use Virt 'arm';

# What EVM signs begins with an unsigned long there, too.
accepted_there 'signed for a 32-bit kernel', 'sign ima/init ima/policy sbin/init; manifest';
refused_there '  /ima/init for one of 64 bits' => 'kernel-panic -13', 'evmctl_bits= sign_evm ima/init';
refused_there '  the policy' => 'file-refused', 'evmctl_bits= sign_evm ima/policy';
refused_there '  the next init' => 'handover-refused', 'evmctl_bits= sign_evm sbin/init';

main_tests();
finish();
