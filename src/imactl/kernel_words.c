/* SPDX-License-Identifier: MIT */
/* What the kernel says in a word, in plain words. */
#include "kernel_words.h"

#define SIGN     "sign the file: imactl sign"
#define RESIGN   "restore the file as it was signed, or sign it again: imactl sign"
#define EVM_SIGN "sign it for EVM, too, after owner, mode and attributes are as they will stay: imactl sign"

const struct explanation kernel_causes[] = {
	/* ima_appraise.c */
	{ "IMA-signature-required", "the rules demand a signature in security.ima, and the file has a digest or nothing", SIGN },
	{ "missing-hash", "the file has no security.ima", SIGN },
	{ "missing-HMAC", "the file has security.ima, but no security.evm", EVM_SIGN },
	{ "invalid-HMAC", "security.evm is not right for owner, group, mode and the security attributes of the file", EVM_SIGN },
	{ "invalid-fail-immutable", "the portable signature in security.evm does not verify",
	  EVM_SIGN ", with --32-bit for a 32-bit kernel" },
	{ "invalid-hash", "the content is not what the digest in security.ima says", RESIGN },
	{ "invalid-signature", "the signature in security.ima, or at the end of a module, does not verify: the content changed, or its key is not in .ima",
	  "imactl verify tells the two apart; a line \"Request for unknown key\" before it names the key" },
	{ "invalid-signature-version", "security.ima has a version of signature that this kernel does not take", "sign it again, with the format that the kernel reads" },
	{ "invalid-verity-signature", "the signature of the file's fs-verity digest does not verify", "sign the digest again with a key that is in .ima" },
	{ "verity-signature-required", "the rules demand a signature of the fs-verity digest", "sign the digest, or correct the rule" },
	{ "sigv3-hashing-error", "the kernel could not compute the digest of a version 3 signature", "check that the digest's algorithm is in the kernel" },
	{ "unverifiable-signature", "the file system is not trusted to be appraised (a FUSE or an unprivileged mount)", "use the file from another file system, or see SB_I_UNTRUSTED_MOUNTER" },
	{ "unknown-ima-data", "security.ima begins with a byte that is no type of signature or digest", "sign the file again: imactl sign --force" },
	{ "unknown", "the kernel could not judge the file, for a reason that it does not name", "look at the lines before" },
	{ "failed", "it was refused, and more is not said", "look at the lines before" },
	{ "blacklisted-hash", "the digest of the file is in .blacklist: it was revoked", "install the release that replaces it" },
	{ "denied-hash-algorithm", "the digest's algorithm is not among those that appraise_algos= allows", "sign with another: imactl sign --hash" },
	{ "unavailable-hash-algorithm", "the digest's algorithm is not in the kernel", "build the kernel with it (CONFIG_CRYPTO_SHA256, CONFIG_CRYPTO_SHA512), or sign with another" },
	/* ima_api.c, ima_main.c */
	{ "failed(directio)", "the file was opened with O_DIRECT, so that its content cannot be collected", "open it without, or allow it by permit_directio in the rule" },
	{ "hashing_error", "the file could not be read to the end, or its digest not be computed", "check the disk" },
	{ "ENOMEM", "the kernel had no memory for it", "more memory" },
	{ "failed-mprotect", "a mapped file was to be made executable, which the rule for MMAP_CHECK refuses", "map it executable in the first place, or correct the policy" },
	{ "not-regular-file", "a device, or something else that is not a regular file, was to be mapped executable; it has no signature (a kernel with the patch in packaging/kernel)", "replace the device, or the symlink to it, by the file that belongs there; or exempt the device by a rule" },
	{ "ToMToU", "a measured file was opened for writing while it was open for reading", "measurement only: nothing was refused" },
	{ "open_writers", "a file was opened for reading while it was open for writing", "measurement only: nothing was refused" },
	/* ima_policy.c, ima_fs.c */
	{ "invalid-policy", "the policy has a line that the kernel does not understand", "correct it; the kernel's line 1807 with res=0 shows how far it was understood" },
	{ "completed", "the new policy is in force", "nothing" },
	{ "signed policy file (specified as an absolute pathname) required", "the rules in force take a policy by the path of a signed file only", "write the path, and sign the file" },
	/* evm_main.c */
	{ "no_label", "the file has no security.evm", EVM_SIGN },
	{ "no_xattrs", "the file has no security attributes at all", SIGN },
	{ "fail_immutable", "the file carries a portable signature, which forbids the change", "sign the file again after the change, on the build host" },
	/* verity */
	{ "no-verity-digest", "the file has no fs-verity digest", "enable fs-verity on the file" },
	{ "invalid-verity-digest", "the fs-verity digest is not the one in security.ima", "restore the file, or sign its digest again" },
};
const size_t kernel_cause_count = sizeof(kernel_causes) / sizeof(kernel_causes[0]);

const struct explanation kernel_messages[] = {
	/* digsig_asymmetric.c */
	{ "Request for unknown key", "a signature names a key that the keyring does not hold; the id is the end of its subject key identifier",
	  "add the key's certificate (/ima/keys/ima, /ima/keys/evm), or sign with a key that is there" },
	{ "is in ima_blacklist_keyring", "the key of a signature was revoked", "sign with another key" },
	/* digsig.c */
	{ "no _ima keyring", "the kernel has no trusted keyring .ima (CONFIG_INTEGRITY_TRUSTED_KEYRING), and nobody made _ima", "another kernel configuration, or ima-init-initramfs with trusted-keyrings = no" },
	{ "no _evm keyring", "the kernel has no trusted keyring .evm (CONFIG_INTEGRITY_TRUSTED_KEYRING), and nobody made _evm", "another kernel configuration, or ima-init-initramfs with trusted-keyrings = no" },
	{ "Problem loading X.509 certificate", "the kernel did not take a certificate: -126 its issuer is not trusted (no CA in CONFIG_SYSTEM_TRUSTED_KEYS vouches for it), -74 it is no DER, -65 an algorithm is missing, -129 it is revoked",
	  "have it issued by the CA in the kernel; imactl verify --ca checks that" },
	{ "Unable to open file:", "the kernel did not find a certificate that it loads itself (-2), or could not read it", "put it back: /ima/keys/x509_ima.der, x509_evm.der" },
	{ "Loading X.509 certificate", "the kernel is about to load a certificate", "nothing" },
	/* init/main.c, kernel/panic.c */
	{ "Requested init", "the kernel did not start what init= names: -13 refused by IMA (unsigned, changed, a key that is not there), -2 not there, -8 no program",
	  "imactl verify ROOT; the kernel's audit line before it names the cause" },
	{ "Attempted to kill init", "process 1 ended: what ima-init does after a failure with on-failure = panic", "look for the line \"ima-init: FAIL\" before it" },
	/* evm */
	{ "evm: key initialized", "the EVM HMAC key is loaded", "nothing" },
	{ "evm: key initialization failed", "EVM did not take its HMAC key", "kmk and evm-key must be of one release" },
	{ "evm: Initialising EVM extended attributes", "EVM starts; what follows is what it protects", "nothing" },
	/* ima_fs.c */
	{ "policy update completed", "a new policy is in force", "nothing" },
	{ "policy update failed", "a policy was refused, or the node was closed without one; the rules are as before", "look at the lines before" },
	{ "ima: policy \"", "ima_policy= on the command line has a name that the kernel does not know", "ima_policy=appraise_tcb" },
	{ "appraise option", "ima_appraise= on the command line has a value that the kernel does not know", "ima_appraise=enforce" },
	{ "No TPM chip found", "there is no TPM: measurements are kept, but not sealed into one", "nothing, unless you need attestation" },
	{ "impossible to appraise a module without a file descriptor", "init_module() was refused: the kernel cannot see the module's file", "load it with finit_module(), as kmod does with one that is not compressed; or use module.sig_enforce" },
	{ "impossible to appraise a kernel image", "kexec_load() was refused: the kernel cannot see the file", "kexec -s (kexec_file_load)" },
	{ "Prevent firmware loading_store", "firmware by way of sysfs was refused: the kernel cannot see a file", "install it in /lib/firmware, and sign it" },
	/* kernel/module/signing.c, security/lockdown */
	{ "Loading of unsigned module is rejected", "the kernel demands an appended signature (module.sig_enforce), which the module does not have", "imactl sign --appended" },
	{ "Loading of module with unavailable key", "the kernel demands an appended signature (module.sig_enforce), and this one's key is not in .secondary_trusted_keys; .ima does not count",
	  "put its certificate into /ima/keys/secondary, too" },
	{ "unsigned module loading is restricted", "lockdown demands an appended signature, which the module does not have, or whose key is not in .secondary_trusted_keys",
	  "imactl sign --appended, and its certificate in /ima/keys/secondary" },
	{ "module verification failed", "the kernel's own check found no appended signature that it knows, and does not demand one; IMA has judged the module before", "nothing" },
	/* drivers/base/firmware_loader */
	{ "Direct firmware load for", "a file below /lib/firmware was not loaded: -13 refused by IMA (unsigned, changed), -2 not there", "sign it: imactl sign; the kernel's audit line names the cause" },
	/* encrypted.c */
	{ "encrypted_key:", "the kernel did not take an encrypted key. THIS LINE MAY SHOW A KEY IN CLEAR", "treat the log as secret; make the key again" },
	{ "blacklist: Duplicate", "a hash was revoked twice", "nothing" },
};
const size_t kernel_message_count = sizeof(kernel_messages) / sizeof(kernel_messages[0]);
