/*
 * fuzz - a fuzz target: one module, and bytes that libFuzzer makes up
 *
 * A target defines fuzz(), and says what must hold of whatever comes out. assert() reports.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#undef NDEBUG
#include <skalibs/stralloc.h>

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* bytes: exactly len of them from malloc, so that one too many is seen; the target may write there */
static void fuzz(char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	fuzz(copy, size);
	free(copy);
	return 0;
}

/* The input as a C string, up to its first NUL; the caller frees it. */
static inline char *
fuzz_string(const char *bytes, size_t len)
{
	char *text = strndup(bytes, len);

	if (!text)
		abort();
	return text;
}

/* Inputs of several texts have a NUL between them: cuts the next one off; "" where there is none. */
static inline char *
fuzz_next(const char **bytes, size_t *len)
{
	char *text = fuzz_string(*bytes, *len);
	size_t used = strlen(text) + (strlen(text) < *len);

	*bytes += used;
	*len -= used;
	return text;
}

/* What reads a stream must not care how it is cut: each piece is a copy of its own. */
static inline char *
fuzz_piece(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	return copy;
}

/* How long pieces are: single bytes where there are few, else about twenty pieces. */
static inline size_t
fuzz_step(size_t len)
{
	return len / 20 + len % 3 + 1;
}

static inline bool
fuzz_same(const stralloc *a, const stralloc *b)
{
	return a->len == b->len && (!a->len || memcmp(a->s, b->s, a->len) == 0);
}

/* Is each of these a printable ASCII character? */
static inline bool
fuzz_printable(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return false;
	return true;
}

/* Do CR and LF stand together, and is there no NUL? */
static inline bool
fuzz_clean(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!bytes[i] || (bytes[i] == '\r' && (i + 1 == len || bytes[i + 1] != '\n'))
		    || (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')))
			return false;
	return true;
}

#endif
