/*
 * dialogue - lines in, lines out, with deadlines: the server's side of a text protocol
 *
 * Replies are gathered and sent when there is nothing more to read, so that pipelined commands get
 * one packet of replies (RFC 2920 3.2).
 */
#ifndef NET_DIALOGUE_H
#define NET_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	DIALOGUE_LINE_MAX = 12288 + 512, /* RFC 4954 4: a response of 12288 octets must do */
	DIALOGUE_INPUT = 16384,
	DIALOGUE_OUTPUT = 2048,
};

struct dialogue {
	int in, out;
	int waker;         /* dialogue_line waits for this one, too; -1: there is none */
	size_t start, end; /* input[start .. end) is not read yet */
	size_t out_len;
	bool skipping; /* the rest of a line that was too long is thrown away */
	bool lf;       /* lines end in LF alone: a dialogue with a program of this host */
	char input[DIALOGUE_INPUT];
	char output[DIALOGUE_OUTPUT];
};

enum line_status {
	LINE_OK,
	LINE_TOO_LONG, /* all of it was thrown away */
	LINE_BAD,      /* it ended in LF alone, or holds NUL or CR: not a line of ours */
	LINE_END,      /* the other side has closed, or is gone */
	LINE_TIMEOUT,
	LINE_WOKEN, /* nothing has come, but the waker has something */
};

/* Lines end in CRLF, and nothing wakes it; set lf and waker behind it for other forms. */
void dialogue_start(struct dialogue *dialogue, int in, int out);

/*
 * dialogue_line - the next line, without CRLF, ended by NUL
 *
 * Sends what was gathered first if it has to wait.
 *
 * timeout_s  for the whole line
 * line, len  a view, good until the next call; only with LINE_OK
 */
enum line_status dialogue_line(struct dialogue *dialogue, int timeout_s, char **line, size_t *len);

/*
 * dialogue_bytes - what has come, at least one byte, for data that is no line
 *
 * bytes    may be written to; they count as read only with dialogue_skip
 * returns  how many; 0: the end, or trouble (errno; ETIMEDOUT)
 */
size_t dialogue_bytes(struct dialogue *dialogue, int timeout_s, char **bytes);
void dialogue_skip(struct dialogue *dialogue, size_t len);

/* Is there input that came together with the last line? */
bool dialogue_pending(const struct dialogue *dialogue);

/* Gathers bytes to send; what does not fit makes room by being sent. false: errno. */
bool dialogue_add(struct dialogue *dialogue, const char *bytes, size_t len);

/* Gathers a line and its end. */
bool dialogue_put(struct dialogue *dialogue, const char *line);

/* Sends all that was gathered; false: errno. */
bool dialogue_flush(struct dialogue *dialogue, int timeout_s);

#endif
