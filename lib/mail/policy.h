/*
 * policy - the policy program's side of Postfix's policy delegation protocol (policy(7))
 *
 * A question is lines "name=value" and an empty line; an answer is "action=..." and an empty line.
 */
#ifndef MAIL_POLICY_H
#define MAIL_POLICY_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { POLICY_MAX_BYTES = 65536 }; /* of all attributes of one question */

struct policy_question {
	stralloc attributes; /* "name=value", each ended by NUL */
};

/*
 * policy_add - take the next line of a question
 *
 * line, len  without its end, not empty, without NUL
 * returns    false: not an attribute, too many of them, or no memory: the question is lost
 */
bool policy_add(struct policy_question *question, const char *line, size_t len);

/* Is this a whole question that we can answer? */
bool policy_valid(const struct policy_question *question);

/* An attribute's value, the first one of this name; "": there is none. */
const char *policy_get(const struct policy_question *question, const char *name);

/* Forgets it all; the memory serves for the next question. */
void policy_clear(struct policy_question *question);

/*
 * policy_answer - append an answer, its empty line included
 *
 * action   as "DUNNO" or "550 5.1.1 no such user"; bytes that cannot be printed become "?"
 * returns  false: no memory
 */
bool policy_answer(stralloc *out, const char *action);

#endif
