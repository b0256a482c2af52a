/*
 * sts_cache - policies of MTA-STS that were fetched, a file for each domain
 *
 *     FOLDER/example.org.sts:
 *     1795314600 1795401000 policy 20261122 604800 verify sts id=20261122 max_age=604800 mx=mx.test
 *
 * When it was fetched, when it was last asked for, and what sts-fetch(8) said then. A file is
 * replaced whole; readers see the old one or the new one.
 */
#ifndef STORE_STS_CACHE_H
#define STORE_STS_CACHE_H

#include "mail/sts_answer.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>

struct sts_cached {
	int64_t fetched_s, checked_s; /* since 1970 */
	const char *line;             /* what sts-fetch said; a view */
	struct sts_answer answer;     /* what it means; views */

	stralloc text, words; /* the module's own */
};

/*
 * sts_cache_read - what is known of a domain
 *
 * domain   in lower case; letters, digits, "-" and dots, and none in front (domain_valid)
 * out      sts_cached_free it, also after a failure
 * returns  false: errno; ENOENT: nothing, EPROTO: the file is not one of these
 */
bool sts_cache_read(struct sts_cached *out, const char *folder, const char *domain);

void sts_cached_free(struct sts_cached *cached);

/* Has the policy's time not passed? A failure is no policy. */
bool sts_cached_is_valid(const struct sts_cached *cached, int64_t now_s);

/* line: as sts-fetch says it, without line feed. false: errno */
bool sts_cache_write(const char *folder, const char *domain, int64_t fetched_s, int64_t checked_s,
                     const char *line);

bool sts_cache_remove(const char *folder, const char *domain);

/* Is this the name of a file of these? Then name is cut to the domain. */
bool sts_cache_domain(char *name);

#endif
