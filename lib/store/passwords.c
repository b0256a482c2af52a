#include "store/passwords.h"

#include "base/io.h"
#include "mail/address.h"
#include "mail/calendar.h"
#include "mail/network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char everybody[] = PASSWORDS_EVERYBODY;

/* Only a regular file that others cannot even read is taken for a table of passwords. */
static enum passwords_open
table_read(struct table *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum passwords_open answer = PASSWORDS_TROUBLE;
	struct stat status;

	*out = (struct table){ .text = STRALLOC_ZERO };
	if (fd < 0)
		return PASSWORDS_TROUBLE;
	if (fstat(fd, &status) == 0) {
		if (!S_ISREG(status.st_mode))
			answer = PASSWORDS_NO_FILE;
		else if (status.st_mode & S_IRWXO)
			answer = PASSWORDS_EXPOSED;
		else if (io_slurp(fd, TABLE_MAX_BYTES, &out->text))
			answer = PASSWORDS_OPEN;
	}
	io_close(fd);
	return answer;
}

enum passwords_open
passwords_open(struct passwords *out, const char *path, const char *domain)
{
	enum passwords_open answer = table_read(&out->table, path);

	out->domain = domain;
	out->domains = (struct table){ .text = STRALLOC_ZERO };
	if (answer != PASSWORDS_OPEN) {
		table_close(&out->table);
		return answer;
	}
	/* Without that table, logins are known as they stand in the table of passwords. */
	if (domain || table_open(&out->domains, "domains") || errno == ENOENT)
		return PASSWORDS_OPEN;
	table_close(&out->table);
	return PASSWORDS_DOMAINS;
}

void
passwords_close(struct passwords *passwords)
{
	table_close(&passwords->table);
	table_close(&passwords->domains);
}

static bool
is_local(const struct passwords *passwords, const char *domain, size_t len)
{
	struct value ignored;

	if (passwords->domain)
		return domain_equal(passwords->domain, strlen(passwords->domain), domain, len);
	return table_find(&passwords->domains, domain, len, &ignored);
}

/* The first entry of a key. */
static bool
entry_find(const struct passwords *passwords, const char *wanted, size_t len, struct value *key,
           struct value *value)
{
	if (!len || (len == 1 && *wanted == *everybody))
		return false;
	return table_entry(&passwords->table, wanted, len, key, value);
}

void
passwords_spelling(const struct passwords *passwords, char *login)
{
	char *at = strrchr(login, '@'), *end;
	size_t domain_len;

	for (char *c = login; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	if (!at || at == login)
		return;
	end = strchr(at, PASSWORDS_NAME_SEPARATOR);
	domain_len = end ? (size_t)(end - at) - 1 : strlen(at + 1);
	if (is_local(passwords, at + 1, domain_len))
		memmove(at, at + 1 + domain_len, strlen(at + 1 + domain_len) + 1);
}

/* As typed; else without a domain of ours. */
static bool
typed_find(const struct passwords *passwords, const char *login, struct value *key,
           struct value *value)
{
	char *bare;
	bool found;

	if (entry_find(passwords, login, strlen(login), key, value))
		return true;
	if (!(bare = strdup(login)))
		return false;
	passwords_spelling(passwords, bare);
	found = entry_find(passwords, bare, strlen(bare), key, value);
	free(bare);
	return found;
}

bool
passwords_day(const char *text, size_t len, int64_t *out)
{
	static const char form[] = "dddd-dd-dd";
	int part[3] = { 0 }, at = 0;
	struct calendar day = { 0 };

	if (len != sizeof form - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
		if (form[i] == '-')
			at++;
		else
			part[at] = part[at] * 10 + (text[i] - '0');
	}
	day.year = part[0];
	day.month = part[1] - 1;
	day.day = part[2];
	if (!calendar_time(&day, out))
		return false;
	*out += 24 * 3600;
	return true;
}

static bool
starts_with(struct value *item, const char *word)
{
	size_t len = strlen(word);

	if (item->len < len || memcmp(item->text, word, len) != 0)
		return false;
	item->text += len;
	item->len -= len;
	return true;
}

static bool
once(struct value *to, const struct value *item)
{
	if (to->len)
		return false;
	*to = *item;
	return item->len;
}

static bool
one_more(struct value *to, size_t *count, const struct value *item)
{
	if (*count == PASSWORDS_ITEMS_MAX)
		return false;
	to[(*count)++] = *item;
	return item->len;
}

/* An item behind the hash; false: it cannot be understood, so it may be a bound that we miss. */
static bool
item_take(struct credential *out, struct value item)
{
	struct scram_keys keys;
	struct value whole = item;
	int64_t ignored;

	if (starts_with(&item, "SCRAM-"))
		return scram_keys_parse(&keys, whole.text, whole.len) && once(&out->keys, &whole);
	if (starts_with(&item, "until="))
		return passwords_day(item.text, item.len, &ignored) && once(&out->until, &item);
	if (starts_with(&item, "from="))
		return network_valid(item.text, item.len)
		       && one_more(out->from, &out->from_count, &item);
	if (starts_with(&item, "as="))
		return one_more(out->as, &out->as_count, &item);
	if (starts_with(&item, "by="))
		return one_more(out->by, &out->by_count, &item);
	if (starts_with(&item, "certificate="))
		return once(&out->certificate, &item);
	return false;
}

static bool
value_take(struct credential *out, struct value value, const char **why)
{
	struct value item;

	if (!value_item(&value, &item) || *item.text == '*' || *item.text == '!') {
		*why = "locked";
		return false;
	}
	if (item.len != 1 || *item.text != '-')
		out->hash = item;
	while (value_item(&value, &item))
		if (!item_take(out, item)) {
			*why = "its entry has an item that is not understood";
			return false;
		}
	return true;
}

static bool
entry_take(const struct passwords *passwords, struct value key, struct value value,
           struct credential *out, const char **why)
{
	const char *slash = memchr(key.text, PASSWORDS_NAME_SEPARATOR, key.len);
	struct credential first = { 0 };
	struct value first_value;

	*out = (struct credential){ .login = key };
	if (slash) {
		size_t login_len = (size_t)(slash - key.text);

		out->name = (struct value){ slash + 1, key.len - login_len - 1 };
		/* It is nobody's without the login it belongs to, and locked with that. */
		if (!out->name.len
		    || !entry_find(passwords, key.text, login_len, &out->login, &first_value)) {
			out->login.len = 0;
			return false;
		}
		if (!value_take(&first, first_value, why))
			return false;
	}
	return value_take(out, value, why);
}

bool
passwords_find(const struct passwords *passwords, const char *login, struct credential *out,
               const char **why)
{
	struct value key, value;

	*out = (struct credential){ .login = { "", 0 } };
	*why = "no such login";
	return typed_find(passwords, login, &key, &value)
	       && entry_take(passwords, key, value, out, why);
}

bool
passwords_find_certificate(const struct passwords *passwords, const char *fingerprint,
                           struct credential *out, const char **why)
{
	struct value key, value, first_key, first_value;
	size_t at = 0;

	while (*fingerprint && table_next(&passwords->table, &at, &key, &value)) {
		if (entry_find(passwords, key.text, key.len, &first_key, &first_value)
		    && first_key.text == key.text && entry_take(passwords, key, value, out, why)
		    && out->certificate.len == strlen(fingerprint)
		    && strncasecmp(out->certificate.text, fingerprint, out->certificate.len) == 0)
			return true;
	}
	*out = (struct credential){ .login = { "", 0 } };
	*why = "nobody has this certificate";
	return false;
}

const char *
credential_refuses(const struct credential *credential, int64_t time_s, const char *client)
{
	int64_t end_s;

	if (credential->until.len
	    && (!passwords_day(credential->until.text, credential->until.len, &end_s)
	        || time_s >= end_s))
		return "this password was valid until an earlier day";
	for (size_t i = 0; i < credential->from_count; i++)
		if (network_has(credential->from[i].text, credential->from[i].len, client))
			return NULL;
	return credential->from_count ? "this password is not for the client's network" : NULL;
}

bool
credential_takes(const struct credential *credential, const char *mechanism)
{
	for (size_t i = 0; i < credential->by_count; i++)
		if (credential->by[i].len == strlen(mechanism)
		    && strncasecmp(credential->by[i].text, mechanism, credential->by[i].len) == 0)
			return true;
	return !credential->by_count;
}

bool
passwords_pretend(const struct passwords *passwords, struct scram_keys *out, const char *login)
{
	struct scram_keys seed;
	struct value value, item;

	if (!table_find(&passwords->table, everybody, 1, &value) || !value_item(&value, &item)
	    || !scram_keys_parse(&seed, item.text, item.len))
		return false;
	scram_keys_pretend(out, seed.stored, sizeof seed.stored, login, seed.iterations);
	return true;
}
