# An image that ima-init boots: `inherit ima-init-image` in its recipe, IMAGE_FSTYPES = "ima-erofs", and in
# local.conf IMA_INIT_KEYS, a directory of imactl keygen that is in no layer.

IMA_INIT_KEYS ?= ""
IMAGE_INSTALL:append = " ima-init"

# Under pseudo, when all else that changes the root has run.
ima_init_sign() {
    [ -n "${IMA_INIT_KEYS}" ] || bbfatal "IMA_INIT_KEYS is not set: a directory of imactl keygen"
    keys="${IMA_INIT_KEYS}"
    system="${IMA_INIT_KEYS}/system"
    ima="${IMAGE_ROOTFS}/ima"

    install -d "$ima/keys/secondary" "$ima/keys/ima" "$ima/keys/evm"
    install -m 0644 "$keys/x509_ima.der" "$keys/x509_evm.der" "$ima/keys"
    install -m 0644 "$system/system-ca.der" "$ima/keys/secondary"
    install -m 0644 "$system/system-ima.der" "$ima/keys/ima"
    install -m 0644 "$system/system-evm.der" "$ima/keys/evm"
    # The root is read-only: no master key.
    echo 'evm = x509' >"$ima/init.conf"
    chmod 0644 "$ima/init.conf"

    imactl sign --quiet --system --all --key "$system/system-ima.key" --cert "$system/system-ima.der" \
        --evm-key "$system/system-evm.key" --evm-cert "$system/system-evm.der" "${IMAGE_ROOTFS}"
    imactl sign --quiet --key "$keys/ima.key" --evm-key "$keys/evm.key" "${IMAGE_ROOTFS}"
    imactl verify --quiet --ca "$keys/ca.pem" "${IMAGE_ROOTFS}"
}
IMAGE_PREPROCESS_COMMAND:append = " ima_init_sign"
# Other keys make another image.
do_image[vardeps] += "IMA_INIT_KEYS"

IMAGE_TYPES += "ima-erofs"
IMAGE_CMD:ima-erofs = "imactl pack --force --format erofs -o ${IMGDEPLOYDIR}/${IMAGE_NAME}.ima-erofs ${IMAGE_ROOTFS}"
do_image_ima_erofs[depends] += "erofs-utils-native:do_populate_sysroot"
