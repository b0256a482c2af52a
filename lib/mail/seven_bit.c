#include "mail/seven_bit.h"

#include "mail/base64.h"
#include "mail/header.h"

#include <string.h>

enum { LINE_GOOD = 76, TEXT_SHARE = 6 };

/* --- the first walk --- */

static void
stuck(struct seven_bit *plan, const char *why)
{
	if (!plan->stuck)
		plan->stuck = why;
}

/* Is this the next byte of UTF-8? Coarse: what else would look like it is no text. */
static void
utf8_look(struct seven_bit *plan, unsigned char c)
{
	if (plan->utf8_more) {
		plan->is_utf8 = plan->is_utf8 && (c & 0xc0) == 0x80;
		plan->utf8_more--;
	} else if (c & 0x80) {
		plan->is_utf8 = plan->is_utf8 && c >= 0xc2 && c <= 0xf4;
		plan->utf8_more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	}
}

static void
look(struct seven_bit *plan, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		plan->has_bare |= plan->wire && (c == '\n') != plan->looked_cr;
		plan->looked_cr = c == '\r';
		plan->line_bytes = c == '\n' ? 0 : plan->line_bytes + (c != '\r');
		plan->has_long |= plan->line_bytes > SEVEN_BIT_LINE_MAX;
		plan->has_nul |= !c;
		plan->high += (c & 0x80) != 0;
		if (plan->utf8_more || c & 0x80)
			utf8_look(plan, (unsigned char)c);
	}
	plan->bytes += len;
}

static void
look_begin(struct seven_bit *plan)
{
	plan->bytes = plan->high = plan->line_bytes = 0;
	plan->has_long = plan->has_nul = plan->has_bare = plan->looked_cr = false;
	plan->utf8_more = 0;
}

static bool
is_text(const struct mime_entity *entity)
{
	return !*entity->type.name || content_type_is(&entity->type, "text/");
}

static enum recoding
choose(struct seven_bit *plan, const struct mime_entity *entity)
{
	if (entity->malformed)
		stuck(plan, "the header of a part is malformed");
	else if (entity->opaque)
		stuck(plan, "a part is nested too deep, or has no boundary");
	else if (content_type_is(&entity->type, "message/")
	         && !content_type_is(&entity->type, "message/global"))
		stuck(plan, "a part of a type message/ must be 7-bit already");
	switch (entity->encoding) {
	case MIME_BASE64:
		if (plan->high)
			stuck(plan, "a part that says base64 has 8-bit bytes");
		return RECODE_REWRAP;
	case MIME_QUOTED_PRINTABLE: return RECODE_REFOLD;
	case MIME_OTHER: stuck(plan, "a part has an encoding that we do not know"); break;
	default: break;
	}
	return is_text(entity) && !plan->has_nul && plan->high <= plan->bytes / TEXT_SHARE
	           ? RECODE_QUOTED
	           : RECODE_BASE64;
}

static void
plan_header(struct seven_bit *plan, const struct mime_entity *entity, const char *bytes, size_t len)
{
	if (entity->number == 0) {
		plan->is_utf8 = true;
		if (header_count(bytes, len, "DKIM-Signature"))
			stuck(plan, "the message is signed already");
	} else {
		look_begin(plan);
		look(plan, bytes, len);
		if (plan->high || plan->has_long || plan->has_bare) {
			plan->needed = true;
			stuck(plan, "the header of a part has 8-bit bytes or long lines");
		}
	}
	if (entity->number >= SEVEN_BIT_PARTS_MAX)
		return;
	plan->parts = entity->number + 1;
	/* What turns out to need no encoding is 7-bit, whatever it says. */
	plan->recoding[entity->number] =
	    entity->encoding == MIME_8BIT || entity->encoding == MIME_BINARY ? RECODE_LABEL
	                                                                     : RECODE_KEEP;
}

/* A leaf is over: what was seen of it decides. */
static void
plan_leaf(struct seven_bit *plan, const struct mime_entity *entity)
{
	plan->has_bare |= plan->wire && plan->looked_cr;
	if (!plan->high && !plan->has_long && !plan->has_nul && !plan->has_bare)
		return;
	if (plan->utf8_more)
		plan->is_utf8 = false;
	plan->needed = true;
	if (entity->sealed)
		stuck(plan, "a part is signed or encrypted");
	if (entity->number >= SEVEN_BIT_PARTS_MAX)
		stuck(plan, "there are too many parts");
	else
		plan->recoding[entity->number] = choose(plan, entity);
}

static bool
plan_take(void *of, const struct mime_entity *entity, enum mime_piece piece, const char *bytes,
          size_t len)
{
	struct seven_bit *plan = of;

	switch (piece) {
	case MIME_HEADER: plan_header(plan, entity, bytes, len); break;
	case MIME_EMPTY: break;
	case MIME_BODY: look(plan, bytes, len); return true;
	case MIME_END: plan_leaf(plan, entity); break;
	case MIME_GLUE:
		look(plan, bytes, len);
		if (plan->high || plan->has_long || plan->has_bare) {
			plan->needed = true;
			stuck(plan, "there are 8-bit bytes or long lines between the parts");
		}
		break;
	}
	look_begin(plan);
	return true;
}

bool
seven_bit_plan(struct seven_bit *plan, const char *bytes, size_t len)
{
	if (!plan->walk.take) {
		plan->walk.take = plan_take;
		plan->walk.of = plan;
		plan->walk.header_max = HEADER_MAX_BYTES;
		plan->walk.wire = plan->wire;
	}
	return mime_walk(&plan->walk, bytes, len);
}

bool
seven_bit_planned(struct seven_bit *plan)
{
	bool done = seven_bit_plan(plan, "", 0) && mime_walk_end(&plan->walk);

	if (plan->walk.too_large)
		stuck(plan, "a header is too long");
	plan->walk = (struct mime_walk){ .take = NULL };
	return done;
}

/* --- the second walk --- */

static bool
put(struct seven_bit *plan, const char *text, size_t len)
{
	plan->column += (unsigned int)len;
	return stralloc_catb(plan->out, text, len);
}

static bool
put_line_end(struct seven_bit *plan)
{
	bool done = put(plan, plan->line_end, strlen(plan->line_end));

	plan->column = 0;
	return done;
}

/* A byte of quoted-printable, as it is or escaped, with a soft line break before it if it must be. */
static bool
put_quoted(struct seven_bit *plan, char c, bool escaped)
{
	static const char digits[] = "0123456789ABCDEF";
	char text[3] = { '=', digits[(unsigned char)c >> 4], digits[c & 15] };
	unsigned int len = escaped ? 3 : 1;

	if (plan->column + len > LINE_GOOD - 1 && (!put(plan, "=", 1) || !put_line_end(plan)))
		return false;
	return escaped ? put(plan, text, len) : put(plan, &c, 1);
}

static bool
put_space(struct seven_bit *plan, bool at_end)
{
	char c = plan->space;

	plan->space = 0;
	return !c || put_quoted(plan, c, at_end);
}

/* RFC 2045 6.7: a line end is one, white space before it is escaped, and so is a CR or LF alone. */
static bool
quoted_add(struct seven_bit *plan, const char *bytes, size_t len)
{
	bool lf_ends = plan->line_end[0] == '\n';

	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (plan->after_cr && c != '\n'
		    && (!put_space(plan, false) || !put_quoted(plan, '\r', true)))
			return false;
		if (c == '\n' && (plan->after_cr || lf_ends)) {
			plan->after_cr = false;
			if (!put_space(plan, true) || !put_line_end(plan))
				return false;
			continue;
		}
		plan->after_cr = c == '\r';
		if (plan->after_cr)
			continue;
		if (!put_space(plan, false))
			return false;
		if (c == ' ' || c == '\t')
			plan->space = c;
		else if (!put_quoted(plan, c, c < '!' || c > '~' || c == '='))
			return false;
	}
	return true;
}

static bool
quoted_end(struct seven_bit *plan)
{
	bool done = put_space(plan, true) && (!plan->after_cr || put_quoted(plan, '\r', true));

	plan->after_cr = false;
	return done;
}

/* What is quoted already stays so; its lines become short, and its 8-bit bytes escaped. */
static bool
refold_add(struct seven_bit *plan, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (c == '\r' || c == '\n') {
			plan->escape = plan->column = 0;
			if (!stralloc_append(plan->out, c))
				return false;
			continue;
		}
		/* "=" and what it escapes stay on one line; so does a soft line break. */
		if (c == '=')
			plan->escape = 3;
		if (!plan->escape || c == '=') {
			if (plan->column + (c == '=' || c & 0x80 ? 3 : 1) > LINE_GOOD - 1
			    && (!put(plan, "=", 1) || !put_line_end(plan)))
				return false;
		}
		if (!(c & 0x80 ? put_quoted(plan, c, true) : put(plan, &c, 1)))
			return false;
		plan->escape -= plan->escape > 0;
	}
	return true;
}

static bool
group_put(struct seven_bit *plan)
{
	size_t len = plan->group_len;

	plan->group_len = 0;
	if (!len)
		return true;
	if (plan->column + 4 > LINE_GOOD && !put_line_end(plan))
		return false;
	plan->column += 4;
	return base64_encode(plan->out, plan->group, len);
}

static bool
base64_add(struct seven_bit *plan, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		plan->group[plan->group_len++] = bytes[i];
		if (plan->group_len == sizeof plan->group && !group_put(plan))
			return false;
	}
	return true;
}

static bool
rewrap_add(struct seven_bit *plan, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r\n", bytes[i]) && bytes[i])
			continue;
		if ((plan->column == LINE_GOOD && !put_line_end(plan)) || !put(plan, bytes + i, 1))
			return false;
	}
	return true;
}

static enum recoding
recoding_of(const struct seven_bit *plan, const struct mime_entity *entity)
{
	return entity->number < plan->parts ? plan->recoding[entity->number] : RECODE_KEEP;
}

/* A last line end is the boundary's, or ours to write. */
static bool
part_end(struct seven_bit *plan, const struct mime_entity *entity)
{
	switch (recoding_of(plan, entity)) {
	case RECODE_QUOTED: return quoted_end(plan);
	case RECODE_BASE64:
		if (!group_put(plan))
			return false;
		break;
	case RECODE_REWRAP: break;
	default: return true;
	}
	return entity->in_multipart || !plan->column || put_line_end(plan);
}

static const char *
label(enum recoding recoding)
{
	return recoding == RECODE_QUOTED   ? "quoted-printable"
	       : recoding == RECODE_BASE64 ? "base64"
	                                   : "7bit";
}

static bool
add_field(struct seven_bit *plan, const char *name, const char *value)
{
	stralloc *out = plan->out;

	if (out->len && out->s[out->len - 1] != '\n' && !stralloc_cats(out, plan->line_end))
		return false;
	return stralloc_cats(out, name) && stralloc_cats(out, value)
	       && stralloc_cats(out, plan->line_end);
}

/* The new label stands where the old one was, else at the end with what MIME wants besides. */
static bool
make_header(struct seven_bit *plan, const struct mime_entity *entity, const char *text, size_t len)
{
	static const char name[] = "Content-Transfer-Encoding: ";
	enum recoding recoding = recoding_of(plan, entity);
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;
	bool labelled = false, done = true;

	plan->column = plan->group_len = plan->escape = 0;
	plan->space = 0;
	plan->after_cr = false;
	if (recoding == RECODE_KEEP || recoding == RECODE_REWRAP || recoding == RECODE_REFOLD)
		return put(plan, text, len) && ((plan->column = 0), true);
	while (done && (found = header_next(&header, &field)) != HEADER_END) {
		if (found != HEADER_FIELD || !field_is(&field, "Content-Transfer-Encoding"))
			done = stralloc_catb(plan->out, field.raw, field.raw_len);
		else if (!labelled)
			done = labelled = add_field(plan, name, label(recoding));
	}
	if (done && entity->number == 0 && !entity->has_version)
		done = add_field(plan, "MIME-Version: ", "1.0");
	if (done && entity->number == 0 && !*entity->type.name && !entity->has_version)
		done = add_field(plan, "Content-Type: text/plain; charset=",
		                 plan->is_utf8 ? "utf-8" : "unknown-8bit");
	return done && (labelled || add_field(plan, name, label(recoding)));
}

static bool
make_take(void *of, const struct mime_entity *entity, enum mime_piece piece, const char *bytes,
          size_t len)
{
	struct seven_bit *plan = of;

	switch (piece) {
	case MIME_HEADER: return make_header(plan, entity, bytes, len);
	case MIME_END: return part_end(plan, entity);
	case MIME_BODY: break;
	default: return stralloc_catb(plan->out, bytes, len);
	}
	switch (recoding_of(plan, entity)) {
	case RECODE_QUOTED: return quoted_add(plan, bytes, len);
	case RECODE_BASE64: return base64_add(plan, bytes, len);
	case RECODE_REWRAP: return rewrap_add(plan, bytes, len);
	case RECODE_REFOLD: return refold_add(plan, bytes, len);
	default: return stralloc_catb(plan->out, bytes, len);
	}
}

bool
seven_bit_make(struct seven_bit *plan, const char *bytes, size_t len, const char *line_end,
               stralloc *out)
{
	plan->out = out;
	plan->line_end = line_end;
	if (!plan->walk.take) {
		plan->walk.take = make_take;
		plan->walk.of = plan;
		plan->walk.header_max = HEADER_MAX_BYTES;
		plan->walk.wire = plan->wire;
	}
	return mime_walk(&plan->walk, bytes, len);
}

bool
seven_bit_made(struct seven_bit *plan, stralloc *out)
{
	plan->out = out;
	return mime_walk_end(&plan->walk);
}
