/* STS-02: answers of web servers, whole and in single bytes. */
#include "mail/http.h"

#include "check.h"

enum { BODY_MAX = 16 };

static const struct {
	const char *sentence, *text;
	size_t len;
	enum http_state state; /* HTTP_MORE: whole at the end of the connection */
	int status;
	bool is_plain_text;
	const char *body;
} cases[] = {
#define BYTES(text) text, sizeof text - 1
	{ "an answer",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"),
	  HTTP_WHOLE, 200, true, "abc" },
	{ "what is behind it does not count",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 500 x"), HTTP_WHOLE, 200,
	  false, "abc" },
	{ "lines that end in LF, no words", BYTES("HTTP/1.0 200\ncontent-length:3\n\nabc"),
	  HTTP_WHOLE, 200, false, "abc" },
	{ "a type with parameters",
	  BYTES("HTTP/1.1 200 OK\r\nCONTENT-TYPE: Text/Plain;charset=utf-8\r\n"
	        "Content-Length: 0\r\n\r\n"),
	  HTTP_WHOLE, 200, true, "" },
	{ "a type that begins alike",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Type: text/plainer\r\n"
	        "Content-Length: 0\r\n\r\n"),
	  HTTP_WHOLE, 200, false, "" },
	{ "a body to the end of the connection", BYTES("HTTP/1.1 200 OK\r\n\r\nabc"), HTTP_MORE,
	  200, false, "abc" },
	{ "chunks",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	        "3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n"),
	  HTTP_WHOLE, 200, false, "abc0123456789" },
	{ "an answer before the answer",
	  BYTES("HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n"
	        "Content-Length: 1\r\n\r\na"),
	  HTTP_WHOLE, 200, false, "a" },
	{ "a redirect has no body",
	  BYTES("HTTP/1.1 302 Found\r\nLocation: https://a/\r\n"
	        "Content-Length: 999999\r\n\r\n"),
	  HTTP_WHOLE, 302, false, "" },
	{ "no content", BYTES("HTTP/1.1 204 No Content\r\n\r\n"), HTTP_WHOLE, 204, false, "" },
	{ "a body that is too long by its length",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n"), HTTP_BROKEN, 200, false, NULL },
	{ "a body that is too long", BYTES("HTTP/1.1 200 OK\r\n\r\n01234567890123456"), HTTP_BROKEN,
	  200, false, NULL },
	{ "chunks that are too long together",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n012345678901\r\n"
	        "6\r\n012345\r\n0\r\n\r\n"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "a chunk that is too long for any memory",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"), HTTP_BROKEN,
	  200, false, NULL },
	{ "a chunk that is longer than it says",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "a chunk without size",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n"), HTTP_BROKEN, 200,
	  false, NULL },
	{ "a negative size", BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "two lengths",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "a length and chunks",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "another encoding", BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "a compressed body", BYTES("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "a length that is no number", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3 4\r\n\r\nabc"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "a fold", BYTES("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n"), HTTP_BROKEN, 200, false, NULL },
	{ "space before the colon", BYTES("HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "a line that is no field", BYTES("HTTP/1.1 200 OK\r\nwhat\r\n\r\n"), HTTP_BROKEN, 200,
	  false, NULL },
	{ "a NUL", BYTES("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"), HTTP_BROKEN, 200, false, NULL },
	{ "HTTP/2", BYTES("HTTP/2 200 OK\r\n\r\n"), HTTP_BROKEN, 0, false, NULL },
	{ "a status of four digits", BYTES("HTTP/1.1 2000 OK\r\n\r\n"), HTTP_BROKEN, 0, false,
	  NULL },
	{ "another protocol", BYTES("220 mx.example.org ESMTP\r\n"), HTTP_BROKEN, 0, false, NULL },
	{ "an answer that breaks off in its header", BYTES("HTTP/1.1 200 OK\r\nX: y\r\n"),
	  HTTP_BROKEN, 200, false, NULL },
	{ "an answer that breaks off in its body",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"), HTTP_BROKEN, 200, false, NULL },
	{ "an answer that breaks off in a chunk",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"), HTTP_BROKEN, 200,
	  false, NULL },
	{ "an answer that breaks off before the last chunk",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"), HTTP_BROKEN,
	  200, false, NULL },
	{ "nothing", BYTES(""), HTTP_BROKEN, 0, false, NULL },
};

static bool
reads(size_t i, size_t step)
{
	struct http_reply reply;
	enum http_state state = HTTP_MORE;
	bool good;

	http_begin(&reply, BODY_MAX);
	for (size_t at = 0; at < cases[i].len && state == HTTP_MORE; at += step) {
		size_t len = cases[i].len - at < step ? cases[i].len - at : step;
		char *copy = check_copy(cases[i].text + at, len);

		state = http_feed(&reply, copy, len);
		free(copy);
	}
	good = cases[i].state != HTTP_BROKEN ? state == cases[i].state : state != HTTP_WHOLE;
	state = http_end(&reply);
	good = good && state == (cases[i].state == HTTP_BROKEN ? HTTP_BROKEN : HTTP_WHOLE)
	       && (state == HTTP_BROKEN) == (reply.why != NULL) && reply.status == cases[i].status
	       && (!cases[i].body
	           || (reply.is_plain_text == cases[i].is_plain_text
	               && reply.body.len == strlen(cases[i].body)
	               && (!reply.body.len
	                   || memcmp(reply.body.s, cases[i].body, reply.body.len) == 0)));
	stralloc_free(&reply.body);
	return good;
}

static const struct {
	const char *sentence, *url;
	const char *host; /* NULL: it is none */
	unsigned int port;
	const char *path;
} urls[] = {
	{ "a URL", "https://a.example.org/v1/tls?x=y", "a.example.org", 443, "/v1/tls?x=y" },
	{ "without path", "HTTPS://a.example.org", "a.example.org", 443, "" },
	{ "with a port", "https://a.example.org:8443/", "a.example.org", 8443, "/" },
	{ "an address", "https://127.0.0.1:1/", "127.0.0.1", 1, "/" },
	{ "a question alone", "https://a.example.org?x", "a.example.org", 443, "?x" },
	{ "another scheme", "http://a.example.org/", NULL, 0, NULL },
	{ "a user", "https://u@a.example.org/", NULL, 0, NULL },
	{ "a password", "https://u:p@a.example.org/", NULL, 0, NULL },
	{ "a fragment", "https://a.example.org/#x", NULL, 0, NULL },
	{ "a line end", "https://a.example.org/\r\nX: y", NULL, 0, NULL },
	{ "a space", "https://a.example.org/a b", NULL, 0, NULL },
	{ "eight-bit bytes", "https://a.example.org/\303\244", NULL, 0, NULL },
	{ "no host", "https:///a", NULL, 0, NULL },
	{ "no port", "https://a.example.org:/", NULL, 0, NULL },
	{ "port 0", "https://a.example.org:0/", NULL, 0, NULL },
	{ "port 65536", "https://a.example.org:65536/", NULL, 0, NULL },
	{ "nothing", "", NULL, 0, NULL },
};

int
main(void)
{
	char head[HTTP_HEAD_MAX + 100] = "HTTP/1.1 200 OK\r\nX: ";
	struct http_reply reply;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = true;

		for (size_t step = 1; step < cases[i].len + 2; step++)
			good = good && reads(i, step);
		CHECK(good, cases[i].sentence);
	}
	memset(head + strlen(head), 'x', sizeof head - strlen(head));
	http_begin(&reply, BODY_MAX);
	CHECK(http_feed(&reply, head, HTTP_HEAD_MAX) == HTTP_MORE
	          && http_feed(&reply, head + HTTP_HEAD_MAX, 1) == HTTP_BROKEN,
	      "a header has an end");
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct http_url url;
		bool good = http_url(&url, urls[i].url);

		CHECK(good == (urls[i].host != NULL)
		          && (!good
		              || (strcmp(url.host, urls[i].host) == 0 && url.port == urls[i].port
		                  && strcmp(url.path, urls[i].path) == 0)),
		      urls[i].sentence);
	}
	return check_end();
}
