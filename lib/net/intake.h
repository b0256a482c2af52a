/*
 * intake - DATA: the message itself, from the client to the chain, and the chain's verdict as reply
 */
#ifndef NET_INTAKE_H
#define NET_INTAKE_H

#include "net/session.h"

void intake_data(struct session *s, const char *argument);

#endif
