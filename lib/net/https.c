#include "net/https.h"

#include "base/clock.h"
#include "net/connect.h"
#include "net/tls_pump.h"
#include "net/tls_verify.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

enum {
	ADDRESSES_MAX = 8,  /* of a host that are tried, both families together */
	CONNECT_MS = 15000, /* one of them: the next one may answer */
	READ_BYTES = 8192,
};

static bool
fail(struct https *https, const char *what, const char *why)
{
	snprintf(https->why, sizeof https->why, "%s%s%s", what, why ? ": " : "", why ? why : "");
	for (char *c = https->why; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return false;
}

static int64_t
left_ms(const struct https *https)
{
	int64_t left = https->deadline_ms - clock_ms();

	return left > 0 ? left : 0;
}

/* Seconds for one step, at least one. */
static unsigned int
seconds(int64_t ms)
{
	return (unsigned int)((ms + 999) / 1000);
}

/* Tries the addresses of one family. -1: none answers; errno of the last one, if any was tried. */
static int
connect_family(const struct https *https, struct dns *dns, enum dns_type type, size_t *tried)
{
	static struct dns_answer answer;
	char address[INET6_ADDRSTRLEN];
	enum dns_status status = dns_ask(dns, https->host, type, &answer);
	int fd = -1;

	if (status != DNS_SECURE && status != DNS_INSECURE)
		return -1;
	while (fd < 0 && *tried < ADDRESSES_MAX && left_ms(https)
	       && dns_next_address(&answer, address)) {
		int64_t wait_ms = left_ms(https) < CONNECT_MS ? left_ms(https) : CONNECT_MS;

		(*tried)++;
		errno = EACCES;
		if (!network_is_public(address) && !networks_have(&https->networks, address))
			continue;
		fd = connect_tcp(address, https->port, NULL, seconds(wait_ms));
	}
	return fd;
}

static int
connect_host(struct https *https, struct dns *dns)
{
	size_t tried = 0;
	int fd = connect_family(https, dns, DNS_AAAA, &tried);

	if (fd < 0)
		fd = connect_family(https, dns, DNS_A, &tried);
	if (fd < 0)
		fail(https,
		     tried ? "cannot connect to the web server" : "the web server has no address",
		     tried ? strerror(errno) : NULL);
	return fd;
}

static struct tls *
tls_prepare(struct https *https, int fd)
{
	struct tls_config *config = tls_init() < 0 ? NULL : tls_config_new();
	struct tls *tls = config ? tls_client() : NULL;

	if (tls
	    && (tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) < 0
	        || tls_config_set_ciphers(config, TLS_CIPHERS) < 0)) {
		tls_free(tls);
		tls = NULL;
	}
	if (tls) {
		/* tls_verify() does it after the handshake, and can say why not. */
		tls_config_insecure_noverifycert(config);
		tls_config_insecure_noverifyname(config);
		if (tls_configure(tls, config) < 0
		    || tls_connect_fds(tls, fd, fd, https->host) < 0) {
			tls_free(tls);
			tls = NULL;
		}
	}
	if (!tls)
		fail(https, "cannot set up TLS", NULL);
	if (config)
		tls_config_free(config);
	return tls;
}

/* The handshake, and whether the server is who it should be. */
static bool
shake_hands(struct https *https, struct tls *tls, int fd)
{
	const struct tls_ends ends = { fd, fd, -1, -1 };
	const char *why = tls_handshake_within(tls, &ends, (int)seconds(left_ms(https)));
	const char *type;
	const uint8_t *chain;
	size_t len = 0;

	if (why)
		return fail(https, "no TLS with the web server", why);
	if (https->takes_any)
		return true;
	chain = tls_peer_cert_chain_pem(tls, &len);
	why = tls_verify(chain, len, &https->host, 1, https->ca, &type);
	https->untrusted = why;
	return !why || fail(https, "the web server's certificate is not good", why);
}

/* Does TLS only want to be called again? Then it waits until that makes sense. */
static bool
wait_for(struct https *https, int fd, ssize_t result)
{
	return (result == TLS_WANT_POLLIN || result == TLS_WANT_POLLOUT)
	       && (clock_wait(fd, result == TLS_WANT_POLLIN ? POLLIN : POLLOUT, https->deadline_ms)
	           || fail(https, "the web server is too slow", NULL));
}

static bool
send_all(struct https *https, struct tls *tls, int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = tls_write(tls, bytes, len);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (!wait_for(https, fd, n))
			return https->why[0] ? false
			                     : fail(https, "the web server takes no request", NULL);
	}
	return true;
}

static bool
read_reply(struct https *https, struct tls *tls, int fd, struct http_reply *reply)
{
	enum http_state state = HTTP_MORE;
	char bytes[READ_BYTES];

	while (state == HTTP_MORE) {
		ssize_t n = tls_read(tls, bytes, sizeof bytes);

		if (clock_ms() >= https->deadline_ms)
			return fail(https, "the web server is too slow", NULL);
		if (n > 0)
			state = http_feed(reply, bytes, (size_t)n);
		else if (n == 0)
			state = http_end(reply);
		else if (!wait_for(https, fd, n))
			return https->why[0]
			           ? false
			           : fail(https, "the web server broke off its answer", NULL);
	}
	return state == HTTP_WHOLE || fail(https, reply->why, NULL);
}

bool
https_ask(struct https *https, struct dns *dns, const char *request, size_t len,
          struct http_reply *reply)
{
	struct tls *tls;
	bool done;
	int fd;

	https->why[0] = 0;
	https->untrusted = false;
	fd = connect_host(https, dns);
	if (fd < 0)
		return false;
	tls = tls_prepare(https, fd);
	done = tls && shake_hands(https, tls, fd) && send_all(https, tls, fd, request, len)
	       && read_reply(https, tls, fd, reply);
	tls_free(tls);
	close(fd);
	return done;
}
