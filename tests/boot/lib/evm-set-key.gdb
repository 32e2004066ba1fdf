# SPDX-License-Identifier: MIT
# What a driver does that has EVM's key: evm_set_key(), when all drivers have started and
# process 1 has not. The key is whatever 32 bytes stand there.
set pagination off
set confirm off
set startup-with-shell off
set debuginfod enabled off
# User-mode Linux lives by signals, and traces its processes itself.
handle all nostop noprint pass
set follow-fork-mode parent
break run_init_process
run
print ((int (*)(const void *, unsigned long))evm_set_key)((const char *)&linux_proc_banner, 32)
delete
continue
