#include "net/hop_session.h"

#include "base/die.h"
#include "base/more.h"
#include "net/connect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONNECT_S = 30,
	CONNECT_FIRST_S = 5, /* where the same host has another address */
};

static bool
authenticate(struct hop_session *session)
{
	if (!session->login.login)
		return true;
	if (session->client.tls[0] == '-') {
		trouble_set(&session->client.wire.trouble, 454, "4.7.0",
		            "without TLS our password is not sent");
		return false;
	}
	return smtp_client_auth(&session->client, &session->login);
}

/*
 * It may have enough connections of ours, for other domains that it serves. Then there is nothing to say of
 * the message: whoever started us knows, and gives it to another one of us when there is room.
 */
static void
ask_for_room(const struct hop_session *session, const struct next_hop *hop)
{
	char host[MORE_HOST_BYTES];

	snprintf(host, sizeof host, "%u %s", session->port, hop->address);
	if (more_may_connect(host))
		return;
	log_event("host-full", "host", session->host, NULL);
	exit(EXIT_TEMPORARY);
}

static void
host_note(struct hop_session *session, const struct next_hop *hop)
{
	if (session->unix_socket)
		snprintf(session->host, sizeof session->host, "%s", session->unix_socket);
	else
		snprintf(session->host, sizeof session->host, "%s[%s]", hop->name, hop->address);
}

/*
 * Of a host with another address one that nobody hears is soon given up. If the other one answers meanwhile
 * it takes its place.
 */
static int
connect_hop(struct hop_session *session, struct next_hop *hop)
{
	bool has_other = hop < &session->hops->list[session->hops->count - 1]
	                 && strcmp(hop->name, hop[1].name) == 0 && hop->trust == hop[1].trust;
	const char *const addresses[2] = { hop->address, has_other ? hop[1].address : NULL };
	struct next_hop silent = *hop;
	size_t which = 0;
	int fd;

	ask_for_room(session, hop);
	fd = connect_tcp_either(addresses, session->port, session->source,
	                        has_other ? CONNECT_FIRST_S : CONNECT_S, &which);
	if (fd >= 0 && which) {
		*hop = hop[1];
		hop[1] = silent;
		host_note(session, hop);
		ask_for_room(session, hop);
	}
	return fd;
}

/* Why there is no connection; errno */
static void
connect_failed(struct hop_session *session)
{
	const char *why = strerror(errno), *source = session->source;
	char text[REPLY_TEXT_KEPT];

	if (session->unix_socket)
		snprintf(text, sizeof text, "cannot connect to the socket: %s", why);
	else
		snprintf(text, sizeof text, "cannot connect%s%s to port %u: %s",
		         source ? " from " : "", source ? source : "", session->port, why);
	trouble_set(&session->client.wire.trouble, 451, "4.4.1", text);
}

/* One session with one address. false: trouble is set, and some may be undecided. */
static bool
send_once(struct hop_session *session, struct next_hop *hop, enum tls_level level)
{
	struct smtp_client *client = &session->client;
	int fd;

	smtp_client_quit(client); /* the one before */
	smtp_client_begin(client, -1, session->host, false, session->wait_max_s);
	fd = session->unix_socket ? connect_unix(strchr(session->unix_socket, ':') + 1, CONNECT_S)
	                          : connect_hop(session, hop);
	if (fd < 0) {
		connect_failed(session);
		return false;
	}
	tls_hop_connected(&session->tls, fd);
	smtp_client_begin(client, fd, session->host, false, session->wait_max_s);
	return (!session->implicit_tls || tls_hop_start(&session->tls, client))
	       && smtp_client_greeting(client) && smtp_client_hello(client, session->relay->name)
	       && (level == TLS_LEVEL_NONE || session->implicit_tls
	           || tls_hop_upgrade(&session->tls, client, session->relay->name))
	       && authenticate(session) && smtp_client_send(client, &session->relay->mail);
}

/* With one address, until all are decided: a session may take only so many (RFC 9422). */
static bool
send_all(struct hop_session *session, struct next_hop *hop, enum tls_level level)
{
	const struct smtp_client *client = &session->client;

	while (!send_once(session, hop, level))
		if (!client->wire.usable || !client->mails || smtp_client_takes_more(client))
			return false;
	return true;
}

/* Does the recipients' domain say how its mail has to be protected, and the sender that it need not? */
static bool
is_waived(const struct hop_session *session, const struct next_hop *hop,
          const struct tls_policy *policy)
{
	bool demands =
	    hop->trust == HOP_DANE || hop->trust == HOP_UNKNOWN || (policy && policy->is_sts);

	return demands && relay_waives_tls(session->relay);
}

bool
hop_session_try(struct hop_session *session, struct next_hop *hop, const struct tls_policy *policy)
{
	const struct smtp_client *client = &session->client;
	struct tls_hop *tls = &session->tls;
	bool sent;

	host_note(session, hop);
	tls->waived = is_waived(session, hop, policy);
	/* A report about TLS should not be told of in the next one: RFC 8460 3. */
	tls->results = tls->waived && !*session->relay->mail.sender ? NULL : session->results;
	session->why_tls = "-";
	if (!tls_hop_begin(tls, policy, hop)) {
		trouble_set(&session->why, 451, "4.7.5", tls->want.fault);
		return false;
	}
	sent = send_all(session, hop, tls->want.level);
	if (!sent && tls->has_failed && tls->want.level == TLS_LEVEL_MAY
	    && !session->implicit_tls) {
		log_event("tls-failed", "host", session->host, "text", client->wire.trouble.text,
		          "then", "again in the clear", NULL);
		sent = send_all(session, hop, TLS_LEVEL_NONE);
	}
	if (sent || relay_is_done(session->relay))
		return true;
	log_event("host-failed", "host", session->host, "tls", client->tls, "step",
	          client->wire.refused, "code", client->wire.trouble.enhanced, "text",
	          client->wire.trouble.text, NULL);
	session->why = client->wire.trouble;
	session->why_tls = client->tls;
	return false;
}
