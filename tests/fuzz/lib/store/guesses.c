/*
 * Guesses of many logins from many networks, while the clock goes its own way: nobody waits for ever, a
 * network has only so many tries, and who is at home is not kept out by the tries of others.
 */
#include "store/guesses.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <unistd.h>

char const *PROG = "guesses";

enum {
	NOW = 1800000000,
	WAIT_MAX_S = 3600,
	BURST = 10,
	EACH_S = 60,
	HOME_BURST = 20,
	LEN_MAX = 60,
	BETWEEN_S = 7200
};

/* One byte says who, one from where, one how much later. */
static void
fuzz(char *bytes, size_t len)
{
	static struct guesses guesses = { .fd = -1 };
	static unsigned int round;
	unsigned int allowed = 0;
	int64_t start_s, time_s;

	if (guesses.fd < 0) {
		const char *folder = getenv("TMPDIR");
		char path[256];
		int fd;

		snprintf(path, sizeof path, "%s/guesses.XXXXXX", folder ? folder : "/tmp");
		fd = mkstemp(path);
		assert(fd >= 0 && guesses_open(&guesses, path) && unlink(path) == 0);
		close(fd);
	}
	if (len > LEN_MAX)
		len = LEN_MAX;
	/* What an earlier input has left is past: a full file forgets, which is no fault here. */
	start_s = time_s = NOW + (int64_t)++round * BETWEEN_S;
	for (size_t i = 0; i + 2 < len; i += 3) {
		char login[32], client[48];
		unsigned int wait_s;

		snprintf(login, sizeof login, "%u-%u", round, bytes[i] & 7U);
		snprintf(client, sizeof client, "2001:db8:%x:%x::%x", round >> 16 & 0xffff,
		         round & 0xffff, bytes[i + 1] & 255U);
		time_s += (unsigned char)bytes[i + 2] / 8;
		wait_s = guesses_try(&guesses, login, client, time_s);
		assert(wait_s <= WAIT_MAX_S);
		/* All of these clients are one network: a /64. */
		allowed += wait_s == 0;
		assert(allowed <= BURST + (unsigned int)(time_s - start_s) / EACH_S);
	}
	/* At home from now on, whatever others do after that. */
	guesses_right(&guesses, "ann", "192.0.2.1", time_s);
	for (size_t i = 0; i < len; i += 2) {
		char client[32];

		snprintf(client, sizeof client, "198.51.%u.%u", (unsigned char)bytes[i],
		         round & 255);
		guesses_try(&guesses, "ann", client, time_s);
	}
	for (size_t i = 0; i < HOME_BURST && i < len; i++)
		assert(guesses_try(&guesses, "ann", "192.0.2.1", time_s) == 0);
}
