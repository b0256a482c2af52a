/*
 * steward - the half of smtp-accept that starts programs, and never reads a byte of the client
 *
 * It answers what its speaker may ask (net/ask.h) and writes the facts that a speaker must not be
 * able to invent: who has logged in, from where, and how the connection is protected. One struct is
 * one connection; a process may be the steward of many (net/acceptor.h), so nothing here waits but
 * steward_run.
 */
#ifndef NET_STEWARD_H
#define NET_STEWARD_H

#include "base/id.h"
#include "net/judges.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

struct steward_settings {
	const char *server; /* facts of envelope(5), for every message of this service */
	const char *role;
	const char *const *login; /* command lines, or unix:PATH; NULL: there is none */
	const char *const *policy;
	const char *const *message;
	const char
	    *tls; /* unix:PATH of a waiting tls-wrap; NULL: the descriptors of UCSPI-TLS, if any */
};

enum { STEWARD_CLIENT_MAX = JUDGE_CLIENT_MAX, STEWARD_TLS_MAX = 128, STEWARD_CERTIFICATE_MAX = 80 };

struct steward {
	const struct steward_settings *settings;
	int channel;        /* to the speaker; -1: there is none yet */
	int network;        /* the client's socket; -1: not here */
	bool network_given; /* ... the TLS program has it */
	bool message_begun; /* a message chain was started, once at least */
	char conn[ID_LEN + 1];
	char client[STEWARD_CLIENT_MAX]; /* IP address; "": unknown */
	char tls[STEWARD_TLS_MAX];       /* as "TLSv1.3 TLS_AES_256_GCM_SHA384"; "": in the clear */
	char certificate[STEWARD_CERTIFICATE_MAX]; /* the client's, as "SHA256:4be0..."; "": none */
	char *login;                               /* from malloc; NULL: nobody */
	char *credential, *grant;                  /* from malloc; with a login: envelope(5) */
	struct judge judge;    /* of policy, who takes the connection's messages, too */
	struct judges *judges; /* where it goes for the client's next connection; NULL: it ends */
	int login_verdict;     /* what the last auth program says to us; -1: none runs */

	int tls_control; /* UCSPI-TLS: where TLS is asked for; then where its facts come from; -1: none */
	int tls_clear[2]; /* the clear side: read end, write end; may be the same */
	bool tls_asked;   /* the speaker waits for its answer */
	stralloc tls_facts;
};

/* Nothing is open and nothing is known yet; the caller fills in conn, client, and what it has. */
void steward_start(struct steward *steward, const struct steward_settings *settings);

/* Closes and frees all that the connection had. */
void steward_end(struct steward *steward);

/*
 * steward_answer - read one question of the speaker, and answer it
 *
 * An answer about TLS comes later: watch tls_control, and call steward_tls.
 *
 * returns  false: the speaker is gone
 */
bool steward_answer(struct steward *steward);

/*
 * steward_ask_tls - have a waiting tls-wrap take the client (network), whose clear side is ours then
 *
 * returns  false: it cannot be asked
 */
bool steward_ask_tls(struct steward *steward);

enum steward_tls {
	STEWARD_TLS_MORE,   /* not all facts are here yet */
	STEWARD_TLS_ON,     /* tls is set, the clear side is ready; a speaker that asked has it */
	STEWARD_TLS_FAILED, /* there was no handshake; a speaker that asked knows */
};

/* Reads what the TLS program tells on tls_control; blocks if nothing is there. */
enum steward_tls steward_tls(struct steward *steward);

/* The client has shown this certificate; NULL: none. A longer one than there can be is none. */
void steward_certificate(struct steward *steward, const char *fingerprint);

/* One connection to its end, waiting where there is nothing to do. */
void steward_run(struct steward *steward);

#endif
