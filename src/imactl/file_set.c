/* SPDX-License-Identifier: MIT */
/* New files of one directory, made aside and put in place together. */
#include "file_set.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "attributes.h"
#include "report.h"
#include "temporary.h"
#include "tree.h"

#define PATH_SIZE (TREE_PATH_SIZE + 256)

/* Where a set is made, until its files have their names. */
struct aside {
	char name[32];               /* of a directory inside the set's own; "": there is none */
	int directory, aside;        /* descriptors of both */
	bool made;                   /* the set's directory was not there before */
	size_t written, placed;      /* files */
};

static bool refuse(const struct file_set *set, const char *name, int error)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", set->directory, name);
	complain(path, "write", "%s",
		 error == EEXIST ? "it exists, and is not overwritten" : strerror(error));
	return false;
}

bool file_set_begin(struct file_set *set, const char *directory)
{
	char path[PATH_SIZE];

	*set = (struct file_set){ .directory = directory };
	if (strlen(directory) >= TREE_PATH_SIZE) {
		complain(directory, "write", "%s", strerror(ENAMETOOLONG));
		return false;
	}
	(void)snprintf(path, sizeof(path), "%s/.", directory);
	if (access(path, W_OK | X_OK) == 0)
		return true;
	if (errno != ENOENT) {
		complain(directory, "write", "%s", strerror(errno));
		return false;
	}
	(void)snprintf(path, sizeof(path), "%s", directory);
	char *slash = strrchr(path, '/');

	if (!slash)
		(void)strcpy(path, ".");
	else
		slash[slash == path] = '\0';
	if (access(path, W_OK | X_OK) == 0)
		return true;
	complain(directory, "make directory", "%s", strerror(errno));
	return false;
}

bool file_set_refuses(const struct file_set *set, const char *name)
{
	char path[PATH_SIZE];
	struct stat status;

	(void)snprintf(path, sizeof(path), "%s/%s", set->directory, name);
	if (lstat(path, &status) < 0)
		return errno != ENOENT && !refuse(set, name, errno);
	return !refuse(set, name, EEXIST);
}

bool file_set_add(struct file_set *set, const struct new_file *file)
{
	void *data = set->count < FILE_SET_MAX ? OPENSSL_memdup(file->data, file->size) : NULL;

	if (!data)
		return refuse(set, file->name, ENOMEM);
	set->files[set->count] = *file;
	set->files[set->count++].data = data;
	return true;
}

void file_set_free(struct file_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		OPENSSL_clear_free(set->files[i].data, set->files[i].size);
	set->count = 0;
}

/* The signals that end the program; those that are ignored stay so, as under nohup(1). */
static void hold_up_signals(sigset_t *held, sigset_t *before)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action;

	(void)sigemptyset(held);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			(void)sigaddset(held, numbers[i]);
	(void)sigprocmask(SIG_BLOCK, held, before);
}

static bool is_interrupted(const sigset_t *held)
{
	sigset_t pending;

	if (sigpending(&pending) < 0)
		return false;
	for (int number = 1; number < SIGRTMIN; number++)
		if (sigismember(held, number) == 1 && sigismember(&pending, number) == 1)
			return true;
	return false;
}

static bool make_aside(const struct file_set *set, struct aside *aside)
{
	unsigned number = 0;

	aside->made = mkdir(set->directory, 0700) == 0;
	if (!aside->made && errno != EEXIST) {
		complain(set->directory, "make directory", "%s", strerror(errno));
		return false;
	}
	aside->directory = open(set->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (aside->directory < 0 || getrandom(&number, sizeof(number), 0) != sizeof(number)) {
		complain(set->directory, "write", "%s", strerror(errno));
		return false;
	}
	(void)snprintf(aside->name, sizeof(aside->name), TEMPORARY_PREFIX "%08x", number);
	if (mkdirat(aside->directory, aside->name, 0700) < 0) {
		complain(set->directory, "write", "%s", strerror(errno));
		aside->name[0] = '\0';
		return false;
	}
	aside->aside = openat(aside->directory, aside->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return aside->aside >= 0 || refuse(set, aside->name, errno);
}

static bool write_file(const struct file_set *set, struct aside *aside, const struct new_file *file)
{
	AUTO_CLOSE int out =
		openat(aside->aside, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	const char *data = file->data;
	size_t done = 0;
	ssize_t count;

	if (out < 0)
		return refuse(set, file->name, errno);
	aside->written++;
	while (done < file->size && (count = write(out, data + done, file->size - done)) > 0)
		done += (size_t)count;
	if (done == file->size && fchmod(out, file->mode) == 0 && fsync(out) == 0)
		return true;
	return refuse(set, file->name, errno);
}

/* Neither call replaces a file. File systems without hard links (FAT) have the first only. */
static int give_name(const struct aside *aside, const char *name)
{
	if (renameat2(aside->aside, name, aside->directory, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return linkat(aside->aside, name, aside->directory, name, 0);
	return -1;
}

static bool make_files(const struct file_set *set, struct aside *aside, const sigset_t *held)
{
	for (size_t i = 0; i < set->count; i++)
		if (!write_file(set, aside, &set->files[i]))
			return false;
	/* From here on it is finished. */
	if (is_interrupted(held))
		return false;
	for (; aside->placed < set->count; aside->placed++)
		if (give_name(aside, set->files[aside->placed].name) < 0)
			return refuse(set, set->files[aside->placed].name, errno);
	return true;
}

static void remove_aside(const struct file_set *set, struct aside *aside, bool right)
{
	for (size_t i = 0; !right && i < aside->placed; i++)
		(void)unlinkat(aside->directory, set->files[i].name, 0);
	/* Not there any more where it was renamed. */
	for (size_t i = 0; i < aside->written; i++)
		(void)unlinkat(aside->aside, set->files[i].name, 0);
	if (aside->name[0] && unlinkat(aside->directory, aside->name, AT_REMOVEDIR) < 0)
		(void)refuse(set, aside->name, errno);
	if (!right && aside->made)
		(void)rmdir(set->directory);
	/* The names, too; there is nothing to be done where that fails. */
	if (right)
		(void)fsync(aside->directory);
	close_descriptor(&aside->aside);
	close_descriptor(&aside->directory);
}

bool file_set_place(struct file_set *set)
{
	struct aside aside = { .directory = -1, .aside = -1 };
	sigset_t held, before;

	hold_up_signals(&held, &before);
	bool right = make_aside(set, &aside) && make_files(set, &aside, &held);

	remove_aside(set, &aside, right);
	/* A signal that came meanwhile ends the program here. */
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return right;
}
