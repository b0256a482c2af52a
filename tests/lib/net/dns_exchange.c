/* Which answers are to our question, and that all comes to an end: servers that are silent, wrong, slow or too many. */
#include "net/dns_exchange.h"

#include "base/clock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define QUESTION    "\1A\4test\0\0\x0f\0\1"
#define QUERY       "\x12\x34\1\x20\0\1\0\0\0\0\0\0" QUESTION
#define BYTES(text) text, sizeof text - 1

static const struct {
	const char *sentence;
	const char *bytes;
	size_t len;
	bool fits;
} cases[] = {
	{ "an answer", BYTES("\x12\x34\x81\x80\0\1\0\0\0\0\0\0" QUESTION), true },
	{ "its case is another", BYTES("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1a\4TeSt\0\0\x0f\0\1"),
	  true },
	{ "there is more behind the question",
	  BYTES("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c"), true },
	{ "another id", BYTES("\x12\x35\x81\x80\0\1\0\0\0\0\0\0" QUESTION), false },
	{ "a question", BYTES(QUERY), false },
	{ "another name", BYTES("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1b\4test\0\0\x0f\0\1"), false },
	{ "a name that differs in a bit of no letter",
	  BYTES("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1A\x24test\0\0\x0f\0\1"), false },
	{ "another type", BYTES("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1A\4test\0\0\x2f\0\1"), false },
	{ "another class", BYTES("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1A\4test\0\0\x0f\0\3"), false },
	{ "no question", BYTES("\x12\x34\x81\x80\0\0\0\0\0\0\0\0"), false },
	{ "none, as is said, but there is one", BYTES("\x12\x34\x81\x80\0\0\0\0\0\0\0\0" QUESTION),
	  false },
	{ "two questions", BYTES("\x12\x34\x81\x80\0\2\0\0\0\0\0\0" QUESTION QUESTION), false },
	{ "a header that is cut", BYTES("\x12\x34\x81\x80\0\1\0"), false },
	{ "nothing", BYTES(""), false },
};

static void
check_cases(void)
{
	unsigned char *query = (unsigned char *)check_copy(BYTES(QUERY));

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char *bytes = (unsigned char *)check_copy(cases[i].bytes, cases[i].len);

		CHECK(dns_exchange_fits(query, sizeof QUERY - 1, bytes, cases[i].len)
		          == cases[i].fits,
		      cases[i].sentence);
		free(bytes);
	}
	for (size_t len = 0; len < sizeof QUERY - 1; len++) {
		char *cut = check_copy(cases[0].bytes, len);

		if (dns_exchange_fits(query, sizeof QUERY - 1, (unsigned char *)cut, len))
			CHECK(false, "an answer that is cut is none");
		free(cut);
	}
	free(query);
}

/* What a server does with a query: the answer's length; 0: it keeps still. */
typedef size_t behaviour(unsigned char *bytes, size_t len, bool by_tcp);

static size_t
answers(unsigned char *bytes, size_t len, bool by_tcp)
{
	(void)by_tcp;
	bytes[2] = 0x81;
	bytes[3] = 0x83;
	return len;
}

static size_t
fails(unsigned char *bytes, size_t len, bool by_tcp)
{
	answers(bytes, len, by_tcp);
	bytes[3] = 0x82;
	return len;
}

static size_t
knows_nobody(unsigned char *bytes, size_t len, bool by_tcp)
{
	answers(bytes, len, by_tcp);
	bytes[3] = 0;
	return len;
}

static size_t
is_silent(unsigned char *bytes, size_t len, bool by_tcp)
{
	(void)bytes, (void)len, (void)by_tcp;
	return 0;
}

static size_t
has_another_id(unsigned char *bytes, size_t len, bool by_tcp)
{
	answers(bytes, len, by_tcp);
	bytes[0] ^= 1;
	return len;
}

static size_t
sends_by_tcp(unsigned char *bytes, size_t len, bool by_tcp)
{
	answers(bytes, len, by_tcp);
	bytes[2] |= by_tcp ? 0 : 2;
	return by_tcp ? len + 4096 : len; /* which no datagram of it would have */
}

static size_t
fails_by_tcp(unsigned char *bytes, size_t len, bool by_tcp)
{
	answers(bytes, len, by_tcp);
	bytes[0] ^= by_tcp;
	bytes[2] |= by_tcp ? 0 : 2;
	return len;
}

static size_t
is_silent_by_tcp(unsigned char *bytes, size_t len, bool by_tcp)
{
	answers(bytes, len, by_tcp);
	bytes[2] |= 2;
	return by_tcp ? 0 : len;
}

static void
serve_tcp(int listener, behaviour *server)
{
	static unsigned char bytes[8192];
	int fd = accept(listener, NULL, NULL);
	ssize_t got = fd < 0 ? -1 : recv(fd, bytes, sizeof bytes, 0);
	size_t len = got > 2 ? server(bytes + 2, (size_t)got - 2, true) : 0;

	bytes[0] = (unsigned char)(len >> 8);
	bytes[1] = (unsigned char)len;
	/* In pieces: who reads it must put it together. */
	if (len)
		for (size_t at = 0; at < len + 2; at += 1000)
			send(fd, bytes + at, len + 2 - at < 1000 ? len + 2 - at : 1000,
			     MSG_NOSIGNAL);
	else
		pause();
	close(fd);
}

_Noreturn static void
serve(int udp, int tcp, behaviour *server)
{
	unsigned char bytes[512];
	struct sockaddr_storage from;
	socklen_t from_len;

	if (fork() == 0)
		for (;;)
			serve_tcp(tcp, server);
	for (;;) {
		ssize_t got;
		size_t len;

		from_len = sizeof from;
		got = recvfrom(udp, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
		len = got > 0 ? server(bytes, (size_t)got, false) : 0;
		if (len)
			sendto(udp, bytes, len, 0, (struct sockaddr *)&from, from_len);
	}
}

/* Starts it, and adds its address to conf. All end with the group that they are in. */
static void
start(struct resolv_conf *conf, behaviour *server)
{
	union resolv_conf_server here;
	socklen_t len = sizeof here.v4;
	int udp, tcp;

	do {
		memset(&here, 0, sizeof here);
		here.v4.sin_family = AF_INET;
		here.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		udp = socket(AF_INET, SOCK_DGRAM, 0);
		tcp = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(udp, &here.any, len) < 0 || getsockname(udp, &here.any, &len) < 0)
			abort();
	} while (bind(tcp, &here.any, len) < 0);
	listen(tcp, 8);
	if (server && fork() == 0)
		serve(udp, tcp, server);
	close(udp);
	close(tcp);
	conf->servers[conf->count++] = here;
}

static const struct {
	const char *sentence;
	behaviour *servers[3];
	bool by_tcp;
	size_t len;      /* of the answer */
	int at_least_ms; /* until it is there */
} roads[] = {
#define LEN (sizeof QUERY - 1)
	{ "an answer comes", { answers }, false, LEN, 0 },
	{ "who is not there, fails, or knows nobody is passed over at once",
	  { NULL, fails, answers },
	  false,
	  LEN,
	  0 },
	{ "an empty referral says nothing", { knows_nobody }, false, 0, 0 },
	{ "nobody is there", { NULL }, false, 0, 0 },
	{ "who is silent is waited for as long as is set",
	  { is_silent, answers },
	  false,
	  LEN,
	  950 },
	{ "a forged answer is passed over", { has_another_id, answers }, false, LEN, 950 },
	{ "what does not fit comes by TCP", { sends_by_tcp }, false, LEN + 4096, 0 },
	{ "and is looked at as closely", { fails_by_tcp }, false, 0, 0 },
	{ "all by TCP, where that is set", { sends_by_tcp }, true, LEN + 4096, 0 },
	{ "who is silent there is waited for as long",
	  { is_silent_by_tcp, answers },
	  false,
	  LEN,
	  950 },
};

static void
check_road(size_t i)
{
	struct resolv_conf conf;
	unsigned char query[] = QUERY, answer[8192];
	int64_t begin_ms, took_ms;
	size_t got;

	resolv_conf_init(&conf);
	conf.timeout_s = 1;
	conf.by_tcp = roads[i].by_tcp;
	start(&conf, roads[i].servers[0]);
	for (size_t j = 1; j < 3 && roads[i].servers[j]; j++)
		start(&conf, roads[i].servers[j]);
	begin_ms = clock_ms();
	got = dns_exchange(&conf, query, sizeof query - 1, answer, sizeof answer);
	took_ms = clock_ms() - begin_ms;
	/* The one who answers says NXDOMAIN. */
	CHECK(got == roads[i].len && (!got || answer[3] == 0x83) && took_ms >= roads[i].at_least_ms,
	      roads[i].sentence);
}

int
main(void)
{
	pid_t pid;
	int status;

	check_cases();
	for (size_t i = 0; i < sizeof roads / sizeof *roads; i++) {
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			setpgid(0, 0);
			check_road(i);
			fflush(stdout);
			signal(SIGTERM, SIG_IGN);
			kill(0, SIGTERM);
			_exit(check_end());
		}
		waitpid(pid, &status, 0);
		check_failed += status != 0;
	}
	return check_end();
}
