/*
 * extension - what EHLO lists: the service extensions that this client may use (RFC 5321 2.2)
 *
 * A keyword is listed only if all behind us keeps what it promises. Most promises are records of the
 * envelope, and kept by the queue, bounce-make and smtp-send.
 */
#ifndef NET_EXTENSION_H
#define NET_EXTENSION_H

struct session;

enum {
	EXTENSION_PIPELINING = 1 << 0,     /* RFC 2920 */
	EXTENSION_SIZE = 1 << 1,           /* RFC 1870 */
	EXTENSION_STARTTLS = 1 << 2,       /* RFC 3207 */
	EXTENSION_AUTH = 1 << 3,           /* RFC 4954 */
	EXTENSION_8BITMIME = 1 << 4,       /* RFC 6152 */
	EXTENSION_CHUNKING = 1 << 5,       /* RFC 3030 */
	EXTENSION_BINARYMIME = 1 << 6,     /* RFC 3030 */
	EXTENSION_SMTPUTF8 = 1 << 7,       /* RFC 6531 */
	EXTENSION_DSN = 1 << 8,            /* RFC 3461 */
	EXTENSION_REQUIRETLS = 1 << 9,     /* RFC 8689: inside TLS only */
	EXTENSION_FUTURERELEASE = 1 << 10, /* RFC 4865: on submission only */
	EXTENSION_DELIVERBY = 1 << 11,     /* RFC 2852 */
	EXTENSION_MT_PRIORITY = 1 << 12,   /* RFC 6710 */
	EXTENSION_LIMITS = 1 << 13,        /* RFC 9422 */
	EXTENSION_NO_SOLICITING = 1 << 14, /* RFC 3865 */
	EXTENSION_ENHANCED = 1 << 15,      /* RFC 2034 */
};

/* Those that this client may use now. */
unsigned int extension_offered(const struct session *s);

/* Says the reply to an EHLO that was accepted. */
void extension_list(struct session *s);

#endif
