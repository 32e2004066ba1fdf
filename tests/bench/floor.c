/* SPDX-License-Identifier: MIT */
/*
 * The least that signing a directory can cost: each file is read and hashed, and
 * two attributes of the size of signatures are set. No signature is made. One
 * process a processor, each with its share of the files.
 * usage: floor hash|sign DIRECTORY COUNT SIGNATURE_SIZE
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <openssl/evp.h>

static int work(const char *directory, int first, int count, int step, int sets, size_t size)
{
	static unsigned char data[1 << 20], digest[EVP_MAX_MD_SIZE], value[1024];
	EVP_MD *algorithm = EVP_MD_fetch(NULL, "sha256", NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char path[4096];

	for (int i = first; i <= count; i += step) {
		ssize_t length;

		snprintf(path, sizeof(path), "%s/%d", directory, i);
		int file = open(path, O_RDONLY | O_NOATIME);

		if (file < 0 || EVP_DigestInit_ex2(context, algorithm, NULL) != 1)
			return 1;
		while ((length = read(file, data, sizeof(data))) > 0)
			EVP_DigestUpdate(context, data, (size_t)length);
		if (EVP_DigestFinal_ex(context, digest, NULL) != 1)
			return 1;
		memcpy(value, digest, 32);
		if (sets && (fsetxattr(file, "security.ima", value, size, 0) < 0 ||
			     fsetxattr(file, "security.evm", value, size, 0) < 0))
			return 1;
		close(file);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int processes = (int)sysconf(_SC_NPROCESSORS_ONLN), status, wrong = 0;

	if (argc != 5)
		return 2;
	for (int i = 1; i <= processes; i++)
		if (fork() == 0)
			_exit(work(argv[2], i, atoi(argv[3]), processes, strcmp(argv[1], "sign") == 0,
				   (size_t)atoi(argv[4])));
	while (wait(&status) > 0)
		wrong |= status != 0;
	return wrong;
}
