#include "store/select.h"

#include "base/id.h"

#include <skalibs/types.h>

#include <string.h>
#include <strings.h>

static const char *const states[] = {
	[SELECT_ANY] = "any",
	[SELECT_NEW] = "new",
	[SELECT_LATER] = "later",
	[SELECT_HOLD] = "hold",
};

/* "90", "90s", "90m", "12h" or "3d" */
static bool
age_parse(const char *text, int64_t *out)
{
	static const char units[] = "smhd";
	static const unsigned int seconds[] = { 1, 60, 3600, 86400 };
	unsigned int number;
	size_t len = uint_scan(text, &number);
	const char *unit = text[len] ? strchr(units, text[len]) : units;

	if (!len || !number || !unit || (text[len] && text[len + 1]))
		return false;
	*out = (int64_t)number * seconds[unit - units];
	return true;
}

static bool
state_parse(const char *text, enum select_state *out)
{
	for (enum select_state state = SELECT_NEW; state <= SELECT_HOLD; state++)
		if (strcmp(text, states[state]) == 0) {
			*out = state;
			return true;
		}
	return false;
}

bool
select_option(struct select *select, int option, const char *value)
{
	select->is_given = true;
	switch (option) {
	case 'f': select->sender = value; return true;
	case 't': select->recipient = value; return *value;
	case 'd': select->destination = value; return *value;
	case 'o': return age_parse(value, &select->older_s);
	case 'y': return age_parse(value, &select->younger_s);
	case 's': return state_parse(value, &select->state);
	default: return false;
	}
}

static const char *
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at ? at + 1 : "";
}

static bool
address_fits(const char *address, const char *wanted)
{
	if (wanted[0] == '@')
		return strcasecmp(domain_of(address), wanted + 1) == 0;
	return strcasecmp(address, wanted) == 0;
}

/* The domain itself, or one below it. */
static bool
domain_fits(const char *domain, const char *wanted)
{
	size_t len = strlen(domain), end = strlen(wanted);

	return len >= end && strcasecmp(domain + len - end, wanted) == 0
	       && (len == end || domain[len - end - 1] == '.');
}

static bool
recipient_fits(const struct select *select, const struct glance *glance)
{
	struct recipient recipient;
	size_t at = 0;

	if (!select->recipient && !select->destination)
		return true;
	for (unsigned int i = 0; envelope_recipient(&glance->envelope, &at, &recipient); i++)
		if (glance_is_left(glance, i)
		    && (!select->recipient || address_fits(recipient.address, select->recipient))
		    && (!select->destination
		        || domain_fits(domain_of(recipient.address), select->destination)))
			return true;
	return false;
}

static enum select_state
state_of(const struct glance *glance)
{
	if (glance->progress.is_on_hold)
		return SELECT_HOLD;
	return glance->progress.attempts ? SELECT_LATER : SELECT_NEW;
}

const char *
select_state_name(const struct glance *glance)
{
	return states[state_of(glance)];
}

bool
select_fits(const struct select *select, const struct glance *glance, int64_t now_s)
{
	int64_t age_s = now_s - id_time_s(glance->id);

	if ((select->older_s && age_s < select->older_s)
	    || (select->younger_s && age_s > select->younger_s))
		return false;
	if (select->state != SELECT_ANY && state_of(glance) != select->state)
		return false;
	return (!select->sender
	        || address_fits(envelope_get(&glance->envelope, ENVELOPE_SENDER), select->sender))
	       && recipient_fits(select, glance);
}
