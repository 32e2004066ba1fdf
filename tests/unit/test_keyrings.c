/* SPDX-License-Identifier: MIT */
/* Lines as /proc/keys of a running kernel has them. */
#include "keyrings.c"

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
	key_serial_t serial = 0x0bbbdadd, other = 0x0bbbdade;
	struct ring_key sought = { .serials = &serial, .count = 1, .tail = " da21e6ed []" };

	ok(parsed(ring, &key) && key.serial == 0x2e89c004, "a keyring's serial");
	ok(is_keyring(&key, ".ima"), "its name");
	ok(!is_keyring(&key, ".im") && !is_keyring(&key, ".ima_blacklist"), "  and no other name");

	ok(parsed(cert, &key) && is_ring_key(&key, &sought), "a certificate of the ring by its id");
	sought.serials = &other;
	ok(!is_ring_key(&key, &sought), "  not one of another ring");
	sought.serials = &serial;
	strcpy(sought.tail, " da21e6ee []");
	ok(!is_ring_key(&key, &sought), "  and not by another id");
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
			(void)is_ring_key(&key, &sought);
		}
		free(text);
	}
	ok(true, "200,000 damaged lines are survived");
	return tap_done();
}
