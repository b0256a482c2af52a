/*
 * reply - what an SMTP or LMTP server answers (RFC 5321 4.2), read as it comes in
 *
 * The server is a stranger: whatever it sends, a reply takes this struct and no more, and its words
 * come out as one line of printable ASCII.
 */
#ifndef MAIL_REPLY_H
#define MAIL_REPLY_H

#include <stdbool.h>
#include <stddef.h>

enum {                             /* bytes */
       REPLY_LINE_KEPT = 512,      /* RFC 5321 4.5.3.1.5; of a longer line the rest is dropped */
       REPLY_TEXT_KEPT = 500,      /* of all lines together */
       REPLY_MAX_BYTES = 64 << 10, /* all of a reply; a longer one is broken */
};

struct reply {
	int code;          /* 200 to 599 */
	bool has_enhanced; /* the server gave an enhanced code itself */
	char
	    enhanced[12]; /* RFC 3463, of the code's class; else made up: "5.0.0". Empty for 3yz. */
	char text[REPLY_TEXT_KEPT + 1]; /* the words of all lines, without codes */
	char line[REPLY_LINE_KEPT + 1]; /* the words of the last line; 8-bit and controls are "?" */

	size_t line_len, text_len, bytes; /* the module's own */
	bool first_line_read;
};

enum reply_state {
	REPLY_MORE,   /* all bytes are used up and the line has not ended */
	REPLY_LINE,   /* one line is complete, in line; others follow */
	REPLY_WHOLE,  /* the last line is complete, and so is the reply */
	REPLY_BROKEN, /* not a reply, or too long: nothing more of this server makes sense */
};

/* Before the first byte of each reply. */
void reply_begin(struct reply *reply);

/*
 * reply_feed - take bytes up to the end of one line
 *
 * used      how many bytes were taken; the rest belongs to the next line or reply
 * returns   after REPLY_LINE: call again with the rest, or with new bytes
 *
 * A line may end in LF alone: it is what servers do, and no message can be smuggled this way round.
 * Lines of one reply may differ in code within a class (the last one counts); across classes the
 * reply is broken.
 */
enum reply_state reply_feed(struct reply *reply, const char *bytes, size_t len, size_t *used);

/* The class of a complete reply: 2, 3, 4 or 5. RFC 5321 4.2.1: enough to know what to do. */
int reply_class(const struct reply *reply);

#endif
