/* SPDX-License-Identifier: MIT */
/* A kernel configuration (.config, /proc/config.gz), read as kconfig reads it. */
#include "kernel_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "report.h"

#define PREFIX "CONFIG_"
#define NOT_SET " is not set"

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode) ? "a directory" : S_ISFIFO(mode) ? "a FIFO" :
	       S_ISSOCK(mode) ? "a socket" : "a device";
}

/* O_NONBLOCK: opening a FIFO would wait for somebody who writes. */
static int open_regular(const char *path)
{
	struct stat status;
	int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int error = file < 0 || fstat(file, &status) < 0 ? errno : 0;

	if (error != 0) {
		complain(path, "read", "%s", strerror(error));
	} else if (!S_ISREG(status.st_mode)) {
		error = EINVAL;
		complain(path, "read", "it is %s, not a regular file", kind_of(status.st_mode));
	}
	if (error == 0)
		return file;
	if (file >= 0)
		(void)close(file);
	return -error;
}

/* What zlib hands through because it is no gzip. */
static const char *other_compression(const char *text, size_t length)
{
	static const struct {
		const char *start, *name;
	} others[] = {
		{ "\xfd" "7zXZ", "xz" }, { "\x28\xb5\x2f\xfd", "zstd" }, { "BZh", "bzip2" },
		{ "\x04\x22\x4d\x18", "lz4" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (length > strlen(others[i].start) &&
		    memcmp(text, others[i].start, strlen(others[i].start)) == 0)
			return others[i].name;
	return NULL;
}

static int check_text(const char *path, const char *text, size_t length)
{
	const char *nul = memchr(text, '\0', length);
	const char *compression = other_compression(text, length);

	if (compression)
		complain(path, "read", "it is compressed with %s; only gzip is read", compression);
	else if (nul)
		complain(path, "read", "it is binary, not text: byte %zu is NUL",
			 (size_t)(nul - text));
	return compression || nul ? -EBADMSG : 0;
}

static int read_unpacked(gzFile file, const char *path, size_t limit, char **text)
{
	/* The text, a byte too many, and the NUL behind it. */
	char *buffer = malloc(limit + 2);
	size_t length = 0;
	int count = 1, error;

	if (!buffer) {
		complain(path, "read", "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	while (count > 0 && length <= limit) {
		size_t room = limit + 1 - length;

		count = gzread(file, buffer + length, room < 65536 ? (unsigned)room : 65536);
		if (count > 0)
			length += (size_t)count;
	}
	/* A file that is cut off gives all it has first, then an error. */
	int saved = errno;
	const char *message = gzerror(file, &error);

	if (length > limit) {
		complain(path, "read", "it has more than %zu bytes, the limit", limit);
		error = -EFBIG;
	} else if (error == Z_ERRNO) {
		complain(path, "read", "%s", strerror(saved));
		error = saved > 0 ? -saved : -EIO;
	} else if (error != Z_OK && error != Z_STREAM_END) {
		complain(path, "read", "its gzip data is damaged or cut off%s%s",
			 *message ? ": " : "", message);
		error = -EBADMSG;
	} else {
		error = check_text(path, buffer, length);
	}
	if (error < 0) {
		free(buffer);
		return error;
	}
	buffer[length] = '\0';
	*text = buffer;
	return 0;
}

int kernel_text_read(const char *path, size_t limit, char **text)
{
	int descriptor = open_regular(path);

	if (descriptor < 0)
		return descriptor;
	gzFile file = gzdopen(descriptor, "r");

	if (!file) {
		(void)close(descriptor);
		complain(path, "read", "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	int error = read_unpacked(file, path, limit, text);

	(void)gzclose(file);         /* only read */
	return error;
}

static bool is_name_character(char character)
{
	return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
	       (character >= '0' && character <= '9') || character == '_';
}

/* Takes off the quotes and the backslashes inside; NULL where the last quote is missing. */
static const char *unquote(char *value)
{
	char *to = value;

	for (const char *from = value + 1; *from; from++) {
		if (*from == '"') {
			*to = '\0';
			return value;
		}
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	return NULL;
}

static const char *parse_value(char *value)
{
	size_t length = strlen(value);

	if (*value == '"')
		return unquote(value);
	while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
		value[--length] = '\0';
	return length == 0 || strcmp(value, "n") == 0 ? NULL : value;
}

/* CONFIG_NAME=value, or # CONFIG_NAME is not set. */
static bool parse_line(char *line, struct kernel_option *option)
{
	bool comment = strncmp(line, "# ", 2) == 0;
	char *name = line + (comment ? 2 : 0);

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	name += strlen(PREFIX);
	size_t length = 0;

	while (is_name_character(name[length]))
		length++;
	char *end = name + length;

	if (length == 0 || (comment ? strcmp(end, NOT_SET) != 0 : *end != '='))
		return false;
	option->name = name;
	option->value = comment ? NULL : parse_value(end + 1);
	*end = '\0';
	return true;
}

/* "# Linux/x86 6.1.192 Kernel Configuration" */
static unsigned parse_version(const char *line)
{
	unsigned major = 0, minor = 0;

	if (sscanf(line, "# Linux/%*31s %3u.%3u", &major, &minor) != 2)
		return 0;
	return KERNEL_VERSION_OF(major, minor);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(((const struct kernel_option *)left)->name,
		      ((const struct kernel_option *)right)->name);
}

/* The same name: in the order of the text. */
static int compare_options(const void *left, const void *right)
{
	const struct kernel_option *one = left, *other = right;
	int order = compare_names(left, right);

	return order != 0 ? order : (one->name > other->name) - (one->name < other->name);
}

static void keep_last_words(struct kernel_config *config)
{
	size_t kept = 0;

	qsort(config->options, config->count, sizeof(*config->options), compare_options);
	for (size_t i = 0; i < config->count; i++) {
		if (i + 1 < config->count &&
		    compare_names(&config->options[i], &config->options[i + 1]) == 0)
			continue;
		config->options[kept++] = config->options[i];
	}
	config->count = kept;
}

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

static int parse_lines(struct kernel_config *config, const char *name)
{
	char *next = config->text;

	for (size_t number = 1; next; number++) {
		char *line = next;
		size_t length = strcspn(line, "\n");

		next = line[length] ? line + length + 1 : NULL;
		if (length >= LIMIT_KERNEL_CONFIG_LINE) {
			complain(name, "read", "line %zu has more than %d bytes, the limit", number,
				 LIMIT_KERNEL_CONFIG_LINE - 1);
			return -EFBIG;
		}
		if (length > 0 && line[length - 1] == '\r')
			length--;
		line[length] = '\0';
		if (config->version == 0)
			config->version = parse_version(line);
		if (parse_line(line, &config->options[config->count]))
			config->count++;
	}
	return 0;
}

int kernel_config_parse(struct kernel_config *config, const char *name, char *text)
{
	*config = (struct kernel_config){ .text = text };
	config->options = calloc(count_lines(text), sizeof(*config->options));
	int error = config->options ? parse_lines(config, name) : -ENOMEM;

	if (error == -ENOMEM) {
		complain(name, "read", "%s", strerror(ENOMEM));
	} else if (error == 0 && config->count == 0) {
		complain(name, "read",
			 "it is no kernel configuration: no line sets a CONFIG_ option");
		error = -EBADMSG;
	}
	if (error == 0)
		keep_last_words(config);
	else
		kernel_config_free(config);
	return error;
}

int kernel_config_read(struct kernel_config *config, const char *path)
{
	char *text;
	int error = kernel_text_read(path, LIMIT_KERNEL_CONFIG, &text);

	return error < 0 ? error : kernel_config_parse(config, path, text);
}

const char *kernel_config_value(const struct kernel_config *config, const char *name)
{
	const struct kernel_option wanted = { .name = name };
	const struct kernel_option *found = NULL;

	if (config->count > 0)
		found = bsearch(&wanted, config->options, config->count, sizeof(wanted),
				compare_names);
	return found ? found->value : NULL;
}

void kernel_config_free(struct kernel_config *config)
{
	free(config->options);
	free(config->text);
	*config = (struct kernel_config){ 0 };
}
