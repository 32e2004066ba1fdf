/* SPDX-License-Identifier: MIT */
/* Other programs: found, started without a shell, and asked how it went. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define PATH_BYTES 4096
#define SAID_BYTES 512               /* of a failed program's last words */

extern char **environ;

/* Read by the handler of a signal. */
static _Atomic pid_t running;

void tool_kill(void)
{
	if (running > 0)
		(void)kill(running, SIGKILL);
}

void tools_prepare(uint32_t time)
{
	/* Each would change the bytes, or is refused beside our own options. */
	static const char *const unwanted[] = {
		"SOURCE_DATE_EPOCH", "MKE2FS_DEVICE_SECTSIZE", "MKE2FS_DEVICE_PHYS_SECTSIZE",
		"MKE2FS_FIRST_META_BG", "MKE2FS_SKIP_CHECK_MSG", "MKE2FS_SYNC",
		"E2FSPROGS_UNDO_DIR", "DPKG_DEB_COMPRESSOR_TYPE", "DPKG_DEB_COMPRESSOR_LEVEL",
		"DPKG_DEB_THREADS_MAX", "DPKG_ROOT", "DPKG_ADMINDIR", "TAR_OPTIONS", "GZIP",
	};
	char number[16];

	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		(void)unsetenv(unwanted[i]);
	/* 0 would stand for now. */
	(void)snprintf(number, sizeof(number), "%u", time > 0 ? time : 1);
	(void)setenv("E2FSPROGS_FAKE_TIME", number, 1);
	/* Not the host's /etc/mke2fs.conf: an empty one. */
	(void)setenv("MKE2FS_CONFIG", "/dev/null", 1);
	(void)setenv("LC_ALL", "C", 1);
	(void)setenv("TZ", "UTC", 1);
	/* A tool that ends early is told of by its status. */
	(void)signal(SIGPIPE, SIG_IGN);
}

static bool is_program(char *path, const char *directory, int length, const char *name)
{
	int size = snprintf(path, PATH_BYTES, "%.*s/%s", length, directory, name);

	return length > 0 && size < PATH_BYTES && access(path, X_OK) == 0;
}

/* An ordinary user's PATH has no sbin, where mke2fs is. */
static bool find_program(char *path, const char *name)
{
	const char *where = getenv("PATH");

	while (where && *where) {
		size_t length = strcspn(where, ":");

		if (is_program(path, where, (int)length, name))
			return true;
		where += length + (where[length] == ':');
	}
	return is_program(path, "/usr/sbin", 9, name) || is_program(path, "/sbin", 5, name);
}

/* Ends of its channels: [0] is ours, [1] the program's. */
struct channels {
	int in[2], out[2];
};

static bool open_channels(struct channels *channels, struct tool *tool, bool feeds, bool listens)
{
	int ends[2];

	*channels = (struct channels){ { -1, -1 }, { -1, -1 } };
	tool->said = memfd_create("said", MFD_CLOEXEC);
	if (tool->said < 0)
		return false;
	if (feeds) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return false;
		channels->in[0] = ends[1];
		channels->in[1] = ends[0];
	} else {
		channels->in[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	if (listens) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return false;
		channels->out[0] = ends[0];
		channels->out[1] = ends[1];
	} else {
		channels->out[1] = fcntl(tool->said, F_DUPFD_CLOEXEC, 3);
	}
	return channels->in[1] >= 0 && channels->out[1] >= 0;
}

static int spawn(struct tool *tool, const char *path, const char *const *arguments,
		 const struct channels *channels)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	pid_t process;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setsigdefault(&attributes, &all);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawn_file_actions_adddup2(&actions, channels->in[1], 0);
	(void)posix_spawn_file_actions_adddup2(&actions, channels->out[1], 1);
	(void)posix_spawn_file_actions_adddup2(&actions, tool->said, 2);
	int error = posix_spawn(&process, path, &actions, &attributes, (char *const *)arguments,
				environ);

	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	if (error == 0) {
		tool->process = process;
		running = process;
	}
	return error;
}

static void close_end(int end)
{
	if (end >= 0)
		(void)close(end);
}

bool tool_start(struct tool *tool, const char *package, const char *const *arguments, bool feeds,
		bool listens)
{
	char path[PATH_BYTES];
	struct channels channels;

	*tool = (struct tool){ .name = arguments[0], .process = -1, .said = -1 };
	if (!find_program(path, tool->name)) {
		complain(tool->name, "run", "it is not installed; Debian package %s", package);
		return false;
	}
	int error = open_channels(&channels, tool, feeds, listens)
		? spawn(tool, path, arguments, &channels)
		: errno;

	close_end(channels.in[1]);
	close_end(channels.out[1]);
	if (error == 0) {
		tool->in = feeds ? fdopen(channels.in[0], "w") : NULL;
		tool->out = listens ? fdopen(channels.out[0], "r") : NULL;
		return true;
	}
	close_end(channels.in[0]);
	close_end(channels.out[0]);
	close_end(tool->said);
	complain(tool->name, "run", "%s", strerror(error));
	return false;
}

/* The last line of what it said. */
static const char *last_words(int said, char *text)
{
	off_t end = lseek(said, 0, SEEK_END);
	off_t start = end > SAID_BYTES ? end - SAID_BYTES : 0;
	ssize_t length = pread(said, text, SAID_BYTES, start);

	if (length < 0)
		length = 0;
	while (length > 0 && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	char *line = strrchr(text, '\n');

	return line ? line + 1 : text;
}

bool tool_end(struct tool *tool, bool right)
{
	char text[SAID_BYTES + 1], line[4 * SAID_BYTES + 4];
	/* It ended before it had all: then its line is the one to be said. */
	bool broke = tool->in && ferror(tool->in);
	bool fed = !tool->in || fclose(tool->in) == 0;
	int status = 0;

	if (tool->out)
		(void)fclose(tool->out);
	while (waitpid(tool->process, &status, 0) < 0 && errno == EINTR)
		;
	running = 0;
	bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if ((right || broke) && (!ended || !fed))
		complain(tool->name, "run", "%s: %s",
			 WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it failed",
			 escape_name(last_words(tool->said, text), line, sizeof(line)));
	(void)close(tool->said);
	return right && ended && fed;
}

bool tool_run(const char *package, const char *const *arguments)
{
	struct tool tool;

	return tool_start(&tool, package, arguments, false, false) && tool_end(&tool, true);
}
