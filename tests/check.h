/*
 * check - a unit test is a list of sentences about behaviour, each "ok" or "not ok"
 *
 * CHECK(condition, sentence) prints one line; main() ends with return check_end().
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failed;

#define CHECK(condition, sentence) check_that((condition), (sentence), __FILE__, __LINE__)

static inline bool
check_that(bool holds, const char *sentence, const char *file, int line)
{
	if (holds)
		printf("ok - %s\n", sentence);
	else
		printf("not ok - %s (%s:%d)\n", sentence, file, line);
	check_failed += !holds;
	return holds;
}

static inline int
check_end(void)
{
	return check_failed != 0;
}

/* Exactly len bytes from malloc, so that a sanitizer sees one too many read. */
static inline char *
check_copy(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, text, len);
	return copy;
}

#endif
