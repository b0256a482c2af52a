#include "net/tls_pump.h"

#include "base/io.h"
#include "net/tls_facts.h"

#include <skalibs/iopause.h>
#include <skalibs/tai.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PUMP_BYTES = 8192, LINGER_S = 1 };

/* One direction. It is filled only when empty: TLS wants a write that must wait repeated alike. */
struct flow {
	char *bytes; /* PUMP_BYTES: not in here, so that zeroing a flow touches none of them */
	size_t start, len;
	bool source_ended;
	bool sink_ended; /* it has been told of the end, or takes no more */
};

struct pump {
	struct tls *tls;
	struct tls_ends ends;
	struct flow in, out;       /* from the network, to the network */
	short in_needs, out_needs; /* what the network must be ready for before TLS goes on */
	bool broken;
};

static bool
nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* Else a first small reply waits 40 ms for the client to acknowledge the end of the handshake. */
static void
without_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a pipe has none: no matter */
}

/* Does TLS only want to be called again? Then what for. */
static bool
must_wait(ssize_t result, short *needs)
{
	*needs = result == TLS_WANT_POLLIN ? POLLIN : result == TLS_WANT_POLLOUT ? POLLOUT : 0;
	return *needs != 0;
}

const char *
tls_handshake_within(struct tls *tls, const struct tls_ends *ends, int timeout_s)
{
	tain now, deadline;
	short needs;
	int result;

	if (!nonblocking(ends->net_in) || !nonblocking(ends->net_out))
		return "the connection is gone";
	without_delay(ends->net_out);
	tain_now(&now);
	tain_addsec(&deadline, &now, timeout_s);
	while (must_wait(result = tls_handshake(tls), &needs)) {
		iopause_fd wait = { .fd = needs == POLLIN ? ends->net_in : ends->net_out,
			            .events = needs };
		int ready = iopause_stamp(&wait, 1, &deadline, &now);

		if (ready < 0)
			return strerror(errno);
		if (ready == 0)
			return "the peer took too long";
	}
	if (result == 0)
		return NULL;
	return tls_error(tls) ? tls_error(tls) : "the peer has gone";
}

bool
tls_pump_facts(stralloc *facts, struct tls *tls)
{
	return tls_fact_add(facts, "SSL_PROTOCOL", tls_conn_version(tls))
	       && tls_fact_add(facts, "SSL_CIPHER", tls_conn_cipher(tls))
	       && tls_fact_add(facts, "SSL_PEER_CERT_HASH", tls_peer_cert_hash(tls));
}

static bool
would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Each step says whether something moved: then it is worth trying all of them again. */

static bool
net_read(struct pump *pump)
{
	struct flow *flow = &pump->in;
	ssize_t n;

	if (flow->len || flow->source_ended)
		return false;
	n = tls_read(pump->tls, flow->bytes, PUMP_BYTES);
	if (must_wait(n, &pump->in_needs))
		return false;
	if (n < 0 && !pump->out.sink_ended) { /* after our close_notify, nothing matters */
		char byte;

		/* An end without close_notify, or a reset. OpenSSL writes no more then. */
		if (io_read(pump->ends.net_in, &byte, 1) == 0)
			pump->out.sink_ended = true;
		else
			pump->broken = true;
	}
	if (n <= 0)
		flow->source_ended = true;
	else {
		flow->start = 0;
		flow->len = (size_t)n;
	}
	return true;
}

static void
clear_out_end(struct pump *pump)
{
	shutdown(pump->ends.clear_out, SHUT_WR); /* a socket may be shared with clear_in */
	if (pump->ends.clear_out != pump->ends.clear_in)
		close(pump->ends.clear_out);
	pump->in.sink_ended = true;
}

static bool
clear_write(struct pump *pump)
{
	struct flow *flow = &pump->in;
	ssize_t n;

	if (flow->len && flow->sink_ended) { /* the program wants no more: read on for the end */
		flow->len = 0;
		return true;
	}
	if (flow->len) {
		n = write(pump->ends.clear_out, flow->bytes + flow->start, flow->len);
		if (n < 0 && would_block())
			return false;
		if (n < 0)
			clear_out_end(pump);
		else {
			flow->start += (size_t)n;
			flow->len -= (size_t)n;
		}
		return true;
	}
	if (!flow->source_ended || flow->sink_ended)
		return false;
	clear_out_end(pump);
	return true;
}

static bool
clear_read(struct pump *pump)
{
	struct flow *flow = &pump->out;
	ssize_t n;

	if (flow->len || flow->source_ended)
		return false;
	n = io_read(pump->ends.clear_in, flow->bytes, PUMP_BYTES);
	if (n < 0 && would_block())
		return false;
	if (n <= 0)
		flow->source_ended = true;
	else {
		flow->start = 0;
		flow->len = (size_t)n;
	}
	return true;
}

static bool
net_write(struct pump *pump)
{
	struct flow *flow = &pump->out;
	ssize_t n;

	if (flow->sink_ended)
		return false;
	if (flow->len) {
		n = tls_write(pump->tls, flow->bytes + flow->start, flow->len);
		if (must_wait(n, &pump->out_needs))
			return false;
		if (n <= 0)
			pump->broken = true;
		else {
			flow->start += (size_t)n;
			flow->len -= (size_t)n;
		}
		return true;
	}
	if (!flow->source_ended || must_wait(tls_close(pump->tls), &pump->out_needs))
		return false;
	shutdown(pump->ends.net_out, SHUT_WR);
	flow->sink_ended = true;
	return true;
}

/* Waits until one of the steps can go on. false: the deadline came first. */
static bool
wait_for_some(struct pump *pump, const tain *deadline, tain *now)
{
	bool reads = !pump->in.len && !pump->in.source_ended;
	bool writes = pump->out.len || (pump->out.source_ended && !pump->out.sink_ended);
	short needs = (short)((reads ? pump->in_needs : 0) | (writes ? pump->out_needs : 0));
	enum { NET_IN, NET_OUT, CLEAR_IN, CLEAR_OUT, WAITS };
	iopause_fd wait[WAITS] = {
		[NET_IN] = { .fd = needs & POLLIN ? pump->ends.net_in : -1, .events = POLLIN },
		[NET_OUT] = { .fd = needs & POLLOUT ? pump->ends.net_out : -1, .events = POLLOUT },
		[CLEAR_IN] = { .fd = pump->out.len || pump->out.source_ended ? -1
		                                                             : pump->ends.clear_in,
		               .events = POLLIN },
		/* Asked for no event it still tells that nobody reads there any more. */
		[CLEAR_OUT] = { .fd = pump->in.sink_ended ? -1 : pump->ends.clear_out,
		                .events = pump->in.len ? POLLOUT : 0 },
	};
	int ready = iopause_stamp(wait, WAITS, deadline, now);

	if (ready < 0)
		pump->broken = true;
	if (wait[CLEAR_OUT].revents & (POLLERR | POLLHUP))
		clear_out_end(pump);
	return ready != 0;
}

static bool
done(const struct pump *pump)
{
	return pump->broken
	       || (pump->in.sink_ended && pump->in.source_ended && pump->out.sink_ended);
}

enum tls_end
tls_pump(struct tls *tls, const struct tls_ends *ends, int idle_s)
{
	char in_bytes[PUMP_BYTES], out_bytes[PUMP_BYTES];
	struct pump pump = { .tls = tls,
		             .ends = *ends,
		             .in = { .bytes = in_bytes },
		             .out = { .bytes = out_bytes },
		             .in_needs = POLLIN,
		             .out_needs = POLLOUT };
	tain now, deadline;
	bool lingers = false, in_time = true;

	pump.broken = !nonblocking(ends->clear_in) || !nonblocking(ends->clear_out);
	tain_now(&now);
	tain_addsec(&deadline, &now, idle_s);
	while (in_time && !done(&pump)) {
		bool moved = net_read(&pump);

		moved |= clear_write(&pump);
		moved |= clear_read(&pump);
		moved |= net_write(&pump);
		tain_now(&now);
		if (!lingers && (moved || (pump.in.sink_ended && pump.out.sink_ended))) {
			lingers = pump.in.sink_ended && pump.out.sink_ended;
			tain_addsec(&deadline, &now, lingers ? LINGER_S : idle_s);
		}
		in_time =
		    tain_less(&now, &deadline) && (moved || wait_for_some(&pump, &deadline, &now));
	}
	if (!pump.out.sink_ended && !pump.broken)
		tls_close(tls); /* idle: one try to say so */
	if (!pump.in.sink_ended)
		clear_out_end(&pump);
	close(ends->clear_in);
	return pump.broken ? TLS_END_BROKEN : in_time || lingers ? TLS_END_CLOSED : TLS_END_IDLE;
}
