#include "mail/wire.h"

#include <string.h>

void
wire_scan(struct wire *wire, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (wire->after_cr && c != '\n')
			wire->bare_cr = true;
		if (c == '\n' && !wire->after_cr)
			wire->bare_lf = true;
		if (!c)
			wire->nul = true;
		wire->after_cr = c == '\r';
	}
}

bool
wire_is_clean(const struct wire *wire)
{
	return !wire->bare_cr && !wire->bare_lf && !wire->nul && !wire->after_cr;
}

bool
wire_make(struct wire *wire, const char *bytes, size_t len, stralloc *out)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t piece = (size_t)((feed ? feed : end) - bytes);
		size_t text = piece;

		if (wire->after_cr && piece)
			wire->bare_cr = true;
		wire->after_cr = piece ? bytes[piece - 1] == '\r' : wire->after_cr;
		if (text && wire->after_cr)
			text--;
		if (memchr(bytes, '\r', text))
			wire->bare_cr = true;
		if (memchr(bytes, 0, piece))
			wire->nul = true;
		wire->in_line = !feed;
		if (!stralloc_catb(out, bytes, piece))
			return false;
		bytes += piece;
		if (feed) {
			if (!stralloc_cats(out, wire->after_cr ? "\n" : "\r\n"))
				return false;
			wire->after_cr = false;
			bytes++;
		}
	}
	return true;
}

bool
wire_make_end(struct wire *wire, stralloc *out)
{
	if (wire->after_cr)
		wire->bare_cr = true;
	if (!wire->in_line)
		return true;
	wire->in_line = false;
	return stralloc_cats(out, "\r\n");
}

bool
wire_unmake(struct wire *wire, const char *bytes, size_t len, stralloc *out)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *cr;

		if (wire->after_cr && *bytes != '\n' && !stralloc_append(out, '\r'))
			return false;
		cr = memchr(bytes, '\r', (size_t)(end - bytes));
		if (!stralloc_catb(out, bytes, (size_t)((cr ? cr : end) - bytes)))
			return false;
		wire->after_cr = cr;
		bytes = cr ? cr + 1 : end;
	}
	return true;
}

bool
wire_unmake_end(struct wire *wire, stralloc *out)
{
	bool held = wire->after_cr;

	wire->after_cr = false;
	return !held || stralloc_append(out, '\r');
}
