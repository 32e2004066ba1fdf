/* SPDX-License-Identifier: MIT */
/* A file that is made in a directory aside, and gets its name when it is right. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "remove_tree.h"
#include "report.h"
#include "temporary.h"
#include "tool.h"

/* Ready before a signal can come: a handler must not put paths together. */
static int aside_parent = -1;
static char aside_name[] = TEMPORARY_PREFIX "XXXXXX";

void output_end(void)
{
	if (aside_parent < 0)
		return;
	(void)remove_tree(aside_parent, aside_name);
	close_descriptor(&aside_parent);
	aside_parent = -1;
}

static void on_signal(int number)
{
	tool_kill();
	remove_tree_in_handler = true;
	output_end();
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void watch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action, before;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		action = (struct sigaction){ .sa_handler = on_signal };
		/* Those that are ignored stay so, as under nohup(1). */
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &action, NULL);
	}
}

/* Whether a directory is the tree, or below it. */
static bool is_inside(const char *directory, const char *tree)
{
	struct stat root, here, above;
	AUTO_CLOSE int at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0 || stat(tree[0] ? tree : "/", &root) < 0 || fstat(at, &here) < 0)
		return false;
	while (here.st_dev != root.st_dev || here.st_ino != root.st_ino) {
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0 || fstat(up, &above) < 0 ||
		    (above.st_dev == here.st_dev && above.st_ino == here.st_ino)) {
			close_descriptor(&up);
			return false;
		}
		(void)close(at);
		at = up;
		here = above;
	}
	return true;
}

static bool refuse(const char *output, const char *reason)
{
	complain(output, "write", "%s", reason);
	return false;
}

bool output_free(const char *output, bool force)
{
	struct stat status;

	if (lstat(output, &status) < 0)
		return errno == ENOENT || refuse(output, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return refuse(output, "it is there, and is not a regular file");
	return force || refuse(output, "it exists; --force replaces it");
}

bool output_begin(const char *output, bool force, const char *tree, char *directory)
{
	char parent[TREE_PATH_SIZE];

	if (!path_join(parent, output, ""))
		return false;
	char *slash = strrchr(parent, '/');

	if (!slash)
		(void)strcpy(parent, ".");
	else
		slash[slash == parent] = '\0';
	if (is_inside(parent, tree))
		return refuse(output, "it is inside the tree");
	if (!output_free(output, force) || !path_join(directory, parent, "/" TEMPORARY_PREFIX "XXXXXX"))
		return false;
	int at = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0 || !mkdtemp(directory))
		return refuse(output, strerror(errno));
	(void)strcpy(aside_name, strrchr(directory, '/') + 1);
	aside_parent = at;
	watch_signals();
	return true;
}

bool output_place(const char *aside, const char *output, bool force)
{
	mode_t mask = umask(0);
	char path[TREE_PATH_SIZE];

	(void)umask(mask);
	if (!path_join(path, aside_name, aside))
		return false;
	AUTO_CLOSE int file = openat(aside_parent, path, O_RDONLY | O_CLOEXEC);

	if (file < 0 || fchmod(file, 0666 & ~mask) < 0 || fsync(file) < 0)
		return refuse(output, strerror(errno));
	if (force ? renameat(aside_parent, path, AT_FDCWD, output) == 0
		  : renameat2(aside_parent, path, AT_FDCWD, output, RENAME_NOREPLACE) == 0)
		return true;
	/* File systems without that flag have hard links, which replace nothing either. */
	if (!force && (errno == EINVAL || errno == ENOSYS) && linkat(aside_parent, path, AT_FDCWD, output, 0) == 0)
		return true;
	return refuse(output, errno == EEXIST ? "it exists; --force replaces it" : strerror(errno));
}
