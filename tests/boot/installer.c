/* SPDX-License-Identifier: MIT */
/*
 * The next init of tests/boot/site-packages.t: says which release of /ima is there, the last
 * line of its policy; with arguments it runs those as a command and says how it ended. The
 * kernel hands over what stands behind `--` on its command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say_release(void)
{
	char text[65536], *last = text;
	FILE *in = fopen("/ima/policy", "r");
	size_t length = in ? fread(text, 1, sizeof(text) - 1, in) : 0;

	text[length > 0 ? length - 1 : 0] = '\0';
	if (strrchr(text, '\n'))
		last = strrchr(text, '\n') + 1;
	printf("installer: release=%s\n", last);
	printf("installer: left=%s\n", access("/ima.new", F_OK) == 0 ? "ima.new" : "nothing");
}

static long milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run(char **command)
{
	long begin = milliseconds();
	int status = 0;

	(void)mount("proc", "/proc", "proc", 0, NULL);
	printf("installer: begins\n");
	pid_t child = fork();

	if (child == 0) {
		char *environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
					"DEBIAN_FRONTEND=noninteractive", NULL };

		(void)execve(command[0], command, environment);
		printf("installer: %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	(void)waitpid(child, &status, 0);
	printf("installer: ended=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	printf("installer: milliseconds=%ld\n", milliseconds() - begin);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("payload: runs\n");
	say_release();
	/* User-mode Linux puts a word of its own behind all others. */
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "console=", strlen("console=")) == 0)
			argv[argc = i] = NULL;
	if (argc > 1)
		run(argv + 1);
	sync();
	(void)reboot(RB_POWER_OFF);
	return 1;
}
