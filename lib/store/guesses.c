#include "store/guesses.h"

#include "base/hmac.h"
#include "base/io.h"
#include "base/spawn.h"
#include "mail/network.h"

#include <skalibs/random.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUCKETS = 8192, /* of PLACES: 65536 entries in 1 MiB */
	PLACES = 8,
	HOME_S = 30 * 24 * 3600,
};

static const char magic[16] = "smtpipe-guesses1";

struct entry {
	uint64_t key;
	int64_t until_s; /* 0 or past: free */
};

struct guesses_file {
	char magic[sizeof magic];
	char secret[SHA256_BYTES];
	char unused[4096 - sizeof magic - SHA256_BYTES];
	struct entry entries[BUCKETS][PLACES];
};

/* At so many at once, and then one in so many seconds. */
struct rate {
	char kind; /* tells keys of one text apart */
	unsigned int burst, each_s;
};

enum { TURNS_AT = 1 << 30 }; /* behind all that the file may hold */

static const struct rate network_rate = { 'n', 10, 60 };
static const struct rate stranger_rate = { 's', 5, 120 };
static const struct rate siege_rate = { 's', 1, 600 }; /* the same entries, counted harder */
static const struct rate home_rate = { 'h', 20, 60 };
static const struct rate login_rate = { 'l', 20, 60 }; /* above it: the login is guessed by many */
enum { AT_HOME = 'r' };

/* Bytes of the file, and beyond its end, where the turns are. A lock ends with the process, too. */
static bool
lock_bytes(const struct guesses *guesses, int how, short type, off_t start, off_t len)
{
	struct flock bytes = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len
	};
	int result;

	do
		result = fcntl(guesses->fd, how, &bytes);
	while (result < 0 && errno == EINTR);
	return result == 0;
}

/* All of the file, for as long as it takes to change a few entries. */
static void
lock(const struct guesses *guesses, short type)
{
	lock_bytes(guesses, F_SETLKW, type, 0, sizeof *guesses->map);
}

void
guesses_turn(const struct guesses *guesses)
{
	if (guesses->fd < 0)
		return;
	for (off_t i = 0; i < GUESSES_AT_ONCE; i++)
		if (lock_bytes(guesses, F_SETLK, F_WRLCK, TURNS_AT + i, 1))
			return;
	lock_bytes(guesses, F_SETLKW, F_WRLCK, TURNS_AT + getpid() % GUESSES_AT_ONCE, 1);
}

void
guesses_turn_over(const struct guesses *guesses)
{
	if (guesses->fd >= 0)
		lock_bytes(guesses, F_SETLK, F_UNLCK, TURNS_AT, GUESSES_AT_ONCE);
}

/* A new file gets its secret before anybody can use it: it has no magic till then. */
static bool
file_begin(struct guesses *guesses)
{
	struct guesses_file *map = guesses->map;
	static const char nothing[sizeof magic];
	bool ours;

	lock(guesses, F_WRLCK);
	if (memcmp(map->magic, nothing, sizeof nothing) == 0) {
		random_buf(map->secret, sizeof map->secret);
		memcpy(map->magic, magic, sizeof magic);
	}
	ours = memcmp(map->magic, magic, sizeof magic) == 0;
	lock(guesses, F_UNLCK);
	if (!ours)
		errno = EPROTO;
	return ours;
}

bool
guesses_open(struct guesses *out, const char *path)
{
	struct stat status;
	void *map = MAP_FAILED;

	*out = (struct guesses){ .fd = -1 };
	if (!path)
		return true;
	out->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out->fd < 0 || (out->fd = fd_high(out->fd)) < 0)
		return false;
	/* Nothing of what somebody else keeps there is grown or cut. */
	if (fstat(out->fd, &status) == 0
	    && (status.st_size == sizeof *out->map
	        || (status.st_size == 0 && ftruncate(out->fd, sizeof *out->map) == 0)))
		map = mmap(NULL, sizeof *out->map, PROT_READ | PROT_WRITE, MAP_SHARED, out->fd, 0);
	else
		errno = EPROTO;
	if (map != MAP_FAILED) {
		out->map = map;
		if (file_begin(out))
			return true;
	}
	guesses_close(out);
	return false;
}

void
guesses_close(struct guesses *guesses)
{
	if (guesses->map)
		munmap(guesses->map, sizeof *guesses->map);
	if (guesses->fd >= 0)
		io_close(guesses->fd);
	*guesses = (struct guesses){ .fd = -1 };
}

static uint64_t
key_of(const struct guesses *guesses, char kind, const char *login, const char *network)
{
	struct hmac hmac;
	char made[SHA256_BYTES];
	uint64_t key;

	hmac_start(&hmac, guesses->map->secret, sizeof guesses->map->secret);
	hmac_add(&hmac, &kind, 1);
	hmac_add(&hmac, login, strlen(login) + 1);
	hmac_add(&hmac, network, strlen(network) + 1);
	hmac_end(&hmac, made);
	memcpy(&key, made, sizeof key);
	return key;
}

/* The key's entry; where there is none, the one to be used for it, if it may be taken. */
static struct entry *
entry_find(const struct guesses *guesses, uint64_t key)
{
	struct entry *bucket = guesses->map->entries[key % BUCKETS], *first = bucket;

	for (size_t i = 0; i < PLACES; i++) {
		if (bucket[i].key == key)
			return &bucket[i];
		if (bucket[i].until_s < first->until_s)
			first = &bucket[i];
	}
	return first;
}

static int64_t
until_get(const struct guesses *guesses, uint64_t key)
{
	const struct entry *entry = entry_find(guesses, key);

	return entry->key == key ? entry->until_s : 0;
}

static void
until_set(const struct guesses *guesses, uint64_t key, int64_t until_s)
{
	*entry_find(guesses, key) = (struct entry){ key, until_s };
}

/* How far ahead of its rate anything can be; more is from a clock that was set back since. */
static int64_t
most_ahead(const struct rate *rate)
{
	return 2 * (int64_t)rate->burst * rate->each_s;
}

/* Seconds until one more is within the rate; 0: it is. */
static unsigned int
ahead(int64_t until_s, const struct rate *rate, int64_t time_s)
{
	int64_t allowed_s = time_s + (int64_t)(rate->burst - 1) * rate->each_s;

	if (until_s <= allowed_s || until_s > time_s + most_ahead(rate))
		return 0;
	return (unsigned int)(until_s - allowed_s);
}

static void
count(const struct guesses *guesses, uint64_t key, const struct rate *rate, int64_t time_s)
{
	int64_t until_s = until_get(guesses, key), most_s = time_s + most_ahead(rate);

	if (until_s < time_s || until_s > most_s)
		until_s = time_s;
	until_s += rate->each_s;
	until_set(guesses, key, until_s < most_s ? until_s : most_s);
}

static void
take_back(const struct guesses *guesses, uint64_t key, const struct rate *rate)
{
	int64_t until_s = until_get(guesses, key);

	if (until_s)
		until_set(guesses, key, until_s - rate->each_s);
}

/* What one try is counted by. */
struct keys {
	bool at_home;
	uint64_t home, here, login, network;
};

static struct keys
keys_get(const struct guesses *guesses, const char *login, const char *client, int64_t time_s)
{
	char network[NETWORK_TEXT_MAX];
	struct keys keys;

	network_of(network, client);
	keys.home = key_of(guesses, AT_HOME, login, network);
	keys.at_home = until_get(guesses, keys.home) > time_s;
	keys.here =
	    key_of(guesses, keys.at_home ? home_rate.kind : stranger_rate.kind, login, network);
	keys.login = key_of(guesses, login_rate.kind, login, "");
	keys.network = key_of(guesses, network_rate.kind, "", network);
	return keys;
}

static unsigned int
wait_get(const struct guesses *guesses, const struct keys *keys, int64_t time_s)
{
	bool siege = ahead(until_get(guesses, keys->login), &login_rate, time_s);
	const struct rate *rate = keys->at_home ? &home_rate : siege ? &siege_rate : &stranger_rate;
	unsigned int here = ahead(until_get(guesses, keys->here), rate, time_s);
	unsigned int network = ahead(until_get(guesses, keys->network), &network_rate, time_s);

	return keys->at_home || here > network ? here : network;
}

unsigned int
guesses_try(const struct guesses *guesses, const char *login, const char *client, int64_t time_s)
{
	struct keys keys;
	unsigned int wait_s;

	if (!guesses->map)
		return 0;
	lock(guesses, F_WRLCK);
	keys = keys_get(guesses, login, client, time_s);
	wait_s = wait_get(guesses, &keys, time_s);
	if (!wait_s && keys.at_home) {
		count(guesses, keys.here, &home_rate, time_s);
	} else if (!wait_s) {
		bool siege = ahead(until_get(guesses, keys.login), &login_rate, time_s);

		count(guesses, keys.here, siege ? &siege_rate : &stranger_rate, time_s);
		count(guesses, keys.login, &login_rate, time_s);
		count(guesses, keys.network, &network_rate, time_s);
	}
	lock(guesses, F_UNLCK);
	return wait_s;
}

void
guesses_right(const struct guesses *guesses, const char *login, const char *client, int64_t time_s)
{
	struct keys keys;

	if (!guesses->map)
		return;
	lock(guesses, F_WRLCK);
	keys = keys_get(guesses, login, client, time_s);
	until_set(guesses, keys.here, 0);
	if (!keys.at_home) {
		take_back(guesses, keys.login, &login_rate);
		take_back(guesses, keys.network, &network_rate);
	}
	until_set(guesses, keys.home, time_s + HOME_S);
	lock(guesses, F_UNLCK);
}
