/* SPDX-License-Identifier: MIT */
/* What ima-init will say of the canaries, of what init.conf asks for, and of the next init. */
#include "layout_checks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "root_path.h"
#include "tree.h"

void layout_check_canary(struct layout *layout, const char *inside, off_t size, uid_t owner,
				const char *expected, enum failure_code code)
{
	char path[TREE_PATH_SIZE];
	struct stat status;
	struct value ima, evm;

	if (!layout_place(layout, inside, path))
		return;
	AUTO_CLOSE int file = tree_open(path, &status);

	/* Root is refused by a kernel that enforces: on the machine itself, as it should be. */
	if (file == -EACCES && geteuid() == 0)
		return;
	if (file < 0)
		tell(layout, inside, file == -EINVAL ? FAIL_FILE_TYPE : code, "%s",
		     file == -EINVAL ? "not a regular file" : strerror(-file));
	else if (owner != 0 && !(status.st_mode & S_IXUSR))
		tell(layout, inside, code, "its owner cannot execute it");
	else if (status.st_size != size ||
		 (status.st_uid != owner && !layout->verifying->target.owner_given))
		tell(layout, inside, code, "it does not have %lld bytes and the owner %u",
		     (long long)size, owner);
	else if (signatures_read(layout->verifying->sidecar, file, inside, &ima, &evm) != 0 ||
		 ima.size != CANARY_XATTR_SIZE ||
		 memcmp(ima.data, expected, CANARY_XATTR_SIZE) != 0)
		tell(layout, inside, code, "security.ima is not the SHA-256 digest of its content");
}

/* What init.conf, or its defaults, ask for. */
void layout_check_needed(struct layout *layout)
{
	static const char needed[] = "it is needed, and the manifest does not list it";
	const struct conf *conf = layout->conf;
	bool hmac = conf->evm == EVM_MODE_HMAC && conf->device_keys == DEVICE_KEYS_NONE;

	if (hmac && !layout_lists(layout, PATH_KMK))
		tell(layout, PATH_KMK, FAIL_FILE_MISSING, needed);
	if (hmac && !layout_lists(layout, PATH_EVM_KEY))
		tell(layout, PATH_EVM_KEY, FAIL_FILE_MISSING, needed);
	if (conf->policy_required && !layout_lists(layout, PATH_POLICY))
		tell(layout, PATH_POLICY, FAIL_FILE_MISSING, needed);
	if (conf->prove_exec && !conf_names_root(conf))
		layout_check_canary(layout, PATH_CANARY_EXEC, CANARY_EXEC_SIZE, CANARY_EXEC_UID,
				    CANARY_EXEC_XATTR, FAIL_CANARY_EXEC_UNFIT);
}

void layout_check_next_init(struct layout *layout, const char *inside, bool takes_script)
{
	char path[TREE_PATH_SIZE], magic[4] = "";
	struct stat status;
	const char *reason;
	enum failure_code code =
		root_find(layout->root, &layout->verifying->target, inside, path, &status, &reason);

	if (code != FAIL_NONE) {
		tell(layout, inside, code, "%s", reason);
		return;
	}
	AUTO_CLOSE int file = tree_open(path, &status);

	evm_target_status(&layout->verifying->target, path + strlen(layout->root), &status);
	if (!(status.st_mode & S_IXUSR))
		tell(layout, inside, FAIL_NEXT_INIT_UNFIT, "its owner cannot execute it");
	else if (file < 0 || read(file, magic, sizeof(magic)) != sizeof(magic) ||
		 (memcmp(magic, "\177ELF", 4) != 0 && !(takes_script && memcmp(magic, "#!", 2) == 0)))
		tell(layout, inside, FAIL_NEXT_INIT_UNFIT, "it is no ELF program");
}
