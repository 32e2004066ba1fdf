/* SPDX-License-Identifier: MIT */
/*
 * The steps of a boot, in order: STEP(function, "what it does").
 * The manual, ima-init(8), has the same list and is compared with this one.
 * The order matters: the kernel remembers the appraisal of every file that is
 * opened, and a key or a rule counts only for what comes after it.
 */
#ifndef IMA_INIT_STEPS_H
#define IMA_INIT_STEPS_H

#define STEPS(STEP) \
STEP(check_process,        "be PID 1 with descriptors 0 to 2 taken") \
STEP(open_kernel_fs,       "reach proc, stop modprobe and hotplug, reach securityfs and the kernel log") \
STEP(read_command_line,    "read the command line as the kernel does") \
STEP(note_evm,             "note what EVM was set to before any file is opened") \
STEP(prove_rings,          "prove that .ima, and .evm where EVM is on, hold a key") \
STEP(prove_self,           "prove that this program carries signatures that the kernel enforces") \
STEP(prove_canary,         "prove that the kernel refuses an unsigned file") \
STEP(prove_rules,          "prove, where the kernel shows its rules, that they demand signatures") \
STEP(open_manifest,        "open the manifest and what it says of EVM") \
STEP(check_files,          "compare every file below /ima with the manifest, and find those that are not in it") \
STEP(read_conf,            "read init.conf, from here on the failure action is the configured one") \
STEP(check_requirements,   "check what init.conf requires of the platform") \
STEP(load_certificates,    "add certificates to the keyrings: blacklist, secondary, ima, evm") \
STEP(load_evm,             "load the EVM key, close EVM, prove it, drop the keys") \
STEP(check_pinned,         "compare the files outside /ima that the manifest lists") \
STEP(open_canary_exec,     "open an unsigned file of another owner while the rules allow it") \
STEP(load_policy,          "load the policy and prove that it is in force") \
STEP(prove_exec,           "prove that the policy is not escaped by a change of owner") \
STEP(guard_devices,        "keep devices from being mapped executable: / nodev, /dev noexec") \
STEP(check_next_init,      "find the next init inside the root file system") \
STEP(prepare_environment,  "choose the environment of the next init") \
STEP(hand_over,            "restore modprobe and hotplug, report, execute the next init")

/*
 * Those of ima-init-initramfs, which is verified with the kernel image that it is
 * in. A rootfs has no attributes, and the kernel's rules leave it out: so what the
 * disk proves of itself in the list above is proved of the root that is mounted.
 */
#define INITRAMFS_STEPS(STEP) \
STEP(check_process,        "be PID 1 with descriptors 0 to 2 taken") \
STEP(open_kernel_fs,       "reach proc, stop modprobe and hotplug, reach securityfs and the kernel log") \
STEP(check_rootfs,         "be on the rootfs that the kernel has unpacked") \
STEP(read_command_line,    "read the command line as the kernel does") \
STEP(note_evm,             "note what EVM was set to before any file is opened") \
STEP(list_files,           "list every file below /ima") \
STEP(read_conf,            "read init.conf, from here on the failure action is the configured one") \
STEP(make_own_rings,       "make _ima and _evm, where init.conf says that the kernel has no trusted keyrings") \
STEP(prove_rings,          "prove that .ima, and .evm where EVM is on, hold a key") \
STEP(prove_rules,          "prove, where the kernel shows its rules, that they demand signatures") \
STEP(check_requirements,   "check what init.conf requires of the platform") \
STEP(load_certificates,    "add certificates to the keyrings: blacklist, secondary, ima, evm") \
STEP(load_evm,             "load the EVM key, close EVM, prove it, drop the keys") \
STEP(restore_files,        "copy the initramfs onto a tmpfs, with the signatures of the sidecar that init.conf names") \
STEP(mount_root,           "mount the root file system that init.conf or the command line names") \
STEP(prove_root,           "prove on that root that the kernel refuses an unsigned file") \
STEP(load_policy,          "load the policy and prove that it is in force") \
STEP(prove_own_rings,      "prove by signed and forged files that the kernel uses _ima and _evm, keeps them, lock them") \
STEP(prove_restored,       "prove that the policy looks at that tmpfs") \
STEP(prove_tmpfs,          "prove on a tmpfs, where no root is mounted, that the kernel refuses an unsigned file") \
STEP(prove_exec,           "prove that the policy is not escaped by a change of owner") \
STEP(switch_root,          "free the rootfs and make the root file system the root") \
STEP(guard_devices,        "keep devices from being mapped executable: / nodev, /dev noexec") \
STEP(check_next_init,      "find the next init inside the root file system") \
STEP(prepare_environment,  "choose the environment of the next init") \
STEP(hand_over,            "restore modprobe and hotplug, report, execute the next init")

/*
 * Those of ima-init-initrd, in an initrd that is an image with attributes: all
 * that a disk proves of itself, and then what is proved of the root as above.
 */
#define INITRD_STEPS(STEP) \
STEP(check_process,        "be PID 1 with descriptors 0 to 2 taken") \
STEP(open_kernel_fs,       "reach proc, stop modprobe and hotplug, reach securityfs and the kernel log") \
STEP(check_ramdisk,        "be on the RAM disk that the kernel has copied the image to") \
STEP(read_command_line,    "read the command line as the kernel does") \
STEP(note_evm,             "note what EVM was set to before any file is opened") \
STEP(prove_rings,          "prove that .ima, and .evm where EVM is on, hold a key") \
STEP(prove_self,           "prove that this program carries signatures that the kernel enforces") \
STEP(prove_canary,         "prove that the kernel refuses an unsigned file") \
STEP(prove_rules,          "prove, where the kernel shows its rules, that they demand signatures") \
STEP(open_manifest,        "open the manifest and what it says of EVM") \
STEP(check_files,          "compare every file below /ima with the manifest, and find those that are not in it") \
STEP(read_conf,            "read init.conf, from here on the failure action is the configured one") \
STEP(check_requirements,   "check what init.conf requires of the platform") \
STEP(load_certificates,    "add certificates to the keyrings: blacklist, secondary, ima, evm") \
STEP(load_evm,             "load the EVM key, close EVM, prove it, drop the keys") \
STEP(check_pinned,         "compare the files outside /ima that the manifest lists") \
STEP(mount_root,           "mount the root file system that init.conf or the command line names") \
STEP(prove_root,           "prove on that root that the kernel refuses an unsigned file") \
STEP(load_policy,          "load the policy and prove that it is in force") \
STEP(prove_exec,           "prove that the policy is not escaped by a change of owner") \
STEP(leave_ramdisk,        "make the root file system the root, and unmount the RAM disk") \
STEP(guard_devices,        "keep devices from being mapped executable: / nodev, /dev noexec") \
STEP(check_next_init,      "find the next init inside the root file system") \
STEP(prepare_environment,  "choose the environment of the next init") \
STEP(hand_over,            "restore modprobe and hotplug, report, execute the next init")

#endif
