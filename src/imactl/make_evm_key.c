/* SPDX-License-Identifier: MIT */
/* The EVM master key and the EVM HMAC key, made without the machine. */
#include "make_evm_key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "layout.h"
#include "report.h"

#define HEAD        "default\0user:" KMK_DESCRIPTION "\0" "32"   /* C strings, the NULs included */
#define HEAD_SIZE   sizeof(HEAD)
#define VECTOR_SIZE 16
#define CIPHER_SIZE 32
#define BODY_SIZE   (VECTOR_SIZE + 1 + CIPHER_SIZE)
#define HMAC_SIZE   32

bool make_master_key(uint8_t key[MASTER_KEY_SIZE])
{
	if (RAND_priv_bytes(key, MASTER_KEY_SIZE) == 1)
		return true;
	complain(KMK_DESCRIPTION, "make key", "no random bytes");
	return false;
}

/* get_derived_key(): the SHA-256 of a label, padded to nothing but its NUL, and the master key. */
static bool derive(const uint8_t *master, size_t size, uint8_t key[HMAC_SIZE])
{
	static const char label[] = "AUTH_KEY";
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool derived = context && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1 &&
		       EVP_DigestUpdate(context, label, sizeof(label)) == 1 &&
		       EVP_DigestUpdate(context, master, size) == 1 && EVP_DigestFinal_ex(context, key, NULL) == 1;

	EVP_MD_CTX_free(context);
	return derived;
}

bool make_evm_key(const uint8_t *master, size_t size, char text[EVM_KEY_TEXT])
{
	uint8_t covered[HEAD_SIZE + BODY_SIZE], blob[BODY_SIZE + HMAC_SIZE], key[HMAC_SIZE];
	size_t length = 0;

	memcpy(covered, HEAD, HEAD_SIZE);
	bool made = RAND_priv_bytes(covered + HEAD_SIZE, BODY_SIZE) == 1 && derive(master, size, key);

	/* The kernel's arithmetic leaves room for one byte behind the vector. */
	covered[HEAD_SIZE + VECTOR_SIZE] = 0;
	memcpy(blob, covered + HEAD_SIZE, BODY_SIZE);
	made = made && EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof(key), covered, sizeof(covered),
				 blob + BODY_SIZE, HMAC_SIZE, &length) && length == HMAC_SIZE;
	OPENSSL_cleanse(key, sizeof(key));
	if (!made) {
		complain(EVM_KEY_DESCRIPTION, "make key", "OpenSSL refused");
		return false;
	}
	int used = sprintf(text, "default user:" KMK_DESCRIPTION " 32 ");

	for (size_t i = 0; i < sizeof(blob); i++)
		used += sprintf(text + used, "%02x", blob[i]);
	return true;
}
