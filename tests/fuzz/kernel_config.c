/* SPDX-License-Identifier: MIT */
/* A kernel configuration, plain or packed with gzip. */
#include "imactl/kernel_config.h"

#include "lib/input.h"

/* Sorted, each name once, and each found by its name. */
static void check(const struct kernel_config *config)
{
	REQUIRE(config->count > 0);
	for (size_t i = 0; i < config->count; i++) {
		const struct kernel_option *option = &config->options[i];

		REQUIRE(i == 0 || strcmp(config->options[i - 1].name, option->name) < 0);
		REQUIRE(kernel_config_value(config, option->name) == option->value);
		REQUIRE(!option->value || !strchr(option->value, '\n'));
	}
	REQUIRE(!kernel_config_value(config, "") && !kernel_config_value(config, "="));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file file = input_file(data, size);
	struct kernel_config config;
	char *text = NULL;

	/* A small limit: it shall be met. */
	if (kernel_text_read(file.path, 2048, &text) == 0) {
		REQUIRE(strlen(text) <= 2048);
		if (kernel_config_parse(&config, file.path, text) == 0)
			check(&config);
		kernel_config_free(&config);
	}
	(void)close(file.descriptor);
	return 0;
}
