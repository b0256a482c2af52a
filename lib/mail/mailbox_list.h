/*
 * mailbox_list - the addresses in From, Sender, Reply-To, To, Cc and their like (RFC 5322 3.4, 4.4)
 *
 * Reads what RFC 5322 allows, its obsolete forms too: display names, comments, groups (empty ones and,
 * with RFC 6854, in From and Sender), routes, words of a local part set apart, empty list members.
 * Only the grammar is judged: not whether a domain can exist, nor how long a part may be in SMTP.
 */
#ifndef MAIL_MAILBOX_LIST_H
#define MAIL_MAILBOX_LIST_H

#include "mail/lex.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

struct mailbox_list {
	struct lex lex; /* start with { .lex = { .text = body, .len = body_len } } */
	size_t count;   /* addresses so far: mailboxes outside of groups, and groups */
	bool in_group;
	bool need_comma; /* the rest is the module's own */
};

struct mailbox {
	struct lex_view local; /* as written: quotes, and obsolete spaces and comments, are in it */
	struct lex_view domain; /* len 0: the mailbox is unqualified, */
	size_t
	    domain_at; /* and "@domain" belongs at this offset in the list's text; else the domain's */
	bool in_group;
};

enum mailbox_found {
	MAILBOX_END, /* and all of the list is well-formed; count 0: it holds no address */
	MAILBOX_FOUND,
	MAILBOX_MALFORMED, /* lex.at is where; the walk is over */
};

/*
 * mailbox_next - walk over the mailboxes of a list, those in groups too
 *
 * A caller must see MAILBOX_END before it believes what it was given: a list with one bad member may
 * be read otherwise by others.
 */
enum mailbox_found mailbox_next(struct mailbox_list *list, struct mailbox *out);

/*
 * mailbox_add - append "local@domain" in its shortest form
 *
 * Without comments, spaces and needless quotes, so that two writings of one mailbox become equal, and
 * as path_parse (address.h) writes them. Letter case is kept; address_key levels it. No NUL at the end.
 *
 * returns   false: no memory
 */
bool mailbox_add(stralloc *out, const struct mailbox *mailbox);

#endif
