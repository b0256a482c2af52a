#include "store/alias.h"

#include "base/io.h"
#include "base/record.h"
#include "mail/address.h"
#include "store/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char owner_prefix[] = "owner-";
static const char include_prefix[] = ":include:";

/* An alias that is being looked up, and the one among whose targets it was found. */
struct frame {
	const struct frame *above; /* NULL: this is the one we were asked for */
	const char *address;       /* completed with a domain, ends in NUL */
	const char *key;           /* its address_key, ends in NUL */
	unsigned int depth;
};

struct walk {
	const struct table *aliases, *domains;
	struct alias *out;
	stralloc seen; /* keys of all addresses looked at, each ended by NUL */
	stralloc kept; /* keys of those that were met again, and are mailboxes */
	unsigned int addresses;
};

static enum alias_result expand(struct walk *walk, const struct frame *frame, struct value value);

#define faulty(walk, frame, ...)                                                                   \
	fault((walk), (frame), ALIAS_FAULTY, (const char *const[]){ __VA_ARGS__, NULL })
#define too_big(walk, frame, ...)                                                                  \
	fault((walk), (frame), ALIAS_TOO_BIG, (const char *const[]){ __VA_ARGS__, NULL })

static enum alias_result
fault(struct walk *walk, const struct frame *frame, enum alias_result result,
      const char *const *parts)
{
	stralloc *text = &walk->out->fault;

	if (!stralloc_copys(text, "alias ") || !stralloc_cats(text, frame->address)
	    || !stralloc_cats(text, ": "))
		return ALIAS_NO_MEMORY;
	for (; *parts; parts++)
		if (!stralloc_cats(text, *parts))
			return ALIAS_NO_MEMORY;
	return stralloc_0(text) ? result : ALIAS_NO_MEMORY;
}

static bool
has_key(const stralloc *keys, const char *key)
{
	for (size_t at = 0; at < keys->len; at += strlen(keys->s + at) + 1)
		if (strcmp(keys->s + at, key) == 0)
			return true;
	return false;
}

static enum alias_result
keep(struct walk *walk, char tag, const char *address)
{
	walk->out->count++;
	return record_add(&walk->out->targets, tag, address) ? ALIAS_EXPANDED : ALIAS_NO_MEMORY;
}

/*
 * "owner-team@example.org" if that has an entry; else out stays empty. Not by "@example.org", which
 * would make every alias of that domain a list.
 */
static bool
find_owner(const struct walk *walk, const char *address, stralloc *out)
{
	stralloc key = STRALLOC_ZERO;
	struct address parts;
	struct value ignored;
	bool done = false;

	if (!address_key(&key, address, DETAIL_SEPARATOR) || !stralloc_0(&key))
		goto out;
	done = true;
	address_split(key.s, &parts);
	if (!parts.domain_len || parts.local[0] == '"'
	    || parts.local_len + sizeof owner_prefix - 1 > LOCAL_PART_MAX)
		goto out;
	done = stralloc_copys(out, owner_prefix) && stralloc_cats(out, key.s);
	if (done
	    && (table_find(walk->aliases, out->s, out->len, &ignored)
	        || table_find(walk->aliases, out->s, sizeof owner_prefix - 1 + parts.local_len,
	                      &ignored)))
		done = stralloc_0(out);
	else
		out->len = 0;
out:
	stralloc_free(&key);
	return done;
}

/* The domain that a target without one gets: its alias's, or our first (for plain "postmaster"). */
static void
find_domain(const struct walk *walk, const struct frame *frame, struct value *out)
{
	struct address parts;
	struct value ignored;
	size_t at = 0;

	address_split(frame->address, &parts);
	*out = (struct value){ parts.domain, parts.domain_len };
	if (!out->len && !table_next(walk->domains, &at, out, &ignored))
		out->len = 0;
}

/* A target as the table has it becomes a mailbox in its shortest form, ended by NUL. */
static enum alias_result
complete(struct walk *walk, const struct frame *frame, struct value item, stralloc *out)
{
	enum alias_result result = ALIAS_NO_MEMORY;
	stralloc path = STRALLOC_ZERO;
	size_t used;

	if (!stralloc_append(&path, '<') || !stralloc_catb(&path, item.text, item.len))
		goto out;
	if (!memchr(item.text, '@', item.len)) {
		struct value domain;

		find_domain(walk, frame, &domain);
		if (!stralloc_append(&path, '@') || !stralloc_catb(&path, domain.text, domain.len))
			goto out;
	}
	if (!stralloc_append(&path, '>'))
		goto out;
	if (path_parse(path.s, path.len, PATH_FORWARD, true, &used, out) == PATH_OK
	    && used == path.len)
		result = stralloc_0(out) ? ALIAS_EXPANDED : ALIAS_NO_MEMORY;
	else if (stralloc_0(&path))
		result = faulty(walk, frame, "not an address: ", path.s);
out:
	stralloc_free(&path);
	return result;
}

/* The alias of this name that is being looked up; NULL: none is. */
static const struct frame *
find_above(const struct frame *frame, const char *key)
{
	while (frame && strcmp(frame->key, key) != 0)
		frame = frame->above;
	return frame;
}

static enum alias_result
keep_mailbox(struct walk *walk, const struct frame *self)
{
	if (has_key(&walk->kept, self->key))
		return ALIAS_EXPANDED;
	if (!stralloc_cats(&walk->kept, self->key) || !stralloc_0(&walk->kept))
		return ALIAS_NO_MEMORY;
	return keep(walk, self->above ? ALIAS_TARGET : ALIAS_COPY, self->address);
}

/* A target that was not met before: final, a list, or an alias with targets of its own. */
static enum alias_result
take_new(struct walk *walk, const struct frame *frame)
{
	enum alias_result result = ALIAS_NO_MEMORY;
	stralloc owner = STRALLOC_ZERO;
	struct value value;

	if (++walk->addresses > ALIAS_ADDRESSES_MAX)
		return too_big(walk, frame,
		               "more than 1000 addresses; a list of that size wants a "
		               "list manager, by a line in the table routes");
	if (!lookup_is_local(walk->domains, frame->address))
		return keep(walk, ALIAS_TARGET, frame->address);
	switch (lookup_mailbox(walk->aliases, walk->domains, frame->address, &value)) {
	case LOOKUP_NO_MEMORY: return ALIAS_NO_MEMORY;
	case LOOKUP_NOTHING: return keep(walk, ALIAS_TARGET, frame->address);
	case LOOKUP_FOUND: break;
	}
	if (find_owner(walk, frame->address, &owner))
		result =
		    owner.len ? keep(walk, ALIAS_LIST, frame->address) : expand(walk, frame, value);
	stralloc_free(&owner);
	return result;
}

static enum alias_result
take_address(struct walk *walk, const struct frame *frame, struct value item)
{
	stralloc address = STRALLOC_ZERO, key = STRALLOC_ZERO;
	enum alias_result result = complete(walk, frame, item, &address);
	const struct frame *self;

	if (result != ALIAS_EXPANDED)
		goto out;
	result = ALIAS_NO_MEMORY;
	if (!address_key(&key, address.s, 0) || !stralloc_0(&key))
		goto out;
	result = ALIAS_EXPANDED;
	if ((self = find_above(frame, key.s)) != NULL) {
		result = keep_mailbox(walk, self);
	} else if (!has_key(&walk->seen, key.s)) {
		struct frame below = { frame, address.s, key.s, frame->depth + 1 };

		result = stralloc_catb(&walk->seen, key.s, key.len) ? take_new(walk, &below)
		                                                    : ALIAS_NO_MEMORY;
	}
out:
	stralloc_free(&address);
	stralloc_free(&key);
	return result;
}

/* What may not be a target, whatever else it looks like. */
static enum alias_result
take_item(struct walk *walk, const struct frame *frame, struct value item)
{
	size_t quote = item.len > 1 && item.text[0] == '"';

	if (item.text[quote] == '|' || item.text[quote] == '/')
		return faulty(walk, frame,
		              "a command or a file is no target here; give this "
		              "address a line in the table routes: program-deliver, "
		              "or maildir-deliver with a mailbox");
	if (item.text[0] == ':')
		return faulty(walk, frame,
		              "only :include:/absolute/path may begin with a colon, "
		              "and not in an included file");
	return take_address(walk, frame, item);
}

/* The lines of an included file: one target each, "#" comments. */
static enum alias_result
take_lines(struct walk *walk, const struct frame *frame, const stralloc *text)
{
	enum alias_result result = ALIAS_EXPANDED;

	for (size_t at = 0, end; result == ALIAS_EXPANDED && at < text->len; at = end + 1) {
		const char *feed = memchr(text->s + at, '\n', text->len - at);
		struct value line, item;

		end = feed ? (size_t)(feed - text->s) : text->len;
		line = (struct value){ text->s + at, end - at };
		if (!value_item(&line, &item) || item.text[0] == '#')
			continue;
		result = take_item(walk, frame, item);
		if (result == ALIAS_EXPANDED && value_item(&line, &item) && item.text[0] != '#')
			result = faulty(walk, frame,
			                "an included file has more than one target on a line");
	}
	return result;
}

static enum alias_result
take_include(struct walk *walk, const struct frame *frame, struct value item)
{
	stralloc path = STRALLOC_ZERO, text = STRALLOC_ZERO;
	enum alias_result result = ALIAS_NO_MEMORY;
	struct stat status;
	int fd = -1;

	item.text += sizeof include_prefix - 1;
	item.len -= sizeof include_prefix - 1;
	if (!stralloc_copyb(&path, item.text, item.len) || !stralloc_0(&path))
		goto out;
	/* Not blocking: it may be a FIFO. */
	if (path.s[0] != '/')
		result = faulty(walk, frame, ":include: needs an absolute path, not ", path.s);
	else if ((fd = open(path.s, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0
	         || fstat(fd, &status) < 0)
		result = faulty(walk, frame, "cannot open ", path.s, ": ", strerror(errno));
	else if (!S_ISREG(status.st_mode) || status.st_mode & (S_IWGRP | S_IWOTH))
		result = faulty(walk, frame, path.s,
		                " must be a plain file that only its owner may "
		                "write to: chmod go-w");
	else if (!io_slurp(fd, ALIAS_INCLUDE_MAX_BYTES, &text))
		result = faulty(walk, frame, "cannot read ", path.s, ": ", strerror(errno));
	else
		result = take_lines(walk, frame, &text);
out:
	if (fd >= 0)
		close(fd);
	stralloc_free(&path);
	stralloc_free(&text);
	return result;
}

static enum alias_result
expand(struct walk *walk, const struct frame *frame, struct value value)
{
	enum alias_result result = ALIAS_EXPANDED;
	struct value item;

	if (frame->depth > ALIAS_DEPTH_MAX)
		return too_big(walk, frame, "more than 10 aliases deep; name its targets directly");
	if (!value.len)
		return faulty(walk, frame, "has no target in the table aliases");
	while (result == ALIAS_EXPANDED && value_item(&value, &item))
		result =
		    item.len >= sizeof include_prefix - 1
		            && strncmp(item.text, include_prefix, sizeof include_prefix - 1) == 0
		        ? take_include(walk, frame, item)
		        : take_item(walk, frame, item);
	return result;
}

enum alias_result
alias_expand(struct alias *out, const struct table *aliases, const struct table *domains,
             const char *address)
{
	struct walk walk = { .aliases = aliases, .domains = domains, .out = out };
	struct frame frame = { .address = address };
	enum alias_result result = ALIAS_NO_MEMORY;
	stralloc key = STRALLOC_ZERO;
	struct value value;

	out->targets.len = out->owner.len = out->fault.len = out->count = 0;
	if (!address_key(&key, address, 0) || !stralloc_0(&key))
		goto out;
	frame.key = key.s;
	switch (lookup_mailbox(aliases, domains, address, &value)) {
	case LOOKUP_NO_MEMORY: break;
	case LOOKUP_NOTHING: result = faulty(&walk, &frame, "is not in the table aliases"); break;
	case LOOKUP_FOUND:
		if (find_owner(&walk, address, &out->owner))
			result = expand(&walk, &frame, value);
		if (result == ALIAS_EXPANDED && !out->count)
			result = faulty(&walk, &frame, "has no target at all");
	}
out:
	stralloc_free(&key);
	stralloc_free(&walk.seen);
	stralloc_free(&walk.kept);
	return result;
}

void
alias_free(struct alias *alias)
{
	stralloc_free(&alias->targets);
	stralloc_free(&alias->owner);
	stralloc_free(&alias->fault);
}
