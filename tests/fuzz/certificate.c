/* SPDX-License-Identifier: MIT */
/* A file that is given as a certificate, PEM or DER. */
#include "imactl/file_verify.h"

#include "lib/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file file = input_file(data, size);
	static const struct kernels any;
	struct keyrings keyrings = { .kernels = &any };
	struct certificate certificate = { .expired = false };

	if (key_read_certificate(&certificate.key, file.path) == 0) {
		REQUIRE(certificate.key.key && certificate.key.certificate);
		certificate_judge(&certificate, &keyrings);
	}
	key_free(&certificate.key);
	(void)close(file.descriptor);
	return 0;
}
