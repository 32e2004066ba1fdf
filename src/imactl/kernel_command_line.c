/* SPDX-License-Identifier: MIT */
/* The words of a command line, all at once. */
#include "kernel_command_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int kernel_command_line_parse(struct kernel_command_line *line, const char *text)
{
	size_t length = strlen(text);

	*line = (struct kernel_command_line){ .text = strdup(text), .length = length };
	/* A word takes a byte at least, and a blank behind it. */
	line->words = calloc(length / 2 + 1, sizeof(*line->words));
	if (!line->text || !line->words) {
		kernel_command_line_free(line);
		return -ENOMEM;
	}
	for (char *rest = line->text; command_line_word(&rest, &line->words[line->count]);)
		line->count++;
	return 0;
}

void kernel_command_line_free(struct kernel_command_line *line)
{
	free(line->words);
	free(line->text);
	*line = (struct kernel_command_line){ 0 };
}

bool kernel_command_line_has(const struct kernel_command_line *line, const char *name)
{
	for (size_t i = 0; i < line->count; i++)
		if (is_parameter(line->words[i].name, name))
			return true;
	return false;
}

const char *kernel_command_line_value(const struct kernel_command_line *line, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < line->count; i++)
		if (line->words[i].value && is_parameter(line->words[i].name, name))
			value = line->words[i].value;
	return value;
}

bool kernel_word_is_environment(const struct word *word)
{
	/* HOME and TERM are there anyhow, BOOT_IMAGE is a boot loader's, and the rest are drivers'. */
	static const char *const others[] = {
		"HOME", "TERM", "BOOT_IMAGE", "BusLogic", "TOMOYO_loader", "TOMOYO_trigger",
	};

	if (!word->value || strchr(word->name, '.'))
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(word->name, others[i]) == 0)
			return false;
	return strpbrk(word->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* "START LENGTH TARGET ARGUMENTS": all of it verified, and damage not ignored. */
static bool is_verity_table(char *table)
{
	unsigned column = 0;
	bool verity = false;
	char *state;

	for (char *word = strtok_r(table, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		if (++column == 3)
			verity = strcmp(word, "verity") == 0;
		if (strcmp(word, "ignore_corruption") == 0)
			return false;
	}
	return verity;
}

/* Of "NAME,UUID,MINOR,FLAGS,TABLE[,TABLE...]"; devices without a MINOR are numbered as they come. */
static bool is_verity_device(char *device, unsigned wanted, unsigned *next)
{
	unsigned field = 0, minor = 0, tables = 0;
	bool verity = true;
	char *text;

	while ((text = strsep(&device, ",")) != NULL) {
		if (field == 2)
			minor = *text ? (unsigned)strtoul(text, NULL, 10) : (*next)++;
		if (field++ >= 4) {
			verity = is_verity_table(text) && verity;
			tables++;
		}
	}
	return verity && tables > 0 && minor == wanted;
}

bool kernel_root_is_verity(const char *create, const char *root)
{
	unsigned wanted, next = 0;
	int digit = 0;
	char behind, *device;
	bool verity = false;

	/* A digit: sscanf() also takes blanks and signs. */
	if (sscanf(root, "/dev/dm-%*1[0-9]%n", &digit) != 0 || digit == 0 ||
	    sscanf(root + strlen("/dev/dm-"), "%9u%c", &wanted, &behind) != 1)
		return false;
	char *copy = strdup(create), *rest = copy;

	while (copy && !verity && (device = strsep(&rest, ";")) != NULL)
		verity = is_verity_device(device, wanted, &next);
	free(copy);
	return verity;
}
