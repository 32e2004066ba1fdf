/* SPDX-License-Identifier: MIT */
/* Lines as /proc/keys of a running kernel has them. */
#include "init/keyrings.c"

#include "tap.h"

static bool parsed(const char *line, struct key_line *key)
{
	return parse_key_line(line, strlen(line), key);
}

int main(void)
{
	struct key_line key;
	static const char ring[] = "2e89c004 I------     1 perm 1f0f0000     0     0 keyring   .ima: 2";
	static const char cert[] = "0bbbdadd I------     1 perm 1f030000     0     0 asymmetri ima-init IMA "
		"signing key: ba0d892f231c0c5af374276510a70631da21e6ed: X509.rsa da21e6ed []";
	uint32_t id = 0;

	ok(parsed(ring, &key) && key.serial == 0x2e89c004, "a keyring's serial");
	ok(is_keyring(&key, ".ima"), "its name");
	ok(!is_keyring(&key, ".im") && !is_keyring(&key, ".ima_blacklist"), "  and no other name");

	ok(!is_certificate(&key, &id), "a keyring has no id");

	ok(parsed(cert, &key) && key.serial == 0x0bbbdadd && is_certificate(&key, &id) && id == 0xda21e6ed,
	   "a certificate's serial and id");
	ok(parsed("0bbbdadd I------     1 perm 1f030000     0     0 asymmetri x: X509.rsa da21e6ed [x]", &key) &&
	   !is_certificate(&key, &id), "  not with something else at the end");
	ok(parsed("0bbbdadd I------     1 perm 1f030000     0     0 asymmetri x: X509.rsa da21e6eg []", &key) &&
	   !is_certificate(&key, &id), "  nor an id that is no hex");
	ok(parsed("0bbbdadd I------     1 perm 1f030000     0     0 asymmetri da21e6ed []", &key) &&
	   !is_certificate(&key, &id), "  nor an id alone");
	ok(parsed(cert, &key), "  as before");
	ok(!is_keyring(&key, "ima-init IMA signing key"), "a certificate is no keyring");

	ok(!parsed("2e89c004 IR-----     1 perm 1f0f0000     0     0 keyring   .ima: 2", &key), "a revoked key");
	ok(!parsed("2e89c004 I-D----     1 perm 1f0f0000     0     0 keyring   .ima: 2", &key), "a dead key");
	ok(!parsed("2e89c004 -------     1 perm 1f0f0000     0     0 keyring   .ima: 2", &key), "one not made yet");
	ok(!parsed("xyz I------     1 perm 1f0f0000     0     0 keyring   .ima: 2", &key), "no serial");
	ok(!parsed("2e89c004 I------     1 perm 1f0f0000     0     0 keyring", &key), "no description");
	ok(!parsed("", &key), "nothing");

	for (int i = 0; i < 200000; i++) {
		size_t length;
		char *text = tap_mutate(i & 1 ? ring : cert, strlen(i & 1 ? ring : cert), &length);

		if (parse_key_line(text, length, &key)) {
			(void)is_keyring(&key, ".ima");
			(void)is_certificate(&key, &id);
		}
		free(text);
	}
	ok(true, "200,000 damaged lines are survived");
	return tap_done();
}
