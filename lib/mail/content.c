#include "mail/content.h"

void
content_scan(struct content *content, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if ((c == '\n') != content->after_cr)
			content->has_bare_cr_or_lf = true;
		content->after_cr = c == '\r';
		if (c == '\n') {
			content->in_body |= !content->line_bytes;
			content->line_bytes = 0;
		} else if (c != '\r') {
			content->has_long_line |= ++content->line_bytes > CONTENT_LINE_MAX;
			content->has_nul |= !c;
			if (c & 0x80) {
				content->has_8bit = true;
				content->header_has_8bit |= !content->in_body;
			}
		}
	}
	content->bytes += len;
}

void
content_end(struct content *content)
{
	content->has_bare_cr_or_lf |= content->after_cr;
	content->lacks_last_crlf = content->line_bytes || content->after_cr;
}
