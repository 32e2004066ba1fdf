/* SPDX-License-Identifier: MIT */
/* What ima-init and the kernel will say of kmk and evm-key. */
#include "layout_checks.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "evm_keys.h"
#include "format/evm_key.h"
#include "format/text.h"
#include "report.h"
#include "tree.h"

static void wipe(char *data, size_t size)
{
	if (data)
		OPENSSL_cleanse(data, size);
	free(data);
}

/* ima-init takes it, as the kernel does: only whoever is on the machine gains by it. */
static void note_mode(const struct layout *layout)
{
	char path[TREE_PATH_SIZE];
	struct stat status;

	if (layout_place(layout, PATH_KMK, path) && stat(path, &status) == 0 && status.st_mode & 077)
		complain(path, "note", "others can read it (mode %04o), and forge HMACs with it: chmod 0400 "
			 "it and sign it again", (unsigned)status.st_mode & 07777);
}

/* The master key, to be wiped by the caller; NULL: it is not known here. */
static char *check_kmk(struct layout *layout, size_t *size)
{
	char *data = read_inside(layout, PATH_KMK, LIMIT_KMK, size, FAIL_FILE_MISSING);
	bool is_trusted = layout->conf->kmk_options != NULL;

	if (!data)
		return NULL;
	if (!is_trusted)
		note_mode(layout);
	if (is_trusted && (*size % 2 != 0 || !text_is_hex(data, *size)))
		tell(layout, PATH_KMK, FAIL_KMK_INVALID,
		     "a trusted key blob is lower-case hex and nothing else");
	else if (!is_trusted && *size < KMK_MIN)
		tell(layout, PATH_KMK, FAIL_KMK_INVALID, "%zu bytes, at least %d are needed", *size,
		     KMK_MIN);
	else if (!is_trusted)
		return data;
	wipe(data, *size);
	return NULL;
}

void layout_check_evm_keys(struct layout *layout)
{
	size_t master_size = 0, size = 0;
	const char *wrong;
	char *master = layout_lists(layout, PATH_KMK) ? check_kmk(layout, &master_size) : NULL;
	char *text = layout_lists(layout, PATH_EVM_KEY)
		? read_inside(layout, PATH_EVM_KEY, LIMIT_EVM_KEY, &size, FAIL_FILE_MISSING)
		: NULL;

	if (text) {
		wrong = evm_key_wrong(text, size, layout->conf->kmk_options != NULL);
		if (wrong)
			tell(layout, PATH_EVM_KEY, FAIL_EVM_KEY_INVALID, "%s", wrong);
		else if (master && !evm_key_is_under(text, (const uint8_t *)master, master_size))
			tell(layout, PATH_EVM_KEY, FAIL_EVM_KEY_REFUSED,
			     "it was made with another kmk, is damaged, or does not begin with \"default\"");
	}
	wipe(master, master_size);
	wipe(text, size);
}
