/*
 * smtp_client - our side of an SMTP or LMTP session
 *
 * Steps that a program puts in order: begin, greeting, hello, (starttls, secured, hello), (auth),
 * send, quit. Each waits for the server's answer, at most as long as RFC 5321 4.5.3.2 says. A step
 * that returns false has left in trouble what to tell those recipients of whom the server has not
 * decided; they may be offered to another host.
 *
 * smtp_client.c has the session, smtp_auth.c the login, smtp_transaction.c what smtp_client_send does.
 */
#ifndef NET_SMTP_CLIENT_H
#define NET_SMTP_CLIENT_H

#include "base/verdict.h"
#include "net/outgoing.h"
#include "net/smtp_wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SMTP_RECIPIENTS_MAX = 100 }; /* in one transaction; RFC 5321 4.5.3.1.8 */

/* Extensions that a server may offer. */
enum smtp_offer {
	OFFER_PIPELINING = 1 << 0,   /* RFC 2920 */
	OFFER_8BITMIME = 1 << 1,     /* RFC 6152 */
	OFFER_SIZE = 1 << 2,         /* RFC 1870 */
	OFFER_SMTPUTF8 = 1 << 3,     /* RFC 6531 */
	OFFER_DSN = 1 << 4,          /* RFC 3461 */
	OFFER_STARTTLS = 1 << 5,     /* RFC 3207 */
	OFFER_AUTH = 1 << 6,         /* RFC 4954 */
	OFFER_AUTH_PLAIN = 1 << 7,   /* among its mechanisms: RFC 4616 */
	OFFER_REQUIRETLS = 1 << 8,   /* RFC 8689 */
	OFFER_LIMITS = 1 << 9,       /* RFC 9422 */
	OFFER_DELIVERBY = 1 << 10,   /* RFC 2852 */
	OFFER_MT_PRIORITY = 1 << 11, /* RFC 6710 */
	OFFER_CHUNKING = 1 << 12,    /* RFC 3030 */
	OFFER_BINARYMIME = 1 << 13,  /* RFC 3030 */
	OFFER_AUTH_LOGIN = 1 << 14,
	OFFER_AUTH_SCRAM = 1 << 15,    /* SCRAM-SHA-256: RFC 7677 */
	OFFER_AUTH_XOAUTH2 = 1 << 16,  /* with a bearer token */
	OFFER_NO_SOLICITING = 1 << 17, /* RFC 3865 */
};

struct smtp_recipient {
	const char *address, *notify, *orcpt; /* the latter two: NULL where not given */
	int number;                           /* in the envelope */
	enum fate fate;                       /* FATE_NONE: not decided, and not reported */
	bool chosen;                          /* to be sent now; the program says who goes where */
	bool accepted;                        /* by the transaction under way; the module's own */
};

/* What is sent, by whom and to whom. The module only reads, and marks recipients. */
struct smtp_mail {
	const char *sender;       /* empty: the null sender */
	const char *ret, *envid;  /* RFC 3461; NULL: not given */
	bool declared_8bit;       /* BODY=8BITMIME came with the message, */
	bool declared_binary;     /* or BODY=BINARYMIME */
	bool needs_utf8;          /* the sender, the header or a chosen recipient does */
	bool needs_tls;           /* REQUIRETLS came with the message */
	const char *priority;     /* MT-PRIORITY's value; NULL: not given */
	const char *solicit;      /* SOLICIT's; NULL: not given */
	bool has_deadline;        /* BY= came with the message: */
	int64_t deadline_s;       /* when it is to be delivered, since 1970, ... */
	const char *by_mode;      /* ... and what then, "R" or "N", with "T" */
	struct outgoing *message; /* made 7-bit for a server that wants that */
	struct smtp_recipient *recipients;
	size_t count;
	/* called once for each recipient, as soon as its fate is known */
	void (*report)(const struct smtp_recipient *recipient, const struct outcome *outcome);
};

struct smtp_client {
	unsigned int offers;
	uint64_t size_max; /* of OFFER_SIZE; 0: no fixed one */
	uint64_t by_min_s; /* of OFFER_DELIVERBY, for mode R; 0: not said */
	uint64_t mail_max; /* of OFFER_LIMITS: transactions in a session, */
	uint64_t rcpt_max; /* and recipients in one; 0: not said */
	const char *host;  /* for outcomes, as "mx.example.org[192.0.2.1]" */
	const char *tls;   /* for outcomes, as "TLSv1.3"; "-": in the clear */
	bool has_login;    /* we have logged in */
	bool tls_verified; /* the server has proved its name */
	uint64_t mails;    /* transactions so far */

	bool lmtp; /* the module's own */
	bool needs_reset;

	struct smtp_wire wire; /* with a step's trouble; at first its fd is -1: no session */
};

/*
 * smtp_client_begin - take over a connection that has just been made
 *
 * fd          non-blocking socket; closed by smtp_client_quit
 * host        must outlive the session
 * wait_max_s  wait for no answer longer than this; 0: as the RFC says
 */
void smtp_client_begin(struct smtp_client *client, int fd, const char *host, bool lmtp,
                       unsigned int wait_max_s);

bool smtp_client_greeting(struct smtp_client *client);

/* EHLO (HELO after 5yz), or LHLO. name: our own, a domain or an address literal. */
bool smtp_client_hello(struct smtp_client *client, const char *name);

/*
 * smtp_client_starttls - may the handshake begin?
 *
 * returns  false: no. If the server only said no, the session is still usable. Bytes behind its
 *          "yes" could be anybody's: the session is over (RFC 3207 6).
 */
bool smtp_client_starttls(struct smtp_client *client);

/*
 * smtp_client_secured - go on inside TLS; what was learned outside is forgotten
 *
 * fd   the clear side; tls: must outlive the session. The old socket is closed.
 */
void smtp_client_secured(struct smtp_client *client, int fd, const char *tls, bool verified);

struct smtp_credentials {
	const char *login, *password;
	bool is_token; /* the password is an access token (OAuth 2) */
};

/*
 * smtp_client_auth - log in
 *
 * By SCRAM-SHA-256, else PLAIN, else LOGIN; by a token: XOAUTH2. A refusal is "later": the mail's
 * sender cannot mend our password.
 */
bool smtp_client_auth(struct smtp_client *client, const struct smtp_credentials *who);

/*
 * smtp_client_send - offer the message to all chosen recipients that are not decided yet
 *
 * At most SMTP_RECIPIENTS_MAX in one transaction. A server that wants fewer ("too many
 * recipients") gets the others in another one. After the message's end has been sent nobody whom
 * the server had accepted is left undecided: they might get it twice.
 *
 * Of whom the server took, and would tell nothing though the sender wants to know, the outcome's
 * code is 2.1.9: relayed to a server that does not speak this extension (RFC 3886 3.3.4).
 */
bool smtp_client_send(struct smtp_client *client, const struct smtp_mail *mail);

/* Would the session take another message? */
bool smtp_client_takes_more(const struct smtp_client *client);

/* Says QUIT where it will be heard, waits a moment for the answer, and closes. */
void smtp_client_quit(struct smtp_client *client);

#endif
