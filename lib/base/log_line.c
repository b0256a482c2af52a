#include "base/log_line.h"

#include <skalibs/djbtime.h>
#include <skalibs/tai.h>

#include <string.h>
#include <sys/time.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

static int
hex_digit(char c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next word, which ends before a space; at moves behind that. NULL: there is none. */
static char *
next_word(char **at)
{
	char *word = *at, *end = strchr(word, ' ');

	if (!end || end == word)
		return NULL;
	*at = end + 1;
	return word;
}

/* "1763788801.123456": seconds since 1970 with a fraction. -1: something else. */
static int64_t
unix_time_us(const char *text)
{
	int64_t us = 0;
	int digits = -1; /* behind the point; -1: it has not come */

	if (!is_digit(*text))
		return -1;
	for (; *text != ' ' && digits < 6; text++) {
		if (*text == '.' && digits < 0)
			digits = 0;
		else if (!is_digit(*text) || us > INT64_MAX / 10 - 10)
			return -1;
		else {
			us = us * 10 + (*text - '0');
			digits += digits >= 0;
		}
	}
	for (digits = digits < 0 ? 0 : digits; digits < 6; digits++) {
		if (us > INT64_MAX / 10)
			return -1;
		us *= 10;
	}
	return us;
}

/* Takes off what the log program wrote in front. false: it is no line of ours. */
static bool
take_stamp(char **at, int64_t *time_us)
{
	tain label;
	struct timeval time;
	size_t len;
	char *word, *end;

	*time_us = -1;
	if (**at == '@') {
		len = timestamp_scan(*at, &label);
		if (!len || (*at)[len] != ' ' || !timeval_sysclock_from_tain(&time, &label)
		    || time.tv_sec < 0 || time.tv_sec > INT64_MAX / 1000000 - 1)
			return false;
		*time_us = (int64_t)time.tv_sec * 1000000 + time.tv_usec;
		*at += len + 1;
		return true;
	}
	*time_us = unix_time_us(*at);
	/* Other stamps are of several words; all end with the unit's "name[pid]:". */
	for (word = *at; (end = strchr(word, ' ')) != NULL; word = end + 1)
		if (end == word)
			continue;
		else if (end[-1] == ':' && end - word > 2 && end[-2] == ']') {
			*at = end + 1;
			return true;
		} else if (end[-1] == ':' && is_word(*word)) {
			*at =
			    word; /* our program's own name: nothing stands before it but a time */
			return true;
		}
	return false;
}

/* Takes the quotes and escapes off; at moves behind the value. NULL: it does not end. */
static char *
take_value(char **at)
{
	char *value = *at, *to, *from;

	if (*value != '"') {
		from = value + strcspn(value, " ");
		*at = from + (*from == ' ');
		*from = 0;
		return value;
	}
	to = from = ++value;
	for (; *from != '"'; from++) {
		if (!*from)
			return NULL;
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		from++;
		if (*from == '"' || *from == '\\') {
			*to++ = *from;
		} else {
			int high, low;

			if (*from != 'x' || (high = hex_digit(from[1])) < 0
			    || (low = hex_digit(from[2])) < 0 || high + low == 0)
				return NULL;
			*to++ = (char)(high << 4 | low);
			from += 2;
		}
	}
	if (from[1] != ' ' && from[1] != 0)
		return NULL;
	*at = from + 1 + (from[1] == ' ');
	*to = 0;
	return value;
}

bool
log_line_parse(char *line, size_t len, struct log_line *out)
{
	char *at = line, *word, *name;

	line[len] = 0;
	*out = (struct log_line){ .time_us = -1 };
	if (memchr(line, 0, len) || !take_stamp(&at, &out->time_us) || !(word = next_word(&at)))
		return false;
	name = word + strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (name == word || name[0] != ':' || name[1] != ' ')
		return false;
	*name = 0;
	out->program = word;
	out->event = at;
	while (is_word(*at))
		at++;
	if (at == out->event || (*at && *at != ' '))
		return false;
	if (*at)
		*at++ = 0;
	while (*at) {
		name = at;
		while (is_word(*at))
			at++;
		if (at == name || *at != '=')
			return false;
		*at++ = 0;
		if (!(word = take_value(&at)))
			return false;
		if (out->count < LOG_FIELDS_MAX)
			out->fields[out->count++] =
			    (struct log_field){ .name = name, .value = word };
	}
	return true;
}

const char *
log_line_get(const struct log_line *line, const char *name)
{
	for (size_t i = 0; i < line->count; i++)
		if (strcmp(line->fields[i].name, name) == 0)
			return line->fields[i].value;
	return NULL;
}
