#include "net/dns_exchange.h"

#include "base/clock.h"
#include "base/io.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Where things stand in a header, and how they are written. */
enum {
	FLAGS = 2, /* behind the id */
	RCODE = 3,
	COUNT = 4, /* of questions */
	ANSWERS = 6,
	ADDITIONAL = 10,
	COUNT_SIZE = 2,

	IS_ANSWER = 0x80, /* in the first byte of the flags */
	AUTHORITATIVE = 0x04,
	TRUNCATED = 0x02,
	RECURSES = 0x80, /* in the second */
	CODES = 0x0f,

	TYPE_AND_CLASS = 4, /* bytes at the end of a question */
	LENGTH = 2,         /* bytes before a message on TCP */
	LOWER = 0x20,       /* the bit of a letter that makes it small */
};

/* RFC 4343: the case of names counts for nothing. The length of a label is never a letter's byte. */
static bool
same_name(const unsigned char *a, const unsigned char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i]
		    && ((a[i] | LOWER) != (b[i] | LOWER) || (a[i] | LOWER) < 'a'
		        || (a[i] | LOWER) > 'z'))
			return false;
	return true;
}

bool
dns_exchange_fits(const unsigned char *query, size_t query_len, const unsigned char *answer,
                  size_t len)
{
	size_t type = query_len - TYPE_AND_CLASS;

	return query_len > DNS_HEADER + TYPE_AND_CLASS && len >= query_len
	       && memcmp(query, answer, FLAGS) == 0 && answer[FLAGS] & IS_ANSWER
	       && memcmp(query + COUNT, answer + COUNT, ANSWERS - COUNT) == 0
	       && same_name(query + DNS_HEADER, answer + DNS_HEADER, type - DNS_HEADER)
	       && memcmp(query + type, answer + type, TYPE_AND_CLASS) == 0;
}

/* Does it say anything? Not: "ask another" in one of its forms, an empty referral among them. */
static bool
is_word(const unsigned char *answer)
{
	static const unsigned char none[COUNT_SIZE];

	switch (answer[RCODE] & CODES) {
	case ns_r_nxdomain: return true;
	case ns_r_noerror:
		return memcmp(answer + ANSWERS, none, COUNT_SIZE) != 0
		       || memcmp(answer + ADDITIONAL, none, COUNT_SIZE) != 0
		       || answer[FLAGS] & AUTHORITATIVE || answer[RCODE] & RECURSES;
	default: return false;
	}
}

/* A socket of its own for each question: the kernel gives it a port that nobody can guess. */
static int
begin(const union resolv_conf_server *server, int type)
{
	socklen_t len = server->any.sa_family == AF_INET ? sizeof server->v4 : sizeof server->v6;
	int fd = socket(server->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, &server->any, len) < 0 && errno != EINPROGRESS) {
		io_close(fd);
		return -1;
	}
	return fd;
}

static size_t
by_datagram(int fd, const unsigned char *query, size_t len, unsigned char *answer, size_t size,
            int64_t deadline_ms)
{
	ssize_t got;

	if (send(fd, query, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 0;
	while (clock_ms() < deadline_ms && clock_wait(fd, POLLIN, deadline_ms)) {
		got = recv(fd, answer, size, 0);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return 0; /* nobody is there */
		if (got > 0 && dns_exchange_fits(query, len, answer, (size_t)got))
			return (size_t)got;
	}
	return 0;
}

static bool
receive(int fd, unsigned char *bytes, size_t len, int64_t deadline_ms)
{
	size_t have = 0;
	ssize_t got;

	while (have < len) {
		if (clock_ms() >= deadline_ms || !clock_wait(fd, POLLIN, deadline_ms))
			return false;
		got = recv(fd, bytes + have, len - have, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		have += got > 0 ? (size_t)got : 0;
	}
	return true;
}

static size_t
by_stream(int fd, const unsigned char *query, size_t len, unsigned char *answer, size_t size,
          int64_t deadline_ms)
{
	unsigned char out[LENGTH + DNS_QUERY_MAX], in[LENGTH];
	size_t got;

	out[0] = (unsigned char)(len >> 8);
	out[1] = (unsigned char)len;
	memcpy(out + LENGTH, query, len);
	len += LENGTH; /* that little fits into a new connection at once */
	if (!clock_wait(fd, POLLOUT, deadline_ms)
	    || send(fd, out, len, MSG_NOSIGNAL) != (ssize_t)len
	    || !receive(fd, in, LENGTH, deadline_ms))
		return 0;
	got = (size_t)in[0] << 8 | in[1];
	if (got > size || !receive(fd, answer, got, deadline_ms)
	    || !dns_exchange_fits(query, len - LENGTH, answer, got))
		return 0;
	return got;
}

static size_t
ask(const union resolv_conf_server *server, int type, unsigned int patience_s, unsigned char *query,
    size_t len, unsigned char *answer, size_t size)
{
	int64_t deadline_ms = clock_ms() + (int64_t)patience_s * 1000;
	size_t got;
	int fd;

	if (getrandom(query, FLAGS, 0) != FLAGS)
		return 0;
	fd = begin(server, type);
	if (fd < 0)
		return 0;
	got = (type == SOCK_STREAM ? by_stream : by_datagram)(fd, query, len, answer, size,
	                                                      deadline_ms);
	close(fd);
	return got;
}

/* All of them together have no more than the first one twice, and a bit, as C libraries have it. */
static unsigned int
patience_s(const struct resolv_conf *conf, size_t i)
{
	unsigned int seconds = conf->timeout_s << i;

	if (i > 0)
		seconds /= (unsigned int)conf->count;
	return seconds ? seconds : 1;
}

size_t
dns_exchange(const struct resolv_conf *conf, unsigned char *query, size_t len,
             unsigned char *answer, size_t size)
{
	for (unsigned int attempt = 0; attempt < conf->attempts; attempt++)
		for (size_t i = 0; i < conf->count; i++) {
			const union resolv_conf_server *server = &conf->servers[i];
			unsigned int seconds = patience_s(conf, i);
			size_t got = 0;

			if (!conf->by_tcp)
				got = ask(server, SOCK_DGRAM, seconds, query, len, answer, size);
			if (conf->by_tcp || (got && answer[FLAGS] & TRUNCATED))
				got = ask(server, SOCK_STREAM, seconds, query, len, answer, size);
			if (got && is_word(answer))
				return got;
		}
	return 0;
}
