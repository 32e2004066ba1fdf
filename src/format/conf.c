/* SPDX-License-Identifier: MIT */
/* init.conf, the site's choices: ima-init.conf(5). */
#include "conf.h"

#include <string.h>

#include "conf_names.h"
#include "text.h"

const char default_next_init[] = DEFAULT_NEXT_INIT;

void conf_defaults(struct conf *conf)
{
	conf->next_init = default_next_init;
	conf->root = NULL;
	conf->root_overlay = NULL;
	conf->restore = NULL;
	conf->on_failure = ACTION_PANIC;
	conf->rescue = NULL;
	conf->env = "";
	conf->kmk_options = NULL;
	conf->device_keys = DEVICE_KEYS_NONE;
	conf->provision = false;
	conf->kmk_pcrs = 0;
	conf->evm = EVM_MODE_HMAC;
	conf->evm_xattrs = "";
	conf->trusted_keyrings = true;
	conf->policy_required = true;
	conf->prove_exec = true;
	conf->nodev = true;
}

/* Each sets one value, and says whether it is one. */
typedef bool setter(struct conf *conf, const char *value);

static bool is_path(const char *value)
{
	return value[0] == '/' && strlen(value) < LIMIT_PATH && !strpbrk(value, " \t");
}

static bool set_next_init(struct conf *conf, const char *value)
{
	conf->next_init = value;
	return is_path(value);
}

/* How a device may be named is for root_device.c to say, which only some programs have. */
static bool set_root(struct conf *conf, const char *value)
{
	static const uint16_t sizes[] = { LIMIT_PATH, SIZE_ROOT_TYPES, SIZE_ROOT_FLAGS };
	size_t length;

	conf->root = value;
	for (size_t i = 0; text_word(&value, &length); i++)
		if (i == sizeof(sizes) / sizeof(sizes[0]) || length >= sizes[i])
			return false;
	return true;
}

static bool set_root_overlay(struct conf *conf, const char *value)
{
	const char *next = value;
	size_t length;
	const char *type = text_word(&next, &length);

	conf->root_overlay = next + strspn(next, " \t");
	return text_is_word(type, length, "tmpfs") && !strpbrk(conf->root_overlay, " \t");
}

static bool set_restore(struct conf *conf, const char *value)
{
	conf->restore = value;
	return is_path(value);
}

static bool set_on_failure(struct conf *conf, const char *value)
{
	int action = text_index(ACTION_WORDS, value);

	/* What the file says counts only when all of it is right. */
	if (action >= 0)
		conf->on_failure = (enum action)action;
	return action >= 0;
}

static bool set_rescue(struct conf *conf, const char *value)
{
	conf->rescue = value;
	return is_path(value);
}

static bool set_env(struct conf *conf, const char *value)
{
	conf->env = value;
	return !strchr(value, '=');
}

static bool set_kmk(struct conf *conf, const char *value)
{
	const char *next = value;
	size_t length;
	const char *type = text_word(&next, &length);

	conf->kmk_options = NULL;
	if (text_is_word(type, length, "user"))
		return *next == '\0';
	conf->kmk_options = next + strspn(next, " \t");
	return text_is_word(type, length, "trusted");
}

static bool set_kmk_pcrs(struct conf *conf, const char *value)
{
	size_t length;

	for (const char *word; (word = text_word(&value, &length));) {
		unsigned pcr = 0;

		for (size_t i = 0; i < length && pcr <= LIMIT_PCR; i++)
			pcr = word[i] >= '0' && word[i] <= '9' ? pcr * 10 + (unsigned)(word[i] - '0') : ~0U;
		if (pcr > LIMIT_PCR)
			return false;
		conf->kmk_pcrs |= 1U << pcr;
	}
	return true;
}

static bool set_device_keys(struct conf *conf, const char *value)
{
	conf->device_keys = (enum device_keys)(text_index(DEVICE_KEYS_WORDS, value) + 1);
	return conf->device_keys != DEVICE_KEYS_NONE;
}

static bool set_evm(struct conf *conf, const char *value)
{
	int mode = text_index(EVM_MODE_WORDS, value);

	if (mode >= 0)
		conf->evm = (enum evm_mode)mode;
	return mode >= 0;
}

static bool set_evm_xattrs(struct conf *conf, const char *value)
{
	size_t length;

	conf->evm_xattrs = value;
	for (const char *name; (name = text_word(&value, &length));)
		if (!text_starts(name, "security.") || length == strlen("security."))
			return false;
	return true;
}

static bool set_switch(bool *on, const char *words, const char *value)
{
	int word = text_index(words, value);

	*on = word != 0;
	return word >= 0;
}

static bool set_policy(struct conf *conf, const char *value)
{
	return set_switch(&conf->policy_required, "none\0required\0", value);
}

#define NO_OR_YES "no\0yes\0"

static bool set_prove_exec(struct conf *conf, const char *value)
{
	return set_switch(&conf->prove_exec, NO_OR_YES, value);
}

static bool set_nodev(struct conf *conf, const char *value)
{
	return set_switch(&conf->nodev, NO_OR_YES, value);
}

static bool set_trusted_keyrings(struct conf *conf, const char *value)
{
	return set_switch(&conf->trusted_keyrings, NO_OR_YES, value);
}

static bool set_provision(struct conf *conf, const char *value)
{
	return set_switch(&conf->provision, NO_OR_YES, value);
}

static bool set_require(struct conf *conf, const char *value)
{
	size_t length;

	for (const char *word; (word = text_word(&value, &length));) {
		if (text_is_word(word, length, "lockdown"))
			conf->require_lockdown = true;
		else if (text_is_word(word, length, "secure-boot"))
			conf->require_secure_boot = true;
		else if (text_is_word(word, length, "tpm"))
			conf->require_tpm = true;
		else
			return false;
	}
	return true;
}

enum name {
#define NAME_ENUM(name, word, values, otherwise) NAME_##name,
	CONF_NAMES(NAME_ENUM)
#undef NAME_ENUM
	NAME_COUNT
};

#define NAME_WORD(name, word, values, otherwise) word "\0"
static const char names[] = CONF_NAMES(NAME_WORD);
#undef NAME_WORD

static setter *const setters[NAME_COUNT] = {
	[NAME_NEXT_INIT] = set_next_init,
	[NAME_ROOT] = set_root,
	[NAME_ROOT_OVERLAY] = set_root_overlay,
	[NAME_RESTORE] = set_restore,
	[NAME_ON_FAILURE] = set_on_failure,
	[NAME_RESCUE] = set_rescue,
	[NAME_ENV] = set_env,
	[NAME_TRUSTED_KEYRINGS] = set_trusted_keyrings,
	[NAME_KMK] = set_kmk,
	[NAME_KMK_PCRS] = set_kmk_pcrs,
	[NAME_DEVICE_KEYS] = set_device_keys,
	[NAME_PROVISION] = set_provision,
	[NAME_EVM] = set_evm,
	[NAME_EVM_XATTRS] = set_evm_xattrs,
	[NAME_POLICY] = set_policy,
	[NAME_PROVE_EXEC] = set_prove_exec,
	[NAME_NODEV] = set_nodev,
	[NAME_REQUIRE] = set_require,
};

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return text + strspn(text, " \t");
}

/* One line that is neither empty nor a comment; what is wrong with it, or NULL. */
static const char *parse_line(struct conf *conf, char *line, unsigned *seen)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return "is not \"name = value\"";
	*equals = '\0';
	const char *name = trim(line);
	const char *value = trim(equals + 1);
	int which = text_index(names, name);

	if (which < 0)
		return "has an unknown name";
	if (*seen & 1U << which)
		return "repeats a name";
	*seen |= 1U << which;
	if (*value == '\0' || !setters[which](conf, value))
		return "has a wrong value";
	return NULL;
}

static const char *wrong_byte(const char *line)
{
	for (; *line; line++)
		if ((*line < ' ' && *line != '\t') || *line > '~')
			return *line == '\r' ? "ends in CR LF"
					     : "has a byte that is not printable ASCII";
	return NULL;
}

const char *conf_parse(struct conf *conf, char *text, size_t length, unsigned *line)
{
	unsigned seen = 0;

	*line = 0;
	if (strlen(text) != length)
		return "has a NUL byte";
	while (*text) {
		char *start = text, *end = strchr(text, '\n');

		++*line;
		if (!end)
			return "does not end in a newline";
		*end = '\0';
		text = end + 1;
		const char *wrong = wrong_byte(start);

		start = trim(start);
		if (!wrong && *start != '\0' && *start != '#')
			wrong = parse_line(conf, start, &seen);
		if (wrong)
			return wrong;
	}
	*line = 0;
	return NULL;
}

bool conf_names_root(const struct conf *conf)
{
	return conf->root && strcmp(conf->root, "none") != 0;
}

const char *conf_contradiction(const struct conf *conf, const struct manifest *manifest,
			       enum program program)
{
	bool in_initramfs = program == PROGRAM_INITRAMFS, in_initrd = program == PROGRAM_INITRD;

	if (conf->on_failure == ACTION_RESCUE && !conf->rescue)
		return "on-failure = rescue, but no rescue is named";
	if (conf->on_failure == ACTION_RESCUE && !manifest_lists(manifest, conf->rescue))
		return "on-failure = rescue, but the manifest does not list that program";
	if ((conf->root || conf->root_overlay) && !in_initramfs && !in_initrd)
		return "root or root-overlay is given, but ima-init mounts no root";
	/* That of the command line is the RAM disk. */
	if (in_initrd && !conf_names_root(conf))
		return "root is not given, and must be";
	if (!conf->trusted_keyrings && !in_initramfs)
		return "trusted-keyrings = no is for ima-init-initramfs alone";
	if (conf->restore && !in_initramfs)
		return "restore is for ima-init-initramfs alone";
	if (conf->restore && (conf->root || conf->root_overlay))
		return "root and restore, but there is one root";
	/* What vouches for the signatures that are restored is in .ima and .evm. */
	if (conf->restore && !conf->trusted_keyrings)
		return "trusted-keyrings = no, but restore is given";
	if (conf->restore && !manifest_lists(manifest, conf->restore))
		return "restore names no file below " ROOT_DIR;
	/* The built-in rules leave a tmpfs out. */
	if (conf->restore && !conf->policy_required)
		return "policy = none, but restore is given";
	if (!conf->policy_required && manifest_lists(manifest, PATH_POLICY))
		return "policy = none, but the manifest lists " PATH_POLICY;
	if (conf->kmk_pcrs && !conf->kmk_options)
		return "kmk-pcrs without kmk = trusted";
	if (conf->provision && conf->device_keys == DEVICE_KEYS_NONE)
		return "provision without device-keys";
	if (conf->device_keys != DEVICE_KEYS_NONE &&
	    (conf->evm != EVM_MODE_HMAC || !conf->kmk_options))
		return "device-keys without evm = hmac and kmk = trusted";
	if (conf->device_keys == DEVICE_KEYS_ROOT && (in_initramfs || in_initrd))
		return "device-keys = root, but no root is mounted yet";
	if ((conf->evm != EVM_MODE_HMAC || conf->device_keys != DEVICE_KEYS_NONE) &&
	    (manifest_lists(manifest, PATH_KMK) || manifest_lists(manifest, PATH_EVM_KEY)))
		return "the manifest lists kmk or evm-key, which nothing asks for";
	if (conf->evm == EVM_MODE_NONE &&
	    (manifest_lists(manifest, PATH_X509_EVM) || manifest_lists_below(manifest, DIR_KEYS_EVM)))
		return "evm = none, but the manifest lists certificates for EVM";
	if (conf->evm == EVM_MODE_NONE && conf->evm_xattrs[0] != '\0')
		return "evm = none, but evm-xattrs is given";
	return NULL;
}

const char *conf_own_rings_wrong(const struct conf *conf, const struct manifest *manifest)
{
	if (conf_names_root(conf))
		return "trusted-keyrings = no, but root is given: the next init mounts it";
	if (!conf->policy_required)
		return "trusted-keyrings = no, but policy = none: no rule is in force then";
	if (manifest_lists(manifest, PATH_X509_IMA) || manifest_lists(manifest, PATH_X509_EVM))
		return "trusted-keyrings = no, but a certificate lies where only the kernel takes "
		       "one from: move it to " DIR_KEYS_IMA " or " DIR_KEYS_EVM;
	if (conf->evm == EVM_MODE_NONE && manifest_lists(manifest, PATH_PROBE_EVM))
		return "trusted-keyrings = no, but evm = none and " PATH_PROBE_EVM
		       " contradict each other";
	return NULL;
}
