/* SPDX-License-Identifier: MIT */
/* What imactl doctor says of certificates, against the configuration if there is one. */
#include <errno.h>
#include <stdio.h>

#include "doctor.h"
#include "kernels.h"
#include "keys.h"
#include "report.h"

int doctor_check_certificate(struct doctor *doctor, const char *path)
{
	/* The configuration stays the doctor's own. */
	const struct kernels kernels = {
		.oldest = doctor->config.version, .newest = doctor->config.version, .config = doctor->config
	};
	struct finding finding = { .verdict = VERDICT_OK, .option = "certificate",
				   .why = "a key of /ima: the kernel must know it, and take it into .ima or .evm",
				   .remedy = "another key or certificate, as imactl keygen makes them" };
	char reason[KERNELS_REASON] = "the kernel takes it", name[512];
	struct key key;

	if (key_read_certificate(&key, path) < 0) {
		key_free(&key);
		return -EBADMSG;
	}
	if (!kernels_take_certificate(&kernels, key.certificate, reason) ||
	    !kernels_take_key(&kernels, key.certificate, reason) ||
	    !kernels_take_signer(&kernels, key.certificate, reason))
		finding.verdict = VERDICT_WRONG;
	key_free(&key);
	(void)snprintf(finding.found, sizeof(finding.found), "%s: %s",
		       escape_name(path, name, sizeof(name)), reason);
	doctor_print(doctor, &finding);
	return 0;
}
