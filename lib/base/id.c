#include "base/id.h"

#include <skalibs/random.h>

#include <string.h>
#include <time.h>

static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

enum { TIME_DIGITS = 11, BITS = 5, US_PER_S = 1000000 };

void
id_make(char id[ID_LEN + 1])
{
	struct timespec now;
	uint64_t us;
	char chance[ID_LEN - TIME_DIGITS];

	clock_gettime(CLOCK_REALTIME, &now);
	us = (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000;
	for (int i = TIME_DIGITS; i--; us >>= BITS)
		id[i] = digits[us & 31];
	random_buf(chance, sizeof chance);
	for (int i = TIME_DIGITS; i < ID_LEN; i++)
		id[i] = digits[chance[i - TIME_DIGITS] & 31];
	id[ID_LEN] = 0;
}

bool
id_valid(const char *text)
{
	return strlen(text) == ID_LEN && strspn(text, digits) == ID_LEN;
}

int64_t
id_time_us(const char *id)
{
	uint64_t us = 0;

	for (int i = 0; i < TIME_DIGITS; i++)
		us = us << BITS | (uint64_t)(strchr(digits, id[i]) - digits);
	return (int64_t)us;
}

int64_t
id_time_s(const char *id)
{
	return id_time_us(id) / US_PER_S;
}
