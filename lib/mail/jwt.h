/*
 * jwt - signed tokens (RFC 7519) and the keys they are signed with (JWKS, RFC 7517)
 *
 * RS256 and ES256 only. What a token says of itself is believed only after its signature was
 * found right with a key that the operator has given, and of the kind that goes with its algorithm:
 * "none", and a public key taken for a secret (HS256), are unknown algorithms here; keys and
 * addresses of keys in a token's header are not looked at (RFC 8725 2.1, 3.1, 3.2, 3.5).
 */
#ifndef MAIL_JWT_H
#define MAIL_JWT_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JWT_LOGIN_MAX = 320, JWT_LEEWAY_S = 60 /* for clocks that differ */ };

struct jwt_wanted {
	const char *issuer;   /* iss is this */
	const char *audience; /* aud is this, or holds it */
	const char *scope;    /* scope holds this word; NULL: any */
	const char *claim;    /* the claim that is the login */
	int64_t time_s;       /* now, in seconds since 1970 */
};

enum jwt_verdict {
	JWT_VALID,
	JWT_INVALID,
	JWT_NO_KEYS, /* the set of keys cannot be read: our fault */
};

/*
 * jwt_judge - is this token valid, and whose is it?
 *
 * token, len  header, payload and signature, in base64url with dots between
 * keys        the text of a JWKS
 * login       after JWT_VALID: the claim, a C string of UTF-8 without NUL
 * why         after JWT_INVALID and JWT_NO_KEYS: for the log; nothing of the token is in it
 */
enum jwt_verdict jwt_judge(const char *token, size_t len, const stralloc *keys,
                           const struct jwt_wanted *wanted, char login[JWT_LOGIN_MAX + 1],
                           const char **why);

#endif
