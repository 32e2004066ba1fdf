/* SPDX-License-Identifier: MIT */
/* /ima/probe.ima and probe.evm: the signatures by which ima-init-initramfs proves its own keyrings. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attributes.h"
#include "report.h"
#include "temporary.h"
#include "tree.h"

/* The name under which the two values are kept meanwhile. */
#define NAME "/probe"

/* The file, and its status as ima-init-initramfs will make it, whoever runs this. */
static int make_file(struct stat *status)
{
	static const char zeros[CANARY_EXEC_SIZE];
	int file = memfd_create("probe", MFD_CLOEXEC);

	if (file < 0 || write(file, zeros, sizeof(zeros)) != sizeof(zeros) || fstat(file, status) < 0)
		abort();
	status->st_uid = status->st_gid = 0;
	status->st_mode = S_IFREG | PROBE_MODE;
	return file;
}

/* Written aside and put in place; nothing is where no value is. */
static bool write_value(const char *root, const char *inside, const struct value *value)
{
	char path[TREE_PATH_SIZE], new_path[TREE_PATH_SIZE];

	if (!path_join(path, root, inside) || !path_join(new_path, root, ROOT_DIR "/" TEMPORARY_PREFIX "probe"))
		return false;
	(void)unlink(new_path);
	if (value->size == 0) {
		if (unlink(path) == 0 || errno == ENOENT)
			return true;
		complain(path, "remove", "%s", strerror(errno));
		return false;
	}
	AUTO_CLOSE int file = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (file >= 0 && write(file, value->data, value->size) == (ssize_t)value->size &&
	    fchmod(file, 0644) == 0 && fsync(file) == 0 && rename(new_path, path) == 0)
		return true;
	complain(path, "write", "%s", strerror(errno));
	if (file >= 0)
		(void)unlink(new_path);
	return false;
}

enum exit_code probe_sign(const struct signing *given, const char *root)
{
	struct signing signing = *given;
	struct file_signer signer;
	struct stat status;
	struct value ima, evm;
	AUTO_CLOSE int file = make_file(&status);

	signing.sidecar = sidecar_new();
	signing.target.owner_given = false;
	signing.target.more = NULL;  /* it has no other attribute */
	file_signer_start(&signer, &signing);
	bool right = file_sign(&signer, file, PATH_PROBE_IMA, NAME, &status, &ima) != SIGN_FAILED &&
		signatures_read(signing.sidecar, file, NAME, &ima, &evm) == 0 &&
		write_value(root, PATH_PROBE_EVM, &evm) && write_value(root, PATH_PROBE_IMA, &ima);

	file_signer_free(&signer);
	sidecar_free(signing.sidecar);
	return right ? EXIT_OK : EXIT_FAILED;
}

enum file_verdict probe_verify(const struct verifying *given, const struct value *ima,
			       const struct value *evm)
{
	struct verifying verifying = *given;
	struct file_verifier verifier;
	struct stat status;
	struct value found;
	int error;
	AUTO_CLOSE int file = make_file(&status);

	verifying.sidecar = sidecar_new();
	verifying.target.owner_given = false;
	verifying.target.more = NULL;
	if (signatures_write(verifying.sidecar, file, NAME, ima, evm, NULL) < 0 ||
	    !file_verifier_start(&verifier, &verifying))
		abort();
	enum file_verdict verdict = file_verify(&verifier, file, NAME, &status, &found, &error);

	file_verifier_free(&verifier);
	sidecar_free(verifying.sidecar);
	return verdict;
}
