/* SPDX-License-Identifier: MIT */
/*
 * imactl sign --appended: signatures at the end of kernel modules, as scripts/sign-file of the
 * kernel's source makes them: the content, PKCS #7 over it, and how long that is.
 */
#include "sign_appended.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "attributes.h"
#include "hash.h"
#include "report.h"
#include "temporary.h"
#include "tree.h"

#define MARK "~Module signature appended~\n"
#define SIZE_MAX_APPENDED (256 << 20)
#define CHANGED "it changed while it was read or signed; run it again when nothing writes to it"

/* include/linux/module_signature.h, behind the PKCS #7 and before the mark. */
struct module_signature {
	uint8_t algorithm, hash;     /* 0: as the PKCS #7 says */
	uint8_t id_type;
	uint8_t signer_length, key_id_length;
	uint8_t padding[3];
	uint8_t signature_length[4]; /* big-endian */
};
#define PKEY_ID_PKCS7 2

/* The kernel looks at the end of the file as it is on the disk. */
static const char *unfit(const uint8_t *content, size_t size)
{
	static const char *const packed[] = { ("\xfd" "7zXZ"), "\x1f\x8b", "\x28\xb5\x2f\xfd" };
	const size_t mark = strlen(MARK);

	if (size >= mark && memcmp(content + size - mark, MARK, mark) == 0)
		return "it ends in a signature already";
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (size >= strlen(packed[i]) && memcmp(content, packed[i], strlen(packed[i])) == 0)
			return "it is compressed: the kernel does not look for an appended signature inside";
	return NULL;
}

/* Whose certificate the kernel has: none is in it. */
static int make_pkcs7(const struct signing *signing, const uint8_t *content, size_t size,
		      uint8_t **der)
{
	const unsigned flags = CMS_NOCERTS | CMS_BINARY | CMS_NOSMIMECAP | CMS_NOATTR;
	BIO *data = BIO_new_mem_buf(content, (int)size);
	EVP_MD *hash = EVP_MD_fetch(NULL, signing->hash->name, NULL);
	char query[64];
	CMS_ContentInfo *cms =
		CMS_sign_ex(NULL, NULL, NULL, NULL,
			    CMS_NOCERTS | CMS_PARTIAL | CMS_BINARY | CMS_DETACHED | CMS_STREAM, NULL,
			    key_source_query(signing->ima.key, query, sizeof(query)));
	int length = -1;

	*der = NULL;
	if (data && hash && cms &&
	    CMS_add1_signer(cms, signing->ima.certificate, signing->ima.key, hash, flags) &&
	    CMS_final(cms, data, NULL, CMS_NOCERTS | CMS_BINARY) == 1)
		length = i2d_CMS_ContentInfo(cms, der);
	if (length <= 0) {
		const char *reason = ERR_reason_error_string(ERR_peek_last_error());

		complain(signing->ima.name, "sign", "%s", reason ? reason : "OpenSSL refused");
		ERR_clear_error();
	}
	CMS_ContentInfo_free(cms);
	EVP_MD_free(hash);
	BIO_free(data);
	return length;
}

static bool write_all(int file, const void *data, size_t size)
{
	const uint8_t *next = data;

	while (size > 0) {
		ssize_t done = write(file, next, size);

		if (done < 0)
			return false;
		next += done;
		size -= (size_t)done;
	}
	return true;
}

/* What somebody else has written since must not go with the old name; false with errno. */
static bool still_the_same(int file, const char *path, const struct stat *status)
{
	struct stat named;

	if (lstat(path, &named) == 0 && named.st_dev == status->st_dev &&
	    named.st_ino == status->st_ino && file_unchanged(file, status, true) == 0)
		return true;
	errno = ESTALE;
	return false;
}

/* Written aside and put in place: the file is the old one or the new one. */
static bool write_file(int source, const char *path, const struct stat *status,
		       const uint8_t *content, const uint8_t *der, int length)
{
	struct module_signature trailer = { .id_type = PKEY_ID_PKCS7 };
	char new_path[TREE_PATH_SIZE];

	for (int i = 0; i < 4; i++)
		trailer.signature_length[i] = (uint8_t)(length >> (24 - 8 * i));
	if (!temporary_beside(new_path, path))
		return false;
	(void)unlink(new_path);
	AUTO_CLOSE int file = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file >= 0 && write_all(file, content, (size_t)status->st_size) &&
	    write_all(file, der, (size_t)length) && write_all(file, &trailer, sizeof(trailer)) &&
	    write_all(file, MARK, strlen(MARK)) && fchown(file, status->st_uid, status->st_gid) == 0 &&
	    fchmod(file, status->st_mode & 07777) == 0 && fsync(file) == 0 &&
	    still_the_same(source, path, status) && rename(new_path, path) == 0)
		return true;
	complain(path, "write", "%s", errno == ESTALE ? CHANGED : strerror(errno));
	if (file >= 0)
		(void)unlink(new_path);
	return false;
}

static bool append(const struct signing *signing, int file, const char *path,
		   const uint8_t *content, const struct stat *status)
{
	const char *reason = unfit(content, (size_t)status->st_size);
	uint8_t *der;

	if (reason) {
		complain(path, "append signature", "%s", reason);
		return false;
	}
	int length = make_pkcs7(signing, content, (size_t)status->st_size, &der);
	bool right = length > 0 && write_file(file, path, status, content, der, length);

	OPENSSL_free(der);
	return right;
}

/*
 * All of it, in memory of our own: of a mapped file the pages change with the file, and are gone
 * where it is cut.
 */
static int read_content(int file, uint8_t *content, const struct stat *status)
{
	size_t size = (size_t)status->st_size, done = 0;

	while (done < size) {
		ssize_t count = pread(file, content + done, size - done, (off_t)done);

		if (count < 0 && errno != EINTR)
			return -errno;
		if (count == 0)
			return -ESTALE;
		if (count > 0)
			done += (size_t)count;
	}
	return file_unchanged(file, status, true);
}

static bool append_to(const struct signing *signing, const char *path)
{
	struct stat status;
	AUTO_CLOSE int file = tree_open(path, &status);

	if (file < 0) {
		complain(path, "open", "%s", file == -EINVAL ? "not a regular file" : strerror(-file));
		return false;
	}
	if (status.st_size == 0 || status.st_size > SIZE_MAX_APPENDED) {
		complain(path, "append signature", "it has %lld bytes; 1 to %d are taken",
			 (long long)status.st_size, SIZE_MAX_APPENDED);
		return false;
	}
	uint8_t *content = malloc((size_t)status.st_size);
	int error = content ? read_content(file, content, &status) : -ENOMEM;
	bool right = error == 0 && append(signing, file, path, content, &status);

	if (error != 0)
		complain(path, "read", "%s", error == -ESTALE ? CHANGED : strerror(-error));
	free(content);
	return right;
}

enum exit_code sign_appended(const struct signing *signing, int count, char **files)
{
	enum exit_code code = EXIT_OK;

	for (int i = 0; i < count; i++)
		if (!append_to(signing, files[i]))
			code = EXIT_FAILED;
	return code;
}
