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
	ADDRESSES_MAX = 8,       /* of a host that are tried, both families together */
	CONNECT_MS = 15000,      /* the last of them, */
	CONNECT_FIRST_MS = 5000, /* and one that has another behind it */
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

/* Where a host may be asked, its families in turn: one that leads nowhere costs one attempt. */
struct addresses {
	char text[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t count;
	bool hid_private; /* there are others, which a stranger must not lead us to */
};

/* Those of one family take every second place, from the first one on. */
static void
family_find(const struct https *https, struct dns *dns, enum dns_type type, struct addresses *out,
            size_t first)
{
	static struct dns_answer answer;
	enum dns_status status = dns_ask(dns, https->host, type, &answer);
	char address[INET6_ADDRSTRLEN];

	if (status != DNS_SECURE && status != DNS_INSECURE)
		return;
	for (size_t i = first; i < ADDRESSES_MAX && dns_next_address(&answer, address);) {
		if (!network_is_public(address) && !networks_have(&https->networks, address)) {
			out->hid_private = true;
			continue;
		}
		strcpy(out->text[i], address);
		i += 2;
	}
}

static void
addresses_find(const struct https *https, struct dns *dns, struct addresses *out)
{
	*out = (struct addresses){ .count = 0 };
	family_find(https, dns, DNS_AAAA, out, 0);
	family_find(https, dns, DNS_A, out, 1);
	for (size_t i = 0; i < ADDRESSES_MAX; i++)
		if (*out->text[i])
			memmove(out->text[out->count++], out->text[i], sizeof *out->text);
}

static int
connect_host(struct https *https, struct dns *dns)
{
	struct addresses found;
	char what[INET6_ADDRSTRLEN + 32];
	size_t which;
	int fd = -1;

	addresses_find(https, dns, &found);
	for (size_t i = 0; fd < 0 && i < found.count && left_ms(https); i++) {
		bool is_last = i + 1 == found.count;
		const char *const addresses[2] = { found.text[i],
			                           is_last ? NULL : found.text[i + 1] };
		int64_t wait_ms = is_last ? CONNECT_MS : CONNECT_FIRST_MS;

		if (wait_ms > left_ms(https))
			wait_ms = left_ms(https);
		fd = connect_tcp_either(addresses, https->port, NULL, seconds(wait_ms), &which);
		snprintf(what, sizeof what, "cannot connect to %s", found.text[i]);
	}
	if (fd < 0 && found.count)
		fail(https, what, strerror(errno));
	else if (fd < 0 && found.hid_private)
		fail(https, https->host,
		     "its address is in a private network, where -n does not let us go");
	else if (fd < 0)
		fail(https, https->host, "it has no address that can be looked up");
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
