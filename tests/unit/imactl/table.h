/* SPDX-License-Identifier: MIT */
/*
 * Tests of cmocka, one for each row of a table: a row begins with its name. Each
 * accepted case stands beside its refused twin.
 */
#ifndef TESTS_UNIT_IMACTL_TABLE_H
#define TESTS_UNIT_IMACTL_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* cmocka leaves out what has no name. */
static struct CMUnitTest table[256];
static size_t table_count;

static void add_test(const char *name, CMUnitTestFunction function, const void *row)
{
	assert_true(table_count < COUNT(table));
	table[table_count++] = (struct CMUnitTest){
		.name = name, .test_func = function, .initial_state = (void *)row,
	};
}

#define ADD_ROWS(rows, function)                                         \
	do {                                                             \
		for (size_t i = 0; i < COUNT(rows); i++)                 \
			add_test((rows)[i].name, function, &(rows)[i]);  \
	} while (0)

static int run_table(const char *group)
{
	/* What is complained of on standard error must not come into the midst of a line. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name(group, table, NULL, NULL);
}

#endif
