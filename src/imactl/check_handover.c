/* SPDX-License-Identifier: MIT */
/* Whether the kernel will execute the next init, under the rules of the site. */
#include "layout_checks.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "policy_match.h"
#include "root_path.h"
#include "tree.h"

/* The built-in rules under IMA_APPRAISE_SIGNED_INIT, where the site has none of its own. */
static const char built_in_rules[] = "appraise fowner=0 appraise_type=imasig\n";

/* The policy, to be freed. */
static char *read_rules(struct layout *layout)
{
	size_t size;

	if (!layout->conf->policy_required)
		return strdup(built_in_rules);
	return path_exists(layout->directory, PATH_POLICY + strlen(ROOT_DIR))
		? read_inside(layout, PATH_POLICY, LIMIT_POLICY, &size, FAIL_FILE_MISSING)
		: NULL;
}

/* Whether a program of this owner needs a signature, or a digest at least. */
static enum policy_verdict asked_of(const char *rules, unsigned owner, bool is_interpreter)
{
	static const char *const hooks[] = { "MMAP_CHECK", "BPRM_CHECK", "FILE_CHECK" };
	enum policy_verdict strongest = POLICY_LEAVES_OUT;
	unsigned line;

	for (size_t i = 0; i < (is_interpreter ? 1 : sizeof(hooks) / sizeof(hooks[0])); i++) {
		const struct policy_access access = { hooks[i], owner, ACCESS_ON_DISK };
		enum policy_verdict verdict = policy_match(rules, &access, &line);

		if (verdict < strongest)
			strongest = verdict;
	}
	return strongest;
}

/* The path of its dynamic linker; "": it has none. */
static void read_interpreter(int file, char path[LIMIT_PATH])
{
	Elf64_Ehdr header;
	Elf64_Phdr part;

	path[0] = '\0';
	if (pread(file, &header, sizeof(header), 0) != sizeof(header) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64)
		return;              /* of another class: not looked at */
	for (unsigned i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)(header.e_phoff + i * sizeof(part));

		if (pread(file, &part, sizeof(part), at) != sizeof(part) || part.p_type != PT_INTERP)
			continue;
		if (part.p_filesz == 0 || part.p_filesz > LIMIT_PATH)
			return;
		if (pread(file, path, part.p_filesz, (off_t)part.p_offset) != (ssize_t)part.p_filesz)
			path[0] = '\0';
		path[LIMIT_PATH - 1] = '\0';
		return;
	}
}

static void check_signature(struct layout *layout, const char *inside, int file,
			    const struct stat *status, const char *path, enum policy_verdict asked)
{
	struct file_verifier verifier;
	struct value ima;
	int error = 0;

	if (asked > POLICY_DEMANDS_DIGEST)
		return;
	if (!file_verifier_start(&verifier, layout->verifying))
		abort();
	enum file_verdict verdict =
		file_verify(&verifier, file, path + strlen(layout->root), status, &ima, &error);

	file_verifier_free(&verifier);
	if (verdict == VERDICT_VALID || verdict == VERDICT_UNREADABLE || verdict == VERDICT_EVM_HMAC ||
	    (verdict == VERDICT_DIGEST && asked == POLICY_DEMANDS_DIGEST))
		return;
	tell(layout, inside, FAIL_HANDOVER_REFUSED, "%s: %s; imactl sign --system signs it",
	     verdict_word(verdict), verdict_meaning(verdict));
}

/* ima-init has opened it before; the kernel reads it when all keys and revocations are there. */
static void check_policy_again(struct layout *layout)
{
	char path[TREE_PATH_SIZE];
	struct file_verifier verifier;
	struct stat status;
	struct value ima;
	int error = 0;

	if (!layout->conf->policy_required || !layout_place(layout, PATH_POLICY, path))
		return;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0)
		return;
	if (!file_verifier_start(&verifier, layout->verifying))
		abort();
	enum file_verdict verdict = file_verify(&verifier, file, PATH_POLICY, &status, &ima, &error);

	file_verifier_free(&verifier);
	if (verdict == VERDICT_REVOKED || verdict == VERDICT_EVM_REVOKED ||
	    (verdict == VERDICT_EVM_UNKNOWN_KEY && layout->verifying->evm_later))
		tell(layout, PATH_POLICY, FAIL_POLICY_REFUSED, "when it is loaded: %s: %s",
		     verdict_word(verdict), verdict_meaning(verdict));
}

/* What is executed, and then what that is loaded by. */
static void check_program(struct layout *layout, const char *rules, const char *inside,
			  bool is_interpreter)
{
	char path[TREE_PATH_SIZE], interpreter[LIMIT_PATH];
	const char *reason;
	struct stat status;

	if (root_find(layout->root, &layout->verifying->target, inside, path, &status, &reason) != FAIL_NONE) {
		if (is_interpreter && !path_exists(layout->root, inside))
			tell(layout, inside, FAIL_HANDOVER_REFUSED,
			     "the next init is loaded by it, and it is not there");
		return;              /* of the next init itself that was told before */
	}
	unsigned owner = status.st_uid;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0)
		return;
	check_signature(layout, inside, file, &status, path,
			asked_of(rules, owner, is_interpreter));
	read_interpreter(file, interpreter);
	if (!is_interpreter && interpreter[0])
		check_program(layout, rules, interpreter, true);
}

unsigned layout_verify_handover(const char *root, const char *directory, const struct conf *conf,
				const struct verifying *verifying, finding_function *found, void *data)
{
	static struct verifying later;
	struct layout layout = { .root = root, .directory = directory, .conf = conf,
				 .verifying = &later, .found = found, .data = data };

	later = *verifying;
	later.no_evm = verifying->no_evm && !verifying->evm_later;
	char *rules = read_rules(&layout);

	/* What is wrong with the policy as such was told before. */
	layout.count = 0;
	if (rules) {
		check_policy_again(&layout);
		if (!conf_names_root(conf))
			check_program(&layout, rules, conf->next_init, false);
	}
	free(rules);
	return layout.count;
}
