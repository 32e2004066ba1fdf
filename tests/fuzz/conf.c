/* SPDX-License-Identifier: MIT */
/* init.conf: imactl must take all that ima-init takes, and read the same in it. */
#include "format/conf.c"

#include "imactl/site_conf.h"
#include "lib/input.h"

static void compare(const struct conf *conf, const struct site_conf *site)
{
	const char *evm = text_at(EVM_MODE_WORDS, conf->evm);

	REQUIRE(strcmp(conf->next_init, site->next_init) == 0);
	REQUIRE(strcmp(evm, site->evm) == 0);
	REQUIRE(strcmp(conf->evm_xattrs, site->evm_xattrs) == 0);
	REQUIRE((conf->kmk_options != NULL) == site->kmk_trusted);
	REQUIRE((conf->kmk_pcrs != 0) == (site->kmk_pcrs != NULL));
	REQUIRE(conf->provision == site->provision);
	REQUIRE((conf->device_keys == DEVICE_KEYS_NONE) == !site->device_keys);
	REQUIRE(conf->policy_required == site->policy_required);
	REQUIRE(conf->trusted_keyrings == site->trusted_keyrings);
	REQUIRE(!conf->root == !site->root && (!conf->root || strcmp(conf->root, site->root) == 0));
	REQUIRE((conf->next_init != default_next_init) == site->next_init_given);
	REQUIRE(conf->prove_exec == site->prove_exec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf conf = { .next_init = NULL };
	char text[LIMIT_CONF + 1] = "";
	struct site_conf site = { .next_init = NULL };
	unsigned line;

	if (size > LIMIT_CONF)
		return -1;
	memcpy(text, data, size);
	memcpy(site.text, data, size);
	conf_defaults(&conf);
	site_conf_defaults(&site);
	bool taken = !conf_parse(&conf, text, size, &line);
	const char *wrong = site_conf_parse(&site, size, &line);

	REQUIRE(!taken || !wrong);
	if (taken)
		compare(&conf, &site);
	return 0;
}
