#include "mail/http.h"

#include "mail/address.h"

#include <string.h>
#include <strings.h>

enum { LENGTH_DIGITS_MAX = 10, CHUNK_DIGITS_MAX = 8, PORT_HTTPS = 443, PORT_MAX = 65535 };

/* Where we are. */
enum step {
	STATUS_LINE,
	FIELDS,
	LENGTH_BODY,  /* left says how much */
	ENDLESS_BODY, /* to the end of the connection */
	CHUNK_SIZE,
	CHUNK,
	CHUNK_END,
	TRAILER,
	WHOLE,
	BROKEN,
};

void
http_begin(struct http_reply *reply, size_t body_max)
{
	*reply = (struct http_reply){ .body_max = body_max, .step = STATUS_LINE };
}

bool
http_is_good(const struct http_reply *reply)
{
	return reply->status >= 200 && reply->status <= 299;
}

static int
fail(struct http_reply *reply, const char *why)
{
	reply->why = why;
	return BROKEN;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK" */
static int
status_line(struct http_reply *reply)
{
	const char *line = reply->line;

	if (strncmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' '
	    || line[9] < '1' || line[9] > '5' || !is_digit(line[10]) || !is_digit(line[11])
	    || (line[12] && line[12] != ' '))
		return fail(reply, "the server does not speak HTTP/1.1");
	reply->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
	return FIELDS;
}

static int
content_length(struct http_reply *reply, const char *value)
{
	uint64_t length = 0;
	size_t digits = 0;

	for (; is_digit(value[digits]); digits++)
		length = length * 10 + (uint64_t)(value[digits] - '0');
	if (!digits || digits > LENGTH_DIGITS_MAX || value[digits]
	    || (reply->has_length && reply->left != length))
		return fail(reply, "the server's Content-Length is no number");
	reply->has_length = true;
	reply->left = length;
	return FIELDS;
}

/* The type without its parameters. */
static bool
is_plain_text(const char *value)
{
	static const char type[] = "text/plain";

	return strncasecmp(value, type, sizeof type - 1) == 0
	       && (!value[sizeof type - 1] || strchr("; \t", value[sizeof type - 1]));
}

/* A field; spaces at the end of its value are gone. */
static int
field(struct http_reply *reply)
{
	char *value = reply->line + strcspn(reply->line, ": \t");

	if (*value != ':' || value == reply->line)
		return fail(reply, "a line of the server's header is no field");
	*value++ = 0;
	value += strspn(value, " \t");
	if (strcasecmp(reply->line, "Content-Type") == 0)
		reply->is_plain_text = is_plain_text(value);
	else if (strcasecmp(reply->line, "Content-Length") == 0)
		return content_length(reply, value);
	else if (strcasecmp(reply->line, "Transfer-Encoding") == 0) {
		if (reply->is_chunked || strcasecmp(value, "chunked") != 0)
			return fail(reply, "the server encodes its answer in a way not asked for");
		reply->is_chunked = true;
	} else if (strcasecmp(reply->line, "Content-Encoding") == 0
	           && strcasecmp(value, "identity") != 0)
		return fail(reply, "the server encodes its answer in a way not asked for");
	return FIELDS;
}

/* The header has ended: how does the body come? RFC 9112 6.3 */
static int
body_begin(struct http_reply *reply)
{
	if (reply->status < 200) { /* there is another answer to come */
		reply->status = 0;
		reply->has_length = reply->is_chunked = reply->is_plain_text = false;
		return STATUS_LINE;
	}
	if (!http_is_good(reply) || reply->status == 204)
		return WHOLE;
	if (reply->is_chunked)
		return reply->has_length ? fail(reply, "the server gives two lengths") : CHUNK_SIZE;
	if (!reply->has_length)
		return ENDLESS_BODY;
	if (reply->left > reply->body_max)
		return fail(reply, "the server's answer is too long");
	return reply->left ? LENGTH_BODY : WHOLE;
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "1f;extension" */
static int
chunk_size(struct http_reply *reply)
{
	size_t digits = 0;

	for (reply->left = 0; hex_digit(reply->line[digits]) >= 0; digits++) {
		if (digits == CHUNK_DIGITS_MAX)
			return fail(reply, "the server's answer is too long");
		reply->left = reply->left * 16 + (uint64_t)hex_digit(reply->line[digits]);
	}
	if (!digits || (reply->line[digits] && !strchr("; \t", reply->line[digits])))
		return fail(reply, "a chunk of the server's answer has no size");
	return reply->left ? CHUNK : TRAILER;
}

/* A line has ended: what is next? */
static int
line_take(struct http_reply *reply)
{
	while (reply->line_len && memchr("\r \t", reply->line[reply->line_len - 1], 3))
		reply->line_len--;
	reply->line[reply->line_len] = 0;
	if (strlen(reply->line) != reply->line_len)
		return fail(reply, "there is a NUL in the server's header");
	switch (reply->step) {
	case STATUS_LINE: return status_line(reply);
	case FIELDS: return reply->line_len ? field(reply) : body_begin(reply);
	case CHUNK_SIZE: return chunk_size(reply);
	case CHUNK_END:
		return reply->line_len ? fail(reply, "a chunk is not as long as it says")
		                       : CHUNK_SIZE;
	default: return reply->line_len ? TRAILER : WHOLE;
	}
}

/* Bytes up to the end of a line; returns how many. */
static size_t
line_feed(struct http_reply *reply, const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);
	size_t used = end ? (size_t)(end - bytes) : len;
	size_t kept =
	    used < HTTP_LINE_KEPT - reply->line_len ? used : HTTP_LINE_KEPT - reply->line_len;

	memcpy(reply->line + reply->line_len, bytes, kept);
	reply->line_len += kept;
	used += end != NULL;
	reply->head_bytes += used;
	if (reply->head_bytes > HTTP_HEAD_MAX)
		reply->step = fail(reply, "the server's header is too long");
	else if (end) {
		reply->step = line_take(reply);
		reply->line_len = 0;
	}
	return used;
}

/* Bytes of the body; returns how many. */
static size_t
body_feed(struct http_reply *reply, const char *bytes, size_t len)
{
	size_t used = reply->step != ENDLESS_BODY && reply->left < len ? (size_t)reply->left : len;

	if (used > reply->body_max - reply->body.len)
		reply->step = fail(reply, "the server's answer is too long");
	else if (!stralloc_catb(&reply->body, bytes, used))
		reply->step = fail(reply, "no memory");
	else if (reply->step != ENDLESS_BODY && (reply->left -= used) == 0)
		reply->step = reply->step == CHUNK ? CHUNK_END : WHOLE;
	return used;
}

static enum http_state
state(const struct http_reply *reply)
{
	return reply->step == WHOLE ? HTTP_WHOLE : reply->step == BROKEN ? HTTP_BROKEN : HTTP_MORE;
}

enum http_state
http_feed(struct http_reply *reply, const char *bytes, size_t len)
{
	while (len && state(reply) == HTTP_MORE) {
		bool in_body = reply->step == LENGTH_BODY || reply->step == ENDLESS_BODY
		               || reply->step == CHUNK;
		size_t used = (in_body ? body_feed : line_feed)(reply, bytes, len);

		bytes += used;
		len -= used;
	}
	return state(reply);
}

enum http_state
http_end(struct http_reply *reply)
{
	if (reply->step == ENDLESS_BODY)
		reply->step = WHOLE;
	else if (state(reply) == HTTP_MORE)
		reply->step = fail(reply, "the server broke off its answer");
	return state(reply);
}

static bool
port_read(const char *text, size_t len, unsigned int *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]) || i == 5)
			return false;
		*out = *out * 10 + (unsigned int)(text[i] - '0');
	}
	return *out && *out <= PORT_MAX;
}

bool
http_url(struct http_url *out, const char *url)
{
	static const char scheme[] = "https://";
	size_t len, host_len;

	if (strncasecmp(url, scheme, sizeof scheme - 1) != 0)
		return false;
	url += sizeof scheme - 1;
	len = strcspn(url, "/?#");
	host_len = strcspn(url, ":/?#");
	out->path = url + len;
	out->port = PORT_HTTPS;
	if (host_len >= sizeof out->host || url[0] == '[' || !domain_valid(url, host_len, false)
	    || (host_len < len && !port_read(url + host_len + 1, len - host_len - 1, &out->port)))
		return false;
	memcpy(out->host, url, host_len);
	out->host[host_len] = 0;
	for (const char *c = out->path; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '#')
			return false;
	return true;
}
