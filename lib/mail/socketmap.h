/*
 * socketmap - Postfix's way to ask a program for a table's entry (socketmap_table(5))
 *
 * A request is the netstring "NAME KEY", a reply the netstring "OK value" or another word and a text.
 */
#ifndef MAIL_SOCKETMAP_H
#define MAIL_SOCKETMAP_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { SOCKETMAP_REQUEST_MAX = 4096 }; /* bytes of a request without its frame */

enum socketmap_state {
	SOCKETMAP_MORE,
	SOCKETMAP_WHOLE,
	SOCKETMAP_BROKEN, /* no request, or too long: nothing more of this client makes sense */
};

struct socketmap_request {
	const char *name, *key; /* of the table, and in it; views, no NUL at their ends */
	size_t name_len, key_len;
	size_t bytes; /* of the whole netstring */
};

/* Reads a request at the beginning of these bytes. */
enum socketmap_state socketmap_read(struct socketmap_request *out, const char *bytes, size_t len);

/* Appends a reply: "OK", "NOTFOUND", "TEMP" or "PERM", and a text. false: no memory */
bool socketmap_reply(stralloc *out, const char *word, const char *text);

#endif
