/*
 * passwords - the table of logins, and of what proves each of them (passwords(5))
 *
 *     ann:        $y$j9T$...  SCRAM-SHA-256$65536:...
 *     ann/phone:  $y$j9T$...  until=2027-12-31 from=192.0.2.0/24 as=ann@example.org
 *     ann/laptop: - certificate=SHA256:4be0...
 *     bob:        *
 *     *:          SCRAM-SHA-256$65536:...
 *
 * "ann/phone" is a further password of ann under a name of its own: who logs in with it is ann.
 */
#ifndef STORE_PASSWORDS_H
#define STORE_PASSWORDS_H

#include "mail/scram.h"
#include "store/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORDS_EVERYBODY "*" /* the entry for who has none */
enum { PASSWORDS_NAME_SEPARATOR = '/', PASSWORDS_ITEMS_MAX = 16 };

struct passwords {
	struct table table, domains;
	const char *domain; /* our only domain, in place of the table domains; NULL */
};

enum passwords_open {
	PASSWORDS_OPEN,
	PASSWORDS_TROUBLE, /* errno */
	PASSWORDS_NO_FILE, /* it is not a regular file */
	PASSWORDS_EXPOSED, /* others may read or write it */
	PASSWORDS_DOMAINS, /* errno: the table domains is there, and cannot be read */
};

/* path: of the table; domain: the only one of ours, or NULL. Only after PASSWORDS_OPEN it is open. */
enum passwords_open passwords_open(struct passwords *out, const char *path, const char *domain);
void passwords_close(struct passwords *passwords);

/* One entry of the table; all are views into it. */
struct credential {
	struct value login; /* the canonical login: "ann" */
	struct value name;  /* "phone"; len 0: the login's first password */
	struct value hash;  /* len 0: no password */
	struct value keys;  /* SCRAM; len 0: none */
	struct value until; /* last day, YYYY-MM-DD in UTC; len 0: for ever */
	struct value certificate;
	struct value from[PASSWORDS_ITEMS_MAX]; /* networks; none: all */
	struct value as[PASSWORDS_ITEMS_MAX];   /* senders, as in the table senders; none: all */
	struct value by[PASSWORDS_ITEMS_MAX];   /* mechanisms; none: all */
	size_t from_count, as_count, by_count;
};

/*
 * passwords_find - whose entry is this?
 *
 * login     as typed: in any letter case; with or without a domain of ours
 * why       set where the answer is false and the login is known: why it is locked
 * out       login and name are set whenever the login is known (len > 0), all only with true
 * returns   false: there is none, or it is locked
 */
bool passwords_find(const struct passwords *passwords, const char *login, struct credential *out,
                    const char **why);

/*
 * passwords_spelling - bring a login that is not in the table into one form
 *
 * Small letters, and no domain of ours, which may stand in front of the name: ann@here/phone.
 */
void passwords_spelling(const struct passwords *passwords, char *login);

/* passwords_find for who has shown a certificate: its fingerprint, as "SHA256:4be0...". */
bool passwords_find_certificate(const struct passwords *passwords, const char *fingerprint,
                                struct credential *out, const char **why);

/*
 * credential_refuses - does one of its bounds forbid this?
 *
 * time_s    now
 * client    the client's address
 * returns   why, for the log; NULL: nothing forbids it
 */
const char *credential_refuses(const struct credential *credential, int64_t time_s,
                               const char *client);

/* May this mechanism prove it? Letters in any case. */
bool credential_takes(const struct credential *credential, const char *mechanism);

/* What keys of logins that have none are made of: the entry "*". false: there is no such entry. */
bool passwords_pretend(const struct passwords *passwords, struct scram_keys *out,
                       const char *login);

/* Is this "YYYY-MM-DD", a day that there is? out: its end, in seconds since 1970. */
bool passwords_day(const char *text, size_t len, int64_t *out);

#endif
