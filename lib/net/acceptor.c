#include "net/acceptor.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/sandbox.h"
#include "base/spawn.h"
#include "net/ask.h"
#include "net/listen.h"

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_PER_CLIENT = 5 }; /* ... and for a moment a few of a stage that is being started */
enum { LEAVING = 64 };       /* speakers whose connection has ended, or that wait for one */
enum { EVENTS = 64, LISTENERS_MAX = 16 };

/* What an event is about: a listening socket, or one of a connection's two descriptors. */
struct source {
	enum { LISTENER, CHANNEL, TLS, ENDED } kind;
	int fd; /* of a listener */
	struct connection *connection;
};

/* Whom connections count for. */
struct holder {
	unsigned char network[8]; /* an IPv4 address, or the /64 of an IPv6 one */
	unsigned int count;       /* connections; none: it is freed */
};

struct connection {
	struct steward steward;
	struct source channel, tls;
	struct holder *holder;
	struct connection *next, **link; /* the newest is the first */
};

struct house {
	const struct acceptor *acceptor;
	const struct steward_settings *settings;
	int events;
	int speakers; /* where clients are given to those who speak with them */
	struct source listeners[LISTENERS_MAX];
	size_t listener_count;
	struct connection *connections;
	struct connection *ended; /* freed after the turn: further events may speak of them */
	unsigned int count;
	struct judges judges;
	sigset_t waiting; /* the signals blocked while we wait */
	bool closing;     /* sessions end with their transaction */
	bool left;        /* nobody comes any more, and who is here may stay */
	bool full_said;   /* once until there is room again */
};

static volatile sig_atomic_t asked_to_stop, asked_for_successor;

static void
stop(int signal_number)
{
	if (signal_number == SIGHUP)
		asked_for_successor = 1;
	else
		asked_to_stop = 1;
}

static bool
watch(struct house *house, int fd, struct source *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(house->events, EPOLL_CTL_ADD, fd, &event) == 0;
}

/*
 * To close a descriptor is not enough: it is watched as long as anybody has it, as a program that was
 * forked a moment ago and is not exec'd yet.
 */
static void
unwatch(struct house *house, int fd)
{
	if (fd >= 0)
		epoll_ctl(house->events, EPOLL_CTL_DEL, fd, NULL);
}

static void
listen_all(struct house *house)
{
	int fds[LISTENERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < house->acceptor->count; i++)
		count +=
		    listen_open(house->acceptor->addresses[i], fds + count, LISTENERS_MAX - count);
	for (size_t i = 0; i < count; i++) {
		house->listeners[i] = (struct source){ .kind = LISTENER, .fd = fds[i] };
		if (!watch(house, fds[i], &house->listeners[i]))
			die_temporary("cannot wait for clients");
	}
	house->listener_count = count;
}

/* --- connections --- */

static struct connection *
connection_new(struct house *house)
{
	struct connection *connection = calloc(1, sizeof *connection);

	if (!connection)
		return NULL;
	steward_start(&connection->steward, house->settings);
	if (!house->settings->login) /* who logs in is a person, and not an address */
		connection->steward.judges = &house->judges;
	connection->channel = (struct source){ .kind = CHANNEL, .connection = connection };
	connection->tls = (struct source){ .kind = TLS, .connection = connection };
	connection->next = house->connections;
	connection->link = &house->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	house->connections = connection;
	house->count++;
	return connection;
}

static void
connection_end(struct house *house, struct connection *connection)
{
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	unwatch(house, connection->steward.channel);
	unwatch(house, connection->steward.tls_control);
	steward_end(&connection->steward);
	if (connection->holder && --connection->holder->count == 0)
		free(connection->holder);
	connection->channel.kind = connection->tls.kind = ENDED;
	connection->next = house->ended;
	house->ended = connection;
	house->count--;
	house->full_said = false;
}

static void
free_ended(struct house *house)
{
	while (house->ended) {
		struct connection *connection = house->ended;

		house->ended = connection->next;
		free(connection);
	}
}

/* Who is this? The address goes to the steward as text. */
static struct holder
name_client(struct connection *connection, const struct sockaddr_storage *peer)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
	char *text = connection->steward.client;
	struct holder holder = { .count = 0 };

	if (peer->ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
		memcpy(holder.network, &six->sin6_addr, 8);
		inet_ntop(AF_INET6, &six->sin6_addr, text, STEWARD_CLIENT_MAX);
	} else if (peer->ss_family == AF_INET || peer->ss_family == AF_INET6) {
		const void *address = peer->ss_family == AF_INET
		                          ? (const void *)&four->sin_addr
		                          : (const void *)&six->sin6_addr.s6_addr[12];

		memset(holder.network, 0xff, 4); /* no /64 begins so: ff is multicast */
		memcpy(holder.network + 4, address, 4);
		inet_ntop(AF_INET, address, text, STEWARD_CLIENT_MAX);
	}
	return holder;
}

/* The holder with this network, whether it has connections already or not. NULL: no memory. */
static struct holder *
holder_find(const struct house *house, const struct holder *like)
{
	struct holder *new;

	for (const struct connection *c = house->connections; c; c = c->next)
		if (c->holder
		    && memcmp(c->holder->network, like->network, sizeof like->network) == 0)
			return c->holder;
	if ((new = malloc(sizeof *new)) != NULL)
		*new = *like;
	return new;
}

static void
turn_away(struct house *house, struct connection *connection, const char *why)
{
	static const char reply[] = "421 4.7.0 too many connections, try again later\r\n";
	struct steward *steward = &connection->steward;

	if (!house->acceptor->implicit_tls && !steward->network_given)
		send(steward->network, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(steward->network,
	         SHUT_RDWR); /* its speaker, or its TLS program, may have it, too */
	if (!house->full_said)
		log_event("turned-away", "client", steward->client, "text", why, NULL);
	connection_end(house, connection);
	house->full_said = true;
}

/*
 * All places are taken: one of the client that has the most of them is given to one that has fewer.
 *
 * The oldest that has not begun a message; only where there is none, the oldest. So whoever keeps
 * silent on all places, from a few addresses, keeps nobody out.
 */
static bool
make_room(struct house *house, const struct connection *newcomer)
{
	struct connection *found = NULL;

	for (struct connection *c = house->connections; c; c = c->next)
		if (c->holder->count > newcomer->holder->count
		    && (!found || c->holder->count > found->holder->count
		        || (c->holder->count == found->holder->count
		            && (!c->steward.message_begun || found->steward.message_begun))))
			found = c;
	if (found)
		turn_away(house, found, "all places are taken (-j), and this client had the most");
	return found;
}

/* If nobody forks speakers any more, we are of no use: who supervises us starts all anew. */
static void
lack_speakers(const struct connection *connection)
{
	log_warn_sys("cannot start a speaker for ", connection->steward.client);
	if (errno == ECONNREFUSED || errno == EPIPE || errno == ENOTCONN || errno == ECONNRESET)
		asked_to_stop = 1;
}

static void
start_speaker(struct house *house, struct connection *connection)
{
	struct steward *steward = &connection->steward;
	struct caller caller;
	int ends[2], client;

	memset(&caller, 0, sizeof caller);
	strcpy(caller.conn, steward->conn);
	strcpy(caller.client, steward->client);
	caller.tls = *steward->tls;
	caller.certificate = *steward->certificate;
	client = house->acceptor->implicit_tls ? steward->tls_clear[0] : steward->network;
	if (!ask_open(ends)) {
		log_warn_sys("cannot make a socket pair for ", steward->client);
		connection_end(house, connection);
		return;
	}
	steward->channel = caller.channel = ends[1];
	if (!watch(house, ends[1], &connection->channel)
	    || !speakers_give(house->speakers, &caller, client, ends[0])) {
		lack_speakers(connection);
		connection_end(house, connection);
		close(ends[0]);
		return;
	}
	close(ends[0]);
	if (house->closing)
		ask_close(ends[1]);
	if (house->acceptor->implicit_tls) {
		close(steward->tls_clear[0]);
		steward->tls_clear[0] = steward->tls_clear[1] = -1;
	}
}

/* false: nobody waits there. */
static bool
take_client(struct house *house, int listener)
{
	const struct acceptor *acceptor = house->acceptor;
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof peer;
	int client = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC), on = 1;
	struct connection *connection;
	struct steward *steward;
	struct holder holder;

	if (client < 0 || (client = fd_high(client)) < 0)
		return false; /* it's gone already, or we have no descriptors left: it waits */
	if (!(connection = connection_new(house))) {
		close(client);
		return true;
	}
	steward = &connection->steward;
	steward->network = client;
	holder = name_client(connection, &peer);
	if (!(connection->holder = holder_find(house, &holder))) {
		connection_end(house, connection);
		return true;
	}
	if (++connection->holder->count > acceptor->per_client) {
		turn_away(house, connection, "this client has too many connections (-J)");
		return true;
	}
	if (house->count > acceptor->total && !make_room(house, connection)) {
		turn_away(house, connection, "all places are taken (-j)");
		return true;
	}
	id_make(steward->conn);
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	log_ids(steward->conn, NULL);
	log_event("connect", "client", steward->client, "role", house->settings->role, NULL);
	if (!acceptor->implicit_tls)
		start_speaker(house, connection);
	else if (!steward_ask_tls(steward) || !watch(house, steward->tls_control, &connection->tls))
		connection_end(house, connection);
	return true;
}

/* A speaker asks, or is gone. */
static void
serve_channel(struct house *house, struct connection *connection)
{
	struct steward *steward = &connection->steward;

	if (!steward_answer(steward)) {
		connection_end(house, connection);
		return;
	}
	if (steward->tls_asked && !watch(house, steward->tls_control, &connection->tls))
		connection_end(house, connection);
}

static void
serve_tls(struct house *house, struct connection *connection)
{
	unwatch(house, connection->steward.tls_control); /* it may be closed here */
	switch (steward_tls(&connection->steward)) {
	case STEWARD_TLS_ON:
		if (house->acceptor->implicit_tls)
			start_speaker(house, connection);
		break;
	case STEWARD_TLS_FAILED:
		if (house->acceptor->implicit_tls)
			connection_end(house, connection);
		break; /* else the speaker ends by itself */
	case STEWARD_TLS_MORE:
		if (!watch(house, connection->steward.tls_control, &connection->tls))
			connection_end(house, connection);
		break;
	}
}

/* Descriptors for all places: else a full house would wait for them in circles. */
static void
raise_limit(const struct acceptor *acceptor)
{
	rlim_t wanted = (rlim_t)acceptor->total * FDS_PER_CLIENT + JUDGES_MAX + 64;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = wanted < files.rlim_max ? wanted : files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void
begin(struct house *house)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t blocked;

	raise_limit(house->acceptor);
	fd_reserve();

	/* Signals come only while we wait for events, so that none can be missed. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, &house->waiting);
	sigdelset(&house->waiting, SIGTERM);
	sigdelset(&house->waiting, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* nobody asks how a child ended: its channel tells that it did */
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	house->events = fd_high(epoll_create1(EPOLL_CLOEXEC));
	if (house->events < 0)
		die_temporary("cannot wait for events");
	listen_all(house);
	sandbox_enter(house->acceptor->rights);
	if (sandbox_lacks())
		log_warn("this kernel cannot confine us wholly; it lacks ", sandbox_lacks());
	if (house->acceptor->ready) {
		if (write((int)house->acceptor->ready, "\n", 1) != 1)
			log_warn_sys("cannot say ready on the descriptor of -R");
		close((int)house->acceptor->ready);
	}
}

/* No more clients; those who are here may finish what they have begun. */
static void
close_doors(struct house *house)
{
	for (size_t i = 0; i < house->listener_count; i++)
		close(house->listeners[i].fd);
	house->closing = true;
	for (struct connection *c = house->connections; c; c = c->next)
		if (c->steward.channel >= 0)
			ask_close(c->steward.channel);
	log_ids(NULL, NULL);
	log_event("stopping", NULL);
}

/*
 * Who supervises us shall start a successor, with new settings. Those who are here are served to their
 * end by a process that is left behind; the successor can listen at once. Who waits at the door comes
 * in before: the end of a listening socket would turn them away.
 */
static void
leave_behind(struct house *house)
{
	for (size_t i = 0; i < house->listener_count; i++) {
		while (take_client(house, house->listeners[i].fd)) {
		}
		unwatch(house, house->listeners[i].fd);
		close(house->listeners[i].fd);
	}
	house->listener_count = 0;
	house->left = true;
	log_ids(NULL, NULL);
	log_event("left-behind", NULL);
	if (fork() > 0)
		_exit(0);
	/* A fork that has failed leaves us to do it: the successor comes when all have gone. */
}

bool
acceptor_run(const struct acceptor *acceptor, const struct steward_settings *settings,
             struct caller *caller)
{
	struct house house = { .acceptor = acceptor, .settings = settings };
	struct epoll_event events[EVENTS];

	if (speakers_start(&house.speakers, acceptor->total + LEAVING, acceptor->speaker_rights,
	                   caller))
		return true;
	begin(&house);
	while ((!house.closing && !house.left) || house.count) {
		int idle_ms = judges_expire(&house.judges, clock_ms());
		int count = epoll_pwait(house.events, events, EVENTS, idle_ms, &house.waiting);

		if (asked_to_stop && !house.closing)
			close_doors(&house);
		if (asked_for_successor && !house.closing && !house.left)
			leave_behind(&house);
		for (int i = 0; i < count; i++) {
			struct source *source = events[i].data.ptr;

			switch (source->kind) {
			case LISTENER:
				if (!house.closing && !house.left)
					take_client(&house, source->fd);
				break;
			case CHANNEL:
				log_ids(source->connection->steward.conn, NULL);
				serve_channel(&house, source->connection);
				break;
			case TLS:
				log_ids(source->connection->steward.conn, NULL);
				serve_tls(&house, source->connection);
				break;
			case ENDED: break;
			}
		}
		free_ended(&house);
	}
	return false;
}
