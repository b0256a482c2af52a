/*
 * verdict - what became of each recipient: done, later or never (verdict(5))
 *
 * A verdict is a list of outcome records, one for a recipient or one for all, and an end. A verdict
 * without its end, whatever it holds, means "later" for all that it does not name.
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum fate {
	FATE_NONE, /* nothing said yet */
	FATE_DONE,
	FATE_LATER,
	FATE_NEVER,
};

enum { RECIPIENT_ALL = -1 };

struct outcome {
	enum fate fate;
	int recipient;        /* its number in the envelope, from 0; or RECIPIENT_ALL */
	int code;             /* SMTP, as 250, 451, 550; its first digit fits the fate */
	const char *enhanced; /* RFC 3463, as "2.0.0" */
	const char *host;     /* who said so, as "mx.example.org[192.0.2.1]"; "-": we */
	const char *tls;      /* how the hop was protected, as "TLSv1.3"; "-": not */
	const char *text;     /* for people; one line, printable */
};

/*
 * outcome_add - append one outcome record
 *
 * Bytes in text that cannot be printed are written as "?", so that no remote text can make a record.
 * returns   false: no memory
 */
bool outcome_add(stralloc *verdict, const struct outcome *outcome);

/*
 * outcome_parse - read one record (tag and value, a C string that is cut in place)
 *
 * out      views into record
 * returns  false: not an outcome; out is then not usable
 */
bool outcome_parse(char *record, struct outcome *out);

/* A fate that fits an SMTP code: 2yz done, 4yz later, 5yz never, else later. RFC 5321 4.2.1 */
enum fate fate_of_code(int code);

#endif
