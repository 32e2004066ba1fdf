/* SPDX-License-Identifier: MIT */
/* A line of /proc/keys, and an encrypted key as /ima/keys/evm-key has it. */
#include "init/evm.c"
#include "init/keyrings.c"

#include "lib/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key_line key;
	uint32_t id;
	char *text = input_text(data, size);

	if (parse_key_line((const char *)data, size, &key)) {
		(void)is_keyring(&key, ".ima");
		(void)is_certificate(&key, &id);
	}
	(void)evm_key_wrong(text, strlen(text), false);
	(void)has_line(text, "security.ima", strlen("security.ima"));
	free(text);
	return 0;
}
