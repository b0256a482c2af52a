/*
 * tls_policies - what the table tls-policy says of a destination (tls-policy(5))
 */
#ifndef STORE_TLS_POLICIES_H
#define STORE_TLS_POLICIES_H

#include "mail/tls_policy.h"
#include "store/table.h"

#include <stdbool.h>
#include <stdint.h>

enum tls_policies {
	TLS_POLICIES_FOUND,
	TLS_POLICIES_NOTHING,
	TLS_POLICIES_BROKEN, /* the entry cannot be read */
};

/*
 * tls_policies_find - the first entry that holds: the domain's, then ".parent" ones, then "*"
 *
 * domain    in lower case, as A-labels
 * with_all  "*" counts, too
 * now_s     entries whose end is before are as good as none; is_over says that there was one
 * out       has views into the table
 */
enum tls_policies tls_policies_find(const struct table *table, const char *domain, bool with_all,
                                    int64_t now_s, struct tls_policy *out, bool *is_over);

#endif
