/*
 * trouble - why a way to some host did not work out
 */
#ifndef NET_TROUBLE_H
#define NET_TROUBLE_H

#include "base/verdict.h"
#include "mail/reply.h"

/* As an outcome tells it. */
struct trouble {
	enum fate fate; /* FATE_LATER or FATE_NEVER */
	int code;
	char enhanced[12];
	char text[REPLY_TEXT_KEPT + 1];
};

/* text is cut to what fits. */
void trouble_set(struct trouble *trouble, int code, const char *enhanced, const char *text);

#endif
