/*
 * tls_expected - what a server's certificate has to be, as tls-connect is told
 *
 * A list of records, each ended by NUL, one more NUL at its end (base/record.h):
 *
 *     name=mx.example.org   it holds this name, or another one that is given so
 *     tlsa=3 1 1 0a1b...    it matches this TLSA record, or another one (mail/tlsa.h)
 */
#ifndef NET_TLS_EXPECTED_H
#define NET_TLS_EXPECTED_H

#include "mail/tlsa.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	TLS_EXPECTED_MAX_BYTES = 32 << 10, /* fits into a pipe that nobody reads yet */
	TLS_EXPECTED_NAMES_MAX = 32,
	TLS_EXPECTED_RECORDS_MAX = 32,
};

struct tls_expected {
	const char *names[TLS_EXPECTED_NAMES_MAX]; /* views into the list */
	size_t name_count;
	struct tlsa records[TLS_EXPECTED_RECORDS_MAX];
	size_t record_count; /* 0: the certificate is judged by names and authorities */
};

/*
 * tls_expected_read - read the list
 *
 * returns  false: not whole, too many, or a record that is none. Whoever cannot read what is
 *          expected cannot say that it is there.
 */
bool tls_expected_read(struct tls_expected *out, const char *list, size_t len);

#endif
