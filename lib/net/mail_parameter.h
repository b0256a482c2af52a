/*
 * mail_parameter - the parameters of MAIL and RCPT (RFC 5321 4.1.1.11), one function each
 *
 * What is accepted becomes records of the envelope.
 */
#ifndef NET_MAIL_PARAMETER_H
#define NET_MAIL_PARAMETER_H

#include "net/session.h"

#include <skalibs/stralloc.h>

/*
 * mail_parameters - read all that stands behind MAIL's path, into s->facts
 *
 * returns  NULL, or a refusal
 */
const char *mail_parameters(struct session *s, const char *rest);

/* The same for RCPT: records that belong behind the recipient's are appended. */
const char *rcpt_parameters(struct session *s, const char *rest, stralloc *records);

/* The highest MT-PRIORITY that this client may have. RFC 6710 4.1 */
int mail_priority_max(const struct session *s);

#endif
