/*
 * signer - the side of digest-sign(8) that has the message and no key
 *
 * All in one go when the message is there: nobody can keep a signer waiting by sending slowly.
 */
#ifndef NET_SIGNER_H
#define NET_SIGNER_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGNER_KEYS_MAX = 16 };

struct signer_key {
	const char *selector, *algorithm; /* views into the signer's text */
};

struct signer {
	struct signer_key keys[SIGNER_KEYS_MAX];
	size_t count; /* 0: there is no key for this domain, and the session is over */

	int fd; /* the rest is the module's own */
	int64_t deadline_ms;
	stralloc text, behind;
};

/*
 * signer_open - start the signer, and ask which keys a domain has
 *
 * command  as for job_start
 * why      set on failure: what went wrong; errno
 * returns  false: why; nothing is open
 */
bool signer_open(struct signer *out, const char *const *command, const char *domain,
                 const char **why);

/*
 * signer_sign - have one digest for each key signed
 *
 * digests  in base64
 * out      views into the signer's text: the signatures, in base64
 * returns  false: as signer_open
 */
bool signer_sign(struct signer *signer, const stralloc *digests, const char **out,
                 const char **why);

void signer_close(struct signer *signer);

#endif
