/*
 * qmail - the envelope of qmail-queue(8), and its addresses
 *
 * One list: "F" and the sender, a "T" and each recipient, all ended by NUL, then an empty record. Local
 * parts stand there as they are, without the quotes that SMTP wants around some of them.
 */
#ifndef MAIL_QMAIL_H
#define MAIL_QMAIL_H

#include "mail/address.h"
#include "mail/envelope.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { QMAIL_EXIT_TOO_LONG = 11, QMAIL_EXIT_REFUSED = 31, QMAIL_EXIT_PERMANENT_MAX = 40 };
enum { /* these mean "later" */
       QMAIL_EXIT_MEMORY = 51,
       QMAIL_EXIT_WRITE = 53,
       QMAIL_EXIT_READ = 54,
       QMAIL_EXIT_LATER = 71,
       QMAIL_EXIT_BUG = 81,
       QMAIL_EXIT_FORMAT = 91,
};

/* Appends an address without quotes. false: no memory. */
bool qmail_address_add(stralloc *out, const char *mailbox);

/* Appends the whole list for an envelope of ours. false: no memory. */
bool qmail_envelope_add(stralloc *out, const struct envelope *envelope);

/*
 * qmail_address_read - append an address in the form of SMTP, with quotes where it needs them
 *
 * text     ended by NUL. qmail's sender of bounces about bounces, "#@[]", is the null sender here.
 * domain   completes an address that has none; NULL: it stays, which is good for postmaster only
 * returns  PATH_OK; else nothing was appended
 */
enum path_fault qmail_address_read(stralloc *out, const char *text, enum path_kind kind,
                                   const char *domain);

#endif
