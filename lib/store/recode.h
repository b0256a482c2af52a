/*
 * recode - a whole message kept, and made 7-bit where it is not (mail/seven_bit.h)
 */
#ifndef STORE_RECODE_H
#define STORE_RECODE_H

#include "mail/seven_bit.h"
#include "store/spool.h"

#include <stdbool.h>
#include <stddef.h>

struct recode {
	struct spool message; /* behind recode_end: what is to be handed on */
	bool changed;         /* that differs from what was added */
	struct seven_bit plan;
};

/* wire: its lines end in CRLF, and what else is there is content. */
void recode_begin(struct recode *recode, bool wire);

/* The next bytes of the message. false: errno. */
bool recode_add(struct recode *recode, const char *bytes, size_t len);

/*
 * recode_end - behind the last: what needs it, and can be, is made 7-bit
 *
 * line_end  "\r\n", or "\n" where the message has these
 * returns   false: errno
 */
bool recode_end(struct recode *recode, const char *line_end);

#endif
