/*
 * https - ask a web server one thing over TLS, with its name proved, in bounded time
 *
 * For a process that does nothing else: DNS, TLS and HTTP of a stranger are read in it. No redirect is
 * followed, no connection is kept.
 */
#ifndef NET_HTTPS_H
#define NET_HTTPS_H

#include "mail/http.h"
#include "mail/network.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct https {
	const char *host; /* a domain name */
	unsigned int port;
	const char *ca; /* as for tls_verify (net/tls_verify.h) */
	bool takes_any; /* certificate, whoever's it is */
	/* A stranger names the host: of those that are not public only these may be asked. */
	struct networks networks;
	int64_t deadline_ms; /* for all of it, however slowly bytes drip in */
	char why[256];       /* after a failure: one printable line */
	bool untrusted;      /* it was the server's certificate */
};

/*
 * https_ask - send a request, and read the answer
 *
 * request  header and body; Host and Connection are the caller's to name
 * reply    begun by http_begin; its status may be any
 * returns  false: why. SIGPIPE has to be ignored.
 */
bool https_ask(struct https *https, struct dns *dns, const char *request, size_t len,
               struct http_reply *reply);

#endif
