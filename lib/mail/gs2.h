/*
 * gs2 - the beginning of a client's first message in SCRAM and OAUTHBEARER (RFC 5801 4)
 *
 *     n,,          no channel binding
 *     y,a=ann,     could bind if we could; acts as ann
 */
#ifndef MAIL_GS2_H
#define MAIL_GS2_H

#include <stdbool.h>
#include <stddef.h>

struct gs2 {
	size_t len;           /* of the whole header, its last comma included */
	const char *identity; /* authzid as it is written there; NULL: none. A view. */
	size_t identity_len;
};

/*
 * gs2_parse - read the header
 *
 * returns   false: it is none, or wants a channel binding ("p="): we offer none (RFC 5802 6)
 */
bool gs2_parse(struct gs2 *out, const char *message, size_t len);

/*
 * gs2_name - a saslname without its quoting: "=2C" is a comma, "=3D" is "="
 *
 * out, size  a C string
 * returns    false: empty, too long, with NUL, or with another "=" (RFC 5802 5.1)
 */
bool gs2_name(char *out, size_t size, const char *text, size_t len);

#endif
