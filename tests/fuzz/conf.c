/* SPDX-License-Identifier: MIT */
/*
 * init.conf: what is taken is what ima-init.conf(5) describes, here once more as regular
 * expressions, and nothing else.
 */
#include <regex.h>

#include "conf_names.h"
#include "format/conf.h"
#include "lib/input.h"

#define PATH "/[^ \t]{0,254}"
#define WORD "[^ \t]+"

/* A file is lines of these, each name once. A name without a row would refuse all that has it. */
static const struct {
	const char *name, *value;
} rows[] = {
	{ "next-init", PATH },
	{ "root", "[^ \t]{1,255}([ \t]+[^ \t]{1,63}([ \t]+[^ \t]{1,511})?)?" },
	{ "root-overlay", "tmpfs([ \t]+" WORD ")?" },
	{ "restore", PATH },
	{ "on-failure", "panic|reboot|poweroff|halt|rescue" },
	{ "rescue", PATH },
	{ "env", "[^= \t][^=]*" },
	{ "trusted-keyrings", "yes|no" },
	{ "kmk", "user|trusted([ \t].*)?" },
	{ "kmk-pcrs", "0*(1?[0-9]|2[0-3])([ \t]+0*(1?[0-9]|2[0-3]))*" },
	{ "device-keys", "efivarfs|root" },
	{ "provision", "yes|no" },
	{ "evm", "hmac|kernel|x509|x509-metadata-writes|none" },
	{ "evm-xattrs", "security\\." WORD "([ \t]+security\\." WORD ")*" },
	{ "policy", "required|none" },
	{ "prove-exec", "yes|no" },
	{ "nodev", "yes|no" },
	{ "require", "(lockdown|secure-boot|tpm)([ \t]+(lockdown|secure-boot|tpm))*" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define ONE_MORE(name, word, values, otherwise) + 1
_Static_assert(ROWS == CONF_NAMES(ONE_MORE), "a name of include/conf_names.h has no row");

static regex_t expressions[ROWS];

static void compile(void)
{
	char text[512];

	for (size_t i = 0; i < ROWS; i++) {
		(void)snprintf(text, sizeof(text), "^[ \t]*%s[ \t]*=[ \t]*(%s)[ \t]*$", rows[i].name,
			       rows[i].value);
		REQUIRE(regcomp(&expressions[i], text, REG_EXTENDED | REG_NOSUB) == 0);
	}
}

static bool is_described(char *text, size_t size)
{
	bool seen[ROWS] = { false };

	if (size > 0 && text[size - 1] != '\n')
		return false;
	for (size_t i = 0; i < size; i++)
		if (text[i] != '\n' && text[i] != '\t' && (text[i] < ' ' || text[i] > '~'))
			return false;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t row = 0;

		line += strspn(line, " \t");
		if (*line == '#' || *line == '\0')
			continue;
		while (row < ROWS && regexec(&expressions[row], line, 0, NULL, 0) != 0)
			row++;
		if (row == ROWS || seen[row])
			return false;
		seen[row] = true;
	}
	return true;
}

/* Of what is listed and which program it is, nothing may make it crash. */
static void judge(const struct conf *conf, const uint8_t *data, size_t size)
{
	static struct manifest manifest;
	static const char *const files[] = { PATH_POLICY, PATH_KMK, PATH_X509_EVM, ROOT_DIR "/signatures" };

	manifest.count = 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (size > 0 && data[size / 2] & 1 << i)
			REQUIRE(!manifest_add(&manifest, files[i]));
	for (enum program program = PROGRAM_DISK; program <= PROGRAM_INITRD; program++)
		(void)conf_contradiction(conf, &manifest, program);
	(void)conf_own_rings_wrong(conf, &manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool compiled;
	struct conf conf;
	char text[LIMIT_CONF + 1];
	unsigned line;

	if (size > LIMIT_CONF)
		return -1;
	if (!compiled)
		compile();
	compiled = true;
	memcpy(text, data, size);
	text[size] = '\0';
	conf_defaults(&conf);
	bool taken = !conf_parse(&conf, text, size, &line);
	char *copy = input_text(data, size);

	REQUIRE(taken == is_described(copy, size));
	if (taken)
		judge(&conf, data, size);
	free(copy);
	return 0;
}
