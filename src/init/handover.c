/* SPDX-License-Identifier: MIT */
/* Executing the next init: the last steps. */
#include "handover.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"
#include "evm.h"
#include "failure.h"
#include "kernel_fs.h"
#include "keyrings.h"
#include "log.h"
#include "secure_open.h"
#include "format/text.h"

/* Whether a program is sure to need no dynamic linker, by the beginning of its file. */
static bool is_static(const char *data, size_t length)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;

	if (length < sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	if (header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    header.e_phentsize != sizeof(segment) || header.e_phoff > length ||
	    header.e_phnum > (length - header.e_phoff) / sizeof(segment))
		return false;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		memcpy(&segment, data + header.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type == PT_INTERP)
			return false;
	}
	return true;
}

/*
 * A script would be executed by an interpreter that nobody named; but inside an
 * initramfs that interpreter is verified with it. For the next init the policy is
 * in force by now, so that reading is judged by the site's rules and leaves no
 * verdict of the built-in ones behind.
 */
static enum failure_code check_is_binary(struct boot *boot, const char *path, int found,
					 const struct file_facts *facts, enum linkage linkage)
{
	char data[2048];
	AUTO_CLOSE int file = -1;
	enum failure_code code = open_found(boot, found, facts, path, LIMIT_PROGRAM, &file);

	if (code != FAIL_NONE)
		return code;
	ssize_t length = read_all(file, data, sizeof(data));

	if (length < 0)
		return fail(boot, FAIL_FILE_UNREADABLE, "%s: " ERRNO_FORMAT, path,
			    ERRNO((int)-length));
	if (hands_over_rootfs(boot) && linkage == LINKED_ANY_WAY &&
	    length > 2 && memcmp(data, "#!", 2) == 0)
		return FAIL_NONE;
	if (length < SELFMAG || memcmp(data, ELFMAG, SELFMAG) != 0)
		return fail(boot, FAIL_NEXT_INIT_UNFIT, "%s is no ELF program", path);
	if (linkage == LINKED_STATICALLY && !is_static(data, (size_t)length))
		return fail(boot, FAIL_RESCUE_UNFIT, "%s is not statically linked", path);
	return FAIL_NONE;
}

enum failure_code check_program(struct boot *boot, const char *path, enum linkage linkage)
{
	AUTO_CLOSE int found = -1;
	struct file_facts facts;
	struct stat own, status;
	enum failure_code code = find_program(boot, path, &facts, &found);

	if (code != FAIL_NONE)
		return code;
	if (fstatat(AT_FDCWD, PATH_INIT, &own, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(found, &status) == 0 && own.st_dev == status.st_dev && own.st_ino == status.st_ino)
		return fail(boot, FAIL_NEXT_INIT_UNFIT, "%s leads to " PATH_INIT
			    ", which is ima-init itself", path);
	if (!(facts.mode & S_IXUSR))
		return fail(boot, FAIL_NEXT_INIT_UNFIT, "%s cannot be executed by its owner", path);
	return check_is_binary(boot, path, found, &facts, linkage);
}

enum failure_code check_next_init(struct boot *boot)
{
	return check_program(boot, boot->conf.next_init, LINKED_ANY_WAY);
}

static unsigned elapsed_microseconds(const struct boot *boot)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)((now.tv_sec - boot->start.tv_sec) * 1000000 +
			  (now.tv_nsec - boot->start.tv_nsec) / 1000);
}

/* The last line of a good boot, true also if the kernel then refuses to execute the next init. */
static void summarise(struct boot *boot)
{
	char evm[16] = "absent", machine[16] = "absent", required[40];
	const struct conf *conf = &boot->conf;
	bool mounts_root = boot->in_initramfs || boot->in_initrd;
	int owners = keyring_count(boot, ".machine");

	if (boot->evm_bits >= 0)
		(void)text_format(evm, sizeof(evm), "%d", boot->evm_bits);
	/* Its keys vouch for others as those of .secondary_trusted_keys do. */
	if (owners != -ENOENT)
		(void)text_format(machine, sizeof(machine), "%d", owners);
	(void)text_format(required, sizeof(required), "%s%s%s", conf->require_lockdown ? ",lockdown" : "",
			  conf->require_secure_boot ? ",secure-boot" : "", conf->require_tpm ? ",tpm" : "");
	log_line(boot, LOG_NOTICE,
		 "handing over: version=" IMA_INIT_VERSION " proofs=%s%s%s%s evm=%s kmk=%s"
		 " files=%u pinned=%u machine=%s blacklist=%u secondary=%u ima=%u evm-certs=%u policy=%s"
		 " required=%s keyrings=%s prove-exec=%s nodev=%s%s%s next-init=%s us=%u",
		 boot->conf.trusted_keyrings ? "rings" : "probe,pin",
		 boot->in_initramfs ? "" : ",self",
		 !hands_over_rootfs(boot) ? ",canary" : boot->tmpfs_proved ? ",tmpfs" : "",
		 boot->rules_proved ? ",rules" : "", evm,
		 boot->conf.evm != EVM_MODE_HMAC ? "none" : boot->conf.kmk_options ? "trusted" : "plain",
		 (unsigned)(boot->manifest.count - boot->pinned), boot->pinned,
		 machine, boot->keys_added[RING_BLACKLIST],
		 boot->keys_added[RING_SECONDARY], boot->keys_added[RING_IMA],
		 boot->keys_added[RING_EVM], boot->policy_proof,
		 required[0] ? required + 1 : "none",
		 !boot->own_rings[RING_IMA] ? "trusted" :
		 boot->own_rings[RING_EVM] ? "_ima,_evm" : "_ima",
		 boot->conf.prove_exec ? "yes" : "no",
		 hands_over_rootfs(boot) ? "rootfs" : boot->conf.nodev ? "yes" : "no",
		 mounts_root ? " root=" : "", mounts_root ? boot->root.device : "",
		 boot->conf.next_init,
		 elapsed_microseconds(boot));
}

enum failure_code execute(struct boot *boot, const char *path)
{
	boot->argv[0] = (char *)path;
	(void)execve(path, boot->argv, boot->next_envp);
	return fail(boot, FAIL_HANDOVER_REFUSED, "%s: " ERRNO_FORMAT, path, ERRNO(errno));
}

enum failure_code hand_over(struct boot *boot)
{
	enum failure_code code = restore_helpers(boot);

	if (code == FAIL_NONE)
		summarise(boot);
	return code == FAIL_NONE ? execute(boot, boot->conf.next_init) : code;
}
