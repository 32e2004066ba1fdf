################################################################################
#
# ima-init
#
################################################################################

IMA_INIT_VERSION = 0.1
IMA_INIT_SITE = $(call qstrip,$(BR2_PACKAGE_IMA_INIT_SOURCE))
IMA_INIT_SITE_METHOD = local
IMA_INIT_LICENSE = MIT
IMA_INIT_LICENSE_FILES = LICENSE
IMA_INIT_DEPENDENCIES = keyutils

# libkeyutils is Buildroot's own: -o says that it is not to be made.
IMA_INIT_KEYUTILS = build/keyutils/libkeyutils.a

define IMA_INIT_BUILD_CMDS
	$(INSTALL) -D -m 0644 $(STAGING_DIR)/usr/lib/libkeyutils.a $(@D)/$(IMA_INIT_KEYUTILS)
	$(INSTALL) -D -m 0644 $(STAGING_DIR)/usr/include/keyutils.h $(@D)/build/keyutils/keyutils.h
	$(MAKE) -C $(@D) -o $(IMA_INIT_KEYUTILS) MUSL_CC="$(TARGET_CC)" MUSL_LIB=$(STAGING_DIR)/usr/lib \
		strip="$(TARGET_CROSS)strip --remove-section=.comment" build/ima-init
endef

define IMA_INIT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/ima-init $(TARGET_DIR)/ima/init
	$(INSTALL) -D -m 0644 $(@D)/policy/appraise-signed $(TARGET_DIR)/ima/policy
endef

$(eval $(generic-package))
