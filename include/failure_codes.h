/* SPDX-License-Identifier: MIT */
/*
 * The failure codes of ima-init: stable words and numbers, in the order of the steps.
 *
 * FAILURE(NAME, number, word, cause, remedy): the boot log's line is
 * "ima-init: FAIL <word>: <what happened>: <remedy>", where what happened names
 * the file, the line or the errno and is worded where it is found out. The
 * manual, ima-init(8), has the same table and is compared with this one.
 *
 * PID 1 exits with the number, and the kernel's last line has it in its third byte:
 * "Attempted to kill init! exitcode=0x00002a00" is 42. A number is never given to
 * another code, so a new code takes the next one, wherever its row is. Numbers are
 * 10 to 125: shells use the others.
 */
#ifndef IMA_INIT_FAILURE_CODES_H
#define IMA_INIT_FAILURE_CODES_H

#define FAILURE_CODES(FAILURE) \
FAILURE(NOT_PID_1, 10, "not-pid-1", \
	"ima-init was started by hand or by another init", \
	"start it from the kernel with init=/ima/init") \
FAILURE(KERNEL_LACKS, 11, "kernel-lacks", \
	"the kernel was built without something that ima-init cannot do without", \
	"build the kernel with the option that is named") \
FAILURE(COMMAND_LINE, 12, "command-line", \
	"the kernel command line cannot be judged, or switches EVM to fix mode", \
	"correct the command line in the boot loader") \
FAILURE(NOT_ENFORCING, 13, "not-enforcing", \
	"the kernel lets a file be used that it should refuse, or cannot refuse one", \
	"boot with ima_policy=appraise_tcb ima_appraise=enforce and a CONFIG_IMA_APPRAISE_SIGNED_INIT kernel") \
FAILURE(NOT_INITRAMFS, 14, "not-initramfs", \
	"ima-init-initramfs was started from a disk, where nothing would vouch for it", \
	"put it into the initramfs as /ima/init and boot with rdinit=/ima/init") \
FAILURE(NOT_INITRD, 15, "not-initrd", \
	"ima-init-initrd was started from something else than the RAM disk of an initrd image", \
	"put it into the image as /ima/init and boot with root=/dev/ram0 init=/ima/init") \
FAILURE(KEYRING_EMPTY, 16, "keyring-empty", \
	"a trusted keyring is missing or holds no key", \
	"check that the kernel trusts the CA of x509_ima.der and x509_evm.der") \
FAILURE(SELF_UNSIGNED, 17, "self-unsigned", \
	"the running /ima/init is not root's, or has no signature that the kernel enforces", \
	"sign /ima/init as root's file with the IMA key, and for EVM with a portable signature") \
FAILURE(CANARY_UNFIT, 18, "canary-unfit", \
	"/ima/canary is missing or not such that its refusal would prove anything", \
	"make it again: imactl sign does (empty, mode 0400, of uid 0, security.ima the SHA-256 digest of nothing)") \
FAILURE(EVM_X509_MISSING, 19, "evm-x509-missing", \
	"the manifest lists x509_evm.der but the kernel started without an EVM certificate, so EVM was off", \
	"restore it, issued by a CA that the kernel trusts; without CONFIG_EVM_LOAD_X509 move it to /ima/keys/evm/") \
FAILURE(MANIFEST_MISSING, 20, "manifest-missing", \
	"/ima/manifest is not there", \
	"restore /ima/manifest; without it nothing in /ima is believed") \
FAILURE(MANIFEST_INVALID, 21, "manifest-invalid", \
	"the manifest is not in the form of the manual", \
	"make the manifest again and sign it") \
FAILURE(FILE_MISSING, 22, "file-missing", \
	"a file that is listed or needed is not there", \
	"restore the file; or change what asks for it, init.conf or the manifest, and sign that again") \
FAILURE(FILE_REFUSED, 23, "file-refused", \
	"the kernel refused to open the file: no signature, a wrong one, or a key that it does not know", \
	"sign the file (IMA, and portable EVM where EVM is on); the kernel's audit line names the cause") \
FAILURE(FILE_UNREADABLE, 24, "file-unreadable", \
	"the file or directory could not be read", \
	"check the file system") \
FAILURE(FILE_TYPE, 25, "file-type", \
	"a symlink, FIFO, device, socket or directory stands where a file must be, or a file where a directory must be", \
	"put a regular file, or a real directory, there") \
FAILURE(FILE_OWNER, 26, "file-owner", \
	"the file or a directory above it does not belong to root, so the kernel's rules do not cover it", \
	"chown 0:0 it and sign it again") \
FAILURE(FILE_MODE, 27, "file-mode", \
	"the file or a directory above it can be written by group or others", \
	"chmod go-w it and sign it again") \
FAILURE(FILE_MOUNT, 28, "file-mount", \
	"the file is on another file system than /ima", \
	"keep everything below /ima on one file system") \
FAILURE(FILE_EMPTY, 29, "file-empty", \
	"the file is empty", \
	"restore the file") \
FAILURE(FILE_TOO_LARGE, 30, "file-too-large", \
	"the file is larger than the limit that is named", \
	"make the file smaller; the limits are in ima-init(8)") \
FAILURE(FILE_DIFFERS, 31, "file-differs", \
	"the file's security.ima is not the one in the manifest: swapped, of another release, or signed again", \
	"restore the file of this release, or make and sign the manifest again") \
FAILURE(FILE_UNLISTED, 32, "file-unlisted", \
	"a file below /ima is not in the manifest", \
	"remove the file, or make and sign the manifest again") \
FAILURE(CONF_INVALID, 33, "conf-invalid", \
	"/ima/init.conf has an unknown or repeated name, a wrong value, or contradicts the files that are there", \
	"correct the line that is named (ima-init.conf(5)); outside an initramfs, sign it and the manifest again") \
FAILURE(REQUIREMENT, 34, "requirement", \
	"what init.conf requires of the platform is not so", \
	"switch it on, or take it out of require in init.conf") \
FAILURE(KEY_UNPLACED, 35, "key-unplaced", \
	"a file below /ima/keys belongs to no keyring", \
	"move it to keys/ima, keys/evm, keys/secondary (*.der) or keys/blacklist (*.der, *.p7s)") \
FAILURE(KEY_TOO_MANY, 36, "key-too-many", \
	"a directory below /ima/keys has more files than the limit that is named", \
	"remove certificates that are no longer needed") \
FAILURE(KEY_REFUSED, 37, "key-refused", \
	"the keyring did not take the certificate: its issuer is not trusted, it is revoked, or it is not an X.509 certificate", \
	"have it issued by a CA that the kernel or .secondary_trusted_keys holds") \
FAILURE(DEVICE_KEYS_MISSING, 38, "device-keys-missing", \
	"what imactl provision makes is not where device-keys in init.conf says, and provision = yes is not said", \
	"imactl provision makes them, on a boot with provision = yes in init.conf") \
FAILURE(DEVICE_KEYS_INVALID, 39, "device-keys-invalid", \
	"what holds the keys that this device has made is not as imactl provision makes it", \
	"imactl provision --force makes them again, on such a boot") \
FAILURE(KMK_INVALID, 40, "kmk-invalid", \
	"the EVM master key is not in the form that its type needs", \
	"make it again: at least 32 random bytes for a user key, the exported blob for a trusted key") \
FAILURE(KMK_REFUSED, 41, "kmk-refused", \
	"the kernel did not take the EVM master key", \
	"check that this kernel has the key type, and for a trusted key that this TPM sealed it") \
FAILURE(PCRS_DIFFER, 42, "pcrs-differ", \
	"the EVM master key was sealed to other values of the PCRs that init.conf names", \
	"boot what it was sealed for, or seal it again: imactl provision, imactl keygen --live") \
FAILURE(EVM_KEY_INVALID, 43, "evm-key-invalid", \
	"/ima/keys/evm-key is not an encrypted key blob in the kernel's form", \
	"export it again with keyctl pipe, without a newline at the end") \
FAILURE(EVM_KEY_REFUSED, 44, "evm-key-refused", \
	"the kernel did not take the EVM HMAC key: damaged, or made with another kmk", \
	"restore kmk and evm-key of the same release") \
FAILURE(EVM_XATTRS, 45, "evm-xattrs", \
	"the extended attributes that EVM protects could not be set or locked", \
	"check evm-xattrs in init.conf; the kernel needs CONFIG_EVM_ADD_XATTRS for it") \
FAILURE(EVM_NOT_SET, 46, "evm-not-set", \
	"EVM is not in the state that init.conf asks for, or its node is still open", \
	"see the kernel's lines before this one; evm in init.conf says what is wanted") \
FAILURE(POLICY_INVALID, 47, "policy-invalid", \
	"the policy has a line that the kernel refuses, no rule at all, or one that forbids to prove it", \
	"correct the policy; outside an initramfs, sign it and the manifest again") \
FAILURE(POLICY_REFUSED, 48, "policy-refused", \
	"the kernel did not open, or did not take, the policy", \
	"see the kernel's lines before this one") \
FAILURE(POLICY_UNPROVED, 49, "policy-unproved", \
	"the policy was written but nothing shows that it is in force", \
	"see the kernel's lines before this one; CONFIG_IMA_READ_POLICY gives the strongest proof") \
FAILURE(PROBE_REFUSED, 50, "probe-refused", \
	"the kernel refused a file with the signatures of /ima/probe.ima and probe.evm, by the keys of /ima/keys", \
	"make them again with imactl sign --probe and a key whose certificate is in /ima/keys/ima, /ima/keys/evm") \
FAILURE(POLICY_WEAK, 51, "policy-weak", \
	"under the site's policy a file without a right signature can be executed on a tmpfs, or mapped executable", \
	"demand appraise_type=imasig for BPRM_CHECK and MMAP_CHECK, and leave out no more than fsname=rootfs") \
FAILURE(KEYRING_UNPINNED, 52, "keyring-unpinned", \
	"the kernel does not keep the keyring that it found, so that another program could bring its own", \
	"report this kernel, or use CONFIG_INTEGRITY_TRUSTED_KEYRING") \
FAILURE(KEYRING_OPEN, 53, "keyring-open", \
	"a keyring that PID 1 has made could not be locked", \
	"report this kernel, or use CONFIG_INTEGRITY_TRUSTED_KEYRING") \
FAILURE(SIDECAR_INVALID, 54, "sidecar-invalid", \
	"the sidecar that restore names has a wrong line, or one that does not fit the archive", \
	"make archive and sidecar again: imactl pack --format cpio") \
FAILURE(RESTORE_REFUSED, 55, "restore-refused", \
	"a file of the initramfs could not be copied onto the tmpfs", \
	"give the machine more memory, or the archive fewer files") \
FAILURE(POLICY_EXEMPTS, 56, "policy-exempts", \
	"a program without a signature can be executed on a tmpfs: the site's policy exempts it, or is not enforced", \
	"require signatures (imasig) for programs on every tmpfs, exempt at most fsname=rootfs, set ima_appraise=enforce") \
FAILURE(ROOT_MISSING, 57, "root-missing", \
	"the root device is not there, is there twice, or is not named in a way that is looked up here", \
	"name it as /dev/NAME, PARTLABEL=NAME, MAJOR:MINOR or (Linux 6.13) PARTUUID=ID; rootwait waits for it") \
FAILURE(ROOT_REFUSED, 58, "root-refused", \
	"the root file system cannot be mounted, or cannot become the root", \
	"check the device, rootfstype= and rootflags=") \
FAILURE(CANARY_EXEC_UNFIT, 59, "canary-exec-unfit", \
	"/ima/canary-exec is missing or not such that its refusal would prove anything", \
	"make it again with imactl sign (FILES in ima-init(8)); or prove-exec = no in init.conf") \
FAILURE(POLICY_ESCAPED, 60, "policy-escaped", \
	"under the site's policy an unsigned file of another owner can be executed, or mapped executable", \
	"name no owner in the BPRM_CHECK and MMAP_CHECK rules; or prove-exec = no in init.conf") \
FAILURE(DEVICES_OPEN, 65, "devices-open", \
	"a device could be mapped executable, which no rule of IMA looks at", \
	"make a directory /dev for devtmpfs (CONFIG_DEVTMPFS); or set nodev = no in init.conf for a static /dev") \
FAILURE(NEXT_INIT_UNFIT, 61, "next-init-unfit", \
	"the next init is not a program of root's inside the root file system", \
	"correct the file, or next-init in init.conf") \
FAILURE(RESCUE_UNFIT, 62, "rescue-unfit", \
	"the rescue program needs a dynamic linker, which no rule covers before the policy is in force", \
	"link it statically; outside an initramfs, sign it and the manifest again") \
FAILURE(KEYS_LEFT, 63, "keys-left", \
	"the EVM keys could not be taken out of PID 1's keyrings", \
	"report this kernel") \
FAILURE(HANDOVER_REFUSED, 64, "handover-refused", \
	"the kernel did not execute the next init", \
	"sign it, or correct the policy; the kernel's audit line names the cause")

#define FAILURE_ENUM(name, number, word, cause, remedy) FAIL_##name = (number),
enum failure_code {
	FAIL_NONE,
	FAILURE_CODES(FAILURE_ENUM)
};
#undef FAILURE_ENUM

#endif
