/*
 * tls_policy - how the way to a destination has to be protected: one line of tls-policy(5)
 */
#ifndef MAIL_TLS_POLICY_H
#define MAIL_TLS_POLICY_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TLS_POLICY_MAX_BYTES = 16 << 10 }; /* a policy of MTA-STS names many hosts */

enum tls_level {
	TLS_LEVEL_NONE,
	TLS_LEVEL_MAY,         /* where offered and where it works (RFC 7435) */
	TLS_LEVEL_ENCRYPT,     /* always, whoever the server is */
	TLS_LEVEL_VERIFY,      /* always, and its certificate holds its name and a CA vouches */
	TLS_LEVEL_FINGERPRINT, /* always, and it is one of these certificates or keys */
	TLS_LEVEL_DANE,        /* always, and the DNS vouches (RFC 7672) */
};

/* The word that stands for a level; and back. false: there is no such level. */
const char *tls_level_word(enum tls_level level);
bool tls_level_read(const char *word, size_t len, enum tls_level *out);

struct tls_policy {
	enum tls_level level;
	bool is_sts;     /* it is the domain's own, by MTA-STS: DANE goes before it */
	bool is_testing; /* looked at and counted, and nothing is held back */
	int64_t until_s; /* its last second, since 1970; INT64_MAX: it has no end */

	const char *text; /* the line: a view */
	size_t len;
};

/*
 * tls_policy_parse - read one line
 *
 * text, len  no NUL needed; must outlive out
 * returns    false: a word that is none, or words that do not go together. What cannot be read is
 *            no policy at all: mail has to wait until it can.
 */
bool tls_policy_parse(struct tls_policy *out, const char *text, size_t len);

/* May mail go to this host? Where the line has "mx=", only to hosts that one of them names. */
bool tls_policy_takes_host(const struct tls_policy *policy, const char *host);

/*
 * tls_policy_expect - what tls-connect has to expect of the server's certificate (its fd 3)
 *
 * host      the server's name, which it must have where the line says nothing else
 * out       appended to: "name=..." or "tlsa=...", each ended by NUL, without the list's end
 * returns   false: no memory
 */
bool tls_policy_expect(const struct tls_policy *policy, const char *host, stralloc *out);

/*
 * tls_pattern_matches - "mx.example.org", or "*.example.org" for one label below it
 *
 * In any letter case. source: RFC 8461 4.1
 */
bool tls_pattern_matches(const char *pattern, size_t len, const char *host);

#endif
