# The options that ima-init needs, and the CA of IMA_INIT_KEYS.
FILESEXTRAPATHS:prepend := "${THISDIR}/files:"
SRC_URI:append = " file://ima-init.cfg"

do_kernel_configme:append() {
    [ -n "${IMA_INIT_KEYS}" ] || bbfatal "IMA_INIT_KEYS is not set: a directory of imactl keygen"
    echo 'CONFIG_SYSTEM_TRUSTED_KEYS="${IMA_INIT_KEYS}/ca.pem"' >>${B}/.config
}
