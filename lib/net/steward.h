/*
 * steward - the half of smtp-accept that starts programs, and never reads a byte of the client
 *
 * It answers what its speaker may ask (net/ask.h) and writes the facts that a speaker must not be
 * able to invent: who has logged in, from where, and how the connection is protected.
 */
#ifndef NET_STEWARD_H
#define NET_STEWARD_H

#include <stdbool.h>

struct steward_settings {
	const char *server; /* facts of envelope(5), for every message of this connection */
	const char *role;
	const char *client;
	const char *conn;
	const char *const *login; /* command lines, or unix:PATH; NULL: there is none */
	const char *const *policy;
	const char *const *message;
	int tls_control, tls_read, tls_write; /* UCSPI-TLS (environ(7)); -1: none */
	const char *tls;                      /* "" or as "TLSv1.3 TLS_AES_256_GCM_SHA384" */
};

/* Answers until the speaker is gone. */
void steward_run(const struct steward_settings *settings, int channel);

#endif
