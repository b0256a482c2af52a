#include "mail/hops.h"

#include <string.h>

static const char name[] = "received";

enum { NAME_LEN = sizeof name - 1 };

/* A byte of a line that may still be what we count. "Received :" is obsolete (RFC 5322 4.5.8). */
static void
look(struct hops *hops, char c)
{
	if (hops->place < NAME_LEN) {
		if ((c | 0x20) == name[hops->place])
			hops->place++;
		else
			hops->skips = true;
	} else if (c == ':') {
		hops->count++;
		hops->skips = true;
	} else if (c != ' ' && c != '\t') {
		hops->skips = true;
	}
}

void
hops_count(struct hops *hops, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end && !hops->ended) {
		if (hops->skips) {
			bytes = memchr(bytes, '\n', (size_t)(end - bytes));
			if (!bytes)
				return;
			hops->skips = false;
			hops->place = 0;
		} else if (*bytes == '\n') {
			hops->ended = !hops->place; /* an empty line, but for a CR */
			hops->place = 0;
		} else if (*bytes != '\r') {
			look(hops, *bytes);
		}
		bytes++;
	}
}
