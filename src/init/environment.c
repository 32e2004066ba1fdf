/* SPDX-License-Identifier: MIT */
/* What ima-init needs around it, and what the next init gets around it. */
#include "environment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "kernel_fs.h"
#include "log.h"
#include "secure_open.h"
#include "format/text.h"

/*
 * A descriptor that the kernel left closed (no console) must not become that of
 * a key file. The stand-in can be neither read nor written, and the exec closes
 * it: the next init finds its descriptors as the kernel gave them.
 */
static enum failure_code take_standard_descriptors(struct boot *boot)
{
	int taken;

	do
		taken = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (taken >= 0 && taken <= STDERR_FILENO);
	if (taken < 0)
		return fail(boot, FAIL_FILE_UNREADABLE, "/: " ERRNO_FORMAT, ERRNO(errno));
	(void)close(taken);
	return FAIL_NONE;
}

enum failure_code check_process(struct boot *boot)
{
	if (getpid() != 1)
		return fail(boot, FAIL_NOT_PID_1, "this is process %d", (int)getpid());
	return take_standard_descriptors(boot);
}

static enum failure_code open_one(struct boot *boot, const char *type, const char *option,
				  int *root)
{
	*root = kernel_fs_open(type);
	if (*root < 0)
		return fail(boot, FAIL_KERNEL_LACKS, "%s (%s): " ERRNO_FORMAT, type, option,
			    ERRNO(-*root));
	return FAIL_NONE;
}

/* The programs that the kernel starts by itself: kernel/module/kmod.c, lib/kobject_uevent.c. */
static const char *const helper_nodes[HELPER_COUNT] = {
	[HELPER_MODPROBE] = "sys/kernel/modprobe",
	[HELPER_HOTPLUG] = "sys/kernel/hotplug",
};

static bool is_no_path(const char *path)
{
	return path[strspn(path, "\n")] == '\0';
}

/* The kernel starts nothing when the path is empty. */
static int stop_helper(struct boot *boot, enum helper helper)
{
	char *path = boot->helpers[helper];
	char now[4];
	int node = openat(boot->proc, helper_nodes[helper], O_RDWR | O_CLOEXEC);

	if (node < 0)
		return -errno;
	boot->helper_nodes[helper] = node;
	ssize_t length = node_read(node, path, sizeof(boot->helpers[helper]));

	if (length >= 0 && is_no_path(path)) {
		path[0] = '\0';      /* there is nothing to be restored */
		return 0;
	}
	if (length >= 0)
		length = node_write(node, "\n", 1);
	if (length >= 0)
		length = node_read(node, now, sizeof(now));
	if (length < 0)
		return (int)length;
	return is_no_path(now) ? 0 : -EIO;
}

/*
 * A crafted security.ima, or certificate, makes the kernel look for a module,
 * and /sbin/modprobe is no file that the built-in rules cover when it belongs
 * to somebody else. A helper for uevents is no better.
 */
static enum failure_code stop_helpers(struct boot *boot)
{
	for (enum helper helper = 0; helper < HELPER_COUNT; helper++) {
		int error = -stop_helper(boot, helper);

		/* Without it a helper could be there, and not be seen. */
		if (error == ENOENT && faccessat(boot->proc, "sys/kernel", F_OK, 0) < 0)
			return fail(boot, FAIL_KERNEL_LACKS,
				    "/proc/sys/kernel is not there (CONFIG_PROC_SYSCTL)");
		/* ENOENT: CONFIG_MODULES=n, CONFIG_UEVENT_HELPER=n */
		if (error != 0 && error != ENOENT)
			return fail(boot, FAIL_KERNEL_LACKS, "/proc/%s cannot be emptied: " ERRNO_FORMAT,
				    helper_nodes[helper], ERRNO(error));
	}
	return FAIL_NONE;
}

enum failure_code restore_helpers(struct boot *boot)
{
	for (enum helper helper = 0; helper < HELPER_COUNT; helper++) {
		const char *path = boot->helpers[helper];
		int error = path[0] == '\0' ? 0 :
			-node_write(boot->helper_nodes[helper], path, strlen(path));

		if (error != 0)
			return fail(boot, FAIL_HANDOVER_REFUSED, "/proc/%s cannot be restored: "
				    ERRNO_FORMAT, helper_nodes[helper], ERRNO(error));
	}
	return FAIL_NONE;
}

/*
 * Without devtmpfs the lines go to the console, and also where printk.devkmsg=off makes
 * the kernel take what is written there and throw it away.
 */
static void open_kernel_log(struct boot *boot)
{
	char mode[16];
	AUTO_CLOSE int devices = kernel_fs_open("devtmpfs");

	if (devices >= 0 &&
	    !(kernel_fs_read(boot->proc, "sys/kernel/printk_devkmsg", mode, sizeof(mode)) > 0 &&
	      text_starts(mode, "off")))
		boot->kmsg = openat(devices, "kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

/*
 * /ima comes first: before 5.2 it is what they are mounted on. Then proc: reaching any
 * other file system may make the kernel look for a module.
 */
enum failure_code open_kernel_fs(struct boot *boot)
{
	enum failure_code code = open_ima_dir(boot);

	if (code == FAIL_NONE)
		code = open_one(boot, "proc", "CONFIG_PROC_FS", &boot->proc);
	if (code == FAIL_NONE)
		code = stop_helpers(boot);

	open_kernel_log(boot);
	if (code == FAIL_NONE)
		code = open_one(boot, "securityfs", "CONFIG_SECURITYFS", &boot->securityfs);
	if (code == FAIL_NONE && faccessat(boot->securityfs, "ima", F_OK, 0) < 0)
		code = fail(boot, FAIL_KERNEL_LACKS, "securityfs has no ima (CONFIG_IMA)");
	return code;
}

static enum failure_code require_lockdown(struct boot *boot)
{
	char modes[64];
	ssize_t length = kernel_fs_read(boot->securityfs, "lockdown", modes, sizeof(modes));

	/* "none [integrity] confidentiality": the one in force is in brackets. */
	if (length < 0)
		return fail(boot, FAIL_REQUIREMENT, "lockdown: securityfs/lockdown: " ERRNO_FORMAT,
			    ERRNO((int)-length));
	if (!text_contains(modes, "[integrity]") && !text_contains(modes, "[confidentiality]"))
		return fail(boot, FAIL_REQUIREMENT, "lockdown: the kernel is not locked down");
	return FAIL_NONE;
}

/* UEFI specification, "Globally Defined Variables"; efivarfs puts four bytes of attributes ahead. */
#define SECURE_BOOT_VARIABLE "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
/* Of shim's, while it verifies nothing; the kernel looks at it too (libstub/secureboot.c). */
#define SHIM_VARIABLE        "MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23"

static enum failure_code require_secure_boot(struct boot *boot)
{
	char value[8];
	AUTO_CLOSE int variables = kernel_fs_open("efivarfs");

	if (variables < 0)
		return fail(boot, FAIL_REQUIREMENT, "secure-boot: efivarfs: " ERRNO_FORMAT,
			    ERRNO(-variables));
	ssize_t length = kernel_fs_read(variables, SECURE_BOOT_VARIABLE, value, sizeof(value));

	if (length != 5 || value[4] != 1)
		return fail(boot, FAIL_REQUIREMENT, "secure-boot: the firmware did not verify the kernel");
	length = kernel_fs_read(variables, SHIM_VARIABLE, value, sizeof(value));
	if (length != -ENOENT && (length != 5 || value[4] != 0))
		return fail(boot, FAIL_REQUIREMENT,
			    "secure-boot: shim does not verify the kernel (mokutil --enable-validation)");
	return FAIL_NONE;
}

static enum failure_code require_tpm(struct boot *boot)
{
	AUTO_CLOSE int sysfs = kernel_fs_open("sysfs");

	if (sysfs < 0 || faccessat(sysfs, "class/tpm/tpm0", F_OK, 0) < 0)
		return fail(boot, FAIL_REQUIREMENT, "tpm: sysfs has no class/tpm/tpm0");
	return FAIL_NONE;
}

enum failure_code check_requirements(struct boot *boot)
{
	enum failure_code code = FAIL_NONE;

	if (boot->conf.require_lockdown)
		code = require_lockdown(boot);
	if (code == FAIL_NONE && boot->conf.require_secure_boot)
		code = require_secure_boot(boot);
	if (code == FAIL_NONE && boot->conf.require_tpm)
		code = require_tpm(boot);
	return code;
}

static bool is_plain_terminal(const char *variable)
{
	const char *value = variable + strlen("TERM=");

	if (!text_starts(variable, "TERM="))
		return false;
	for (; *value; value++)
		if (!((*value | 0x20) >= 'a' && (*value | 0x20) <= 'z') && !strchr("0123456789-+._", *value))
			return false;
	return true;
}

static bool is_named(const char *names, const char *variable)
{
	size_t length, name_length = strcspn(variable, "=");

	for (const char *name; (name = text_word(&names, &length));)
		if (length == name_length && memcmp(name, variable, length) == 0)
			return true;
	return false;
}

/*
 * The kernel makes a variable of every word of the command line that it does
 * not know: LD_PRELOAD=/x is one. Only what init.conf names is handed on.
 */
enum failure_code prepare_environment(struct boot *boot)
{
	static char home[] = "HOME=/";
	const size_t room = sizeof(boot->next_envp) / sizeof(boot->next_envp[0]) - 1;
	char dropped[400] = "";
	size_t count = 0, used = 0;

	if (!is_named(boot->conf.env, home))
		boot->next_envp[count++] = home;
	for (char **variable = boot->envp; *variable; variable++) {
		if (is_named(boot->conf.env, *variable) || is_plain_terminal(*variable)) {
			if (count == room)
				return fail(boot, FAIL_HANDOVER_REFUSED,
					    "more than %u environment variables", (unsigned)room);
			boot->next_envp[count++] = *variable;
		} else if (strcmp(*variable, home) != 0 && sizeof(dropped) - used > 4) {
			char *value = strchr(*variable, '=');

			if (value)
				*value = '\0';   /* what a variable held is not for the log */
			used += text_format(dropped + used, sizeof(dropped) - used, " %s", *variable);
		}
	}
	boot->next_envp[count] = NULL;
	if (used > 0)
		log_line(boot, LOG_NOTICE, "environment: dropped%s", dropped);
	return FAIL_NONE;
}
