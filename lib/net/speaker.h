/*
 * speaker - the half of smtp-accept that talks with the client (RFC 5321, 6409)
 *
 * It parses all that comes from the network and holds nothing but descriptors it was given: the
 * client's on 0 and 1, the steward's channel, and what the steward hands it (net/ask.h).
 */
#ifndef NET_SPEAKER_H
#define NET_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

struct speaker_settings {
	const char *server;     /* our host name */
	const char *client;     /* the client's address, for policy questions; "" if unknown */
	const char *conn;       /* connection id */
	const char *mechanisms; /* AUTH mechanisms, as "PLAIN LOGIN": the submission role, login is
	                           required. NULL: the MX role */
	uint64_t size_max;      /* bytes of a message */
	unsigned int recipients_max;
	int priority_max;        /* MT-PRIORITY for who has logged in; 0 for all others */
	unsigned int hold_max_s; /* FUTURERELEASE, on submission; 0: it is not offered */
	const char *unwelcome; /* NO-SOLICITING: classes, or "" for none; NULL: it is not offered */
	int command_timeout_s; /* RFC 5321 4.5.3.2.7: at least 300 on an MX */
	const char
	    *qualify; /* what unqualified addresses get; NULL: on submission they are refused */
	bool policy;  /* ask a policy dialogue at RCPT; on submission at MAIL, too */
	bool policy_first; /* ... and before the greeting */
	bool binary;       /* offer BINARYMIME: the chain takes messages of any bytes */
	bool starttls;     /* offer STARTTLS */
	bool tls;          /* TLS is on already, */
	bool certificate;  /* and the client has shown a certificate */
};

/* One session, from the greeting to its end. The client's side is fd 0 and 1. */
void speaker_run(const struct speaker_settings *settings, int channel);

#endif
