/*
 * tlsa - TLSA records: which certificates a host may show (RFC 6698, RFC 7671)
 */
#ifndef MAIL_TLSA_H
#define MAIL_TLSA_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TLSA_DATA_MAX = 4096, /* bytes: any hash, and the certificates that people use */
	TLSA_TEXT_MAX = 2 * TLSA_DATA_MAX + sizeof "255 255 255 ",
};

enum { TLSA_USAGE_TA = 2, TLSA_USAGE_EE = 3 };    /* an authority; the host's own */
enum { TLSA_CERTIFICATE = 0, TLSA_KEY = 1 };      /* selector: all of it, or its public key */
enum { TLSA_FULL = 0, TLSA_SHA256, TLSA_SHA512 }; /* matching: the bytes, or their hash */

struct tlsa {
	unsigned int usage, selector, matching;
	size_t len;
	unsigned char data[TLSA_DATA_MAX];
};

/* The record's data in an answer of the DNS. false: cut short, or longer than any that is used. */
bool tlsa_from_dns(struct tlsa *out, const unsigned char *rdata, size_t len);

/* "3 1 1 0a1b...", and back. false: not of that form. */
void tlsa_write(char out[TLSA_TEXT_MAX], const struct tlsa *record);
bool tlsa_read(struct tlsa *out, const char *text);

/*
 * tlsa_is_usable - can a mail server be judged by it?
 *
 * RFC 7672 3.1.3: usages 0 and 1 cannot; nor what we do not know, nor hashes of a wrong length.
 */
bool tlsa_is_usable(const struct tlsa *record);

/*
 * tlsa_is_outdone - does another usable record of this list say the same with a better hash?
 *
 * Then this one does not count (RFC 7671 9).
 */
bool tlsa_is_outdone(const struct tlsa *record, const struct tlsa *list, size_t count);

#endif
