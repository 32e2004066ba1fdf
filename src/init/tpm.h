/* SPDX-License-Identifier: MIT */
/* A session of the TPM, for a master key that was sealed to the values of PCRs. */
#ifndef IMA_INIT_TPM_H
#define IMA_INIT_TPM_H

#include "boot.h"

/**
 * tpm_begin_policy() - a policy session that says what the PCRs of kmk-pcrs hold now
 * @blob: of the trusted key, NUL-terminated
 *
 * On success the kernel unseals by policyhandle= and boot->tpm_session. The blob has the
 * digest of its policy in clear: so PCRs that differ are told from a TPM that does. What
 * is found here only words the failure, since the TPM itself demands the session.
 *
 * Return: FAIL_NONE, FAIL_PCRS_DIFFER, or FAIL_KMK_REFUSED where the TPM is not there,
 * or does not answer as TPM 2.0 Part 3 says. In any case tpm_end_policy() has to follow.
 */
enum failure_code tpm_begin_policy(struct boot *boot, const char *blob);

/** tpm_end_policy() - flush the session, which the kernel leaves; FAIL_KMK_REFUSED: it stays */
enum failure_code tpm_end_policy(struct boot *boot);

#endif
