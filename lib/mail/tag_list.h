/*
 * tag_list - TXT records of the form "v=STSv1; name=value; name=value" (RFC 8461 3.1, 8460 3)
 */
#ifndef MAIL_TAG_LIST_H
#define MAIL_TAG_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { TAG_NAME_MAX = 32 }; /* bytes */

struct tag {
	const char *name; /* views into the record: no NUL at their ends */
	size_t name_len;
	const char *value;
	size_t value_len; /* 1 or more, and no space at its ends */
};

/* Does a record begin with this version, as "v=STSv1", and a semicolon? Others are not counted. */
bool tag_list_is(const char *text, const char *version);

/*
 * tag_list_next - the tags behind the version, one by one
 *
 * at       the whole record first; moved. NULL behind a record that is not of this form.
 * returns  false: no more, or *at is NULL
 */
bool tag_list_next(const char **at, struct tag *out);

/* Is this the tag's name? Letter case counts. */
bool tag_is(const struct tag *tag, const char *name);

#endif
