/* SPDX-License-Identifier: MIT */
/* Whether the kernels that an image is for can use the certificates in it. */
#include "pack_certificates.h"

#include <string.h>
#include <sys/stat.h>

#include "layout.h"
#include "report.h"

struct content {
	uint8_t bytes[LIMIT_CERTIFICATE];
	size_t size;
};

static bool keep_piece(void *data, const void *bytes, size_t size)
{
	struct content *content = data;

	if (size > sizeof(content->bytes) - content->size)
		return false;
	memcpy(content->bytes + content->size, bytes, size);
	content->size += size;
	return true;
}

static bool is_below(const char *path, const char *directory)
{
	return strncmp(path, directory + 1, strlen(directory) - 1) == 0;
}

/* The secondary ones vouch for others, and the revoked ones verify nothing. */
static bool verifies_files(const char *path)
{
	return strcmp(path, PATH_X509_IMA + 1) == 0 || strcmp(path, PATH_X509_EVM + 1) == 0 ||
	       is_below(path, DIR_KEYS_IMA) || is_below(path, DIR_KEYS_EVM);
}

/* The kernel passes over what follows a certificate. */
static bool judge(const struct kernels *kernels, const char *path, const struct content *content,
		  char *reason)
{
	const uint8_t *next = content->bytes;
	X509 *certificate = d2i_X509(NULL, &next, (long)content->size);
	bool taken = certificate && kernels_take_certificate(kernels, certificate, reason) &&
		(!verifies_files(path) || kernels_take_key(kernels, certificate, reason));

	if (!certificate)
		(void)snprintf(reason, KERNELS_REASON, "it is not a certificate in DER form");
	X509_free(certificate);
	return taken;
}

static bool is_certificate(const struct entry *entry)
{
	size_t length = strlen(entry->path);

	return S_ISREG(entry->mode) && entry->size <= LIMIT_CERTIFICATE &&
	       is_below(entry->path, DIR_KEYS) && length > strlen(".der") &&
	       strcmp(entry->path + length - strlen(".der"), ".der") == 0;
}

bool pack_check_certificates(const struct pack *pack, const struct kernels *kernels)
{
	static struct content content;
	char reason[KERNELS_REASON];
	bool taken = true;

	for (size_t i = 0; i < pack->source.count; i++) {
		const struct entry *entry = pack->source.list[i];

		if (!is_certificate(entry))
			continue;
		content.size = 0;
		if (!pack_content(pack, entry, keep_piece, &content))
			return false;
		if (judge(kernels, entry->path, &content, reason))
			continue;
		complain(entry->path, "pack", "a kernel cannot use it: %s", reason);
		taken = false;
	}
	return taken;
}
