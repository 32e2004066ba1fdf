# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the examples share: where ima-init is, and a boot. Sourced.
#
# IMA_INIT is a checkout of ima-init that was built, or the prefix of an installation; without it:
# the checkout that this file is in, or else /usr.

examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

if [ -z "${IMA_INIT:-}" ]; then
	IMA_INIT=/usr
	[ ! -x "$examples/../build/imactl" ] || IMA_INIT=$examples/..
fi
IMA_INIT=$(realpath "$IMA_INIT")
export IMA_INIT
# Used by those who source this.
# shellcheck disable=SC2034
if [ -e "$IMA_INIT/src/init" ]; then
	imactl=$IMA_INIT/build/imactl ima_init=$IMA_INIT/build/ima-init
	ima_init_keys=$IMA_INIT/keys ima_init_policy=$IMA_INIT/policy ima_init_kernel=$IMA_INIT/packaging/kernel
else
	imactl=$IMA_INIT/bin/imactl ima_init=$IMA_INIT/lib/ima-init/init
	ima_init_keys=$IMA_INIT/share/ima-init/keys ima_init_policy=$IMA_INIT/share/ima-init/policy
	ima_init_kernel=$IMA_INIT/share/ima-init/kernel
fi
for program in "$imactl" "$ima_init"; do
	[ -x "$program" ] || die "$program is not there: build ima-init (make), or install it, or set IMA_INIT"
done

# boot LOG KERNEL WORD...: a User-mode Linux kernel, in a process group of its own, which a panic signals.
boot() {
	local log=$1
	shift
	# Its memory is a file in TMPDIR, its socket is below HOME. The shell says nothing of a panic, which is an abort.
	{
		TMPDIR=$(dirname "$log") HOME=$(dirname "$log") setsid --wait timeout --kill-after=5 120 prlimit --core=0 "$@" \
			con=null con0=fd:0,fd:1 ima_policy=appraise_tcb ima_appraise=enforce \
			sysctl.kernel.printk_ratelimit=0 </dev/null >"$log.raw" 2>&1 || true
	} 2>/dev/null
	tr -d '\r' <"$log.raw" >"$log"
	rm "$log.raw"
}

# expect LOG TEXT: a line of the log has it, and is shown; otherwise this is the end.
expect() {
	grep -m1 -F -- "$2" "$1" || die "not in $1: $2"
}

# refuse LOG TEXT: no line has it.
refuse() {
	! grep -m1 -F -- "$2" "$1" || die "in $1: $2"
}

# forge IMAGE MARK NEW: a copy of an image, whose first byte of the text MARK is another one. Owners,
# signatures and all else stay.
forge() {
	local at
	at=$(grep -obaF -m1 -- "$2" "$1" | head -n 1 | cut -d: -f1)
	[ -n "$at" ] || die "$1 does not have: $2"
	cp "$1" "$3"
	printf '\377' | dd of="$3" bs=1 seek="$at" conv=notrunc status=none
}

# make_busybox ROOT: the programs of a system, all of them one static file.
make_busybox() {
	local name
	mkdir -p "$1"/{bin,dev,etc,proc,run,sbin,sys,tmp}
	install -m 0755 "${BUSYBOX:-/bin/busybox}" "$1/bin/busybox"
	for name in cat cp echo grep mount poweroff sh sync true umount; do
		ln -s busybox "$1/bin/$name"
	done
	ln -s ../bin/busybox "$1/sbin/init"
}
