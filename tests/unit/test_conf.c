/* SPDX-License-Identifier: MIT */
#include "format/conf.c"

#include "tap.h"

static struct conf conf;
static unsigned line;
static const char *wrong;

static bool parse_text(const char *text, size_t length)
{
	static char copy[LIMIT_CONF + 1];

	memset(&conf, 0, sizeof(conf));
	memset(copy, 0, sizeof(copy));
	conf_defaults(&conf);
	if (length >= sizeof(copy))
		abort();
	memcpy(copy, text, length);
	wrong = conf_parse(&conf, copy, length, &line);
	return !wrong;
}

static bool accepted(const char *text)
{
	return parse_text(text, strlen(text));
}

static void refused(const char *text, unsigned at, const char *says, const char *name)
{
	bool right = !accepted(text) && line == at && strstr(wrong, says);

	ok(right, name);
	if (!right)
		printf("# line %u: \"%s\"\n", line, wrong ? wrong : "taken");
}

int main(void)
{
	ok(accepted("") && strcmp(conf.next_init, "/sbin/init") == 0 && conf.on_failure == ACTION_PANIC &&
	   !conf.restore && !conf.rescue && !*conf.env && !conf.kmk_options && conf.evm == EVM_MODE_HMAC &&
	   !*conf.evm_xattrs && conf.policy_required && conf.prove_exec && !conf.require_lockdown &&
	   !conf.require_secure_boot && !conf.require_tpm, "an empty file leaves the defaults");
	ok(accepted("# a comment\n\n  \t\n   # another = x\n"), "comments and blank lines");
	ok(accepted("next-init=/lib/systemd/systemd\n") && strcmp(conf.next_init, "/lib/systemd/systemd") == 0,
	   "without blanks");
	ok(accepted(" next-init \t=\t /x \n") && strcmp(conf.next_init, "/x") == 0, "with blanks");
	ok(accepted("on-failure = rescue\nrescue = /sbin/sulogin\n") && conf.on_failure == ACTION_RESCUE &&
	   strcmp(conf.rescue, "/sbin/sulogin") == 0, "rescue");
	ok(accepted("restore = /ima/signatures\n") && strcmp(conf.restore, "/ima/signatures") == 0, "restore");
	ok(accepted("kmk = user\n") && !conf.kmk_options, "kmk = user");
	ok(accepted("kmk = trusted keyhandle=0x81000001 pcrinfo=1\n") && conf.kmk_options &&
	   strcmp(conf.kmk_options, "keyhandle=0x81000001 pcrinfo=1") == 0, "kmk = trusted, with options");
	ok(accepted("kmk = trusted\n") && conf.kmk_options && !*conf.kmk_options, "kmk = trusted, without");
	ok(accepted("kmk-pcrs = 0 7\t23\n") && conf.kmk_pcrs == 0x800081, "kmk-pcrs");
	ok(accepted("kmk-pcrs = 7 07 7\n") && conf.kmk_pcrs == 0x80, "  one PCR three times");
	ok(accepted("kmk = trusted a=1  b\n") && strcmp(conf.kmk_options, "a=1  b") == 0, "  options, as they are");
	ok(accepted("") && conf.device_keys == DEVICE_KEYS_NONE && !conf.provision, "no keys of the device's");
	ok(accepted("device-keys = root\nprovision = yes\n") && conf.device_keys == DEVICE_KEYS_ROOT &&
	   conf.provision, "device-keys and provision");
	ok(accepted("device-keys = efivarfs\nprovision = no\n") && conf.device_keys == DEVICE_KEYS_EFIVARFS &&
	   !conf.provision, "  the other way");
	ok(accepted("evm = kernel\n") && conf.evm == EVM_MODE_KERNEL, "evm = kernel");
	ok(accepted("evm = hmac\n") && conf.evm == EVM_MODE_HMAC, "evm = hmac");
	ok(accepted("evm = x509\n") && conf.evm == EVM_MODE_X509, "evm = x509");
	ok(accepted("evm = x509-metadata-writes\n") && conf.evm == EVM_MODE_X509_METADATA_WRITES,
	   "evm = x509-metadata-writes");
	ok(accepted("evm = none\n") && conf.evm == EVM_MODE_NONE, "evm = none");
	ok(accepted("evm-xattrs = security.a security.b\n"), "evm-xattrs");
	ok(accepted("policy = none\nprove-exec = no\n") && !conf.policy_required && !conf.prove_exec,
	   "policy and prove-exec");
	ok(conf.trusted_keyrings && accepted("trusted-keyrings = no\n") && !conf.trusted_keyrings &&
	   accepted("trusted-keyrings = yes\n") && conf.trusted_keyrings, "trusted-keyrings");
	ok(accepted("root = none\n") && strcmp(conf.root, "none") == 0, "root = none");
	ok(accepted("next-init = /sbin/init\n") && conf.next_init != default_next_init,
	   "the default, given, is told from the default");
	ok(accepted("require = tpm lockdown secure-boot\n") && conf.require_tpm && conf.require_lockdown &&
	   conf.require_secure_boot, "require");
	ok(accepted("") && !conf.root && !conf.root_overlay, "  by default none, and no overlay");
	ok(accepted("root-overlay = tmpfs\n") && strcmp(conf.root_overlay, "") == 0, "root-overlay");
	ok(accepted("root-overlay = tmpfs  size=1M\n") && strcmp(conf.root_overlay, "size=1M") == 0, "  with options");
	ok(accepted("env = LANG TZ\n") && strcmp(conf.env, "LANG TZ") == 0, "env");

	ok(accepted("root = PARTLABEL=x ext4 a,b\n") && strcmp(conf.root, "PARTLABEL=x ext4 a,b") == 0, "root");
	refused("root = a b c d\n", 1, "wrong value", "  with a fourth word");

	refused("next-init /x\n", 1, "is not", "no =");
	refused("# x\nnext = /x\n", 2, "has an unknown name", "an unknown name");
	refused("NEXT-INIT = /x\n", 1, "unknown name", "names are lower case");
	refused("evm = hmac\nevm = hmac\n", 2, "repeats", "a name twice");
	refused("evm = \n", 1, "wrong value", "an empty value");
	refused("next-init = x\n", 1, "wrong value", "a relative path");
	refused("next-init = /x /y\n", 1, "wrong value", "two paths");
	refused("restore = signatures\n", 1, "wrong value", "a sidecar by a relative path");
	refused("on-failure = continue\n", 1, "wrong value", "an unknown action");
	refused("root-overlay = /dev/sda\n", 1, "wrong value", "an overlay of something else than a tmpfs");
	refused("root-overlay = tmpfs a b\n", 1, "wrong value", "options in two words");
	refused("root-overlay = tmpfsx\n", 1, "wrong value", "a longer word");
	refused("kmk = userx\n", 1, "wrong value", "an unknown key type");
	refused("kmk = user keyhandle=1\n", 1, "wrong value", "options for a user key");
	refused("device-keys = none\n", 1, "wrong value", "device-keys in a place that is none");
	refused("provision = once\n", 1, "wrong value", "provision");
	refused("kmk-pcrs = 24\n", 1, "wrong value", "a PCR that is none");
	refused("kmk-pcrs = 4294967303\n", 1, "wrong value", "  7, if it wrapped around");
	refused("kmk-pcrs = 0,7\n", 1, "wrong value", "PCRs with commas");
	refused("kmk-pcrs = sha256:7\n", 1, "wrong value", "  with a bank");
	refused("kmk-pcrs = -1\n", 1, "wrong value", "  below none");
	refused("evm = HMAC\n", 1, "wrong value", "values are lower case");
	refused("evm-xattrs = user.a\n", 1, "wrong value", "an attribute that EVM cannot protect");
	refused("evm-xattrs = security.\n", 1, "wrong value", "an attribute without a name");
	refused("policy = no\n", 1, "wrong value", "policy");
	refused("prove-exec = none\n", 1, "wrong value", "prove-exec");
	refused("trusted-keyrings = none\n", 1, "wrong value", "trusted-keyrings");
	refused("require = lockdown selinux\n", 1, "wrong value", "an unknown requirement");
	refused("env = A=b\n", 1, "wrong value", "env takes names only");
	refused("evm = x509 metadata-writes\n", 1, "wrong value", "two words for evm");
	refused("evm = x509-metadata\n", 1, "wrong value", "the beginning of a value of evm");
	refused("evm = hmac\r\n", 1, "ends in CR LF", "CR LF");
	refused("\xef\xbb\xbf" "evm = hmac\n", 1, "has a byte", "a byte-order mark");
	refused("evm = hmac", 1, "does not end", "no newline at the end");

	static const char with_nul[] = "evm = hmac\n\0\n";

	ok(!parse_text(with_nul, sizeof(with_nul) - 1) && line == 0 && strstr(wrong, "NUL"),
	   "a NUL byte");

	static const char seed[] = "# x\nnext-init = /sbin/init\non-failure = reboot\nenv = A B\n"
		"kmk = trusted a=b\nkmk-pcrs = 0 23\nevm-xattrs = security.a\nrequire = tpm\n";

	for (int i = 0; i < 200000; i++) {
		size_t length;
		char *text = tap_mutate(seed, sizeof(seed) - 1, &length);

		(void)parse_text(text, length);
		free(text);
	}
	ok(true, "200,000 damaged files are survived");
	return tap_done();
}
