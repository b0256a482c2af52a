/*
 * resolv_conf - which resolvers this host asks, and how patiently
 *
 * Of resolv.conf(5) all that a single question needs; no search lists, since all our names are whole. What is
 * wrong in a line counts for nothing. No I/O.
 */
#ifndef NET_RESOLV_CONF_H
#define NET_RESOLV_CONF_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	RESOLV_CONF_SERVERS = 3,      /* more are not asked */
	RESOLV_CONF_MAX = 65536,      /* bytes of the file that are read */
	RESOLV_CONF_TIMEOUT_S = 5,    /* how long an answer is waited for, */
	RESOLV_CONF_TIMEOUT_MAX = 30, /* and at most */
	RESOLV_CONF_ATTEMPTS = 2,     /* how often all servers are asked, */
	RESOLV_CONF_ATTEMPTS_MAX = 5, /* and at most */
};

union resolv_conf_server {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct resolv_conf {
	union resolv_conf_server servers[RESOLV_CONF_SERVERS];
	size_t count;
	unsigned int timeout_s, attempts;
	bool trusts_ad; /* "options trust-ad": nobody comes between them and us */
	bool by_tcp;    /* "options use-vc" */
};

/* What counts where nothing is set: no server yet. */
void resolv_conf_init(struct resolv_conf *conf);

/* Adds what the file's text says. */
void resolv_conf_read(struct resolv_conf *conf, const char *text, size_t len);

/* Adds what stands behind "options" there, or in RES_OPTIONS. */
void resolv_conf_options(struct resolv_conf *conf, const char *text, size_t len);

/* Adds a server; false: text is no IPv4 or IPv6 address, or there are enough. */
bool resolv_conf_add(struct resolv_conf *conf, const char *text, size_t len, unsigned int port);

#endif
