/* SPDX-License-Identifier: MIT */
/* The checks of imactl doctor on a kernel's configuration. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "layout.h"
#include "report.h"

/*
 * A check of the configuration. The wanted value: "y", "n", "ym" for either of
 * both, "*" for any text, or another for just this one; "" and "n" are the same,
 * so that an empty path is a program that is not started.
 */
struct option_check {
	const char *option;
	const char *wanted;
	enum verdict otherwise;
	unsigned scope;              /* of each option of imactl's that it names, one word must be chosen */
	const char *why;
	const char *remedy;          /* NULL: the option as it is wanted */
	const char *only;            /* "NAME=VALUE...": asked only where one of these is so */
	const char *unless;          /* and ok in any case where one of these is so */
	enum verdict instead;        /* or this, if it is given */
	bool alarms;                 /* why speaks of what is not so when it is ok */
	bool (*fits)(const char *value);     /* NULL: @wanted says it */
	unsigned from, before;       /* kernel versions; 0: all */
};

/*
 * The list, not its text, must name it. Not there at all: the kernel's default,
 * which does. From 6.9 IMA and EVM are modules of their own, which no list leaves out.
 */
bool names_module(const char *list, const char *name)
{
	while (list) {
		if (strncmp(list, name, strlen(name)) == 0 &&
		    (list[strlen(name)] == ',' || list[strlen(name)] == '\0'))
			return true;
		list = strchr(list, ',');
		if (list)
			list++;
	}
	return false;
}

static bool is_lsm_list_fit(const char *list) { return !list || names_module(list, "integrity"); }

/* Where the distributions keep theirs, in their kernels' sources. */
static bool is_own_certificate(const char *path)
{
	static const char *const theirs[] = { "debian", "canonical", "ubuntu", "rhel", "redhat", "fedora",
					      "centos", "suse", "signing_key" };

	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		if (strcasestr(path, theirs[i]))
			return false;
	return true;
}

/* The driver of a file system: it is there when the root is mounted. */
#define FILE_SYSTEM(option, bit, text) \
	{ option, "y", VERDICT_WRONG, KERNEL_MOUNTS | (bit), .why = text }, \
	{ option, "ym", VERDICT_WRONG, INITRAMFS_MOUNTS | (bit), .why = text }
#define XATTRS(option, bit) \
	{ option, "y", VERDICT_WRONG, bit, .why = "attributes of this file system, where the signatures are" }

static const struct option_check option_checks[] = {
	{ "PROC_FS", "y", VERDICT_WRONG, ALWAYS, .why = "the command line and the keyrings are read there" },
	{ "SECURITYFS", "y", VERDICT_WRONG, ALWAYS, .why = "EVM and the policy are set there" },
	{ "BINFMT_ELF", "y", VERDICT_WRONG, ALWAYS, .why = "ima-init is an ELF program" },
	{ "INTEGRITY_SIGNATURE", "y", VERDICT_WRONG, ALWAYS, .why = "signatures of files" },
	{ "INTEGRITY_ASYMMETRIC_KEYS", "y", VERDICT_WRONG, ALWAYS, .why = "signatures by RSA and ECDSA keys" },
	{ "INTEGRITY_TRUSTED_KEYRING", "y", VERDICT_WRONG, WITH_OWN_CA,
	  .why = ".ima and .evm, which take only certificates that the kernel's CA has issued",
	  "CONFIG_INTEGRITY_TRUSTED_KEYRING=y; or, in an initramfs that is verified with the kernel, --way distribution" },
	{ "INTEGRITY_TRUSTED_KEYRING", "n", VERDICT_WRONG, DISTRIBUTION,
	  .why = "with it the kernel looks keys up in .ima, and ima-init-initramfs refuses trusted-keyrings = no",
	  "take that line out of init.conf, and have your certificates issued by a CA that .secondary_trusted_keys or "
	  ".machine holds" },
	{ "SYSTEM_TRUSTED_KEYS", "*", VERDICT_WRONG, WITH_OWN_CA, .why = "the CA that the kernel trusts",
	  "CONFIG_SYSTEM_TRUSTED_KEYS=\"FILE.pem\" with the certificate of your CA; "
	  "CONFIG_SYSTEM_EXTRA_CERTIFICATE is room for one alone, which scripts/insert-sys-cert fills",
	  .unless = "SYSTEM_EXTRA_CERTIFICATE=y", .instead = VERDICT_UNKNOWN },
	{ "SYSTEM_TRUSTED_KEYS", "a CA of your own", VERDICT_ADVICE, WITH_OWN_CA,
	  .why = "whoever holds a key that this CA has issued can sign for this machine",
	  "the name is a distribution's: use a CA that belongs to this product alone", .only = "SYSTEM_TRUSTED_KEYS=*",
	  .fits = is_own_certificate, .alarms = true },
	{ "SECONDARY_TRUSTED_KEYRING", "y", VERDICT_ADVICE, WITH_OWN_CA,
	  .why = "takes the CAs of /ima/keys/secondary, to keep the system's keys apart from those of /ima" },
	{ "INTEGRITY_MACHINE_KEYRING", "n", VERDICT_ADVICE, WITH_OWN_CA,
	  .why = "with it the keys that an owner enrols with shim (MOK) vouch as .secondary_trusted_keys does" },
	{ "SYSTEM_BLACKLIST_KEYRING", "y", VERDICT_ADVICE, ALWAYS,
	  .why = "takes the revoked hashes of /ima/keys/blacklist/*.p7s" },
	{ "SYSTEM_BLACKLIST_AUTH_UPDATE", "y", VERDICT_ADVICE, ALWAYS,
	  .why = "lets signed hashes be added to it", .only = "SYSTEM_BLACKLIST_KEYRING=y" },

	{ "IMA", "y", VERDICT_WRONG, ALWAYS, .why = "measures and appraises files" },
	{ "IMA_APPRAISE", "y", VERDICT_WRONG, ALWAYS, .why = "refuses what is not rightly signed", .only = "IMA=y" },
	{ "IMA_APPRAISE_SIGNED_INIT", "y", VERDICT_WRONG, WITH_OWN_CA,
	  .why = "makes the built-in rules demand signatures, that of /ima/init first", .only = "IMA=y" },
	{ "IMA_LOAD_X509", "y", VERDICT_WRONG, WITH_OWN_CA,
	  .why = "the kernel loads a certificate into .ima before it executes /ima/init", .only = "IMA=y" },
	{ "IMA_X509_PATH", PATH_X509_IMA, VERDICT_WRONG, WITH_OWN_CA, .why = "where that certificate is",
	  .only = "IMA_LOAD_X509=y" },
	{ "IMA_APPRAISE_BOOTPARAM", "n", VERDICT_ADVICE, ALWAYS,
	  .why = "with it the command line can weaken IMA, which ima-init then notices", .only = "IMA_APPRAISE=y" },
	{ "IMA_READ_POLICY", "y", VERDICT_ADVICE, ALWAYS,
	  .why = "the rules can be read: the strongest proof that the policy is in force", .only = "IMA=y" },
	{ "IMA_WRITE_POLICY", "n", VERDICT_ADVICE, ALWAYS,
	  .why = "with it rules can be added after the handover",
	  "do without it, or begin the policy with appraise func=POLICY_CHECK appraise_type=imasig", .only = "IMA=y" },
	{ "IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY", "y", VERDICT_ADVICE, WITH_OWN_CA,
	  .why = ".ima takes what the CAs of /ima/keys/secondary have issued", .only = "IMA=y" },
	{ "IMA_BLACKLIST_KEYRING", "y", VERDICT_ADVICE, WITH_OWN_CA,
	  .why = "takes the revoked certificates of /ima/keys/blacklist/*.der", .only = "IMA=y" },
	{ "LSM", "a list with integrity", VERDICT_WRONG, ALWAYS,
	  .why = "before Linux 6.9 IMA and EVM fail at the first file unless the list names integrity",
	  "add integrity to the list", .fits = is_lsm_list_fit, .alarms = true, .before = KERNEL_VERSION_OF(6, 9) },

	{ "EVM", "y", VERDICT_WRONG, EVM_ON, .why = "protects the attributes of files", "CONFIG_EVM=y, or --evm none" },
	{ "EVM_LOAD_X509", "y", VERDICT_WRONG, WITH_OWN_CA | EVM_ON,
	  .why = "the kernel loads a certificate into .evm before it executes /ima/init",
	  "CONFIG_EVM_LOAD_X509=y, or put that certificate into /ima/keys/evm instead", .only = "EVM=y" },
	{ "EVM_X509_PATH", PATH_X509_EVM, VERDICT_WRONG, WITH_OWN_CA | EVM_ON, .why = "where that certificate is",
	  .only = "EVM_LOAD_X509=y" },
	{ "EVM_ADD_XATTRS", "y", VERDICT_ADVICE, EVM_ON, .why = "for evm-xattrs in init.conf", .only = "EVM=y" },
	{ "ENCRYPTED_KEYS", "y", VERDICT_WRONG, EVM_HMAC, .why = "the EVM HMAC key is an encrypted key" },
	{ "TRUSTED_KEYS", "y", VERDICT_WRONG, EVM_HMAC | KMK_TRUSTED, .why = "the EVM master key is a trusted key" },
	{ "TRUSTED_KEYS_TPM", "y", VERDICT_WRONG, EVM_HMAC | KMK_TRUSTED,
	  .why = "seals trusted keys (Linux 5.19 and later ask for a source of trust by name)",
	  "CONFIG_TRUSTED_KEYS_TPM=y, or CONFIG_TRUSTED_KEYS_TEE, _CAAM or _DCP", .only = "TRUSTED_KEYS=y",
	  .unless = "TRUSTED_KEYS_TEE=y TRUSTED_KEYS_CAAM=y TRUSTED_KEYS_DCP=y" },

	{ "CRYPTO_RSA", "y", VERDICT_WRONG, KEYS_RSA, .why = "verifies signatures of RSA keys" },
	{ "CRYPTO_ECDSA", "y", VERDICT_WRONG, KEYS_ECDSA, .why = "verifies signatures of ECDSA keys" },
	{ "CRYPTO_SHA256", "y", VERDICT_WRONG, ALWAYS, .why = "the digest of the canaries, and of most signatures" },
	{ "CRYPTO_SHA512", "y", VERDICT_ADVICE, ALWAYS, .why = "signatures of SHA-384 and SHA-512 digests" },

	FILE_SYSTEM("EXT4_FS", FS_EXT4, "ext4"),
	XATTRS("EXT4_FS_SECURITY", FS_EXT4),
	FILE_SYSTEM("SQUASHFS", FS_SQUASHFS, "squashfs"),
	XATTRS("SQUASHFS_XATTR", FS_SQUASHFS),
	FILE_SYSTEM("EROFS_FS", FS_EROFS, "erofs"),
	XATTRS("EROFS_FS_XATTR", FS_EROFS),
	XATTRS("EROFS_FS_SECURITY", FS_EROFS),
	FILE_SYSTEM("BTRFS_FS", FS_BTRFS, "btrfs, which always has the attributes"),
	FILE_SYSTEM("XFS_FS", FS_XFS, "xfs, which always has the attributes"),
	FILE_SYSTEM("F2FS_FS", FS_F2FS, "f2fs"),
	XATTRS("F2FS_FS_XATTR", FS_F2FS),
	XATTRS("F2FS_FS_SECURITY", FS_F2FS),
	FILE_SYSTEM("UBIFS_FS", FS_UBIFS, "ubifs"),
	XATTRS("UBIFS_FS_XATTR", FS_UBIFS),
	XATTRS("UBIFS_FS_SECURITY", FS_UBIFS),
	FILE_SYSTEM("OVERLAY_FS", FS_OVERLAY, "overlay, with portable EVM signatures; HMACs do not hold there"),
	{ "TMPFS", "y", VERDICT_WRONG, FS_TMPFS, .why = "tmpfs" },
	XATTRS("TMPFS_XATTR", FS_TMPFS),
	{ "TMPFS", "y", VERDICT_WRONG, CPIO | DISTRIBUTION,
	  .why = "holds the files of the archive, or those that prove the keyrings, with their signatures" },
	{ "TMPFS_XATTR", "y", VERDICT_WRONG, CPIO | DISTRIBUTION, .why = "where those signatures are" },

	{ "BLK_DEV_INITRD", "n", VERDICT_ADVICE, NO_INITRAMFS,
	  .why = "an initrd that somebody can replace brings its own unsigned /init",
	  "CONFIG_BLK_DEV_INITRD=n (or CONFIG_INITRAMFS_FORCE=y, which x86 does not have), or a boot loader that "
	  "verifies the initrd or gives none", .unless = "INITRAMFS_FORCE=y" },
	{ "BLK_DEV_INITRD", "y", VERDICT_WRONG, EMBEDDED | UKI | IN_AN_INITRD,
	  .why = "unpacks the initramfs, or the initrd" },
	{ "INITRAMFS_SOURCE", "*", VERDICT_ADVICE, EMBEDDED, .why = "the initramfs inside the kernel image",
	  "CONFIG_INITRAMFS_SOURCE=\"FILES\"; or sign the initramfs together with the kernel (UKI)" },
	{ "INITRAMFS_FORCE", "y", VERDICT_ADVICE, EMBEDDED,
	  .why = "without it an initramfs of the boot loader's is unpacked over the one inside, /ima/init included",
	  "CONFIG_INITRAMFS_FORCE=y; on x86, which does not have it, a boot loader that verifies what it brings",
	  .alarms = true },
	{ "INITRAMFS_FORCE", "n", VERDICT_WRONG, UKI | IN_AN_INITRD,
	  .why = "with it what the boot loader brings is ignored" },
	{ "EFI_STUB", "y", VERDICT_WRONG, UKI, .why = "the kernel is started by the firmware, in the image" },
	{ "EFIVAR_FS", "y", VERDICT_ADVICE, UKI, .why = "for require = secure-boot in init.conf" },
	{ "BLK_DEV_RAM", "y", VERDICT_WRONG, INITRD_IMAGE, .why = "holds the image as /dev/ram0" },
	{ "BLK_DEV_RAM", "n", VERDICT_ADVICE, INITRD_IMAGE,
	  .why = "Linux 7.0 and later call an image as root deprecated, and name January 2027 for its end",
	  "an archive instead: --way embedded or cpio", .from = KERNEL_VERSION_OF(7, 0) },
	{ "BLK_DEV_DM", "y", VERDICT_WRONG, DM_CREATE, .why = "for dm-mod.create= on the command line" },
	{ "DM_VERITY", "y", VERDICT_WRONG, DM_CREATE,
	  .why = "verifies the root, for dm-mod.create= on the command line" },
	{ "DM_INIT", "y", VERDICT_WRONG, DM_CREATE, .why = "the kernel itself obeys dm-mod.create=" },

	{ "MODULES", "n", VERDICT_ADVICE, ALWAYS,
	  .why = "a crafted file makes the kernel run /sbin/modprobe before process 1, unsigned if it is not root's",
	  "CONFIG_MODULES=n, or CONFIG_MODPROBE_PATH=\"\", or CONFIG_STATIC_USERMODEHELPER=y with an empty path",
	  .unless = "MODPROBE_PATH= STATIC_USERMODEHELPER_PATH=" },
	{ "STATIC_USERMODEHELPER_PATH", "", VERDICT_ADVICE, ALWAYS,
	  .why = "a program here is run before process 1 in place of modprobe, unsigned if it is not root's",
	  "CONFIG_STATIC_USERMODEHELPER_PATH=\"\"", .only = "STATIC_USERMODEHELPER=y" },
	{ "UEVENT_HELPER_PATH", "", VERDICT_WRONG, ALWAYS,
	  .why = "a program here is run for every device before process 1, unsigned if it is not root's",
	  "CONFIG_UEVENT_HELPER_PATH=\"\", or CONFIG_UEVENT_HELPER=n", .only = "UEVENT_HELPER=y",
	  .unless = "STATIC_USERMODEHELPER_PATH=" },
	{ "PROC_SYSCTL", "y", VERDICT_WRONG, ALWAYS, .why = "ima-init stops modprobe and the uevent helper there" },
	{ "MODULE_SIG", "y", VERDICT_ADVICE, ALWAYS,
	  .why = "signatures of modules, beside rules for MODULE_CHECK: lockdown looks at no module without it, "
	  "and wants each signed so with it",
	  .only = "MODULES=y" },
	{ "KEXEC", "n", VERDICT_ADVICE, ALWAYS, .why = "kexec_load(2) starts a kernel that nobody has signed",
	  "CONFIG_KEXEC=n, with CONFIG_KEXEC_FILE and CONFIG_KEXEC_SIG where kexec is needed" },
	{ "KEXEC_SIG", "y", VERDICT_ADVICE, ALWAYS, .why = "signatures of kernels that kexec_file_load(2) starts",
	  "CONFIG_KEXEC_SIG=y, or rules for KEXEC_KERNEL_CHECK", .only = "KEXEC_FILE=y" },
	{ "SECURITY_LOCKDOWN_LSM", "y", VERDICT_ADVICE, ALWAYS, .why = "keeps root from changing the running kernel",
	  "CONFIG_SECURITY_LOCKDOWN_LSM=y and lockdown=integrity" },
	{ "DEVMEM", "n", VERDICT_ADVICE, ALWAYS, .why = "/dev/mem lets root change the running kernel" },
	{ "BOOT_CONFIG_FORCE", "n", VERDICT_ADVICE, ALWAYS,
	  .why = "with it the end of an initrd adds words to the command line" },

	{ "AUDIT", "y", VERDICT_ADVICE, ALWAYS, .why = "the kernel says why it refused a file" },
	{ "INTEGRITY_AUDIT", "y", VERDICT_ADVICE, ALWAYS, .why = "IMA's and EVM's reasons among them",
	  .only = "AUDIT=y" },
	{ "PRINTK", "y", VERDICT_ADVICE, ALWAYS, .why = "the log, in which the policy may be proved" },
	{ "DEVTMPFS", "y", VERDICT_ADVICE, ALWAYS, .why = "ima-init keeps devices from being mapped executable there (or nodev = no), and writes into the log by /dev/kmsg" },
	{ "DEVTMPFS_SAFE", "y", VERDICT_ADVICE, ALWAYS,
	  .why = "mounts /dev nosuid and noexec: IMA looks at regular files only, so that code which is mapped from "
	  "a device is not appraised", .only = "DEVTMPFS=y" },
};

static bool value_fits(const char *value, const char *wanted)
{
	if (!value || !*value)
		return strcmp(wanted, "n") == 0 || !*wanted;
	if (strcmp(wanted, "ym") == 0)
		return strcmp(value, "y") == 0 || strcmp(value, "m") == 0;
	return strcmp(wanted, "*") == 0 || strcmp(value, wanted) == 0;
}

/* Whether one of the "NAME=VALUE..." is so; "NAME=" is a text that is there and empty. */
static bool one_holds(const struct doctor *doctor, const char *conditions)
{
	char copy[128], *state;

	(void)snprintf(copy, sizeof(copy), "%s", conditions);
	for (char *name = strtok_r(copy, " ", &state); name; name = strtok_r(NULL, " ", &state)) {
		char *wanted = strchr(name, '=');

		*wanted++ = '\0';
		const char *value = kernel_config_value(&doctor->config, name);

		if (value && value_fits(value, wanted))
			return true;
	}
	return false;
}

static bool is_asked(const struct doctor *doctor, const struct option_check *check)
{
	unsigned version = doctor->config.version;

	/* A configuration without a heading may be any kernel's. */
	return doctor_asks(doctor, check->scope) && (!check->only || one_holds(doctor, check->only)) &&
	       (check->before == 0 || version == 0 || version < check->before) && version >= check->from;
}

static void show_value(struct finding *finding, const char *option, const char *value)
{
	bool plain = value && (strcmp(value, "y") == 0 || strcmp(value, "m") == 0);
	const char *quote = plain ? "" : "\"";
	char text[1024];

	if (!value)
		(void)snprintf(finding->found, sizeof(finding->found), "%s is not set", option);
	else
		(void)snprintf(finding->found, sizeof(finding->found), "%s=%s%s%s", option, quote,
			       escape_name(value, text, sizeof(text)), quote);
}

static void check_option(struct doctor *doctor, const struct option_check *check)
{
	const char *value = kernel_config_value(&doctor->config, check->option);
	bool fits = check->fits ? check->fits(value) : value_fits(value, check->wanted);
	bool letter = strcmp(check->wanted, "n") == 0 || check->wanted[0] == 'y';
	bool module = value && strcmp(value, "m") == 0 && check->wanted[0] == 'y';
	const char *quote = letter ? "" : "\"";
	char option[96], why[256], remedy[320];

	(void)snprintf(option, sizeof(option), "CONFIG_%s", check->option);
	(void)snprintf(why, sizeof(why), "%s%s", check->why,
		       module && !fits ? "; a module cannot be there in time" : "");
	(void)snprintf(remedy, sizeof(remedy), "%s=%s%.*s%s", option, quote, letter ? 1 : 128, check->wanted, quote);
	struct finding finding = {
		.verdict = fits ? VERDICT_OK
			: check->unless && one_holds(doctor, check->unless) ? check->instead
									    : check->otherwise,
		.alarms = check->alarms || strcmp(check->wanted, "n") == 0 || !*check->wanted,
		.option = option, .why = why, .remedy = check->remedy ? check->remedy : remedy,
	};

	show_value(&finding, option, value);
	doctor_print(doctor, &finding);
}

bool option_has(const struct doctor *doctor, const char *name, const char *wanted)
{
	return value_fits(kernel_config_value(&doctor->config, name), wanted);
}

void doctor_check_config(struct doctor *doctor)
{
	for (size_t i = 0; i < sizeof(option_checks) / sizeof(option_checks[0]); i++)
		if (is_asked(doctor, &option_checks[i]))
			check_option(doctor, &option_checks[i]);
}
