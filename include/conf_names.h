/* SPDX-License-Identifier: MIT */
/*
 * The names of init.conf: CONF_NAME(NAME, name, values, default). The manual,
 * ima-init.conf(5), has the same table and is compared with this one.
 */
#ifndef IMA_INIT_CONF_NAMES_H
#define IMA_INIT_CONF_NAMES_H

#define CONF_NAMES(CONF_NAME) \
CONF_NAME(NEXT_INIT, "next-init", "PATH", "/sbin/init") \
CONF_NAME(ROOT, "root", "DEVICE [TYPE [FLAGS]] | none", "root=") \
CONF_NAME(ROOT_OVERLAY, "root-overlay", "tmpfs [OPTIONS]", "none") \
CONF_NAME(RESTORE, "restore", "PATH", "none") \
CONF_NAME(ON_FAILURE, "on-failure", "panic | reboot | poweroff | halt | rescue", "panic") \
CONF_NAME(RESCUE, "rescue", "PATH", "none") \
CONF_NAME(ENV, "env", "NAME ...", "none") \
CONF_NAME(TRUSTED_KEYRINGS, "trusted-keyrings", "yes | no", "yes") \
CONF_NAME(KMK, "kmk", "user | trusted [OPTION=VALUE ...]", "user") \
CONF_NAME(KMK_PCRS, "kmk-pcrs", "NUMBER ...", "none") \
CONF_NAME(DEVICE_KEYS, "device-keys", "efivarfs | root", "none") \
CONF_NAME(PROVISION, "provision", "yes | no", "no") \
CONF_NAME(EVM, "evm", "hmac | kernel | x509 | x509-metadata-writes | none", "hmac") \
CONF_NAME(EVM_XATTRS, "evm-xattrs", "security.NAME ...", "none") \
CONF_NAME(POLICY, "policy", "required | none", "required") \
CONF_NAME(PROVE_EXEC, "prove-exec", "yes | no", "yes") \
CONF_NAME(NODEV, "nodev", "yes | no", "yes") \
CONF_NAME(REQUIRE, "require", "[lockdown] [secure-boot] [tpm]", "none")

#endif
