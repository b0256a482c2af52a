#include "mail/mime.h"

#include "mail/header.h"
#include "mail/lex.h"

#include <string.h>
#include <strings.h>

static bool
take(struct mime_walk *walk, enum mime_piece piece, const char *bytes, size_t len)
{
	return (!len && piece != MIME_HEADER && piece != MIME_END)
	       || walk->take(walk->of, &walk->entity, piece, bytes, len);
}

static enum mime_encoding
encoding_parse(const char *text, size_t len)
{
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} names[] = { { "7bit", MIME_7BIT },
		      { "8bit", MIME_8BIT },
		      { "binary", MIME_BINARY },
		      { "quoted-printable", MIME_QUOTED_PRINTABLE },
		      { "base64", MIME_BASE64 } };
	struct lex lex = { .text = text, .len = len };
	size_t start;

	if (!lex_space(&lex))
		return MIME_OTHER;
	start = lex.at;
	if (!lex_atom(&lex))
		return MIME_OTHER;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (lex.at - start == strlen(names[i].name)
		    && strncasecmp(text + start, names[i].name, lex.at - start) == 0)
			return names[i].encoding;
	return MIME_OTHER;
}

/* The first field of a name counts: RFC 2045 knows no second one. */
static void
header_look(struct mime_walk *walk)
{
	struct header header = { .text = walk->header.len ? walk->header.s : "",
		                 .len = walk->header.len };
	struct mime_entity *entity = &walk->entity;
	enum header_found found;
	struct field field;
	bool typed = false;

	while ((found = header_next(&header, &field)) != HEADER_END) {
		if (found != HEADER_FIELD)
			entity->malformed = true;
		else if (field_is(&field, "MIME-Version"))
			entity->has_version = true;
		else if (!typed && field_is(&field, "Content-Type")) {
			content_type_parse(&entity->type, field.body, field.body_len);
			typed = true;
		} else if (!entity->encoding && field_is(&field, "Content-Transfer-Encoding"))
			entity->encoding = encoding_parse(field.body, field.body_len);
	}
}

/* What is in an entity whose header is complete? An encoding that hides parts makes it a leaf. */
static void
entity_judge(struct mime_walk *walk)
{
	struct mime_entity *entity = &walk->entity;
	const struct content_type *type = &entity->type;
	const struct mime_level *level = walk->depth ? &walk->levels[walk->depth - 1] : NULL;
	bool is_message = content_type_is(type, "message/rfc822")
	                  || content_type_is(type, "message/news")
	                  || (!*type->name && walk->in_part && level && level->digest);

	entity->in_multipart = level != NULL;
	entity->sealed = (level && level->sealed) || content_type_is(type, "multipart/signed")
	                 || content_type_is(type, "multipart/encrypted");
	if (!is_message && !content_type_is(type, "multipart/"))
		return;
	if (entity->encoding > MIME_BINARY || (!is_message && !*type->boundary)
	    || walk->depth == MIME_DEPTH_MAX)
		entity->opaque = true;
	else
		entity->kind = is_message ? MIME_MESSAGE : MIME_MULTIPART;
}

static void
entity_begin(struct mime_walk *walk, bool is_part)
{
	walk->entity = (struct mime_entity){ .number = walk->count++ };
	walk->header.len = 0;
	walk->in_part = is_part;
	walk->in_body = walk->in_glue = false;
}

static bool
header_done(struct mime_walk *walk)
{
	struct mime_level *level = &walk->levels[walk->depth];

	header_look(walk);
	entity_judge(walk);
	walk->in_body = true;
	if (!take(walk, MIME_HEADER, walk->header.len ? walk->header.s : "", walk->header.len))
		return false;
	if (walk->entity.kind == MIME_MULTIPART) {
		*level = (struct mime_level){ .sealed = walk->entity.sealed,
			                      .digest = content_type_is(&walk->entity.type,
			                                                "multipart/digest") };
		strcpy(level->boundary, walk->entity.type.boundary);
		walk->depth++;
		walk->in_glue = true;
	}
	return true;
}

/* Is this line a boundary? Then of which level, and is it the last one there? RFC 2046 5.1.1 */
static bool
boundary_find(const struct mime_walk *walk, const char *line, size_t len, size_t *level, bool *last)
{
	if (len < 2 || line[0] != '-' || line[1] != '-')
		return false;
	for (size_t i = walk->depth; i-- > 0;) {
		size_t end = 2 + strlen(walk->levels[i].boundary);

		if (len < end || memcmp(line + 2, walk->levels[i].boundary, end - 2) != 0)
			continue;
		*last = len >= end + 2 && line[end] == '-' && line[end + 1] == '-';
		end += *last ? 2 : 0;
		while (end < len && (line[end] == ' ' || line[end] == '\t'))
			end++;
		*level = i;
		if (end == len)
			return true;
	}
	return false;
}

static bool
held_take(struct mime_walk *walk, bool glue)
{
	size_t len = walk->held_len;

	walk->held_len = 0;
	return take(walk, glue ? MIME_GLUE : MIME_BODY, walk->held, len);
}

/* The end of what is under way, whatever that is. */
static bool
entity_end(struct mime_walk *walk)
{
	if (!walk->in_body && !header_done(walk))
		return false;
	return walk->in_glue || walk->entity.kind != MIME_LEAF || take(walk, MIME_END, NULL, 0);
}

static bool
boundary_take(struct mime_walk *walk, size_t level, bool last, const char *line, size_t len)
{
	if (!entity_end(walk) || !held_take(walk, true) || !take(walk, MIME_GLUE, line, len))
		return false;
	walk->depth = last ? level : level + 1;
	walk->in_body = walk->in_glue = true;
	if (!last)
		entity_begin(walk, true);
	return true;
}

/* The rest of the message is not looked at. */
static bool
give_up(struct mime_walk *walk)
{
	walk->too_large = walk->in_body = walk->in_glue = true;
	walk->depth = 0;
	return take(walk, MIME_GLUE, walk->header.s, walk->header.len);
}

static bool
header_line(struct mime_walk *walk, const char *line, size_t len, size_t content)
{
	if (!walk->in_line && content == 0 && len) {
		if (!header_done(walk) || !take(walk, MIME_EMPTY, line, len))
			return false;
		if (walk->entity.kind == MIME_MESSAGE)
			entity_begin(walk, false);
		return true;
	}
	if (!stralloc_catb(&walk->header, line, len))
		return false;
	return walk->header.len <= walk->header_max || give_up(walk);
}

/* A line, or a piece of one that is too long; content: its length without line end. */
static bool
line_take(struct mime_walk *walk, const char *line, size_t len, size_t content)
{
	size_t level;
	bool last;

	if (!walk->in_line && !(walk->wire && (walk->held_len == 1 || len - content == 1))
	    && boundary_find(walk, line, content, &level, &last))
		return boundary_take(walk, level, last, line, len);
	if (!walk->in_body)
		return header_line(walk, line, len, content);
	if (!held_take(walk, walk->in_glue)
	    || !take(walk, walk->in_glue ? MIME_GLUE : MIME_BODY, line, content))
		return false;
	walk->held_len = len - content;
	memcpy(walk->held, line + content, walk->held_len);
	return true;
}

bool
mime_walk(struct mime_walk *walk, const char *bytes, size_t len)
{
	if (!walk->count)
		entity_begin(walk, false);
	while (len) {
		size_t room = sizeof walk->line - walk->line_len, now = len < room ? len : room;
		const char *feed = memchr(bytes, '\n', now);
		size_t content;

		if (feed)
			now = (size_t)(feed - bytes) + 1;
		memcpy(walk->line + walk->line_len, bytes, now);
		bytes += now;
		len -= now;
		content = walk->line_len += now;
		if (!feed && walk->line_len < sizeof walk->line)
			return true;
		if (feed)
			content -= content > 1 && walk->line[content - 2] == '\r' ? 2 : 1;
		else if (walk->line[content - 1] == '\r')
			content--; /* it may belong to the line end: it stays for the next piece */
		if (!line_take(walk, walk->line, feed ? walk->line_len : content, content))
			return false;
		walk->in_line = !feed;
		if (!feed && content < walk->line_len)
			walk->line[0] = '\r';
		walk->line_len = feed ? 0 : walk->line_len - content;
	}
	return true;
}

bool
mime_walk_end(struct mime_walk *walk)
{
	bool done = true;

	if (!walk->count)
		entity_begin(walk, false);
	if (walk->line_len)
		done = line_take(walk, walk->line, walk->line_len, walk->line_len);
	done = done && (walk->in_body || header_done(walk)) && held_take(walk, walk->in_glue)
	       && entity_end(walk);
	stralloc_free(&walk->header);
	return done;
}
