/*
 * mime - a message cut into its parts while it streams by (RFC 2045, 2046)
 *
 * The caller's function is given every byte of the message, in order: put together, the pieces are the
 * message. Memory and depth are bounded; what is deeper, larger or not understood is one opaque part.
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include "mail/content_type.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	MIME_DEPTH_MAX = 32,
	MIME_LINE_KEPT = 1024, /* bytes; a longer line is no boundary */
};

enum mime_kind {
	MIME_LEAF,
	MIME_MULTIPART, /* its parts are entities of their own, */
	MIME_MESSAGE,   /* and so is the message in this one */
};

enum mime_encoding {            /* Content-Transfer-Encoding */
	             MIME_NONE, /* no such field: 7bit */
	             MIME_7BIT,
	             MIME_8BIT,
	             MIME_BINARY,
	             MIME_QUOTED_PRINTABLE,
	             MIME_BASE64,
	             MIME_OTHER,
};

struct mime_entity {
	size_t number; /* 0: the message itself; then in their order */
	enum mime_kind kind;
	enum mime_encoding encoding;
	struct content_type type; /* as the field says; not the default */
	bool has_version;         /* MIME-Version is there */
	bool in_multipart;        /* its last line end is the boundary's */
	bool sealed;    /* in or at a multipart/signed or multipart/encrypted: not to be touched */
	bool malformed; /* a line of its header is none: who reads on may see a body there */
	bool opaque;    /* a leaf that should be more, but is too deep or lacks a boundary */
};

enum mime_piece {
	MIME_HEADER, /* a whole header section, without the empty line */
	MIME_EMPTY,  /* that line */
	MIME_BODY,   /* of a leaf: some of its content */
	MIME_END,    /* behind that; no bytes */
	MIME_GLUE,   /* between the parts: boundaries with the line end before them, preambles */
};

/* Takes a piece; false ends the walk. */
typedef bool mime_take(void *of, const struct mime_entity *entity, enum mime_piece piece,
                       const char *bytes, size_t len);

/* Starts as { .take =, .of =, .header_max = }, and .wire. */
struct mime_walk {
	mime_take *take;
	void *of;
	size_t header_max; /* bytes of one header section; MIME_GLUE from there on: too_large */
	bool too_large;
	bool wire; /* LF alone ends no line at a boundary: it is content */

	struct mime_entity entity; /* the rest is the module's own */
	size_t count, depth;
	struct mime_level {
		char boundary[BOUNDARY_MAX + 1];
		bool sealed, digest;
	} levels[MIME_DEPTH_MAX];
	bool in_part, in_body, in_glue, in_line;
	stralloc header;
	char line[MIME_LINE_KEPT], held[2]; /* a line end that may be the next boundary's */
	size_t line_len, held_len;
};

/* false: take said so, or no memory. */
bool mime_walk(struct mime_walk *walk, const char *bytes, size_t len);

/* Behind the last byte; frees what there is. */
bool mime_walk_end(struct mime_walk *walk);

#endif
