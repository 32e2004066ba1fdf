# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# What the cases of verdicts.t do to a tree, besides change.sh. $zoo is the directory of Zoo.pm.

# A key of the zoo that signs security.ima or security.evm in place of the product's: the name
# of a certificate there; and the digest.
ima_by= evm_by= hash=sha256

key_id() { # NAME: the last four bytes of the certificate's SKID, or of the one that openssl would give it
	local id
	id=$(openssl x509 -in "$zoo/$1.pem" -noout -ext subjectKeyIdentifier 2>/dev/null | tail -n 1 | tr -d ' :\n')
	[ -n "$id" ] || id=00000000
	printf '%s' "${id: -8}" | tr A-F a-f
}

hash_number() { # NAME: enum hash_algo of the kernel
	case $1 in md4) echo 00 ;; md5) echo 01 ;; sha1) echo 02 ;; rmd160) echo 03 ;; sha256) echo 04 ;; sha384) echo 05 ;;
	sha512) echo 06 ;; sha224) echo 07 ;; sm3) echo 11 ;; sha3-256) echo 14 ;; sha3-512) echo 16 ;; *) echo 63 ;; esac
}

raw_signature() { # NAME FILE: a signature of the file's content, as hex
	case $1 in
	ed*) openssl pkeyutl -sign -rawin -inkey "$zoo/$1.key" -in "$2" ;;
	*) openssl dgst "-$hash" -sign "$zoo/$1.key" "$2" ;;
	esac | od -An -v -tx1 | tr -d ' \n'
}

with_header() { # TYPE NAME SIGNATURE: the value of an attribute
	printf '0x%s02%s%s%04x%s' "$1" "$(hash_number "$hash")" "$(key_id "$2")" $((${#3} / 2)) "$3"
}

eval "$(declare -f sign_ima | sed '1s/sign_ima/product_ima/')"
eval "$(declare -f sign_evm | sed '1s/sign_evm/product_evm/')"

sign_ima() { # FILE...
	local file
	[ -n "$ima_by" ] || { product_ima "$@"; return; }
	for file; do
		make_known "$file"
		setfattr -n security.ima -v "$(with_header 03 "$ima_by" "$(raw_signature "$ima_by" "$file")")" "$file"
	done
}

sign_evm() { # FILE...: by evmctl, which knows what is signed; a key that it does not know makes something of the same form
	local file
	[ -n "$evm_by" ] || { product_evm "$@"; return; }
	for file; do
		make_known "$file"
		setfattr -x security.evm "$file" 2>/dev/null || true
		quietly evmctl sign --portable --generation 0 -a "$hash" --keyid "0x$(key_id "$evm_by")" --key "$zoo/$evm_by.key" "$file" 2>/dev/null ||
			setfattr -n security.evm -v "$(with_header 05 "$evm_by" "$(raw_signature "$evm_by" "$file")")" "$file"
	done
}

all_again() { # all of /ima and the next init signed by who signs now
	local file
	while IFS= read -r -d '' file; do
		sign "$file"
	done < <(find ima -type f ! -name 'canary*' ! -name manifest -print0)
	sign sbin/init
	manifest
}

# ---- where a certificate of the zoo is, and what its key signs ----

at_x509_ima() { # NAME: all
	ima_by=$1
	cat "$zoo/$1.der" >ima/keys/x509_ima.der
	all_again
}

at_x509_evm() { # NAME: all
	evm_by=$1
	cat "$zoo/$1.der" >ima/keys/x509_evm.der
	all_again
}

at_ima() { # NAME: the next init
	certificate "$zoo/$1.der" ima/keys/ima/zoo.der
	manifest
	ima_by=$1
	sign sbin/init
	ima_by=
}

at_ima_pinned() { # NAME: the next init, which the manifest lists
	certificate "$zoo/$1.der" ima/keys/ima/zoo.der
	ima_by=$1
	sign sbin/init
	ima_by=
	pin sbin/init
}

at_evm() { # NAME: the next init
	certificate "$zoo/$1.der" ima/keys/evm/zoo.der
	manifest
	evm_by=$1
	sign_evm sbin/init
	evm_by=
}

at_secondary() { # NAME: a CA, whose leaf NAME-leaf signs the next init
	certificate "$zoo/$1.der" ima/keys/secondary/zoo.der
	at_ima "$1-leaf"
}

at_secondary_alone() { # NAME: one that issues nothing
	certificate "$zoo/$1.der" ima/keys/secondary/zoo.der
	manifest
}

at_blacklist() { # NAME
	certificate "$zoo/$1.der" ima/keys/blacklist/zoo.der
	manifest
}
