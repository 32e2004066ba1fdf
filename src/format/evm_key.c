/* SPDX-License-Identifier: MIT */
/* The encrypted HMAC key of EVM, as text. */
#include "evm_key.h"

#include <string.h>

#include "layout.h"
#include "text.h"

/*
 * "[default ]user:kmk LENGTH HEX": datablob_parse() and
 * encrypted_key_alloc() in security/keys/encrypted-keys/encrypted.c. The hex is
 * the initialisation vector (16 bytes) with a NUL, the data filled up to a multiple
 * of 16, and the HMAC-SHA256 over all of it (32 bytes).
 */
const char *evm_key_wrong(const char *blob, size_t blob_size, bool is_trusted)
{
	const char *master = is_trusted ? "trusted:" KMK_DESCRIPTION : "user:" KMK_DESCRIPTION;
	const char *next = blob;
	size_t length;
	const char *word = text_word(&next, &length);
	unsigned size = 0;

	if (strlen(blob) != blob_size)
		return "it has a NUL byte";
	if (word && text_is_word(word, length, "default"))
		word = text_word(&next, &length);
	if (!word || !text_is_word(word, length, master))
		return "its master key is not that of init.conf's kmk";
	word = text_word(&next, &length);
	for (size_t i = 0; word && i < length && size <= EVM_KEY_MAX; i++) {
		if (word[i] < '0' || word[i] > '9')
			return "its length is not a decimal number";
		size = size * 10 + (unsigned)(word[i] - '0');
	}
	if (size < EVM_KEY_MIN || size > EVM_KEY_MAX)
		return "its length is not from 20 to 128";
	word = text_word(&next, &length);
	if (!word || *next)
		return "it does not have a length and one blob after the master key";
	if (word[length - 1] == '\n')
		return "it ends in a newline";
	if (!text_is_hex(word, length))
		return "its blob is not lower-case hex";
	if (length != 2 * (16 + 1 + (size + 15) / 16 * 16 + 32))
		return "its blob is cut off, or too long for its length";
	return NULL;
}
