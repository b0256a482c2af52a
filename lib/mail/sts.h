/*
 * sts - what a domain says about TLS to its mail servers: record and policy (RFC 8461)
 *
 * The record in the DNS says that there is a policy, and which; the policy is a file that the domain
 * has on a web server. Both are a stranger's.
 */
#ifndef MAIL_STS_H
#define MAIL_STS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	STS_ID_MAX = 32,           /* bytes; RFC 8461 3.1 */
	STS_POLICY_MAX = 64 << 10, /* bytes; 3.3 */
	STS_AGE_MAX_S = 31557600,  /* a year; 3.2 */
};

/* The policy of a domain, by its record. */
struct sts_record {
	size_t count;            /* records of this version: there must be one */
	char id[STS_ID_MAX + 1]; /* "": none that is valid */
};

/* sts_record_add - one more TXT record of _mta-sts.DOMAIN; out begins as zeros */
void sts_record_add(struct sts_record *out, const char *text);

/* Is there a policy? Exactly one record, and that is valid. */
bool sts_record_valid(const struct sts_record *record);

enum sts_mode { STS_NONE, STS_TESTING, STS_ENFORCE };
extern const char *const sts_mode_names[];

struct sts_policy {
	enum sts_mode mode;
	uint32_t max_age_s; /* at most STS_AGE_MAX_S: what is more, is that */
	const char *text;   /* the caller's, for as long as the policy is looked at */
	size_t len;
};

/*
 * sts_policy_parse - read a policy
 *
 * Lines end in CRLF or LF; empty ones are let pass. Fields that are not known must be well-formed.
 *
 * returns   NULL: it is good; else why it is none, for good
 * source    RFC 8461 3.2
 */
const char *sts_policy_parse(struct sts_policy *out, const char *text, size_t len);

struct sts_line {
	const char *text; /* a view, no NUL at its end */
	size_t len;
};

/* The lines of a good policy one by one, as they came, without their ends. at: 0 first. */
bool sts_policy_next_line(const struct sts_policy *policy, size_t *at, struct sts_line *line);

/* The patterns of its hosts: names, or "*." and a name (tls_pattern_matches in mail/tls_policy.h). */
bool sts_policy_next_mx(const struct sts_policy *policy, size_t *at, struct sts_line *mx);

#endif
