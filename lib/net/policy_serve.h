/*
 * policy_serve - answer the questions of one connection (policy(7))
 *
 *     fd 0, 1   questions and answers
 *     fd 3      the facts of the connection (net/facts.h); a mail server of another kind may leave
 *               it closed, and is then believed in its attributes
 *     fd 5      where the connection's messages come from, to programs that take them: base/more.h
 */
#ifndef NET_POLICY_SERVE_H
#define NET_POLICY_SERVE_H

#include "mail/envelope.h"
#include "mail/policy.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

/*
 * What a program thinks of a question.
 *
 * facts    of the connection; what there is wins over attributes of the same meaning
 * action   append it, without NUL, as for policy_answer
 * returns  false: no memory
 */
typedef bool policy_judge(const struct policy_question *question, const struct envelope *facts,
                          void *settings, stralloc *action);

/* A message of the same connection waits on fd 5: take it. false: no more will come. */
typedef bool policy_message(void *settings);

/*
 * policy_serve - until the connection ends; call it after serve()
 *
 * message   NULL: none is taken
 * returns   what to exit with
 */
int policy_serve(policy_judge *judge, policy_message *message, void *settings);

/*
 * policy_next - the connection has ended well: wait for the next one of the same client
 *
 * For a program that takes messages, too. Its descriptors are where those of the first were.
 * returns   false: there is none
 */
bool policy_next(void);

#endif
