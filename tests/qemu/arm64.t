# SPDX-License-Identifier: MIT
# The main boot tests on 64-bit ARM: a kernel and programs of that architecture.
use strict;
use warnings;
use Virt 'arm64';

main_tests();
finish();
