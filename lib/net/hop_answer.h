/*
 * hop_answer - the answer of mx-find(8) as it grows: what next_hops_read (net/next_hop.h) reads
 *
 * No I/O. Words are the caller's to check. The functions that return bool say false for: no memory.
 */
#ifndef NET_HOP_ANSWER_H
#define NET_HOP_ANSWER_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

struct hop_answer {
	stralloc text; /* the caller's to free */
	size_t hosts;  /* lines of addresses so far, */
	size_t tlsa;   /* and of TLSA records */
};

/* A place to go back to. */
struct hop_mark {
	size_t len, hosts, tlsa;
};

/* The question's domain, in ASCII. */
bool hop_answer_domain(struct hop_answer *answer, const char *domain);

/* trust: the last word of the line; NULL: none. More than NEXT_HOPS_MAX lines are left out. */
bool hop_answer_host(struct hop_answer *answer, unsigned int preference, const char *host,
                     const char *address, const char *trust);

/* record: mail/tlsa.h */
bool hop_answer_tlsa(struct hop_answer *answer, const char *host, const char *base,
                     const char *record);

/* The last line. */
bool hop_answer_end(struct hop_answer *answer, const char *status, const char *text);

struct hop_mark hop_answer_mark(const struct hop_answer *answer);

/* All that came behind the mark is taken back. */
void hop_answer_cut(struct hop_answer *answer, const struct hop_mark *mark);

/* Is it longer than what is read of it, with the end that is to come? Then something has to be cut. */
bool hop_answer_is_over(const struct hop_answer *answer);

#endif
