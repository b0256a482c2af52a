/*
 * received - the trace field that every server puts on top of a message (RFC 5321 4.4)
 */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include "mail/envelope.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>

enum { RECEIVED_MAX = 100 }; /* fields; more of them are a loop (RFC 5321 6.3) */

/*
 * received_add - append one Received field, folded, lines ended by CRLF
 *
 *     Received: from HELO ([CLIENT]) by SERVER with ESMTPSA id MESSAGE
 *      (TLSv1.3 TLS_AES_256_GCM_SHA384) for <ann@example.org>; DATE
 *
 * envelope   its facts; "for" only where there is exactly one recipient (RFC 5321 4.4, 7.6)
 * client     what stands for the client's name and address; NULL: as the envelope says. A site that
 *            hides its submitters gives an opaque token here.
 * returns    false: no memory
 */
bool received_add(stralloc *out, const struct envelope *envelope, const char *client,
                  int64_t time_s);

/* The protocol name of RFC 3848 and 6531 4.3 for this session, as "ESMTPSA". */
bool received_protocol(stralloc *out, const struct envelope *envelope);

#endif
