/*
 * http - a web server's answer to one request, read as it comes in (RFC 9112)
 *
 * Only what a client needs that asks for one small thing and goes no further: no redirects, no
 * encodings, no second request on the connection. The server is a stranger.
 */
#ifndef MAIL_HTTP_H
#define MAIL_HTTP_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { /* bytes */
       HTTP_HEAD_MAX = 16 << 10,
       HTTP_LINE_KEPT = 512, /* of a longer line the rest is dropped */
};

enum http_state {
	HTTP_MORE,   /* there is more to come */
	HTTP_WHOLE,  /* the answer is complete; without a good status, its body is not read */
	HTTP_BROKEN, /* why says what is wrong */
};

struct http_reply {
	int status;         /* 200 to 599; 0: not yet known */
	bool is_plain_text; /* its type is text/plain, whatever its parameters */
	const char *why;    /* for good */
	stralloc body;      /* the caller frees it */

	size_t body_max; /* the rest is the module's own */
	int step;
	bool has_length, is_chunked;
	uint64_t left; /* of the body, or of the chunk */
	size_t head_bytes, line_len;
	char line[HTTP_LINE_KEPT + 1];
};

/* body_max: bytes; a longer body is broken */
void http_begin(struct http_reply *reply, size_t body_max);

/* Takes all bytes; what is behind a whole answer is dropped. */
enum http_state http_feed(struct http_reply *reply, const char *bytes, size_t len);

/* The connection has ended: is the answer whole by that? */
enum http_state http_end(struct http_reply *reply);

/* Is the status one of success, 200 to 299? */
bool http_is_good(const struct http_reply *reply);

/*
 * http_url - take an "https://host[:port]/path" apart (RFC 3986 3)
 *
 * host     a domain name or IPv4 address
 * path     a view into url: the rest, from "/" or "?" on; it may be empty. It has printable ASCII only.
 * returns  false: another scheme, a user, a fragment, or not well-formed
 */
struct http_url {
	char host[256];
	unsigned int port; /* 443, where it is not given */
	const char *path;
};
bool http_url(struct http_url *out, const char *url);

#endif
