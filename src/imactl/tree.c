/* SPDX-License-Identifier: MIT */
/* The regular files of a tree, handed to as many threads as there are processors. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attributes.h"
#include "interrupt.h"
#include "report.h"
#include "walk.h"

#define QUEUE_LENGTH 256     /* memory does not grow with the tree */
#define BATCH        16      /* that a thread takes at once */

bool path_join(char *path, const char *root, const char *inside)
{
	int length = snprintf(path, TREE_PATH_SIZE, "%s%s", root, inside);

	if (length >= 0 && length < TREE_PATH_SIZE)
		return true;
	complain(root, "open", "%s: %s", inside, strerror(ENAMETOOLONG));
	return false;
}

bool path_exists(const char *root, const char *inside)
{
	char path[TREE_PATH_SIZE];

	return path_join(path, root, inside) && access(path, F_OK) == 0;
}

static bool is_symlink(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *image_kind(const char *path)
{
	static const struct {
		const char *kind;
		size_t offset, length;
		const char *magic;
	} images[] = {
		{ "squashfs", 0, 4, "hsqs" },
		{ "cpio", 0, 5, "07070" },
		{ "partitions", 510, 2, "\x55\xaa" },
		{ "erofs", 1024, 4, "\xe2\xe1\xf5\xe0" },
		{ "ext4", 1080, 2, "\x53\xef" },
	};
	char start[2048] = "";
	/* O_NONBLOCK: a FIFO must not hang us. */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *kind = NULL;

	if (file < 0)
		return NULL;
	if (pread(file, start, sizeof(start), 0) > 0)
		for (size_t i = 0; !kind && i < sizeof(images) / sizeof(images[0]); i++)
			if (memcmp(start + images[i].offset, images[i].magic, images[i].length) == 0)
				kind = images[i].kind;
	(void)close(file);
	return kind;
}

bool tree_name(char *path, const char *tree)
{
	if (access(tree, F_OK) < 0) {
		complain(tree, "open", "%s", strerror(errno));
		return false;
	}
	if (!path_join(path, tree, ""))
		return false;
	for (size_t length = strlen(path); length > 0 && path[length - 1] == '/'; length--)
		path[length - 1] = '\0';
	if (!is_symlink(path))
		return true;
	/* No walk follows a symlink, but with a slash this is the directory. */
	if (strlen(path) + 1 < TREE_PATH_SIZE && is_directory(tree)) {
		(void)strcat(path, "/");
		return true;
	}
	complain(tree, "open", "it is a symlink; name the file itself");
	return false;
}

unsigned tree_threads(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > TREE_THREADS_MAX ? TREE_THREADS_MAX : (unsigned)count;
}

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	char *paths[QUEUE_LENGTH];
	size_t first, count;
	bool ended;
	const struct walk_tree *tree;
	const struct tree_work *work;
};

static void put(struct queue *queue, char *path)
{
	(void)pthread_mutex_lock(&queue->lock);
	while (queue->count == QUEUE_LENGTH)
		(void)pthread_cond_wait(&queue->emptied, &queue->lock);
	queue->paths[(queue->first + queue->count++) % QUEUE_LENGTH] = path;
	/* Not for every path: waking a thread costs as much as a small file. */
	if (queue->count == 1 || queue->count % BATCH == 0)
		(void)pthread_cond_signal(&queue->filled);
	(void)pthread_mutex_unlock(&queue->lock);
}

/* Up to BATCH paths; 0 at the end. */
static size_t take(struct queue *queue, char **paths)
{
	size_t count = 0;

	(void)pthread_mutex_lock(&queue->lock);
	while (queue->count == 0 && !queue->ended)
		(void)pthread_cond_wait(&queue->filled, &queue->lock);
	/* Towards the end fewer, so that no thread is left alone with the last ones. */
	size_t share = (queue->count + queue->work->threads - 1) / queue->work->threads;

	while (queue->count > 0 && count < BATCH && count < share) {
		paths[count++] = queue->paths[queue->first];
		queue->first = (queue->first + 1) % QUEUE_LENGTH;
		queue->count--;
	}
	if (queue->count > 0)
		(void)pthread_cond_signal(&queue->filled);
	(void)pthread_cond_signal(&queue->emptied);
	(void)pthread_mutex_unlock(&queue->lock);
	return count;
}

static void end(struct queue *queue)
{
	(void)pthread_mutex_lock(&queue->lock);
	queue->ended = true;
	(void)pthread_cond_broadcast(&queue->filled);
	(void)pthread_mutex_unlock(&queue->lock);
}

struct thread {
	pthread_t id;
	struct queue *queue;
	void *state;
};

static void *run_thread(void *data)
{
	struct thread *thread = data;
	const struct tree_work *work = thread->queue->work;
	char *paths[BATCH];
	size_t count;

	while ((count = take(thread->queue, paths)) > 0)
		for (size_t i = 0; i < count; i++) {
			const struct tree_file file = walk_file(thread->queue->tree, paths[i]);

			if (!interrupted())
				work->file(thread->state, &file);
			free(paths[i]);
		}
	return NULL;
}

struct hand_out {
	struct queue *queue;         /* NULL: count only */
	struct tree_totals *totals;
};

static bool hand_out(void *data, const struct tree_file *file, const struct stat *status)
{
	struct hand_out *to = data;

	to->totals->files++;
	to->totals->bytes += (uint64_t)status->st_size;
	if (!to->queue)
		return true;
	char *copy = strdup(file->path);

	if (!copy)
		abort();
	put(to->queue, copy);
	return !interrupted();
}

static bool wants(void *data, const struct tree_file *file)
{
	const struct queue *queue = ((struct hand_out *)data)->queue;

	return !queue->work->wants || queue->work->wants(file);
}

static void add_walked(struct tree_totals *totals, struct walk_totals walked)
{
	totals->mounts = walked.mounts;
	totals->errors += walked.errors;
}

struct tree_totals tree_count(const char *path)
{
	struct tree_totals totals = { 0 };
	struct hand_out to = { NULL, &totals };
	struct walk_tree tree;

	if (walk_begin(&tree, path) < 0)
		return totals;
	add_walked(&totals, walk(&tree, false, hand_out, NULL, &to));
	walk_end(&tree);
	return totals;
}

/* In as many threads as can be started; 0: none. */
static unsigned run_threads(struct queue *queue, struct hand_out *to)
{
	const struct tree_work *work = queue->work;
	struct thread threads[TREE_THREADS_MAX];
	unsigned started = 0;

	for (; started < work->threads && started < TREE_THREADS_MAX; started++) {
		threads[started] =
			(struct thread){ .queue = queue, .state = work->thread_states[started] };
		if (pthread_create(&threads[started].id, NULL, run_thread, &threads[started]) != 0)
			break;
	}
	if (started > 0)
		add_walked(to->totals, walk(queue->tree, true, hand_out, wants, to));
	end(queue);
	for (unsigned i = 0; i < started; i++)
		(void)pthread_join(threads[i].id, NULL);
	return started;
}

struct tree_totals tree_walk(const char *path, const struct tree_work *work)
{
	struct tree_totals totals = { 0 };
	struct walk_tree tree;
	struct queue queue = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER,
		.emptied = PTHREAD_COND_INITIALIZER, .tree = &tree, .work = work,
	};
	struct hand_out to = { &queue, &totals };
	int error = walk_begin(&tree, path);

	if (error != 0) {
		complain(path, "read", "%s", strerror(-error));
		totals.errors++;
		return totals;
	}
	if (run_threads(&queue, &to) == 0)
		totals.errors++;
	walk_end(&tree);
	return totals;
}

/* What an opened file is found to be; a socket, and a device without a driver, answer ENXIO. */
static int regular_only(int file, struct stat *status)
{
	if (file < 0)
		return file == -ENXIO ? -EINVAL : file;
	int error = fstat(file, status) < 0 ? -errno : S_ISREG(status->st_mode) ? 0 : -EINVAL;

	if (error == 0)
		return file;
	(void)close(file);
	return error;
}

int tree_open(const char *path, struct stat *status)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int file = open(path, flags | O_NOATIME);

	if (file < 0 && errno == EPERM)
		file = open(path, flags);    /* O_NOATIME is the owner's and root's */
	return regular_only(file < 0 ? (errno == ELOOP ? -EINVAL : -errno) : file, status);
}

/*
 * Before Linux 5.6: each component by itself, which follows no symlink either. No path that comes
 * here has "..", and where a mount begins walk() has looked.
 */
static int open_by_steps(int root, const char *path, int flags)
{
	int at = fcntl(root, F_DUPFD_CLOEXEC, 3);

	while (at >= 0) {
		AUTO_CLOSE int above = at;
		char name[NAME_MAX + 1];
		size_t length = strcspn(path, "/");
		bool is_last = !path[length + strspn(path + length, "/")];

		if (length > NAME_MAX || (length == 2 && strncmp(path, "..", 2) == 0))
			return length == 2 ? -EXDEV : -ENAMETOOLONG;
		memcpy(name, path, length);
		name[length] = '\0';
		at = openat(above, name, (is_last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW |
			    O_CLOEXEC);
		/* A symlink is no directory. */
		if (at < 0)
			return errno == ENOTDIR && !is_last ? -ELOOP : -errno;
		if (is_last)
			return at;
		path += length + strspn(path + length, "/");
	}
	return -errno;
}

static int open_beneath(int root, const char *path, int flags, uint64_t more)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | more,
	};
	int file = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (file < 0 && errno == ENOSYS)
		return open_by_steps(root, path, flags);
	return file < 0 ? -errno : file;
}

int tree_open_directory(int root, const char *below)
{
	return open_beneath(root, *below ? below : ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK,
			    RESOLVE_NO_XDEV);
}

int tree_open_found(const struct tree_file *found, struct stat *status)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

	if (found->root < 0)
		return tree_open(found->path, status);
	int file = open_beneath(found->root, found->below, flags | O_NOATIME, RESOLVE_NO_XDEV);

	if (file == -EPERM)
		file = open_beneath(found->root, found->below, flags, RESOLVE_NO_XDEV);
	return regular_only(file, status);
}

int tree_look(int root, const char *path, struct stat *status)
{
	int found = open_beneath(root, path, O_PATH | O_NOFOLLOW, 0);

	if (found < 0 || fstat(found, status) == 0)
		return found;
	int error = -errno;

	(void)close(found);
	return error;
}

int tree_find(int root, const char *path, struct stat *status)
{
	int found = tree_look(root, path, status);

	if (found < 0 || !S_ISLNK(status->st_mode))
		return found;
	(void)close(found);
	return -ELOOP;
}

/*
 * To open a device does something; so it is looked at first. Not by way of /proc, which
 * a package manager that installs into another root does not have there.
 */
int tree_open_inside(int root, const char *path)
{
	struct stat status, opened;
	int found = tree_find(root, path, &status);

	if (found < 0)
		return found;
	int file = S_ISREG(status.st_mode)
		? open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
		: -EINVAL;

	(void)close(found);
	if (file < 0 || (fstat(file, &opened) == 0 && opened.st_dev == status.st_dev &&
			 opened.st_ino == status.st_ino))
		return file;
	/* It is another one now. */
	(void)close(file);
	return -EINVAL;
}
