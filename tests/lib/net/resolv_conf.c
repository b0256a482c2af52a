/* What a host's settings say of its resolvers, whatever else stands there. */
#include "net/resolv_conf.h"

#include <arpa/inet.h>

#include "check.h"

static const struct {
	const char *sentence;
	const char *text;
	const char *servers; /* as text, each with a space behind it */
	unsigned int timeout_s, attempts;
	bool trusts_ad, by_tcp;
} cases[] = {
	{ "nothing", "", "", 5, 2, false, false },
	{ "a server", "nameserver 192.0.2.1\n", "192.0.2.1 ", 5, 2, false, false },
	{ "of either family, in their order", "nameserver ::1\nnameserver\t127.0.0.1",
	  "::1 127.0.0.1 ", 5, 2, false, false },
	{ "of many the first three",
	  "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver "
	  "192.0.2.4\n",
	  "192.0.2.1 192.0.2.2 192.0.2.3 ", 5, 2, false, false },
	{ "what is no address is none", "nameserver ns.test\nnameserver\nnameserver 1.2.3\n", "", 5,
	  2, false, false },
	{ "nor is one with a scope, or too long",
	  "nameserver fe80::1%lo\nnameserver 1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa\n",
	  "", 5, 2, false, false },
	{ "comments do not count",
	  "# nameserver ::1\n;nameserver ::2\nnameserver ::3#4\noptions trust-ad; use-vc", "::3 ",
	  5, 2, true, false },
	{ "nor a line that begins with a space, or another word",
	  " nameserver ::1\nnameservers ::2\nNameserver ::3\n", "", 5, 2, false, false },
	{ "options, in many lines",
	  "options timeout:3 attempts:4\noptions\ttrust-ad  use-vc edns0\n", "", 3, 4, true, true },
	{ "too much is as much as there may be",
	  "options timeout:31 attempts:99999999999999999999\n", "", 30, 5, false, false },
	{ "nothing is one", "options timeout:0 attempts:0\n", "", 1, 1, false, false },
	{ "what is no number changes nothing", "options timeout:x attempts: trust-ad:1\n", "", 5, 2,
	  false, false },
	{ "search lists are not for us", "search example.org\ndomain example.org\n", "", 5, 2,
	  false, false },
};

static void
servers_write(char *out, size_t size, const struct resolv_conf *conf)
{
	char address[INET6_ADDRSTRLEN];

	*out = 0;
	for (size_t i = 0; i < conf->count; i++) {
		const union resolv_conf_server *server = &conf->servers[i];
		bool is_v4 = server->any.sa_family == AF_INET;

		inet_ntop(server->any.sa_family,
		          is_v4 ? (const void *)&server->v4.sin_addr : &server->v6.sin6_addr,
		          address, sizeof address);
		snprintf(out + strlen(out), size - strlen(out), "%s ", address);
		if (ntohs(is_v4 ? server->v4.sin_port : server->v6.sin6_port) != 53)
			strcpy(out, "wrong port");
	}
}

int
main(void)
{
	struct resolv_conf conf;
	char servers[256];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);

		resolv_conf_init(&conf);
		resolv_conf_read(&conf, text, len);
		servers_write(servers, sizeof servers, &conf);
		CHECK(strcmp(servers, cases[i].servers) == 0 && conf.timeout_s == cases[i].timeout_s
		          && conf.attempts == cases[i].attempts
		          && conf.trusts_ad == cases[i].trusts_ad && conf.by_tcp == cases[i].by_tcp,
		      cases[i].sentence);
		free(text);
	}
	resolv_conf_init(&conf);
	resolv_conf_read(&conf, "nameserver ::1\0 2\n", 18);
	CHECK(conf.count == 0, "a NUL is no end of an address");
	return check_end();
}
