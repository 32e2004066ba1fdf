/* SPDX-License-Identifier: MIT */
/* The bytes of a fuzzer in the forms that parsers take. */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold of every input; also where assert() would be compiled out. */
#define REQUIRE(condition)                                                                     \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                               \
		}                                                                              \
	} while (0)

/* A copy with a NUL behind it that ends where its allocation does. The caller frees it. */
__attribute__((unused))
static char *input_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* A file without a name, that a path leads to as long as it is open. */
struct input_file {
	int descriptor;
	char path[32];
};

__attribute__((unused))
static struct input_file input_file(const uint8_t *data, size_t size)
{
	struct input_file file = { .descriptor = memfd_create("input", MFD_CLOEXEC) };

	REQUIRE(file.descriptor >= 0 && pwrite(file.descriptor, data, size, 0) == (ssize_t)size);
	(void)snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.descriptor);
	return file;
}

#endif
