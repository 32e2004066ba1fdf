# SPDX-License-Identifier: MIT
# dracut's integrity scripts, as its hooks are: sourced one after the other, by the shell that
# the first line names. Of dracut's own /init it has the mounts alone.
PATH=/usr/bin:/bin:/busybox
export PATH
mount -t proc proc /proc
mount -t sysfs sysfs /sys
SECURITYFSDIR=/sys/kernel/security
mount -t securityfs securityfs "$SECURITYFSDIR"
NEWROOT=
. /lib/dracut-lib.sh
for hook in masterkey evm-enable ima-keys-load ima-policy-load; do
	. "/lib/dracut/$hook.sh"
done
exec /sbin/init "$@"
