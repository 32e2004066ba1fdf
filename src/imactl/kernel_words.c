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
	{ "IMA-sigv3-required", "the rules demand a version 3 signature (appraise_type=sigv3, Linux 7.1), and the file has another", "sign the file again: imactl sign --format v3 --force; or demand imasig in the rule" },
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

const struct kernel_message kernel_messages[] = {
	/* digsig_asymmetric.c */
	{ "Request for unknown key", NULL, 13, "the kernel may not search the keyring: a keyring without a dot (_ima, _evm) belongs to somebody else, or is locked against it", "have ima-init-initramfs make the keyrings first (trusted-keyrings = no); the file is perhaps as it should be" },
	{ "Request for unknown key", NULL, 0, "a signature names a key that the keyring does not hold; the id is the end of its subject key identifier",
	  "add the key's certificate (/ima/keys/ima, /ima/keys/evm), or sign with a key that is there" },
	{ "is in ima_blacklist_keyring", NULL, 0, "the key of a signature was revoked", "sign with another key" },
	/* digsig.c */
	{ "no _ima keyring", NULL, 0, "the kernel has no trusted keyring .ima (CONFIG_INTEGRITY_TRUSTED_KEYRING), and nobody made _ima", "another kernel configuration, or ima-init-initramfs with trusted-keyrings = no" },
	{ "no _evm keyring", NULL, 0, "the kernel has no trusted keyring .evm (CONFIG_INTEGRITY_TRUSTED_KEYRING), and nobody made _evm", "another kernel configuration, or ima-init-initramfs with trusted-keyrings = no" },
	{ "Problem loading in-kernel X.509 certificate", NULL, 65, "a certificate that the kernel was built with uses an algorithm that this kernel does not have", "build the kernel with the algorithm (CONFIG_CRYPTO_RSA, CONFIG_CRYPTO_ECDSA, CONFIG_CRYPTO_SHA256, ...), or make the CA with another" },
	{ "Problem loading in-kernel X.509 certificate", NULL, 0, "a certificate that the kernel was built with was not taken; signatures under it are all refused", "check CONFIG_SYSTEM_TRUSTED_KEYS: PEM certificates of types that the kernel knows" },
	{ "Problem loading X.509 certificate", NULL, 126, "the kernel did not take a certificate: no CA in it vouches for that (-126)", "have it issued by the CA in CONFIG_SYSTEM_TRUSTED_KEYS; imactl verify --ca checks that" },
	{ "Problem loading X.509 certificate", NULL, 74, "the kernel did not take a certificate: it is not one in DER (-74)", "convert it: openssl x509 -outform DER" },
	{ "Problem loading X.509 certificate", NULL, 65, "the kernel did not take a certificate: it lacks an algorithm of it (-65)", "for one of the firmware (UEFI:db) nothing; for x509_ima.der and x509_evm.der build the kernel with the algorithm, or make them with another key type" },
	{ "Problem loading X.509 certificate", NULL, 129, "the kernel did not take a certificate: it was revoked, or its signature is not its issuer's (-129)", "have it issued again by the CA in the kernel" },
	{ "Problem loading X.509 certificate", NULL, 0, "the kernel did not take a certificate: -126 its issuer is not trusted (no CA in CONFIG_SYSTEM_TRUSTED_KEYS vouches for it), -74 it is no DER, -65 an algorithm is missing, -129 it is revoked",
	  "have it issued by the CA in the kernel; imactl verify --ca checks that" },
	{ "Unable to open file:", "/ima/keys/", 2, "the certificate that the kernel loads itself is not there", "put it back: /ima/keys/x509_ima.der, x509_evm.der" },
	{ "Unable to open file:", "/ima/keys/", 0, "the kernel could not read the certificate that it loads itself", "check the file system and the file" },
	{ "Unable to open file:", NULL, 0, "the kernel looks for its certificate elsewhere than below /ima/keys", "set CONFIG_IMA_X509_PATH and CONFIG_EVM_X509_PATH to /ima/keys/x509_ima.der and x509_evm.der, or put the certificate where the line says" },
	{ "Loading X.509 certificate", NULL, 0, "the kernel is about to load a certificate", "nothing" },
	/* init/main.c, kernel/panic.c */
	{ "Requested init", NULL, 13, "the kernel did not start what init= names: IMA or EVM refused it (unsigned, changed, or a key that is not there), or it is not executable (-13)",
	  "imactl verify ROOT; the kernel's audit line before it names the cause" },
	{ "Requested init", NULL, 2, "the kernel did not start what init= names: it, or its dynamic linker, is not there (-2)", "correct init= or the root file system" },
	{ "Requested init", NULL, 8, "the kernel did not start what init= names: it is not a program for this kernel (-8)", "install the build for this machine" },
	{ "Requested init", NULL, 0, "the kernel did not start what init= names", "the number at the end is an errno: imactl explain -NUMBER" },
	{ "No working init found", NULL, 0, "the kernel found no program to start as process 1", "boot with init=/ima/init, and check that it is there, executable and signed" },
	{ "Unable to mount root", NULL, 0, "the kernel could not mount the root file system", "check root= and rootfstype= on the command line, and that the drivers of the disk and the file system are built in (=y)" },
	{ "can't run '/etc/rc", "Permission denied", 0, "the shell could not execute a start script: with a policy for programs (BPRM_CHECK) it must be signed and executable", "sign it with the system: imactl sign --system; and chmod 0755 it before" },
	{ "Error loading shared library", NULL, 0, "the dynamic linker (musl) could not open or map a library: not there, or refused by IMA", "install it, and sign it: imactl sign --system; the kernel's audit line names the cause" },
	{ "failed to map segment from shared object", NULL, 0, "a library could not be mapped executable: the rules for MMAP_CHECK refuse it (unsigned, changed), or its file system is noexec", "sign it: imactl sign --system; the kernel's audit line names the cause" },
	{ "ignoring ima_appraise=", NULL, 0, "Secure Boot is on, so that the kernel ignores a weaker ima_appraise= of the command line", "boot with ima_appraise=enforce, or leave the word out" },
	{ "signed policy file", NULL, 0, "the rules in force take a policy by the path of a signed file only", "write the path into securityfs ima/policy, and sign the file" },
	{ "unsealing data", NULL, 0, "the TPM did not unseal a trusted key: another TPM, other PCR values than it was sealed to, or no such parent key", "boot what it was sealed for, or seal it again: imactl provision, imactl keygen evm-key --live trusted" },
	{ "key_unseal failed", "(-22)", 0, "what was to be unsealed is not the blob of a trusted key, or was changed", "restore it, or seal again: imactl provision, imactl keygen evm-key --live trusted" },
	{ "key_unseal failed", NULL, 0, "the TPM did not unseal a trusted key (-1): another TPM, or other PCR values than it was sealed to", "boot what it was sealed for, or seal it again: imactl provision, imactl keygen evm-key --live trusted" },
	{ "TPM error (", NULL, 0, "the TPM refused a command; for a trusted key: another TPM sealed it, or the PCRs differ", "boot what the key was sealed for, or seal it again: imactl provision, imactl keygen evm-key --live trusted" },
	{ "Attempted to kill init", NULL, 0, "process 1 ended: what ima-init does after a failure with on-failure = panic", "look for the line \"ima-init: FAIL\" before it" },
	/* evm */
	{ "evm: key initialized", NULL, 0, "the EVM HMAC key is loaded", "nothing" },
	{ "evm: key initialization failed", NULL, 0, "EVM did not take its HMAC key", "kmk and evm-key must be of one release" },
	{ "evm: Initialising EVM extended attributes", NULL, 0, "EVM starts; what follows is what it protects", "nothing" },
	/* ima_fs.c */
	{ "policy update completed", NULL, 0, "a new policy is in force", "nothing" },
	{ "policy update failed", NULL, 0, "a policy was refused, or the node was closed without one; the rules are as before", "look at the lines before" },
	{ "ima: policy \"", NULL, 0, "ima_policy= on the command line has a name that the kernel does not know", "ima_policy=appraise_tcb" },
	{ "appraise option", NULL, 0, "ima_appraise= on the command line has a value that the kernel does not know", "ima_appraise=enforce" },
	{ "No TPM chip found", NULL, 0, "there is no TPM: measurements are kept, but not sealed into one", "nothing, unless you need attestation" },
	{ "impossible to appraise a module without a file descriptor", NULL, 0, "init_module() was refused: the kernel cannot see the module's file", "load it with finit_module(), as kmod does with one that is not compressed; or use module.sig_enforce" },
	{ "impossible to appraise a kernel image", NULL, 0, "kexec_load() was refused: the kernel cannot see the file", "kexec -s (kexec_file_load)" },
	{ "Prevent firmware loading_store", NULL, 0, "firmware by way of sysfs was refused: the kernel cannot see a file", "install it in /lib/firmware, and sign it" },
	/* kernel/module/signing.c, security/lockdown */
	{ "Loading of unsigned module is rejected", NULL, 0, "the kernel demands an appended signature (module.sig_enforce), which the module does not have", "imactl sign --appended" },
	{ "Loading of module with unavailable key", NULL, 0, "the kernel demands an appended signature (module.sig_enforce), and this one's key is not in .secondary_trusted_keys; .ima does not count",
	  "put its certificate into /ima/keys/secondary, too" },
	{ "unsigned module loading is restricted", NULL, 0, "lockdown demands an appended signature, which the module does not have, or whose key is not in .secondary_trusted_keys",
	  "imactl sign --appended, and its certificate in /ima/keys/secondary" },
	{ "module verification failed", NULL, 0, "the kernel's own check found no appended signature that it knows, and does not demand one; IMA has judged the module before", "nothing" },
	/* drivers/base/firmware_loader */
	{ "Direct firmware load for", NULL, 2, "a driver asked for a file below /lib/firmware that is not there; many ask for several names", "nothing if the device works; otherwise install the file, and sign it" },
	{ "Direct firmware load for", NULL, 13, "a file below /lib/firmware was refused by IMA (unsigned, changed)", "sign it: imactl sign; the kernel's audit line names the cause" },
	{ "Direct firmware load for", NULL, 0, "a file below /lib/firmware was not loaded", "the number at the end is an errno: imactl explain -NUMBER" },
	/* encrypted.c */
	{ "encrypted_key:", NULL, 0, "the kernel did not take an encrypted key. THIS LINE MAY SHOW A KEY IN CLEAR", "treat the log as secret; make the key again" },
	{ "blacklist: Duplicate", NULL, 0, "a hash was revoked twice", "nothing" },
};
const size_t kernel_message_count = sizeof(kernel_messages) / sizeof(kernel_messages[0]);

const struct kernel_error kernel_errors[] = {
	{ 1, "EPERM", "not permitted: a signed file that is to be changed, a locked node, or a key that its keyring may not take", "look at the line before" },
	{ 2, "ENOENT", "the file, or the dynamic linker of a program, is not there", "restore it, or correct the path" },
	{ 8, "ENOEXEC", "it is not a program for this kernel", "install the build for this machine" },
	{ 11, "EAGAIN", "no such key in the keyring", "add the certificate, or sign with a key that is there" },
	{ 12, "ENOMEM", "the kernel had no memory for it", "give the machine more memory" },
	{ 13, "EACCES", "IMA or EVM refused the file (unsigned, changed, or a key that is not there), or its mode does", "imactl verify ROOT; the kernel's audit line names the cause" },
	{ 22, "EINVAL", "the kernel does not understand what it was given", "look at the line before" },
	{ 65, "ENOPKG", "the kernel lacks an algorithm of a key, certificate or signature", "build the kernel with it, or sign with another" },
	{ 74, "EBADMSG", "not in the form that is needed: a certificate that is not DER, or a damaged signature", "convert it (openssl x509 -outform DER), or make it again" },
	{ 95, "EOPNOTSUPP", "the file system or the kernel does not support it", "check the kernel's configuration: imactl doctor" },
	{ 126, "ENOKEY", "a key is missing: no CA of the kernel vouches for a certificate, or none has made a signature", "have the certificate issued by the CA in CONFIG_SYSTEM_TRUSTED_KEYS" },
	{ 127, "EKEYEXPIRED", "a key has expired", "make it again" },
	{ 128, "EKEYREVOKED", "a key was revoked", "use another key" },
	{ 129, "EKEYREJECTED", "a key or its signature was rejected: revoked, or not made by the key that is named", "have it issued or signed again" },
	{ 524, "ENOTSUPP", "the kernel does not support the operation (an errno of its own)", "check the kernel's configuration: imactl doctor" },
};
const size_t kernel_error_count = sizeof(kernel_errors) / sizeof(kernel_errors[0]);
