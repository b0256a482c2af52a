/*
 * A spool gives back what it was given, from memory and from a file
 */
#include "store/spool.h"

#include "check.h"

#include <errno.h>

enum { PIECE = 1000 };

static char
byte_at(uint64_t at)
{
	return (char)(at * 7 + at / 251);
}

/* Adds this many bytes in pieces, then reads all of them in other pieces. */
static bool
keeps(uint64_t bytes, bool in_file)
{
	struct spool spool;
	char piece[PIECE + 1];
	uint64_t at = 0;
	ssize_t n;
	bool same = true;

	spool_begin(&spool);
	while (spool.bytes < bytes) {
		size_t len = bytes - spool.bytes < PIECE ? (size_t)(bytes - spool.bytes) : PIECE;

		for (size_t i = 0; i < len; i++)
			piece[i] = byte_at(spool.bytes + i);
		if (!spool_add(&spool, piece, len))
			return false;
	}
	for (; (n = spool_read(&spool, at, piece, PIECE + 1)) > 0; at += (uint64_t)n)
		for (ssize_t i = 0; i < n; i++)
			same = same && piece[i] == byte_at(at + (uint64_t)i);
	same = same && n == 0 && at == bytes && (spool.fd >= 0) == in_file
	       && spool_read(&spool, bytes + PIECE, piece, PIECE) == 0;
	spool_end(&spool);
	return same;
}

int
main(void)
{
	struct spool spool;

	CHECK(keeps(0, false), "nothing");
	CHECK(keeps(1, false), "a byte");
	CHECK(keeps(SPOOL_MEMORY_BYTES, false), "as much as stays in memory");
	CHECK(keeps(SPOOL_MEMORY_BYTES + 1, true), "a byte more goes to a file");
	CHECK(keeps(5 << 20, true), "five mebibytes");
	setenv("TMPDIR", "/nonexistent", 1);
	spool_begin(&spool);
	if (!stralloc_ready(&spool.memory, SPOOL_MEMORY_BYTES))
		abort();
	spool.memory.len = SPOOL_MEMORY_BYTES;
	CHECK(!spool_add(&spool, "x", 1) && errno == ENOENT, "no folder for files: it says so");
	spool_end(&spool);
	return check_end();
}
