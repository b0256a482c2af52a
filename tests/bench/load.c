/*
 * load - hand messages to an SMTP server as fast as it takes them, and say how fast that was
 *
 *     load [-c connections] [-n messages] [-m per-connection] [-s bytes] [-T clear|starttls|tls]
 *          [-a login:password] [-p] [-q] [-f sender] [-r recipient] [-i] port
 *
 * One process, one thread, epoll; to 127.0.0.1 only. -p: MAIL, RCPT and DATA in one packet.
 * -q: leave right behind QUIT, as many clients do, and do not wait for its reply.
 * -i: open the connections (after TLS and login, if asked for), say "idle", and keep them until
 * standard input ends: for counting a server's memory. Prints one line of name=value pairs; times in
 * milliseconds. A message's time runs from the connect (one message a connection) or from its MAIL.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum step { GREETING, EHLO, STARTTLS, HANDSHAKE, AUTH, MAIL, RCPT, DATA, BODY, QUIT, IDLE, GONE };

struct connection {
	int fd;
	SSL *ssl;
	enum step step;
	bool tls;            /* the handshake is done */
	unsigned int left;   /* messages still to send here */
	unsigned int expect; /* replies before the next step */
	double started_ms;
	const char *out; /* what is being sent */
	size_t out_len;
	size_t in_len;
	char in[4096];
	char text[1024];
};

static struct options {
	unsigned int connections, messages, per_connection;
	size_t bytes;
	bool starttls, tls, pipelined, leaves, idle;
	const char *login, *sender, *recipient;
	int port;
} opt = { .connections = 10,
	  .messages = 1000,
	  .per_connection = 1,
	  .bytes = 10240,
	  .sender = "alice@example.test",
	  .recipient = "bob@example.test" };

static SSL_CTX *context;
static char *body, *auth_line;
static size_t body_len;
static unsigned int started, finished, failed, idle, open_connections;
static double *latencies_ms;
static int events;

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static _Noreturn void
die(const char *what)
{
	perror(what);
	exit(111);
}

static void
make_body(void)
{
	static const char header[] = "From: <alice@example.test>\r\nTo: <bob@example.test>\r\n"
	                             "Subject: load\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
	                             "Message-ID: <load@example.test>\r\n\r\n";
	size_t len = sizeof header - 1;

	body = malloc(opt.bytes + 256);
	if (!body)
		die("malloc");
	memcpy(body, header, len);
	while (len < opt.bytes) {
		memset(body + len, 'a' + (int)(len % 26), 70);
		memcpy(body + len + 70, "\r\n", 2);
		len += 72;
	}
	memcpy(body + len, ".\r\n", 3);
	body_len = len + 3;
}

static void
make_auth(void)
{
	unsigned char plain[256] = { 0 };
	const char *colon = opt.login ? strchr(opt.login, ':') : NULL;
	size_t len;

	if (!colon || (len = strlen(opt.login)) > sizeof plain - 2)
		return;
	memcpy(plain + 1, opt.login, len); /* NUL login NUL password: RFC 4616 */
	plain[1 + (colon - opt.login)] = 0;
	auth_line = malloc(512);
	if (!auth_line)
		die("malloc");
	strcpy(auth_line, "AUTH PLAIN ");
	EVP_EncodeBlock((unsigned char *)auth_line + strlen(auth_line), plain, (int)len + 1);
	strcat(auth_line, "\r\n");
}

static void
watch(struct connection *c, uint32_t wanted)
{
	struct epoll_event event = { .events = wanted, .data.ptr = c };

	if (epoll_ctl(events, EPOLL_CTL_MOD, c->fd, &event) < 0
	    && epoll_ctl(events, EPOLL_CTL_ADD, c->fd, &event) < 0)
		die("epoll_ctl");
}

static void say(struct connection *c, const char *text, size_t len, unsigned int replies);
static void connection_open(struct connection *c);

static void
connection_close(struct connection *c)
{
	if (c->ssl)
		SSL_free(c->ssl);
	close(c->fd);
	c->ssl = NULL;
	c->step = GONE;
	open_connections--;
}

static void
leave(struct connection *c)
{
	connection_close(c);
	if (started < opt.messages)
		connection_open(c);
}

static void
fail(struct connection *c, const char *why)
{
	if (failed++ < 5)
		fprintf(stderr, "load: step %d: %s\n", c->step, why);
	finished += c->left; /* they will never be sent */
	leave(c);
}

/* 1 done, 0 wait (watched), -1 gone */
static int
tls_wait(struct connection *c, int result)
{
	switch (SSL_get_error(c->ssl, result)) {
	case SSL_ERROR_WANT_READ: watch(c, EPOLLIN); return 0;
	case SSL_ERROR_WANT_WRITE: watch(c, EPOLLOUT); return 0;
	default: return -1;
	}
}

static void
send_more(struct connection *c)
{
	while (c->out_len) {
		ssize_t n;

		if (c->tls) {
			n = SSL_write(c->ssl, c->out, (int)c->out_len);
			if (n <= 0) {
				if (tls_wait(c, (int)n) < 0)
					fail(c, "lost while sending");
				return;
			}
		} else {
			n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
			if (n < 0 && errno == EAGAIN) {
				watch(c, EPOLLOUT);
				return;
			}
			if (n < 0) {
				fail(c, "lost while sending");
				return;
			}
		}
		c->out += n;
		c->out_len -= (size_t)n;
	}
	watch(c, EPOLLIN);
}

static void
say(struct connection *c, const char *text, size_t len, unsigned int replies)
{
	c->out = text;
	c->out_len = len;
	c->expect = replies;
	send_more(c);
}

static void
say_line(struct connection *c, enum step step, const char *line)
{
	c->step = step;
	say(c, line, strlen(line), 1);
}

static void
next_message(struct connection *c)
{
	int len;

	if (!c->left) {
		say_line(c, QUIT, "QUIT\r\n");
		if (opt.leaves && c->step == QUIT && !c->out_len)
			leave(c);
		return;
	}
	if (opt.per_connection > 1)
		c->started_ms = now_ms();
	if (opt.pipelined) {
		len =
		    snprintf(c->text, sizeof c->text, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n",
		             opt.sender, opt.recipient);
		c->step = DATA;
		say(c, c->text, (size_t)len, 3);
	} else {
		snprintf(c->text, sizeof c->text, "MAIL FROM:<%s>\r\n", opt.sender);
		say_line(c, MAIL, c->text);
	}
}

static void
ready(struct connection *c)
{
	if (opt.idle) {
		c->step = IDLE;
		idle++;
	} else {
		next_message(c);
	}
}

/* The step's last reply has come, with this first digit. */
static void
advance(struct connection *c, char digit)
{
	switch (c->step) {
	case GREETING: say_line(c, EHLO, "EHLO load.example\r\n"); break;
	case EHLO:
		if (opt.starttls && !c->tls)
			say_line(c, STARTTLS, "STARTTLS\r\n");
		else if (auth_line)
			say_line(c, AUTH, auth_line);
		else
			ready(c);
		break;
	case AUTH: ready(c); break;
	case MAIL:
		snprintf(c->text, sizeof c->text, "RCPT TO:<%s>\r\n", opt.recipient);
		say_line(c, RCPT, c->text);
		break;
	case RCPT: say_line(c, DATA, "DATA\r\n"); break;
	case DATA:
		if (digit != '3') {
			fail(c, "DATA refused");
			return;
		}
		c->step = BODY;
		say(c, body, body_len, 1);
		break;
	case BODY:
		latencies_ms[finished - failed] = now_ms() - c->started_ms;
		finished++;
		c->left--;
		next_message(c);
		break;
	case QUIT: leave(c); break;
	default: break;
	}
}

static void
handshake(struct connection *c)
{
	int done = SSL_connect(c->ssl);

	if (done == 1) {
		c->tls = true;
		watch(c, EPOLLIN);
		if (opt.starttls)
			say_line(c, EHLO, "EHLO load.example\r\n");
		else
			c->step = GREETING;
	} else if (tls_wait(c, done) < 0) {
		fail(c, "handshake failed");
	}
}

static void
start_handshake(struct connection *c)
{
	c->ssl = SSL_new(context);
	SSL_set_fd(c->ssl, c->fd);
	c->step = HANDSHAKE;
	handshake(c);
}

static void
take_replies(struct connection *c)
{
	char *feed;

	while (c->step != GONE && (feed = memchr(c->in, '\n', c->in_len)) != NULL) {
		char digit = c->in[0], more = c->in[3];
		size_t len = (size_t)(feed - c->in) + 1;

		if ((digit != '2' && digit != '3') || len < 5) {
			*feed = 0;
			fail(c, c->in);
			return;
		}
		c->in_len -= len;
		memmove(c->in, c->in + len, c->in_len);
		if (more == '-')
			continue;
		if (c->step == STARTTLS) {
			start_handshake(c);
			return;
		}
		if (c->expect > 1)
			c->expect--;
		else
			advance(c, digit);
	}
}

static void
receive(struct connection *c)
{
	ssize_t n;

	if (c->tls) {
		do {
			n = SSL_read(c->ssl, c->in + c->in_len, (int)(sizeof c->in - c->in_len));
			if (n <= 0) {
				if (tls_wait(c, (int)n) < 0)
					fail(c, "lost");
				return;
			}
			c->in_len += (size_t)n;
			take_replies(c);
		} while (c->step != GONE && c->ssl && SSL_pending(c->ssl));
		return;
	}
	n = recv(c->fd, c->in + c->in_len, sizeof c->in - c->in_len, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(c, "lost");
		return;
	}
	c->in_len += (size_t)n;
	take_replies(c);
}

static void
connection_open(struct connection *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		                  .sin_port = htons((uint16_t)opt.port),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	memset(c, 0, sizeof *c);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c->started_ms = now_ms();
	c->left = opt.per_connection;
	if (c->left > opt.messages - started)
		c->left = opt.messages - started;
	started += c->left;
	open_connections++;
	if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
		die("connect");
	if (opt.tls) {
		struct pollfd wait = { .fd = c->fd, .events = POLLOUT };

		poll(&wait, 1, 10000);
		start_handshake(c);
	} else {
		c->step = GREETING;
		c->expect = 1;
		watch(c, EPOLLIN);
	}
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report(double seconds)
{
	unsigned int good = finished - failed;

	qsort(latencies_ms, good, sizeof *latencies_ms, by_size);
#define AT(part) (good ? latencies_ms[(unsigned int)((double)(good - 1) * (part))] : 0)
	printf("messages=%u failed=%u seconds=%.3f rate=%.1f mbytes_s=%.1f p50=%.2f p95=%.2f "
	       "p99=%.2f max=%.2f\n",
	       good, failed, seconds, good / seconds,
	       (double)good * (double)body_len / seconds / 1e6, AT(.5), AT(.95), AT(.99), AT(1.0));
}

static void
parse_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "c:n:m:s:T:a:pqf:r:i")) != -1)
		switch (c) {
		case 'c': opt.connections = (unsigned int)atoi(optarg); break;
		case 'n': opt.messages = (unsigned int)atoi(optarg); break;
		case 'm': opt.per_connection = (unsigned int)atoi(optarg); break;
		case 's': opt.bytes = (size_t)atol(optarg); break;
		case 'T':
			opt.starttls = strcmp(optarg, "starttls") == 0;
			opt.tls = strcmp(optarg, "tls") == 0;
			break;
		case 'a': opt.login = optarg; break;
		case 'p': opt.pipelined = true; break;
		case 'q': opt.leaves = true; break;
		case 'f': opt.sender = optarg; break;
		case 'r': opt.recipient = optarg; break;
		case 'i': opt.idle = true; break;
		default: exit(111);
		}
	if (optind + 1 != argc)
		exit(111);
	opt.port = atoi(argv[optind]);
	if (opt.idle)
		opt.messages = opt.connections;
}

int
main(int argc, char **argv)
{
	struct connection *connections;
	struct epoll_event happened[64];
	double start;
	char byte;

	parse_options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	make_body();
	make_auth();
	context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context,
	                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	latencies_ms = calloc(opt.messages + 1, sizeof *latencies_ms);
	connections = calloc(opt.connections, sizeof *connections);
	events = epoll_create1(EPOLL_CLOEXEC);
	if (!latencies_ms || !connections || events < 0)
		die("start");
	start = now_ms();
	for (unsigned int i = 0; i < opt.connections && started < opt.messages; i++)
		connection_open(&connections[i]);
	while (open_connections && idle < open_connections) {
		int count = epoll_wait(events, happened, 64, 60000);

		if (count <= 0) {
			fprintf(stderr, "load: nothing happens any more\n");
			failed++;
			break;
		}
		for (int i = 0; i < count; i++) {
			struct connection *c = happened[i].data.ptr;

			if (c->step == GONE)
				continue;
			if (c->step == HANDSHAKE)
				handshake(c);
			else if (c->out_len)
				send_more(c);
			else
				receive(c);
		}
	}
	if (opt.idle) {
		printf("idle connections=%u\n", idle);
		fflush(stdout);
		while (read(0, &byte, 1) > 0) {
		}
		return failed != 0;
	}
	report((now_ms() - start) / 1e3);
	return failed != 0;
}
