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
	for (word = *at;; word = end + 1) {
		if (*word == '{') {
			*at = word;
			return true;
		}
		if (!(end = strchr(word, ' ')))
			return false;
		if (end == word || end[-1] != ':')
			continue;
		if (end - word > 2 && end[-2] == ']') {
			*at = end + 1;
			return true;
		}
		if (is_word(
		        *word)) { /* our program's own name: nothing stands before it but a time */
			*at = word;
			return true;
		}
	}
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

static void
add_field(struct log_line *out, const char *name, const char *value)
{
	if (out->count < LOG_FIELDS_MAX)
		out->fields[out->count++] = (struct log_field){ .name = name, .value = value };
}

/* program: event name=value ... */
static bool
parse_plain(char *at, struct log_line *out)
{
	char *word = next_word(&at), *name;

	if (!word)
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
		add_field(out, name, word);
	}
	return true;
}

static bool
is_name(const char *text)
{
	if (!*text)
		return false;
	while (is_word(*text))
		text++;
	return !*text;
}

/* Four hexadecimal digits; -1: they are none. */
static long
take_unit(const char *at)
{
	long unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* A character of \u escapes becomes UTF-8, which is shorter. at: behind the first "\u". */
static bool
take_escape(char **at, char **to)
{
	long character = take_unit(*at), low;

	if (character <= 0)
		return false;
	*at += 4;
	if (character >> 10 == 0x36) {
		if ((*at)[0] != '\\' || (*at)[1] != 'u' || (low = take_unit(*at + 2)) >> 10 != 0x37)
			return false;
		*at += 6;
		character = 0x10000 + ((character & 0x3ff) << 10) + (low & 0x3ff);
	} else if (character >> 11 == 0x1b) {
		return false;
	}
	if (character < 0x80) {
		*(*to)++ = (char)character;
		return true;
	}
	if (character < 0x800) {
		*(*to)++ = (char)(0xc0 | character >> 6);
	} else if (character < 0x10000) {
		*(*to)++ = (char)(0xe0 | character >> 12);
		*(*to)++ = (char)(0x80 | (character >> 6 & 0x3f));
	} else {
		*(*to)++ = (char)(0xf0 | character >> 18);
		*(*to)++ = (char)(0x80 | (character >> 12 & 0x3f));
		*(*to)++ = (char)(0x80 | (character >> 6 & 0x3f));
	}
	*(*to)++ = (char)(0x80 | (character & 0x3f));
	return true;
}

/* A string of JSON, as we write them; at moves behind it. NULL: it is none. */
static char *
take_string(char **at)
{
	char *value = *at + 1, *to = value, *from = value;

	if (**at != '"')
		return NULL;
	while (*from != '"') {
		if (!*from)
			return NULL;
		if (*from != '\\') {
			*to++ = *from++;
		} else if (from[1] == 'u') {
			from += 2;
			if (!take_escape(&from, &to))
				return NULL;
		} else if (from[1] == '"' || from[1] == '\\') {
			*to++ = from[1];
			from += 2;
		} else {
			return NULL;
		}
	}
	*at = from + 1;
	*to = 0;
	return value;
}

static bool
parse_json_pair(char **at, struct log_line *out)
{
	char *name = take_string(at), *value;

	if (!name || !is_name(name) || *(*at)++ != ':')
		return false;
	if (strcmp(name, "time") == 0) {
		size_t len = strspn(*at, "0123456789.");
		char after = (*at)[len];

		(*at)[len] = ' ';
		if (out->time_us < 0) /* the log program has not told it */
			out->time_us = unix_time_us(*at);
		(*at)[len] = after;
		*at += len;
		return len > 0;
	}
	if (!(value = take_string(at)))
		return false;
	if (strcmp(name, "program") == 0)
		out->program = value;
	else if (strcmp(name, "event") == 0)
		out->event = value;
	else
		add_field(out, name, value);
	return true;
}

/* {"time":1795324706.412373,"program":"...","event":"...","name":"value",...} */
static bool
parse_json(char *at, struct log_line *out)
{
	do {
		at++; /* the brace, or a comma */
		if (!parse_json_pair(&at, out))
			return false;
	} while (*at == ',');
	return at[0] == '}' && at[1] == 0 && out->program && is_name(out->program) && out->event
	       && is_name(out->event);
}

bool
log_line_parse(char *line, size_t len, struct log_line *out)
{
	char *at = line;

	line[len] = 0;
	*out = (struct log_line){ .time_us = -1 };
	if (memchr(line, 0, len) || !take_stamp(&at, &out->time_us))
		return false;
	return *at == '{' ? parse_json(at, out) : parse_plain(at, out);
}

const char *
log_line_get(const struct log_line *line, const char *name)
{
	for (size_t i = 0; i < line->count; i++)
		if (strcmp(line->fields[i].name, name) == 0)
			return line->fields[i].value;
	return NULL;
}
