#include "net/resolv_conf.h"

#include <arpa/inet.h>
#include <string.h>

enum { PORT = 53 };

void
resolv_conf_init(struct resolv_conf *conf)
{
	memset(conf, 0, sizeof *conf);
	conf->timeout_s = RESOLV_CONF_TIMEOUT_S;
	conf->attempts = RESOLV_CONF_ATTEMPTS;
}

bool
resolv_conf_add(struct resolv_conf *conf, const char *text, size_t len, unsigned int port)
{
	union resolv_conf_server *server = &conf->servers[conf->count];
	char address[INET6_ADDRSTRLEN];

	if (conf->count == RESOLV_CONF_SERVERS || len >= sizeof address || memchr(text, 0, len))
		return false;
	memcpy(address, text, len);
	address[len] = 0;
	memset(server, 0, sizeof *server);
	if (inet_pton(AF_INET, address, &server->v4.sin_addr) == 1) {
		server->v4.sin_family = AF_INET;
		server->v4.sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, address, &server->v6.sin6_addr) == 1) {
		server->v6.sin6_family = AF_INET6;
		server->v6.sin6_port = htons((uint16_t)port);
	} else
		return false;
	conf->count++;
	return true;
}

/* The next word of a line, behind *at; its length, 0: there is none. */
static size_t
word(const char *line, size_t len, size_t *at)
{
	size_t begin;

	while (*at < len && (line[*at] == ' ' || line[*at] == '\t'))
		++*at;
	begin = *at;
	while (*at < len && line[*at] != ' ' && line[*at] != '\t')
		++*at;
	return *at - begin;
}

static bool
is(const char *text, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(text, name, len) == 0;
}

/* "name:number", of one to max; more is max, and what is no number changes nothing. */
static void
number(const char *text, size_t len, const char *name, unsigned int max, unsigned int *out)
{
	size_t at = strlen(name);
	unsigned int value = 0;

	if (len <= at || memcmp(text, name, at) != 0)
		return;
	for (; at < len; at++) {
		if (text[at] < '0' || text[at] > '9')
			return;
		value = value * 10 + (unsigned int)(text[at] - '0');
		if (value > max)
			value = max;
	}
	*out = value ? value : 1;
}

void
resolv_conf_options(struct resolv_conf *conf, const char *text, size_t len)
{
	size_t at = 0, size;

	while ((size = word(text, len, &at))) {
		const char *option = text + at - size;

		number(option, size, "timeout:", RESOLV_CONF_TIMEOUT_MAX, &conf->timeout_s);
		number(option, size, "attempts:", RESOLV_CONF_ATTEMPTS_MAX, &conf->attempts);
		if (is(option, size, "trust-ad"))
			conf->trusts_ad = true;
		if (is(option, size, "use-vc"))
			conf->by_tcp = true;
	}
}

static void
read_line(struct resolv_conf *conf, const char *line, size_t len)
{
	size_t at = 0, size;

	for (size_t i = 0; i < len; i++)
		if (line[i] == '#' || line[i] == ';')
			len = i;
	size = word(line, len, &at);
	if (size != at) /* a line that begins with a space is none */
		return;
	if (is(line, size, "options")) {
		resolv_conf_options(conf, line + at, len - at);
	} else if (is(line, size, "nameserver")) {
		size = word(line, len, &at);
		resolv_conf_add(conf, line + at - size, size, PORT);
	}
}

void
resolv_conf_read(struct resolv_conf *conf, const char *text, size_t len)
{
	const char *end = text + len, *next;

	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		read_line(conf, text, (size_t)(next - text));
	}
}
