/* SPDX-License-Identifier: MIT */
/* The checks of imactl doctor on the system that runs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <keyutils.h>

#include "doctor.h"
#include "layout.h"
#include "report.h"

#define SECURITYFS "/sys/kernel/security/"
#define LIMIT_NODE 1048576   /* bytes; the rules are the longest */

static bool starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* NULL: it cannot be read, and why is in @finding. */
static char *read_node(struct finding *finding, const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = file ? calloc(1, LIMIT_NODE + 1) : NULL;
	size_t length = text ? fread(text, 1, LIMIT_NODE + 1, file) : 0;
	int error = !text || ferror(file) ? errno : length > LIMIT_NODE ? EFBIG : 0;

	if (file)
		(void)fclose(file);
	if (error == 0)
		return text;
	free(text);
	finding->verdict = VERDICT_UNKNOWN;
	(void)snprintf(finding->found, sizeof(finding->found), "%s: %s", path, strerror(error));
	errno = error;
	return NULL;
}

static void show_node(struct finding *finding, const char *path, char *text)
{
	char shown[256];

	text[strcspn(text, "\n")] = '\0';
	(void)snprintf(finding->found, sizeof(finding->found), "%s: %s", path,
		       *text ? escape_name(text, shown, sizeof(shown)) : "empty");
}

static void judge_running_evm(const struct doctor *doctor, struct finding *finding)
{
	char *text = read_node(finding, SECURITYFS "evm");
	/* Bit 0: the HMAC key is loaded; bit 1: a certificate is; bit 2: metadata writes (evm.h). */
	long wanted = (doctor->chosen & EVM_HMAC) ? 1 : 2;

	if (!text)
		return;
	long bits = strtol(text, NULL, 10);

	if ((bits & wanted) == 0)
		finding->verdict = VERDICT_WRONG;
	else if (bits & 4)
		finding->verdict = VERDICT_ADVICE;
	show_node(finding, SECURITYFS "evm", text);
	free(text);
}

static void judge_rules(const struct doctor *doctor, struct finding *finding)
{
	unsigned rules = 0, appraising = 0;
	char *text = read_node(finding, SECURITYFS "ima/policy"), *state;

	(void)doctor;
	if (!text)
		return;
	for (char *rule = strtok_r(text, "\n", &state); rule; rule = strtok_r(NULL, "\n", &state)) {
		rules++;
		appraising += starts(rule, "appraise ");
	}
	if (appraising == 0)
		finding->verdict = VERDICT_WRONG;
	(void)snprintf(finding->found, sizeof(finding->found),
		       SECURITYFS "ima/policy: %u rules, %u that appraise", rules, appraising);
	free(text);
}

/*
 * Asked of the key itself, since a line of /proc/keys is no proof: anybody may make a keyring
 * whose name has a newline and, behind it, a line as that of another keyring. keyctl_describe(3):
 * "keyring;OWNER;GROUP;PERMISSIONS;NAME". Anybody may also give a keyring a name without a dot:
 * of those, the one that counts is root's and locked, as ima-init-initramfs leaves it.
 */
static bool is_ring(key_serial_t serial, const char *ring)
{
	char *description, permissions[16];
	unsigned owner;
	int name = 0;

	if (keyctl_describe_alloc(serial, &description) < 0)
		return false;
	bool is = sscanf(description, "keyring;%u;%*u;%15[0-9a-f];%n", &owner, permissions,
			 &name) == 2 &&
		name > 0 && strcmp(description + name, ring) == 0 &&
		(ring[0] == '.' ||
		 (owner == 0 && strcmp(permissions, OWN_RING_PERMISSIONS) == 0));

	free(description);
	return is;
}

/* How many keys the keyring of that name holds; -1: there is none. */
static int keys_in(const char *text, const char *ring)
{
	unsigned serial;

	/* The first column; what it names need not be there. A revoked one is not read. */
	for (const char *line = text; line; line = strchr(line, '\n'), line += line != NULL) {
		if (sscanf(line, "%8x ", &serial) != 1 || !is_ring((key_serial_t)serial, ring))
			continue;
		long size = keyctl_read((key_serial_t)serial, NULL, 0);

		if (size >= 0)
			return (int)((size_t)size / sizeof(key_serial_t));
	}
	return -1;
}

/* The number of keys; -1: no such keyring; INT_MIN: not readable. */
static int count_keys(const char *ring, struct finding *finding)
{
	char *text = read_node(finding, "/proc/keys");

	if (!text)
		return INT_MIN;
	int keys = keys_in(text, ring);

	free(text);
	if (keys < 0)
		(void)snprintf(finding->found, sizeof(finding->found), "no %skeyring %s",
			       ring[0] == '.' ? "" : "locked ", ring);
	else
		(void)snprintf(finding->found, sizeof(finding->found), "%s: %d keys", ring, keys);
	/* The kernel shows them to root only. */
	if (keys < 0 && geteuid() != 0)
		finding->verdict = VERDICT_UNKNOWN;
	return keys;
}

static void judge_ring(const char *ring, struct finding *finding)
{
	int keys = count_keys(ring, finding);

	if (keys != INT_MIN && keys <= 0 && finding->verdict == VERDICT_OK)
		finding->verdict = VERDICT_WRONG;
}

static void judge_ima_ring(const struct doctor *doctor, struct finding *finding)
{
	judge_ring((doctor->chosen & DISTRIBUTION) ? "_ima" : ".ima", finding);
}

static void judge_evm_ring(const struct doctor *doctor, struct finding *finding)
{
	judge_ring((doctor->chosen & DISTRIBUTION) ? "_evm" : ".evm", finding);
}

/* What it holds is trusted as .secondary_trusted_keys is, which it is linked to. */
static void judge_machine_ring(const struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	if (count_keys(".machine", finding) > 0)
		finding->verdict = VERDICT_ADVICE;
}

static void judge_modprobe(const struct doctor *doctor, struct finding *finding)
{
	static const char path[] = "/proc/sys/kernel/modprobe";
	char *text = read_node(finding, path);

	(void)doctor;
	if (!text && errno == ENOENT)
		finding->verdict = VERDICT_OK;       /* a kernel without modules */
	if (!text)
		return;
	show_node(finding, path, text);
	if (*text)
		finding->verdict = VERDICT_ADVICE;
	free(text);
}

/* "none [integrity] confidentiality": the mode in force is in brackets. */
static void judge_lockdown(const struct doctor *doctor, struct finding *finding)
{
	char *text = read_node(finding, SECURITYFS "lockdown");

	(void)doctor;
	if (!text)
		return;
	show_node(finding, SECURITYFS "lockdown", text);
	if (!strstr(text, "[integrity]") && !strstr(text, "[confidentiality]"))
		finding->verdict = VERDICT_ADVICE;
	free(text);
}

/* UEFI specification, shim, and systemd-stub(7); behind four bytes of attributes. */
#define EFI_VARIABLES "/sys/firmware/efi/efivars/"
#define SECURE_BOOT   EFI_VARIABLES "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SHIM_STATE    EFI_VARIABLES "MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23"
#define STUB_INFO     EFI_VARIABLES "StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* The length of the value without the attributes, or -errno. */
static int read_variable(const char *path, char *value, size_t size)
{
	FILE *file = fopen(path, "re");
	char all[4 + 256];

	if (!file)
		return -errno;
	size_t length = fread(all, 1, sizeof(all), file);

	(void)fclose(file);
	if (length < 4 || length - 4 > size)
		return -EIO;
	memcpy(value, all + 4, length - 4);
	return (int)length - 4;
}

/* One byte: 1 or 0; or -errno. */
static int read_flag(const char *path)
{
	char value[1];
	int length = read_variable(path, value, sizeof(value));

	return length < 0 ? length : length == 1 ? value[0] : -EIO;
}

static bool started_by_stub(void)
{
	static const char stub[] = "systemd-stub";
	char value[256];
	int length = read_variable(STUB_INFO, value, sizeof(value));

	/* In UTF-16. */
	for (int i = 0; i < (int)strlen(stub); i++)
		if (2 * i + 1 >= length || value[2 * i] != stub[i] || value[2 * i + 1] != '\0')
			return false;
	return true;
}

bool runs_verified_image(void)
{
	int shim = read_flag(SHIM_STATE);

	return read_flag(SECURE_BOOT) == 1 && (shim == 0 || shim == -ENOENT) && started_by_stub();
}

static void judge_secure_boot(const struct doctor *doctor, struct finding *finding)
{
	int on = read_flag(SECURE_BOOT), shim = read_flag(SHIM_STATE);

	(void)doctor;
	finding->verdict = on == 0 || on == -ENOENT || shim == 1 ? VERDICT_WRONG :
		on == 1 && (shim == 0 || shim == -ENOENT) ? VERDICT_OK : VERDICT_UNKNOWN;
	(void)snprintf(finding->found, sizeof(finding->found), "Secure Boot: %s",
		       on == -ENOENT ? "no such variable" : on < 0 ? strerror(-on) :
		       shim == 1 ? "shim does not verify" : on == 1 ? "on" : "off");
}

static void judge_stub(const struct doctor *doctor, struct finding *finding)
{
	bool stub = started_by_stub();

	(void)doctor;
	finding->verdict = stub ? VERDICT_OK : VERDICT_UNKNOWN;
	(void)snprintf(finding->found, sizeof(finding->found), "StubInfo: %s",
		       stub ? "systemd-stub" : "not systemd-stub's");
}

const struct line_check running_checks[] = {
	{ "SecureBoot", UKI, judge_secure_boot, "the firmware has verified the image",
	  "switch it on in the firmware, with your own keys; efivarfs is read", false },
	{ "StubInfo", UKI, judge_stub, "kernel, initramfs and command line came from one image",
	  "make the image with systemd-stub(7), which says so", false },

	{ "ima/policy", ALWAYS, judge_rules, "the rules in force",
	  "as root, with securityfs mounted and CONFIG_IMA_READ_POLICY; and boot with ima_policy=appraise_tcb", false },
	{ ".ima", ALWAYS, judge_ima_ring, "the certificates that files are appraised with",
	  "as root; and a CA in the kernel that has issued /ima/keys/x509_ima.der, or trusted-keyrings = no in init.conf", false },
	{ ".evm", EVM_ON, judge_evm_ring, "the certificates for security.evm",
	  "as root; and a CA in the kernel that has issued /ima/keys/x509_evm.der, or trusted-keyrings = no in init.conf", false },
	{ ".machine", ALWAYS, judge_machine_ring,
	  "keys that an owner has enrolled with shim (MOK): they vouch as .secondary_trusted_keys does, for modules, "
	  "and from Linux 6.4 for .ima and .evm",
	  "as root; know whose they are (mokutil --list-enrolled), or do without CONFIG_INTEGRITY_MACHINE_KEYRING", true },
	{ "evm", EVM_ON, judge_running_evm, "bits: 1 an HMAC key, 2 a certificate is loaded, 4 metadata may be written",
	  "as root, with securityfs mounted; and ima-init with evm in init.conf", false },
	{ "modprobe", ALWAYS, judge_modprobe,
	  "the kernel runs this program when it looks for a module",
	  "have it signed, and a policy that covers it; or empty it when all modules are loaded", true },
	{ "lockdown", ALWAYS, judge_lockdown, "keeps root from changing the running kernel",
	  "lockdown=integrity on the command line", false },
};
const size_t running_check_count = sizeof(running_checks) / sizeof(running_checks[0]);
