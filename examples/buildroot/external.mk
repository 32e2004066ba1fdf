include $(sort $(wildcard $(BR2_EXTERNAL_IMA_INIT_PATH)/package/*/*.mk))
