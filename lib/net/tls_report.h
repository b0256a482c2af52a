/*
 * tls_report - the results of TLS that are counted in a day, and what a domain is told of them
 *
 * RFC 8460 4 and 5. No I/O. Results that differ in nothing but their time are one, with a count.
 */
#ifndef NET_TLS_REPORT_H
#define NET_TLS_REPORT_H

#include "net/tls_result.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * tls_report_key - the name under which a result is counted, one line of printable ASCII and tabs
 *
 * Of what went well, only the policy counts: not the host, nor the addresses.
 * out       appended to, with its NUL
 * returns   false: no memory
 */
bool tls_report_key(stralloc *out, const struct tls_result *result);

/*
 * tls_report_result - the other way round
 *
 * list      appended to; out has views into it
 * returns   false: no memory, or the key is none
 */
bool tls_report_result(struct tls_result *out, stralloc *list, const char *key);

struct tls_count {
	struct tls_result result;
	uint64_t count;
};

/* Puts them in the order of reports: by domain, then by policy. */
void tls_report_sort(struct tls_count *counts, size_t count);

struct tls_report {
	const char *organization; /* who reports, for people */
	const char *contact;      /* our mailbox; its domain is the submitter */
	const char *submitter;
	const char *domain;             /* about whom */
	const char *id;                 /* as "left@right" */
	int64_t begin_s, end_s;         /* since 1970 */
	const struct tls_count *counts; /* of this domain, sorted */
	size_t count;
};

/* Appends the report as JSON. false: no memory. RFC 8460 4.4 */
bool tls_report_json(stralloc *out, const struct tls_report *report);

/*
 * tls_report_mail - append a message with the report; lines end in LF
 *
 * to        a mailbox
 * gzip      the report, compressed
 * returns   false: no memory
 * source    RFC 8460 5.3; TLS-Required: RFC 8689 5, as it has to come through in any case (5.3)
 */
bool tls_report_mail(stralloc *out, const struct tls_report *report, const char *to,
                     const stralloc *gzip);

#endif
