/*
 * jwk - one public key of a JWKS (RFC 7517, 7518 6), and signatures made with it (RFC 7515)
 */
#ifndef MAIL_JWK_H
#define MAIL_JWK_H

#include <jansson.h>
#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* Appends the bytes of base64url without padding, strictly (RFC 7515 2). false: it is none. */
bool base64url_decode(stralloc *out, const char *text, size_t len);

/* Is this key for signatures by this algorithm ("RS256", "ES256")? */
bool jwk_fits(const json_t *key, const char *algorithm);

/*
 * jwk_verify - is the signature over text right?
 *
 * key       one that fits
 * why       where the answer is no
 */
bool jwk_verify(const json_t *key, const char *algorithm, const char *text, size_t len,
                const stralloc *signature, const char **why);

#endif
