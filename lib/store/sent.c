#include "store/sent.h"

#include "base/hmac.h"
#include "base/io.h"

#include <skalibs/random.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HOURS = 25, /* the one that runs, and 24 */
	HOUR_S = 3600,
	DAY_S = 24 * HOUR_S,
	MINUTE_MS = 60000,
	COUNTED = LIMIT_NEW_RECIPIENTS + 1, /* the limits of a day */
	BUCKETS = 512,
	PLACES = 8,
	NAME_MAX_BYTES = 100,
};

static const char magic[8] = "smtpsnt1";

const char *const limit_names[LIMITS] = { "messages", "recipients", "new-recipients", "rate",
	                                  "bytes" };
static const uint64_t defaults[LIMITS] = { 1000, 2000, 200, 200, UINT64_MAX };

struct recipient_seen {
	uint64_t key;
	int64_t last_s; /* 0: free */
};

struct sent_file {
	char magic[sizeof magic];
	char secret[SHA256_BYTES];
	int64_t hour; /* since 1970, of counts[...][0]; the others are before it */
	int64_t told_s;
	int64_t rate_until_ms; /* how far ahead of its rate it is */
	uint64_t counts[COUNTED][HOURS];
	char unused[4096 - sizeof magic - SHA256_BYTES - 3 * 8 - COUNTED * HOURS * 8];
	struct recipient_seen seen[BUCKETS][PLACES];
};

static bool
item_take(struct limits *out, const struct value *item)
{
	for (size_t i = 0; i < LIMITS; i++) {
		size_t len = strlen(limit_names[i]);
		char digits[UINT64_FMT];

		if (item->len <= len + 1 || memcmp(item->text, limit_names[i], len) != 0
		    || item->text[len] != '=')
			continue;
		if (item->len - len - 1 >= sizeof digits)
			return false;
		memcpy(digits, item->text + len + 1, item->len - len - 1);
		digits[item->len - len - 1] = 0;
		return uint640_scan(digits, &out->most[i]);
	}
	return false;
}

bool
limits_get(struct limits *out, const struct table *table, const char *login)
{
	struct value value, item;

	memcpy(out->most, defaults, sizeof defaults);
	if (!table
	    || (!table_find(table, login, strlen(login), &value)
	        && !table_find(table, "*", 1, &value)))
		return true;
	while (value_item(&value, &item)) {
		if (item.len == 4 && memcmp(item.text, "none", 4) == 0)
			for (size_t i = 0; i < LIMITS; i++)
				out->most[i] = UINT64_MAX;
		else if (!item_take(out, &item))
			return false;
	}
	return true;
}

/* The login where it can be a file's name and nothing else, otherwise "=" and a hash of it. */
static bool
name_add(stralloc *out, const char *login)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.@+";
	static const char hex[] = "0123456789abcdef";
	size_t len = strlen(login);
	char made[SHA256_BYTES];

	if (len && len <= NAME_MAX_BYTES && *login != '.' && strspn(login, plain) == len)
		return stralloc_cats(out, login);
	sha256_of(made, login, len);
	if (!stralloc_append(out, '='))
		return false;
	for (size_t i = 0; i < sizeof made; i++)
		if (!stralloc_append(out, hex[(unsigned char)made[i] >> 4])
		    || !stralloc_append(out, hex[made[i] & 15]))
			return false;
	return true;
}

static bool
lock(int fd)
{
	int locked;

	do
		locked = flock(fd, LOCK_EX);
	while (locked < 0 && errno == EINTR);
	return locked == 0;
}

/* Its size, and a secret if it is new; nothing of what somebody else keeps there is changed. */
static bool
file_map(struct sent *out)
{
	struct stat status;
	bool is_new;
	void *map;

	if (!lock(out->fd) || fstat(out->fd, &status) < 0)
		return false;
	is_new = status.st_size == 0;
	if (!S_ISREG(status.st_mode) || (!is_new && status.st_size != sizeof *out->map)) {
		errno = EPROTO;
		return false;
	}
	if (is_new && ftruncate(out->fd, sizeof *out->map) < 0)
		return false;
	map = mmap(NULL, sizeof *out->map, PROT_READ | PROT_WRITE, MAP_SHARED, out->fd, 0);
	if (map == MAP_FAILED)
		return false;
	out->map = map;
	if (!*out->map->magic) { /* also one that a crash has left empty */
		random_buf(out->map->secret, sizeof out->map->secret);
		memcpy(out->map->magic, magic, sizeof magic);
	}
	errno = EPROTO;
	return memcmp(out->map->magic, magic, sizeof magic) == 0;
}

bool
sent_open(struct sent *out, const char *folder, const char *login)
{
	stralloc path = STRALLOC_ZERO;

	*out = (struct sent){ .fd = -1 };
	if (stralloc_cats(&path, folder) && stralloc_append(&path, '/') && name_add(&path, login)
	    && stralloc_0(&path))
		out->fd = open(path.s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	stralloc_free(&path);
	if (out->fd >= 0 && file_map(out))
		return true;
	sent_close(out);
	return false;
}

void
sent_close(struct sent *sent)
{
	int saved = errno;

	if (sent->map)
		munmap(sent->map, sizeof *sent->map);
	if (sent->fd >= 0)
		close(sent->fd);
	*sent = (struct sent){ .fd = -1 };
	errno = saved;
}

/* Hours that have passed since move the counts on. A clock that was set back forgets them. */
static void
hours_pass(struct sent_file *file, int64_t hour)
{
	int64_t passed = hour - file->hour;

	if (passed == 0)
		return;
	for (size_t i = 0; i < COUNTED; i++) {
		uint64_t *counts = file->counts[i];
		size_t kept = passed > 0 && passed < HOURS ? (size_t)(HOURS - passed) : 0;

		memmove(counts + HOURS - kept, counts, kept * sizeof *counts);
		memset(counts, 0, (HOURS - kept) * sizeof *counts);
	}
	file->hour = hour;
}

/* From when on can so many more be added? 0: at once; -1: never. */
static int64_t
again_get(const struct sent_file *file, enum limit limit, uint64_t more, uint64_t most)
{
	const uint64_t *counts = file->counts[limit];
	uint64_t sum = 0;

	if (more > most)
		return -1;
	for (size_t i = 0; i < HOURS; i++)
		sum += counts[i];
	if (sum + more <= most)
		return 0;
	for (size_t i = HOURS; i-- > 0;) { /* the oldest fall out first */
		sum -= counts[i];
		if (sum + more <= most)
			return (file->hour - (int64_t)i + HOURS) * HOUR_S;
	}
	return -1;
}

static uint64_t
key_of(const struct sent_file *file, const char *recipient)
{
	char made[SHA256_BYTES];
	uint64_t key;

	hmac_of(made, file->secret, sizeof file->secret, recipient, strlen(recipient));
	memcpy(&key, made, sizeof key);
	return key;
}

/* The recipient's place; where it has none, the one that was not used for longest. */
static struct recipient_seen *
place_of(struct sent_file *file, uint64_t key)
{
	struct recipient_seen *bucket = file->seen[key % BUCKETS], *oldest = bucket;

	for (size_t i = 0; i < PLACES; i++) {
		if (bucket[i].last_s && bucket[i].key == key)
			return &bucket[i];
		if (bucket[i].last_s < oldest->last_s)
			oldest = &bucket[i];
	}
	return oldest;
}

static uint64_t
count_new(struct sent_file *file, const char *const *recipients, size_t count)
{
	uint64_t fresh = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t key = key_of(file, recipients[i]);
		const struct recipient_seen *seen = place_of(file, key);

		fresh += !seen->last_s || seen->key != key;
	}
	return fresh;
}

static bool
refuse(struct sent_answer *out, const struct limits *limits, enum limit limit, int64_t again_s)
{
	*out = (struct sent_answer){ .limit = limit,
		                     .most = limits->most[limit],
		                     .again_s = again_s > 0 ? again_s : 0 };
	return false;
}

/* As many at once as in a minute, then one after the other. */
static bool
rate_allows(struct sent_answer *out, const struct sent_file *file, const struct limits *limits,
            int64_t time_s)
{
	uint64_t rate = limits->most[LIMIT_RATE];
	int64_t now_ms = time_s * 1000, ahead_ms = file->rate_until_ms - now_ms;

	if (rate > MINUTE_MS || ahead_ms > 2 * MINUTE_MS) /* the clock was set back */
		return true;
	if (!rate)
		return refuse(out, limits, LIMIT_RATE, -1);
	if (ahead_ms <= MINUTE_MS - MINUTE_MS / (int64_t)rate)
		return true;
	return refuse(out, limits, LIMIT_RATE, time_s + 1 + MINUTE_MS / 1000 / (int64_t)rate);
}

static void
count(struct sent_file *file, const struct limits *limits, const uint64_t *more,
      const char *const *recipients, size_t recipients_count, int64_t time_s)
{
	uint64_t rate = limits->most[LIMIT_RATE];
	int64_t now_ms = time_s * 1000;

	for (size_t i = 0; i < COUNTED; i++)
		file->counts[i][0] += more[i];
	if (rate && rate <= MINUTE_MS) {
		if (file->rate_until_ms < now_ms || file->rate_until_ms > now_ms + 2 * MINUTE_MS)
			file->rate_until_ms = now_ms;
		file->rate_until_ms += MINUTE_MS / (int64_t)rate;
	}
	for (size_t i = 0; i < recipients_count; i++) {
		uint64_t key = key_of(file, recipients[i]);

		*place_of(file, key) = (struct recipient_seen){ key, time_s };
	}
}

struct sent_answer
sent_add(struct sent *sent, const struct limits *limits, const char *const *recipients,
         size_t recipients_count, uint64_t bytes, int64_t time_s)
{
	struct sent_file *file = sent->map;
	struct sent_answer answer = { .allowed = true };
	uint64_t more[COUNTED] = { 1, recipients_count, 0 };

	hours_pass(file, time_s / HOUR_S);
	more[LIMIT_NEW_RECIPIENTS] = count_new(file, recipients, recipients_count);
	if (bytes > limits->most[LIMIT_BYTES])
		refuse(&answer, limits, LIMIT_BYTES, -1);
	for (size_t i = 0; i < COUNTED && answer.allowed; i++) {
		int64_t again_s = again_get(file, i, more[i], limits->most[i]);

		if (again_s)
			refuse(&answer, limits, i, again_s);
	}
	if (answer.allowed && rate_allows(&answer, file, limits, time_s)) {
		count(file, limits, more, recipients, recipients_count, time_s);
	} else if (answer.again_s) {
		answer.is_first = file->told_s > time_s || file->told_s <= time_s - DAY_S;
		if (answer.is_first)
			file->told_s = time_s;
	}
	return answer;
}
