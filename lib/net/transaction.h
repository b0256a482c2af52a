/*
 * transaction - MAIL and RCPT: who sends, to whom, and how (RFC 5321 3.3)
 *
 * What is accepted is gathered as envelope records (mail/envelope.h) in the session.
 */
#ifndef NET_TRANSACTION_H
#define NET_TRANSACTION_H

#include "net/session.h"

void transaction_mail(struct session *s, const char *argument);
void transaction_rcpt(struct session *s, const char *argument);

#endif
