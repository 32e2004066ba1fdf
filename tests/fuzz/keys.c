/* SPDX-License-Identifier: MIT */
/* A line of /proc/keys, and an encrypted key as /ima/keys/evm-key has it. */
#include "init/evm.c"
#include "init/keyrings.c"

#include "lib/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key_line key;
	key_serial_t serial = 0x0bbbdadd;
	const struct ring_key sought = { .serials = &serial, .count = 1, .tail = " da21e6ed []" };
	char *text = input_text(data, size);

	if (parse_key_line((const char *)data, size, &key)) {
		(void)is_keyring(&key, ".ima");
		(void)is_ring_key(&key, &sought);
	}
	(void)check_evm_key_form(text, "user:kmk");
	(void)has_line(text, "security.ima", strlen("security.ima"));
	free(text);
	return 0;
}
