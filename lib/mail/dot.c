#include "mail/dot.h"

#include <string.h>

/*
 * The rest of a line up to its LF or the end of what we have, moved as one piece: the common case,
 * so that a body costs three memchr a line and no loop over its bytes.
 */
static size_t
take_line(struct dot *dot, char *out, const char *in, size_t len, size_t *taken)
{
	const char *feed = memchr(in, '\n', len), *cr;
	size_t part = feed ? (size_t)(feed - in) + 1 : len;

	*taken = part;
	if (memchr(in, 0, part))
		dot->nul = true;
	cr = memchr(in, '\r', part);
	if (feed && feed > in && feed[-1] == '\r') {
		if (cr != feed - 1)
			dot->bare_cr = true;
	} else if (feed) {
		dot->bare_lf = true;
		if (cr)
			dot->bare_cr = true;
	} else if (cr && cr != in + part - 1) {
		dot->bare_cr = true;
	}
	if (feed) {
		/* Behind a bare LF, or CR CR LF, a dot is no dot: others may see no line start there. */
		bool clean = feed > in && feed[-1] == '\r' && !(feed > in + 1 && feed[-2] == '\r');

		dot->state = clean ? DOT_LINE_START : DOT_IN_LINE;
	} else {
		dot->state = in[part - 1] != '\r'               ? DOT_IN_LINE
		             : part > 1 && in[part - 2] == '\r' ? DOT_AFTER_CRS
		                                                : DOT_AFTER_CR;
	}
	memmove(out, in, part);
	return part;
}

/* A CR without its LF. The LF behind two CRs or more stands alone, however many packets they fill. */
static void
bare_cr(struct dot *dot, char next)
{
	dot->bare_cr = true;
	dot->state = next == '\r' ? DOT_AFTER_CRS : DOT_IN_LINE;
}

size_t
dot_decode(struct dot *dot, char *bytes, size_t len, size_t *used)
{
	size_t in = 0, out = 0, taken;

	while (in < len && !dot->ended) {
		switch (dot->state) {
		case DOT_LINE_START:
			if (bytes[in] == '.' && !dot->chunked) {
				dot->state = DOT_AFTER_DOT;
				in++;
				break;
			}
			/* fall through */
		case DOT_IN_LINE:
			out += take_line(dot, bytes + out, bytes + in, len - in, &taken);
			in += taken;
			break;
		case DOT_AFTER_CR:
			if (bytes[in] == '\n') {
				bytes[out++] = bytes[in++];
				dot->state = DOT_LINE_START;
			} else {
				bare_cr(dot, bytes[in]);
			}
			break;
		case DOT_AFTER_CRS:
			if (bytes[in] == '\r')
				in++;
			else
				dot->state = DOT_IN_LINE;
			break;
		case DOT_AFTER_DOT:
			if (bytes[in] == '\r') {
				dot->state = DOT_AFTER_DOT_CR;
				in++;
			} else {
				dot->state =
				    DOT_IN_LINE; /* the dot was only put on for transport */
			}
			break;
		case DOT_AFTER_DOT_CR:
			if (bytes[in] == '\n') {
				dot->ended = true;
				in++;
			} else {
				bare_cr(dot, bytes[in]);
			}
			break;
		}
	}
	*used = in;
	return out;
}

const char *
dot_finish(struct dot *dot)
{
	if (dot->state == DOT_AFTER_CR)
		dot->bare_cr = true;
	return dot->state == DOT_IN_LINE ? "\r\n" : "";
}
