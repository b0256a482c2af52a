/*
 * sts_answer - what sts-fetch(8) says of a domain
 *
 * It has read what strangers wrote, so it is believed no further than its words can be checked.
 */
#ifndef MAIL_STS_ANSWER_H
#define MAIL_STS_ANSWER_H

#include "mail/sts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STS_ANSWER_MAX = 17 << 10 }; /* bytes of the line */

struct sts_answer {
	enum sts_answer_kind {
		STS_ANSWER_POLICY,   /* id, max_age_s and line */
		STS_ANSWER_SAME,     /* id */
		STS_ANSWER_NO,       /* the domain has none */
		STS_ANSWER_FAILED,   /* id, result, text: it has one, which cannot be had */
		STS_ANSWER_TEMPFAIL, /* the DNS does not say */
	} kind;
	char id[STS_ID_MAX + 1];
	uint32_t max_age_s;
	const char *line;   /* of tls-policy(5); "-": mode none. These are views into the answer; */
	const char *result; /* a word of RFC 8460 4.3.2.2 */
	const char *text;   /* printable ASCII */
};

/* line: a C string without its line feed, cut in place. false: it is no answer. */
bool sts_answer_parse(struct sts_answer *out, char *line);

#endif
