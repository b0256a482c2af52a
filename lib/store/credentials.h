/*
 * credentials - our login at a relay: the line "host: login password" of a table
 */
#ifndef STORE_CREDENTIALS_H
#define STORE_CREDENTIALS_H

enum credentials_find {
	CREDENTIALS_FOUND,
	CREDENTIALS_UNREADABLE, /* errno */
	CREDENTIALS_OPEN,       /* others than its owner have a right to it */
	CREDENTIALS_MISSING,    /* no line for this host */
	CREDENTIALS_BROKEN,     /* not one line of two words */
};

struct credentials {
	char *login, *password; /* from malloc, never freed */
};

/* host: in any letter case. out is written only where they are found. */
enum credentials_find credentials_find(struct credentials *out, const char *path, const char *host);

#endif
