/*
 * intake - DATA and BDAT: the message itself, from the client to the chain, and the chain's verdict
 * as reply (RFC 5321 4.1.1.4, RFC 3030)
 *
 * It is handed on as it comes; nothing is kept, however many chunks there are.
 */
#ifndef NET_INTAKE_H
#define NET_INTAKE_H

#include "net/session.h"

void intake_data(struct session *s, const char *argument);
void intake_bdat(struct session *s, const char *argument);

/* BDAT may not be now: its bytes are thrown away, and then this is said. RFC 3030 2 */
void intake_refuse_chunk(struct session *s, const char *argument, const char *reply);

#endif
