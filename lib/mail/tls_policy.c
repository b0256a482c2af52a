#include "mail/tls_policy.h"

#include "mail/address.h"
#include "mail/calendar.h"

#include <string.h>
#include <strings.h>

enum { SHA256_HEX = 64, DATE_LEN = sizeof "2026-01-01" - 1, DAY_LAST_S = 86399 };

static const char *const levels[] = {
	[TLS_LEVEL_NONE] = "none",
	[TLS_LEVEL_MAY] = "may",
	[TLS_LEVEL_ENCRYPT] = "encrypt",
	[TLS_LEVEL_VERIFY] = "verify",
	[TLS_LEVEL_FINGERPRINT] = "fingerprint",
	[TLS_LEVEL_DANE] = "dane",
};

const char *
tls_level_word(enum tls_level level)
{
	return levels[level];
}

bool
tls_level_read(const char *word, size_t len, enum tls_level *out)
{
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (strlen(levels[i]) == len && memcmp(word, levels[i], len) == 0) {
			*out = (enum tls_level)i;
			return true;
		}
	return false;
}

struct word {
	const char *text;
	size_t len;
};

/* The next word; at: start with 0. false: no more. */
static bool
word_next(const char *text, size_t len, size_t *at, struct word *out)
{
	static const char between[] = " \t\r\n,";

	while (*at < len && text[*at] && strchr(between, text[*at]))
		(*at)++;
	out->text = text + *at;
	while (*at < len && (!text[*at] || !strchr(between, text[*at])))
		(*at)++;
	out->len = (size_t)(text + *at - out->text);
	return out->len;
}

/* Is the word "NAME=value"? Leaves the value, which is not empty. */
static bool
word_value(struct word *word, const char *name)
{
	size_t len = strlen(name);

	if (word->len <= len + 1 || memcmp(word->text, name, len) != 0 || word->text[len] != '=')
		return false;
	word->text += len + 1;
	word->len -= len + 1;
	return true;
}

/* The next value of that name. */
static bool
value_next(const struct tls_policy *policy, size_t *at, const char *name, struct word *out)
{
	while (word_next(policy->text, policy->len, at, out))
		if (word_value(out, name))
			return true;
	return false;
}

static bool
is_pattern(struct word word)
{
	if (word.len > 2 && word.text[0] == '*' && word.text[1] == '.') {
		word.text += 2;
		word.len -= 2;
	}
	return word.text[0] != '[' && domain_valid(word.text, word.len, false);
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* A SHA-256 in hexadecimal, perhaps with colons, as openssl writes it; in lower case without them. */
static bool
hash_read(struct word word, char out[SHA256_HEX])
{
	size_t len = 0;

	for (size_t i = 0; i < word.len; i++) {
		int digit = hex_digit(word.text[i]);

		if (word.text[i] == ':' && len && len % 2 == 0)
			continue;
		if (digit < 0 || len == SHA256_HEX)
			return false;
		out[len++] = "0123456789abcdef"[digit];
	}
	return len == SHA256_HEX;
}

/* "2027-06-30": its last second. */
static bool
date_read(struct word word, int64_t *out_s)
{
	struct calendar day = { 0 };

	if (word.len != DATE_LEN || word.text[4] != '-' || word.text[7] != '-')
		return false;
	for (size_t i = 0; i < DATE_LEN; i++) {
		int *part = i < 4 ? &day.year : i < 7 ? &day.month : &day.day;

		if (i == 4 || i == 7)
			continue;
		if (word.text[i] < '0' || word.text[i] > '9')
			return false;
		*part = *part * 10 + (word.text[i] - '0');
	}
	day.month--;
	if (!calendar_time(&day, out_s))
		return false;
	*out_s += DAY_LAST_S;
	return true;
}

static bool
is_word(struct word word, const char *name)
{
	return word.len == strlen(name) && memcmp(word.text, name, word.len) == 0;
}

/* What the words behind the level say. */
static bool
word_take(struct tls_policy *policy, struct word word)
{
	char hash[SHA256_HEX];

	if (is_word(word, "sts"))
		policy->is_sts = true;
	else if (is_word(word, "testing"))
		policy->is_testing = true;
	else if (word_value(&word, "until"))
		return date_read(word, &policy->until_s);
	else if (word_value(&word, "mx"))
		return is_pattern(word);
	else if (word_value(&word, "name"))
		return policy->level == TLS_LEVEL_VERIFY && word.text[0] != '*' && is_pattern(word);
	else if (word_value(&word, "sha256") || word_value(&word, "key-sha256"))
		return policy->level == TLS_LEVEL_FINGERPRINT && hash_read(word, hash);
	else
		/* For who reports about it. */
		return policy->is_sts && (word_value(&word, "id") || word_value(&word, "max_age"));
	return true;
}

bool
tls_policy_parse(struct tls_policy *out, const char *text, size_t len)
{
	struct word word;
	size_t at = 0, hashes = 0;

	*out = (struct tls_policy){ .until_s = INT64_MAX, .text = text, .len = len };
	if (len > TLS_POLICY_MAX_BYTES || !word_next(text, len, &at, &word)
	    || !tls_level_read(word.text, word.len, &out->level))
		return false;
	while (word_next(text, len, &at, &word)) {
		if (!word_take(out, word))
			return false;
		hashes += word_value(&word, "sha256") || word_value(&word, "key-sha256");
	}
	return hashes || out->level != TLS_LEVEL_FINGERPRINT;
}

bool
tls_pattern_matches(const char *pattern, size_t len, const char *host)
{
	if (len > 2 && pattern[0] == '*' && pattern[1] == '.') {
		const char *dot = strchr(host, '.');

		return dot && dot != host
		       && domain_equal(pattern + 2, len - 2, dot + 1, strlen(dot + 1));
	}
	return domain_equal(pattern, len, host, strlen(host));
}

bool
tls_policy_takes_host(const struct tls_policy *policy, const char *host)
{
	struct word pattern;
	bool any = true;
	size_t at = 0;

	while (value_next(policy, &at, "mx", &pattern)) {
		if (tls_pattern_matches(pattern.text, pattern.len, host))
			return true;
		any = false;
	}
	return any;
}

static bool
name_add(stralloc *out, const char *name, size_t len)
{
	return stralloc_cats(out, "name=") && stralloc_catb(out, name, len) && stralloc_0(out);
}

/* As a TLSA record of the end's own certificate, "3 0 1", or its key, "3 1 1": RFC 6698 2.1 */
static bool
hashes_add(const struct tls_policy *policy, const char *name, const char *kind, stralloc *out)
{
	char hash[SHA256_HEX];
	struct word value;
	size_t at = 0;

	while (value_next(policy, &at, name, &value))
		if (!hash_read(value, hash) || !stralloc_cats(out, "tlsa=")
		    || !stralloc_cats(out, kind) || !stralloc_catb(out, hash, sizeof hash)
		    || !stralloc_0(out))
			return false;
	return true;
}

bool
tls_policy_expect(const struct tls_policy *policy, const char *host, stralloc *out)
{
	struct word name;
	size_t at = 0;
	bool any = false;

	if (policy->level == TLS_LEVEL_FINGERPRINT)
		return hashes_add(policy, "sha256", "3 0 1 ", out)
		       && hashes_add(policy, "key-sha256", "3 1 1 ", out);
	while (value_next(policy, &at, "name", &name)) {
		if (!name_add(out, name.text, name.len))
			return false;
		any = true;
	}
	return any || name_add(out, host, strlen(host));
}
