/* SPDX-License-Identifier: MIT */
/* What ima-init will say of the canaries, of what init.conf asks for, and of the next init. */
#include "layout_checks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "format/canary.h"
#include "root_path.h"
#include "tree.h"

static int copy_value(uint8_t *to, size_t room, const struct value *value)
{
	if (value->size > room)
		return -ERANGE;
	memcpy(to, value->data, value->size);
	return (int)value->size;
}

/* With the group that the target has: pack and install give it the one of its owner. */
static void read_canary(const struct layout *layout, int file, const char *inside,
			const struct stat *status, struct canary *canary)
{
	bool is_exec = strcmp(inside, PATH_CANARY_EXEC) == 0;
	struct value ima, evm;
	int error = signatures_read(layout->verifying->sidecar, file, inside, &ima, &evm);

	*canary = (struct canary){
		.gid = status->st_gid, .mode = status->st_mode, .size = (uint64_t)status->st_size
	};
	if (layout->verifying->target.owner_given)
		canary->gid = is_exec ? CANARY_EXEC_UID : 0;
	canary->ima_size = error ? error : copy_value(canary->ima, sizeof(canary->ima), &ima);
	canary->evm_size = error ? error : copy_value(canary->evm, sizeof(canary->evm), &evm);
}

void layout_check_canary(struct layout *layout, const char *inside, uid_t owner,
			 enum failure_code code)
{
	bool owner_is_given = layout->verifying->target.owner_given;

	char path[TREE_PATH_SIZE];
	struct stat status;
	struct canary canary;

	if (!layout_place(layout, inside, path))
		return;
	AUTO_CLOSE int file = tree_open(path, &status);

	/* Root is refused by a kernel that enforces: on the machine itself, as it should be. */
	if (file == -EACCES && geteuid() == 0)
		return;
	if (file < 0)
		tell(layout, inside, file == -EINVAL ? FAIL_FILE_TYPE : code, "%s",
		     file == -EINVAL ? "not a regular file" : strerror(-file));
	else if (status.st_uid != owner && !owner_is_given)
		tell(layout, inside, owner == 0 ? FAIL_FILE_OWNER : code, "it belongs to uid %u, not %u",
		     status.st_uid, owner);
	if (file < 0 || (status.st_uid != owner && !owner_is_given))
		return;
	read_canary(layout, file, inside, &status, &canary);
	const char *wrong = owner == 0 ? canary_wrong(&canary) : canary_exec_wrong(&canary);

	if (wrong)
		tell(layout, inside, code, "it %s", wrong);
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
		layout_check_canary(layout, PATH_CANARY_EXEC, CANARY_EXEC_UID, FAIL_CANARY_EXEC_UNFIT);
}

static bool is_ima_init(const struct layout *layout, const struct stat *status)
{
	char path[TREE_PATH_SIZE];
	struct stat own;

	return path_join(path, layout->root, PATH_INIT) && lstat(path, &own) == 0 &&
	       own.st_dev == status->st_dev && own.st_ino == status->st_ino;
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
	if (is_ima_init(layout, &status)) {
		tell(layout, inside, FAIL_NEXT_INIT_UNFIT,
		     "it leads to " PATH_INIT ", which is ima-init itself");
		return;
	}
	if (!(status.st_mode & S_IXUSR))
		tell(layout, inside, FAIL_NEXT_INIT_UNFIT, "its owner cannot execute it");
	else if (file < 0 || read(file, magic, sizeof(magic)) != sizeof(magic) ||
		 (memcmp(magic, "\177ELF", 4) != 0 && !(takes_script && memcmp(magic, "#!", 2) == 0)))
		tell(layout, inside, FAIL_NEXT_INIT_UNFIT, "it is no ELF program");
}
