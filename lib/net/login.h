/*
 * login - the AUTH command: the dialogue of a client with an auth program (RFC 4954, login(7))
 *
 * The speaker passes lines on and judges nothing: who has logged in is told by the auth program to
 * the steward.
 */
#ifndef NET_LOGIN_H
#define NET_LOGIN_H

#include "net/session.h"

void login_auth(struct session *s, const char *argument);

#endif
