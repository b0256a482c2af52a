/* Answers of web servers: the same comes out wherever they are cut, and it is never too long. */
#include "mail/http.h"

#include "fuzz/fuzz.h"

enum { BODY_MAX = 100 };

static void
read_reply(struct http_reply *reply, const char *bytes, size_t len, size_t step)
{
	enum http_state state = HTTP_MORE;

	http_begin(reply, BODY_MAX);
	for (size_t at = 0; at < len && state == HTTP_MORE; at += step) {
		size_t size = len - at < step ? len - at : step;
		char *piece = fuzz_piece(bytes + at, size);

		state = http_feed(reply, piece, size);
		free(piece);
	}
	state = http_end(reply);
	assert(state != HTTP_MORE && (state == HTTP_BROKEN) == (reply->why != NULL));
	assert(reply->body.len <= BODY_MAX);
	assert(reply->status == 0 || (reply->status >= 100 && reply->status <= 599));
	assert(state == HTTP_BROKEN || http_is_good(reply) || reply->body.len == 0);
}

static void
fuzz(char *bytes, size_t len)
{
	struct http_reply once, again;
	struct http_url url;
	char *text = fuzz_string(bytes, len);

	read_reply(&once, bytes, len, len + 1);
	read_reply(&again, bytes, len, fuzz_step(len));
	assert(once.status == again.status && once.why == again.why
	       && once.is_plain_text == again.is_plain_text
	       && (once.why || fuzz_same(&once.body, &again.body)));
	stralloc_free(&once.body);
	stralloc_free(&again.body);
	if (http_url(&url, text))
		assert(*url.host && strlen(url.host) < sizeof url.host && url.port
		       && url.port <= 65535 && fuzz_printable(url.path, strlen(url.path)));
	free(text);
}
