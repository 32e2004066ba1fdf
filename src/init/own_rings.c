/* SPDX-License-Identifier: MIT */
/*
 * Keyrings for a kernel without trusted ones (CONFIG_INTEGRITY_TRUSTED_KEYRING=n).
 * In ima-init-initramfs only.
 *
 * Such a kernel verifies by keyrings that are called _ima and _evm. At the first
 * signature it looks for them among those of the process that made it look, and
 * keeps what it found (integrity_keyring_from_id() in security/integrity/digsig.c,
 * 6.1). That process must be PID 1, and the keyring nobody's from then on.
 */
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "failure.h"
#include "kernel_fs.h"
#include "keyrings.h"
#include "log.h"
#include "manifest.h"
#include "own_rings.h"
#include "format/text.h"
#include "xattr_format.h"

/* ---- making them ---- */

/* What would be loaded by nobody, enforced by nothing, or be weaker than what the kernel has. */
static enum failure_code check_fitness(struct boot *boot)
{
	const char *wrong = keyring_count(boot, ".ima") != -ENOENT
		? "trusted-keyrings = no, but the kernel has .ima: take the line away"
		: conf_own_rings_wrong(&boot->conf, &boot->manifest);

	if (wrong)
		return fail_line(boot, FAIL_CONF_INVALID, PATH_CONF, 0, wrong);
	/* Without a built-in policy no other word is asked for: no rule is in force in any case. */
	if (text_starts(boot->weak_word, "ima_appraise="))
		return fail(boot, FAIL_NOT_ENFORCING, "the command line (%s)", boot->weak_word);
	return FAIL_NONE;
}

/* In the thread's keyring, which no exec hands on; drop_keys() empties the process's. */
static enum failure_code make_ring(struct boot *boot, enum ring ring, const char *name,
				   const char *directory)
{
	if (!manifest_lists_below(&boot->manifest, directory))
		return fail(boot, FAIL_KEYRING_EMPTY, "%s would hold no key: nothing is in %s",
			    name, directory);
	key_serial_t made = add_key("keyring", name, NULL, 0, KEY_SPEC_THREAD_KEYRING);

	if (made < 0)
		return fail(boot, FAIL_KERNEL_LACKS, "making the keyring %s: " ERRNO_FORMAT, name,
			    ERRNO(errno));
	boot->own_rings[ring] = made;
	return FAIL_NONE;
}

enum failure_code make_own_rings(struct boot *boot)
{
	if (boot->conf.trusted_keyrings)
		return FAIL_NONE;
	enum failure_code code = check_fitness(boot);

	if (code == FAIL_NONE)
		code = make_ring(boot, RING_IMA, OWN_RING_IMA, DIR_KEYS_IMA);
	if (code == FAIL_NONE && boot->conf.evm != EVM_MODE_NONE)
		code = make_ring(boot, RING_EVM, OWN_RING_EVM, DIR_KEYS_EVM);
	return code;
}

/* ---- files that prove them ---- */

/* The attributes of one; the bytes of a signature, as the kernel takes them. */
struct probe {
	char ima[LIMIT_XATTR + 1], evm[LIMIT_XATTR + 1];
	size_t ima_size, evm_size;   /* 0: none */
	uid_t owner;
	mode_t mode;
};

/*
 * A signature that binds no key of the keyring would prove nothing: a digest in
 * security.ima is as good as one under a portable security.evm (5.14).
 */
static enum failure_code read_attribute(struct boot *boot, const char *path, enum xattr_type type,
					char value[LIMIT_XATTR + 1], size_t *size)
{
	enum failure_code code = manifest_read(boot, path, value, LIMIT_XATTR + 1, size);

	if (code == FAIL_NONE && (uint8_t)value[0] != type)
		return fail(boot, FAIL_PROBE_REFUSED, "%s is no signature (type %u, not %u)", path,
			    (unsigned)(uint8_t)value[0], (unsigned)type);
	return code;
}

static enum failure_code read_probe(struct boot *boot, struct probe *probe)
{
	enum failure_code code = read_attribute(boot, PATH_PROBE_IMA, XATTR_TYPE_DIGSIG,
						probe->ima, &probe->ima_size);

	probe->mode = PROBE_MODE;
	if (code == FAIL_NONE && boot->own_rings[RING_EVM])
		code = read_attribute(boot, PATH_PROBE_EVM, XATTR_TYPE_PORTABLE,
				      probe->evm, &probe->evm_size);
	return code;
}

/* The owner first: a portable signature locks it. */
static int dress(int file, const struct probe *probe)
{
	static const char zeros[CANARY_EXEC_SIZE];

	if (write(file, zeros, sizeof(zeros)) != sizeof(zeros) ||
	    fchown(file, probe->owner, probe->owner) < 0 || fchmod(file, probe->mode) < 0 ||
	    fsetxattr(file, XATTR_IMA, probe->ima, probe->ima_size, 0) < 0 ||
	    (probe->evm_size > 0 && fsetxattr(file, XATTR_EVM, probe->evm, probe->evm_size, 0) < 0))
		return errno ? errno : EIO;
	return 0;
}

/*
 * A new file each time: the kernel remembers what it found of one. Open for
 * writing, since the site's rules may not let an unsigned file be opened again.
 */
static enum failure_code make_file(struct boot *boot, int tmpfs, const char *name,
				   const struct probe *probe, int *file)
{
	*file = openat(tmpfs, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	int error = *file < 0 ? errno : (errno = 0, dress(*file, probe));

	/* Of all that is done there, SETXATTR_CHECK alone answers so (validate_hash_algo(), 6.1). */
	if (error == EACCES)
		return fail(boot, FAIL_POLICY_INVALID,
			    PATH_POLICY ": appraise_algos of SETXATTR_CHECK lacks sha256, or what "
			    PATH_PROBE_IMA " has");
	if (error != 0)
		return fail(boot, FAIL_KERNEL_LACKS,
			    "a file with signatures on a tmpfs (CONFIG_TMPFS_XATTR), %s: "
			    ERRNO_FORMAT, name, ERRNO(error));
	return FAIL_NONE;
}

/* Not kept: it would hold the file open for writing. */
static int map_executable(int file)
{
	void *mapped = mmap(NULL, CANARY_EXEC_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);

	return mapped == MAP_FAILED || munmap(mapped, CANARY_EXEC_SIZE) < 0 ? errno : 0;
}

/* Zero bytes are no program: where the rules allow it, the answer is ENOEXEC, and we go on. */
static int execute_file(int tmpfs, const char *name)
{
	char *argv[] = { (char *)name, NULL };
	char *envp[] = { NULL };

	(void)syscall(SYS_execveat, tmpfs, name, argv, envp, 0);
	return errno == ENOEXEC ? 0 : errno;
}

/* What the kernel said to each use of the file: 0, or an errno. */
struct answers {
	int mapped, executed;
};

static enum failure_code try_file(struct boot *boot, int tmpfs, const char *name,
				  const struct probe *probe, struct answers *answers)
{
	AUTO_CLOSE int file = -1;
	enum failure_code code = make_file(boot, tmpfs, name, probe, &file);

	if (code != FAIL_NONE)
		return code;
	answers->mapped = map_executable(file);
	close_descriptor(&file);     /* what is open for writing is not executed */
	file = -1;
	answers->executed = execute_file(tmpfs, name);
	return FAIL_NONE;
}

static const char *word_of(int answer)
{
	return answer == 0 ? "allowed" : strerror(answer);
}

/* @expected: 0, or the errno that alone proves a refusal */
static enum failure_code expect(struct boot *boot, int tmpfs, const char *name,
				const struct probe *probe, int expected,
				enum failure_code otherwise)
{
	struct answers answers = { EIO, EIO };
	enum failure_code code = try_file(boot, tmpfs, name, probe, &answers);

	if (code == FAIL_NONE && (answers.mapped != expected || answers.executed != expected))
		return fail(boot, otherwise,
			    "a file on a tmpfs, %s: mapping it executable: %s; executing it: %s",
			    name, word_of(answers.mapped), word_of(answers.executed));
	return code;
}

static enum failure_code open_tmpfs(struct boot *boot, int *tmpfs)
{
	*tmpfs = kernel_fs_open("tmpfs");
	if (*tmpfs < 0)
		return fail(boot, FAIL_KERNEL_LACKS, "tmpfs (CONFIG_TMPFS): " ERRNO_FORMAT,
			    ERRNO(-*tmpfs));
	return FAIL_NONE;
}

/*
 * Without a root there is no canary, and what the command line says is not what the
 * kernel made of it: it ignores a word of more than 1,024 bytes, for one (6.1). The
 * built-in rules leave a tmpfs out, so this follows the site's policy.
 */
enum failure_code prove_tmpfs(struct boot *boot)
{
	struct probe probe = {
		.ima = CANARY_EXEC_XATTR, .ima_size = CANARY_XATTR_SIZE, .mode = PROBE_MODE
	};
	AUTO_CLOSE int tmpfs = -1;

	if (!hands_over_rootfs(boot) || !boot->conf.trusted_keyrings)
		return FAIL_NONE;
	if (!boot->conf.prove_exec) {
		log_line(boot, LOG_NOTICE, "enforcement: not tried (prove-exec = no)");
		return FAIL_NONE;
	}
	enum failure_code code = open_tmpfs(boot, &tmpfs);

	if (code == FAIL_NONE)
		code = expect(boot, tmpfs, "with a digest alone", &probe, EACCES, FAIL_POLICY_EXEMPTS);
	/* As prove_exec() does with /ima/canary-exec of a disk. */
	probe.owner = CANARY_EXEC_UID;
	if (code == FAIL_NONE)
		code = expect(boot, tmpfs, "of another owner", &probe, EACCES, FAIL_POLICY_ESCAPED);
	if (code != FAIL_NONE)
		return code;
	boot->tmpfs_proved = true;
	report_enforcement(boot, "an unsigned file on a tmpfs");
	return FAIL_NONE;
}

#define UNSIGNED "unsigned"

enum failure_code make_unsigned(struct boot *boot)
{
	struct probe digest = {
		.ima = CANARY_EXEC_XATTR, .ima_size = CANARY_XATTR_SIZE, .mode = PROBE_MODE
	};
	AUTO_CLOSE int file = -1;

	return make_file(boot, boot->ima_dir, UNSIGNED, &digest, &file);
}

enum failure_code execute_unsigned(struct boot *boot)
{
	int answer = execute_file(boot->ima_dir, UNSIGNED);

	if (answer != EACCES)
		return fail(boot, FAIL_POLICY_EXEMPTS,
			    "a program on the tmpfs, with a digest alone: executing it: %s",
			    word_of(answer));
	if (unlinkat(boot->ima_dir, UNSIGNED, 0) < 0)
		return fail(boot, FAIL_RESTORE_REFUSED, ROOT_DIR "/" UNSIGNED ": " ERRNO_FORMAT,
			    ERRNO(errno));
	return FAIL_NONE;
}

/* ---- locking them ---- */

/* OWN_RING_PERMISSIONS. The kernel searches as if it possessed the keyring; nobody else does. */
#define LOCKED (KEY_POS_SEARCH | KEY_USR_VIEW | KEY_USR_READ)

/*
 * Without search for anybody but who possesses it: invalidating a keyring, and
 * joining it as a session's by its name, ask for no more. What root, whose it is,
 * could do to it is what root is asked to do here.
 */
static enum failure_code lock_ring(struct boot *boot, key_serial_t ring, const char *name)
{
	if (keyctl_restrict_keyring(ring, NULL, NULL) < 0 || keyctl_setperm(ring, LOCKED) < 0 ||
	    keyctl_unlink(ring, KEY_SPEC_THREAD_KEYRING) < 0)
		return fail(boot, FAIL_KEYRING_OPEN, "%s: " ERRNO_FORMAT, name, ERRNO(errno));
	if (keyctl_setperm(ring, KEY_POS_ALL | KEY_USR_ALL) == 0 || errno != EACCES ||
	    keyctl_link(ring, KEY_SPEC_THREAD_KEYRING) == 0 || errno != EACCES ||
	    keyctl_clear(ring) == 0 || errno != EACCES ||
	    keyctl_search(KEY_SPEC_THREAD_KEYRING, "keyring", name, 0) >= 0 || errno != ENOKEY)
		return fail(boot, FAIL_KEYRING_OPEN, "%s can still be changed", name);
	return FAIL_NONE;
}

static enum failure_code lock_rings(struct boot *boot)
{
	enum failure_code code = lock_ring(boot, boot->own_rings[RING_IMA], OWN_RING_IMA);

	if (code == FAIL_NONE && boot->own_rings[RING_EVM])
		code = lock_ring(boot, boot->own_rings[RING_EVM], OWN_RING_EVM);
	return code;
}

/* ---- the step ---- */

static enum failure_code prove_use(struct boot *boot, int tmpfs)
{
	static struct probe probe, forged;
	enum failure_code code = read_probe(boot, &probe);

	if (code == FAIL_NONE)
		code = expect(boot, tmpfs, "signed", &probe, 0, FAIL_PROBE_REFUSED);
	if (code != FAIL_NONE)
		return code;

	/* Where there are HMACs, the kernel makes a right one, and security.ima alone decides. */
	forged = probe;
	forged.evm_size = 0;
	forged.ima[forged.ima_size - 1] ^= 1;
	code = expect(boot, tmpfs, "forged", &forged, EACCES, FAIL_POLICY_WEAK);
	forged = (struct probe){ .ima_size = CANARY_XATTR_SIZE, .mode = PROBE_MODE };
	memcpy(forged.ima, CANARY_EXEC_XATTR, CANARY_XATTR_SIZE);
	if (code == FAIL_NONE)
		code = expect(boot, tmpfs, "with a digest alone", &forged, EACCES, FAIL_POLICY_WEAK);
	/* As prove_exec() does with /ima/canary-exec of a disk. */
	forged.owner = CANARY_EXEC_UID;
	if (code == FAIL_NONE && boot->conf.prove_exec)
		code = expect(boot, tmpfs, "of another owner", &forged, EACCES, FAIL_POLICY_ESCAPED);

	/* From here on nobody can show the kernel these: if it knows them, it has kept them. */
	if (code == FAIL_NONE)
		code = lock_rings(boot);
	if (code == FAIL_NONE)
		code = expect(boot, tmpfs, "signed, when they are locked", &probe, 0,
			      FAIL_KEYRING_UNPINNED);
	return code;
}

enum failure_code prove_own_rings(struct boot *boot)
{
	if (boot->conf.trusted_keyrings)
		return FAIL_NONE;
	AUTO_CLOSE int tmpfs = -1;
	enum failure_code code = open_tmpfs(boot, &tmpfs);

	if (code == FAIL_NONE)
		code = prove_use(boot, tmpfs);
	if (code != FAIL_NONE)
		return code;
	boot->enforcement_proved = true;
	log_line(boot, LOG_NOTICE,
		 "enforcement: proved by a signed file and its forgeries; the keyrings are locked");
	return FAIL_NONE;
}
