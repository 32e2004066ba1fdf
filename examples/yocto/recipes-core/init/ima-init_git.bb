SUMMARY = "Signed process 1 that proves IMA and loads EVM keys and policy"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://LICENSE;md5=952f13411f072d1ea89b0dd4a3d2bb0c"
DEPENDS = "keyutils"

# Of a checkout: IMA_INIT_SOURCE in local.conf.
inherit externalsrc
EXTERNALSRC = "${IMA_INIT_SOURCE}"
EXTERNALSRC_BUILD = "${WORKDIR}/build"
PV = "0.1"

# A static program with musl: TCLIBC = "musl".
COMPATIBLE_HOST:libc-glibc = "null"
COMPATIBLE_HOST:libc-newlib = "null"

# libkeyutils is that of the sysroot: -o says that it is not to be made.
do_compile() {
    rm -rf ${B}/*
    cp -r ${S}/Makefile ${S}/include ${S}/src ${S}/policy ${B}
    install -D -m 0644 ${STAGING_LIBDIR}/libkeyutils.a build/keyutils/libkeyutils.a
    install -D -m 0644 ${STAGING_INCDIR}/keyutils.h build/keyutils/keyutils.h
    oe_runmake -o build/keyutils/libkeyutils.a MUSL_CC="${CC}" MUSL_LIB=${STAGING_LIBDIR} \
        strip="${STRIP} --remove-section=.comment" build/ima-init
}

# It is stripped already, and what is signed must be what was built.
INHIBIT_PACKAGE_STRIP = "1"
INHIBIT_PACKAGE_DEBUG_SPLIT = "1"
INSANE_SKIP:${PN} += "already-stripped ldflags"

do_install() {
    install -D -m 0755 build/ima-init ${D}/ima/init
    install -D -m 0644 policy/appraise-signed ${D}/ima/policy
}

FILES:${PN} = "/ima"
