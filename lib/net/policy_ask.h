/*
 * policy_ask - may this sender, this recipient pass? Asks the policy program (policy(7))
 */
#ifndef NET_POLICY_ASK_H
#define NET_POLICY_ASK_H

#include "net/session.h"

/*
 * policy_ask - one question, in the session's state
 *
 * state      "CONNECT", "MAIL" or "RCPT"
 * recipient  "" before RCPT
 * returns    NULL: nothing against it; else a reply, good until the next question. A program that
 *            is missing, dies or is not understood gives 451.
 */
const char *policy_ask(struct session *s, const char *state, const char *recipient);

#endif
